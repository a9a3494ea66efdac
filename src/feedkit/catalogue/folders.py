"""Where a catalogue lies, with the files of encoded records and entries."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ..errors import PublishError


def find_folder(out: Path) -> Path:
    """Return where the catalogue of a published folder is: beside it, never in it."""
    real = Path(os.path.realpath(out))
    return real.with_name(f".{real.name}.feedkit")


@contextmanager
def open_folders(out: Path, cache: str | os.PathLike[str] | bool) -> Iterator[tuple[Path, Path]]:
    """Give where the files of encoded records and of encoded entries are."""
    if cache is False:
        with TemporaryDirectory(prefix="feedkit-") as folder:
            yield Path(folder), Path(folder)
        return
    kept = find_folder(out) if cache is True else Path(cache)
    real = os.path.realpath(out)
    if os.path.commonpath([os.path.realpath(kept), real]) == real:
        raise PublishError(f"{kept}: expected a cache outside OUT, where readers look")
    kept.mkdir(parents=True, exist_ok=True)
    try:
        yield kept, kept
    finally:
        for path in kept.glob("entries*"):
            if path.name.removeprefix("entries").isdecimal():  # others are not ours
                path.unlink()


def read_clock(folder: Path) -> int:
    """Return the time of the file system, in nanoseconds since 1970."""
    path = folder / "clock"
    path.touch()
    return path.stat().st_mtime_ns
