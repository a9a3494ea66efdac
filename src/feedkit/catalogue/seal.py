"""What tells a catalogue as a build left it from one that something else changed, or tore.

SQLite notices damage to the shape of a database, and none to its values.
"""

from __future__ import annotations

from pathlib import Path
from zlib import crc32

import msgspec

from ..files import PRIVATE, open_binary, read_file, write_file
from ..scan import Stamp, find_stamp

#: Where there are more bytes, they are summed only by who wrote all of them anyway.
_MOST_SUMMED = 1 << 26
_BLOCK = 1 << 20
#: Bytes that a seal has at most.
_SEAL = 1024


class Seal(msgspec.Struct, array_like=True, frozen=True):
    """A catalogue's status, and the CRC-32 of its bytes, None where they were not summed."""

    stamp: Stamp | None
    sum: int | None


def is_sealed(path: Path) -> bool:
    """Return whether a catalogue is as it was when it was sealed.

    Its status tells at no cost; where that differs, as in a copy, and where a transaction was
    rolled back, its bytes do.
    """
    try:
        seal = msgspec.json.decode(read_file(_seal_path(path), _SEAL), type=Seal)
        return _find_stamp(path) == seal.stamp or _sum_bytes(path) == seal.sum
    except (OSError, msgspec.MsgspecError):
        return False


def seal_catalogue(path: Path, *, is_new: bool) -> None:
    """Say that a catalogue is as it should be; its bytes must be on disk.

    Nothing waits for the seal itself to be there: without it a catalogue is not used.
    """
    stamp = _find_stamp(path)
    is_small = path.stat().st_size <= _MOST_SUMMED
    seal = Seal(stamp, _sum_bytes(path) if is_new or is_small else None)
    new = path.with_name(f"{path.name}.seal.new")
    write_file(new, msgspec.json.encode(seal), mode=PRIVATE)
    new.replace(_seal_path(path))


def break_seal(path: Path) -> None:
    """Let a catalogue be of no use any more."""
    _seal_path(path).unlink(missing_ok=True)


def _seal_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.seal")


def _find_stamp(path: Path) -> Stamp | None:
    return find_stamp(str(path))


def _sum_bytes(path: Path) -> int:
    total = 0
    with open_binary(path) as file:
        while block := file.read(_BLOCK):
            total = crc32(block, total)
    return total
