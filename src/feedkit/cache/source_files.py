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
from ..files.discovery import Stamp
from ..files.opening import open_binary
from ..files.spill import Spool, spool_path
from ..selection.index import Item, Row, lists_spellings
from ..selection.neighbours import Place, list_item_places, list_places
from .database import SPELT, find_group, hash_key, hash_slot


class Unit(msgspec.Struct):
    """One file or Article, and what its records came to."""

    #: What it is known by: the bytes of a file's absolute path, or of an Article's id or URL.
    path: bytes
    #: What errors call it.
    name: str
    #: None where a change might not show in it, and of an Article.
    stamp: Stamp | None
    digest: bytes
    rows: list[Row] = []
    errors: list[RecordError] = []
    rejected: int = 0
    #: Whether it holds no record.
    other: int = 0
    repaired: int = 0
    #: Whether the file is there and cannot be read, or not to its end.
    is_unread: bool = False

    @property
    def is_said(self) -> bool:
        """Whether there is anything to say of it at every build."""
        return bool(self.errors or self.rejected or self.other or self.repaired)


class Known(NamedTuple):
    """A unit as the catalogue knows it."""

    id: int
    path: bytes
    name: bytes
    stamp: Stamp | None


class Outcome(msgspec.Struct, array_like=True):
    """What is to be said of a unit at every build, where there is anything."""

    #: Line, field, what was found and what was wanted.
    errors: list[tuple[int, str, str, str]]
    rejected: int
    other: int
    repaired: int
    #: Last: see `UNREAD`.
    is_unread: bool = False


#: How the outcome of a file that cannot be read ends, as msgpack has it.
UNREAD = b"\xc3"
_decode_outcome = msgspec.msgpack.Decoder(Outcome).decode


def make_unit(
    path: bytes, name: str, stamp: Stamp | None, digest: bytes, outcome: bytes | None
) -> Unit:
    """Return a unit without its rows, as it was kept."""
    unit = Unit(path, name, stamp, digest)
    if outcome is not None:
        said = _decode_outcome(outcome)
        unit.errors = [RecordError(name, *error) for error in said.errors]
        unit.rejected, unit.other, unit.repaired = said.rejected, said.other, said.repaired
        unit.is_unread = said.is_unread
    return unit


def encode_name(name: str) -> bytes:
    """Return what a unit is called as it is kept: a file's name may be no Unicode text."""
    return name.encode("utf-8", "surrogatepass")


def decode_name(name: bytes) -> str:
    """Return a name that was kept."""
    return name.decode("utf-8", "surrogatepass")


def encode_outcome(unit: Unit) -> bytes | None:
    """Return what is kept of a unit that is not as most are, None where it is."""
    if not unit.is_said:
        return None
    errors = [(one.line, one.field, one.found, one.wanted) for one in unit.errors]
    outcome = Outcome(errors, unit.rejected, unit.other, unit.repaired, unit.is_unread)
    return msgspec.msgpack.encode(outcome)


#: Units in each: what there is of a sheet in memory at once stays small.
LENGTH = 1024

PlaceValues: TypeAlias = tuple[int, int, int]
_UnitValues: TypeAlias = tuple[int, int, bytes, bytes, Stamp | None, bytes, bytes | None]
_RowValues: TypeAlias = tuple[int, int, int, str | None, int | None, bytes]

_encode = msgspec.msgpack.Encoder().encode


class Sheet(msgspec.Struct, array_like=True):
    """Units and their rows, by the columns of their tables."""

    units: list[_UnitValues]
    rows: list[_RowValues]
    listed: list[tuple[int, int]]


class Related(msgspec.Struct, array_like=True):
    """What the published rows of a sheet list, where feeds show that as entries."""

    #: The keys, as numbers. Where two share one, an article may stand where it never will.
    keys: set[int]
    places: list[PlaceValues]


class Spots(Related, array_like=True):
    """Where articles may stand, as far as each row alone can tell."""

    #: Of each published row: its key and date, in which slots it stands if the key has no other
    #: row, and in which besides if any row lists it.
    own: list[tuple[int, int, list[int], list[int]]]

    def list_lone(self, shared: Set[int], listed: Set[int]) -> Iterator[PlaceValues]:
        """Yield where those stand whose keys no other row has."""
        for key, bound, own, others in self.own:
            if key not in shared:
                for slot in (*own, *others) if key in listed else own:
                    yield slot, bound, key


FindSpots = Callable[[Collection[Unit], Sheet], Spots]
"""Gives where the articles of units may stand."""


def make_sheet(units: Collection[Unit]) -> Sheet:
    """Return units as a sheet."""
    rows = [(number, row) for number, unit in enumerate(units, 1) for row in unit.rows]
    return Sheet(
        [_list_unit(number, unit) for number, unit in enumerate(units, 1)],
        [_list_row(number, *row) for number, row in enumerate(rows, 1)],
        _list_listed(rows),
    )


def _list_listed(rows: Iterable[tuple[int, Row]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for number, (_, row) in enumerate(rows, 1):
        found += [(hash_key(item.key), number) for item in row.items]
        if lists_spellings(row):
            found.append((SPELT, number))
    return found


def _list_unit(number: int, unit: Unit) -> _UnitValues:
    group, name = find_group(unit.path), encode_name(unit.name)
    return number, group, unit.path, name, unit.stamp, unit.digest, encode_outcome(unit)


def _list_row(number: int, unit: int, row: Row) -> _RowValues:
    name, row.name = row.name, ""  # the unit's
    data = _encode(row)
    row.name = name
    return number, unit, hash_key(row.key), row.id or None, row.wakes or None, data


def find_spots(units: Collection[Unit], sheet: Sheet, config: Config) -> Spots:
    """Return where the articles of these units may stand.

    Args:
        units: As the sheet holds them.
        sheet: Has the numbers of their keys.
        config: As of `list_places`.
    """
    rows = [row for unit in units for row in unit.rows]
    published = [
        (row, values[2])
        for row, values in zip(rows, sheet.rows, strict=True)
        if row.state == "published"
    ]
    spots = Spots(set(), [], [])
    if has_entries := config.feeds.has_entries:
        spots.keys.update(
            [key for key, number in sheet.listed if rows[number - 1].state == "published"]
        )
        spots.places += map(number_place, list_item_places(rows))
    for row, key in published:
        places = list_places(row.key, [row], config, is_listed=has_entries)
        slots = [place.slot for place in places]
        own = [hash_slot(slot) for slot in slots if slot.kind != "listed"]
        listed = [hash_slot(slot) for slot in slots if slot.kind == "listed"]
        spots.own.append((key, row.published, own, listed))
    return spots


def number_place(place: Place) -> PlaceValues:
    """Return a place by the columns of its table."""
    return hash_slot(place.slot), place.bound, hash_key(place.key)


class Sheets(msgspec.Struct, frozen=True):
    """Files of sheets, by which units come from the processes that read them to others."""

    folder: Path
    #: Finds what a new catalogue needs, None where there is none: where articles may stand.
    find: FindSpots | None = None

    def find_path(self, number: int) -> Path:
        """Return where the sheets of a part are."""
        return spool_path(self.folder, "sheets", number)

    def write(self, number: int, pieces: Iterable[list[Unit]]) -> Iterator[list[Unit]]:
        """Yield units of a part, a sheet of them at a time, once they are written."""
        with Spool(self.find_path(number)) as spool:
            for units in pieces:
                sheet = make_sheet(units)
                for part in (sheet, self.find and self.find(units, sheet)):
                    data = _encode(part)
                    spool.add(len(data).to_bytes(8) + crc32(data).to_bytes(4))
                    spool.add(data)
                yield units


def read_sheets(paths: Iterable[Path]) -> Iterator[tuple[Sheet, Related]]:
    """Yield the sheets of these files with what they list."""
    decode = msgspec.msgpack.Decoder(Sheet).decode
    decode_related = msgspec.msgpack.Decoder(Related).decode
    for sheet, spots in _read_pairs(paths):
        yield decode(sheet), decode_related(spots)


def read_spots(paths: Iterable[Path]) -> Iterator[Spots]:
    """Yield where the articles of each sheet may stand."""
    decode = msgspec.msgpack.Decoder(Spots).decode
    for _, spots in _read_pairs(paths):
        yield decode(spots)


def _read_pairs(paths: Iterable[Path]) -> Iterator[tuple[bytes, bytes]]:
    for path in paths:
        with open_binary(path, buffering=-1) as file:
            while sheet := _read_part(file):
                yield sheet, _read_part(file)


def _read_part(file: BinaryIO) -> bytes:
    head = file.read(12)
    data = file.read(int.from_bytes(head[:8]))
    if head and crc32(data) != int.from_bytes(head[8:]):
        raise PublishError(f"{file.name}: damaged while the build went on")
    return data


def load_units(path: Path) -> Iterator[Unit]:
    """Yield the units of a file's sheets."""
    decode = msgspec.msgpack.Decoder(Sheet).decode
    names: dict[str, str] = {}
    for data, _ in _read_pairs([path]):
        yield from _restore_units(decode(data), names)


def _restore_units(sheet: Sheet, names: dict[str, str]) -> list[Unit]:
    decode_row = msgspec.msgpack.Decoder(Row).decode
    units = [
        make_unit(path, decode_name(name), stamp, digest, outcome)
        for _, _, path, name, stamp, digest, outcome in sheet.units
    ]
    for _, number, _, _, _, data in sheet.rows:
        row, unit = decode_row(data), units[number - 1]
        row.name = unit.name
        _share_names(row, names.setdefault)
        unit.rows.append(row)
    return units


def _share_names(row: Row, share: Callable[[str, str], str]) -> None:
    """Let what many rows say be one text in memory, not one for each of them."""
    row.state = share(row.state, row.state)
    row.topics = tuple([share(topic, topic) for topic in row.topics])
    named: list[Row | Item] = [row, *row.items]
    for one in named:
        one.provider = share(one.provider, one.provider)
        one.provider_name = share(one.provider_name, one.provider_name)
