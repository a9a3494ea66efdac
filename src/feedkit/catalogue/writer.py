"""What one build leaves for the next."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec

import msgspec

from ..scan import Stamp
from ..selection.around import Place, Slot
from ..selection.index import Row
from .tables import hash_key, hash_slot
from .unit import Unit, encode_name, encode_outcome, find_waking

_ADD_UNIT = "INSERT INTO units VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_ADD_ROW = "INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?)"
_ADD_LISTED = "INSERT INTO listed VALUES (?, ?)"
_ADD_PLACE = "INSERT INTO places VALUES (?, ?, ?)"
_ADD_VOTES = (
    "INSERT INTO votes VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count"
)
_SET_FACT = "INSERT OR REPLACE INTO facts VALUES (?, ?)"
_SET_FEED = "INSERT OR REPLACE INTO feeds VALUES (?, ?)"

Votes = Mapping[tuple[Slot, str], int]
"""By slot and spelling: how many records, or how many more."""


_Values = ParamSpec("_Values")


def _attempt(
    write: Callable[Concatenate[Writer, _Values], None],
) -> Callable[Concatenate[Writer, _Values], None]:
    @wraps(write)
    def attempt(writer: Writer, /, *args: _Values.args, **kwargs: _Values.kwargs) -> None:
        writer.attempt(lambda: write(writer, *args, **kwargs))

    return attempt


class Writer:
    """Changes a catalogue, until that fails: feeds are published without one too.

    Attributes:
        problem: Why it failed, empty while it did not; nothing is written from then on.
        is_committed: Whether what was written stands.
    """

    def __init__(self, path: Path) -> None:
        self.problem, self.is_committed = "", False
        self._path = path
        self._connection: sqlite3.Connection  # by `use`, without which nothing is written
        self._encode = msgspec.msgpack.Encoder().encode

    def attempt(self, write: Callable[[], object]) -> None:
        """Do what may fail, unless something did before."""
        if not self.problem:
            try:
                write()
            except (sqlite3.Error, OSError) as error:
                self.problem = f"{self._path}: {getattr(error, 'strerror', None) or error}"

    def use(self, connection: sqlite3.Connection) -> None:
        """Write to this one."""
        self._connection = connection

    @_attempt
    def commit(self) -> None:
        """Let stand what was written."""
        before = self._connection.total_changes
        self._connection.commit()
        self.is_committed = before > 0

    def end(self, script: str) -> None:
        """Let stand what was written, run a script, and close the connection."""
        self._connection.execute("COMMIT")
        self._connection.executescript(script)
        self._connection.close()

    @_attempt
    def add_units(self, units: Iterable[Unit]) -> None:
        """Add files and Articles with their rows."""
        execute = self._connection.execute
        for unit in units:
            stamp = unit.stamp or (None,) * 4
            values = (None, unit.path, encode_name(unit.name), *stamp, unit.digest)
            id = execute(_ADD_UNIT, (*values, encode_outcome(unit))).lastrowid
            for row in unit.rows:
                self._add_row(id, row)

    def _add_row(self, unit: int | None, row: Row) -> None:
        name, row.name = row.name, ""  # the unit's
        values = (None, unit, hash_key(row.key), row.id or None, find_waking(row))
        added = self._connection.execute(_ADD_ROW, (*values, self._encode(row)))
        row.name = name
        listed = [(hash_key(item.key), added.lastrowid) for item in row.items]
        self._connection.executemany(_ADD_LISTED, listed)

    @_attempt
    def remove_units(self, units: Iterable[int]) -> None:
        """Remove files and Articles with their rows."""
        execute = self._connection.execute
        for unit in units:
            execute("DELETE FROM listed WHERE row IN (SELECT id FROM rows WHERE unit = ?)", (unit,))
            execute("DELETE FROM rows WHERE unit = ?", (unit,))
            execute("DELETE FROM units WHERE id = ?", (unit,))

    @_attempt
    def set_stamps(self, stamps: Iterable[tuple[int, Stamp | None]]) -> None:
        """Say of units that they are the same under another time."""
        query = "UPDATE units SET modified = ?, changed = ?, size = ?, inode = ? WHERE id = ?"
        values = ((*(stamp or (None,) * 4), unit) for unit, stamp in stamps)
        self._connection.executemany(query, values)

    @_attempt
    def move_places(self, lost: Iterable[Place], gained: Iterable[Place]) -> None:
        """Remove places, and add others."""
        query = "DELETE FROM places WHERE slot = ? AND bound = ? AND key = ?"
        self._connection.executemany(query, map(_number_place, lost))
        self._connection.executemany(_ADD_PLACE, map(_number_place, gained))

    @_attempt
    def add_votes(self, votes: Votes) -> None:
        """Count records more, or fewer, under the spellings that they use."""
        values = ((hash_slot(slot), name, count) for (slot, name), count in votes.items() if count)
        self._connection.executemany(_ADD_VOTES, values)
        self._connection.execute("DELETE FROM votes WHERE count = 0")

    @_attempt
    def set_feeds(self, feeds: Mapping[str, bytes], removed: Iterable[str] = ()) -> None:
        """Keep what is published of feeds, by path, and forget others."""
        self._connection.executemany(_SET_FEED, feeds.items())
        query = "DELETE FROM feeds WHERE path = ?"
        self._connection.executemany(query, ((path,) for path in removed))

    @_attempt
    def set_facts(self, facts: Mapping[str, bytes]) -> None:
        """Keep what is to be known of the build as a whole."""
        self._connection.executemany(_SET_FACT, facts.items())


def _number_place(place: Place) -> tuple[int, int, str]:
    return hash_slot(place.slot), place.bound, place.key
