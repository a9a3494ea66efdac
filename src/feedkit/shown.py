"""A feed's bytes, in any of our formats, to its entries as readers see them.

Pure. What it is given may be damaged or not ours: that is an error, never an entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from .model import Format
from .seen import parse_feed, read_child

if TYPE_CHECKING:
    from lxml.etree import _Element

#: The first is read in the least time.
READ_FIRST: tuple[Format, ...] = ("json", "atom", "rss")
_ATOM = "{http://www.w3.org/2005/Atom}"


class Shown(NamedTuple):
    """One entry of a feed."""

    id: str
    link: str
    title: str
    #: As its format writes it.
    published: str
    #: All of it, in its format.
    content: bytes


class _Item(msgspec.Struct):
    id: str
    url: str
    title: str
    date_published: str


class _Feed(msgspec.Struct):
    items: list[msgspec.Raw]


def decode_shown(data: bytes, format: Format) -> list[Shown]:
    """Return the entries of a feed, in its order.

    Args:
        data: The feed.
        format: In which it is.

    Raises:
        ValueError: It is no such feed.
    """
    if format == "json":
        return _decode_json(data)
    return _decode_atom(data) if format == "atom" else _decode_rss(data)


def _decode_json(data: bytes) -> list[Shown]:
    decode = msgspec.json.Decoder(_Item).decode
    try:
        raws = msgspec.json.decode(data, type=_Feed).items
        items = [(decode(raw), bytes(raw)) for raw in raws]
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    return [Shown(one.id, one.url, one.title, one.date_published, raw) for one, raw in items]


def _decode_atom(data: bytes) -> list[Shown]:
    found = []
    for entry in parse_feed(data, f"{_ATOM}feed").iterfind(f"{_ATOM}entry"):
        link = entry.find(f"{_ATOM}link[@rel='alternate']")
        fields = [read_child(entry, _ATOM + name) for name in ("id", "title", "published")]
        url = "" if link is None else link.get("href", "")
        found.append(Shown(fields[0], url, fields[1], fields[2], _write(entry)))
    return found


def _decode_rss(data: bytes) -> list[Shown]:
    found = []
    for item in parse_feed(data, "rss").iterfind("channel/item"):
        id, link, title, day = (
            read_child(item, name) for name in ("guid", "link", "title", "pubDate")
        )
        found.append(Shown(id, link, title, day, _write(item)))
    return found


def _write(element: _Element) -> bytes:
    from lxml import etree

    return etree.tostring(element, encoding="utf-8", with_tail=False)
