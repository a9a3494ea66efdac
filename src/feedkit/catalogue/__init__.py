"""What was read and published last time, in SQLite: it makes the next build small.

A cache, and nothing else: what is missing or damaged here costs time, never a wrong feed. It
lies beside OUT: one database, and the files of encoded records that its rows point into.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from .folders import Folders, find_folder, open_folders, read_clock
from .reader import Reader
from .seal import break_seal, is_sealed, seal_catalogue
from .tables import APPLICATION, DATABASE, INDEXES, TABLES, VERSION
from .unit import Known, Unit, decode_name, encode_name
from .writer import Votes, Writer

__all__ = [
    "Folders",
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

#: Seconds to wait for another program that has a catalogue open.
_PATIENCE = 1.0


@contextmanager
def open_catalogue(folder: Path) -> Iterator[tuple[Reader, Writer] | None]:
    """Give what the last build left, None where that is nothing, or nothing of use.

    What is written stands once it is committed.
    """
    path = folder / DATABASE
    connection = _connect(path)
    if connection is None:
        yield None
        return
    writer = Writer(path)
    writer.use(connection)
    try:
        yield Reader(connection), writer
    finally:
        connection.close()
    with suppress(OSError):
        if writer.problem:
            break_seal(path)
        elif writer.is_committed:
            seal_catalogue(path, is_new=False)


def _connect(path: Path) -> sqlite3.Connection | None:
    # What another program left in a log of its own (WAL) would be read as if it stood in here.
    if not path.is_file() or path.with_name(f"{path.name}-wal").exists():
        return None
    connection = None
    try:
        uri = f"{path.absolute().as_uri()}?mode=rw"
        connection = sqlite3.connect(uri, uri=True, timeout=_PATIENCE)
        # The first to read rolls back what a killed build left half written.
        ((application,),) = connection.execute("PRAGMA application_id")
        ((version,),) = connection.execute("PRAGMA user_version")
        if (application, version) == (APPLICATION, VERSION) and is_sealed(path):
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
    writer = Writer(path)
    with ExitStack() as stack:
        stack.callback(_remove, new)
        writer.attempt(lambda: _begin(stack, writer, new))
        yield writer
        writer.attempt(lambda: writer.end(INDEXES))
        writer.attempt(lambda: _replace(new, path))


def _begin(stack: ExitStack, writer: Writer, new: Path) -> None:
    new.unlink(missing_ok=True)
    connection = stack.enter_context(closing(sqlite3.connect(new, isolation_level=None)))
    # It becomes a catalogue by being renamed, whole; until then nothing is worth keeping.
    connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + TABLES)
    connection.execute("BEGIN")
    writer.use(connection)


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _replace(new: Path, path: Path) -> None:
    _sync(new)
    for end in ("-journal", "-wal", "-shm"):  # SQLite would take them for the new one's
        path.with_name(f"{path.name}{end}").unlink(missing_ok=True)
    new.replace(path)
    _sync(path.parent)
    seal_catalogue(path, is_new=True)


def _sync(path: Path) -> None:
    if os.name != "posix" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
