# SPDX-License-Identifier: Apache-2.0
"""Certificates of every kind, a real nginx and a real sshd on free loopback ports, made and stopped by the test."""
import datetime, os, shutil, socket, subprocess, sys, threading, time

from extraction import free_port, skip, wait_for


def need(*programs):
    for p in programs:
        if not (shutil.which(p) or os.path.exists("/usr/sbin/" + p)):
            skip("%s is not installed" % p)


def quiet(*command, cwd=None, text=None):
    p = subprocess.run(command, cwd=cwd, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert p.returncode == 0, "%s: %s" % (" ".join(command), p.stdout.decode(errors="replace"))


def day(offset):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=offset)).strftime("%Y%m%d%H%M%SZ")


class Authority:
    """One certificate authority and what it signs, with any dates."""

    def __init__(self, folder):
        self.dir = folder
        os.makedirs(os.path.join(folder, "new"))
        open(os.path.join(folder, "index"), "w").close()
        with open(os.path.join(folder, "serial"), "w") as f:
            f.write("01\n")
        with open(os.path.join(folder, "c.cnf"), "w") as f:
            f.write("[ca]\ndefault_ca=d\n[d]\ndatabase=%s/index\nserial=%s/serial\nnew_certs_dir=%s/new\ndefault_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n"
                    % (folder, folder, folder))
        self.ca = os.path.join(folder, "ca.pem")
        quiet("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.key("ca"), "-out", self.ca, "-subj",
              "/CN=test authority", "-days", "3650")

    def key(self, name):
        return os.path.join(self.dir, name + ".key")

    def certificate(self, name):
        return os.path.join(self.dir, name + ".pem")

    def make(self, name, alt="DNS:localhost,IP:127.0.0.1", begin=-1, end=365):
        csr, ext = os.path.join(self.dir, name + ".csr"), os.path.join(self.dir, name + ".ext")
        with open(ext, "w") as f:
            f.write("subjectAltName=%s\n" % alt)
        quiet("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.key(name), "-out", csr, "-subj", "/CN=" + name)
        quiet("openssl", "ca", "-batch", "-notext", "-config", os.path.join(self.dir, "c.cnf"), "-cert", self.ca, "-keyfile", self.key("ca"), "-in", csr, "-out",
              self.certificate(name), "-extfile", ext, "-startdate", day(begin), "-enddate", day(end))
        os.chmod(self.key(name), 0o600)
        return self.certificate(name), self.key(name)


def reachable(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def nginx(w, servers, name="nginx"):
    """servers: texts of server blocks without their braces, with PORT where the port goes; returns the ports."""
    need("nginx")
    folder = w.path(name)
    os.makedirs(folder)
    ports = [free_port() for _ in servers]
    blocks = "".join("server { listen 127.0.0.1:%s; root %s; %s }\n" % (
        ("%d ssl" % port) if "ssl_certificate" in text else port, w.site, text.replace("PORT", str(port))) for text, port in zip(servers, ports))
    temp = "".join("%s_temp_path %s/%s;\n" % (t, folder, t) for t in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root;\n" if os.geteuid() == 0 else ""
    with open(os.path.join(folder, "nginx.conf"), "w") as f:
        f.write("daemon off;\n%spid %s/pid;\nerror_log %s/error.log;\nevents {}\nhttp {\naccess_log %s/access.log;\ntypes { application/xml xml; }\n%s%s}\n"
                % (user, folder, folder, folder, temp, blocks))
    w.spawn([shutil.which("nginx") or "/usr/sbin/nginx", "-p", folder, "-e", "stderr", "-c", os.path.join(folder, "nginx.conf")])
    for port in ports:
        wait_for(lambda: reachable(port), what="nginx")
    return ports


class Sshd:
    """Three ports: files; files that may be looked at and not opened (`denying`); a shell and no files at all (`bare`)."""

    def __init__(self, w):
        need("sshd", "ssh-keygen")
        self.dir = w.path("sshd")
        os.makedirs(self.dir, mode=0o755)
        try:
            os.makedirs("/run/sshd", exist_ok=True)
        except PermissionError:
            skip("sshd wants /run/sshd, which only root can make")
        self.port, self.denying, self.bare = free_port(), free_port(), free_port()
        for name, kind in (("host", "ed25519"), ("user", "ed25519"), ("stranger", "ed25519"), ("ecdsa", "ecdsa"), ("rsa", "rsa")):
            quiet("ssh-keygen", "-q", "-t", kind, "-N", "", "-f", self.path(name))
        with open(self.path("authorized"), "w") as f:
            for name in ("user", "ecdsa", "rsa"):
                f.write(open(self.path(name + ".pub")).read())
        common = ("ListenAddress 127.0.0.1\nHostKey %s\nAuthorizedKeysFile %s\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
                  "PermitRootLogin prohibit-password\nStrictModes no\nUsePAM no\nMaxStartups 100\n" % (self.path("host"), self.path("authorized")))
        self.start(w, "sshd", common + "PidFile %s\nPort %d\nPort %d\nSubsystem sftp internal-sftp\nForceCommand internal-sftp\nMatch LocalPort %d\n"
                   "ForceCommand internal-sftp -P open\n" % (self.path("pid"), self.port, self.denying, self.denying))
        self.start(w, "bare", common + "PidFile %s\nPort %d\n" % (self.path("pid-bare"), self.bare))
        self.known = w.write("known_hosts", "".join(self.line("host", port) for port in (self.port, self.denying, self.bare)))
        wait_for(lambda: all(reachable(p) for p in (self.port, self.denying, self.bare)), what="sshd")

    def start(self, w, name, text):
        with open(self.path(name + ".conf"), "w") as f:
            f.write(text)
        w.spawn(["/usr/sbin/sshd", "-D", "-e", "-f", self.path(name + ".conf")], stderr=open(self.path("log" if name == "sshd" else name + ".log"), "w"))

    def path(self, name):
        return os.path.join(self.dir, name)

    def line(self, key, port=None):
        return "[127.0.0.1]:%d %s\n" % (port or self.port, " ".join(open(self.path(key + ".pub")).read().split()[:2]))


class Proftpd:
    """Implicit TLS, one user of its own who sees the site as the root folder."""

    def __init__(self, w, pair, user, password):
        need("proftpd")
        modules = [d for d in ("/usr/lib/proftpd", "/usr/libexec/proftpd") if os.path.exists(os.path.join(d, "mod_tls.so"))]
        if not modules or os.geteuid() != 0:
            skip("proftpd has no mod_tls here, or we are not root")
        self.dir = w.path("proftpd")
        os.makedirs(self.dir)
        self.port = free_port()
        hashed = subprocess.run(["openssl", "passwd", "-6", "-stdin"], input=password.encode(), stdout=subprocess.PIPE, check=True).stdout.decode().strip()
        users = w.write("proftpd/users", "%s:%s:0:0::%s:/bin/false\n" % (user, hashed, w.site))
        groups = w.write("proftpd/groups", "root:x:0:\n")
        conf = w.write("proftpd/conf", """ModulePath %s
LoadModule mod_tls.c
ServerType standalone
DefaultAddress 127.0.0.1
Port %d
UseIPv6 off
UseReverseDNS off
User root
Group root
RootLogin on
RequireValidShell off
AuthOrder mod_auth_file.c
AuthUserFile %s
AuthGroupFile %s
DefaultRoot ~
PidFile %s/pid
ScoreboardFile %s/score
DelayTable none
WtmpLog off
TransferLog none
SystemLog %s/log
ExtendedLog %s/commands ALL
TLSEngine on
TLSRequired on
TLSECCertificateFile %s
TLSECCertificateKeyFile %s
TLSOptions UseImplicitSSL
""" % ((modules[0], self.port, users, groups) + (self.dir,) * 4 + tuple(pair)))
        w.spawn([shutil.which("proftpd") or "/usr/sbin/proftpd", "-n", "-c", conf], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: reachable(self.port), what="proftpd")


class Relay:
    """Stands before a port: passes on each piece after a delay, and breaks off after so many bytes of what comes back."""

    def __init__(self, port, most=1 << 60, delay=0.0):
        self.to, self.most, self.delay, self.listener = port, most, delay, socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            near, far = self.listener.accept()[0], socket.create_connection(("127.0.0.1", self.to))
            for a, b, most in ((near, far, 1 << 60), (far, near, self.most)):
                threading.Thread(target=self.pump, args=(a, b, most), daemon=True).start()

    def pump(self, a, b, most):
        try:
            while most > 0 and (piece := a.recv(65536)):
                time.sleep(self.delay)
                b.sendall(piece)
                most -= len(piece)
        except OSError:
            pass
        for link in (a, b):
            try:
                link.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
