"""Answers of a site, the feeds that they name, and the servers that may be requested. Pure.

What caches may do with an answer is told by RFC 9111.
"""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from html.parser import HTMLParser
from ipaddress import ip_address
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import msgspec

from ..errors import FeedkitError, show
from ..limits import ANSWER_BYTES
from ..models import Format
from ..published import decode_manifest
from ..published.feeds import parse_xml
from ..published.guard import PublishedFeed
from ..text import clean_text

if TYPE_CHECKING:
    from lxml.etree import _Element

#: Redirects after which no more are followed.
MOST_HOPS = 10
#: Members of a gzip body: nobody sends more than a few, and each costs a copy of the rest.
_MEMBERS = 100
#: What a first byte says of a body that gzip made (RFC 1952, 2.3.1), to zlib.
_PACKED = 31
#: A comment ends at its first mark, in one way: many would be tried in more ways than can be.
_HTML = re.compile(
    rb"[\s\xef\xbb\xbf]*(<\?xml[^>]*>\s*)?(?><!--.*?-->\s*)*<(!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)


class Target(NamedTuple):
    """An address to look at: a feed in one format or, if it has none, a page."""

    url: str
    name: str
    """What findings call it."""
    feed: str
    """Its feed's, one for all formats."""
    format: Format | None = None
    """None: whatever it turns out to be."""
    is_page: bool = False
    sha256: str = ""
    """Of the bytes, as the manifest says; empty: not known."""
    same: frozenset[str] = frozenset()
    """The addresses that serve the same bytes: the feed may call itself any of these."""
    is_kept: bool = False
    """Whether `sha256` may be that of before: a cache kept the manifest."""


class Redirect(NamedTuple):
    """A redirect: its address, its status (RFC 9110, 15.4), and its target."""

    url: str
    status: int
    to: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of an address, after `hops`."""

    url: str
    hops: tuple[Redirect, ...] = ()
    status: int = 0
    headers: Mapping[str, str] = {}
    """By lower-case names."""
    encoding: str = "ascii"
    """How those were decoded; each may hold bytes beyond ASCII (RFC 9110, 5.5)."""
    body: bytes = b""
    """As sent."""
    is_cut: bool = False
    """Whether there was more than `ANSWER_BYTES` of it."""
    error: str = ""
    """Why there is no whole answer; empty: there is."""
    is_late: bool = False
    """Whether the time was over before."""

    def header(self, name: str) -> str:
        """Return the value of a header, empty if there is none."""
        return self.headers.get(name, "").strip(" \t")

    def send_back(self, name: str) -> bytes:
        """Return the bytes of a header as they came."""
        return self.header(name).encode(self.encoding)

    @property
    def media_type(self) -> str:
        """The type without parameters, in lower case."""
        return self.header("content-type").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str:
        """The charset that the type names, in lower case; empty: none."""
        for part in self.header("content-type").split(";")[1:]:
            name, _, value = part.partition("=")
            if name.strip().lower() == "charset":
                return value.strip().strip("\"'").lower()
        return ""

    @property
    def coding(self) -> str:
        """The coding of the body; empty: none."""
        coding = self.header("content-encoding").lower()
        return "" if coding == "identity" else coding


class TargetAnswers(NamedTuple):
    """All that was asked of one target; None if there was no reason to."""

    target: Target
    plain: Answer
    """Asked without any encoding."""
    zipped: Answer | None = None
    """Asked as readers do, with gzip."""
    by_tag: Answer | None = None
    """Asked again with the ETag that came with `zipped`."""
    by_date: Answer | None = None
    """The answer to a request with the date of the first one."""
    by_none: Answer | None = None
    """With a tag and a date that no feed has, where either of those was known again."""


def decode_body(answer: Answer) -> bytes:
    """Return a body without its encoding.

    Raises:
        ValueError: It is not what it says, or larger than `ANSWER_BYTES`.
    """
    if not answer.coding:
        return answer.body
    if answer.coding not in ("gzip", "x-gzip"):
        raise ValueError(f"encoded as {answer.coding}")
    body, rest = b"", answer.body
    for _ in range(_MEMBERS):
        if not rest:
            return body
        decoder = zlib.decompressobj(_PACKED)
        try:
            body += decoder.decompress(rest, ANSWER_BYTES + 1 - len(body))
        except zlib.error as error:
            raise ValueError(str(error)) from error
        if len(body) > ANSWER_BYTES:
            raise ValueError(f"more than {ANSWER_BYTES:,} bytes, decoded")
        if not decoder.eof:
            raise ValueError("it ends in the middle")
        rest = decoder.unused_data
    if rest:
        raise ValueError(f"more than {_MEMBERS} members")
    return body


def is_html(body: bytes) -> bool:
    """Return whether it begins as pages do."""
    return bool(_HTML.match(body[:4096]))


_DAY = 86_400


def is_sensible(answer: Answer) -> bool:
    """Return whether caches keep a feed for a while, and ask again within a day."""
    said = _read_directives(answer)
    if {"no-store", "private", "immutable"} & said.keys():
        return False
    ages = [_read_seconds(said[name]) for name in ("max-age", "s-maxage") if name in said]
    if not ages:
        return "no-cache" in said
    return all(age is not None and age <= _DAY for age in ages)


def is_kept(answer: Answer) -> bool:
    """Return whether a cache gave it, and may, though another was published meanwhile.

    Its age (RFC 9111, 5.1) is within max-age and stale-while-revalidate (RFC 5861, 3).
    """
    said = _read_directives(answer)
    fresh = said.get("s-maxage", said.get("max-age", ""))
    most = [_read_seconds(one) or 0 for one in (fresh, said.get("stale-while-revalidate", ""))]
    return 0 < (_read_seconds(answer.header("age")) or 0) <= sum(most)


def is_varied(answer: Answer) -> bool:
    """Return whether the answer tells caches that it depends on the coding."""
    said = {one.strip().lower() for one in answer.header("vary").split(",")}
    return not said.isdisjoint({"accept-encoding", "*"})


def share_tag(one: Answer, other: Answer) -> bool:
    """Return whether a strong ETag says that both are the same bytes."""
    tag = one.header("etag")
    return bool(tag) and not tag.startswith("W/") and tag == other.header("etag")


def _read_directives(answer: Answer) -> dict[str, str]:
    parts = [one.partition("=") for one in answer.header("cache-control").lower().split(",")]
    return {name.strip(): value.strip(' \t"') for name, _, value in parts}


def _read_seconds(text: str) -> int | None:
    """Return a number of seconds, None if it is none; nine digits are for ever."""
    return int(text[:9]) if text.isdecimal() else None


_MEDIA_TYPES: dict[str, Format] = {
    "application/atom+xml": "atom",
    "application/rss+xml": "rss",
    "application/feed+json": "json",
}


def list_targets(url: str, body: bytes) -> list[Target]:
    """Return the feeds that a manifest or OPML names; none if it is neither.

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
    """Return the files of a manifest's feeds, and their pages; none if it is no manifest."""
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
        """The host, with its port if that is not the scheme's own."""
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
    """Return the servers that may be requested if the user named `url`.

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
    """Return the origin of an http(s) address, None if it is another, or has a user."""
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
