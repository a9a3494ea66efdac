"""The feeds that an answer names, and the servers that may be requested. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from html.parser import HTMLParser
from ipaddress import ip_address
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from ..errors import FeedkitError, show
from ..models import Format
from ..published.feeds import parse_xml
from ..published.guard import PublishedFeed
from ..published.manifest import decode_manifest
from ..text.plain import clean_text
from .answers import Target

if TYPE_CHECKING:
    from lxml.etree import _Element

_MEDIA_TYPES: dict[str, Format] = {
    "application/atom+xml": "atom",
    "application/rss+xml": "rss",
    "application/feed+json": "json",
}


def list_targets(url: str, body: bytes) -> list[Target]:
    """Return the feeds that a manifest or OPML names; none where it is neither.

    Args:
        url: The document's.
        body: What is there.
    """
    if targets := list_published(url, body):
        return targets
    try:
        root = parse_xml(body)
    except ValueError:
        return []
    return _list_outlines(url, root) if root.tag == "opml" else []


def list_published(url: str, body: bytes) -> list[Target]:
    """Return the files of a manifest's feeds, and their pages; none where it is no manifest."""
    try:
        feeds = decode_manifest(body).feeds
    except ValueError:
        return []
    base = urljoin(url, ".")
    same = _find_same(base, feeds)
    return [target for feed in feeds for target in _list_files(base, feed, same)]


def _find_same(base: str, feeds: Iterable[PublishedFeed]) -> dict[str, frozenset[str]]:
    """Return by hash the addresses that serve the same bytes: second ones and redirects.

    One set for all of them: thousands of feeds may have the same bytes, such as empty ones.
    """
    same = defaultdict(list)
    for feed in feeds:
        for name, digest in feed.files.items():
            same[digest].append(_find_page(base, feed.path) + quote(name))
    return {digest: frozenset(urls) for digest, urls in same.items()}


def _list_files(
    base: str, feed: PublishedFeed, same: Mapping[str, frozenset[str]]
) -> Iterator[Target]:
    page = _find_page(base, feed.path)
    for name, digest in feed.files.items():
        url = page + quote(name)
        format = feed.format_of(name)
        yield Target(url, _name(base, url), page, format, False, digest, same[digest])
    yield Target(page, _name(base, page), page, is_page=True)


def _find_page(base: str, path: str) -> str:
    return base + (quote(path) + "/" if path else "")


def make_target(start: str, url: str, format: Format | None = None) -> Target:
    """Return a feed, called by its address as seen from `start`."""
    return Target(url, _name(urljoin(start, "."), url), url, format)


def _name(base: str, url: str) -> str:
    return url.removeprefix(base) or url


def _list_outlines(url: str, root: _Element) -> list[Target]:
    named = [clean_text(outline.get("xmlUrl", "")) for outline in root.iter("outline")]
    return _list_once(url, [(urljoin(url, one), None) for one in named if one])


def list_discovered(url: str, body: bytes) -> list[Target]:
    """Return the feeds that readers discover by a page."""
    links = _Links()
    # The standard library's parser has no error of its own for what it cannot read (<![x): what
    # a page says before that counts.
    with suppress(AssertionError):
        links.feed(body.decode("utf-8", "replace"))
    base = urljoin(url, links.base)
    return _list_once(url, [(urljoin(base, href), format) for href, format in links.found])


def _list_once(url: str, named: Sequence[tuple[str, Format | None]]) -> list[Target]:
    return [make_target(url, one, format) for one, format in dict(named).items()]


class _Links(HTMLParser):
    """The links that readers discover feeds by: ``rel=alternate`` with a feed's type."""

    def __init__(self) -> None:
        super().__init__()
        self.base = ""
        self.found: list[tuple[str, Format]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: (value or "").strip() for name, value in attrs}
        if tag == "base":
            self.base = self.base or given.get("href", "")
        kind = given.get("type", "").partition(";")[0].strip().lower()
        is_feed = tag == "link" and "alternate" in given.get("rel", "").lower().split()
        if is_feed and kind in _MEDIA_TYPES and given.get("href"):
            self.found.append((given["href"], _MEDIA_TYPES[kind]))


_PORTS = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """Whom a request goes to (RFC 9110, 4.3.1)."""

    scheme: str
    host: str
    port: int

    @property
    def server(self) -> str:
        """The host, with its port where that is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host  # RFC 3986, 3.2.2
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


class AllowedServers(NamedTuple):
    """The origin that the user named, and the servers named besides."""

    origin: Origin
    also: frozenset[str] = frozenset()

    def allows(self, url: str) -> bool:
        """Return whether an address may be asked."""
        origin = find_origin(url)
        return origin is not None and (origin == self.origin or origin.server in self.also)


def make_reach(url: str, also: tuple[str, ...] = ()) -> AllowedServers:
    """Return what may be asked where the user named `url`.

    Args:
        url: An address.
        also: Servers, as `Origin.server` names them.

    Raises:
        FeedkitError: It is no address.
    """
    origin = find_origin(url)
    if origin is None:
        raise FeedkitError(f"expected an http(s) address without user, got {show(url)}")
    return AllowedServers(origin, frozenset(also))


def find_origin(url: str) -> Origin | None:
    """Return the origin of an http(s) address, None where it is another, or has a user."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if not _is_usual(parts):
        return None
    return Origin(parts.scheme, parts.hostname or "", port or _PORTS[parts.scheme])


def _is_usual(parts: SplitResult) -> bool:
    return parts.scheme in _PORTS and bool(parts.hostname) and "@" not in parts.netloc


def is_loopback(origin: Origin) -> bool:
    """Return whether it is this machine itself."""
    try:
        return ip_address(origin.host).is_loopback
    except ValueError:
        return origin.host == "localhost"
