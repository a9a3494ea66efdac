"""A site on the loopback address that serves feeds well, but for what a test tells it."""

import gzip
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote

import feedkit
from feedkit.doctor import DoctorOptions, examine
from feedkit.doctor.judging import Finding

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DATE = "Sat, 28 Feb 2026 08:00:00 GMT"
TYPES = {
    "atom.xml": "application/atom+xml; charset=utf-8",
    "rss.xml": "application/rss+xml; charset=utf-8",
    "feed.json": "application/feed+json",
    "feeds.json": "application/json",
    "feeds.opml": "text/x-opml; charset=utf-8",
}


@dataclass
class Reply:
    """What is about to be sent; headers that are empty are left out."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers as a good server does, then lets the test spoil it."""

    protocol_version = "HTTP/1.1"
    site: "LiveSite"

    def do_GET(self) -> None:
        name = unquote(self.path[1:])
        self.site.asked.append((name, {key.lower(): value for key, value in self.headers.items()}))
        reply = self._reply(name + "index.html" if name.endswith("/") or not name else name)
        if not (self.site.faults.get(name, _leave)(reply, self)):
            self.send(reply)

    def _reply(self, name: str) -> Reply:
        if name not in self.site.files:
            return Reply(404, b"not here")
        body = self.site.files[name]
        kind = TYPES.get(name.rpartition("/")[2], "text/html; charset=utf-8")
        is_zipped = self.headers.get("Accept-Encoding") == "gzip"
        tag = f'"{sha256(body).hexdigest()[:16]}{"-gzip" * is_zipped}"'
        headers = {"Content-Type": kind, "ETag": tag, "Last-Modified": DATE}
        headers |= {"Cache-Control": "max-age=600", "Vary": "Accept-Encoding"}
        known = self.headers.get("If-None-Match") == tag
        if known or self.headers.get("If-Modified-Since") == DATE:
            return Reply(304, b"", headers)
        if is_zipped:
            return Reply(200, gzip.compress(body), {**headers, "Content-Encoding": "gzip"})
        return Reply(200, body, headers)

    def send(self, reply: Reply, *, length: int | None = None) -> None:
        """Send it, or say another length than it has."""
        self.send_response_only(reply.status)
        for name, value in reply.headers.items():
            if value:
                self.send_header(name, value)
        if reply.status != 304:
            self.send_header("Content-Length", str(len(reply.body) if length is None else length))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:
        pass


Fault: TypeAlias = Callable[[Reply, Handler], object]
"""Changes the reply; true: it has answered itself."""


def _leave(reply: Reply, handler: Handler) -> None:
    pass


class LiveSite:
    """Files, what is wrong with their answers, and what was asked."""

    def __init__(self, url: str, files: dict[str, bytes]) -> None:
        self.url, self.files = url, files
        self.faults: dict[str, Fault] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    def put(self, name: str, body: bytes) -> None:
        """Replace a feed, as if it had been published so."""
        manifest = json.loads(self.files["feeds.json"])
        path, _, file = name.rpartition("/")
        (feed,) = (one for one in manifest["feeds"] if one["path"] == path)
        feed["files"][file] = sha256(body).hexdigest()
        self.files |= {name: body, "feeds.json": json.dumps(manifest).encode()}

    def examine(self, path: str = "", **asked: object) -> list[Finding]:
        return list(examine(DoctorOptions(self.url + path, **asked), now=NOW).findings)  # type: ignore[arg-type]


@contextmanager
def serve() -> Iterator[LiveSite]:
    """Give a site without files, on a port that the kernel chose, and end it."""

    class Own(Handler):
        pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Own) as server:
        server.daemon_threads, server.block_on_close = True, False
        Own.site = LiveSite(f"http://127.0.0.1:{server.server_address[1]}/", {})
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield Own.site
        finally:
            server.shutdown()
            thread.join()


def build_files(url: str, folder: Path) -> dict[str, bytes]:
    """Return all that feedkit publishes of two articles."""
    articles = [
        feedkit.Article(
            url=f"https://example.org/{name}/",
            title=f"{name} <at> sea & shore",
            published=datetime(2026, 2, day, tzinfo=UTC),
            topics=("Tides", "C#", "Übersee"),
            summary="Twice a day the sea comes higher. " * 40,
            provider=feedkit.Provider(name="Harbour News", domain="example.org"),
        )
        for day, name in enumerate(("ferry", "fog"), start=20)
    ]
    feedkit.build(articles, folder, feedkit.Site(title="Harbour", url=url), now=NOW)
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
