"""Published Atom, RSS and JSON feeds parsed to their entries. Pure.

The bytes may be damaged or of another program: that is an error, never an entry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

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
    items: list[_JsonItem]


def decode_entries(data: bytes, format: Format, follow: Follow = str) -> list[PublishedEntry]:
    """Return the entries of a feed, in its order.

    Args:
        data: The feed.
        format: In which it is.
        follow: Its addresses may be older than the settings are.

    Raises:
        ValueError: It is no such feed.
    """
    decode = {"json": _decode_json, "atom": _decode_atom, "rss": _decode_rss}[format]
    try:
        return decode(data, follow)
    except (OverflowError, RecursionError) as error:
        raise ValueError(str(error)) from error


def _decode_json(data: bytes, follow: Follow) -> list[PublishedEntry]:
    return [
        _read_json_item(item, follow) for item in msgspec.json.decode(data, type=_JsonFeed).items
    ]


def _read_json_item(item: _JsonItem, follow: Follow) -> PublishedEntry:
    parents = _make_keys([parent.url for parent in item.own.related_to], follow)
    url = _find_url(item.url, follow)
    return PublishedEntry(
        item.id,
        article_key(url),
        item.title,
        _count_seconds(datetime.fromisoformat(item.date_published)),
        next((_make_provider(one.name, one.url) for one in item.authors), None),
        parents + _make_keys([child.url for child in item.own.related], follow),
        parents,
        url,
    )


def _decode_atom(data: bytes, follow: Follow) -> list[PublishedEntry]:
    entries = parse_feed(data, f"{_ATOM}feed").iterfind(f"{_ATOM}entry")
    return [_read_atom_entry(entry, follow) for entry in entries]


def _read_atom_entry(entry: _Element, follow: Follow) -> PublishedEntry:
    related = _make_keys(_find_links(entry, "related"), follow)
    url = _find_url(next(iter(_find_links(entry, "alternate")), ""), follow)
    return PublishedEntry(
        read_child(entry, f"{_ATOM}id"),
        article_key(url),
        read_child(entry, f"{_ATOM}title"),
        _count_seconds(datetime.fromisoformat(read_child(entry, f"{_ATOM}published"))),
        _make_provider(
            read_child(entry, f"{_ATOM}author/{_ATOM}name"),
            entry.findtext(f"{_ATOM}author/{_ATOM}uri") or "",
        ),
        related,
        related,
        url,
    )


def _decode_rss(data: bytes, follow: Follow) -> list[PublishedEntry]:
    return [
        _read_rss_item(item, follow) for item in parse_feed(data, "rss").iterfind("channel/item")
    ]


def _read_rss_item(item: _Element, follow: Follow) -> PublishedEntry:
    related = _make_keys(_find_links(item, "related"), follow)
    url = _find_url(read_child(item, "link"), follow)
    return PublishedEntry(
        read_child(item, "guid"),
        article_key(url),
        read_child(item, "title"),
        _count_seconds(_read_rfc822(read_child(item, "pubDate"))),
        _make_provider(read_child(item, _CREATOR)),
        related,
        related,
        url,
    )


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
_RAW_ATOM = "{http://www.w3.org/2005/Atom}"


class RawEntry(NamedTuple):
    """One entry of a feed."""

    id: str
    link: str
    title: str
    published: str
    """As its format writes it."""
    content: bytes
    """All of it, in its format."""


class _RawItem(msgspec.Struct):
    id: str
    url: str
    title: str
    date_published: str


class _RawFeed(msgspec.Struct):
    items: list[msgspec.Raw]


def decode_raw_entries(data: bytes, format: Format) -> list[RawEntry]:
    """Return the entries of a feed, in its order.

    Args:
        data: The feed.
        format: In which it is.

    Raises:
        ValueError: It is no such feed.
    """
    if format == "json":
        return _list_json(data)
    return _list_atom(data) if format == "atom" else _list_rss(data)


def _list_json(data: bytes) -> list[RawEntry]:
    decode = msgspec.json.Decoder(_RawItem).decode
    try:
        raws = msgspec.json.decode(data, type=_RawFeed).items
        items = [(decode(raw), bytes(raw)) for raw in raws]
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    return [RawEntry(one.id, one.url, one.title, one.date_published, raw) for one, raw in items]


def _list_atom(data: bytes) -> list[RawEntry]:
    found = []
    for entry in parse_feed(data, f"{_ATOM}feed").iterfind(f"{_ATOM}entry"):
        link = entry.find(f"{_ATOM}link[@rel='alternate']")
        fields = [read_child(entry, _RAW_ATOM + name) for name in ("id", "title", "published")]
        url = "" if link is None else link.get("href", "")
        found.append(RawEntry(fields[0], url, fields[1], fields[2], _write(entry)))
    return found


def _list_rss(data: bytes) -> list[RawEntry]:
    found = []
    for item in parse_feed(data, "rss").iterfind("channel/item"):
        id, link, title, day = (
            read_child(item, name) for name in ("guid", "link", "title", "pubDate")
        )
        found.append(RawEntry(id, link, title, day, _write(item)))
    return found


def _write(element: _Element) -> bytes:
    from lxml import etree

    return etree.tostring(element, encoding="utf-8", with_tail=False)
