"""feedparser, lemon24/reader and fastfeedparser, each fetching by itself."""

from collections.abc import Callable, Sequence
from pathlib import Path

import fastfeedparser  # type: ignore[import-untyped]
import feedparser  # type: ignore[import-untyped]
import reader

from clients import see_fastfeedparser_entry, see_feedparser_entry, see_reader_entry
from readers.shown import Read, Shown, show


def _each(read_one: Callable[[str], list[Shown]]) -> Read:
    def read(urls: Sequence[str], _: Path) -> dict[str, list[Shown]]:
        return {url: read_one(url) for url in urls}

    return read


def _read_with_feedparser(url: str) -> list[Shown]:
    return [
        show(
            see_feedparser_entry(entry),
            html=entry.content[0].value,
            picture=next((one["url"] for one in entry.get("media_thumbnail", ())), None),
        )
        for entry in feedparser.parse(url).entries
    ]


def _read_with_fastfeedparser(url: str) -> list[Shown]:
    return [
        show(
            see_fastfeedparser_entry(entry, url.rpartition("/")[2]),
            html=entry["content"][0]["value"],
            picture=next((one["url"] for one in entry.get("media_content", ())), None),
        )
        for entry in fastfeedparser.parse(url).entries
    ]


def _read_with_reader(url: str) -> list[Shown]:
    with reader.make_reader(":memory:") as library:
        library.add_feed(url)
        library.update_feed(url)
        return [
            show(see_reader_entry(entry), html=entry.content[0].value)
            for entry in library.get_entries()
        ]


feedparser_entries = _each(_read_with_feedparser)
fastfeedparser_entries = _each(_read_with_fastfeedparser)
reader_entries = _each(_read_with_reader)
