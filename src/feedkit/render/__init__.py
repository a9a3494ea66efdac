"""Feeds to Documents: the only room of feedgen, which is imported when it is needed.

`render` itself has the table of formats. An entry is encoded once for each format, however many
feeds contain it. A feed is the head of its frame, the bytes of its entries and the foot of its
frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from ..models import Document, Feed, Format
from . import atom, json_feed, rss
from .frames import Frame, Frames, fill_frame
from .view import EntryPieces, EntryView, SharedTexts, escape_value, format_rfc822, make_view

if TYPE_CHECKING:
    from feedgen.feed import FeedGenerator  # type: ignore[import-untyped]

__all__ = [
    "ENCODINGS",
    "FORMATS",
    "EntryPieces",
    "SharedTexts",
    "encode_view",
    "join_feed",
    "load_frames",
    "make_view",
    "render",
    "to_feedgen",
]


class Encoding(NamedTuple):
    """The functions and texts of one format."""

    media_type: str
    encode_entry: Callable[[EntryView], EntryPieces]
    make_frame: Callable[[Feed], Frame]
    """What stands around a feed's date and entries."""
    format_date: Callable[[datetime], str]
    closing: bytes
    """What ends an entry, and what stands between two."""
    separator: bytes


def _make_atom_frame(feed: Feed) -> Frame:
    from .envelope import make_atom_frame

    return make_atom_frame(feed)


def _make_rss_frame(feed: Feed) -> Frame:
    from .envelope import make_rss_frame

    return make_rss_frame(feed)


ENCODINGS: dict[Format, Encoding] = {
    "atom": Encoding(
        *(atom.MEDIA_TYPE, atom.encode_entry, _make_atom_frame, datetime.isoformat),
        *(atom.CLOSING, b""),
    ),
    "rss": Encoding(
        *(rss.MEDIA_TYPE, rss.encode_entry, _make_rss_frame, format_rfc822),
        *(rss.CLOSING, b""),
    ),
    "json": Encoding(
        *(json_feed.MEDIA_TYPE, json_feed.encode_entry, json_feed.make_frame, lambda _: ""),
        *(json_feed.CLOSING, b","),
    ),
}

FORMATS: tuple[Format, ...] = tuple(ENCODINGS)
"""Every format that feedkit writes: ``atom``, ``rss`` and ``json``."""


def render(feed: Feed, format: Format) -> Document:
    """Return `feed` in one format.

    Args:
        feed: As `make_feed` or `select_feeds` returns it.
        format: One of `FORMATS`.

    Raises:
        ValueError: There is no such format.
    """
    if format not in ENCODINGS:
        raise ValueError(f"format: expected one of {', '.join(FORMATS)}, got {format!r}")
    encoding = ENCODINGS[format]
    common = SharedTexts(feed.config)
    entries: list[Sequence[bytes]] = []
    for entry in feed.entries:
        (pieces,) = encode_view(make_view(entry, common), (format,))
        is_own = entry.source == feed.path
        entries.append((pieces.entry,) if is_own else pieces)
    return Document(
        body=join_feed(feed, format, entries),
        media_type=encoding.media_type,
        last_modified=feed.updated,
    )


def encode_view(view: EntryView, formats: Iterable[Format]) -> list[EntryPieces]:
    """Return the bytes of an entry in each of `formats`, in their order."""
    return [ENCODINGS[format].encode_entry(view) for format in formats]


def join_feed(
    feed: Feed,
    format: Format,
    entries: Iterable[Sequence[bytes]],
    frames: Frames | None = None,
    *,
    style: str = "",
) -> bytes:
    """Return the bytes of a feed from its encoded entries.

    Args:
        feed: Its own entries are not looked at.
        format: One of `FORMATS`.
        entries: The pieces of each, in order; in its provider's own feed an entry has no source.
        frames: Those that are known of it.
        style: Where the style sheet is by which browsers show it; JSON has none.
    """
    encoding = ENCODINGS[format]
    build_state = (
        *(format, feed.path, feed.title, feed.description, feed.language, feed.pictures),
        *(feed.home, style),
    )
    frame = (frames or Frames()).find(build_state, partial(_make_frame, encoding, feed, style))
    parts: list[bytes] = []
    glue = encoding.closing + encoding.separator
    for pieces in entries:
        parts += (*pieces, glue)
    if parts:
        parts[-1] = encoding.closing
    return fill_frame(frame, (encoding.format_date(feed.updated).encode(),), parts)


def _make_frame(encoding: Encoding, feed: Feed, style: str) -> Frame:
    head, *rest = encoding.make_frame(feed)
    declaration, mark, root = head.partition(b"?>\n")
    if not (style and mark):
        return [head, *rest]
    # Associating Style Sheets with XML documents 1.0, 3: in the prolog.
    name = f'<?xml-stylesheet type="text/css" href="{escape_value(style)}"?>\n'
    return [declaration + mark + name.encode() + root, *rest]


def load_frames(formats: Iterable[Format]) -> None:
    """Load feedgen and lxml if one of `formats` needs them."""
    if not {"atom", "rss"}.isdisjoint(formats):
        from . import envelope as frame  # noqa: F401


def to_feedgen(feed: Feed) -> FeedGenerator:
    """Return `feed` as a FeedGenerator of feedgen, to which more can be added.

    Its entries have the ids, texts, dates, authors, categories, enclosures and links of those of
    `render`, and keep what feedgen's own lose: every link's rel, and RSS's ``dc:creator``. They
    have no pictures but those in their HTML, no language and no source. ``rss_str`` names the
    Atom address as its own unless you set another link, puts the HTML of an entry without
    summary into ``description``, and formats the feed's dates by switching the process's locale.
    """
    from .envelope import make_feedgen

    return make_feedgen(feed)
