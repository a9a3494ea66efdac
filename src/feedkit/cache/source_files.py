"""What the cache stores of one source file, and batches of its rows.

A batch of rows is bytes, which can be sent between processes. Filling a database from batches runs
no Python code for each row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Set
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeAlias
from zlib import crc32

import msgspec

from ..config import Config
from ..errors import PublishError, RecordError
from ..files import open_binary
from ..files.discovery import Stamp
from ..files.spill import SpillFile, name_spill_file
from ..selection.index import IndexedRecord, IndexedRelated, lists_spellings
from ..selection.neighbours import FeedCandidate, list_candidates, list_related_candidates
from .database import OTHER_SPELLINGS, find_group, hash_feed_key, hash_key


class SourceFile(msgspec.Struct):
    """One file or Article, with its indexed records."""

    path: bytes
    """What it is known by: the bytes of a file's absolute path, or of an Article's id or URL."""
    name: str
    """What errors call it."""
    stamp: Stamp | None
    """None if a change might not show in it, and of an Article."""
    digest: bytes
    rows: list[IndexedRecord] = []
    errors: list[RecordError] = []
    rejected: int = 0
    other: int = 0
    """Whether it holds no record."""
    repaired: int = 0
    is_unread: bool = False
    """Whether the file is there and cannot be read, or not to its end."""

    @property
    def has_outcome(self) -> bool:
        """Whether there is anything to say of it at every build."""
        return bool(self.errors or self.rejected or self.other or self.repaired)


class StoredFile(NamedTuple):
    """A source file as the cache knows it."""

    id: int
    path: bytes
    name: bytes
    stamp: Stamp | None


class FileOutcome(msgspec.Struct, array_like=True):
    """The errors and counts of a source file, which every build reports."""

    errors: list[tuple[int, str, str, str]]
    """Line, field, what was found and what was wanted."""
    rejected: int
    other: int
    repaired: int
    is_unread: bool = False
    """Last: see `UNREAD`."""


#: How the outcome of a file that cannot be read ends, as msgpack has it.
UNREAD = b"\xc3"
_decode_outcome = msgspec.msgpack.Decoder(FileOutcome).decode


def make_source_file(
    path: bytes, name: str, stamp: Stamp | None, digest: bytes, outcome: bytes | None
) -> SourceFile:
    """Return a source file without its rows, as it was stored."""
    source_file = SourceFile(path, name, stamp, digest)
    if outcome is not None:
        said = _decode_outcome(outcome)
        source_file.errors = [RecordError(name, *error) for error in said.errors]
        source_file.rejected, source_file.other, source_file.repaired = (
            said.rejected,
            said.other,
            said.repaired,
        )
        source_file.is_unread = said.is_unread
    return source_file


def encode_name(name: str) -> bytes:
    """Return the encoded name of a source file, which may be no Unicode text."""
    return name.encode("utf-8", "surrogatepass")


def decode_name(name: bytes) -> str:
    """Return a name that was stored."""
    return name.decode("utf-8", "surrogatepass")


def encode_outcome(source_file: SourceFile) -> bytes | None:
    """Return the encoded outcome of a source file, None if there is nothing to report."""
    if not source_file.has_outcome:
        return None
    errors = [(one.line, one.field, one.found, one.wanted) for one in source_file.errors]
    outcome = FileOutcome(
        errors, source_file.rejected, source_file.other, source_file.repaired, source_file.is_unread
    )
    return msgspec.msgpack.encode(outcome)


#: Units in each: what there is of a batch in memory at once stays small.
LENGTH = 1024

CandidateValues: TypeAlias = tuple[int, int, int]
_FileValues: TypeAlias = tuple[int, int, bytes, bytes, Stamp | None, bytes, bytes | None]
_RowValues: TypeAlias = tuple[int, int, int, str | None, int | None, bytes]

_encode = msgspec.msgpack.Encoder().encode


class RecordBatch(msgspec.Struct, array_like=True):
    """Units and their rows, by the columns of their tables."""

    source_files: list[_FileValues]
    rows: list[_RowValues]
    listed: list[tuple[int, int]]


class ListedKeys(msgspec.Struct, array_like=True):
    """The keys that the published rows of a batch list, if feeds show those as entries."""

    keys: set[int]
    """The keys, as numbers. Where two share one, an article may stand where it never will."""
    candidates: list[CandidateValues]


class BatchCandidates(ListedKeys, array_like=True):
    """The candidates of a batch, as far as each row alone can tell."""

    own: list[tuple[int, int, list[int], list[int]]]
    """Of each published row: its key and date, in which feed keys it stands if the key has no other
    row, and in which besides if any row lists it."""

    def list_lone(self, shared: Set[int], listed: Set[int]) -> Iterator[CandidateValues]:
        """Yield the candidates of keys that only one row has."""
        for key, bound, own, others in self.own:
            if key not in shared:
                for feed_key in (*own, *others) if key in listed else own:
                    yield feed_key, bound, key


FindCandidates = Callable[[Collection[SourceFile], RecordBatch], BatchCandidates]
"""Returns where the articles of source files may stand."""


def make_batch(source_files: Collection[SourceFile]) -> RecordBatch:
    """Return source files as a batch."""
    rows = [
        (number, row)
        for number, source_file in enumerate(source_files, 1)
        for row in source_file.rows
    ]
    return RecordBatch(
        [_list_file(number, source_file) for number, source_file in enumerate(source_files, 1)],
        [_list_row(number, *row) for number, row in enumerate(rows, 1)],
        _list_listed(rows),
    )


def _list_listed(rows: Iterable[tuple[int, IndexedRecord]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for number, (_, row) in enumerate(rows, 1):
        found += [(hash_key(item.key), number) for item in row.items]
        if lists_spellings(row):
            found.append((OTHER_SPELLINGS, number))
    return found


def _list_file(number: int, source_file: SourceFile) -> _FileValues:
    group, name = find_group(source_file.path), encode_name(source_file.name)
    return (
        number,
        group,
        source_file.path,
        name,
        source_file.stamp,
        source_file.digest,
        encode_outcome(source_file),
    )


def _list_row(number: int, source_file: int, row: IndexedRecord) -> _RowValues:
    name, row.name = row.name, ""  # the source file's
    data = _encode(row)
    row.name = name
    return number, source_file, hash_key(row.key), row.id or None, row.due_at or None, data


def find_candidates(
    source_files: Collection[SourceFile], batch: RecordBatch, config: Config
) -> BatchCandidates:
    """Return the candidates of these source files.

    Args:
        source_files: The source files in the order of the batch.
        batch: Has the numbers of their keys.
        config: See `list_candidates`.
    """
    rows = [row for source_file in source_files for row in source_file.rows]
    published = [
        (row, values[2])
        for row, values in zip(rows, batch.rows, strict=True)
        if row.state == "published"
    ]
    spots = BatchCandidates(set(), [], [])
    if has_entries := config.feeds.has_entries:
        spots.keys.update(
            [key for key, number in batch.listed if rows[number - 1].state == "published"]
        )
        spots.candidates += map(number_candidate, list_related_candidates(rows))
    for row, key in published:
        places = list_candidates(row.key, [row], config, is_listed=has_entries)
        feed_keys = [place.feed_key for place in places]
        own = [hash_feed_key(feed_key) for feed_key in feed_keys if feed_key.kind != "listed"]
        listed = [hash_feed_key(feed_key) for feed_key in feed_keys if feed_key.kind == "listed"]
        spots.own.append((key, row.published, own, listed))
    return spots


def number_candidate(place: FeedCandidate) -> CandidateValues:
    """Return a place by the columns of its table."""
    return hash_feed_key(place.feed_key), place.bound, hash_key(place.key)


class BatchFiles(msgspec.Struct, frozen=True):
    """Files of batches, by which source files come from the processes that read them to others."""

    folder: Path
    find: FindCandidates | None = None
    """Finds what a new cache needs, None if there is none: where articles may stand."""

    def find_path(self, number: int) -> Path:
        """Return the path of the batches of a shard."""
        return name_spill_file(self.folder, "sheets", number)

    def write(self, number: int, pieces: Iterable[list[SourceFile]]) -> Iterator[list[SourceFile]]:
        """Yield source files of a part, a batch of them at a time, once they are written."""
        with SpillFile(self.find_path(number)) as spill_file:
            for source_files in pieces:
                batch = make_batch(source_files)
                for part in (batch, self.find and self.find(source_files, batch)):
                    data = _encode(part)
                    spill_file.add(len(data).to_bytes(8) + crc32(data).to_bytes(4))
                    spill_file.add(data)
                yield source_files


def read_batches(paths: Iterable[Path]) -> Iterator[tuple[RecordBatch, ListedKeys]]:
    """Yield the batches of these files with the keys that they list."""
    decode = msgspec.msgpack.Decoder(RecordBatch).decode
    decode_related = msgspec.msgpack.Decoder(ListedKeys).decode
    for batch, spots in _read_pairs(paths):
        yield decode(batch), decode_related(spots)


def read_candidates(paths: Iterable[Path]) -> Iterator[BatchCandidates]:
    """Yield the candidates of each batch."""
    decode = msgspec.msgpack.Decoder(BatchCandidates).decode
    for _, spots in _read_pairs(paths):
        yield decode(spots)


def _read_pairs(paths: Iterable[Path]) -> Iterator[tuple[bytes, bytes]]:
    for path in paths:
        with open_binary(path, buffering=-1) as file:
            while batch := _read_part(file):
                yield batch, _read_part(file)


def _read_part(file: BinaryIO) -> bytes:
    head = file.read(12)
    data = file.read(int.from_bytes(head[:8]))
    if head and crc32(data) != int.from_bytes(head[8:]):
        raise PublishError(f"{file.name}: damaged while the build went on")
    return data


def load_source_files(path: Path) -> Iterator[SourceFile]:
    """Yield the source files of a file's batches."""
    decode = msgspec.msgpack.Decoder(RecordBatch).decode
    names: dict[str, str] = {}
    for data, _ in _read_pairs([path]):
        yield from _restore_files(decode(data), names)


def _restore_files(batch: RecordBatch, names: dict[str, str]) -> list[SourceFile]:
    decode_row = msgspec.msgpack.Decoder(IndexedRecord).decode
    source_files = [
        make_source_file(path, decode_name(name), stamp, digest, outcome)
        for _, _, path, name, stamp, digest, outcome in batch.source_files
    ]
    for _, number, _, _, _, data in batch.rows:
        row, source_file = decode_row(data), source_files[number - 1]
        row.name = source_file.name
        _share_names(row, names.setdefault)
        source_file.rows.append(row)
    return source_files


def _share_names(row: IndexedRecord, share: Callable[[str, str], str]) -> None:
    """Share equal texts of many rows in memory."""
    row.state = share(row.state, row.state)
    row.topics = tuple([share(topic, topic) for topic in row.topics])
    named: list[IndexedRecord | IndexedRelated] = [row, *row.items]
    for one in named:
        one.provider = share(one.provider, one.provider)
        one.provider_name = share(one.provider_name, one.provider_name)
