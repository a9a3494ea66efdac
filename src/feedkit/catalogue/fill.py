"""A new catalogue from sheets of all units: what can be done beside the rest of a build.

It stands beside the last one's until what was published is known too, and it takes its place.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path

import msgspec

from ..config import Config
from ..files import make_private
from ..selection.around import list_places
from ..selection.index import Row
from .sheet import PlaceValues, number_place, read_sheets, read_spots
from .tables import DATABASE, INDEXES, TABLES
from .writer import Writer

#: It becomes a catalogue by being renamed, whole; until then nothing is worth keeping.
NO_CARE = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"


def fill_catalogue(folder: Path, config: Config, sheets: Sequence[Path]) -> str:
    """Begin a catalogue with all that is known before anything is published.

    Args:
        folder: Where it is to be.
        config: As of `list_places`.
        sheets: Files of these.

    Returns:
        Why that failed, empty where it did not.
    """
    writer = Writer(folder / DATABASE)
    writer.attempt(lambda: _fill(writer, find_new(folder), config, sheets))
    if writer.problem:
        remove_new(folder)  # where the disk is full, what the build needs is more important
    return writer.problem


def find_new(folder: Path) -> Path:
    """Return where a catalogue stands that is not whole yet."""
    return folder / f"{DATABASE}.new"


def remove_new(folder: Path) -> None:
    """Remove what is not whole."""
    with suppress(OSError):  # it may be a folder that is not ours
        find_new(folder).unlink(missing_ok=True)


def _fill(writer: Writer, path: Path, config: Config, sheets: Sequence[Path]) -> None:
    path.unlink(missing_ok=True)
    make_private(path)  # SQLite gives what it writes beside it the same mode
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(NO_CARE + TABLES)
        connection.execute("BEGIN")
        writer.use(connection)
        counts: Counter[int] = Counter()
        listed: set[int] = set()
        for sheet, related in read_sheets(sheets):
            writer.add_sheet(sheet)
            writer.add_places(related.places)
            counts.update([key for _, _, key, *_ in sheet.rows])
            listed |= related.keys
        shared = {key for key, count in counts.items() if count > 1}
        for spots in read_spots(sheets):
            writer.add_places(spots.list_lone(shared, listed))
        writer.add_places(_list_shared(connection, shared, listed, config))
        writer.end(INDEXES)


def _list_shared(
    connection: sqlite3.Connection, shared: set[int], listed: set[int], config: Config
) -> Iterator[PlaceValues]:
    """Yield where the articles may stand of which there are several records."""
    decode = msgspec.msgpack.Decoder(Row).decode
    found = connection.execute("SELECT key, row FROM rows") if shared else ()
    groups: dict[str, tuple[int, list[Row]]] = {}
    for number, data in found:
        if number in shared:
            row = decode(data)
            groups.setdefault(row.key, (number, []))[1].append(row)
    for key, (number, rows) in groups.items():
        for place in list_places(key, rows, config, is_listed=number in listed):
            yield number_place(place)
