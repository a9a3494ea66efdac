"""Bytes to their media type, as a web server should call them. Pure."""

from __future__ import annotations

import re

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
