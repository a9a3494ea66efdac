"""Records read and indexed, their Articles stored in spill files."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime, tzinfo
from hashlib import blake2b
from itertools import chain
from pathlib import Path

import msgspec

from ..cache.source_files import LENGTH, Unit
from ..config import Config
from ..errors import RecordError, UrlError, show
from ..files.discovery import File, open_stamp
from ..files.spill import Spool, seal_record, spool_path
from ..models import LIVE, Article
from ..selection.index import Place, Row, make_indexer, make_mover, reject_row
from ..sources.reader import make_leaver, read_left_out, read_parts, read_records
from ..sources.records import Reading, clean_article, find_settings
from ..sources.withholding import Withheld, hide_text
from ..syntax.values import take_text
from ..text.urls import article_key, canonical_url

#: What the paths of Articles that no file holds begin with; files' are absolute.
ARTICLE = b"article:"

Prepare = Callable[[Article], Article | None]
"""Changes an Article before it is used; None withholds it."""


class Part(msgspec.Struct, frozen=True):
    """The share of the records that one process reads: files, or Articles."""

    number: int
    files: list[File]
    articles: Iterable[Article] = ()
    #: Whether it is set aside behind what the file of this number holds already.
    append: bool = False

    def share(self, number: int, parts: int) -> Part:
        """Return one of several shares of it; Articles, which come once, are all in the first."""
        files = self.files[number::parts]
        if number == 0:
            return msgspec.structs.replace(self, files=files)
        return Part(self.number + number, files)


class Gatherer:
    """Reads one part after another and sets its Articles aside."""

    def __init__(
        self,
        folder: Path,
        config: Config,
        now: datetime,
        prepare: Prepare | None,
        sources: Iterable[str] = (),
    ) -> None:
        """Take what is the same for all parts.

        Args:
            folder: Where the files of encoded records are.
            config: What is excluded, the time zone of dates without one, and own fields.
            now: Aware; articles dated later are withheld.
            prepare: Applied to every Article, of whatever state.
            sources: Folders and files of records, as files' names begin.
        """
        self._folder, self._prepare = folder, prepare
        self._settings, self._index = find_settings(config), make_indexer(config, now)
        self._move, self._now = make_mover(config), now
        self._is_left_out = make_leaver(config.exclude.files, sources)
        self._encode = msgspec.msgpack.Encoder().encode

    def gather_part(
        self, part: Part, *, on_progress: Callable[[int], object]
    ) -> Iterator[list[Unit]]:
        """Yield what the files and Articles of a part come to, many at a time.

        Args:
            part: What to read.
            on_progress: Called now and then with the number of files read.
        """
        units: list[Unit] = []
        path = spool_path(self._folder, "records", part.number)
        with Spool(path, append=part.append) as spool:
            files = self._gather_files(part, spool, on_progress)
            for unit in chain(files, self._gather_articles(part, spool)):
                units.append(unit)
                if len(units) == LENGTH:
                    yield units
                    units = []
        yield units

    def _gather_files(
        self, part: Part, spool: Spool, on_progress: Callable[[int], object]
    ) -> Iterator[Unit]:
        for count, file in enumerate(part.files):
            yield self._gather_file(file, spool, part.number)
            if not count & 255:
                on_progress(count)

    def _gather_file(self, file: File, spool: Spool, part: int) -> Unit:
        unit = Unit(os.fsencode(file.path), file.name, file.stamp, b"")
        digest = make_digest()
        if self._is_left_out and self._is_left_out(file):
            for reading in read_left_out(file, self._settings, digest.update):
                unit.stamp = open_stamp(file) if reading.is_unread else unit.stamp
                for withheld in reading.withheld:
                    self._withhold(unit, withheld, spool, part)
            unit.digest = digest.digest()
            return unit
        for reading in read_records(file, self._settings, digest.update):
            self._keep(unit, reading, spool, part)
            if reading.is_unread:  # it may be read again under the same stamp
                unit.stamp = file.stamp if file.is_refused else open_stamp(file)
                unit.is_unread = reading.is_there
                return unit
        unit.digest = digest.digest()
        return unit

    def _gather_articles(self, part: Part, spool: Spool) -> Iterator[Unit]:
        seen: Counter[bytes] = Counter()
        for article in part.articles:
            path = name_article(article)
            seen[path] += 1
            if seen[path] > 1:  # which of them is meant, nobody can tell later
                path += b"\0%d" % seen[path]
            unit = Unit(path, take_text(article.url) or show(article.url), None, b"")
            self._keep(unit, clean_article(article, self._settings.zone), spool, part.number)
            yield unit

    def _keep(self, unit: Unit, reading: Reading, spool: Spool, part: int) -> None:
        if self._prepare:
            reading = prepare_reading(reading, self._prepare, self._settings.zone, unit.name)
        unit.errors += reading.errors
        unit.repaired += reading.repaired
        if reading.article is None:
            unit.rejected += bool(reading.errors)
            unit.other += not reading.errors
            for withheld in reading.withheld:
                self._withhold(unit, withheld, spool, part)
            return
        row = self._index(reading.article, unit.name, Place(part, 0, 0), reading.word)
        row.is_dropped = reading.is_dropped
        for doubt in reading.doubts if reading.article.state in LIVE else ():
            self._add_doubt(unit, row, doubt)
        article = self._move(reading.article) if self._move else reading.article
        # Nobody hands over again an Article that no file holds: it is kept until its date comes.
        is_needed = row.wakes and unit.path.startswith(ARTICLE)
        if row.state != "published" and not is_needed:
            article = hide_text(article)
        self._add_row(unit, row, article, spool)

    def _withhold(self, unit: Unit, withheld: Withheld, spool: Spool, part: int) -> None:
        """Add the row of a record that cannot be used, if its address is withheld by now."""
        article = withheld.article
        row = reject_row(self._index(article, unit.name, Place(part, 0, 0), withheld.word))
        if row:
            self._add_row(unit, row, self._move(article) if self._move else article, spool)

    def _add_doubt(
        self, unit: Unit, row: Row, doubt: tuple[datetime, datetime, RecordError]
    ) -> None:
        """Say of a date that can be read in two ways that it is not clear whether it has come."""
        first, last, error = doubt
        if first <= self._now < last:
            unit.errors.append(error)
        moments = [int(one.timestamp()) for one in (first, last) if one > self._now]
        row.wakes = min([one for one in (row.wakes, *moments) if one], default=0)

    def _add_row(self, unit: Unit, row: Row, article: Article, spool: Spool) -> None:
        data = seal_record(self._encode(article))
        row.place = Place(row.place.part, spool.add(data), len(data))
        unit.rows.append(row)


def digest_file(file: File) -> bytes | None:
    """Return what tells one file's bytes from another's, None if they cannot be read."""
    digest = make_digest()
    if file.is_refused:
        return None
    try:
        for part in read_parts(file):
            digest.update(part)
    except OSError:
        return None
    return digest.digest()


def make_digest() -> blake2b:
    """Return what the bytes of a file are added to."""
    return blake2b(digest_size=16)


def name_article(article: Article) -> bytes:
    """Return the name of an Article that no file holds: its own id, or its address without one."""
    id = take_text(article.id)
    return _name_by_id(id) if id else _name_by_url(take_text(article.url) or show(article.url))


def list_names(text: str) -> tuple[bytes, bytes]:
    """Return the names that an Article may have of which a caller says the id, or the URL."""
    return _name_by_id(text), _name_by_url(text)


def _name_by_id(id: str) -> bytes:
    # No URL begins so: one article's id may be the address of another.
    return ARTICLE + b"#" + id.encode("utf-8", "surrogatepass")


def _name_by_url(url: str) -> bytes:
    with suppress(UrlError):
        url = f"https://{article_key(canonical_url(url))}"
    return ARTICLE + url.encode("utf-8", "surrogatepass")


def prepare_reading(reading: Reading, prepare: Prepare, zone: tzinfo, name: str) -> Reading:
    """Return what was read as the user's function changes it, cleaned again."""
    if reading.article is None:
        return reading
    try:
        after = prepare(reading.article)
    except Exception as error:
        error.add_note(f"while preparing {name}")
        raise
    if after is reading.article:
        return reading
    if after is None:
        removed = msgspec.structs.replace(reading.article, state="removed")
        return reading._replace(article=removed, is_dropped=True)
    if not isinstance(after, Article):
        raise TypeError(f"prepare: expected an Article or None, got {type(after).__name__}")
    cleaned = clean_article(after, zone, name)
    withheld = cleaned.withheld
    if cleaned.article is None and take_text(after.state) == reading.article.state:
        # Its address may have been changed.
        withheld += (Withheld(hide_text(reading.article), reading.word),)
    return cleaned._replace(
        errors=reading.errors + cleaned.errors,
        repaired=reading.repaired or cleaned.repaired,
        withheld=withheld,
        word=reading.word,
        doubts=reading.doubts,
    )
