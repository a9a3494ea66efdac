"""The tables of the cache's database, checks of its integrity, and what a quick look reads.

Numbers stand in the tables for names. SQLite notices damage to the structure of a database, and
none to its values. A build without changes reads a few rows only.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import lru_cache
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from zlib import crc32

import msgspec

from ..files import PRIVATE, is_strange, open_binary, read_file, write_file
from ..files.discovery import FoundFile, Stamp, find_stamp

if TYPE_CHECKING:
    from ..selection.neighbours import FeedKey

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


@lru_cache(maxsize=8192)  # a batch's, of which each is asked for twice
def hash_key(key: str) -> int:
    """Return a number for the key of an article; the row tells whether it is the right one."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), signed=True)


@lru_cache(maxsize=8192)
def hash_feed_key(feed_key: FeedKey) -> int:
    """Return a number for a feed key."""
    return hash_key(f"{feed_key.kind} {feed_key.slug}")


#: Stands among the listed keys for any that a record spells otherwise; no key is empty.
OTHER_SPELLINGS = hash_key("")


#: Where there are more bytes, they are summed only by who wrote all of them anyway.
_MAX_SUMMED = 1 << 26
_BLOCK = 1 << 20
#: Bytes that a seal has at most.
_CHECKSUM_BYTES = 1024


class Checksum(msgspec.Struct, array_like=True, frozen=True):
    """A cache's status, and the CRC-32 of its bytes, None if they were not summed."""

    stamp: Stamp | None
    sum: int | None


def is_intact(path: Path) -> bool:
    """Return whether a cache is as it was when it was sealed.

    Its status tells at no cost; where that differs, as in a copy, and where a transaction was
    rolled back, its bytes do.
    """
    try:
        seal = msgspec.json.decode(read_file(_checksum_path(path), _CHECKSUM_BYTES), type=Checksum)
        return _find_stamp(path) == seal.stamp or _sum_bytes(path) == seal.sum
    except (OSError, msgspec.MsgspecError):
        return False


def write_checksum(path: Path, *, is_new: bool) -> None:
    """Write the checksum of a database whose bytes are on disk.

    Nothing waits for the seal itself to be there: without it a cache is not used.
    """
    stamp = _find_stamp(path)
    is_small = path.stat().st_size <= _MAX_SUMMED
    seal = Checksum(stamp, _sum_bytes(path) if is_new or is_small else None)
    new = path.with_name(f"{path.name}.seal.new")
    write_file(new, msgspec.json.encode(seal), mode=PRIVATE)
    new.replace(_checksum_path(path))


def remove_checksum(path: Path) -> None:
    """Remove the checksum, so that the database is not used any more."""
    _checksum_path(path).unlink(missing_ok=True)


def _checksum_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.seal")


def _find_stamp(path: Path) -> Stamp | None:
    return find_stamp(str(path))


def _sum_bytes(path: Path) -> int:
    total = 0
    with open_binary(path) as file:
        while block := file.read(_BLOCK):
            total = crc32(block, total)
    return total


#: Seconds to wait for another program that has a cache open.
_PATIENCE = 1.0


class CacheSummary:
    """The part of a cache that a build without changes reads.

    Where it is damaged, any method may raise a `sqlite3.Error`.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def read_facts(self) -> dict[str, bytes]:
        """Return the stored values about the last build as a whole."""
        return dict(self._query("SELECT name, value FROM facts"))

    def list_groups(self) -> dict[int, bytes]:
        """Return the digests of all groups; empty for a group whose stamps may hide a change."""
        return dict(self._query("SELECT id, digest FROM groups"))

    def has_due(self, now: int) -> bool:
        """Return whether records were dated after the last build and are not now."""
        query = "SELECT 1 FROM rows WHERE wakes <= ? LIMIT 1"
        return any(True for _ in self._query(query, now))

    def _query(self, query: str, *values: object) -> Iterator[Any]:
        return self._connection.execute(query, values)


@contextmanager
def open_summary(folder: Path) -> Iterator[CacheSummary | None]:
    """Yield a summary of the last build, or None if there is none of use."""
    with connect(folder, "ro") as connection:
        yield CacheSummary(connection) if connection else None


@contextmanager
def connect(folder: Path, mode: Literal["ro", "rw"]) -> Iterator[sqlite3.Connection | None]:
    """Yield the database in a folder, None if there is none that is a cache."""
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
        if (application, version) == (APPLICATION, VERSION) and is_intact(path):
            return connection
    except sqlite3.Error:
        pass
    if connection is not None:
        connection.close()
    return None


#: At 100,000 files 400 in each.
GROUPS = 256


def find_group(path: bytes) -> int:
    """Return the number of the group of a path."""
    return crc32(path) % GROUPS


def group_files(entries: Iterable[FoundFile]) -> list[list[FoundFile]]:
    """Return files by the number of their group."""
    groups: list[list[FoundFile]] = [[] for _ in range(GROUPS)]
    for entry in entries:
        groups[crc32(entry[0]) % GROUPS].append(entry)
    return groups


def find_changed(groups: Sequence[Sequence[FoundFile]], digests: Mapping[int, bytes]) -> list[int]:
    """Return the numbers of the groups that are not as they were.

    Args:
        groups: The groups of files as they are now.
        digests: By number, what they were; of one without files nothing is stored.
    """
    empty = digest_group(())
    return [
        number
        for number, group in enumerate(groups)
        if digest_group(group) != digests.get(number, empty)
    ]


def digest_group(group: Iterable[FoundFile]) -> bytes:
    """Return a digest of a group of files.

    No path or name holds a NUL (path_resolution(7)), and stamps are of one length.
    """
    return blake2b(b"\0".join(chain.from_iterable(sorted(group))), digest_size=16).digest()
