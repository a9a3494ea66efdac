"""Rows of this build, written for the next one, and the cache opened for one build.

A full build fills a new database beside the old one, which it replaces when the published files
are known. A build that is killed cannot remove its temporary folder: each is locked while it is in
use, and every build removes those that are not locked.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import Concatenate, Literal, ParamSpec

import msgspec

from ..config import Config
from ..files import make_private, sync
from ..files.discovery import FoundFile, Stamp, is_settled
from ..files.locks import hold_folder, release_folder
from ..selection.index import IndexedRecord
from ..selection.neighbours import FeedCandidate, FeedKey, list_candidates
from .database import (
    DATABASE,
    INDEXES,
    TABLES,
    connect,
    digest_group,
    hash_feed_key,
    remove_checksum,
    write_checksum,
)
from .source_files import (
    CandidateValues,
    RecordBatch,
    number_candidate,
    read_batches,
    read_candidates,
)
from .store import CacheReader

_ADD_CANDIDATE = "INSERT INTO places VALUES (?, ?, ?)"
_ADD_NAME_COUNTS = (
    "INSERT INTO votes VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count"
)
_SET_FACT = "INSERT OR REPLACE INTO facts VALUES (?, ?)"
_SET_FEED = "INSERT OR REPLACE INTO feeds VALUES (?, ?)"
_SET_FRAMES = "INSERT OR REPLACE INTO frames VALUES (?, ?)"

NameCounts = Mapping[tuple[FeedKey, str], int]
"""By feed key and spelling: how many records, or how many more."""


_Values = ParamSpec("_Values")


def _attempt(
    write: Callable[Concatenate[CacheWriter, _Values], None],
) -> Callable[Concatenate[CacheWriter, _Values], None]:
    @wraps(write)
    def attempt(writer: CacheWriter, /, *args: _Values.args, **kwargs: _Values.kwargs) -> None:
        writer.attempt(lambda: write(writer, *args, **kwargs))

    return attempt


class CacheWriter:
    """Changes a cache, until that fails: feeds are published without one too.

    Attributes:
        problem: Why it failed, empty while it did not; nothing is written from then on.
        is_committed: Whether the changes were committed.
    """

    def __init__(self, path: Path) -> None:
        self.problem, self.is_committed = "", False
        self._path = path
        self._connection: sqlite3.Connection  # by `use`, without which nothing is written
        #: Groups of which a source file changed.
        self._touched: set[int] = set()

    def attempt(self, write: Callable[[], object]) -> None:
        """Call `write` unless an earlier call failed, and store why it failed."""
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
        """Commit the changes."""
        before = self._connection.total_changes
        self._seal_groups()
        self._connection.commit()
        self.is_committed = before > 0

    def end(self, script: str = "") -> None:
        """Commit the changes, run a script, and close the connection."""
        self._connection.execute("COMMIT")
        self._connection.executescript(script)
        self._connection.execute("BEGIN")
        self._seal_groups()
        self._connection.execute("COMMIT")
        self._connection.close()

    @_attempt
    def add_batch(self, batch: RecordBatch) -> None:
        """Add files and Articles with their rows."""
        source_file, row = self._find_last("units"), self._find_last("rows")
        # Numbers that are sums in the statement: so no Python runs for each row.
        add = self._connection.executemany
        add(f"INSERT INTO units VALUES (? + {source_file}, ?, ?, ?, ?, ?, ?)", batch.source_files)  # noqa: S608 (numbers)
        add(f"INSERT INTO rows VALUES (? + {row}, ? + {source_file}, ?, ?, ?, ?)", batch.rows)  # noqa: S608
        add(f"INSERT INTO listed VALUES (?, ? + {row})", batch.listed)  # noqa: S608
        self._touched.update([group for _, group, *_ in batch.source_files])

    def _find_last(self, table: Literal["units", "rows"]) -> int:
        ((last,),) = self._connection.execute(f"SELECT max(id) FROM {table}")  # noqa: S608
        return last or 0

    @_attempt
    def remove_files(self, source_files: Iterable[int]) -> None:
        """Remove files and Articles with their rows."""
        execute = self._connection.execute
        for source_file in source_files:
            self._touch(source_file)
            execute(
                "DELETE FROM listed WHERE row IN (SELECT id FROM rows WHERE unit = ?)",
                (source_file,),
            )
            execute("DELETE FROM rows WHERE unit = ?", (source_file,))
            execute("DELETE FROM units WHERE id = ?", (source_file,))

    @_attempt
    def set_stamps(self, stamps: Iterable[tuple[int, Stamp | None]]) -> None:
        """Store the new stamps of source files whose bytes are the same."""
        for source_file, stamp in stamps:
            self._touch(source_file)
            self._connection.execute(
                "UPDATE units SET stamp = ? WHERE id = ?", (stamp, source_file)
            )

    def _touch(self, source_file: int) -> None:
        query = 'SELECT "group" FROM units WHERE id = ?'
        self._touched.update(group for (group,) in self._connection.execute(query, (source_file,)))

    def _seal_groups(self) -> None:
        """Store the new digest of every group that changed."""
        execute = self._connection.execute
        for group in self._touched:
            query = 'SELECT path, name, stamp FROM units WHERE "group" = ?'
            found: list[FoundFile] = execute(query, (group,)).fetchall()
            is_known = all(is_settled(stamp) for _, _, stamp in found)
            digest = digest_group(found) if is_known else b""  # which no group has
            execute("INSERT OR REPLACE INTO groups VALUES (?, ?)", (group, digest))
        self._touched.clear()

    @_attempt
    def add_candidates(self, values: Iterable[CandidateValues]) -> None:
        """Add candidates of feeds."""
        self._connection.executemany(_ADD_CANDIDATE, values)

    @_attempt
    def move_candidates(
        self, lost: Iterable[FeedCandidate], gained: Iterable[FeedCandidate]
    ) -> None:
        """Remove places, and add others."""
        query = "DELETE FROM places WHERE slot = ? AND bound = ? AND key = ?"
        self._connection.executemany(query, map(number_candidate, lost))
        self._connection.executemany(_ADD_CANDIDATE, map(number_candidate, gained))

    @_attempt
    def add_name_counts(self, name_counts: NameCounts) -> None:
        """Count records more, or fewer, under the spellings that they use."""
        values = (
            (hash_feed_key(feed_key), name, count)
            for (feed_key, name), count in name_counts.items()
            if count
        )
        self._connection.executemany(_ADD_NAME_COUNTS, values)
        self._connection.execute("DELETE FROM votes WHERE count = 0")

    @_attempt
    def set_feeds(self, feeds: Mapping[str, bytes], removed: Iterable[str] = ()) -> None:
        """Store published feeds, by name, and remove others."""
        self._connection.executemany(_SET_FEED, feeds.items())
        query = "DELETE FROM feeds WHERE path = ?"
        self._connection.executemany(query, ((path,) for path in removed))

    @_attempt
    def set_frames(self, frames: Mapping[str, bytes]) -> None:
        """Store the frames of feeds, by path."""
        self._connection.executemany(_SET_FRAMES, frames.items())

    @_attempt
    def set_facts(self, state: Mapping[str, bytes]) -> None:
        """Store values about the build as a whole, by name."""
        self._connection.executemany(_SET_FACT, state.items())


#: It becomes a cache by being renamed, whole; until then nothing is worth keeping.
NO_CARE = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"


def fill_cache(folder: Path, config: Config, batches: Sequence[Path]) -> str:
    """Begin a cache with all that is known before anything is published.

    Args:
        folder: The folder of the new cache.
        config: See `list_candidates`.
        batches: Files of these.

    Returns:
        Why that failed, empty if it did not.
    """
    writer = CacheWriter(folder / DATABASE)
    writer.attempt(lambda: _fill(writer, name_new_database(folder), config, batches))
    if writer.problem:
        remove_new_database(
            folder
        )  # where the disk is full, what the build needs is more important
    return writer.problem


def name_new_database(folder: Path) -> Path:
    """Return the path of a database that is not complete yet."""
    return folder / f"{DATABASE}.new"


def remove_new_database(folder: Path) -> None:
    """Remove the incomplete database."""
    with suppress(OSError):  # it may be a folder that is not ours
        name_new_database(folder).unlink(missing_ok=True)


def _fill(writer: CacheWriter, path: Path, config: Config, batches: Sequence[Path]) -> None:
    path.unlink(missing_ok=True)
    make_private(path)  # SQLite gives what it writes beside it the same mode
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(NO_CARE + TABLES)
        connection.execute("BEGIN")
        writer.use(connection)
        counts: Counter[int] = Counter()
        listed: set[int] = set()
        for batch, related in read_batches(batches):
            writer.add_batch(batch)
            writer.add_candidates(related.candidates)
            counts.update([key for _, _, key, *_ in batch.rows])
            listed |= related.keys
        shared = {key for key, count in counts.items() if count > 1}
        for spots in read_candidates(batches):
            writer.add_candidates(spots.list_lone(shared, listed))
        writer.add_candidates(_list_shared(connection, shared, listed, config))
        writer.end(INDEXES)


def _list_shared(
    connection: sqlite3.Connection, shared: set[int], listed: set[int], config: Config
) -> Iterator[CandidateValues]:
    """Yield the candidates of keys that several records have."""
    decode = msgspec.msgpack.Decoder(IndexedRecord).decode
    found = connection.execute("SELECT key, row FROM rows") if shared else ()
    groups: dict[str, tuple[int, list[IndexedRecord]]] = {}
    for number, data in found:
        if number in shared:
            row = decode(data)
            groups.setdefault(row.key, (number, []))[1].append(row)
    for key, (number, rows) in groups.items():
        for place in list_candidates(key, rows, config, is_listed=number in listed):
            yield number_candidate(place)


@contextmanager
def open_cache(folder: Path) -> Iterator[tuple[CacheReader, CacheWriter] | None]:
    """Yield a reader and a writer of the cache, or None if there is none of use.

    What is written stands once it is committed.
    """
    path = folder / DATABASE
    with connect(folder, "rw") as connection:
        if connection is None:
            yield None
            return
        writer = CacheWriter(path)
        writer.use(connection)
        yield CacheReader(connection), writer
    with suppress(OSError):
        if writer.problem:
            remove_checksum(path)
        elif writer.is_committed:
            write_checksum(path, is_new=False)


@contextmanager
def complete_cache(folder: Path, wait: Callable[[], str]) -> Iterator[CacheWriter]:
    """Yield a writer that finishes the new database; on exit it replaces the old one.

    Args:
        folder: The folder of the cache.
        wait: Returns why it could not be filled, once that is done.
    """
    path, new = folder / DATABASE, name_new_database(folder)
    writer = CacheWriter(path)
    with ExitStack() as stack:
        writer.attempt(lambda: _open_filled(stack, writer, new, wait))
        yield writer
        writer.attempt(writer.end)
        writer.attempt(lambda: _replace(new, path))


def _open_filled(stack: ExitStack, writer: CacheWriter, new: Path, wait: Callable[[], str]) -> None:
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
    write_checksum(path, is_new=True)


_PREFIX = "feedkit-scratch-"
#: Seconds to wait for another run that takes a new folder for that of one that was killed.
_PATIENCE = 60


@contextmanager
def make_temporary_folder() -> Iterator[Path]:
    """Yield a folder that is removed at the end, or if this process is killed by a later run."""
    from shutil import rmtree

    remove_abandoned_folders()
    folder, lock = _make_locked()
    try:
        yield folder
    finally:
        rmtree(folder, ignore_errors=True)
        release_folder(lock)


def _make_locked() -> tuple[Path, int | None]:
    from tempfile import mkdtemp

    while True:
        folder = Path(mkdtemp(prefix=_PREFIX))
        # Another run may have found it before it was locked, and be about to remove it.
        lock = hold_folder(folder, _PATIENCE)
        if folder.is_dir():
            return folder, lock
        release_folder(lock)


def remove_abandoned_folders() -> None:
    """Remove the folders of runs of this user that were killed."""
    if not hasattr(os, "geteuid"):  # nor are there locks by which to tell
        return
    from shutil import rmtree
    from tempfile import gettempdir

    for path in Path(gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            status = os.lstat(path)
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
                continue
            if (lock := hold_folder(path)) is not None:
                rmtree(path, ignore_errors=True)
                release_folder(lock)
