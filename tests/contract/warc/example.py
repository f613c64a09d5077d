#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The worked example of pre-archive(5): two nights of four units, made by pre-extract through a proxy that answers for invented hosts.
Made again, it must give the same bytes as the files beside the page; warcio must read them. --update writes them."""
import http.server, os, socketserver, sys, threading

sys.path.insert(0, os.path.join(os.environ["PRE_SOURCE"], "tests/support"))
from extraction import *

EXAMPLE = os.path.join(SOURCE, "schemas/archive/example")


class Sources(http.server.BaseHTTPRequestHandler):
    """One host that publishes, one that shows a login page, one that throttles for a week."""
    protocol_version = "HTTP/1.1"

    def answer(self, status, body=b"", **headers):
        self.wfile.write(("HTTP/1.1 %d %s\r\n" % (status, self.responses[status][0])).encode())
        headers.setdefault("Content_Length", str(len(body)))
        for k, v in headers.items():
            self.wfile.write(("%s: %s\r\n" % (k.replace("_", "-"), v)).encode())
        self.wfile.write(b"\r\n" + body)

    def do_GET(self):
        if "bourg" in self.path:
            if self.headers.get("If-None-Match") == '"un"':
                return self.answer(304, ETag='"un"')
            return self.answer(200, document("PRE-01-01"), Content_Type="application/xml", ETag='"un"', Set_Cookie="session=1")
        if "ain" in self.path:
            return self.answer(200, b"<!DOCTYPE html>\n<html><body>Identifiez-vous</body></html>\n", Content_Type="text/html")
        return self.answer(429, Retry_After="259200")

    def log_message(self, *a):
        pass


def make():
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Sources)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with Workspace("example") as w:
        for source in ("http://retours.pre-bourg.example/PRE-01-01.xml", "http://ain.example/PRE-01-02.xml", "http://lent.example/PRE-01-03.xml", ""):
            w.unit(source)
        assert [u[0] for u in w.units] == ["PRE-01-01", "PRE-01-02", "PRE-01-03", "PRE-01-04"]
        w.write("inbox/PRE-01-04_retour.xml", document("PRE-01-04"))
        for day in (12, 13):
            env = {"http_proxy": "http://127.0.0.1:%d" % server.server_address[1], "no_proxy": "", "PRE_NOW": "2022-05-%dT02:10:00Z" % day}
            rc = w.run("--inbox", w.path("inbox"), "--quiet", "0", "--tries", "1", "--parallel", "1", env=env)
            assert rc == 1, w.stderr
        check_archive(w)
        files = {}
        for path in w.archives():
            files[os.path.basename(path)] = open(path, "rb").read()
        records = {os.path.basename(p): [(r.type, r.get("Unit-ID"), [line for line in r.block.decode().split("\r\n") if not line.startswith("microseconds:")])
                                         for r in read_warc(p) if r.type != "warcinfo"] for p in w.archives()}
    server.shutdown()
    return files, records


def the_example_is_what_the_program_makes():
    files, records = make()
    if "--update" in sys.argv:
        os.makedirs(EXAMPLE, exist_ok=True)
        for name, data in files.items():
            open(os.path.join(EXAMPLE, name), "wb").write(data)
    assert sorted(files) == sorted(os.listdir(EXAMPLE)), sorted(files)
    for name in files:
        kept = [(r.type, r.get("Unit-ID"), [line for line in r.block.decode().split("\r\n") if not line.startswith("microseconds:")])
                for r in read_warc(os.path.join(EXAMPLE, name)) if r.type != "warcinfo"]
        assert kept == records[name], "%s: the example is not what the program makes now; run this test with --update" % name


def warcio_reads_the_example():
    seen = [warcio(os.path.join(EXAMPLE, n), read_warc(os.path.join(EXAMPLE, n))) for n in sorted(os.listdir(EXAMPLE))]
    if not all(seen):
        skip("warcio is not installed (tests/support/package.json; PRE_NODE names its folder)")



the_example_is_what_the_program_makes()
print("ok   the example is what the program makes")
warcio_reads_the_example()
print("ok   warcio reads the example")
