"""A catalogue opened: to go on from it, or anew."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

from ..files import sync
from .fill import NO_CARE, find_new
from .glance import connect
from .reader import Reader
from .seal import break_seal, seal_catalogue
from .tables import DATABASE
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
def complete_catalogue(folder: Path, wait: Callable[[], str]) -> Iterator[Writer]:
    """Give what completes a catalogue that was filled; it takes the last one's place then.

    Args:
        folder: Where it is.
        wait: Gives why it could not be filled, once that is done.
    """
    path, new = folder / DATABASE, find_new(folder)
    writer = Writer(path)
    with ExitStack() as stack:
        writer.attempt(lambda: _open_filled(stack, writer, new, wait))
        yield writer
        writer.attempt(writer.end)
        writer.attempt(lambda: _replace(new, path))


def _open_filled(stack: ExitStack, writer: Writer, new: Path, wait: Callable[[], str]) -> None:
    if problem := wait():
        writer.problem = problem
        return
    connection = stack.enter_context(closing(sqlite3.connect(new, isolation_level=None)))
    connection.executescript(NO_CARE)
    connection.execute("BEGIN")
    writer.use(connection)


def _replace(new: Path, path: Path) -> None:
    sync(new)
    for end in ("-journal", "-wal", "-shm"):  # SQLite would take them for the new one's
        path.with_name(f"{path.name}{end}").unlink(missing_ok=True)
    new.replace(path)
    if os.name == "posix":  # elsewhere folders cannot be opened, nor need be
        sync(path.parent)
    seal_catalogue(path, is_new=True)
