#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A real FTP server over implicit TLS: user and password from the hosts table, files that are there, missing, empty, growing."""
import os, sys, time

sys.path.insert(0, os.path.join(os.environ["PRE_SOURCE"], "tests/support"))
from extraction import *
from real_servers import *

COLUMNS = "host,ca,user,password_file,allow_private"


def prepare(w):
    ca = Authority(w.path("ca"))
    server = Proftpd(w, ca.make("good"), "anct", "tres-secret")
    secret = w.write("password", "tres-secret\n")
    w.hosts("localhost,%s,anct,%s,yes" % (ca.ca, secret), columns=COLUMNS)
    return ca, "ftps://localhost:%d/" % server.port


def user_and_password_come_from_the_hosts_table_and_stay_there():
    with Workspace("ftps") as w:
        a, b, c, d = (w.unit() for _ in range(4))
        w.write("site/0.xml", document(a))
        w.write("site/sub/1.xml", document(b))
        w.write("site/empty.xml", b"")
        ca, base = prepare(w)
        for u, path in ((a, "0.xml"), (b, "sub/1.xml"), (c, "none.xml"), (d, "empty.xml")):
            w.set_source(u, base + path)
        assert w.run("--settle", "50") == 1, w.stderr
        got = [(w.outcome(x)["outcome"], w.outcome(x).get("class", "")) for x in (a, b, c, d)]
        assert got == [("fetched", ""), ("fetched", ""), ("not-published", ""), ("failed", "empty")], got
        data = {r.get("Unit-ID"): r for r in w.records() if r.type == "resource" and r.get("Unit-ID")}
        assert data[b].payload() == document(b) and data[b].get("WARC-Target-URI") == base + "sub/1.xml"
        assert w.run("--settle", "50", "--only", a) == 0 and w.outcome(a)["outcome"] == "unchanged"
        w.hosts("localhost,%s,anct,%s,yes" % (ca.ca, w.write("wrong", "faux\n")), columns=COLUMNS)
        assert w.run("--settle", "50") in (1, 69) and w.outcome(a)["class"] == "login-refused", w.outcome(a)
        kept = b"".join(r.block + str(r.fields).encode() for r in w.records()) + w.stderr.encode() + w.stdout.encode()
        assert b"tres-secret" not in kept and b"faux" not in kept
        check_archive(w)


def a_file_that_grows_between_two_looks_waits():
    with Workspace("ftps-growing") as w:
        u = w.unit()
        path = w.write("site/g.xml", document(u)[:40])
        _, base = prepare(w)
        w.set_source(u, base + "g.xml")
        p = w.spawn(w.command("--settle", "2500", "--tries", "1"), stderr=subprocess.DEVNULL)
        seen = w.path("proftpd/commands")
        wait_for(lambda: os.path.exists(seen) and "SIZE g.xml" in open(seen).read(), what="the first look")
        open(path, "ab").write(document(u)[40:])
        assert p.wait(30) in (1, 69)
        w.summary = json.load(open(w.path("summary.json")))
        assert w.outcome(u)["class"] == "growing", w.outcome(u)
        assert w.run("--settle", "50") == 0 and w.outcome(u)["outcome"] == "fetched"
        check_archive(w)


def a_server_that_is_far_away_is_waited_for():
    """Each answer of the server takes its time: what it says on its first connection while the second is being made must not be missed."""
    with Workspace("ftps-far") as w:
        ca, base = prepare(w)
        far = Relay(int(base.rstrip("/").rsplit(":", 1)[1]), delay=0.02)
        for i in range(6):
            u = w.unit("ftps://localhost:%d/%d.xml" % (far.port, i))
            w.write("site/%d.xml" % i, document(u))
        assert w.run("--settle", "50", "--tries", "1") == 0, w.stderr
        assert w.summary["requests"] == 18, w.summary
        check_archive(w)


need("openssl", "proftpd")
main([(f.__name__.replace("_", " "), f) for f in (user_and_password_come_from_the_hosts_table_and_stay_there, a_file_that_grows_between_two_looks_waits,
                                                a_server_that_is_far_away_is_waited_for)])
