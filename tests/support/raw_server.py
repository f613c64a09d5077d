# SPDX-License-Identifier: Apache-2.0
"""A server whose every byte is the test's: what it says is looked up by path, on connections that stay open."""
import socketserver, threading, time


def answer(body, *headers, status="200 OK", length=True, version="HTTP/1.1"):
    lines = ["%s %s" % (version, status)] + list(headers) + (["Content-Length: %d" % len(body)] if length else [])
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


class Server(socketserver.ThreadingTCPServer):
    """says: path -> bytes, or a list of bytes and pauses in seconds, or None to hang up; "*" for any other path. A connection ends after an answer
    of a path in `closing`, or after each when closing is True. `wrap` may put TLS around an accepted socket."""
    daemon_threads, allow_reuse_address, request_queue_size = True, True, 200

    def __init__(self, says, closing=True, wrap=None):
        self.says, self.closing, self.wrap, self.asked = says, closing, wrap, []
        super().__init__(("127.0.0.1", 0), Handler)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *a):
        pass


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        s, had = self.server, b""
        link = s.wrap(self.request) if s.wrap else self.request
        while link:
            while b"\r\n\r\n" not in had:
                piece = link.recv(65536)
                if not piece:
                    return
                had += piece
            head, _, had = had.partition(b"\r\n\r\n")
            path = head.split(b" ")[1].decode().split("?")[0]
            s.asked.append((path, head.decode("latin-1")))
            says = s.says.get(path, s.says.get("*", answer(b"none", status="404 Not Found")))
            for part in says if isinstance(says, list) else [says]:
                if part is None:
                    return
                if isinstance(part, bytes):
                    link.sendall(part)
                else:
                    time.sleep(part)
            if s.closing is True or path in s.closing:
                return
