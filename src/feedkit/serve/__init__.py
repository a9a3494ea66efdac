"""Published feeds served on the loopback address: the only room of starlette and uvicorn.

It is for looking at feeds, not for the internet: every answer is read from the disk anew. With
``--watch`` pages reload when they change.
"""

from __future__ import annotations

import asyncio
import gzip
import html
import os
import re
import socket
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread
from urllib.parse import quote

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from ..errors import PublishError
from ..files import PAGE, read_file
from ..files.discovery import find_stamps
from ..limits import PUBLISHED_BYTES
from ..models import Document
from ..published import MANIFEST
from ..published.previous import read_published

HOST = "127.0.0.1"
#: No file is served, and no feed can stand, where a name begins with a dot.
_CHANGES = "/.feedkit/changes"
#: Seconds between two looks whether something was published.
_TICK = 0.2
_MISSING = b"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Not found</title>
<h1>Not found</h1>
<p>There is nothing at this address. <a href="/">All feeds</a></p>
</html>
"""


def find_site(out: Path) -> str:
    """Return the address that published feeds name as their site's.

    Raises:
        PublishError: There are none.
    """
    for feed in read_published(out).feeds:
        return feed.url.removesuffix(f"{quote(feed.path)}/")
    raise PublishError(f"{out}: expected a folder of feeds, got none; feedkit build makes one")


@contextmanager
def serve_folder(out: Path, port: int, *, is_live: bool) -> Iterator[int]:
    """Serve the files of a folder until the block ends, and give the port.

    Args:
        out: Need not be there yet.
        port: 0 stands for any that is free.
        is_live: Whether open pages are to load again when something was published.

    Raises:
        PublishError: The port cannot be had.
    """
    try:
        listener = socket.create_server((HOST, port))
    except OSError as error:
        raise PublishError(
            f"{HOST}:{port}: {os.strerror(error.errno or 0)}; choose another --port"
        ) from error
    over = Event()
    server = _make_server(make_app(out, over.is_set, is_live=is_live))
    # Not in the main thread, which is that of builds and of signals.
    thread = Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        over.set()
        server.should_exit = True
        thread.join()


def _make_server(app: Starlette) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http="h11",
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            timeout_graceful_shutdown=1,
        )
    )


def make_app(out: Path, is_over: Callable[[], bool], *, is_live: bool) -> Starlette:
    """Return the application; `is_over` tells waiting clients that no change will come."""
    routes = [Route("/{path:path}", partial(_answer, out=out, is_live=is_live))]
    if is_live:
        routes.insert(0, Route(_CHANGES, partial(_tell_changes, out=out, is_over=is_over)))
    # Other sites may give their own name this address, and read on (DNS rebinding).
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])
    return Starlette(routes=routes, middleware=[hosts])


def find_file(out: Path, path: str) -> Path | None:
    """Return the file or folder at a path below a folder, None if it has none to show.

    Args:
        out: The folder; nothing outside is shown, whatever leads there.
        path: As an address has it, decoded.
    """
    try:
        top = Path(os.path.realpath(out, strict=True))
        real = Path(os.path.realpath(top / path.strip("/"), strict=True))
        inner = real.relative_to(top)
    except (OSError, ValueError):  # ValueError: it is outside, or no path at all
        return None
    if any(part.startswith(".") for part in inner.parts):
        return None
    return real if real.is_dir() or (real.is_file() and not path.endswith("/")) else None


def _answer(request: Request, out: Path, is_live: bool) -> Response:
    path = request.path_params["path"]
    revision = _find_revision(out)  # before the page is read: it may be older than what it says
    found = find_file(out, path)
    if found and found.is_dir():
        if path and not path.endswith("/"):
            return RedirectResponse(f"/{quote(path.lstrip('/'))}/")
        found = find_file(out, f"{path}/{PAGE}")

    def show(page: bytes) -> bytes:
        return follow_page(page, f"{_CHANGES}?{revision}") if is_live else page

    document = found and _read_document(found)
    if not document:
        return HTMLResponse(show(_MISSING), 404)
    if document.media_type == "text/html":
        document = msgspec.structs.replace(document, body=show(document.body))
    return _send(request, document)


def _read_document(path: Path) -> Document | None:
    try:
        modified = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
        body = read_file(path, PUBLISHED_BYTES)
    except OSError:  # a folder, or gone meanwhile
        return None
    return Document(body=body, media_type=find_type(path.name, body), last_modified=modified)


def _takes_gzip(accepted: str) -> bool:
    """Return whether a client takes gzip; ``q=0`` says that it does not (RFC 9110, 12.5.3)."""
    for part in accepted.lower().split(","):
        coding, _, weight = part.replace(" ", "").partition(";")
        if coding == "gzip":
            return weight.rstrip("0").rstrip(".") not in ("q=", "q=0")
    return False


def _send(request: Request, document: Document) -> Response:
    """Return the response for a document: 304, or compressed if the client accepts that."""
    is_text = document.media_type in TEXTS
    is_packed = is_text and _takes_gzip(request.headers.get("Accept-Encoding", ""))
    headers = {**document.headers, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if is_packed:  # a strong tag would have to be another (RFC 9110, 8.8.3.3)
        headers["ETag"] = f"W/{document.etag}"
    if document.not_modified(request.headers):
        return Response(status_code=304, headers=headers)
    if not is_text:
        headers["Content-Type"] = document.media_type
    if is_packed:
        headers["Content-Encoding"] = "gzip"
    body = gzip.compress(document.body, mtime=0) if is_packed else document.body
    return Response(body, headers=headers)


async def _tell_changes(
    request: Request, out: Path, is_over: Callable[[], bool]
) -> StreamingResponse:
    """Answer with an event when something else is published than the page's address says."""

    async def wait() -> AsyncIterator[str]:
        before = request.url.query
        while not (is_over() or await request.is_disconnected()):
            now = _find_revision(out)
            if now == before != request.url.query:  # the last file of a build is in its place
                yield "data: changed\n\n"
            before = now
            await asyncio.sleep(_TICK)

    headers = {"Cache-Control": "no-store"}
    return StreamingResponse(wait(), headers=headers, media_type="text/event-stream")


def _find_revision(out: Path) -> str:
    """Return a value that changes whenever a build publishes something."""
    stamps = find_stamps(out, (PAGE, MANIFEST))
    return sha256(b"".join(stamps.values())).hexdigest()[:16]


_POLICY = re.compile(
    r'(<meta http-equiv="Content-Security-Policy" content=")([^"]*)', re.IGNORECASE
)


def follow_page(page: bytes, address: str) -> bytes:
    """Return a page that loads again at the first event from an address of its own server."""
    script = f'new EventSource("{address}").onmessage = () => location.reload()'
    digest = b64encode(sha256(script.encode()).digest()).decode()
    allow = partial(_allow, sources={"script-src": f"'sha256-{digest}'", "connect-src": "'self'"})
    text = page.decode("utf-8", "surrogateescape")
    text = _POLICY.sub(allow, text) + f"<script>{script}</script>\n"
    return text.encode("utf-8", "surrogateescape")


def _allow(found: re.Match[str], sources: dict[str, str]) -> str:
    policy = html.unescape(found[2])
    for directive, source in sources.items():
        policy = _add_source(policy, directive, source)
    return found[1] + html.escape(policy)


def _add_source(policy: str, directive: str, source: str) -> str:
    """Return a policy that also allows a source (CSP Level 3, 6.8.4 and 6.7.2.7)."""
    parts = [part.split() for part in policy.split(";") if part.strip()]
    known = {name.lower(): sources for name, *sources in reversed(parts)}  # the first counts
    usual = known.get(directive, known.get("default-src"))
    if usual is None:  # everything is allowed
        return policy
    allowed = [one for one in usual if one.lower() != "'none'"]
    others = [part for part in parts if part[0].lower() != directive]
    return "; ".join(" ".join(part) for part in [*others, [directive, *allowed, source]])


#: By what a document's root is called: names of feeds' files are the settings' choice.
_ROOTS = {
    b"feed": "application/atom+xml",
    b"rss": "application/rss+xml",
    b"opml": "text/x-opml",
}
_ROOT = re.compile(rb"<([A-Za-z]+)[\s>]")
_FEED = re.compile(rb'\s*\{\s*"version"\s*:\s*"https://jsonfeed\.org/')
_NAMES = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "json": "application/json",
    "xml": "application/xml",
    "svg": "image/svg+xml",
    "txt": "text/plain",
    "png": "image/png",
    "jpg": "image/jpeg",
    "ico": "image/x-icon",
    "gz": "application/gzip",
}
#: Types whose bytes are text, and UTF-8.
TEXTS = frozenset(
    (
        *_ROOTS.values(),
        "application/feed+json",
        *(_NAMES[end] for end in ("html", "css", "js", "json", "xml", "svg", "txt")),
    )
)


def find_type(name: str, body: bytes) -> str:
    """Return the media type of a file, without its charset."""
    known = _NAMES.get(name.rpartition(".")[2].lower(), "application/octet-stream")
    if known == "text/html":
        return known
    root = _ROOT.search(body[:1024])
    if _FEED.match(body):
        return "application/feed+json"
    return _ROOTS.get(root[1], known) if root and body.startswith(b"<?xml") else known
