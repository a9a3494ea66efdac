"""What one build leaves for the next."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

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


class Writer:
    """Changes a catalogue; nothing of it stands until the connection commits."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._encode = msgspec.msgpack.Encoder().encode

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

    def remove_units(self, units: Iterable[int]) -> None:
        """Remove files and Articles with their rows."""
        execute = self._connection.execute
        for unit in units:
            execute("DELETE FROM listed WHERE row IN (SELECT id FROM rows WHERE unit = ?)", (unit,))
            execute("DELETE FROM rows WHERE unit = ?", (unit,))
            execute("DELETE FROM units WHERE id = ?", (unit,))

    def set_stamps(self, stamps: Iterable[tuple[int, Stamp | None]]) -> None:
        """Say of units that they are the same under another time."""
        query = "UPDATE units SET modified = ?, changed = ?, size = ?, inode = ? WHERE id = ?"
        values = ((*(stamp or (None,) * 4), unit) for unit, stamp in stamps)
        self._connection.executemany(query, values)

    def move_places(self, lost: Iterable[Place], gained: Iterable[Place]) -> None:
        """Remove places, and add others."""
        query = "DELETE FROM places WHERE slot = ? AND bound = ? AND key = ?"
        self._connection.executemany(query, map(_number_place, lost))
        self._connection.executemany(_ADD_PLACE, map(_number_place, gained))

    def add_votes(self, votes: Votes) -> None:
        """Count records more, or fewer, under the spellings that they use."""
        values = ((hash_slot(slot), name, count) for (slot, name), count in votes.items() if count)
        self._connection.executemany(_ADD_VOTES, values)
        self._connection.execute("DELETE FROM votes WHERE count = 0")

    def set_feeds(self, feeds: Mapping[str, bytes], removed: Iterable[str] = ()) -> None:
        """Keep what is published of feeds, by path, and forget others."""
        self._connection.executemany(_SET_FEED, feeds.items())
        query = "DELETE FROM feeds WHERE path = ?"
        self._connection.executemany(query, ((path,) for path in removed))

    def set_facts(self, facts: Mapping[str, bytes]) -> None:
        """Keep what is to be known of the build as a whole."""
        self._connection.executemany(_SET_FACT, facts.items())


def _number_place(place: Place) -> tuple[int, int, str]:
    return hash_slot(place.slot), place.bound, place.key
