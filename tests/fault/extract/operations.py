#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Running it: two at once, stopped, past its deadline, in shards, on a full disk, with secrets, behind a proxy, with a slow host among others."""
import http.server, os, signal, socketserver, sys, threading, time

sys.path.insert(0, os.path.join(os.environ["PRE_SOURCE"], "tests/support"))
from extraction import *


def waiting_run(w, *options):
    """A run in the background; the test waits for its lock."""
    command = w.command(*options)
    if os.path.exists(w.path("summary.json")):
        os.unlink(w.path("summary.json"))
    return w.spawn(command, stderr=open(w.path("stderr"), "w"))


def a_second_run_says_who_holds_the_folder_and_a_dead_owner_holds_nothing():
    with Workspace("lock") as w:
        w.served([{"path": "*", "to": 1, "status": 200, "delay_ms": 60000}], count=3)
        first = waiting_run(w)
        wait_for(lambda: os.path.exists(os.path.join(w.archive, ".lock")) and open(os.path.join(w.archive, ".lock")).read(), what="the lock")
        assert w.run() == 75, w.stderr
        assert "pid %d" % first.pid in w.stderr and "since" in w.stderr and "pre-extract" in w.stderr, w.stderr
        first.kill()
        first.wait()
        assert w.run() == 0 and w.summary["outcomes"]["fetched"] == 3, w.stderr
        check_archive(w)


def a_lock_file_with_the_number_of_a_living_stranger_locks_nothing():
    with Workspace("stale") as w:
        w.served()
        w.write("archive/.lock", "pre-extract pid 1 host x since 2020-01-01T00:00:00Z\n")
        assert w.run() == 0, w.stderr


def few_open_files_make_fewer_connections_and_never_a_failed_source():
    with Workspace("descriptors") as w:
        w.served(count=60, rows=["localhost,32,yes"], host="localhost")  # a name, so that it is resolved

        def confined(soft, hard, more=""):
            return ["/bin/sh", "-c", '%sulimit -Sn %d; ulimit -Hn %d; exec "$@"' % (more, soft, hard), "sh", *w.command("--parallel", "32")]

        def told(limit, connections, command):
            shutil.rmtree(w.archive, ignore_errors=True)
            assert w.run(command=command) == 0, w.stderr
            assert w.summary["outcomes"]["fetched"] == 60, w.summary["outcomes"]
            assert "few-open-files" in w.stderr and "limit=%d parallel=%d" % (limit, connections) in w.stderr, w.stderr
        for limit in (8, 16, 24):
            assert w.run(command=confined(limit, limit)) == 71, w.stderr
            assert "only %d files may be open, 25 are needed" % limit in w.stderr and "ulimit -n" in w.stderr, w.stderr
            assert not w.requests(), "somebody was asked"
        for limit in (25, 32, 64):
            told(limit, (limit - 20) // 5, confined(limit, limit))
        inherited = "exec %s; " % " ".join("%d</dev/null" % fd for fd in range(3, 10))
        assert w.run(command=confined(31, 31, inherited)) == 71 and "32 are needed" in w.stderr, w.stderr
        told(42, 3, confined(42, 42, inherited))
        shutil.rmtree(w.archive)
        assert w.run(command=confined(25, 4096)) == 0 and "few-open-files" not in w.stderr, w.stderr
        check_archive(w)


def sigterm_commits_what_is_complete_and_the_next_run_asks_the_rest():
    with Workspace("sigterm") as w:
        units = w.served([{"path": "*", "to": 1, "status": 200, "delay_ms": 40}], count=60, rows=["127.0.0.1,2,yes"])
        p = waiting_run(w)
        wait_for(lambda: len(w.requests()) >= 10, what="some requests")
        p.send_signal(signal.SIGUSR1)
        time.sleep(0.3)
        p.send_signal(signal.SIGTERM)
        assert p.wait(20) == 75
        text = open(w.path("stderr")).read()
        assert "event=status done=" in text, text[-500:]
        s = json.load(open(w.path("summary.json")))["outcomes"]
        assert 0 < s["fetched"] < 60 and s["fetched"] + s["not_asked"] == 60, s
        assert len(w.archives()) == 1 and not w.leftovers()
        marks = [r.get("Unit-ID") for r in w.records() if r.type == "metadata"]
        assert len(marks) == s["fetched"]
        assert w.run() == 0 and w.summary["outcomes"]["fetched"] == 60 - s["fetched"]
        complete = [q for q in w.requests() if q["status"] == 200]
        assert len(complete) <= 60 + 2, "fetched twice: %d complete answers" % len(complete)
        assert sorted(set(r.get("Unit-ID") for r in w.records() if r.type == "response")) == sorted(units)
        check_archive(w)


def the_deadline_leaves_every_unit_with_an_outcome():
    with Workspace("deadline") as w:
        port = w.faultserver([{"path": "/slow*", "status": 200, "fault": "stall"}])
        good = w.returns_at(port, 5)
        slow = [w.unit("http://127.0.0.1:%d/slow{unit}.xml" % port) for _ in range(20)]
        w.hosts("127.0.0.1,4,yes")
        begun = time.monotonic()
        assert w.run("--deadline", "2") == 1, w.stderr
        assert time.monotonic() - begun < 6
        assert all(w.outcome(u)["outcome"] == "fetched" for u in good)
        assert all(w.outcome(u).get("class") == "deadline" for u in slow), w.summary["failed_by_class"]
        assert w.summary["past_deadline"] is True
        check_archive(w)


def a_slow_host_never_holds_the_others():
    with Workspace("fair") as w:
        slow = w.faultserver([{"path": "*", "status": 200, "delay_ms": 1500}], name="slow", addresses="127.0.0.3")
        fast = w.faultserver(name="fast")
        a = [w.unit("http://127.0.0.3:%d/{unit}.xml" % slow) for _ in range(24)]
        b = [w.unit("http://127.0.0.1:%d/{unit}.xml" % fast) for _ in range(200)]
        for u in a + b:
            w.write("site/%s.xml" % u, document(u))
        w.hosts("127.0.0.1,,yes", "127.0.0.3,,yes")
        assert w.run("--parallel", "8") == 0, w.stderr
        first, last = w.requests("fast")[0]["time"], w.requests("fast")[-1]["time"]
        assert last - first < 1.5, "the fast host took %.1f s behind the slow one" % (last - first)
        assert len(set(q["connection"] for q in w.requests("fast"))) <= 8, "connections are not kept"
        check_archive(w)


def at_most_so_many_at_once_to_one_host():
    with Workspace("limit") as w:
        w.served([{"path": "*", "status": 200, "delay_ms": 20}], count=60, rows=["127.0.0.1,3,yes"])
        assert w.run("--parallel", "32") == 0
        assert len(set(q["connection"] for q in w.requests())) == 3
        check_archive(w)


def shards_share_the_register_and_each_keeps_its_own_file():
    with Workspace("shards") as w:
        units = w.served(count=40)
        runs = [w.spawn([c if c != w.path("summary.json") else w.path("s%d.json" % i) for c in w.command("--shard", "%d/3" % i)], stderr=subprocess.DEVNULL) for i in (1, 2, 3)]
        assert [p.wait(60) for p in runs] == [0, 0, 0]
        assert len(w.archives()) == 3 and all(re.search(r"-s0[123]of03\.warc\.gz$", a) for a in w.archives()), w.archives()
        assert sorted(r.get("Unit-ID") for r in w.records() if r.type == "response") == sorted(units)
        assert w.run() == 0 and w.summary["outcomes"]["unchanged"] == 40
        check_archive(w)


def a_full_disk_keeps_what_was_whole_and_says_74():
    if os.geteuid() != 0:
        print("(not root: no small file system can be mounted)")
        return
    with Workspace("full") as w:
        os.mkdir(w.archive)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", w.archive], stderr=subprocess.DEVNULL).returncode:
            print("(no tmpfs can be mounted here)")
            return
        try:
            port = w.faultserver()
            units = w.returns_at(port, 30)
            for u in units:
                w.write("site/%s.xml" % u, document(u) + b"<!-- " + os.urandom(80000).hex().encode() + b" -->")
            w.hosts()
            assert w.run() == 74 and "free" in w.stderr, w.stderr
            assert not w.archives() and len(w.requests()) == 0, "asked without room to keep"
            subprocess.run(["mount", "-o", "remount,size=1500k", w.archive], check=True)
            assert w.run() == 74 and "No space" in w.stderr, w.stderr
            kept = w.archives()
            assert len(kept) == 1 and not w.leftovers(), os.listdir(w.archive)
            marks = [r.get("Unit-ID") for r in w.records() if r.type == "metadata"]
            assert 0 < len(marks) < 30
            subprocess.run(["mount", "-o", "remount,size=30m", w.archive], check=True)
            assert w.run() == 0, w.stderr
            assert w.summary["outcomes"]["fetched"] == 30 - len(marks) and w.summary["outcomes"]["unchanged"] == len(marks)
            check_archive(w)
        finally:
            subprocess.run(["umount", "-l", w.archive])


def secrets_reach_their_host_and_nothing_else():
    with Workspace("secrets") as w:
        other = w.faultserver(name="other", addresses="127.0.0.3")
        u, v = w.unit(), w.unit()
        w.write("site/a.xml", document(u))
        w.write("site/b.xml", document(v))
        port = w.faultserver([{"path": "/b.xml", "status": 302, "headers": "Location: http://127.0.0.3:%d/b.xml" % other},
                              {"path": "/a.xml", "status": 200, "headers": "Set-Cookie: session=biscuit-secret"}])
        w.set_source(u, "http://127.0.0.1:%d/a.xml?cle=parametre-secret&x=1" % port)
        w.set_source(v, "http://127.0.0.1:%d/b.xml" % port)
        bearer = w.write("bearer", "jeton-secret\n")
        w.hosts("127.0.0.1,yes,%s,cle" % bearer, "127.0.0.3,yes,,", columns="host,allow_private,bearer_file,secret_parameter")
        assert w.run("--verbose") == 0, w.stderr
        assert {q["target"]: q["authorization"] for q in w.requests()} == {"/a.xml?cle=parametre-secret&x=1": "1", "/b.xml": "1"}, w.requests()
        assert [q["authorization"] for q in w.requests("other")] == ["0"], "the token went to another host"
        blocks = b"".join(r.block + str(r.fields).encode() for r in w.records())
        everything = blocks + w.stderr.encode() + w.stdout.encode() + open(w.path("summary.json"), "rb").read()
        everything += b"".join(open(os.path.join(d, n), "rb").read() for d, _, names in os.walk(os.path.join(w.archive, ".index")) for n in names)
        register = b"".join(r.block for r in w.records() if (r.get("WARC-Target-URI") or "").startswith("urn:pre:kept"))
        assert b"?cle=masked&x=1" in register and b"b.xml" in register, "the register is kept, without the secret"
        for secret in (b"jeton-secret", b"biscuit-secret", b"parametre-secret"):
            assert secret not in everything, secret
        assert w.run() == 0 and w.outcome(u)["outcome"] == "unchanged"
        assert [q["status"] for q in w.requests() if q["target"].startswith("/a.xml")] == [200, 304]
        process = waiting_run(w)
        listed = open("/proc/%d/cmdline" % process.pid, "rb").read()
        assert process.wait(20) == 0 and b"secret" not in listed.replace(b"pre-secrets", b"")
        check_archive(w)


def tables_that_others_can_read_stop_the_run():
    with Workspace("modes") as w:
        w.served()
        w.hosts(mode=0o644)
        assert w.run() == 77 and "chmod 600" in w.stderr
        bearer = w.write("bearer", "x\n", 0o640)
        w.hosts("127.0.0.1,%s,yes" % bearer, columns="host,bearer_file,allow_private")
        assert w.run() == 77 and "bearer" in w.stderr
        w.hosts("127.0.0.1,maybe", columns="host,allow_private")
        assert w.run() == 78 and "line 2" in w.stderr, w.stderr
        assert len(w.requests()) == 0


def addresses_with_a_password_or_of_no_known_kind_stop_the_run():
    with Workspace("userinfo") as w:
        u = w.unit()
        for bad in ("https://user:pass@host.example/x.xml", "gopher://host.example/x.xml"):
            w.set_source(u, bad)
            assert w.run(hosts=None) == 65 and u in w.stderr or "source" in w.stderr, w.stderr
            assert not w.archives()


def files_are_read_beneath_the_root_only():
    with Workspace("file") as w:
        a, b, c, d, e = (w.unit() for _ in range(5))
        w.write("root/in.xml", document(a))
        w.write("root/sub/deep.xml", document(b))
        w.write("secret.xml", document(c))
        os.symlink(w.path("secret.xml"), w.path("root/link.xml"))
        os.symlink("sub/deep.xml", w.path("root/inner.xml"))
        for unit, path in ((a, "root/in.xml"), (b, "root/inner.xml"), (c, "root/../secret.xml"), (d, "root/link.xml"), (e, "root/none.xml")):
            w.set_source(unit, "file://" + w.path(path))
        assert w.run("--file-root", w.path("root")) == 1, w.stderr
        got = [(w.outcome(u)["outcome"], w.outcome(u).get("class", "")) for u in (a, b, c, d, e)]
        assert got == [("fetched", ""), ("fetched", ""), ("failed", "file-outside"), ("failed", "file-outside"), ("not-published", "")], got
        assert w.run() == 69 and w.outcome(a)["class"] == "file-outside"
        check_archive(w)


def no_source_that_answers_is_69_and_no_source_at_all_is_0():
    with Workspace("none") as w:
        w.unit("http://127.0.0.1:%d/x.xml" % free_port())
        w.hosts()
        assert w.run("--tries", "1") == 69
        w.units = []
        w.unit("")
        assert w.run() == 0 and w.summary["outcomes"]["no_source"] == 1 and w.summary["archive"] is None


def misuse_is_64_and_missing_inputs_66():
    with Workspace("usage") as w:
        w.unit("")
        program = os.path.join(BIN, "pre-extract")
        assert w.run(command=[program]) == 64 and len(w.stderr.splitlines()) == 2, w.stderr
        assert w.run("--shard", "4/3") == 64
        assert w.run("--only", "PRE-99-99") == 65
        missing = [c if c != w.path("register.csv") else w.path("nowhere.csv") for c in w.command()]
        assert w.run(command=missing) == 66, w.stderr
        assert w.run(command=[program, "--help"]) == 0 and "--archive" in w.stdout


def the_proxy_of_the_environment_is_used_and_no_proxy_is_obeyed():
    asked = []

    class Proxy(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            body = document("PRE-00-00")
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *a):
            pass
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with Workspace("proxy") as w:
        port = w.faultserver()
        direct = w.returns_at(port, 1)[0]
        through = w.unit("http://source.example/x.xml")
        w.hosts()
        env = {"http_proxy": "http://127.0.0.1:%d" % server.server_address[1], "no_proxy": "127.0.0.1"}
        assert w.run(env=env) == 0, w.stderr
        assert asked == ["http://source.example/x.xml"] and len(w.requests()) == 1
        assert w.outcome(direct)["outcome"] == w.outcome(through)["outcome"] == "fetched"
    server.shutdown()


main([(f.__name__.replace("_", " "), f) for f in (
    few_open_files_make_fewer_connections_and_never_a_failed_source,
    a_second_run_says_who_holds_the_folder_and_a_dead_owner_holds_nothing,
    a_lock_file_with_the_number_of_a_living_stranger_locks_nothing,
    sigterm_commits_what_is_complete_and_the_next_run_asks_the_rest,
    the_deadline_leaves_every_unit_with_an_outcome,
    a_slow_host_never_holds_the_others,
    at_most_so_many_at_once_to_one_host,
    shards_share_the_register_and_each_keeps_its_own_file,
    a_full_disk_keeps_what_was_whole_and_says_74,
    secrets_reach_their_host_and_nothing_else,
    tables_that_others_can_read_stop_the_run,
    addresses_with_a_password_or_of_no_known_kind_stop_the_run,
    files_are_read_beneath_the_root_only,
    no_source_that_answers_is_69_and_no_source_at_all_is_0,
    misuse_is_64_and_missing_inputs_66,
    the_proxy_of_the_environment_is_used_and_no_proxy_is_obeyed,
)])
