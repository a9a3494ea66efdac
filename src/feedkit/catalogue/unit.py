"""What is kept of one file, or of one Article that no file holds."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from ..errors import RecordError
from ..scan import Stamp
from ..selection.index import Row


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
