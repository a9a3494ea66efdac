"""What must be known of the last build where nothing changed since: as little as can be."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Literal

from ..files import is_strange
from .seal import is_sealed
from .tables import APPLICATION, DATABASE, VERSION

#: Seconds to wait for another program that has a catalogue open.
_PATIENCE = 1.0


class Glance:
    """What a catalogue says at first.

    Where it is damaged, any method may raise a `sqlite3.Error`.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def read_facts(self) -> dict[str, bytes]:
        """Return what is known of the last build as a whole."""
        return dict(self._query("SELECT name, value FROM facts"))

    def list_groups(self) -> dict[int, bytes]:
        """Return the digests of groups of files; of one whose stamps do not tell, an empty one."""
        return dict(self._query("SELECT id, digest FROM groups"))

    def has_waking(self, now: int) -> bool:
        """Return whether records were dated after the last build and are not now."""
        query = "SELECT 1 FROM rows WHERE wakes <= ? LIMIT 1"
        return any(True for _ in self._query(query, now))

    def _query(self, query: str, *values: object) -> Iterator[Any]:
        return self._connection.execute(query, values)


@contextmanager
def look_into(folder: Path) -> Iterator[Glance | None]:
    """Give what the last build left, None where that is nothing, or nothing of use."""
    with connect(folder, "ro") as connection:
        yield Glance(connection) if connection else None


@contextmanager
def connect(folder: Path, mode: Literal["ro", "rw"]) -> Iterator[sqlite3.Connection | None]:
    """Give the database in a folder, None where there is none that is a catalogue."""
    connection = _connect(folder.absolute() / DATABASE, mode)
    if connection is None:
        yield None
        return
    with closing(connection):
        yield connection


def _connect(path: Path, mode: str) -> sqlite3.Connection | None:
    # What another program left in a log of its own (WAL) would be read as if it stood in here.
    if not path.is_file() or path.with_name(f"{path.name}-wal").exists():
        return None
    if is_strange(f"{path}-journal"):  # SQLite opens it, and heeds no signal meanwhile
        return None
    connection = None
    try:
        uri = f"{path.as_uri()}?mode={mode}"
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
