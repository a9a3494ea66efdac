"""What an address answers to the feeds that it names: a manifest, OPML, a page, or a feed. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin

from ..guard import Published
from ..model import Format
from ..pages.manifest import decode_manifest
from ..seen import parse_xml
from ..text import clean_text
from .answers import Target

if TYPE_CHECKING:
    from lxml.etree import _Element

_TYPES: dict[str, Format] = {
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


def _find_same(base: str, feeds: Iterable[Published]) -> dict[str, frozenset[str]]:
    """Return by hash the addresses that serve the same bytes: second ones and redirects.

    One set for all of them: thousands of feeds may have the same bytes, such as empty ones.
    """
    same = defaultdict(list)
    for feed in feeds:
        for name, digest in feed.files.items():
            same[digest].append(_find_page(base, feed.path) + quote(name))
    return {digest: frozenset(urls) for digest, urls in same.items()}


def _list_files(base: str, feed: Published, same: Mapping[str, frozenset[str]]) -> Iterator[Target]:
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
        if is_feed and kind in _TYPES and given.get("href"):
            self.found.append((given["href"], _TYPES[kind]))
