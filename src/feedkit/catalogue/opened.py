"""A catalogue opened: to go on from it, or anew."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from .glance import connect
from .reader import Reader
from .seal import break_seal, seal_catalogue
from .tables import DATABASE, INDEXES, TABLES
from .writer import Writer


@contextmanager
def open_catalogue(folder: Path) -> Iterator[tuple[Reader, Writer] | None]:
    """Give what the last build left, None where that is nothing, or nothing of use.

    What is written stands once it is committed.
    """
    path = folder / DATABASE
    with connect(folder, "rw") as connection:
        if connection is None:
            yield None
            return
        writer = Writer(path)
        writer.use(connection)
        yield Reader(connection), writer
    with suppress(OSError):
        if writer.problem:
            break_seal(path)
        elif writer.is_committed:
            seal_catalogue(path, is_new=False)


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
