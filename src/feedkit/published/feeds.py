"""Published Atom, RSS and JSON feeds parsed to their entries. Pure.

The bytes may be damaged or of another program: that is an error, never an entry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from ..errors import UrlError
from ..models import Format, Provider
from ..text.slugs import clean_domain
from ..text.urls import article_key, canonical_url
from .guard import PublishedEntry

if TYPE_CHECKING:
    from lxml.etree import _Element

Follow = Callable[[str], str]
"""Returns the address of now of a canonical URL."""

_ATOM = "{http://www.w3.org/2005/Atom}"
_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"


class _Named(msgspec.Struct):
    name: str = ""
    url: str = ""


class _JsonExtension(msgspec.Struct, frozen=True):
    related: list[_Named] = []
    related_to: list[_Named] = []


class _JsonItem(msgspec.Struct, rename={"own": "_feedkit"}):
    id: str
    url: str
    title: str
    date_published: str
    authors: list[_Named] = []
    own: _JsonExtension = _JsonExtension()


class _JsonFeed(msgspec.Struct):
    items: list[msgspec.Raw]


def decode_entries(
    data: bytes, format: Format, follow: Follow = str, *, has_content: bool = False
) -> list[PublishedEntry]:
    """Return the entries of a feed, in its order.

    Args:
        data: The feed.
        format: Its format.
        follow: Returns the address of now of an address in the feed, which may be older.
        has_content: Whether each entry is to have its bytes.

    Raises:
        ValueError: It is no such feed.
    """
    decode = {"json": _decode_json, "atom": _decode_atom, "rss": _decode_rss}[format]
    try:
        return decode(data, follow, has_content)
    except (OverflowError, RecursionError) as error:
        raise ValueError(str(error)) from error


def _decode_json(data: bytes, follow: Follow, has_content: bool) -> list[PublishedEntry]:
    decode = msgspec.json.Decoder(_JsonItem).decode
    raws = msgspec.json.decode(data, type=_JsonFeed).items
    return [
        _read_json_item(decode(raw), follow, bytes(raw) if has_content else b"") for raw in raws
    ]


def _read_json_item(item: _JsonItem, follow: Follow, content: bytes) -> PublishedEntry:
    parents = _make_keys([parent.url for parent in item.own.related_to], follow)
    related = parents + _make_keys([child.url for child in item.own.related], follow)
    published = datetime.fromisoformat(item.date_published)
    provider = next((_make_provider(one.name, one.url) for one in item.authors), None)
    fields = item.id, item.url, item.title, published, provider
    return _make_entry(fields, related, parents, follow, content)


def _decode_atom(data: bytes, follow: Follow, has_content: bool) -> list[PublishedEntry]:
    entries = parse_feed(data, f"{_ATOM}feed").iterfind(f"{_ATOM}entry")
    return [_read_atom_entry(one, follow, _write(one) if has_content else b"") for one in entries]


def _read_atom_entry(entry: _Element, follow: Follow, content: bytes) -> PublishedEntry:
    related = _make_keys(_find_links(entry, "related"), follow)
    fields = (
        read_child(entry, f"{_ATOM}id"),
        next(iter(_find_links(entry, "alternate")), ""),
        read_child(entry, f"{_ATOM}title"),
        datetime.fromisoformat(read_child(entry, f"{_ATOM}published")),
        _make_provider(
            read_child(entry, f"{_ATOM}author/{_ATOM}name"),
            entry.findtext(f"{_ATOM}author/{_ATOM}uri") or "",
        ),
    )
    return _make_entry(fields, related, related, follow, content)


def _decode_rss(data: bytes, follow: Follow, has_content: bool) -> list[PublishedEntry]:
    items = parse_feed(data, "rss").iterfind("channel/item")
    return [_read_rss_item(one, follow, _write(one) if has_content else b"") for one in items]


def _read_rss_item(item: _Element, follow: Follow, content: bytes) -> PublishedEntry:
    related = _make_keys(_find_links(item, "related"), follow)
    fields = (
        read_child(item, "guid"),
        read_child(item, "link"),
        read_child(item, "title"),
        _read_rfc822(read_child(item, "pubDate")),
        _make_provider(read_child(item, _CREATOR)),
    )
    return _make_entry(fields, related, related, follow, content)


def _make_entry(
    fields: tuple[str, str, str, datetime, Provider | None],
    related: tuple[str, ...],
    parents: tuple[str, ...],
    follow: Follow,
    content: bytes,
) -> PublishedEntry:
    id, address, title, published, provider = fields
    url = _find_url(address, follow)
    return PublishedEntry(
        id,
        article_key(url),
        title,
        _count_seconds(published),
        provider,
        related,
        parents,
        url,
        address,
        content,
    )


def _write(element: _Element) -> bytes:
    from lxml import etree

    return etree.tostring(element, encoding="utf-8", with_tail=False)


def _read_rfc822(text: str) -> datetime:
    from email.utils import parsedate_to_datetime  # which brings sockets

    return parsedate_to_datetime(text)


def parse_feed(data: bytes, root: str) -> _Element:
    """Return the root of a feed, whatever it holds.

    Raises:
        ValueError: It is no XML, or its root is another.
    """
    element = parse_xml(data)
    if element.tag != root:
        raise ValueError(f"expected {root}, got {element.tag}")
    return element


def parse_xml(data: bytes) -> _Element:
    """Return the root of a document; nothing that it names is loaded, no entity resolved.

    Raises:
        ValueError: It is no XML.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from error


def read_child(element: _Element, path: str) -> str:
    """Return the text of a child.

    Raises:
        ValueError: There is none.
    """
    text = element.findtext(path)
    if not text:
        raise ValueError(f"no {path}")
    return text


def _find_links(entry: _Element, rel: str) -> list[str]:
    """Return the addresses of children alone: a source has links too."""
    links = entry.iterfind(f"{_ATOM}link")
    return [link.get("href", "") for link in links if link.get("rel") == rel]


def _make_keys(urls: Iterable[str], follow: Follow) -> tuple[str, ...]:
    found = (_find_url(url, follow) for url in urls)
    return tuple([article_key(url) for url in found if url])


def _find_url(text: str, follow: Follow) -> str:
    """Return the address of now, empty if `text` is none."""
    try:
        return follow(canonical_url(text))
    except UrlError:
        return ""


def _make_provider(name: str, url: str = "") -> Provider:
    return Provider(name=name, domain=clean_domain(article_key(url).partition("/")[0]))


def _count_seconds(instant: datetime) -> int:
    if instant.tzinfo is None:  # this machine's would be taken
        raise ValueError(f"{instant} names no time zone")
    return int(instant.timestamp())


#: The first is read in the least time.
READ_FIRST: tuple[Format, ...] = ("json", "atom", "rss")
