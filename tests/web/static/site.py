"""A bare site for the browser modules: an empty page, the static files, a strict policy."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

STATIC = Path(__file__).parents[3] / "app" / "web" / "static"
# As on the real pages: no inline script, nothing from elsewhere. The scripted sockets have
# ports of their own.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; media-src 'self' blob:; "
    "connect-src 'self' ws://127.0.0.1:*; base-uri 'none'; form-action 'self'"
)
PAGE = "<!doctype html><html lang=en><title>Test</title><link rel=icon href=data:,><body></body>"
TYPES = {".js": "text/javascript", ".css": "text/css"}

Answer = tuple[int, str, str]
"""Status, media type (where to, for a 303), body."""


@dataclass
class Site:
    """Serves on loopback; `answers` adds paths, `asked` notes those that were fetched."""

    url: str = ""
    answers: dict[str, Callable[[], Answer]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str) -> Answer:
        """What stands at a path."""
        if path in self.answers:
            self.asked.append(path)
            return self.answers[path]()
        if path == "/":
            return 200, "text/html", PAGE
        file = (STATIC / path.removeprefix("/static/")).resolve()
        if path.startswith("/static/") and file.is_relative_to(STATIC) and file.is_file():
            return 200, TYPES[file.suffix], file.read_text()
        return 404, "text/plain", "not found"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    site: Site


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        status, media_type, text = self.server.site.answer(self.path.partition("?")[0])
        body = text.encode()
        self.send_response(status)
        if status == 303:
            self.send_header("location", media_type)
        self.send_header("content-type", f"{media_type}; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.send_header("content-security-policy", POLICY)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the test's own output is enough."""


@contextmanager
def serving() -> Iterator[Site]:
    """A site on a free port."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.site = Site(url=f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
