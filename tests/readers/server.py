"""A folder, served on the loopback address as a site should be: right types, ETag, 304, a log."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

TYPES = {
    "atom.xml": "application/atom+xml; charset=utf-8",
    "rss.xml": "application/rss+xml; charset=utf-8",
    "feed.json": "application/feed+json; charset=utf-8",
    "feeds.opml": "text/x-opml; charset=utf-8",
    "index.html": "text/html; charset=utf-8",
}


class Request(NamedTuple):
    """What was asked for, and how it was answered."""

    path: str
    status: int


class Site:
    """Where a folder is served, and who asked for what, in order."""

    def __init__(self, url: str, log: list[Request]) -> None:
        self.url = url
        self._log = log

    def take_log(self) -> list[Request]:
        """Return the requests since the last time."""
        taken, self._log[:] = list(self._log), []
        return taken


@contextmanager
def serve(folder: Path) -> Iterator[Site]:
    """Serve what stands in `folder` at the time, at a port that the kernel chooses."""
    log: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path).lstrip("/")
            file = folder / path / ("index.html" if self.path.endswith("/") else "")
            data = file.read_bytes() if ".." not in path and file.is_file() else None
            etag = f'"{hashlib.sha256(data or b"").hexdigest()[:16]}"'
            status = 200 if data is not None else 404
            if status == 200 and self.headers.get("If-None-Match") == etag:
                status = 304
            body = data or b"" if status == 200 else b""
            log.append(Request(path, status))
            self.send_response(status)
            self.send_header("ETag", etag)
            if status != 304:
                self.send_header("Content-Type", TYPES.get(file.name, "application/octet-stream"))
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: the log is the list."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield Site(f"http://127.0.0.1:{server.server_port}/", log)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
