"""Which files may hold records, and whether they changed: the first of all IO."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from .errors import PublishError

_TEXTS = (".md", ".markdown", ".html")


class Stamp(NamedTuple):
    """What of a file's status changes with its bytes; times in nanoseconds since 1970."""

    modified: int
    changed: int
    size: int
    inode: int


class File(NamedTuple):
    """A file that may hold records."""

    #: As the user spells it.
    name: str
    #: The same, absolute.
    path: str
    #: Before it is read; None: it is a link that leads nowhere, which reading will report.
    stamp: Stamp | None


def find_files(paths: Iterable[str], out: Path | None = None) -> list[File]:
    """Return every file that may hold records, each once, in order of name.

    Args:
        paths: Folders, which are searched with all below them, and files, which are taken
            whatever they are called.
        out: The folder that is published, in which nothing is a record.

    Raises:
        PublishError: A path cannot be read, or is to be published into.
    """
    skipped = "" if out is None else os.path.realpath(out)
    found: dict[str, File] = {}  # by real path, whatever the spelling of those given
    for path in paths:
        real = os.path.realpath(path)
        if skipped:
            _check_outside(path, real, skipped)
        try:
            status = os.stat(path)  # noqa: PTH116 (as text: a Path for each of 100,000 costs)
            if stat.S_ISDIR(status.st_mode):
                for file in _scan_folder(path, real, skipped):
                    found.setdefault(file.path, file)
            elif stat.S_ISREG(status.st_mode):
                found.setdefault(real, File(path, real, make_stamp(status)))
            else:  # a pipe may be waited for without end
                raise PublishError(f"{path}: expected a folder or a file, got a device or pipe")
        except OSError as error:
            raise PublishError(f"{error.filename}: {error.strerror}") from error
    return sorted(found.values())


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


def leave_out(files: list[File], data: Iterable[str]) -> list[File]:
    """Return those files that do not tell of topics and providers.

    Args:
        files: That may hold records.
        data: Folders and files that do not: real paths.
    """
    told = {*data}
    below = tuple(os.path.join(one, "") for one in told)  # noqa: PTH118
    return [file for file in files if file.path not in told and not file.path.startswith(below)]


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
        yield from _scan_folder(name, path, skipped)
    elif path.endswith(_TEXTS):
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


def find_stamps(folder: Path, names: Iterable[str]) -> list[Stamp | None]:
    """Return the status of files below a folder, None of one that is not there."""
    found: list[Stamp | None] = []
    for name in names:
        try:
            found.append(make_stamp(os.stat(os.path.join(folder, name))))  # noqa: PTH116, PTH118
        except OSError:
            found.append(None)
    return found


def is_there(path: str) -> bool:
    """Return whether anything stands at a path, a link that leads nowhere too."""
    return os.path.lexists(path)


def make_stamp(status: os.stat_result) -> Stamp:
    """Return what is kept of a file's status."""
    return Stamp(status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)


def _check_outside(path: str, real: str, out: str) -> None:
    if real == out:
        raise PublishError(
            f"{path}: expected another folder than OUT, which would overwrite records"
        )
    if os.path.commonpath([real, out]) == out:
        raise PublishError(f"{path}: expected records outside OUT, got a path in it")


def _scan_folder(top: str, real: str, skipped: str) -> Iterator[File]:
    waiting = [(top, real)]  # and no recursion: folders may be nested deeper than calls
    while waiting:
        folder, path = waiting.pop()
        # One separator, however many the user typed.
        below, beside = (os.path.join(one, "") for one in (folder, path))  # noqa: PTH118
        with os.scandir(folder) as entries:
            for entry in entries:
                name = entry.name
                if name.startswith("."):
                    continue
                # A link to a folder is not followed: it may lead back here.
                if entry.is_dir(follow_symlinks=False):
                    if name != "_drafts" and os.path.realpath(entry.path) != skipped:
                        waiting.append((below + name, beside + name))
                elif name.endswith(_TEXTS):
                    try:
                        status = entry.stat()
                    except OSError:
                        if entry.is_symlink():
                            yield File(below + name, beside + name, None)
                        continue  # others are gone meanwhile
                    if stat.S_ISREG(status.st_mode):
                        yield File(below + name, beside + name, make_stamp(status))
