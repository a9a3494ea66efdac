"""Rows of the last build, read by key and by feed."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set

import msgspec

from ..files.discovery import Stamp
from ..selection.index import IndexedRecord
from ..selection.neighbours import FeedCandidate, FeedKey
from .database import OTHER_SPELLINGS, CacheSummary, hash_feed_key, hash_key
from .source_files import UNREAD, SourceFile, StoredFile, decode_name, make_source_file


class CacheReader(CacheSummary):
    """Reads the rows of a cache.

    Where it is damaged, any method may raise a `sqlite3.Error` or a `msgspec.MsgspecError`.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self._decode = msgspec.msgpack.Decoder(IndexedRecord).decode
        self._rows: dict[int, IndexedRecord] = {}
        #: By the numbers of their keys.
        self._own: dict[int, list[IndexedRecord]] = {}
        self._has_spellings: bool | None = None
        self._keys: dict[int, set[str]] = {}

    def count_read(self) -> int:
        """Return how many rows were read."""
        return len(self._rows)

    def list_files(self, groups: Iterable[int]) -> dict[bytes, StoredFile]:
        """Return every source file of some groups, by its path."""
        query = 'SELECT id, path, name, stamp FROM units WHERE "group" = ?'
        found = (StoredFile(*values) for group in groups for values in self._query(query, group))
        return {source_file.path: source_file for source_file in found}

    def find_file(self, path: bytes) -> StoredFile | None:
        """Return one source file, without its stamp."""
        query = "SELECT id, path, name FROM units WHERE path = ?"
        found = self._query(query, path)
        return next((StoredFile(id, path, name, None) for id, path, name in found), None)

    def find_links(self) -> list[StoredFile]:
        """Return the source files of symbolic links: see `scan.Entry`."""
        query = "SELECT id, path, name, stamp FROM units WHERE length(stamp) > 32"
        return [StoredFile(*values) for values in self._query(query)]

    def find_below(self, folder: bytes) -> list[int]:
        """Return the source files in a folder, or at that path."""
        return self.find_between(folder, b"/", b"0")  # which follows a slash

    def find_between(self, path: bytes, low: bytes, high: bytes) -> list[int]:
        """Return the source files of a path, and of those that go on from it between two bytes."""
        query = "SELECT id FROM units WHERE path = ? OR (path > ? AND path < ?)"
        return [id for (id,) in self._query(query, path, path + low, path + high)]

    def read_digest(self, source_file: int) -> bytes:
        """Return that of the bytes that a source file was read from."""
        ((digest,),) = self._query("SELECT digest FROM units WHERE id = ?", source_file)
        return bytes(digest)

    def find_rows(self, source_file: int) -> list[IndexedRecord]:
        """Return the rows of a source file."""
        return self._load("WHERE r.unit = ?", source_file)

    def find_own(self, keys: Set[str]) -> list[IndexedRecord]:
        """Return the rows of these keys."""
        rows = (row for key in keys for row in self._find_own(hash_key(key)))
        return [row for row in rows if row.key in keys]

    def _find_own(self, number: int) -> list[IndexedRecord]:
        if number not in self._own:
            self._own[number] = self._load("WHERE r.key = ?", number)
        return self._own[number]

    def find_listing(self, keys: Set[str]) -> list[IndexedRecord]:
        """Return the rows that list any of these keys, each once."""
        rows = {row.place: row for key in keys for row in self._find_listing(hash_key(key))}
        return [row for row in rows.values() if any(item.key in keys for item in row.items)]

    def _find_listing(self, number: int) -> list[IndexedRecord]:
        return self._load("JOIN listed l ON l.row = r.id WHERE l.key = ?", number)

    def has_spellings(self) -> bool:
        """Return whether any row lists an article under another address than its key spells."""
        if self._has_spellings is None:
            found = self._query("SELECT 1 FROM listed WHERE key = ? LIMIT 1", OTHER_SPELLINGS)
            self._has_spellings = any(True for _ in found)
        return self._has_spellings

    def scan_candidates(self, feed_key: FeedKey) -> Iterator[FeedCandidate]:
        """Yield the places of a feed key, those of the greatest bound first."""
        # An article has a place for each list that it is in, and lists say the same.
        query = "SELECT DISTINCT bound, key FROM places WHERE slot = ? ORDER BY bound DESC, key"
        for bound, number in self._query(query, hash_feed_key(feed_key)):
            for key in self._find_keys(number):
                yield FeedCandidate(feed_key, bound, key)

    def _find_keys(self, number: int) -> set[str]:
        """Return the keys that a number stands for."""
        keys = self._keys.get(number) or {row.key for row in self._find_own(number)}
        if not keys:
            items = (item.key for row in self._find_listing(number) for item in row.items)
            keys = {key for key in items if hash_key(key) == number}
        self._keys[number] = keys
        return keys

    def count_names(self, feed_key: FeedKey) -> Counter[str]:
        """Return how many records spell a feed key's name how."""
        query = "SELECT name, count FROM votes WHERE slot = ?"
        return Counter(dict(self._query(query, hash_feed_key(feed_key))))

    def find_explicit(self, id: str) -> list[IndexedRecord]:
        """Return the rows of records that name this id as their own."""
        return self._load("WHERE r.explicit = ?", id)

    def find_due(self, now: int) -> list[StoredFile]:
        """Return the units with records that were dated after the last build and are not now."""
        query = (
            "SELECT DISTINCT u.id, u.path, u.name FROM rows r JOIN units u ON u.id = r.unit"
            " WHERE r.wakes <= ?"
        )
        return [StoredFile(id, path, name, None) for id, path, name in self._query(query, now)]

    def list_outcomes(self) -> Iterator[SourceFile]:
        """Yield the source files with something to report at every build, without their rows."""
        query = "SELECT path, name, outcome FROM units WHERE outcome IS NOT NULL"
        for path, name, outcome in self._query(query):
            yield make_source_file(path, decode_name(name), None, b"", outcome)

    def has_unread(self, gone: Set[int]) -> bool:
        """Return whether there are files that cannot be read, but for the units in `gone`."""
        query = (
            "SELECT id FROM units WHERE outcome IS NOT NULL"
            " AND substr(outcome, length(outcome)) = ?"
        )
        return any(id not in gone for (id,) in self._query(query, UNREAD))

    def has_files(self, prefix: bytes) -> bool:
        """Return whether the path of any source file begins so; the last byte is below 255."""
        end = prefix[:-1] + bytes([prefix[-1] + 1])
        query = "SELECT 1 FROM units WHERE path >= ? AND path < ? LIMIT 1"
        return any(True for _ in self._query(query, prefix, end))

    def load_unit(self, known: StoredFile) -> SourceFile:
        """Return one source file with its rows, without its stamp and digest."""
        ((outcome,),) = self._query("SELECT outcome FROM units WHERE id = ?", known.id)
        source_file = make_source_file(known.path, decode_name(known.name), None, b"", outcome)
        source_file.rows = self.find_rows(known.id)
        return source_file

    def read_files(self, gone: Set[int], stamps: Mapping[int, Stamp | None]) -> list[SourceFile]:
        """Return all source files but those that are gone, with their rows, under newer stamps."""
        query = "SELECT id, path, name, digest, outcome, stamp FROM units"
        source_files = {}
        for id, path, name, digest, outcome, stamp in self._query(query):
            if id not in gone:
                known = stamps.get(id, stamp)
                source_files[id] = make_source_file(path, decode_name(name), known, digest, outcome)
        for id, data in self._query("SELECT unit, row FROM rows ORDER BY id"):
            if source_file := source_files.get(id):
                row = self._decode(data)
                row.name = source_file.name
                source_file.rows.append(row)
        return list(source_files.values())

    def read_feeds(self) -> dict[str, bytes]:
        """Return the stored bytes of each published feed, by name."""
        return dict(self._query("SELECT path, feed FROM feeds"))

    def read_frames(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Return the stored frames of some feeds, by path."""
        query = "SELECT path, frames FROM frames WHERE path = ?"
        return dict(one for path in paths for one in self._query(query, path))

    def _load(self, where: str, value: object) -> list[IndexedRecord]:
        query = f"SELECT r.id, r.row, u.name FROM rows r JOIN units u ON u.id = r.unit {where}"  # noqa: S608 (our own text)
        found = []
        for id, data, name in self._query(query, value):
            row = self._rows.get(id)
            if row is None:
                row = self._rows[id] = self._decode(data)
                row.name = decode_name(name)
            found.append(row)
        return found
