#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What nobody orders and every year brings: answers that are nearly HTTP, servers that say too much, proxies with passwords, tables with a column
misspelt, folders that are not mounted, descriptors that are closed."""
import os, signal, sys, time, zlib

sys.path.insert(0, os.path.join(os.environ["PRE_SOURCE"], "tests/support"))
from extraction import *
from raw_server import Server, answer

GOOD = document("PRE-00-00")
LENGTH = "Content-Length: %d"


def chunks(body, size=None, end=b"0\r\n\r\n"):
    return (size or b"%x" % len(body)) + b"\r\n" + body + b"\r\n" + end


def chunked(body, coding="chunked"):
    return answer(body, "Transfer-Encoding: " + coding, length=False)


HTML, LOGIN, APPENDED, NOT_HTTP, UNKNOWN = ("login-page",) * 2 + ("html-appended", "not-http", "encoding-unknown")
# what is said, outcome or class, times asked of at most two, is it kept?
ANSWERS = {
    # a body in another dress
    "a UTF-8 mark before the document": (answer(b"\xef\xbb\xbf" + GOOD), "fetched", 1, True),
    "UTF-16 with its mark": (answer(GOOD.decode().encode("utf-16")), "fetched", 1, True),
    "UTF-16 without its mark": (answer(GOOD.decode().encode("utf-16-be")), "fetched", 1, True),
    "UTF-32": (answer(GOOD.decode().encode("utf-32")), "fetched", 1, True),
    "empty lines before the declaration": (answer(b"\n\n" + GOOD), "fetched", 1, True),
    "HTML that is declared XML": (answer(b"<html><body>x</body></html>", "Content-Type: application/xml"), HTML, 1, True),
    "XHTML with an XML declaration": (answer(b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x"><html xmlns="http://www.w3.org/1999/xhtml"/>'), HTML, 1, True),
    "HTML behind the comment of a proxy": (answer(b"<!-- cache --><HTML><body/></html>"), HTML, 1, True),
    "HTML in UTF-16": (answer("<html><body>x</body></html>".encode("utf-16")), HTML, 1, True),
    "HTML that begins with its head": (answer(b"<head><title>Identifiez-vous</title></head>"), HTML, 1, True),
    "a page that leads on by itself": (answer(b'<meta http-equiv="refresh" content="0; url=/login">'), HTML, 1, True),
    "a warning of the server before the return": (answer(b"<br />\n<b>Warning</b>: include failed\n" + GOOD), HTML, 1, True),
    "a script of the access provider behind the return": (answer(GOOD + b"<script>x</script>"), APPENDED, 1, True),
    "white space without end": (answer(b" " * 9000), "empty", 1, True),
    "a mark alone": (answer(b"\xef\xbb\xbf"), "empty", 1, True),
    "zeros": (answer(bytes(200)), "empty", 1, True),
    "gzip of nothing": (answer(gzip.compress(b""), "Content-Encoding: gzip"), "empty", 1, True),
    # codings
    "x-gzip": (answer(gzip.compress(GOOD), "Content-Encoding: x-gzip"), "fetched", 1, True),
    "GZIP in capitals": (answer(gzip.compress(GOOD), "Content-Encoding: GZIP"), "fetched", 1, True),
    "gzip that nobody announced": (answer(gzip.compress(GOOD)), "fetched", 1, True),
    "gzip twice, in one field": (answer(gzip.compress(gzip.compress(GOOD)), "Content-Encoding: gzip, gzip"), UNKNOWN, 1, True),
    "gzip twice, in two fields": (answer(gzip.compress(gzip.compress(GOOD)), *["Content-Encoding: gzip"] * 2), "fetched", 1, True),
    "identity": (answer(GOOD, "Content-Encoding: identity"), "fetched", 1, True),
    "deflate": (answer(zlib.compress(GOOD), "Content-Encoding: deflate"), UNKNOWN, 1, True),
    "zstd": (answer(b"\x28\xb5\x2f\xfd0000", "Content-Encoding: zstd"), UNKNOWN, 1, True),
    "a charset taken for a coding": (answer(GOOD, "Content-Encoding: UTF-8"), UNKNOWN, 1, True),
    "gzip with a wrong check sum": (answer(gzip.compress(GOOD)[:-8] + bytes(8), "Content-Encoding: gzip"), "encoding-cut", 2, True),
    "gzip followed by something": (answer(gzip.compress(GOOD) + b"xyz", "Content-Encoding: gzip"), "encoding-cut", 2, True),
    "a little gzip of very much": (answer(gzip.compress(bytes(9 << 20)), "Content-Encoding: gzip"), "too-large", 1, True),
    "gzip as transfer coding": (chunked(chunks(gzip.compress(GOOD)), "gzip, chunked"), "fetched", 1, True),
    # chunks
    "chunks and a length too": (answer(chunks(GOOD), "Transfer-Encoding: CHUNKED", LENGTH % len(GOOD), length=False), "fetched", 1, True),
    "a chunk with an extension, and a trailer": (chunked(chunks(GOOD, b"%x;a=b" % len(GOOD), b"0\r\nX-T: 1\r\n\r\n")), "fetched", 1, True),
    "a chunk whose size is no number": (chunked(chunks(GOOD, b"zz")), NOT_HTTP, 2, True),
    "a chunk larger than the world": (chunked(chunks(GOOD, b"f" * 17)), NOT_HTTP, 2, True),
    "a chunk too many that is none": (chunked(chunks(GOOD, end=b"so on\r\n")), NOT_HTTP, 2, True),
    "a last chunk without its empty line": (chunked(chunks(GOOD, end=b"0\r\n")), "truncated", 2, True),
    # lengths
    "two lengths that agree": (answer(GOOD, LENGTH % len(GOOD)), "fetched", 1, True),
    "two lengths that contradict each other, document whole": (answer(GOOD, LENGTH % 50), "fetched", 1, True),
    "two lengths that contradict each other, document cut": (answer(GOOD[:90], LENGTH % 171), "unverified", 2, True),
    "a length below nothing": (answer(GOOD, "Content-Length: -5", length=False), NOT_HTTP, 2, False),
    "a length in words": (answer(GOOD, "Content-Length: long", length=False), NOT_HTTP, 2, False),
    "five thousand million bytes announced": (answer(GOOD, LENGTH % 5000000000, length=False), "truncated", 2, True),
    "bytes behind the length": (answer(GOOD) + b"and more", "fetched", 1, True),
    # heads
    "100, then the answer": (b"HTTP/1.1 100 Continue\r\n\r\n" + answer(GOOD), "fetched", 1, True),
    "103, then the answer": (b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + answer(GOOD), "fetched", 1, True),
    "100, then nothing": (b"HTTP/1.1 100 Continue\r\n\r\n", "no-answer", 2, True),
    "a head longer than is kept": (answer(GOOD, "X-Long: " + "a" * 70000), "too-large", 1, False),
    "a line of the head longer than libcurl takes": (answer(GOOD, "X-Long: " + "a" * (1 << 20)), "other", 2, False),
    "five thousand fields": (answer(GOOD, *["X-%d: a" % i for i in range(5000)]), "fetched", 1, True),
    "a field without colon": (answer(GOOD, "nonsense here"), NOT_HTTP, 2, False),
    "a folded line before any field": (answer(GOOD, " folded: x"), NOT_HTTP, 2, False),
    "a field in Latin-1": (answer(GOOD, "X-Caf\xe9: \xe9"), "fetched", 1, True),
    "a field on two lines": (answer(GOOD, "X-N: a\r\n  b: c"), "fetched", 1, True),
    "lines that end in LF": (answer(GOOD).replace(b"\r\n", b"\n"), "fetched", 1, True),
    "half a head": (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n", "truncated", 2, False),
    "http in small letters": (answer(GOOD, version="http/1.1"), NOT_HTTP, 2, False),
    "HTTP/0.9": (GOOD, NOT_HTTP, 2, False),
    "HTTP/1.0 that closes": (answer(GOOD, "Server: old", version="HTTP/1.0", length=False), "fetched", 1, True),
    "HTTP/1.0 that closes too soon": (answer(GOOD[:80], "Server: old", version="HTTP/1.0", length=False), "unverified", 2, True),
    "HTTP/9.9": (answer(GOOD, version="HTTP/9.9"), NOT_HTTP, 2, False),
    "an empty line before the head": (b"\r\n" + answer(GOOD), NOT_HTTP, 2, False),
    # statuses
    "201": (answer(GOOD, status="201 Created"), "status", 1, True),
    "204": (answer(b"", status="204 No Content", length=False), "status", 1, True),
    "205": (answer(b"", status="205 Reset Content"), "status", 1, True),
    "300 with a place to go": (answer(b"x", "Location: /good", status="300 Multiple Choices"), "status", 1, True),
    "305": (answer(b"x", "Location: http://proxy.example/", status="305 Use Proxy"), "status", 1, True),
    "416": (answer(b"x", status="416 Range Not Satisfiable"), "status", 1, True),
    "407 without a proxy": (answer(b"x", status="407 Proxy Authentication Required"), "unauthorized", 1, True),
    "599": (answer(b"x", status="599 Unheard"), "server-error", 2, True),
    "999": (answer(b"x", status="999 Denied"), "status", 1, True),
    "000": (answer(b"x", status="000 None"), NOT_HTTP, 2, False),
    # waiting
    "Retry-After below nothing": (answer(b"x", "Retry-After: -1", status="503 Busy"), "server-error", 2, True),
    "Retry-After long ago": (answer(b"x", "Retry-After: Thu, 12 May 2011 08:11:00 GMT", status="503 Busy"), "server-error", 2, True),
    "Retry-After for ever": (answer(b"x", "Retry-After: 99999999999999999999", status="503 Busy"), "server-error", 1, True),
    "Retry-After in fractions": (answer(b"x", "Retry-After: 1.5", status="429 Slow"), "throttled", 2, True),
    # redirects
    "a redirect beside": (answer(b"", "Location: good", status="302 Found"), "fetched", 1, True),
    "a redirect above the root": (answer(b"", "Location: /../../good#part", status="302 Found"), "fetched", 1, True),
    "a redirect to a part of itself": (answer(b"", "Location: #part", status="302 Found"), "redirect-loop", 6, False),
    "a redirect to nowhere": (answer(b"", "Location:", status="302 Found"), "redirect-bad", 1, False),
    "a redirect with a good body": (answer(GOOD, status="302 Found"), "redirect-bad", 1, False),
    "a redirect to a long address": (answer(b"", "Location: /" + "a" * 5000, status="302 Found"), "redirect-bad", 1, False),
    "a redirect to sftp": (answer(b"", "Location: sftp://127.0.0.1/x", status="302 Found"), "redirect-bad", 1, False),
    "a redirect to port 0": (answer(b"", "Location: http://127.0.0.1:0/good", status="302 Found"), "redirect-bad", 1, False),
    "a redirect into the machine by number": (answer(b"", "Location: http://2130706433/good", status="302 Found"), "redirect-host", 1, False),
    "a redirect into the machine by IPv6": (answer(b"", "Location: http://[::1]/good", status="302 Found"), "redirect-host", 1, False),
}


def every_answer_has_its_outcome_and_touches_no_other():
    paths = {name: "/%d" % i for i, name in enumerate(ANSWERS)}
    server = Server({"/good": answer(GOOD), **{paths[n]: a[0] for n, a in ANSWERS.items()}})
    with Workspace("strange") as w:
        units = {name: w.unit("http://127.0.0.1:%d%s" % (server.port, path)) for name, path in paths.items()}
        w.hosts("127.0.0.1,16,yes")
        assert w.run("--stall", "3", "--tries", "2") == 1, w.stderr
        kept = {r.get("Unit-ID"): r for r in w.records() if r.type == "response"}
        for name, (_, expected, times, keeps) in ANSWERS.items():
            got, seen = w.outcome(units[name]), [p for p, _ in server.asked].count(paths[name])
            assert (got.get("class") or got["outcome"]) == expected, "%s: %r" % (name, got)
            assert seen == times, "%s: asked %d times" % (name, seen)
            assert (units[name] in kept) == keeps, name
            assert expected == "fetched" or got["message"], name
            failed = "level=warning program=pre-extract event=failed unit=%s .*url=http://127.0.0.1" % units[name]
            assert bool(re.search(failed, w.stderr)) == (expected != "fetched"), "%s: the line of a failure names unit and address" % name
        check_archive(w)
        # what a server calls its version may hold anything: a control character is not sent back
        server.says = {"*": answer(GOOD, 'ETag: "a\x01b"')}
        assert w.run("--only", units["999"]) == 0 and w.run("--only", units["999"]) == 0
        assert "If-None-Match" not in server.asked[-1][1], server.asked[-1]
        check_archive(w)
    server.shutdown()


def clocks_that_are_ahead_stop_no_later_night():
    """A version dated in the future would be told unchanged for ever; so would, until then, a source that an earlier run, with a clock of its own
    in the future, was to leave alone for a day."""
    with Workspace("ahead") as w:
        dates = {"Thu, 12 May 2022 08:11:00 GMT": 1, "Fri, 31 Dec 2100 00:00:00 GMT": 0, "hier": 0, "2022-05-12": 0, "Thursday, 12-May-22 08:11:00 GMT": 1}
        says = {"/%d" % i: answer(GOOD, "Last-Modified: " + date) for i, date in enumerate(dates)}
        server = Server({**says, "/busy": answer(b"x", "Retry-After: 86400", status="503 Busy")})
        for path in server.says:
            w.unit("http://127.0.0.1:%d%s" % (server.port, path))
        w.hosts("127.0.0.1,16,yes")
        for now in ("2031-05-12T00:00:00Z", "2022-06-12T00:00:00Z"):
            assert w.run("--dry-run", env={"PRE_NOW": now}) == 0 and "defer" not in w.stdout, w.stdout  # as it is then asked
            assert w.run(env={"PRE_NOW": now}) == 1, w.stderr
        asked = [path for path, _ in server.asked]
        assert asked.count("/busy") == 2, w.summary["units"]
        for i, (date, sent) in enumerate(dates.items()):
            heads = [head for path, head in server.asked if path == "/%d" % i]
            assert len(heads) == 2 and ("If-Modified-Since: " + date in heads[1]) == bool(sent), (date, heads)
    server.shutdown()


def what_a_server_says_too_much_is_nobody_elses_answer():
    """Bytes left over on a kept connection stand before the next answer: the next source is asked again on a connection of its own."""
    with Workspace("leftover") as w:
        units = [w.unit() for _ in range(12)]
        says = {"/" + u: answer(document(u)) for u in units}
        for u in units[::3]:
            says["/" + u] = [answer(document(u)), 0.01, b"<p>and a body behind the body</p>"]
        server = Server(says, closing=())
        for u in units:
            w.set_source(u, "http://127.0.0.1:%d/%s" % (server.port, u))
        w.hosts("127.0.0.1,1,yes")
        assert w.run("--parallel", "1") == 0, w.stderr
        data = {r.get("Unit-ID"): r.payload() for r in w.records() if r.type == "response"}
        assert data == {u: document(u) for u in units}
        check_archive(w)
    server.shutdown()


def connections_that_end_without_a_word_cost_no_source():
    with Workspace("ends") as w:
        units = [w.unit() for _ in range(30)]
        server = Server({"/" + u: answer(document(u)) for u in units})  # kept by its word, closed by its deed
        for u in units:
            w.set_source(u, "http://127.0.0.1:%d/%s" % (server.port, u))
        w.hosts("127.0.0.1,3,yes")
        assert w.run() == 0 and w.summary["outcomes"]["fetched"] == 30, w.stderr
        assert len(server.asked) == 30, "asked %d times" % len(server.asked)
    server.shutdown()


def the_password_of_a_proxy_is_told_to_nobody():
    server = Server({"*": answer(b"who are you?", status="407 Proxy Authentication Required")})
    silent = Server({"*": b""})
    with Workspace("proxy-secret") as w:
        plain, secure = w.unit("http://source.example/x"), w.unit("https://source.example/x")
        for place, failures in (("127.0.0.1:%d" % server.port, {"proxy"}), ("127.0.0.1:%d" % silent.port, {"no-answer", "proxy"}), ("ho st:1", {"proxy"}),
                                ("127.0.0.1:99999", {"proxy"}), ("[::1", {"proxy"}), ("nowhere.invalid:3128", {"proxy"})):
            proxy = "http://anct:tres-secret@" + place
            assert w.run("--tries", "1", "--verbose", env={"http_proxy": proxy, "https_proxy": proxy, "no_proxy": ""}) in (1, 69), w.stderr
            assert {w.outcome(plain)["class"], w.outcome(secure)["class"]} == failures, (place, w.summary["units"])
            told = w.stderr.encode() + json.dumps(w.summary).encode() + b"".join(r.block for r in w.records())
            assert b"tres-secret" not in told, place
    server.shutdown()
    silent.shutdown()


HOSTS = {  # table, status, words
    "a column misspelt": ("host,allow_privat\n127.0.0.1,yes\n", 78, "column 'allow_privat'"),
    "a space before a column": ("host, allow_private\n127.0.0.1,yes\n", 78, "column ' allow_private'"),
    "one host twice": ("host,allow_private\n127.0.0.1,no\nLOCALHOST,yes\nlocalhost,no\n", 78, "line 4: host: 'localhost' has a row already"),
    "one IPv6 host twice": ("host,allow_private\n::1,no\n[::1],yes\n", 78, "line 3: host: '::1'"),
    "an address in place of a host": ("host,allow_private\nhttp://127.0.0.1/,yes\n", 78, "line 2: host: 'http://127.0.0.1/'"),
    "a star for all": ("host,allow_private\n*,yes\n", 78, "line 2: host: '*'"),
    "port 0": ("host,allow_private\n127.0.0.1:0,yes\n", 78, "port"),
    "no host in a row": ("host,allow_private\n,yes\n", 78, "line 2: host"),
    "Latin-1": (b"host,allow_private,user\n127.0.0.1,yes,\xe9\n", 78, "line 2: byte 0xE9"),
    "nothing": ("", 78, "empty file"),
    "YES": ("host,allow_private\n127.0.0.1,YES\n", 78, "'YES'"),
    "a token of two lines' length": ("host,bearer_file\n127.0.0.1,{token}\n", 78, "longer than 4096 bytes"),
    "a token with a control character": ("host,bearer_file\n127.0.0.1,{control}\n", 78, "control character"),
    "a folder in place of a token": ("host,bearer_file\n127.0.0.1,{folder}\n", 78, "not a file"),
    "a BOM, CRLF and semicolons": (b"\xef\xbb\xbfhost;allow_private\r\n127.0.0.1;yes\r\n", 0, ""),
    "a port of its own before the host's": ("host,allow_private\n127.0.0.1,no\n127.0.0.1:{port},yes\n", 0, ""),
}


def a_table_that_means_something_else_than_it_says_is_refused():
    with Workspace("tables") as w:
        port = w.faultserver()
        u = w.unit("http://127.0.0.1:%d/{unit}.xml" % port)
        w.write("site/%s.xml" % u, document(u))
        names = {"token": w.write("token", "a" * 5000), "control": w.write("control", b"a\x01b"), "folder": w.site, "port": port}
        for name, (text, status, words) in HOSTS.items():
            for key, value in names.items():
                text = text if isinstance(text, bytes) else text.replace("{%s}" % key, str(value))
            w.write("hosts.csv", text)
            assert w.run() == status and words in w.stderr, "%s: %s" % (name, w.stderr)
        assert len(w.requests()) == 2


def addresses_that_cannot_be_meant_stop_the_run_and_shared_ones_are_told():
    with Workspace("addresses") as w:
        u = w.unit()
        for source, words in (("http://été.example/x", "xn--"), ("http://h/x\u00a0", "not seen"), ("http://h/x ", "space"), ("http://h:65536/", "out of range"),
                              ("http://h:0/", "out of range"), ("http://h:-1/", "not a number"), ("http://[::1/", "bracket"), ("//h/x", "begins with"),
                              ("http://" + "a" * 300 + "/", "too long")):
            w.set_source(u, source)
            assert w.run() == 65 and "register.csv:2: source" in w.stderr and words in w.stderr, "%s: %s" % (source, w.stderr)
        port = w.faultserver()
        w.write("site/x.xml", document(u))
        w.set_source(u, "http://127.0.0.1:%d/x.xml?cle=tres-secret" % port)
        other, alone = w.unit("http://127.0.0.1:%d/a/../x.xml?cle=tres-secret#part" % port), w.unit("Http://127.0.0.1:%d/x.xml" % port)
        same = w.unit("http://127.0.0.1:%d/x.xml?cle=tres-secret#other" % port)
        w.hosts("127.0.0.1,yes,cle", columns="host,allow_private,secret_parameter")
        for options in ((), ("--dry-run",), ("--only", same)):
            assert w.run(*options) == 0, w.stderr
            told = [line for line in w.stderr.splitlines() if "event=source-shared" in line]
            assert len(told) == 1 and "unit=%s with=%s " % (u, same) in told[0] and "x.xml?cle=masked" in told[0], told
            assert "tres-secret" not in w.stderr
        assert w.run("--only", alone) == 0 and "source-shared" not in w.stderr
        assert other and w.outcome(alone)["outcome"] == "unchanged"


def a_private_address_is_named_with_what_allows_it():
    with Workspace("private") as w:
        u = w.unit("http://127.1:%d/x" % free_port())
        assert w.run() == 69 and w.outcome(u)["class"] == "address-private", w.stderr
        assert "127.0.0.1" in w.outcome(u)["message"] and "allow_private" in w.outcome(u)["message"], w.outcome(u)


def a_folder_that_is_not_there_is_no_folder_without_files():
    with Workspace("folders") as w:
        u = w.unit("file://" + w.path("root/x.xml"))
        for option in ("--file-root", "--inbox"):
            for place in ("root", "register.csv"):
                assert w.run(option, w.path(place)) == 66 and option in w.stderr and place in w.stderr, w.stderr
        os.mkdir(w.path("root"))
        assert w.run("--file-root", w.path("root")) == 0 and w.outcome(u)["outcome"] == "not-published"


def closed_descriptors_are_nobodys_archive():
    """Started without standard output or standard error, the files that are opened would get their numbers, and the table be written into one."""
    with Workspace("closed") as w:
        u, = w.served()
        for closed, option, status in ((">&-", "--table", 74), ("2>&-", "--verbose", 0), ("<&- >&- 2>&-", "--table", 74), ("<&-", "--table", 0)):
            assert w.run(command=["/bin/sh", "-c", 'exec "$@" ' + closed, "sh", *w.command(option)]) == status, "%s: %s" % (closed, w.stderr)
            assert b"unit,region" not in b"".join(open(os.path.join(d, n), "rb").read() for d, _, names in os.walk(w.archive) for n in names), closed
        check_archive(w)


def heard():
    """In the child: no signal is ignored because whoever started the tests, in the background say, ignores it."""
    for one in (signal.SIGHUP, signal.SIGINT):
        signal.signal(one, signal.SIG_DFL)


def signals_that_come_twice_and_a_terminal_that_goes_commit_what_is_whole():
    with Workspace("signals") as w:
        w.served([{"path": "*", "status": 200, "delay_ms": 30}], count=60, rows=["127.0.0.1,2,yes"])
        for sent in ((signal.SIGTERM, signal.SIGTERM), (signal.SIGHUP,), (signal.SIGINT,), (signal.SIGSTOP, signal.SIGCONT)):
            seen = len(w.requests())
            p = w.spawn(w.command(), stderr=subprocess.DEVNULL, preexec_fn=heard)
            wait_for(lambda: len(w.requests()) > seen + 6, what="some requests")
            for one in sent:
                p.send_signal(one)
                time.sleep(0.02)
            ended = p.wait(20)
            assert ended == (0 if signal.SIGSTOP in sent else 75), "%r: %d" % (sent, ended)
        check_archive(w)
        # the folder taken away under the run is no missing input, and nobody makes it again
        p = w.spawn(w.command(), stderr=open(w.path("stderr"), "w"))
        seen = len(w.requests())
        wait_for(lambda: len(w.requests()) > seen + 2, what="some requests")
        shutil.rmtree(w.archive)
        assert p.wait(20) == 73 and "warc.gz" in open(w.path("stderr")).read().splitlines()[-1], open(w.path("stderr")).read()[-500:]
        assert not os.path.exists(w.archive)


main([(f.__name__.replace("_", " "), f) for f in (
    every_answer_has_its_outcome_and_touches_no_other,
    clocks_that_are_ahead_stop_no_later_night,
    what_a_server_says_too_much_is_nobody_elses_answer,
    connections_that_end_without_a_word_cost_no_source,
    the_password_of_a_proxy_is_told_to_nobody,
    a_table_that_means_something_else_than_it_says_is_refused,
    addresses_that_cannot_be_meant_stop_the_run_and_shared_ones_are_told,
    a_private_address_is_named_with_what_allows_it,
    a_folder_that_is_not_there_is_no_folder_without_files,
    closed_descriptors_are_nobodys_archive,
    signals_that_come_twice_and_a_terminal_that_goes_commit_what_is_whole,
)])
