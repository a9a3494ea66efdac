"""Which files may hold records, and whether they changed: the first of all IO."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from struct import Struct
from typing import NamedTuple, TypeAlias, TypeVar

from .errors import PublishError
from .files import is_gone

_TEXTS = (b".md", b".markdown", b".html")

Stamp: TypeAlias = bytes
"""What of a file's status changes with its bytes: two times, the size and the inode."""
_STAMP = Struct("<QQQQ")
_MASK = (1 << 64) - 1
_NOWHERE = bytes(_STAMP.size)

Entry: TypeAlias = tuple[bytes, bytes, Stamp]
"""A File as folders give it, which is what a scan of very many can afford: the absolute path,
the path as the user spells it, and the stamp, all zero of a link that leads nowhere."""


class File(NamedTuple):
    """A file that may hold records."""

    #: As the user spells it.
    name: str
    #: The same, absolute.
    path: str
    #: Before it is read; None: it is a link that leads nowhere, which reading will report.
    stamp: Stamp | None


def find_files(paths: Iterable[str], out: Path | None = None) -> list[File]:
    """Return every file that may hold records, each once, in order of name: see `find_entries`."""
    return sorted(map(make_file, find_entries(paths, out)))


def find_entries(paths: Iterable[str], out: Path | None = None) -> list[Entry]:
    """Return every file that may hold records, each once, in no order.

    Args:
        paths: Folders, which are searched with all below them, and files, which are taken
            whatever they are called.
        out: The folder that is published, in which nothing is a record.

    Raises:
        PublishError: A path cannot be read, or is to be published into.
    """
    skipped = b"" if out is None else find_real(out)
    parts = [_enter(path, skipped) for path in paths]
    if len(parts) < 2:
        return list(chain.from_iterable(parts))
    found: dict[bytes, Entry] = {}  # by real path, whatever the spelling of those given
    for entry in chain.from_iterable(parts):
        found.setdefault(entry[0], entry)
    return list(found.values())


def _enter(path: str, skipped: bytes) -> Iterator[Entry]:
    """Yield what stands at a path, a folder or a file."""
    name, real = os.fsencode(path), find_real(path)
    if skipped:
        _check_outside(path, real, skipped)
    try:
        status = os.stat(path)  # noqa: PTH116
        if stat.S_ISDIR(status.st_mode):
            yield from _scan_folder(name, real, skipped)
        elif stat.S_ISREG(status.st_mode):
            yield real, name, make_stamp(status)
        else:  # a pipe may be waited for without end
            raise PublishError(f"{path}: expected a folder or a file, got a device or pipe")
    except OSError as error:
        raise PublishError(f"{os.fsdecode(error.filename)}: {error.strerror}") from error


def make_file(entry: Entry) -> File:
    """Return what a scan came by as what can be read."""
    path, name, stamp = entry
    return File(os.fsdecode(name), os.fsdecode(path), None if stamp == _NOWHERE else stamp)


def find_among(paths: Iterable[str], sources: Mapping[str, str], out: Path) -> list[File]:
    """Return those files among `paths`, and below them, that are found in `sources`.

    Args:
        paths: Files and folders that are there.
        sources: By real path: folders and files as `find_files` was given them.
        out: As of `find_files`.
    """
    skipped = os.path.realpath(out)
    found: dict[str, File] = {}
    for path in paths:
        real = _find_entry(path)
        inner = [name for top, name in sources.items() if os.path.realpath(path) == top]
        if os.path.isdir(path):  # noqa: PTH112
            start = os.path.join(real, "")  # noqa: PTH118
            inner += [name for top, name in sources.items() if top.startswith(start)]
        found |= {file.path: file for file in find_files(inner, out)}
        for top, name in sources.items():
            if _is_searched(top, real, skipped):
                below = os.path.join(name, os.path.relpath(real, top))  # noqa: PTH118
                found |= {file.path: file for file in _look_at(below, real, skipped)}
    return sorted(found.values())


_Found = TypeVar("_Found", File, Entry)


def leave_out(files: list[_Found], data: Iterable[str]) -> list[_Found]:
    """Return those files that do not tell of topics and providers.

    Args:
        files: That may hold records.
        data: Folders and files that do not: real paths.
    """
    told = {os.fsencode(path) for path in data}
    if not told:
        return files
    below = tuple(os.path.join(one, b"") for one in told)  # noqa: PTH118

    def is_told(path: bytes) -> bool:
        return path in told or path.startswith(below)

    return [
        file
        for file in files
        if not is_told(os.fsencode(file.path) if isinstance(file, File) else file[0])
    ]


def name_sources(paths: Iterable[str]) -> dict[str, str]:
    """Return paths as they are spelt, by what they lead to."""
    return {os.path.realpath(path): path for path in paths}


def find_spellings(path: str) -> set[bytes]:
    """Return what a file or link may be known by, whether it is there or not."""
    return {find_real(path), os.fsencode(_find_entry(path))}


def _find_entry(path: str) -> str:
    """Return a path whose folders are real; its last part may be a link, as folders hold them."""
    folder, name = os.path.split(os.path.abspath(path))  # noqa: PTH100
    return os.path.join(os.path.realpath(folder), name)  # noqa: PTH118


def _is_searched(top: str, real: str, skipped: str) -> bool:
    """Return whether `find_files` comes by a path on its way down from a folder."""
    if not real.startswith(os.path.join(top, "")):  # noqa: PTH118
        return False
    if os.path.commonpath([real, skipped]) == skipped:
        return False
    *folders, name = Path(real).relative_to(top).parts
    if any(part.startswith(".") or part == "_drafts" for part in folders):
        return False
    return not name.startswith(".") and not (name == "_drafts" and os.path.isdir(real))  # noqa: PTH112


def _look_at(name: str, path: str, skipped: str) -> Iterator[File]:
    """Yield the files that `find_files` takes from a place in a folder."""
    if os.path.isdir(path) and not os.path.islink(path):  # noqa: PTH112, PTH114
        top, real, out = map(os.fsencode, (name, path, skipped))
        yield from map(make_file, _scan_folder(top, real, out))
    elif os.fsencode(path).endswith(_TEXTS):
        try:
            status = os.stat(path)  # noqa: PTH116
        except OSError:
            yield File(name, path, None)
            return
        if stat.S_ISREG(status.st_mode):
            yield File(name, path, make_stamp(status))


def find_real(path: str | Path) -> bytes:
    """Return what a path leads to, absolute, whatever is there."""
    return os.fsencode(os.path.realpath(path))


def find_stamps(folder: Path, names: Iterable[str]) -> dict[str, Stamp]:
    """Return the status of each file below a folder, all zero of one that is not there."""
    below = os.path.join(folder, "")  # noqa: PTH118
    return {name: find_stamp(below + name) or _NOWHERE for name in names}


def find_stamp(path: str) -> Stamp | None:
    """Return the status of what is at a path, None where there is nothing."""
    try:
        return make_stamp(os.stat(path))  # noqa: PTH116
    except OSError:
        return None


def is_there(path: str) -> bool:
    """Return whether anything stands at a path, a link that leads nowhere too."""
    try:
        os.lstat(path)
    except OSError as error:  # what a folder hides is there
        return not is_gone(error)
    except ValueError:  # a NUL, which no path holds
        return False
    return True


def make_stamp(status: os.stat_result) -> Stamp:
    """Return what is kept of a file's status."""
    return pack_stamp(status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)


def pack_stamp(modified: int, changed: int, size: int, inode: int) -> Stamp:
    """Return a stamp; times in nanoseconds since 1970."""
    # Times may be before 1970 and after 2554, and inodes are longer on some systems.
    return _STAMP.pack(modified & _MASK, changed & _MASK, size, inode & _MASK)


def find_time(stamp: Stamp) -> int:
    """Return when a file last changed, in nanoseconds since 1970."""
    modified, changed, *_ = _STAMP.unpack(stamp)
    # Where there is a time of change, nobody can set it back; elsewhere it is that of creation.
    return int(changed if os.name == "posix" else modified)


def _check_outside(path: str, real: bytes, out: bytes) -> None:
    if real == out:
        raise PublishError(
            f"{path}: expected another folder than OUT, which would overwrite records"
        )
    if os.path.commonpath([real, out]) == out:
        raise PublishError(f"{path}: expected records outside OUT, got a path in it")


def _scan_folder(top: bytes, real: bytes, skipped: bytes) -> Iterator[Entry]:
    waiting = [(top, real)]  # and no recursion: folders may be nested deeper than calls
    while waiting:
        folder, path = waiting.pop()
        # One separator, however many the user typed.
        below, beside = (os.path.join(one, b"") for one in (folder, path))  # noqa: PTH118
        with os.scandir(folder) as entries:
            for entry in entries:
                name = entry.name
                if name.startswith(b"."):
                    continue
                # A link to a folder is not followed: it may lead back here.
                if entry.is_dir(follow_symlinks=False):
                    if name != b"_drafts" and os.path.realpath(entry.path) != skipped:
                        waiting.append((below + name, beside + name))
                elif name.endswith(_TEXTS):
                    try:
                        status = entry.stat()
                    except OSError as error:
                        if entry.is_symlink() or not is_gone(error):
                            yield beside + name, below + name, _NOWHERE
                        continue  # others are gone meanwhile
                    if stat.S_ISREG(status.st_mode):
                        yield beside + name, below + name, make_stamp(status)
