#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Night after night on one archive folder: what is asked again, under which conditions, and what is kept of it."""
import os, sys, time

sys.path.insert(0, os.path.join(os.environ["PRE_SOURCE"], "tests/support"))
from extraction import *


def kinds(w, unit):
    return [r.type for r in w.records() if r.get("Unit-ID") == unit and r.type != "metadata"]


def a_second_night_asks_with_conditions_and_keeps_revisits():
    with Workspace("nights") as w:
        units = w.served(count=20)
        assert w.run() == 0 and w.summary["changed"] is True
        assert w.run() == 0 and w.summary["changed"] is False
        assert w.summary["outcomes"]["unchanged"] == 20
        seen = w.requests()
        assert [q["status"] for q in seen] == [200] * 20 + [304] * 20
        assert all(q["conditions"] == "inm" for q in seen[20:])
        assert sum(q["bytes"] for q in seen[20:]) == 0
        for u in units:
            assert kinds(w, u) == ["response", "revisit"]
        # the register is kept once, then referred to
        kept = [r.type for r in w.records() if (r.get("WARC-Target-URI") or "").startswith("urn:pre:kept")]
        assert kept == ["resource", "revisit"], kept
        check_archive(w)


def a_then_b_then_a_is_a_revisit_of_the_first():
    with Workspace("aba") as w:
        port = w.faultserver()
        u = w.unit("http://127.0.0.1:%d/{unit}.xml" % port)
        w.hosts()
        a, b = document(u), document(u, "<observations>b</observations>")
        outcomes = []
        for body in (a, a, b, a, a):
            w.write("site/%s.xml" % u, body)
            assert w.run() == 0
            outcomes.append(w.outcome(u)["outcome"])
        assert outcomes == ["fetched", "unchanged", "fetched", "fetched", "unchanged"], outcomes
        assert kinds(w, u) == ["response", "revisit", "response", "revisit", "revisit"]
        profiles = [r.get("WARC-Profile").rsplit("/", 1)[1] for r in w.records() if r.type == "revisit" and r.get("Unit-ID")]
        assert profiles == ["server-not-modified", "identical-payload-digest", "server-not-modified"], profiles
        check_archive(w)


def the_same_body_under_another_tag_is_unchanged():
    with Workspace("etag") as w:
        u, = w.served([{"path": "*", "to": 1, "status": 200, "headers": 'ETag: "one"'}, {"path": "*", "from": 2, "status": 200, "headers": 'ETag: "two"'}])
        assert w.run() == 0 and w.run() == 0
        assert w.outcome(u)["outcome"] == "unchanged" and kinds(w, u) == ["response", "revisit"]
        check_archive(w)


def without_a_tag_the_date_is_the_condition():
    with Workspace("date") as w:
        u, = w.served([{"path": "*", "to": 1, "status": 200, "headers": "ETag:|Last-Modified: Thu, 12 May 2022 08:11:00 GMT"},
                       {"path": "*", "from": 2, "status": 304, "headers": "ETag:"}])
        assert w.run() == 0 and w.run() == 0
        assert w.requests()[0]["conditions"] == "" and w.requests()[1]["conditions"] == "ims", w.requests()
        check_archive(w)


def a_304_for_another_tag_is_not_believed():
    with Workspace("304-other") as w:
        u, = w.served([{"path": "*", "to": 1, "status": 200, "headers": 'ETag: "one"'}, {"path": "*", "from": 2, "to": 2, "status": 304, "headers": 'ETag: "two"'}])
        assert w.run() == 0 and w.run() == 0
        assert [(q["status"], q["conditions"]) for q in w.requests()] == [(200, ""), (304, "inm"), (200, "")], w.requests()
        check_archive(w)


def a_304_without_our_copy_is_asked_once_more_without_conditions():
    with Workspace("304-alone") as w:
        u, = w.served([{"path": "*", "to": 1, "status": 304}])
        assert w.run() == 0
        assert [q["status"] for q in w.requests()] == [304, 200] and w.outcome(u)["outcome"] == "fetched"
        check_archive(w)


def a_source_that_moves_is_asked_without_the_conditions_of_the_old_address():
    with Workspace("moved") as w:
        port = w.faultserver()
        u = w.unit("http://127.0.0.1:%d/old.xml" % port)
        w.write("site/old.xml", document(u))
        w.write("site/new.xml", document(u))
        w.hosts()
        assert w.run() == 0
        w.set_source(u, "http://127.0.0.1:%d/new.xml" % port)
        assert w.run() == 0
        assert [(q["target"], q["conditions"]) for q in w.requests()] == [("/old.xml", ""), ("/new.xml", "")]
        assert w.outcome(u)["outcome"] == "unchanged"
        check_archive(w)


def a_later_404_or_login_page_withdraws_nothing():
    with Workspace("later") as w:
        u, v = w.unit(), w.unit()
        for x in (u, v):
            w.write("site/%s.xml" % x, document(x))
        port = w.faultserver([{"path": "/%s.xml" % u, "from": 2, "to": 2, "status": 404}, {"path": "/%s.xml" % v, "from": 2, "to": 2, "status": 200, "body": "text:<html>login</html>"}])
        for x in (u, v):
            w.set_source(x, "http://127.0.0.1:%d/%s.xml" % (port, x))
        w.hosts()
        assert w.run() == 0
        assert w.run() == 1 and w.outcome(u)["outcome"] == "not-published" and w.outcome(v)["class"] == "login-page"
        assert w.run() == 0 and w.outcome(u)["outcome"] == w.outcome(v)["outcome"] == "unchanged"
        assert [q["status"] for q in w.requests() if q["target"] == "/%s.xml" % u] == [200, 404, 304]
        check_archive(w)


def a_damaged_body_is_never_the_ground_of_a_condition():
    """The archive itself is refused when one byte of it is wrong; nothing is asked on its word."""
    with Workspace("damaged") as w:
        u, = w.served()
        assert w.run() == 0
        path = w.archives()[0]
        good = open(path, "rb").read()
        record = [r for r in w.records() if r.type == "response"][0]
        for name, bad in (("one byte", good[:record.offset + 60] + bytes([good[record.offset + 60] ^ 1]) + good[record.offset + 61:]), ("cut", good[:-30]),
                          ("trailing bytes", good + b"more"), ("not gzip", b"plain text\n" * 50), ("empty", b"")):
            open(path, "wb").write(bad)
            n = len(w.requests())
            assert w.run() == 65, name + ": " + w.stderr
            assert os.path.basename(path) in w.stderr, name + ": " + w.stderr
            assert len(w.requests()) == n, name
            assert open(path, "rb").read() == bad
        open(path, "wb").write(good)
        assert w.run() == 0 and w.outcome(u)["outcome"] == "unchanged"
        check_archive(w)


def a_day_of_throttling_is_obeyed_until_it_is_over():
    with Workspace("throttled") as w:
        u, v = w.unit(), w.unit()
        for x in (u, v):
            w.write("site/%s.xml" % x, document(x))
        port = w.faultserver([{"path": "/%s.xml" % u, "to": 1, "status": 429, "headers": "Retry-After: 86400"}])
        for x in (u, v):
            w.set_source(x, "http://127.0.0.1:%d/%s.xml" % (port, x))
        w.hosts()
        t = time.time()

        def at(hours):
            return {"PRE_NOW": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t + hours * 3600))}
        assert w.run(env=at(0)) == 1 and w.outcome(u)["class"] == "throttled" and w.outcome(v)["outcome"] == "fetched"
        assert w.run("--dry-run", env=at(12)) == 0 and w.stdout.count(",defer,") == 1, w.stdout
        assert w.run(env=at(12)) == 1 and w.outcome(u)["class"] == "deferred"
        assert w.run(env=at(20)) == 1 and w.outcome(u)["class"] == "deferred"
        asked = [q for q in w.requests() if q["target"].endswith(u + ".xml")]
        assert len(asked) == 1, asked
        assert w.run(env=at(25)) == 0 and w.outcome(u)["outcome"] == "fetched"
        check_archive(w)


def sources_asked_out_of_the_order_of_the_register_are_remembered_too():
    """What earlier nights keep is looked up ahead in the order of the register: here three hosts go at their own pace, some of whose sources are not asked
    at all, and more of one host lie in between than are looked up ahead."""
    with Workspace("order") as w:
        for name, count in (("127.0.0.1", 150), ("localhost", 40), ("127.0.0.1", 3), ("localhost", 90)):
            w.returns_at(0, count, name)
        late = [u[0] for u in w.units[10:170:16]]
        rows = [{"path": "/%s.xml" % u, "from": 2, "to": 2, "status": 429, "headers": "Retry-After: 86000"} for u in late]
        port = w.faultserver(rows)
        for u in w.units:
            u[10] = u[10].replace(":0/", ":%d/" % port)
        w.hosts("127.0.0.1,1,yes", "localhost,6,yes")
        assert w.run() == 0
        assert w.run("--retry-base", "1") == 1 and w.summary["failed_by_class"] == {"throttled": len(late)}, w.summary["failed_by_class"]
        n = len(w.requests())
        assert w.run() == 1, w.stderr
        again = w.requests()[n:]
        assert sorted(r["target"] for r in again) == sorted("/%s.xml" % u[0] for u in w.units if u[0] not in late)
        assert all(r["conditions"] == "inm" and r["status"] == 304 for r in again), again
        assert all(w.outcome(u)["class"] == "deferred" for u in late)
        check_archive(w)


def a_clock_set_back_is_told_and_the_runs_keep_their_order():
    with Workspace("clock-back") as w:
        u, = w.served()
        names = []
        for now, text in (("2022-05-12T02:00:00Z", "A"), ("2022-05-10T02:00:00Z", "B"), ("2022-05-10T03:00:00Z", "B"), ("2022-05-13T02:00:00Z", "B")):
            w.write("site/%s.xml" % u, document(u, "<observations>%s</observations>" % text))
            assert w.run(env={"PRE_NOW": now}) == 0, w.stderr
            assert ("event=clock-behind-archive" in w.stderr) == (now < "2022-05-12"), w.stderr
            assert w.outcome(u)["outcome"] == ("unchanged" if len(names) > 1 else "fetched"), "run %d: %r" % (len(names), w.outcome(u))
            names.append(w.summary["archive"])
        assert names == ["2022-20220512T020000Z.warc.gz", "2022-20220512T020001Z.warc.gz", "2022-20220512T020002Z.warc.gz", "2022-20220513T020000Z.warc.gz"], names
        check_archive(w)


def a_dry_run_says_what_would_be_asked_and_touches_nothing():
    with Workspace("dry") as w:
        port = w.faultserver()
        u, v, n = w.unit("http://127.0.0.1:%d/{unit}.xml" % port), w.unit("http://127.0.0.1:%d/{unit}.xml?cle=tres-secret" % port), w.unit("")
        w.write("site/%s.xml" % u, document(u))
        w.hosts("127.0.0.1,yes,cle", columns="host,allow_private,secret_parameter")
        assert w.run("--dry-run") == 0 and not os.path.exists(w.archive)
        assert w.run() == 0
        count, before = len(w.requests()), sorted(os.listdir(w.archive))
        assert w.run("--dry-run") == 0
        rows = {r["unit"]: r for r in csv.DictReader(w.stdout.splitlines())}
        assert rows[u]["action"] == "ask" and rows[u]["conditions"].startswith('If-None-Match: "'), rows[u]
        assert rows[v]["source"].endswith("?cle=masked") and rows[n]["action"] == "none"
        assert len(w.requests()) == count and sorted(os.listdir(w.archive)) == before


def a_dry_run_reads_the_index_and_never_writes_one():
    """What an index costs is seen by what is opened: with a cache no archive is inflated, so a dry run is as quick as a run."""
    with Workspace("dry-index") as w:
        u, = w.served()
        for _ in range(3):
            assert w.run() == 0
        folder = os.path.join(w.archive, ".index")

        def state():
            return {n: (open(os.path.join(d, n), "rb").read(), os.stat(os.path.join(d, n)).st_mtime_ns) for d, _, names in os.walk(w.archive) for n in names}
        before = state()
        assert sorted(os.listdir(folder)) == [os.path.basename(a) + ".cdxj" for a in w.archives()][:2] + ["2022.merged"], "the last night's index is made by the next run"
        trace = w.path("trace")
        command = w.command("--dry-run")
        if shutil.which("strace"):
            command = ["strace", "-f", "-e", "trace=openat,openat2,open", "-o", trace] + command
        # the leak checker cannot be traced
        assert w.run(command=command, env={"ASAN_OPTIONS": "detect_leaks=0"}) == 0, w.stderr
        assert "ask" in w.stdout and "If-None-Match" in w.stdout and state() == before
        if os.path.exists(trace):
            text = open(trace).read()
            assert text.count(".merged") == 1 and text.count(".cdxj") == 1, "the merged index and that of the last night are looked for once: " + text
            assert not re.search(r"O_WRONLY|O_RDWR|O_CREAT", "".join(x for x in text.splitlines(True) if w.archive in x)), text
        # an index that lies about its archive is not believed
        for name in sorted(os.listdir(folder)):
            good = open(os.path.join(folder, name), "rb").read()
            open(os.path.join(folder, name), "wb").write(good.replace(b"fetched", b"failed!"))
            assert w.run("--dry-run") == 0 and "If-None-Match" in w.stdout
            assert "fetched" not in open(os.path.join(folder, name)).read()
        shutil.rmtree(folder)
        assert w.run("--dry-run") == 0 and "If-None-Match" in w.stdout and not os.path.exists(folder)


def the_index_is_a_cache_that_may_be_lost_or_spoilt():
    with Workspace("index") as w:
        u, = w.served()
        for _ in range(3):
            assert w.run() == 0
        folder = os.path.join(w.archive, ".index")
        names = sorted(os.listdir(folder))
        first = open(os.path.join(folder, names[0]), "rb").read()
        merged = open(os.path.join(folder, "2022.merged"), "rb").read()
        open(os.path.join(folder, "2022.merged"), "wb").write(merged.replace(b"fetched", b"failed!"))
        open(os.path.join(folder, names[0]), "wb").write(first.replace(b"fetched", b"failed!", 1))
        os.unlink(os.path.join(folder, names[1]))
        assert w.run() == 0 and w.outcome(u)["outcome"] == "unchanged"
        assert open(os.path.join(folder, names[0]), "rb").read() == first
        assert b"fetched" in open(os.path.join(folder, "2022.merged"), "rb").read()
        shutil.rmtree(folder)
        assert w.run() == 0 and w.outcome(u)["outcome"] == "unchanged"
        check_archive(w)


def archives_known_again_are_not_read_and_those_touched_are():
    """The merged index tells an archive by what stat(2) says of it, once two seconds have gone without a change."""
    with Workspace("merged") as w:
        port = w.faultserver()
        u = w.unit("http://127.0.0.1:%d/{unit}.xml" % port)
        w.write("site/%s.xml" % u, document(u))
        w.hosts()
        for _ in range(3):
            assert w.run() == 0
        time.sleep(3.1)
        assert w.run() == 0
        second, trace = w.archives()[1], w.path("trace")  # holds neither the body nor the last answer

        def opened():
            assert w.run(command=["strace", "-f", "-e", "trace=openat,openat2,open", "-o", trace] + w.command("--dry-run"), env={"ASAN_OPTIONS": "detect_leaks=0"}) == 0
            return open(trace).read().count(os.path.basename(second) + '"')
        if shutil.which("strace"):
            assert opened() == 0
            os.utime(second)
            assert opened() == 1, "touched: its digest is taken again"
        good, st = open(second, "rb").read(), os.stat(second)
        open(second, "r+b").write(good[:-60] + bytes([good[-60] ^ 1]) + good[-59:])
        os.utime(second, ns=(st.st_atime_ns, st.st_mtime_ns))
        assert os.stat(second).st_size == st.st_size and w.run("--dry-run") == 65 and os.path.basename(second) in w.stderr, w.stderr
        open(second, "r+b").write(good)
        assert w.run() == 0 and w.outcome(u)["outcome"] == "unchanged"
        check_archive(w)


def of_a_faulty_register_and_a_damaged_archive_the_register_is_named():
    """Both are read at once. Whatever else is wrong, a register that cannot be read asks nobody, and makes no folder."""
    with Workspace("both") as w:
        u, = w.served()
        assert w.run() == 0
        n, good, command = len(w.requests()), open(w.archives()[0], "rb").read(), w.command()
        w.write("register.csv", open(w.path("register.csv")).read() + ",".join(w.units[0]) + "\n")
        for archived in (good, good[:300] + bytes([good[300] ^ 1]) + good[301:]):
            w.write("archive/" + os.path.basename(w.archives()[0]), archived)
            assert w.run(command=command) == 65 and "register.csv:3:" in w.stderr and ".warc.gz" not in w.stderr, w.stderr
        fresh = w.path("fresh")
        assert w.run(command=[fresh if x == w.archive else x for x in command]) == 65 and not os.path.exists(fresh)
        assert w.run() == 65 and os.path.basename(w.archives()[0]) in w.stderr, w.stderr
        w.write("archive/" + os.path.basename(w.archives()[0]), good)
        assert len(w.requests()) == n and len(w.archives()) == 1 and w.leftovers() == []
        assert w.run() == 0 and w.outcome(u)["outcome"] == "unchanged"
        check_archive(w)


def sealed_until_reopened():
    with Workspace("seal") as w:
        u, = w.served()
        assert w.run() == 0
        assert w.run(command=[os.path.join(BIN, "pre-extract"), "--seal", "--archive", w.archive]) == 0, w.stderr
        subprocess.run(["sha256sum", "-c", "--quiet", "--strict", "SHA256SUMS"], cwd=w.archive, check=True)
        n = len(w.requests())
        assert w.run() == 78 and "--reopen" in w.stderr, w.stderr
        assert len(w.requests()) == n
        assert w.run("--reopen") == 0 and not os.path.exists(os.path.join(w.archive, "SHA256SUMS"))
        check_archive(w)


main([(f.__name__.replace("_", " "), f) for f in (
    a_second_night_asks_with_conditions_and_keeps_revisits,
    a_then_b_then_a_is_a_revisit_of_the_first,
    the_same_body_under_another_tag_is_unchanged,
    without_a_tag_the_date_is_the_condition,
    a_304_for_another_tag_is_not_believed,
    a_304_without_our_copy_is_asked_once_more_without_conditions,
    a_source_that_moves_is_asked_without_the_conditions_of_the_old_address,
    a_later_404_or_login_page_withdraws_nothing,
    a_damaged_body_is_never_the_ground_of_a_condition,
    a_day_of_throttling_is_obeyed_until_it_is_over,
    sources_asked_out_of_the_order_of_the_register_are_remembered_too,
    a_clock_set_back_is_told_and_the_runs_keep_their_order,
    a_dry_run_says_what_would_be_asked_and_touches_nothing,
    a_dry_run_reads_the_index_and_never_writes_one,
    the_index_is_a_cache_that_may_be_lost_or_spoilt,
    archives_known_again_are_not_read_and_those_touched_are,
    of_a_faulty_register_and_a_damaged_archive_the_register_is_named,
    sealed_until_reopened,
)])
