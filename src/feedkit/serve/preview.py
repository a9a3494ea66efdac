"""Pages that reload when they change, and media types of files. Pure."""

from __future__ import annotations

import html
import re
from base64 import b64encode
from functools import partial
from hashlib import sha256

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
