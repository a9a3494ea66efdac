"""Folders in the system's temporary folder, for what serves one run alone.

Who is killed cannot remove its own: so each is locked while it is in use, and every run removes
those that nobody holds.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..lock import hold_folder, release_folder

_PREFIX = "feedkit-scratch-"
#: Seconds to wait for another run that takes a new folder for that of one that was killed.
_PATIENCE = 60


@contextmanager
def make_scratch() -> Iterator[Path]:
    """Yield a folder that is removed at the end, or if this process is killed by a later run."""
    from shutil import rmtree

    remove_killed()
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


def remove_killed() -> None:
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
