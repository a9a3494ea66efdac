"""Files and folders: discovery, bounded reads, atomic writes, locks and spill files.

Takes and returns paths and bytes. The only room that opens files, and `files` itself is the only
module that does: regular files alone, each read up to a bound.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import BinaryIO, TypeAlias

#: What pages and feeds look like, and what pages do where scripts run.
FEED_STYLE = "feedkit-feed.css"
STATIC = ("feedkit.css", "feedkit.js", FEED_STYLE)
#: Files that every build writes at the top, and the page that it writes beside each feed.
TOP_FILES = ("index.html", "feeds.opml", "feeds.json", *STATIC)
PAGE = "index.html"
#: What stands in OUT while there may be files beside their targets, and how their names end:
#: no build has to know how another one called its files.
MARK = ".feedkit.new"
#: How the names of copies end: nothing else that is published may be called so.
COPY = ".gz"


#: The mode of files that nobody but their owner may read.
PRIVATE = 0o600

PathLike: TypeAlias = "str | os.PathLike[str]"

#: Flags that not every system has; 0 if there is none.
_ALWAYS = sum(getattr(os, flag, 0) for flag in ("O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"))
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
#: Bytes that are read at once from a file whose size does not tell how many there are.
_CHUNK = 1 << 20
_LINE_END = rb"\r\n|\r|\n"
#: A link that leads nowhere is nothing (path_resolution(7)).
_GONE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG)
_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


class NotAFileError(OSError):
    """The path is not that of a regular file."""


class TooLargeError(OSError):
    """A file holds more bytes than are read of its kind."""


def is_gone(error: OSError) -> bool:
    """Return whether an error says that no file is there, rather than that it cannot be read."""
    return isinstance(error, NotAFileError | IsADirectoryError) or error.errno in _GONE


def is_strange(path: PathLike) -> bool:
    """Return whether a path is that of something else than a regular file.

    Libraries that open files by themselves would wait for a pipe without end.
    """
    try:
        return not stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


def make_too_large(path: PathLike, most: int) -> TooLargeError:
    """Return the error of a file that holds more than `most` bytes."""
    text = f"expected at most {most:,} bytes, got more"
    return TooLargeError(errno.EFBIG, text, os.fspath(path))


def read_file(path: PathLike, most: int, *, follow: bool = True) -> bytes:
    """Return the bytes of a regular file.

    Args:
        path: The file.
        most: Bytes that it may hold.
        follow: Whether `path` may be a symbolic link.

    Raises:
        TooLargeError: It holds more.
        NotAFileError: It is a pipe or a device, say.
        OSError: It cannot be opened or read.
    """
    descriptor, size = _open_regular(path, follow=follow)
    try:
        if size > most:
            raise make_too_large(path, most)
        data = _read_up_to(descriptor, size, most)
    finally:
        os.close(descriptor)
    if len(data) > most:
        raise make_too_large(path, most)
    return data


def read_start(path: PathLike, most: int, *, follow: bool = True) -> bytes:
    """Return the first ``most + 1`` bytes of a regular file, or all of a shorter one.

    The arguments and errors are those of `read_file`, but for TooLargeError.
    """
    descriptor, size = _open_regular(path, follow=follow)
    try:
        return _read_up_to(descriptor, size, most)
    finally:
        os.close(descriptor)


def read_chunks(path: PathLike, most: int, *, follow: bool = True) -> Iterator[bytes]:
    """Yield the bytes of a regular file, a megabyte at a time; see `read_file`."""
    descriptor, size = _open_regular(path, follow=follow)
    try:
        if size > most:
            raise make_too_large(path, most)
        # Files of /proc have no size, and some of them no end: of these little is read.
        left = most = most if size else min(most, _CHUNK)
        while chunk := os.read(descriptor, _CHUNK):
            left -= len(chunk)
            if left < 0:
                raise make_too_large(path, most)
            yield chunk
    finally:
        os.close(descriptor)


def split_lines(chunks: Iterable[bytes], longest: int) -> Iterator[bytes]:
    r"""Yield the lines of a file without their ends, which are ``\n``, ``\r\n`` or ``\r``.

    Of a line of more than `longest` bytes one byte more than these comes, and nothing else.
    """
    rest, is_cut = b"", False
    for chunk in chunks:
        data, place = rest + chunk, 0
        for end in re.compile(_LINE_END).finditer(data, 0, len(data) - data.endswith(b"\r")):
            if not is_cut:
                yield data[place : min(end.start(), place + longest + 1)]
            place, is_cut = end.end(), False
        rest = data[place:]
        if len(rest) > longest + 1:  # the last byte may be half of a line's end
            if not is_cut:
                yield rest[: longest + 1]
            is_cut, rest = True, rest[-1:]
    if rest and not is_cut:
        yield rest.rstrip(b"\r")


def holds_bytes(path: PathLike, body: bytes) -> bool:
    """Return whether a regular file holds exactly these bytes.

    Raises:
        OSError: As `read_file`.
    """
    descriptor, size = _open_regular(path)
    try:
        return size == len(body) and _read_up_to(descriptor, size, size) == body
    finally:
        os.close(descriptor)


def open_binary(path: PathLike, buffering: int = 0) -> BinaryIO:
    """Return a regular file opened for reading; `buffering` as of `open`, by default none."""
    descriptor, _ = _open_regular(path)
    return os.fdopen(descriptor, "rb", buffering)


def open_output(
    path: PathLike,
    *,
    append: bool = False,
    create: bool = False,
    follow: bool = False,
    mode: int = 0o666,
) -> int:
    """Return the descriptor of a regular file opened for writing, made if it is missing.

    Args:
        path: The file; what it holds is written over.
        append: Whether it is written behind that instead.
        create: Whether the file must not exist yet.
        follow: Whether `path` may be a symbolic link.
        mode: The mode of a file that is created.

    Raises:
        NotAFileError: It is a pipe or a device, say.
        OSError: It cannot be opened.
    """
    flags = os.O_WRONLY | os.O_CREAT | _ALWAYS | (0 if follow else _NO_LINK)
    flags |= (os.O_APPEND if append else 0) | (os.O_EXCL if create else 0)
    descriptor = os.open(path, flags, mode)
    try:
        status = os.fstat(descriptor)
        _check_regular(path, status)
        # ext4 begins to write a file to disk as soon as it is closed, if it was cut to nothing.
        if status.st_size and not append:
            os.ftruncate(descriptor, 0)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def write_file(path: PathLike, body: bytes, *, mode: int = 0o666) -> None:
    """Write bytes over a file, or into a new one; see `open_output`."""
    descriptor = open_output(path, mode=mode)
    try:
        view = memoryview(body)
        while view:
            view = view[os.write(descriptor, view) :]
    finally:
        os.close(descriptor)


def make_private(path: PathLike) -> None:
    """Create a file for its owner alone, or close an existing one to others."""
    descriptor = open_output(path, append=True, mode=PRIVATE)
    try:
        close_to_others(descriptor)
    finally:
        os.close(descriptor)


def close_to_others(descriptor: int) -> None:
    """Remove the permissions of other users from an opened file of this user."""
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode) and stat.S_IMODE(mode) & ~PRIVATE and hasattr(os, "fchmod"):
        with suppress(PermissionError):  # another user's
            os.fchmod(descriptor, PRIVATE)


def open_lock(path: PathLike, access: int, mode: int = PRIVATE) -> int:
    """Return the descriptor of a regular file or folder; a file is made if `access` says so."""
    descriptor = os.open(path, access | _NO_LINK | _ALWAYS, mode)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISDIR(status.st_mode):
            _check_regular(path, status)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def sync(path: PathLike) -> None:
    """Wait until a file or folder is on disk; an error of any writer is raised here (fsync(2))."""
    access = os.O_RDONLY if os.name == "posix" else os.O_RDWR
    descriptor = os.open(path, access | _ALWAYS)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _open_regular(path: PathLike, *, follow: bool = True) -> tuple[int, int]:
    """Return the descriptor of a regular file opened for reading, and its size."""
    descriptor = os.open(path, os.O_RDONLY | _ALWAYS | (0 if follow else _NO_LINK))
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            _check_regular(path, status)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor, status.st_size


def _check_regular(path: PathLike, status: os.stat_result) -> None:
    kind = stat.S_IFMT(status.st_mode)
    if kind == stat.S_IFDIR:
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    if kind != stat.S_IFREG:
        text = f"expected a file, got {_KINDS.get(kind, 'something else')}"
        raise NotAFileError(errno.EINVAL, text, os.fspath(path))


def _read_up_to(descriptor: int, size: int, most: int) -> bytes:
    """Return the bytes of a file, at most ``most + 1`` of them."""
    # The size is nothing to rely on: other programs write, and those of /proc have none.
    data = os.read(descriptor, min(size, most) + 1)
    if len(data) == size:
        return data
    parts, left = [data], most + 1 - len(data)
    while left > 0 and (data := os.read(descriptor, min(left, _CHUNK))):
        parts.append(data)
        left -= len(data)
    return b"".join(parts)
