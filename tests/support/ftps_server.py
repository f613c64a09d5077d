#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A small FTP server over implicit TLS (RFC 959, 4217), one file folder, one user: enough to be asked by pre-extract.
usage: ftps_server.py ROOT CERTIFICATE KEY USER PASSWORD PORT-FILE"""
import os, socket, socketserver, ssl, sys, time

root, certificate, key, user, password, port_file = sys.argv[1:7]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)


class Session(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write((text + "\r\n").encode())

    def path(self, name):
        p = os.path.realpath(os.path.join(root, self.folder.lstrip("/"), name.lstrip("/") if name.startswith("/") else name))
        return p if p.startswith(os.path.realpath(root) + os.sep) else os.path.join(root, "missing")

    def handle(self):
        self.request = context.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", 0)
        self.folder, self.listener, name, inside = "/", None, "", False
        self.say("220 ready")
        for line in self.rfile:
            verb, _, rest = line.decode().strip().partition(" ")
            verb = verb.upper()
            if verb == "USER":
                name = rest
                self.say("331 password please")
            elif verb == "PASS":
                inside = (name, rest) == (user, password)
                self.say("230 in" if inside else "530 refused")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            elif verb in ("PBSZ", "PROT", "TYPE"):
                self.say("200 ok")
            elif not inside:
                self.say("530 log in first")
            elif verb == "PWD":
                self.say('257 "%s"' % self.folder)
            elif verb == "CWD":
                self.folder = rest if rest.startswith("/") else os.path.join(self.folder, rest)
                self.say("250 ok")
            elif verb == "SIZE" and os.path.isfile(self.path(rest)):
                self.say("213 %d" % os.path.getsize(self.path(rest)))
            elif verb == "MDTM" and os.path.isfile(self.path(rest)):
                self.say("213 " + time.strftime("%Y%m%d%H%M%S", time.gmtime(os.path.getmtime(self.path(rest)))))
            elif verb == "EPSV":
                self.listener = socket.create_server(("127.0.0.1", 0))
                self.say("229 Entering Extended Passive Mode (|||%d|)" % self.listener.getsockname()[1])
            elif verb == "RETR" and os.path.isfile(self.path(rest)) and self.listener:
                self.say("150 here it comes")
                data = context.wrap_socket(self.listener.accept()[0], server_side=True)
                data.sendall(open(self.path(rest), "rb").read())
                try:
                    data.unwrap()
                except OSError:
                    pass
                data.close()
                self.say("226 done")
            elif verb in ("SIZE", "MDTM", "RETR"):
                self.say("550 no such file")
            else:
                self.say("502 not here")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request, address):
        pass


server = Server(("127.0.0.1", 0), Session)
with open(port_file + ".tmp", "w") as f:
    f.write(str(server.server_address[1]))
os.rename(port_file + ".tmp", port_file)
server.serve_forever()
