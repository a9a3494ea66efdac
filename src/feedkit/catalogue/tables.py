"""The tables of a catalogue, and the numbers that stand in them for names."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..selection.around import Slot

DATABASE = "catalogue.sqlite"
#: "fdkt", so that no other program's database is taken for one of these.
APPLICATION = 0x66646B74
VERSION = 7

TABLES = f"""
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE units (
    id INTEGER PRIMARY KEY, "group" INTEGER NOT NULL, path BLOB NOT NULL, name BLOB NOT NULL,
    stamp BLOB, digest BLOB, outcome BLOB);
CREATE TABLE groups (id INTEGER PRIMARY KEY, digest BLOB NOT NULL);
CREATE TABLE rows (
    id INTEGER PRIMARY KEY, unit INTEGER NOT NULL, key INTEGER NOT NULL, explicit TEXT,
    wakes INTEGER, row BLOB NOT NULL);
CREATE TABLE listed (key INTEGER NOT NULL, row INTEGER NOT NULL);
CREATE TABLE places (slot INTEGER NOT NULL, bound INTEGER NOT NULL, key INTEGER NOT NULL);
CREATE TABLE votes (
    slot INTEGER NOT NULL, name TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (slot, name)
) WITHOUT ROWID;
CREATE TABLE feeds (path TEXT PRIMARY KEY, feed BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE frames (path TEXT PRIMARY KEY, frames BLOB NOT NULL) WITHOUT ROWID;
"""
#: Made once the tables are full, which costs a third of keeping them while they fill.
INDEXES = """
CREATE UNIQUE INDEX units_path ON units (path);
CREATE INDEX units_group ON units ("group");
CREATE INDEX units_outcome ON units (id) WHERE outcome IS NOT NULL;
CREATE INDEX rows_unit ON rows (unit);
CREATE INDEX rows_key ON rows (key);
CREATE INDEX rows_explicit ON rows (explicit) WHERE explicit IS NOT NULL;
CREATE INDEX rows_wakes ON rows (wakes) WHERE wakes IS NOT NULL;
CREATE INDEX listed_key ON listed (key);
CREATE INDEX listed_row ON listed (row);
CREATE INDEX places_slot ON places (slot, bound DESC, key);
"""


@lru_cache(maxsize=8192)  # a sheet's, of which each is asked for twice
def hash_key(key: str) -> int:
    """Return the number that stands for an article's key; the row tells whether it is the one."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), signed=True)


@lru_cache(maxsize=8192)
def hash_slot(slot: Slot) -> int:
    """Return the number that stands for a slot."""
    return hash_key(f"{slot.kind} {slot.slug}")


#: Stands among the listed keys for any that a record spells otherwise; no key is empty.
SPELT = hash_key("")
