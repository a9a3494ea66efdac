"""Folders and files to Articles: the IO at the path's start."""

from __future__ import annotations

import os
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from .config import Config
from .errors import PublishError, RecordError
from .guard import Published
from .model import Article, Format
from .pages.manifest import MANIFEST, Manifest, decode_manifest
from .records import (
    Reading,
    ReadSettings,
    clean_article,
    find_settings,
    read_document,
    read_json,
    read_json_lines,
)
from .scan import find_files, is_there, leave_out
from .settings import Site
from .shown import Shown, decode_shown
from .source import Source, split_source
from .text import clean_text

Problem: TypeAlias = RecordError
"""What was left out and why; its text is ``path:line: field: reason``."""

_LISTS = (".json", ".jsonl")
#: Bytes of a file that are read at once: all, of most.
_CHUNK = 1 << 16


def read_articles(
    source: Source,
    config: Config | Site | None = None,
    *,
    on_problem: Callable[[Problem], object] | None = None,
) -> Iterator[Article]:
    """Yield the articles of files, of every state, in order of path.

    Args:
        source: A folder, which is read with all its own, a file, several of these, or Articles.
        config: Gives the time zone of dates that name none, UTC without it, and own fields.
        on_problem: Called with each record or related item that is left out.

    Raises:
        RecordError: A record cannot be used, and there is no `on_problem`.
        PublishError: A folder or file cannot be read at all.
    """
    data = config.data.places if isinstance(config, Config) else ()
    for reading in read_source(source, find_settings(config), data):
        for error in reading.errors:
            if on_problem is None:
                raise error
            on_problem(error)
        if reading.article is not None:
            yield reading.article


def read_source(
    source: Source, settings: ReadSettings, data: Iterable[str] = ()
) -> Iterator[Reading]:
    """Yield what every record of `source` came to; none is in `data`."""
    paths, articles = split_source(source)
    for file in leave_out(find_files(paths), data):
        yield from read_file(file.name, settings)
    for article in articles:
        yield clean_article(article, settings.zone)


def read_remarks(source: Source, config: Config) -> Iterator[Reading]:
    """Yield what every record came to, with its keys that are not read, and what was repaired."""
    settings = find_settings(config)._replace(has_remarks=True)
    return read_source(source, settings, config.data.places)


def read_published(out: Path) -> Manifest:
    """Return what the manifest below `out` says, one without feeds where there is none.

    Raises:
        PublishError: There is one, and it cannot be read; what it names could not be withdrawn.
    """
    path = out / MANIFEST
    try:
        return decode_published(path.read_bytes(), os.fspath(path))
    except FileNotFoundError:
        _check_strange(out)
        return Manifest([])
    except OSError as error:
        raise PublishError(f"{path}: {error.strerror}") from error


def decode_published(data: bytes, where: str) -> Manifest:
    """Return what a manifest says.

    Args:
        data: The manifest.
        where: What errors call it.

    Raises:
        PublishError: It is none.
    """
    try:
        published = decode_manifest(data)
    except ValueError as error:
        wanted = "the one that feedkit wrote, or none"
        raise PublishError(f"{where}: expected {wanted}, got something else ({error})") from error
    if odd := [feed.path for feed in published.feeds if not _is_below(feed)]:
        raise PublishError(f"{where}: expected files below it, got {odd[0]!r}")
    return published


def _check_strange(out: Path) -> None:
    """Raise where there are feeds of earlier builds, or another's page where theirs would be.

    Nobody knows then which feeds there are, and what they show could not be withdrawn.
    """
    for path in sorted(out.rglob("*")):
        if _is_feed(path):
            wanted = f"{out / MANIFEST}, which names the feeds that feedkit wrote"
            raise PublishError(f"{path}: expected {wanted}; restore it, or empty {out} and build")
    page = out / "index.html"
    if is_there(os.fspath(page)):
        raise PublishError(
            f"{page}: expected a folder for feeds alone, got a page of something else"
        )


def _is_feed(path: Path) -> bool:
    """Return whether a file is a feed that feedkit wrote."""
    if path.name.startswith(".") or not path.is_file():  # what a build that died had staged
        return False
    with suppress(OSError), path.open("rb") as file:
        head = file.read(_HEAD)
        return b"<generator>feedkit</generator>" in head or head.startswith(_JSON)
    return False


#: Bytes at the beginning of a feed that say what wrote it.
_HEAD = 65_536
_JSON = b'{"version":"https://jsonfeed.org/version/1.1","title":'


def read_shown(out: Path, feed: Published, format: Format) -> list[Shown] | None:
    """Return the entries of a published feed, None where it cannot be read in this format."""
    for name in feed.files:
        if feed.format_of(name) == format:
            with suppress(OSError, ValueError):
                return decode_shown((out / feed.path / name).read_bytes(), format)
    return None


def _is_below(feed: Published) -> bool:
    parts = feed.path.split("/") if feed.path else []
    names = {name for name in feed.files if "/" in name or "\\" in name}
    return clean_text(feed.path) == feed.path and {"", ".", ".."}.isdisjoint(parts) and not names


def load_published(out: Path, name: str) -> bytes | None:
    """Return the bytes of a published file, None where it cannot be read."""
    try:
        return (out / name).read_bytes()
    except OSError:
        return None


def read_file(path: str, settings: ReadSettings) -> Iterator[Reading]:
    """Yield what every record of one file came to; a file that cannot be read is one error."""
    data = load_file(path, path)
    return iter((data,)) if isinstance(data, Reading) else read_bytes(data, path, settings)


def load_file(path: str, name: str) -> bytes | Reading:
    """Return the bytes of a file, or what it comes to, under its name, where it cannot be read."""
    try:
        return _read_bytes(path)
    except OSError as error:
        return Reading(None, (RecordError(name, 0, "", str(error.strerror)),))


def read_bytes(data: bytes, path: str, settings: ReadSettings) -> Iterator[Reading]:
    """Yield what every record in the bytes of a file came to."""
    try:
        text = data.decode("utf-8-sig" if data.startswith(BOM_UTF8) else "utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"byte {data[error.start]:#04x}"
        yield Reading(None, (RecordError(path, line, "", found, "UTF-8"),))
        return
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if path.endswith(_LISTS):
        read = read_json if path.endswith(".json") else read_json_lines
        yield from read(text, path, settings)
    elif not path.endswith(".html"):
        yield read_document(text, path, settings)
    elif text.startswith("---"):  # other HTML is no candidate
        yield read_document(text, path, settings, html=True)


def _read_bytes(path: str) -> bytes:
    # As calls of the system: a file object asks for the size and position of each file too.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        parts = []
        while part := os.read(descriptor, _CHUNK):
            parts.append(part)
    finally:
        os.close(descriptor)
    return b"".join(parts)
