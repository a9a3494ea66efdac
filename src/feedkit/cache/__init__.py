"""The records and feeds of the last build, stored in SQLite to make the next build small.

Anything missing or damaged here costs time, and never makes a feed wrong. `cache` itself finds and
locks the folder of the cache, which has one database and files of encoded records, to which the
rows of the database point.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from ..errors import BusyError, PublishError
from ..files import PRIVATE
from ..files.locks import lock_cache
from .database import DATABASE

__all__ = ["CacheFolders", "find_folder", "has_cache", "open_folders", "read_clock"]


#: A file that is touched to learn the time of the file system.
_CLOCK = "clock"


class CacheFolders(NamedTuple):
    """The folders of one build."""

    records: Path
    """For the files of encoded records, and the cache."""
    entries: Path
    """For the files of encoded entries."""
    is_kept: bool
    """Whether the next build finds there what this one left."""
    problem: str = ""
    """Why not, if it was to be kept."""

    @property
    def is_lost(self) -> bool:
        """Whether another program removed the cache while it was used."""
        return self.is_kept and not (self.records / _CLOCK).exists()


def find_folder(out: Path) -> Path:
    """Return the default folder of the cache, beside the published folder."""
    real = Path(os.path.realpath(out))
    return real.with_name(f".{real.name}.feedkit")


@contextmanager
def open_folders(
    out: Path, cache: str | os.PathLike[str] | bool, wait: float = 0
) -> Iterator[CacheFolders]:
    """Yield the folders of the encoded records and of the encoded entries.

    Args:
        out: The published folder.
        cache: See `build`; if it is of no use, another is made, and removed.
        wait: Seconds to wait for a build of another folder with the same cache.

    Raises:
        BusyError: It goes on still.
    """
    with ExitStack() as stack:
        problem = ""
        if cache is not False:
            kept = find_folder(out) if cache is True else Path(cache)
            real = os.path.realpath(out)
            if os.path.commonpath([os.path.realpath(kept), real]) == real:
                raise PublishError(f"{kept}: expected a cache outside OUT, where readers look")
            try:
                _prepare(kept, is_default=cache is True)
                stack.enter_context(lock_cache(kept, wait))
            except BusyError:
                raise
            except (OSError, PublishError) as error:
                problem = f"{kept}: {getattr(error, 'strerror', None) or error}"
            else:
                _remove_abandoned(kept)
                stack.callback(_remove_aside, kept)
                yield CacheFolders(kept, kept, is_kept=True)
                return
        from .writer import make_temporary_folder

        folder = stack.enter_context(make_temporary_folder())
        yield CacheFolders(folder, folder, is_kept=False, problem=problem)


def find_fault(folder: Path) -> str:
    """Return why a default cache is not to be used, empty if it may be.

    Who owns it, or may write there, says what is published; a folder that is named by its user is
    the user's to know.
    """
    if not hasattr(os, "geteuid"):
        return ""
    with suppress(FileNotFoundError):
        # Of a link, whose it is and where it leads.
        for status in (os.lstat(folder), os.stat(folder)):  # noqa: PTH116
            if status.st_uid != os.geteuid():
                return "belongs to another user; name a cache with --cache"
        if status.st_mode & stat.S_IWOTH:
            return "may be written by all users; close it to them, or name another with --cache"
    return ""


def _prepare(folder: Path, *, is_default: bool) -> None:
    _make_folder(folder)
    if is_default and (fault := find_fault(folder)):
        raise PermissionError(errno.EPERM, fault, os.fspath(folder))
    clock = folder / _CLOCK
    if not os.access(folder, os.W_OK | os.X_OK) or not os.access(clock, os.W_OK):
        clock.touch(mode=PRIVATE)  # or fail as the system says
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "cannot be written", os.fspath(folder))


def _make_folder(folder: Path) -> None:
    """Create a folder and its parents, accessible to its user alone.

    OUT may lie where a web server shows whatever it can read.
    """
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except FileNotFoundError:
        _make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _remove_abandoned(folder: Path) -> None:
    """Remove the files of a build that was killed."""
    _remove_aside(folder)
    for name in (f"{DATABASE}.new", f"{DATABASE}.seal.new"):
        with suppress(OSError):
            (folder / name).unlink(missing_ok=True)


def _remove_aside(folder: Path) -> None:
    """Remove files that only one build needs."""
    for kind in ("entries", "sheets"):
        for path in folder.glob(f"{kind}*"):
            if path.name.removeprefix(kind).isdecimal():  # others are not ours
                with suppress(OSError):
                    path.unlink()


def has_cache(out: Path, cache: str | os.PathLike[str] | bool) -> bool:
    """Return whether a build may have left a cache; the arguments are those of `open_folders`."""
    if isinstance(cache, bool):
        return os.path.lexists(find_folder(out))
    # Of one that cannot be looked into, opening it says why.
    is_closed = os.path.isdir(cache) and not os.access(cache, os.R_OK | os.X_OK)  # noqa: PTH112
    return is_closed or os.path.lexists(Path(cache) / DATABASE)


def read_clock(folder: Path) -> int:
    """Return the time of the file system, in nanoseconds since 1970."""
    path = folder / _CLOCK
    path.touch(mode=PRIVATE)
    return path.stat().st_mtime_ns
