"""Folders and files to Articles: the IO at the path's start."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TypeAlias

from .config import Config
from .errors import PublishError, RecordError
from .guard import Published
from .model import Article
from .pages import MANIFEST, decode_manifest
from .records import (
    Reading,
    ReadSettings,
    clean_article,
    find_settings,
    read_document,
    read_json,
    read_json_lines,
)
from .settings import Site
from .text import clean_text

Source: TypeAlias = "str | os.PathLike[str] | Iterable[str | os.PathLike[str] | Article]"
"""A folder or file, several of them, or Articles."""

Problem: TypeAlias = RecordError
"""What was left out and why; its text is ``path:line: field: reason``."""

_TEXTS = (".md", ".markdown", ".html")
_LISTS = (".json", ".jsonl")
_WANTED = "source: expected paths or Articles"


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
    for reading in read_source(source, find_settings(config)):
        for error in reading.errors:
            if on_problem is None:
                raise error
            on_problem(error)
        if reading.article is not None:
            yield reading.article


def read_source(source: Source, settings: ReadSettings) -> Iterator[Reading]:
    """Yield what every record of `source` came to."""
    paths, articles = split_source(source)
    for path in find_files(paths):
        yield from read_file(path, settings)
    for article in articles:
        yield clean_article(article, settings.zone)


def split_source(source: Source) -> tuple[list[str], Iterable[Article]]:
    """Return the paths of `source` and its Articles, of which there is one or the other.

    Raises:
        TypeError: It holds something else.
    """
    if isinstance(source, str | os.PathLike):
        return [os.fspath(source)], ()
    try:
        items = iter(source)
    except TypeError:
        raise TypeError(f"{_WANTED}, got one {type(source).__name__}") from None
    first = next(items, None)
    if isinstance(first, str | os.PathLike):
        return [_check_path(item) for item in chain((first,), items)], ()
    return [], () if first is None else map(_check_article, chain((first,), items))


def _check_path(item: object) -> str:
    if not isinstance(item, str | os.PathLike):
        raise TypeError(f"{_WANTED}, got {_name_kind(item)} among paths")
    return os.fspath(item)


def _check_article(item: object) -> Article:
    if not isinstance(item, Article):
        raise TypeError(f"{_WANTED}, got {_name_kind(item)}")
    return item


def _name_kind(item: object) -> str:
    return type(item).__name__


def find_files(paths: Iterable[str], out: Path | None = None) -> list[str]:
    """Return every file that may hold records, each once, in order of path.

    Args:
        paths: Folders, which are searched with all below them, and files, which are taken
            whatever they are called.
        out: The folder that is published, in which nothing is a record.

    Raises:
        PublishError: A path cannot be read, or is to be published into.
    """
    skipped = "" if out is None else os.path.realpath(out)
    found: dict[str, str] = {}  # by real path, whatever the spelling of those given
    for path in paths:
        real = os.path.realpath(path)
        if skipped:
            _check_outside(path, real, skipped)
        try:
            mode = os.stat(path).st_mode  # noqa: PTH116 (as text: a Path for each of 100,000 costs)
            if stat.S_ISDIR(mode):
                for file in _scan_folder(path, skipped):
                    below = file[len(path) :].lstrip(os.sep)
                    found.setdefault(os.path.join(real, below), file)  # noqa: PTH118
            elif stat.S_ISREG(mode):
                found.setdefault(real, path)
            else:  # a pipe may be waited for without end
                raise PublishError(f"{path}: expected a folder or a file, got a device or pipe")
        except OSError as error:
            raise PublishError(f"{error.filename}: {error.strerror}") from error
    return sorted(found.values())


def _check_outside(path: str, real: str, out: str) -> None:
    if real == out:
        raise PublishError(
            f"{path}: expected another folder than OUT, which would overwrite records"
        )
    if os.path.commonpath([real, out]) == out:
        raise PublishError(f"{path}: expected records outside OUT, got a path in it")


def _scan_folder(top: str, skipped: str) -> Iterator[str]:
    waiting = [top]  # and no recursion: folders may be nested deeper than calls
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                # A link to a folder is not followed: it may lead back here.
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != "_drafts" and os.path.realpath(entry.path) != skipped:
                        waiting.append(entry.path)
                elif entry.name.endswith(_TEXTS) and _is_candidate(entry):
                    yield entry.path


def _is_candidate(entry: os.DirEntry[str]) -> bool:
    """Return whether it is a file, or a link that leads nowhere, which reading will report."""
    if entry.is_symlink() and not os.path.exists(entry.path):  # noqa: PTH110
        return True
    return entry.is_file()


def read_published(out: Path) -> list[Published]:
    """Return the feeds that the manifest below `out` names, none where there is no manifest.

    Raises:
        PublishError: There is one, and it cannot be read; what it names could not be withdrawn.
    """
    path = out / MANIFEST
    try:
        published = decode_manifest(path.read_bytes())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise PublishError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        wanted = "the one that feedkit wrote, or none"
        raise PublishError(f"{path}: expected {wanted}, got something else ({error})") from error
    if odd := [feed.path for feed in published if not _is_below(feed.path)]:
        raise PublishError(f"{path}: expected files below it, got {odd[0]!r}")
    return published


def _is_below(path: str) -> bool:
    parts = path.split("/") if path else ()
    return clean_text(path) == path and set(parts).isdisjoint(("", ".", ".."))


def read_file(path: str, settings: ReadSettings) -> Iterator[Reading]:
    """Yield what every record of one file came to; a file that cannot be read is one error."""
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123
            data = file.read()
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"byte {data[error.start]:#04x}"
        yield Reading(None, (RecordError(path, line, "", found, "UTF-8"),))
        return
    except OSError as error:
        yield Reading(None, (RecordError(path, 0, "", str(error.strerror)),))
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
