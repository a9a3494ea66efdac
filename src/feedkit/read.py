"""Folders and files to Articles: the IO at the path's start."""

from __future__ import annotations

import os
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

import msgspec

from .addresses import is_feed_name, is_feed_path
from .config import Config
from .errors import PublishError, RecordError
from .files import is_gone, read_chunks, read_file, read_start, split_lines
from .globs import make_matcher
from .guard import Published
from .limits import LIST_BYTES, PUBLISHED_BYTES, RECORD_BYTES
from .model import LIVE, Article, Format
from .pages.manifest import MANIFEST, Manifest, decode_manifest
from .provenance import HEAD, is_feed
from .records import (
    Reading,
    ReadSettings,
    Withheld,
    clean_article,
    find_settings,
    hide_text,
    read_document,
    read_json,
    read_json_lines,
)
from .scan import File, find_files, is_there, leave_out, name_sources
from .settings import Site
from .shown import Shown, decode_shown
from .source import Source, split_source
from .text import clean_text

Problem: TypeAlias = RecordError
"""What was left out and why; its text is ``path:line: field: reason``."""

_LISTS = (".json", ".jsonl")


def read_articles(
    source: Source,
    config: Config | Site | None = None,
    *,
    on_problem: Callable[[Problem], object] | None = None,
) -> Iterator[Article]:
    """Yield the articles of files, of every state, in order of path.

    A record that cannot be used and withholds its address is an Article with that alone, so that
    it is withheld where others list it.

    Args:
        source: A folder, which is read with all its own, a file, several of these, or Articles.
        config: Gives the time zone of dates that name none, UTC without it, and own fields.
        on_problem: Called with each record or related item that is left out.

    Raises:
        RecordError: A record cannot be used, and there is no `on_problem`.
        PublishError: A folder or file cannot be read at all.
    """
    known = config if isinstance(config, Config) else None
    for reading in read_source(source, find_settings(config), known):
        for error in reading.errors:
            if on_problem is None:
                raise error
            on_problem(error)
        if reading.article is not None:
            yield reading.article
        for article, _ in reading.withheld:
            if article.state not in LIVE or article.available or article.expires:
                yield msgspec.structs.replace(article, title=article.url, state="draft")


def read_source(source: Source, settings: ReadSettings, config: Config | None) -> Iterator[Reading]:
    """Yield what every record of `source` came to; data files hold none."""
    paths, articles = split_source(source)
    data, patterns = (config.data.places, config.exclude.files) if config else ((), ())
    is_left_out = make_leaver(patterns, paths)
    for file in leave_out(find_files(paths, follow_links=settings.follow_links), data):
        read = read_left_out if is_left_out and is_left_out(file) else read_records
        yield from read(file, settings)
    for article in articles:
        yield clean_article(article, settings.zone)


def make_leaver(patterns: Iterable[str], tops: Iterable[str]) -> Callable[[File], bool] | None:
    """Return what tells whether any pattern means a file, or the one that a link leads to.

    The arguments are those of `make_matcher`.
    """
    is_meant = make_matcher(patterns, {real for top in name_sources(tops).items() for real in top})
    if is_meant is None:
        return None
    return lambda file: is_meant(file.name) or (file.target != "" and is_meant(file.target))


def read_left_out(
    file: File, settings: ReadSettings, on_data: Callable[[bytes], object] | None = None
) -> Iterator[Reading]:
    """Yield what the records of a file that settings leave out withhold, and nothing else of them.

    The arguments are those of `read_records`.
    """
    settings = settings._replace(is_left_out=True)
    for reading in read_records(file, settings, on_data):
        withheld = reading.withheld
        if reading.article is not None:
            article = hide_text(msgspec.structs.replace(reading.article, id="", state="removed"))
            withheld = (Withheld(article),)
        yield Reading(None, withheld=withheld, is_unread=reading.is_unread)


def read_remarks(source: Source, config: Config, now: datetime) -> Iterator[Reading]:
    """Yield what every record came to, with its keys that are not read, and what was repaired."""
    settings = find_settings(config)._replace(has_remarks=True, at=now)
    return read_source(source, settings, config)


def read_published(out: Path) -> Manifest:
    """Return what the manifest below `out` says, one without feeds where there is none.

    Raises:
        PublishError: There is one, and it cannot be read; what it names could not be withdrawn.
    """
    path = out / MANIFEST
    try:
        return decode_published(read_file(path, PUBLISHED_BYTES), os.fspath(path))
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
    published.feeds, published.strange = _leave_strange(published.feeds)
    return published


def _leave_strange(feeds: list[Published]) -> tuple[list[Published], list[str]]:
    """Return the files that any settings can have given, and the names of the others."""
    kept, strange = list[Published](), list[str]()
    for feed in feeds:
        if is_feed_path(feed.path) and all(map(is_feed_name, feed.files)):
            kept.append(feed)
            continue
        is_place = is_feed_path(feed.path)
        files = {name: sha for name, sha in feed.files.items() if is_place and is_feed_name(name)}
        if files:
            kept.append(msgspec.structs.replace(feed, files=files))
        others = (name for name in feed.files if name not in files)
        strange += [f"{feed.path}/{name}" if feed.path else name for name in others]
    return kept, strange


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
    if path.name.startswith("."):  # what a build that died had staged
        return False
    with suppress(OSError):
        return is_feed(read_start(path, HEAD))
    return False


def read_shown(out: Path, feed: Published, format: Format) -> list[Shown] | None:
    """Return the entries of a published feed, None where it cannot be read in this format."""
    for name in feed.files:
        if feed.format_of(name) == format:
            with suppress(OSError, ValueError):
                return decode_shown(read_file(out / feed.path / name, PUBLISHED_BYTES), format)
    return None


def _is_below(feed: Published) -> bool:
    parts = feed.path.split("/") if feed.path else []
    names = {name for name in feed.files if "/" in name or "\\" in name}
    return clean_text(feed.path) == feed.path and {"", ".", ".."}.isdisjoint(parts) and not names


def load_published(out: Path, name: str) -> bytes | None:
    """Return the bytes of a published file, None where it cannot be read."""
    try:
        return read_file(out / name, PUBLISHED_BYTES)
    except OSError:
        return None


def read_records(
    file: File, settings: ReadSettings, on_data: Callable[[bytes], object] | None = None
) -> Iterator[Reading]:
    """Yield what every record of one file came to; that it cannot be read is one error.

    Args:
        file: The file; the ending of its name tells of what kind it is.
        settings: As `find_settings` returns them.
        on_data: Called with the file's bytes, once or part by part.
    """
    name = file.name
    if file.is_refused:
        wanted = "a link to a file in CONTENT, or [records] follow_links = true"
        refused = RecordError(name, 0, "", f"one to {file.target}", wanted)
        yield Reading(None, (refused,), is_unread=True, is_there=True)
        return
    try:
        if name.endswith(".jsonl"):
            parts = _watch_parts(read_parts(file), on_data)
            for number, line in enumerate(split_lines(parts, RECORD_BYTES), 1):
                yield from _read_line(line, number, name, settings)
        else:
            data = b"".join(read_parts(file))
            if on_data:
                on_data(data)
            yield from read_bytes(data, name, settings)
    except OSError as error:
        reason, is_there = str(error.strerror), not is_gone(error)
        if file.target:
            reason = f"a link to {file.target}: {reason}"
        found = RecordError(name, 0, "", reason)
        yield Reading(None, (found,), is_unread=True, is_there=is_there)


def read_parts(file: File) -> Iterable[bytes]:
    """Return the bytes of a file that tell what its records come to.

    These are all of a list, part by part, and of any other file one byte more than a record may
    have.

    Raises:
        OSError: It cannot be read, or is too large.
    """
    path = file.target or file.path  # where a link may stand by now
    if file.name.endswith(_LISTS):
        return read_chunks(path, LIST_BYTES, follow=False)
    return [read_start(path, RECORD_BYTES, follow=False)]


def _watch_parts(
    parts: Iterable[bytes], on_data: Callable[[bytes], object] | None
) -> Iterator[bytes]:
    for part in parts:
        if on_data:
            on_data(part)
        yield part


def _read_line(line: bytes, number: int, name: str, settings: ReadSettings) -> Iterator[Reading]:
    """Yield what the records on a line of a list came to."""
    if len(line) > RECORD_BYTES:
        wanted = f"at most {RECORD_BYTES:,} bytes of one record"
        start = read_bytes(line[:RECORD_BYTES], name, settings, number)
        yield _refuse(RecordError(name, number, "", "more", wanted), start)
    elif line:
        yield from read_bytes(line, name, settings, number)


def read_bytes(
    data: bytes, path: str, settings: ReadSettings, number: int = 1
) -> Iterator[Reading]:
    """Yield what every record in the bytes of a file came to, as `read_parts` returns them.

    Args:
        data: The bytes.
        path: What errors call the file.
        settings: As `find_settings` returns them.
        number: Of the first line.
    """
    is_cut = len(data) > RECORD_BYTES and not path.endswith(_LISTS)
    if is_cut:
        data = _cut_text(data)
    has_mark = number == 1 and data.startswith(BOM_UTF8)
    try:
        text = data.decode("utf-8-sig" if has_mark else "utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + number
        found = f"byte {data[error.start]:#04x}"
        read = _read_text(_decode_roughly(data), path, settings, number)
        yield _refuse(RecordError(path, line, "", found, "UTF-8"), read)
        return
    read = _read_text(text, path, settings, number)
    yield from map(_drop_body, read) if is_cut else read


def _decode_roughly(data: bytes) -> str:
    """Return text that is no UTF-8 as far as it can be read: what it withholds is withheld."""
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):  # as editors on Windows write it
        return data.decode("utf-16", "replace").replace("\0", "")  # UTF-32 too
    return data.decode("utf-8", "replace")


def _refuse(error: RecordError, read: Iterable[Reading]) -> Reading:
    """Return what records come to that cannot be used as they were read: what they withhold."""
    withheld: list[Withheld] = []
    for one in read:
        withheld += [Withheld(hide_text(one.article), one.word)] if one.article else one.withheld
    return Reading(None, (error,), withheld=tuple(withheld))


def _read_text(text: str, path: str, settings: ReadSettings, number: int) -> Iterator[Reading]:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if path.endswith(".jsonl"):
        yield from read_json_lines(text, path, settings, number)
    elif path.endswith(".json"):
        yield from read_json(text, path, settings)
    elif not path.endswith(".html") or text.startswith("---"):  # other HTML is no candidate
        yield read_document(text, path, settings, html=path.endswith(".html"))


def _cut_text(data: bytes) -> bytes:
    """Return the first bytes of a record, without the character that they would cut in two."""
    end = RECORD_BYTES
    while end > RECORD_BYTES - 3 and data[end] & 0xC0 == 0x80:  # RFC 3629: it goes on here
        end -= 1
    return data[:end]


def _drop_body(reading: Reading) -> Reading:
    """Return what a record came to whose body is too long to be shown."""
    article = reading.article
    if article is None:
        return reading
    return reading._replace(article=msgspec.structs.replace(article, body=None))
