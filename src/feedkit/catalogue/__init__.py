"""What was read and published last time, in SQLite: it makes the next build small.

A cache, and nothing else: what is missing or damaged here costs time, never a wrong feed. It
lies beside OUT: one database, and the files of encoded records that its rows point into.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .folders import find_folder, open_folders, read_clock
from .reader import Reader
from .tables import APPLICATION, DATABASE, INDEXES, TABLES, VERSION
from .unit import Known, Unit, decode_name, encode_name
from .writer import Votes, Writer

__all__ = [
    "Known",
    "Reader",
    "Unit",
    "Votes",
    "Writer",
    "create_catalogue",
    "decode_name",
    "encode_name",
    "find_folder",
    "open_catalogue",
    "open_folders",
    "read_clock",
]


@contextmanager
def open_catalogue(folder: Path) -> Iterator[tuple[Reader, Writer] | None]:
    """Give what the last build left, None where that is nothing, or nothing of use.

    What is written stands when the block ends without an error.
    """
    connection = _connect(folder / DATABASE)
    if connection is None:
        yield None
        return
    try:
        yield Reader(connection), Writer(connection)
        connection.commit()
    finally:
        connection.close()


def _connect(path: Path) -> sqlite3.Connection | None:
    if not path.is_file():
        return None
    connection = None
    try:
        connection = sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True)
        ((application,),) = connection.execute("PRAGMA application_id")
        ((version,),) = connection.execute("PRAGMA user_version")
        if (application, version) == (APPLICATION, VERSION):
            return connection
    except sqlite3.Error:
        pass
    if connection is not None:
        connection.close()
    return None


@contextmanager
def create_catalogue(folder: Path) -> Iterator[Writer]:
    """Give what fills a new catalogue; it takes the old one's place when the block ends."""
    path, new = folder / DATABASE, folder / f"{DATABASE}.new"
    new.unlink(missing_ok=True)
    connection = sqlite3.connect(new, isolation_level=None)
    try:
        # It becomes a catalogue by being renamed, whole; until then nothing is worth keeping.
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + TABLES)
        connection.execute("BEGIN")
        yield Writer(connection)
        connection.execute("COMMIT")
        connection.executescript(INDEXES)
        connection.close()
        _sync(new)
        new.replace(path)
        _sync(folder)
    finally:
        connection.close()
        new.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    if os.name != "posix" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
