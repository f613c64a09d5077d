#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rows of the outcome table that no plain answer of a server makes: proxies, protocols that are not what they say, folders, addresses a redirect
must not lead to; and what a person sees: the bar on a terminal, a table on a full disk."""
import http.server, os, pty, select, socketserver, sys, threading

sys.path.insert(0, os.path.join(os.environ["PRE_SOURCE"], "tests/support"))
from extraction import *


def one(w, source, *options, env=None, columns=None, row=None):
    """The outcome of one source asked by itself."""
    u = w.unit(source)
    if row:
        w.hosts(row, columns=columns)
    else:
        w.hosts()
    rc = w.run("--only", u, *options, env=env)
    assert rc in (0, 1, 69), w.stderr
    return w.outcome(u)


class Talker:
    """Says the same to whoever connects, once it was spoken to or at once, and hangs up."""

    def __init__(self, words, first):
        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                if not first:
                    self.request.recv(4096)
                self.request.sendall(words)
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.port = self.server.server_address[1]


def a_server_that_speaks_no_tls_is_a_failed_handshake():
    with Workspace("tls-failed") as w:
        got = one(w, "https://127.0.0.1:%d/x.xml" % Talker(b"HTTP/1.1 400 Bad Request\r\n\r\n", False).port)
        assert got["class"] == "tls-failed" and got["attempts"] == 2, got
        check_archive(w)


def a_server_that_speaks_no_ssh_is_named_with_the_librarys_words():
    with Workspace("other") as w:
        got = one(w, "sftp://127.0.0.1:%d/x.xml" % Talker(b"220 here is something else\r\n" * 3, True).port, columns="host,user,ssh_key,known_hosts,allow_private",
                  row="127.0.0.1,nobody,%s,%s,yes" % (w.write("key", "no key\n"), w.write("known", "")))
        assert got["outcome"] == "failed" and got["class"] == "other" and got["message"], got
        check_archive(w)


def a_folder_or_a_pipe_in_place_of_a_file_is_denied():
    with Workspace("denied") as w:
        os.makedirs(w.path("root/folder.xml"))
        os.mkfifo(w.path("root/pipe.xml"))
        for name in ("folder.xml", "pipe.xml"):
            got = one(w, "file://" + w.path("root", name), "--file-root", w.path("root"))
            assert got["class"] == "file-denied" and got["attempts"] == 1, got


def a_proxy_that_is_unknown_away_or_refuses_is_the_proxys_fault():
    class Refusing(http.server.BaseHTTPRequestHandler):
        def do_CONNECT(self):
            self.send_error(403)

        def log_message(self, *a):
            pass
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with Workspace("proxies") as w:
        for proxy, source in (("http://nowhere.invalid:3128", "http://source.example/x.xml"), ("http://127.0.0.1:%d" % free_port(), "http://source.example/x.xml"),
                              ("http://127.0.0.1:%d" % server.server_address[1], "https://source.example/x.xml")):
            got = one(w, source, env={"http_proxy": proxy, "https_proxy": proxy, "no_proxy": ""})
            assert got["class"] == "proxy" and got["attempts"] == 2, "%s: %r" % (proxy, got)
    server.shutdown()


def a_redirect_to_a_private_address_makes_no_connection():
    with Workspace("inward") as w:
        inner = w.faultserver(name="inner", addresses="127.0.0.5")
        port = w.faultserver([{"path": "/a.xml", "status": 302, "headers": "Location: http://127.0.0.5:%d/secret.xml" % inner}])
        w.write("site/secret.xml", document("PRE-00-00"))
        u, _ = w.unit("http://127.0.0.1:%d/a.xml" % port), w.unit("http://127.0.0.5:%d/b.xml" % inner)
        w.hosts("127.0.0.1,yes", columns="host,allow_private")
        assert w.run() in (1, 69), w.stderr
        assert w.outcome(u)["class"] == "address-private", w.outcome(u)
        assert w.requests("inner") == [], "it was asked"
        check_archive(w)


def a_body_is_never_resumed():
    """After a cut the whole body is asked for again: a range could join the halves of two versions."""
    asked = []

    class Cutting(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append({k.lower(): v for k, v in self.headers.items()})
            body = document("PRE-00-00")
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:40] if len(asked) == 1 else body)
            self.close_connection = True

        def log_message(self, *a):
            pass
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Cutting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with Workspace("resume") as w:
        got = one(w, "http://127.0.0.1:%d/x.xml" % server.server_address[1])
        assert got["outcome"] == "fetched" and got["attempts"] == 2 and len(asked) == 2, got
        assert not any("range" in h or "if-range" in h for h in asked), asked
        assert all("accept-encoding" not in h or "gzip" not in h["accept-encoding"] for h in asked), asked
        check_archive(w)
    server.shutdown()


def a_bar_moves_on_a_terminal_and_nowhere_else():
    with Workspace("bar") as w:
        w.served([{"path": "*", "status": 200, "delay_ms": 30}], count=30, rows=["127.0.0.1,3,yes"])
        master, slave = pty.openpty()
        p = w.spawn(w.command(), stdout=subprocess.DEVNULL, stderr=slave)
        os.close(slave)
        seen = b""
        while True:
            ready, _, _ = select.select([master], [], [], 20)
            try:
                piece = os.read(master, 65536) if ready else b""
            except OSError:
                break
            if not piece:
                break
            seen += piece
        os.close(master)
        assert p.wait(20) == 0
        assert re.search(rb"\r\[#*\.+\] [1-9][0-9]*/30 sources", seen), seen[-300:]
        shutil.rmtree(w.archive)
        assert w.run() == 0 and "\r" not in w.stderr and "] 1" not in w.stderr


def a_table_that_cannot_be_written_is_an_error_though_all_was_kept():
    with Workspace("full") as w:
        u, = w.served()
        for option in ("--table", "--dry-run"):
            with open("/dev/full", "w") as full:
                p = subprocess.run(w.command(option), stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE)
            assert p.returncode == 74 and b"standard output" in p.stderr and b"No space" in p.stderr, p.stderr
        assert len(w.archives()) == 1 and w.run() == 0 and w.outcome(u)["outcome"] == "unchanged"
        check_archive(w)


main([(f.__name__.replace("_", " "), f) for f in (
    a_server_that_speaks_no_tls_is_a_failed_handshake,
    a_server_that_speaks_no_ssh_is_named_with_the_librarys_words,
    a_folder_or_a_pipe_in_place_of_a_file_is_denied,
    a_proxy_that_is_unknown_away_or_refuses_is_the_proxys_fault,
    a_redirect_to_a_private_address_makes_no_connection,
    a_body_is_never_resumed,
    a_bar_moves_on_a_terminal_and_nowhere_else,
    a_table_that_cannot_be_written_is_an_error_though_all_was_kept,
)])
