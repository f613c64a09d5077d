#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One source per row of the outcome table of pre-extract(1), all in one run: each gets its own outcome, none touches another's.
The server's log says how often each was asked; the archive, read by other hands, says what was kept."""
import gzip, os, re, subprocess, sys

sys.path.insert(0, os.path.join(os.environ["PRE_SOURCE"], "tests/support"))
from extraction import *

GOOD = document("PRE-00-00")
HTML = b"<!DOCTYPE html>\n<html><body><form action='/login'>Identifiez-vous</form></body></html>\n"
LARGE = b"<retour>" + b"x" * (11 << 20) + b"</retour>"

# name of the fault, script rows, body of the file, outcome, class, requests seen, data record kept, message
CASES = [
    ("fetched plain", [], GOOD, "fetched", "", 1, "response", ""),
    ("fetched in chunks", [{"fault": "chunked"}], GOOD, "fetched", "", 1, "response", ""),
    ("fetched gzip coded", [{"fault": "gzip"}], GOOD, "fetched", "", 1, "response", ""),
    ("fetched gzip coded in two members", [{"fault": "gzip-members"}], GOOD, "fetched", "", 1, "response", ""),
    ("fetched gzip file sent with a gzip coding", [{"fault": "gzip-double"}], GOOD, "fetched", "", 1, "response", ""),
    ("fetched without length, end of document there", [{"fault": "no-length"}], GOOD, "fetched", "", 1, "response", ""),
    ("fetched after one 503", [{"to": 1, "status": 503, "body": "text:busy"}], GOOD, "fetched", "", 2, "response", ""),
    ("fetched after a cut", [{"to": 1, "fault": "cut", "at": 20}], GOOD, "fetched", "", 2, "response", ""),
    ("fetched after 429 with Retry-After in seconds", [{"to": 1, "status": 429, "headers": "Retry-After: 1"}], GOOD, "fetched", "", 2, "response", ""),
    ("fetched after 429 with Retry-After as a date", [{"to": 1, "status": 429, "headers": "Retry-After: {date+2}"}], GOOD, "fetched", "", 2, "response", ""),
    ("fetched after 429 with Retry-After of garbage", [{"to": 1, "status": 429, "headers": "Retry-After: soon"}], GOOD, "fetched", "", 2, "response", ""),
    ("fetched slowly", [{"fault": "drip", "at": 60, "delay_ms": 100}], GOOD, "fetched", "", 1, "response", ""),
    ("fetched text that is not XML, for transform to judge", [], b"une ligne, sans balise\n", "fetched", "", 1, "response", ""),
    ("not published 403", [{"status": 403, "body": "text:no"}], GOOD, "not-published", "", 1, None, "status 403"),
    ("not published 404", [], None, "not-published", "", 1, None, "status 404"),
    ("not published 410", [{"status": 410, "body": "text:gone"}], GOOD, "not-published", "", 1, None, "status 410"),
    ("stalled", [{"fault": "stall-body", "at": 30}], GOOD, "failed", "stalled", 2, "response", ""),
    ("too slow, a byte now and then for ever", [{"fault": "drip", "at": 1, "delay_ms": 300 * SLOW}], GOOD, "failed", "too-slow", 2, "response", ""),
    ("reset", [{"fault": "reset"}], GOOD, "failed", "reset", 4, None, ""),
    ("no answer", [{"fault": "close"}], GOOD, "failed", "no-answer", 4, None, ""),
    ("truncated against its length", [{"fault": "cut", "at": 100}], GOOD, "failed", "truncated", 4, "response", ""),
    ("truncated exactly after a record", [{"fault": "cut", "at": GOOD.index(b"</enfants>")}], GOOD, "failed", "truncated", 4, "response", ""),
    ("truncated, wrong length announced", [{"fault": "length", "at": 5000}], GOOD, "failed", "truncated", 4, "response", ""),
    ("truncated inside a chunk", [{"fault": "chunk-cut", "at": 100}], GOOD, "failed", "truncated", 4, "response", ""),
    ("unverified, no length and cut", [{"fault": "no-length-cut", "at": 100}], GOOD, "failed", "unverified", 4, "response", ""),
    ("not HTTP", [{"fault": "garbage"}], GOOD, "failed", "not-http", 2, None, ""),
    ("too large", [], LARGE, "failed", "too-large", 1, "response", "10485760"),
    ("too large without end", [{"fault": "endless"}], GOOD, "failed", "too-large", 1, "response", "10485760"),
    ("too large once inflated", [{"fault": "gzip"}], LARGE, "failed", "too-large", 1, "response", "inflates beyond"),
    ("empty", [], b"", "failed", "empty", 1, "response", ""),
    ("empty, white space only", [], b" \r\n\t\n", "failed", "empty", 1, "response", ""),
    ("login page with status 200", [], HTML, "failed", "login-page", 1, "response", ""),
    ("login page behind a redirect", [{"status": 302, "headers": "Location: /form"}], None, "failed", "login-page", 1, "response", ""),
    ("portal 511", [{"status": 511, "body": "text:<html>pay</html>"}], GOOD, "failed", "portal", 1, "response", "status 511"),
    ("html appended to a valid return", [], GOOD + HTML, "failed", "html-appended", 1, "response", ""),
    ("encoding absent, plain and whole: taken with a warning", [{"fault": "gzip-false"}], GOOD, "fetched", "encoding-absent", 1, "response", "warning: gzip announced, the body is plain"),
    ("encoding absent, and the plain text has no end", [{"fault": "gzip-false"}], GOOD[:-12], "failed", "encoding-absent", 2, "response", "not proven whole"),
    ("encoding absent, and a login page", [{"fault": "gzip-false"}], HTML, "failed", "login-page", 1, "response", ""),
    ("encoding cut, length fits the cut", [{"fault": "gzip-cut"}], GOOD, "failed", "encoding-cut", 4, "response", ""),
    ("encoding unknown", [{"headers": "Content-Encoding: br"}], GOOD, "failed", "encoding-unknown", 1, "response", "'br'"),
    ("bad 304, nothing was ever archived", [{"status": 304}], GOOD, "failed", "bad-304", 2, "response", ""),
    ("unauthorized 401", [{"status": 401, "headers": "WWW-Authenticate: Basic realm=secret"}], GOOD, "failed", "unauthorized", 1, "response", "status 401"),
    ("throttled 429", [{"status": 429}], GOOD, "failed", "throttled", 4, "response", "status 429"),
    ("throttled for a day", [{"status": 429, "headers": "Retry-After: 86400"}], GOOD, "failed", "throttled", 1, "response", "status 429"),
    ("server error 503", [{"status": 503, "body": "text:down"}], GOOD, "failed", "server-error", 4, "response", "status 503"),
    ("server error 408", [{"status": 408}], GOOD, "failed", "server-error", 4, "response", "status 408"),
    ("server error 425", [{"status": 425}], GOOD, "failed", "server-error", 4, "response", "status 425"),
    ("status 206 that nobody asked for", [{"status": 206}], GOOD, "failed", "status", 1, "response", "unexpected status 206"),
    ("redirect to a foreign host", [{"status": 302, "headers": "Location: http://portal.example/form"}], GOOD, "failed", "redirect-host", 1, None, "portal.example"),
    ("redirect loop", [{"status": 302, "headers": "Location: {self}"}], GOOD, "failed", "redirect-loop", 6, None, "5"),
    ("redirect without address", [{"status": 301}], GOOD, "failed", "redirect-bad", 1, None, "Location"),
    ("redirect to another protocol", [{"status": 301, "headers": "Location: file:///etc/passwd"}], GOOD, "failed", "redirect-bad", 1, None, "file"),
    ("redirect to an address with a password", [{"status": 301, "headers": "Location: http://a:b@127.0.0.1/"}], GOOD, "failed", "redirect-bad", 1, None, ""),
]


def prepare(w):
    script, units = [{"path": "/form", "body": "form.html"}], {}
    w.write("site/form.html", HTML)
    for i, (name, rows, body, *_) in enumerate(CASES):
        path = "/%03d.xml" % i
        if body is not None:
            w.write("site" + path, body)
        for row in rows:
            row = dict(row, path=path)
            row.setdefault("status", 200)
            row["headers"] = row.get("headers", "").replace("{self}", path)
            script.append(row)
    port = w.faultserver(script)
    for i, case in enumerate(CASES):
        units[case[0]] = w.unit("http://127.0.0.1:%d/%03d.xml" % (port, i))
    # faults that are not an answer of this server
    units["unreachable"] = w.unit("http://127.0.0.1:%d/x.xml" % free_port())
    units["name unknown"] = w.unit("http://nowhere.invalid/x.xml")
    units["address private"] = w.unit("http://127.0.0.2:%d/000.xml" % port)
    units["no source"] = w.unit("")
    w.hosts()
    return units


OTHERS = {"unreachable": ("failed", "unreachable", 4), "name unknown": ("failed", "name-unknown", 2), "address private": ("failed", "address-private", 1),
          "no source": ("no-source", "", 0)}


def check_case(w, units, marks, data, counts, i, case):
    name, rows, body, outcome, failure, asked, kept, message = case
    unit = units[name]
    got = w.outcome(unit)
    assert (got["outcome"], got.get("class", "")) == (outcome, failure), "%s: %r" % (name, got)
    assert message in got.get("message", ""), "%s: message %r" % (name, got.get("message"))
    seen = counts.get("/%03d.xml" % i, 0)
    # a kept connection found dead is replaced by libcurl itself, up to five times
    more = 5 if failure in ("reset", "no-answer") else 0
    assert asked <= seen <= asked + more, "%s: asked %d times, the server saw %d" % (name, asked, seen)
    mark = marks[unit].lines()
    assert mark["outcome"] == outcome and mark.get("class", "") == failure and mark["source"].endswith("/%03d.xml" % i), name
    record = data.get(unit)
    assert (record.type if record else None) == kept, "%s: kept %r" % (name, record and record.type)
    if outcome == "fetched":
        p = record.payload()
        while p[:2] == b"\x1f\x8b":
            p = gzip.decompress(p)
        assert p == body, "%s: %d bytes kept" % (name, len(p))
        assert marks[unit].get("WARC-Concurrent-To") == record.get("WARC-Record-ID")
    if failure == "too-large":
        cut = len(record.block) > 1 << 20
        assert len(record.block) < (2 << 20) and (record.get("WARC-Truncated") == "length") == cut, name
    if failure in ("truncated", "stalled"):
        assert record.get("WARC-Truncated") == "disconnect", name


def everything_in_one_run():
    with Workspace("outcomes") as w:
        units = prepare(w)
        rc = w.run("--stall", SLOW, "--timeout", 4 * SLOW, "--tries", "4", "--table")
        assert rc == 1, "exit %d\n%s" % (rc, w.stderr)
        records = w.records()
        marks = {r.get("Unit-ID"): r for r in records if r.type == "metadata"}
        data = {r.get("Unit-ID"): r for r in records if r.type in ("response", "resource", "revisit") and r.get("Unit-ID")}
        counts = {}
        time.sleep(SLOW)  # a server that drips notices a moment later that nobody listens
        for q in w.requests():
            counts[q["target"]] = counts.get(q["target"], 0) + 1
        for i, case in enumerate(CASES):
            check_case(w, units, marks, data, counts, i, case)
            print("ok  ", case[0])
        for name, (outcome, failure, attempts) in OTHERS.items():
            got = w.outcome(units[name])
            assert (got["outcome"], got.get("class", ""), got.get("attempts", 0)) == (outcome, failure, attempts), "%s: %r" % (name, got)
            print("ok  ", name)
        check_archive(w)
        # the summary adds up, in all and by region
        s = w.summary
        assert sum(s["outcomes"].values()) == s["units_listed"] == len(w.units)
        for key, n in s["outcomes"].items():
            assert n == sum(r[key] for r in s["regions"]), key
        assert s["outcomes"]["failed"] == sum(s["failed_by_class"].values())
        assert s["failed_by_class"]["encoding-absent"] == 1 and s["warned_by_class"] == {"encoding-absent": 1}, s["warned_by_class"]
        rows = {r["unit"]: r for r in csv.DictReader(w.stdout.splitlines())}
        taken = rows[units["encoding absent, plain and whole: taken with a warning"]]
        assert (taken["outcome"], taken["class"]) == ("fetched", "encoding-absent"), taken
        assert re.search(r"level=warning program=pre-extract event=fetched unit=%s class=encoding-absent" % taken["unit"], w.stderr), w.stderr[-2000:]
        assert len(w.stdout.splitlines()) == len(w.units) + 1
        # nothing that looks like a secret of the protocol was kept
        assert b"realm=secret" not in b"".join(r.block for r in records)
        # asked once more: nothing known is fetched again, a day's throttling is remembered
        before = len(w.requests())
        w.run("--only", ",".join([units["fetched plain"], units["throttled for a day"], units["fetched in chunks"]]))
        again = w.requests()[before:]
        assert [q["status"] for q in again] == [304, 304] and all(q["conditions"] == "inm" for q in again), again
        assert w.outcome(units["throttled for a day"])["class"] == "deferred"
        assert w.outcome(units["fetched plain"])["outcome"] == "unchanged"
        check_archive(w)


def every_class_of_the_page_is_the_programs_and_the_other_way_round():
    page = open(os.path.join(os.environ["PRE_SOURCE"], "extract/pre-extract.1")).read()
    table = set(re.findall(r"^\.It Li ([a-z0-9-]+) Ta ", page, re.M))
    code = open(os.path.join(os.environ["PRE_SOURCE"], "extract/outcome.c")).read()
    names = set(re.findall(r'\[FAILURE_\w+\] = \{"([a-z0-9-]+)"', code))
    assert table == names, table ^ names


def every_class_of_the_page_is_met_by_a_test():
    """As an expected value: the text of these tests names each class beside an outcome, or compares it."""
    folder = os.path.dirname(os.path.abspath(__file__))
    tests = "".join(open(os.path.join(folder, n)).read() for n in sorted(os.listdir(folder)) if n.endswith(".py"))
    page = open(os.path.join(os.environ["PRE_SOURCE"], "extract/pre-extract.1")).read()
    for name in re.findall(r"^\.It Li ([a-z0-9-]+) Ta ", page, re.M):
        met = re.search(r'"failed", "%s"|\["class"\] == "%s"|class"\) == "%s"|[,(] "%s", ("[a-z]|"")' % ((name,) * 4), tests)
        assert met, "no test expects the class " + name


main([("every class of the page is met by a test", every_class_of_the_page_is_met_by_a_test), ("everything in one run", everything_in_one_run), ("the page and the program name the same classes", every_class_of_the_page_is_the_programs_and_the_other_way_round)])
