"""A slow line between a browser and the server: a page arrives in parts, with time to paint in between."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

PAUSE_SECONDS = 0.04
"""Longer than two frames, so that the browser may paint what it has."""


@contextmanager
def slow_line(address: str) -> Iterator[str]:
    """The address at which everything of `address` can be had slowly."""

    class Line(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = httpx.get(address + self.path)
            self.send_response(answer.status_code)
            self.send_header("Content-Type", answer.headers["content-type"])
            self.end_headers()
            self.pass_on(answer.content, page=answer.headers["content-type"].startswith("text/html"))

        def pass_on(self, body: bytes, page: bool) -> None:
            for piece in re.split(rb"(?=<(?:form|ul|li|a|div|section|tr)\b)", body) if page else [body]:
                self.wfile.write(piece)
                time.sleep(PAUSE_SECONDS if page else 0)

        def log_message(self, *_: object) -> None:
            """Nothing is told."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Line) as line:
        threading.Thread(target=line.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{line.server_port}"
        line.shutdown()
