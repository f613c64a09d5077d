#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A real sshd on loopback: keys, hosts, many files, and each way in which a file does not come."""
import getpass, os, sys

sys.path.insert(0, os.path.join(os.environ["PRE_SOURCE"], "tests/support"))
from extraction import *
from real_servers import *

SSH_COLUMNS = "host,user,ssh_key,known_hosts,allow_private"


def table(w, s, key, *more, known=None):
    """The hosts table for every port of the server, and more."""
    w.hosts(*["127.0.0.1:%d,%s,%s,%s,yes" % (port, getpass.getuser(), s.path(key) if key else "", s.known if known is None else known)
              for port in (s.port, s.denying, s.bare) + more], columns=SSH_COLUMNS)


def sftp_needs_the_known_host_and_a_key_that_can_be_signed():
    with Workspace("sftp") as w:
        s = Sshd(w)
        for i in range(20):
            w.write("site/%d.xml" % i, document("PRE-00-00", "<observations>%d</observations>" % i))
        w.write("site/empty.xml", b"")
        units = [w.unit("sftp://127.0.0.1:%d%s/%d.xml" % (s.port, w.site, i)) for i in range(20)]
        missing, empty = w.unit("sftp://127.0.0.1:%d%s/none.xml" % (s.port, w.site)), w.unit("sftp://127.0.0.1:%d%s/empty.xml" % (s.port, w.site))
        table(w, s, "user")
        assert w.run("--settle", "50") == 1, w.stderr
        assert w.summary["outcomes"]["fetched"] == 20, w.summary["failed_by_class"]
        assert w.outcome(missing)["outcome"] == "not-published" and w.outcome(empty)["class"] == "empty"
        data = {r.get("Unit-ID"): r for r in w.records() if r.type == "resource" and r.get("Unit-ID")}
        assert data[units[3]].payload() == open(w.path("site/3.xml"), "rb").read()
        table(w, s, "ecdsa")
        # the leak checker needs whole stacks to see whose signature it is (tests/support/lsan.supp)
        assert w.run("--settle", "50", "--only", units[0], env={"ASAN_OPTIONS": "fast_unwind_on_malloc=0"}) == 0, w.stderr
        assert w.outcome(units[0])["outcome"] == "unchanged"
        for key, known, failure, words in (("user", w.write("known_empty", ""), "host-key", "not in known_hosts"),
                                           ("user", w.write("known_other", s.line("stranger")), "host-key", "not the one in known_hosts"),
                                           ("user", "", "host-key", "no known_hosts file"), ("stranger", s.known, "login-refused", ""),
                                           ("rsa", s.known, "key-rsa", "ed25519")):
            table(w, s, key, known=known)
            assert w.run("--settle", "50", "--only", units[0]) in (1, 69), w.stderr
            got = w.outcome(units[0])
            assert got.get("class") == failure and words in got["message"], "%s: %r" % (key, got)
        assert open(w.path("known_empty")).read() == "", "known_hosts was written to"
        check_archive(w)


def sftp_file_that_grows_between_two_looks_waits():
    with Workspace("growing") as w:
        s = Sshd(w)
        path = w.write("site/g.xml", document("PRE-00-00")[:40])
        u = w.unit("sftp://127.0.0.1:%d%s/g.xml" % (s.port, w.site))
        table(w, s, "user")
        p = w.spawn(w.command("--settle", "2500", "--tries", "1"), stderr=subprocess.DEVNULL)
        wait_for(lambda: "Accepted publickey" in open(s.path("log")).read(), what="the login before the first look")
        time.sleep(1)
        open(path, "ab").write(document("PRE-00-00")[40:])
        assert p.wait(30) in (1, 69)
        w.summary = json.load(open(w.path("summary.json")))
        assert w.outcome(u)["class"] == "growing", w.outcome(u)
        assert w.run("--settle", "50") == 0 and w.outcome(u)["outcome"] == "fetched"
        check_archive(w)


def two_hundred_files_come_over_as_many_connections_as_the_host_allows():
    with Workspace("sftp-many") as w:
        s = Sshd(w)
        units = [w.unit("sftp://127.0.0.1:%d%s/{unit}.xml" % (s.port, w.site)) for _ in range(200)]
        for u in units:
            w.write("site/%s.xml" % u, document(u))
        table(w, s, "user")
        for outcome, nights in (("fetched", 1), ("unchanged", 2)):
            assert w.run("--settle", "50", "--per-host", "5") == 0 and w.summary["outcomes"][outcome] == 200, w.summary["failed_by_class"]
            assert open(s.path("log")).read().count("Accepted publickey") == 5 * nights, "connections are not kept"
        data = {r.get("Unit-ID"): r.payload() for r in w.records() if r.type == "resource" and r.get("Unit-ID")}
        assert data == {u: document(u) for u in units}
        check_archive(w)


def each_way_in_which_a_file_does_not_come_has_its_name():
    with Workspace("sftp-ways") as w:
        s = Sshd(w)
        for name in ("good.xml", "\u00e9t\u00e9.xml"):
            w.write("site/" + name, document("PRE-00-00", "<observations>%s</observations>" % name))
        w.write("site/big.xml", b"<r>" + os.urandom(1 << 20).hex().encode() + b"</r>")
        os.mkdir(w.path("site/folder"))
        os.symlink("good.xml", w.path("site/link.xml"))
        os.symlink("nowhere", w.path("site/dangling.xml"))
        relay = Relay(s.port, 600000)
        open(s.known, "a").write(s.line("host", relay.port))
        table(w, s, "user", relay.port)
        cases = [  # port, file, outcome or class, attempts, words
            (s.port, "good.xml", "fetched", 1, ""), (s.port, "\u00e9t\u00e9.xml", "fetched", 1, ""), (s.port, "link.xml", "fetched", 1, ""),
            (s.port, "none.xml", "not-published", 1, "no such file"), (s.port, "none/none.xml", "not-published", 1, "no such file"),
            (s.port, "dangling.xml", "not-published", 1, "no such file"), (s.port, "good.xml/x.xml", "not-published", 1, "no such file"),
            (s.denying, "good.xml", "file-denied", 1, "Permission denied"), (s.port, "folder", "file-denied", 2, "folder"),
            (relay.port, "big.xml", "reset", 2, ""), (s.bare, "good.xml", "other", 2, "")]
        units = [w.unit("sftp://127.0.0.1:%d%s/%s" % (port, w.site, name)) for port, name, *_ in cases]
        assert w.run("--settle", "50", "--tries", "2") == 1, w.stderr
        kept = {r.get("Unit-ID"): r for r in w.records() if r.type == "resource"}
        for unit, (port, name, expected, attempts, words) in zip(units, cases):
            got = w.outcome(unit)
            assert (got.get("class") or got["outcome"], got["attempts"]) == (expected, attempts), "%s: %r" % (name, got)
            assert words in got.get("message", "") and (expected == "fetched" or got["message"]), got
            assert (unit in kept) == (expected in ("fetched", "reset")), name
        half = kept[units[-2]]
        # the relay counts a piece of up to 65 536 bytes once it has passed
        assert 0 < len(half.block) < 600000 + 65536 and half.get("WARC-Truncated") == "disconnect" and open(w.path("site/big.xml"), "rb").read().startswith(half.block)
        # the address of a folder would be answered by its list
        w.set_source(units[0], "sftp://127.0.0.1:%d%s/" % (s.port, w.site))
        assert w.run() == 65 and units[0] in w.stderr and "does not end in /" in w.stderr, w.stderr
        check_archive(w)


def keys_with_a_passphrase_are_the_agents():
    need("ssh-agent", "ssh-add")
    with Workspace("agent") as w:
        s = Sshd(w)
        w.write("site/x.xml", document("PRE-00-00"))
        u = w.unit("sftp://127.0.0.1:%d%s/x.xml" % (s.port, w.site))
        for kind in ("ed25519", "ecdsa", "rsa"):
            quiet("ssh-keygen", "-q", "-t", kind, "-N", "mot de passe", "-f", s.path("locked-" + kind))
            open(s.path("authorized"), "a").write(open(s.path("locked-%s.pub" % kind)).read())
        w.write("sshd/none", "no key\n")
        sock, ask = w.path("agent.sock"), w.write("ask", "#!/bin/sh\necho 'mot de passe'\n", 0o700)
        w.spawn(["ssh-agent", "-D", "-a", sock], stdout=subprocess.DEVNULL)
        wait_for(lambda: os.path.exists(sock), what="ssh-agent")

        def refused(key, failure, words, agent=sock):
            table(w, s, key)
            assert w.run("--settle", "50", env={"SSH_AUTH_SOCK": agent}) == 69, w.stderr
            got = w.outcome(u)
            assert (got["class"], got["attempts"]) == (failure, 1) and words in got["message"], got
        refused("locked-ed25519", "login-refused", "passphrase")
        refused("locked-ecdsa", "login-refused", "passphrase")
        refused("locked-rsa", "key-rsa", "ed25519")
        refused("none", "login-refused", "no private key")
        refused("stranger", "login-refused", "refuses this user or this key")
        for agent in ("", w.path("nowhere"), sock):
            refused("", "login-refused", "agent", agent)
        for kind in ("ed25519", "ecdsa", "rsa"):
            quiet("env", "SSH_AUTH_SOCK=" + sock, "SSH_ASKPASS=" + ask, "SSH_ASKPASS_REQUIRE=force", "ssh-add", "-q", s.path("locked-" + kind))
            if kind == "rsa":
                refused("", "login-refused", "RSA")
            else:
                table(w, s, "")
                assert w.run("--settle", "50", env={"SSH_AUTH_SOCK": sock, "ASAN_OPTIONS": "fast_unwind_on_malloc=0"}) == 0, w.stderr
            subprocess.run(["ssh-add", "-q", "-D"], env=dict(os.environ, SSH_AUTH_SOCK=sock), stderr=subprocess.DEVNULL, check=True)
        check_archive(w)


main([(f.__name__.replace("_", " "), f) for f in (
    sftp_needs_the_known_host_and_a_key_that_can_be_signed,
    sftp_file_that_grows_between_two_looks_waits,
    two_hundred_files_come_over_as_many_connections_as_the_host_allows,
    each_way_in_which_a_file_does_not_come_has_its_name,
    keys_with_a_passphrase_are_the_agents,
)])
