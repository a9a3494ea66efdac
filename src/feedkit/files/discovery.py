"""Source files found below paths, each with a stamp that changes with its content."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from struct import Struct
from typing import NamedTuple, TypeAlias, TypeVar

from ..errors import PublishError
from . import is_gone

_TEXTS = (b".md", b".markdown", b".html")
#: Endings of texts that other programs make articles of.
_UNREAD = frozenset(
    (
        *(".mdx", ".rst", ".rest", ".adoc", ".asciidoc", ".org", ".textile", ".mkd", ".mdown"),
        *(".mdwn", ".qmd", ".rmd", ".ipynb", ".htm", ".xhtml", ".njk", ".liquid", ".pug"),
    )
)

Stamp: TypeAlias = bytes
"""What of a file's status changes with its bytes: two times, the size and the inode."""
_STAMP = Struct("<QQQQ")
_MASK = (1 << 64) - 1
_NOWHERE = bytes(_STAMP.size)
#: What stands in place of the stamp of a link that is not followed, and in a cache of a link
#: whose file may change again under the same stamp.
_REFUSED, _OPEN = b"\xff" * _STAMP.size, b"\xfe" * _STAMP.size

FoundFile: TypeAlias = tuple[bytes, bytes, Stamp]
"""A File as folders give it, which is what a scan of very many can afford: the absolute path,
the path as the user spells it, and the stamp, all zero of what cannot be looked at. Behind the
stamp of a symbolic link stands the path of the file that it leads to."""


class File(NamedTuple):
    """A file that may hold records."""

    name: str
    """As the user spells it."""
    path: str
    """The same, absolute."""
    stamp: Stamp | None
    """Before it is read, for a link with `target`; None: it cannot be looked at."""
    target: str = ""
    """The real path of the file that a link leads to; empty if it is no link."""
    is_refused: bool = False
    """Whether it is a link that leads out of the sources, and is not followed."""


class Scope(NamedTuple):
    """The folders in which records may be."""

    tops: tuple[bytes, ...]
    """The real paths of all sources."""
    out: bytes
    """That of the folder that is published; empty: none is."""
    follow_links: bool
    """Whether links that lead out of the sources are followed."""


def make_scope(tops: Iterable[bytes], out: Path | None, *, follow_links: bool) -> Scope:
    """Return the scope of records below the sources; the innermost source counts."""
    real = b"" if out is None else find_real(out)
    return Scope(tuple(sorted(tops, key=len, reverse=True)), real, follow_links)


def find_files(
    paths: Iterable[str], out: Path | None = None, *, follow_links: bool = False
) -> list[File]:
    """Return every file that may hold records, each once, in order of name: see `scan_files`."""
    return sorted(map(make_file, scan_files(paths, out, follow_links=follow_links)))


def scan_files(
    paths: Iterable[str], out: Path | None = None, *, follow_links: bool = False
) -> list[FoundFile]:
    """Return every file that may hold records, each once, in no order.

    Args:
        paths: Folders, which are searched with all below them, and files, which are taken
            whatever they are called.
        out: The folder that is published, in which nothing is a record.
        follow_links: Whether links to files that are in none of `paths` are followed.

    Raises:
        PublishError: A path cannot be read, or is to be published into.
    """
    paths = list(paths)
    scope = make_scope(map(find_real, paths), out, follow_links=follow_links)
    parts = [_enter(path, scope) for path in paths]
    if len(parts) < 2:
        return list(chain.from_iterable(parts))
    found: dict[bytes, FoundFile] = {}  # by real path, whatever the spelling of those given
    for entry in chain.from_iterable(parts):
        found.setdefault(entry[0], entry)
    return list(found.values())


def count_unread(
    paths: Iterable[str], is_left_out: Callable[[str], bool] | None = None
) -> dict[str, int]:
    """Return how many files in these folders are of each kind that is not read, by their endings.

    Args:
        paths: See `scan_files`.
        is_left_out: Tells of a file by its name that nothing is to be said of it.
    """
    found: Counter[str] = Counter()
    waiting = [path for path in paths if os.path.isdir(path)]  # noqa: PTH112
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                others = [entry for entry in entries if not _is_passed_by(entry.name)]
        except OSError:  # whoever reads the records says so
            continue
        waiting += [entry.path for entry in others if entry.is_dir(follow_symlinks=False)]
        for entry in others:
            ending = os.path.splitext(entry.name)[1].lower()  # noqa: PTH122
            if ending in _UNREAD and not (is_left_out and is_left_out(entry.path)):
                found[ending] += not entry.is_dir()
    return dict(sorted((+found).items()))


def _is_passed_by(name: str) -> bool:
    return name.startswith(".") or name == "_drafts"


def _enter(path: str, scope: Scope) -> Iterator[FoundFile]:
    """Yield the file at a path, or the files below it."""
    name, real = os.fsencode(path), find_real(path)
    if scope.out:
        _check_outside(path, real, scope.out)
    try:
        status = os.stat(path)  # noqa: PTH116
        if stat.S_ISDIR(status.st_mode):
            yield from _scan_folder(name, real, scope)
        elif stat.S_ISREG(status.st_mode):
            yield real, name, make_stamp(status)
        else:  # a pipe may be waited for without end
            raise PublishError(f"{path}: expected a folder or a file, got a device or pipe")
    except OSError as error:
        raise PublishError(f"{os.fsdecode(error.filename)}: {error.strerror}") from error


def make_file(entry: FoundFile) -> File:
    """Return a found file as a File, which can be read."""
    path, name, stamp = entry
    file = File(os.fsdecode(name), os.fsdecode(path), None if stamp == _NOWHERE else stamp)
    if len(stamp) == _STAMP.size:
        return file
    target = os.fsdecode(stamp[_STAMP.size :])
    return file._replace(target=target, is_refused=stamp.startswith(_REFUSED))


def find_among(
    paths: Iterable[str], sources: Mapping[str, str], out: Path, *, follow_links: bool
) -> list[File]:
    """Return those files among `paths`, and below them, that are found in `sources`.

    Args:
        paths: Files and folders that are there.
        sources: By real path: folders and files as `find_files` was given them.
        out: See `find_files`.
        follow_links: See `find_files`.
    """
    skipped = os.path.realpath(out)
    scope = make_scope(map(os.fsencode, sources), out, follow_links=follow_links)
    found: dict[str, File] = {}
    for path in paths:
        real = _find_entry(path)
        inner = [name for top, name in sources.items() if os.path.realpath(path) == top]
        if os.path.isdir(path):  # noqa: PTH112
            start = os.path.join(real, "")  # noqa: PTH118
            inner += [name for top, name in sources.items() if top.startswith(start)]
        parts = (_enter(name, scope) for name in inner)
        found |= {file.path: file for part in parts for file in map(make_file, part)}
        for top, name in sources.items():
            if _is_searched(top, real, skipped):
                below = os.path.join(name, os.path.relpath(real, top))  # noqa: PTH118
                found |= {file.path: file for file in _scan_path(below, real, scope)}
    return sorted(found.values())


_Found = TypeVar("_Found", File, FoundFile)


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
        if not (
            is_told(os.fsencode(file.path) if isinstance(file, File) else file[0])
            or is_told((file[2] or b"")[_STAMP.size :])
        )
    ]


def name_sources(paths: Iterable[str]) -> dict[str, str]:
    """Return the given spellings of paths, by real path."""
    return {os.path.realpath(path): path for path in paths}


def find_spellings(path: str) -> set[bytes]:
    """Return the paths under which a file or link may be stored, existing or not."""
    return {find_real(path), os.fsencode(_find_entry(path))}


def explain_unread(path: str, sources: Iterable[str]) -> str:
    """Return why no scan of `sources` finds a path, empty if nothing is there."""
    return next(_find_reasons(path, list(sources)), "") if os.path.lexists(path) else ""


def _find_reasons(path: str, sources: list[str]) -> Iterator[str]:
    entry = os.fsencode(_find_entry(path))
    top = next((top for top in map(find_real, sources) if _is_in(entry, top)), None)
    spelt = os.fsencode(os.path.abspath(path))  # noqa: PTH100
    if any(_is_in(spelt, os.fsencode(os.path.abspath(source))) for source in sources):  # noqa: PTH100
        if top is None or entry[len(top) :] not in spelt:
            yield "not read: a folder above it is a symbolic link"
    if top is None:
        yield f"not read: it is not in {', '.join(sources)}"
        return
    *folders, name = entry[len(top) :].strip(b"/").split(b"/")
    hidden = (part for part in (*folders, name) if part.startswith(b"."))
    yield from (f"not read: {os.fsdecode(part)} begins with a dot" for part in hidden)
    if b"_drafts" in folders:
        yield "not read: it is in _drafts"
    if os.path.isdir(path):  # noqa: PTH112
        yield "a folder; name a file in it, or an address"
    if name.endswith((b".json", b".jsonl")):
        yield "not read: JSON is read if the file itself is named as CONTENT"
    if not name.endswith(_TEXTS):
        yield "not read: names of records end in .md, .markdown or .html"
    yield "not read: it is no regular file, or leads to none that is read"


def find_paths_in_sources(path: str, sources: Mapping[str, str]) -> list[str]:
    """Return the paths in the sources that a path means, each once.

    The first is where it leads now if no link below a source is on the way, else where such a
    link stands in the way of what was there. The others are the file or folder that it leads to,
    or the link itself.

    Args:
        path: A file or folder, whether it is there or not.
        sources: By real path: folders and files as they are spelt.
    """
    own, spelt = _find_entry(path), os.path.abspath(path)  # noqa: PTH100
    for top, name in sources.items():
        for base in (os.path.abspath(name), top):  # noqa: PTH100
            if _is_below(spelt, base):
                first = top + spelt[len(base) :]
                return list(dict.fromkeys((first, own, os.path.realpath(path))))
    return list(dict.fromkeys((own, os.path.realpath(path))))


def find_moved(paths: Iterable[str], sources: Mapping[str, str]) -> tuple[str, str] | None:
    """Return a path that is spelt below a source, which was another folder, and that source.

    Args:
        paths: Files and folders.
        sources: What sources led to, and how they are spelt.
    """
    moved = {
        name: os.path.abspath(name)  # noqa: PTH100
        for top, name in sources.items()
        if os.path.realpath(name) != top
    }
    for path in paths if moved else ():
        spelt, entry = os.path.abspath(path), _find_entry(path)  # noqa: PTH100
        if any(_is_below(entry, top) for top in sources):
            continue
        for name, base in moved.items():
            if _is_below(spelt, base):
                return path, name
    return None


def _is_below(path: str, top: str) -> bool:
    return path == top or path.startswith(os.path.join(top, ""))  # noqa: PTH118


def _find_entry(path: str) -> str:
    """Return a path whose folders are real; its last part may be a link."""
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


def _scan_path(name: str, path: str, scope: Scope) -> Iterator[File]:
    """Yield the files that `find_files` takes from a place in a folder."""
    top, real = os.fsencode(name), os.fsencode(path)
    if os.path.islink(path):  # noqa: PTH114
        if real.endswith(_TEXTS) and (stamp := _stamp_link(real, scope)):
            yield make_file((real, top, stamp))
    elif os.path.isdir(path):  # noqa: PTH112
        yield from map(make_file, _scan_folder(top, real, scope))
    elif real.endswith(_TEXTS):
        try:
            status = os.stat(path)  # noqa: PTH116
        except OSError as error:
            if not is_gone(error):
                yield File(name, path, None)
            return
        if stat.S_ISREG(status.st_mode):
            yield File(name, path, make_stamp(status))


def _stamp_link(path: bytes, scope: Scope) -> Stamp | None:
    """Return the stamp of a link, None if it leads to nothing that may be a record, or is none.

    The rules of the place that it leads to hold: see `_is_hidden`.
    """
    if not os.path.islink(path):  # noqa: PTH114 (a pipe or a device)
        return None
    target = os.path.realpath(path)
    try:
        status = os.stat(target)  # noqa: PTH116
    except OSError:  # which reading will report
        return _NOWHERE + target
    if not stat.S_ISREG(status.st_mode):
        return None
    top = next((top for top in scope.tops if _is_in(target, top)), None)
    if top is None and not scope.follow_links:
        return _REFUSED + target
    above = top or os.path.commonpath([target, path])
    if _is_hidden(target, above) or (scope.out and _is_in(target, scope.out)):
        return None
    return make_stamp(status) + target


def _is_in(path: bytes, top: bytes) -> bool:
    return path == top or path.startswith(os.path.join(top, b""))  # noqa: PTH118


def _is_hidden(path: bytes, above: bytes) -> bool:
    """Return whether a scan of the folder `above` would not come by a file.

    But for names that begin with two dots: by these Kubernetes keeps the versions of a ConfigMap.
    """
    *folders, name = path[len(above) :].split(b"/")
    parts = [name, *folders]
    return b"_drafts" in folders or any(part[:1] == b"." != part[1:2] for part in parts)


def find_real(path: str | Path) -> bytes:
    """Return the real path of a path, absolute, whether it exists or not."""
    return os.fsencode(os.path.realpath(path))


def find_stamps(folder: Path, names: Iterable[str]) -> dict[str, Stamp]:
    """Return the status of each file below a folder, all zero of one that is not there."""
    below = os.path.join(folder, "")  # noqa: PTH118
    return {name: find_stamp(below + name) or _NOWHERE for name in names}


def stamp_anew(file: File) -> File:
    """Return the file with its stamp of now: by a clock that was read, and not after the bytes."""
    stamp = find_stamp(file.target or file.path)
    if not file.target:
        return file._replace(stamp=stamp)
    if stamp is None or file.is_refused:
        return file
    return file._replace(stamp=stamp + os.fsencode(file.target))


def open_stamp(file: File) -> Stamp | None:
    """Return the stamp of a file that may change again under the one that it has."""
    return _OPEN + os.fsencode(file.target) if file.target else None


def is_settled(stamp: Stamp | None) -> bool:
    """Return whether a stored stamp proves that a file did not change."""
    return stamp is not None and not stamp.startswith(_OPEN)


def find_stamp(path: str) -> Stamp | None:
    """Return the stamp of a path, None if nothing is there."""
    try:
        return make_stamp(os.stat(path))  # noqa: PTH116
    except OSError:
        return None


def is_there(path: str) -> bool:
    """Return whether anything is at a path, even a broken link."""
    try:
        os.lstat(path)
    except OSError as error:  # what a folder hides is there
        return not is_gone(error)
    except ValueError:  # a NUL, which no path holds
        return False
    return True


def make_stamp(status: os.stat_result) -> Stamp:
    """Return the stamp of a file status."""
    # As `pack_stamp` does, without a call: this is done for every file of every build.
    modified, changed = status.st_mtime_ns & _MASK, status.st_ctime_ns & _MASK
    return _STAMP.pack(modified, changed, status.st_size, status.st_ino & _MASK)


def pack_stamp(modified: int, changed: int, size: int, inode: int) -> Stamp:
    """Return a stamp; times in nanoseconds since 1970."""
    # Times may be before 1970 and after 2554, and inodes are longer on some systems.
    return _STAMP.pack(modified & _MASK, changed & _MASK, size, inode & _MASK)


def find_time(stamp: Stamp) -> int:
    """Return when a file last changed, in nanoseconds since 1970."""
    modified, changed, *_ = _STAMP.unpack_from(stamp)
    # Where there is a time of change, nobody can set it back; elsewhere it is that of creation.
    return int(changed if os.name == "posix" else modified)


def _check_outside(path: str, real: bytes, out: bytes) -> None:
    if real == out:
        raise PublishError(
            f"{path}: expected another folder than OUT, which would overwrite records"
        )
    if os.path.commonpath([real, out]) == out:
        raise PublishError(f"{path}: expected records outside OUT, got a path in it")


def _scan_folder(top: bytes, real: bytes, scope: Scope) -> Iterator[FoundFile]:
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
                    if _is_entered(entry, scope):
                        waiting.append((below + name, beside + name))
                elif name.endswith(_TEXTS):
                    try:
                        status = entry.stat(follow_symlinks=False)
                        is_file = stat.S_ISREG(status.st_mode)
                        stamp = make_stamp(status) if is_file else _stamp_link(beside + name, scope)
                    except OSError as error:  # it may be gone meanwhile
                        stamp = None if is_gone(error) else _NOWHERE
                    if stamp:
                        yield beside + name, below + name, stamp


def _is_entered(folder: os.DirEntry[bytes], scope: Scope) -> bool:
    return folder.name != b"_drafts" and os.path.realpath(folder.path) != scope.out
