"""Spill files: records and entries stored on disk during one build, to keep memory small."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import lru_cache
from operator import methodcaller
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple
from zlib import crc32

import msgspec

from ..errors import PublishError
from ..models import Article
from . import PRIVATE, open_binary, open_output

#: Tells of a text whether it begins as an address that a record may have.
_IS_HTTP = methodcaller("startswith", ("https://", "http://"))


class RecordRef(NamedTuple):
    """The position of an encoded record: the number of its file, an offset and a length."""

    part: int
    offset: int
    length: int


class SpillFile:
    """A file written from its start, or its end, on; whoever reads it waits until it is closed.

    It and its methods raise a PublishError where it cannot be written.
    """

    def __init__(self, path: Path, *, append: bool = False) -> None:
        self._path = path
        try:
            descriptor = open_output(path, append=append, follow=True, mode=PRIVATE)
            self._file: BinaryIO = os.fdopen(descriptor, "ab" if append else "wb", 1 << 18)
        except OSError as error:
            raise _explain(path, error) from error
        self._end = self._file.tell()

    def add(self, data: bytes) -> int:
        """Write `data`, and return its offset."""
        offset = self._end
        try:
            self._file.write(data)
        except OSError as error:
            raise _explain(self._path, error) from error
        self._end += len(data)
        return offset

    def __enter__(self) -> SpillFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._file.close()
        except OSError as failure:
            raise _explain(self._path, failure) from failure


def _explain(path: Path, error: OSError) -> PublishError:
    return PublishError(f"{path}: {error.strerror}")


def seal_record(data: bytes) -> bytes:
    """Return an encoded record as it is stored for later builds, with its CRC-32.

    What a power cut or a failing disk leaves of it may well be a record, with other text.
    """
    return data + crc32(data).to_bytes(4)


def _open_record(data: bytes) -> memoryview:
    view = memoryview(data)
    if crc32(view[:-4]) != int.from_bytes(view[-4:]):
        raise EOFError("a record that was set aside is damaged")
    return view[:-4]


@contextmanager
def open_spill_files(folder: Path, prefix: str) -> Iterator[Callable[[int, int, int], bytes]]:
    """Yield a function that reads spill files, by number, offset and length."""
    files: dict[int, BinaryIO] = {}
    with ExitStack() as stack:

        def read(part: int, offset: int, length: int) -> bytes:
            file = files.get(part)
            if file is None:
                path = name_spill_file(folder, prefix, part)
                file = files[part] = stack.enter_context(open_binary(path))
            return _read_at(file, offset, length)

        yield read


def _read_at(file: BinaryIO, offset: int, length: int) -> bytes:
    if hasattr(os, "pread"):  # one system call, not two
        return os.pread(file.fileno(), length, offset)
    file.seek(offset)
    return file.read(length)


def name_spill_file(folder: Path, prefix: str, part: int) -> Path:
    """Return the path of a spill file."""
    return folder / f"{prefix}{part}"


def list_parts(folder: Path) -> list[int]:
    """Return the numbers of the files of encoded records in `folder`, in order."""
    names = (path.name.removeprefix("records") for path in folder.glob("records*"))
    return sorted(int(name) for name in names if name.isdecimal())


def measure_parts(folder: Path, parts: Iterable[int]) -> int:
    """Return how many bytes these files hold.

    Raises:
        FileNotFoundError: One is none.
    """
    paths = [name_spill_file(folder, "records", part) for part in parts]
    if odd := [path for path in paths if not path.is_file()]:
        raise FileNotFoundError(odd[0])
    return sum(path.stat().st_size for path in paths)


def remove_parts(folder: Path, kept: Container[int]) -> None:
    """Remove all these files but some."""
    for part in list_parts(folder):
        if part not in kept:
            with suppress(OSError):  # it may be a folder that is not ours
                name_spill_file(folder, "records", part).unlink()


@contextmanager
def open_articles(folder: Path) -> Iterator[Callable[[RecordRef], Article]]:
    """Yield a function that loads the article of a RecordRef; the last few hundred are cached.

    Neighbours in time show the same parents and related articles.
    """
    decode = msgspec.msgpack.Decoder(Article).decode
    with open_spill_files(folder, "records") as read:

        @lru_cache(maxsize=512)
        def load(place: RecordRef) -> Article:
            return _check_addresses(decode(_open_record(read(*place))))

        yield load


def _check_addresses(article: Article) -> Article:
    """Return the article if all its addresses are http(s) addresses.

    Raises:
        EOFError: One is not: something else than feedkit wrote it.
    """
    addresses = [article.url, article.amp_url or article.url]
    addresses += [one.url for one in article.images]
    if article.enclosures:
        addresses += [one.url for one in article.enclosures]
    for item in article.related:
        addresses += (item.url, item.amp_url or item.url)
        if item.images:
            addresses += [one.url for one in item.images]
    if not all(map(_IS_HTTP, addresses)):
        raise EOFError("a record that was set aside has an address that no record can have")
    return article
