"""Files and mappings read to clean Articles, errors and repairs. The only room of dateutil.

`sources` itself reads files and folders; `records` reads their text.
"""

from __future__ import annotations

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TypeAlias

import msgspec

from ..config import Config
from ..config.settings import Site
from ..errors import RecordError
from ..files import is_gone, read_chunks, read_start, split_lines
from ..files.discovery import File, find_files, leave_out, name_sources
from ..files.globs import make_matcher
from ..limits import LIST_BYTES, RECORD_BYTES
from ..models import LIVE, Article, Source, split_source
from .coercion import ReadSettings
from .records import (
    Reading,
    clean_article,
    find_settings,
    read_document,
    read_json,
    read_json_lines,
)
from .withholding import Withheld, hide_text

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

    A record that cannot be used and withholds its address is yielded as a draft Article with
    nothing but that address, so that the address stays withheld if other records list it.

    Args:
        source: A folder, which is read with its subfolders, a file, several of these, or Articles.
        config: The settings for dates without a time zone (UTC if left out) and for extensions.
        on_problem: A function that is called with each record or related item that is left out.

    Raises:
        RecordError: A record cannot be used, and `on_problem` is None.
        PublishError: A folder or file cannot be read.
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
    """Yield a reading of every record of `source`; data files hold none."""
    paths, articles = split_source(source)
    data, patterns = (config.data.places, config.exclude.files) if config else ((), ())
    is_left_out = make_leaver(patterns, paths)
    for file in leave_out(find_files(paths, follow_links=settings.follow_links), data):
        read = read_left_out if is_left_out and is_left_out(file) else read_records
        yield from read(file, settings)
    for article in articles:
        yield clean_article(article, settings.zone)


def make_leaver(patterns: Iterable[str], tops: Iterable[str]) -> Callable[[File], bool] | None:
    """Return a function that tells whether a file, or the target of a link, is left out.

    The arguments are those of `make_matcher`.
    """
    is_meant = make_matcher(patterns, {real for top in name_sources(tops).items() for real in top})
    if is_meant is None:
        return None
    return lambda file: is_meant(file.name) or (file.target != "" and is_meant(file.target))


def read_left_out(
    file: File, settings: ReadSettings, on_data: Callable[[bytes], object] | None = None
) -> Iterator[Reading]:
    """Yield what the records of a left out file withhold, and nothing else of them.

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
    """Yield readings of all records, with unread keys and repairs."""
    settings = find_settings(config)._replace(has_remarks=True, at=now)
    return read_source(source, settings, config)


def read_records(
    file: File, settings: ReadSettings, on_data: Callable[[bytes], object] | None = None
) -> Iterator[Reading]:
    """Yield a reading of every record of one file; a file that cannot be read is one error.

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
    """Return the bytes of a file that can hold records.

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
    """Yield readings of the records on a line of a list."""
    if len(line) > RECORD_BYTES:
        wanted = f"at most {RECORD_BYTES:,} bytes of one record"
        start = read_bytes(line[:RECORD_BYTES], name, settings, number)
        yield _refuse(RecordError(name, number, "", "more", wanted), start)
    elif line:
        yield from read_bytes(line, name, settings, number)


def read_bytes(
    data: bytes, path: str, settings: ReadSettings, number: int = 1
) -> Iterator[Reading]:
    """Yield a reading of every record in the bytes of a file, as `read_parts` returns them.

    Args:
        data: The bytes.
        path: What errors call the file.
        settings: As `find_settings` returns them.
        number: The number of the first line.
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
    """Return text that is no UTF-8 as far as it can be read, to find what it withholds."""
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):  # as editors on Windows write it
        return data.decode("utf-16", "replace").replace("\0", "")  # UTF-32 too
    return data.decode("utf-8", "replace")


def _refuse(error: RecordError, read: Iterable[Reading]) -> Reading:
    """Return a reading that only withholds, for records that cannot be used as they were read."""
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
    """Return a reading without its body, which is too long to be shown."""
    article = reading.article
    if article is None:
        return reading
    return reading._replace(article=msgspec.structs.replace(article, body=None))
