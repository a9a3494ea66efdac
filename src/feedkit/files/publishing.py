"""Bytes written to OUT, all or nothing per file, with gzip copies (RFC 1952).

All files of a build are written beside their targets and fsynced, then renamed, then their folders
are fsynced: a reader sees an old file or a new one, whole (rename(2), fsync(2)). A mark file stands
in OUT meanwhile, so that the next build removes what a killed one left. The bytes of a copy depend
on the file and on the version of zlib; a copy that another version made is recognised by unpacking
it.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from threading import Thread
from time import sleep
from typing import NamedTuple

from ..errors import PublishError
from ..limits import PUBLISHED_BYTES
from . import (
    COPY,
    MARK,
    TOP_FILES,
    NotAFileError,
    holds_bytes,
    open_output,
    read_file,
    sync,
    write_file,
)

#: Of real-sized feeds 9 makes copies 0.5 % smaller in 1.3 times the time, 1 a fifth larger.
_LEVEL = 6
#: RFC 1952: a gzip header of ten bytes, and a trailer.
_GZIP = 16 + zlib.MAX_WBITS
#: The header's last byte, the file system: unknown, since zlib says which one it was built for.
_SYSTEM, _UNKNOWN = 9, b"\xff"


def name_copy(name: str) -> str:
    """Return the name of a file's copy."""
    return f"{name}{COPY}"


def make_copy(body: bytes) -> bytes:
    """Return the copy of a file: without name and time, so that it is the same every time."""
    packed = zlib.compress(body, _LEVEL, _GZIP)
    return packed[:_SYSTEM] + _UNKNOWN + packed[_SYSTEM + 1 :]


def is_copy(packed: bytes, body: bytes) -> bool:
    """Return whether bytes unpack to these, whoever packed them; no more than these is unpacked."""
    unpacker = zlib.decompressobj(_GZIP)
    try:
        same = unpacker.decompress(packed, len(body) + 1) == body
        # Where the last bytes came out before the trailer was looked at.
        rest = unpacker.decompress(unpacker.unconsumed_tail, 1)
    except zlib.error:
        return False
    return same and not rest and unpacker.eof and not unpacker.unused_data


def unpack_start(packed: bytes, most: int) -> bytes:
    """Return the first bytes that a copy unpacks to, none if it is no copy."""
    try:
        return zlib.decompressobj(_GZIP).decompress(packed, most)
    except zlib.error:
        return b""


#: Bytes at the beginning of a feed, or of any file of ours unpacked, that are looked at.
HEAD = 65_536
_UNPACKED = 16 * HEAD
_JSON = b'{"version":"https://jsonfeed.org/version/1.1","title":'
_GENERATOR = b"<generator>feedkit</generator>"
_PAGE = b"<!doctype html>\n<html lang="
_STYLE = re.compile(rb'<link rel="stylesheet" href="[^"<>]*feedkit\.css">')
#: How the files begin that list all feeds.
_LISTS = (
    b'<?xml version="1.0" encoding="utf-8"?>\n<opml version="2.0">\n  <head><title>',
    b'{\n  "feeds": [',
    b'{\n  "precompressed": ',
)


def is_feed(data: bytes) -> bool:
    """Return whether a file is a feed that feedkit wrote; its first `HEAD` bytes will do."""
    return data.startswith(_JSON) or (data.startswith(b"<?xml") and _GENERATOR in data[:HEAD])


def is_own(name: str, data: bytes) -> bool:
    """Return whether a file is a feed, a page, or a gzipped copy that feedkit wrote.

    An empty file counts as one, since a power cut may leave such, and nobody loses anything.
    """
    if not data:
        return True
    if name.endswith(COPY):
        start = unpack_start(data, _UNPACKED)
        return bool(start) and (start.startswith(_LISTS) or is_own("", start))
    return is_feed(data) or (data.startswith(_PAGE) and _STYLE.search(data) is not None)


#: Files, or folders, that wait for the disk at once.
_WRITERS = 16
_NANOSECONDS = 10**9
#: Seconds between two looks at the time, and how many of these: FAT tells every other second.
_PAUSE, _TRIES = 0.02, 150


class Staged(NamedTuple):
    """A file of a build, before it is renamed to its target."""

    name: str
    """Below OUT, with slashes."""
    sha256: str
    size: int
    """In bytes."""
    is_changed: bool
    """Whether its bytes differ from those published; only then there is anything to rename."""


class Stager:
    """Writes the files of a build beside their targets; leave it, and all of them are on disk."""

    def __init__(self, out: Path, *, precompress: bool = False) -> None:
        self._out = os.fspath(out)
        self._precompress = precompress
        self._folders: set[str] = set()
        self._written: list[str] = []
        #: Files that are left as they are, since they are not feedkit's.
        self.left: list[str] = []

    def stage(self, name: str, body: bytes, *, is_given: bool = True) -> list[Staged]:
        """Write `body` beside its target, unless the target holds these bytes, and its copy.

        Args:
            name: The file, below OUT.
            body: Its bytes.
            is_given: Whether the settings give the name; if a manifest alone does, a file that
                is not feedkit's is left as it is, and there is nothing to publish.

        Returns:
            The file, after its copy if there is to be one: in this order they are renamed, since
            a server that has an old copy beside a new file sends the old one.

        Raises:
            PublishError: This file cannot be written.
        """
        if not is_given and not self._is_free(name, body):
            return []
        file = self._stage(name, body)
        if not self._precompress or not (is_given or self._is_free(name_copy(name), b"")):
            return [file]
        return [self._stage_copy(file, body), file]

    def _is_free(self, name: str, body: bytes) -> bool:
        """Return whether a name is free, has these bytes, or a file that may be replaced."""
        target = os.path.join(self._out, name)  # noqa: PTH118
        if is_replaceable(target) or (body and holds_bytes(target, body)):
            return True
        self.left.append(name)
        return False

    def _stage_copy(self, file: Staged, body: bytes) -> Staged:
        name, packed = name_copy(file.name), b""
        if not file.is_changed:
            with suppress(OSError):
                packed = read_file(os.path.join(self._out, name), PUBLISHED_BYTES)  # noqa: PTH118
        if is_copy(packed, body):
            return Staged(name, sha256(packed).hexdigest(), len(packed), is_changed=False)
        return self._stage(name, make_copy(body))

    def _stage(self, name: str, body: bytes) -> Staged:
        target = os.path.join(self._out, name)  # noqa: PTH118 (as text: Paths cost)
        _check_size(target, body)
        try:
            is_changed = not _holds(target, body)
            if is_changed:
                self._prepare(_parent(target))
                write_file(_beside(target), body)
                self._written.append(target)
        except OSError as error:
            raise _explain(target, error) from error
        return Staged(name, sha256(body).hexdigest(), len(body), is_changed)

    def _prepare(self, folder: str) -> None:
        if not self._folders:
            os.makedirs(self._out, exist_ok=True)  # noqa: PTH103
            _mark(self._out)
        if folder not in self._folders:
            os.makedirs(folder, exist_ok=True)  # noqa: PTH103
            self._folders.add(folder)

    def __enter__(self) -> Stager:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            _at_once(_sync_beside, self._written)


def is_replaceable(target: str) -> bool:
    """Return whether a path is free, or has a file that feedkit wrote.

    What is neither a file nor a folder is somebody's; so is a link that leads nowhere.
    """
    try:
        return is_own(target, read_file(target, PUBLISHED_BYTES))
    except FileNotFoundError:
        return not os.path.lexists(target)
    except IsADirectoryError:  # which is an error once it is staged
        return True
    except OSError:
        return False


def check_links(out: Path, names: Iterable[str]) -> None:
    """Raise if a link below `out` leads out of it, so that nothing is read or written there.

    Args:
        out: The published folder, no link itself.
        names: The names of the files to read or write, with slashes.

    Raises:
        PublishError: A file, or a folder above it, is such a link.
    """
    top, seen = os.path.realpath(out), {""}
    for name in names:
        while name not in seen:
            seen.add(name)
            path = os.path.join(out, name)  # noqa: PTH118
            if os.path.islink(path):  # noqa: PTH114
                real = os.path.realpath(path)
                if os.path.commonpath([top, real]) != top:
                    raise PublishError(f"{path}: expected no link out of {out}, got one to {real}")
            name = os.path.dirname(name)  # noqa: PLW2901, PTH120


def remove_copies(out: Path, names: Sequence[str]) -> list[str]:
    """Remove the gzipped copies of files, and return the names of those that are not copies.

    Raises:
        PublishError: One that is there cannot be removed.
    """
    left = []
    for name in names:
        copy = name_copy(name)
        target = os.path.join(out, copy)  # noqa: PTH118
        if not (is_replaceable(target) or _is_copy_of(target, os.path.join(out, name))):  # noqa: PTH118
            left.append(copy)
    remove_files(out, [copy for copy in map(name_copy, names) if copy not in left])
    return left


def _is_copy_of(copy: str, name: str) -> bool:
    """Return whether one file is the copy of another: style sheets do not say who wrote them."""
    with suppress(OSError):
        return is_copy(read_file(copy, PUBLISHED_BYTES), read_file(name, PUBLISHED_BYTES))
    return False


def publish_files(out: Path, staged: Iterable[Staged]) -> None:
    """Rename every changed file to its target, in the order given, then fsync their folders.

    Raises:
        PublishError: A file cannot be renamed; those before it are published.
    """
    folders: dict[str, None] = {}
    changed = [file for file in staged if file.is_changed]
    _part_twins(_find_twins(out, changed))
    for file in changed:
        target = os.path.join(out, file.name)  # noqa: PTH118
        try:
            os.replace(_beside(target), target)  # noqa: PTH105
        except OSError as error:
            raise _explain(target, error) from error
        folder = _parent(target)
        if folder not in folders:
            folders.update(dict.fromkeys(_list_folders(os.fspath(out), folder)))
    _at_once(_sync_folder, list(folders))
    _unmark(out)


class _Twin(NamedTuple):
    """A staged file that servers could not tell from the published one."""

    path: str
    second: int
    """In which both were written; since 1970."""
    is_list: bool
    """Whether it lists feeds, and so changes with nearly every build, its size with few."""


def _find_twins(out: Path, changed: Iterable[Staged]) -> Iterator[_Twin]:
    """Yield staged files whose targets were written in the same second with the same size.

    Servers make ETags of seconds and sizes: a reader that has the one would be told that the
    other is the same.
    """
    for file in changed:
        target = os.path.join(out, file.name)  # noqa: PTH118
        with suppress(OSError):  # nothing is published there
            old = os.stat(target)  # noqa: PTH116
            if old.st_size == file.size:
                path, second = _beside(target), old.st_mtime_ns // _NANOSECONDS
                if _find_second(path) == second:
                    name = file.name.removesuffix(COPY)
                    yield _Twin(path, second, is_list=name in TOP_FILES)


def _part_twins(found: Iterable[_Twin]) -> None:
    """Wait until the second is over if feeds are among these files, and date them anew."""
    twins = list(found)
    if all(twin.is_list for twin in twins):
        return
    for path, second, _ in twins:
        for _ in range(_TRIES):
            with suppress(OSError):
                os.utime(path)  # by the file system's own time, which is never one to come
            if _find_second(path) != second:
                break
            sleep(_PAUSE)
    _at_once(sync, [twin.path for twin in twins])


def _find_second(path: str) -> int:
    return os.stat(path).st_mtime_ns // _NANOSECONDS  # noqa: PTH116


def publish_file(out: Path, name: str, body: bytes) -> None:
    """Publish one file before those that are staged, though it may be staged itself.

    Raises:
        PublishError: It cannot be written.
    """
    target = os.path.join(out, name)  # noqa: PTH118
    _check_size(target, body)
    early = _beside(f"{target}.early")
    try:
        write_file(early, body)
        sync(early)
        os.replace(early, target)  # noqa: PTH105
        _sync_folder(_parent(target))
    except OSError as error:
        raise _explain(target, error) from error


def create_file(path: Path, body: bytes) -> None:
    """Write a file that must not be there yet, for the user alone to change.

    Raises:
        PublishError: It is there, or cannot be written.
    """
    try:
        os.close(open_output(path, create=True))
        try:
            write_file(path, body)
        except OSError:
            os.unlink(path)  # noqa: PTH108
            raise
    except FileExistsError as error:
        raise PublishError(
            f"{path}: expected no file, which is not written over, got one"
        ) from error
    except OSError as error:
        raise _explain(os.fspath(path), error) from error


def remove_files(out: Path, names: Iterable[str]) -> None:
    """Remove published files, and the folders below `out` that are empty without them.

    Raises:
        PublishError: One that is there cannot be removed.
    """
    left: dict[str, None] = {}
    for name in names:
        target = os.path.join(out, name)  # noqa: PTH118
        try:
            with suppress(FileNotFoundError):
                os.unlink(target)  # noqa: PTH108
        except OSError as error:
            raise _explain(target, error) from error
        folder = os.path.dirname(name)  # noqa: PTH120
        with suppress(OSError):  # something else is there
            while folder:
                os.rmdir(os.path.join(out, folder))  # noqa: PTH106, PTH118
                folder = os.path.dirname(folder)  # noqa: PTH120
        left[os.path.join(out, folder)] = None  # noqa: PTH118
    for folder in left:  # before the manifest forgets them
        with suppress(FileNotFoundError):
            _sync_folder(folder)


def discard_files(out: Path) -> None:
    """Remove staged files below `out`; links are not followed.

    Whatever it is called: settings may have changed since.
    """
    if not os.path.lexists(os.path.join(out, MARK)):  # noqa: PTH118
        return
    for folder, _, files in os.walk(out):
        for file in files:
            if file.startswith(".") and file.endswith(MARK) and file != MARK:
                with suppress(OSError):
                    os.unlink(os.path.join(folder, file))  # noqa: PTH108, PTH118
    _unmark(out)


def _mark(out: str) -> None:
    with suppress(FileExistsError):  # another process of this build was first
        os.close(open_output(os.path.join(out, MARK), create=True))  # noqa: PTH118
        _sync_folder(out)  # it is to be found whatever else is


def _unmark(out: Path) -> None:
    with suppress(OSError):
        os.unlink(os.path.join(out, MARK))  # noqa: PTH108, PTH118


def _holds(target: str, body: bytes) -> bool:
    """Return whether the file at `target` has these bytes; a folder there is an error."""
    try:
        return holds_bytes(target, body)
    except (FileNotFoundError, NotAFileError):  # what is neither a file nor a folder is replaced
        return False


def _list_folders(out: str, folder: str) -> Iterator[str]:
    """Yield a folder and those above it, up to that of `out`: each may be new in the next."""
    while len(folder) > len(out):
        yield folder
        folder = _parent(folder)
    yield from (out, _parent(out))


def _parent(path: str) -> str:
    return os.path.dirname(path) or os.curdir  # noqa: PTH120


def _beside(target: str) -> str:
    folder, name = os.path.split(target)
    return os.path.join(folder, f".{name}{MARK}")  # noqa: PTH118


def _check_size(target: str, body: bytes) -> None:
    """Raise if a file is so large that no later build would read it: see `files`."""
    if len(body) > PUBLISHED_BYTES:
        wanted = f"at most {PUBLISHED_BYTES:,} bytes to publish"
        raise PublishError(f"{target}: expected {wanted}, got {len(body):,}; lower [feeds] limit")


def _explain(target: str, error: OSError) -> PublishError:
    return PublishError(f"{target}: {error.strerror}")


def _at_once(sync: Callable[[str], None], paths: Sequence[str]) -> None:
    """Call `sync` for all paths, several at once: one by one, each would wait for the disk.

    Nothing else is done meanwhile, since threads that write beside one that computes take turns
    with it at each call of the system, which costs more than the calls.
    """
    failures: list[Exception] = []

    def sync_part(number: int) -> None:
        try:
            for path in paths[number::_WRITERS]:
                sync(path)
        except Exception as error:  # noqa: BLE001 (raised again below)
            failures.append(error)

    # Not a pool, whose module takes longer to load than these few to start.
    threads = [Thread(target=sync_part, args=(n,)) for n in range(min(_WRITERS, len(paths)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def _sync_beside(target: str) -> None:
    try:
        sync(_beside(target))
    except OSError as error:
        raise _explain(target, error) from error


def _sync_folder(folder: str) -> None:
    if os.name == "posix":  # elsewhere folders cannot be opened, nor need be
        sync(folder)
