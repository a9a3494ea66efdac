"""What one build leaves for the next."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from pathlib import Path
from typing import Concatenate, Literal, ParamSpec

from ..scan import Entry, Stamp, is_settled
from ..selection.around import Place, Slot
from .groups import digest_group
from .sheet import PlaceValues, Sheet, number_place
from .tables import hash_slot

_ADD_PLACE = "INSERT INTO places VALUES (?, ?, ?)"
_ADD_VOTES = (
    "INSERT INTO votes VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count"
)
_SET_FACT = "INSERT OR REPLACE INTO facts VALUES (?, ?)"
_SET_FEED = "INSERT OR REPLACE INTO feeds VALUES (?, ?)"
_SET_FRAMES = "INSERT OR REPLACE INTO frames VALUES (?, ?)"

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
        #: Groups of which a unit changed.
        self._touched: set[int] = set()

    def attempt(self, write: Callable[[], object]) -> None:
        """Do what may fail, unless something did before."""
        if not self.problem:
            try:
                write()
            except Exception as error:  # noqa: BLE001 (no memory too: what is published, is)
                reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
                self.problem = f"{self._path}: {reason}"

    def use(self, connection: sqlite3.Connection) -> None:
        """Write to this one."""
        self._connection = connection

    @_attempt
    def commit(self) -> None:
        """Let stand what was written."""
        before = self._connection.total_changes
        self._seal_groups()
        self._connection.commit()
        self.is_committed = before > 0

    def end(self, script: str = "") -> None:
        """Let stand what was written, run a script, and close the connection."""
        self._connection.execute("COMMIT")
        self._connection.executescript(script)
        self._connection.execute("BEGIN")
        self._seal_groups()
        self._connection.execute("COMMIT")
        self._connection.close()

    @_attempt
    def add_sheet(self, sheet: Sheet) -> None:
        """Add files and Articles with their rows."""
        unit, row = self._find_last("units"), self._find_last("rows")
        # Numbers that are sums in the statement: so no Python runs for each row.
        add = self._connection.executemany
        add(f"INSERT INTO units VALUES (? + {unit}, ?, ?, ?, ?, ?, ?)", sheet.units)  # noqa: S608 (numbers)
        add(f"INSERT INTO rows VALUES (? + {row}, ? + {unit}, ?, ?, ?, ?)", sheet.rows)  # noqa: S608
        add(f"INSERT INTO listed VALUES (?, ? + {row})", sheet.listed)  # noqa: S608
        self._touched.update([group for _, group, *_ in sheet.units])

    def _find_last(self, table: Literal["units", "rows"]) -> int:
        ((last,),) = self._connection.execute(f"SELECT max(id) FROM {table}")  # noqa: S608
        return last or 0

    @_attempt
    def remove_units(self, units: Iterable[int]) -> None:
        """Remove files and Articles with their rows."""
        execute = self._connection.execute
        for unit in units:
            self._touch(unit)
            execute("DELETE FROM listed WHERE row IN (SELECT id FROM rows WHERE unit = ?)", (unit,))
            execute("DELETE FROM rows WHERE unit = ?", (unit,))
            execute("DELETE FROM units WHERE id = ?", (unit,))

    @_attempt
    def set_stamps(self, stamps: Iterable[tuple[int, Stamp | None]]) -> None:
        """Say of units that they are the same under another time."""
        for unit, stamp in stamps:
            self._touch(unit)
            self._connection.execute("UPDATE units SET stamp = ? WHERE id = ?", (stamp, unit))

    def _touch(self, unit: int) -> None:
        query = 'SELECT "group" FROM units WHERE id = ?'
        self._touched.update(group for (group,) in self._connection.execute(query, (unit,)))

    def _seal_groups(self) -> None:
        """Say of groups that changed what tells that they are as they are now."""
        execute = self._connection.execute
        for group in self._touched:
            query = 'SELECT path, name, stamp FROM units WHERE "group" = ?'
            found: list[Entry] = execute(query, (group,)).fetchall()
            is_known = all(is_settled(stamp) for _, _, stamp in found)
            digest = digest_group(found) if is_known else b""  # which no group has
            execute("INSERT OR REPLACE INTO groups VALUES (?, ?)", (group, digest))
        self._touched.clear()

    @_attempt
    def add_places(self, values: Iterable[PlaceValues]) -> None:
        """Say where articles may stand."""
        self._connection.executemany(_ADD_PLACE, values)

    @_attempt
    def move_places(self, lost: Iterable[Place], gained: Iterable[Place]) -> None:
        """Remove places, and add others."""
        query = "DELETE FROM places WHERE slot = ? AND bound = ? AND key = ?"
        self._connection.executemany(query, map(number_place, lost))
        self._connection.executemany(_ADD_PLACE, map(number_place, gained))

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
    def set_frames(self, frames: Mapping[str, bytes]) -> None:
        """Keep what stands around the entries of feeds, by path."""
        self._connection.executemany(_SET_FRAMES, frames.items())

    @_attempt
    def set_facts(self, facts: Mapping[str, bytes]) -> None:
        """Keep what is to be known of the build as a whole."""
        self._connection.executemany(_SET_FACT, facts.items())
