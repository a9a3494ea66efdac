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

from ..cache.source_files import LENGTH, SourceFile
from ..config import Config
from ..errors import RecordError, UrlError, show
from ..files.discovery import File, open_stamp
from ..files.spill import RecordRef, SpillFile, name_spill_file, seal_record
from ..models import LIVE, Article
from ..selection.index import IndexedRecord, make_indexer, make_mover, reject_record
from ..sources import make_leaver, read_left_out, read_parts, read_records
from ..sources.records import Reading, clean_article, find_settings
from ..sources.withholding import Withheld, hide_text
from ..syntax import take_text
from ..text.urls import article_key, canonical_url

#: What the paths of Articles that no file holds begin with; files' are absolute.
ARTICLE = b"article:"

Prepare = Callable[[Article], Article | None]
"""Changes an Article before it is used; None withholds it."""


class SourceShard(msgspec.Struct, frozen=True):
    """The share of the records that one process reads: files, or Articles."""

    number: int
    files: list[File]
    articles: Iterable[Article] = ()
    append: bool = False
    """Whether it is stored behind what the file of this number holds already."""

    def share(self, number: int, parts: int) -> SourceShard:
        """Return one of several shares of it; Articles, which come once, are all in the first."""
        files = self.files[number::parts]
        if number == 0:
            return msgspec.structs.replace(self, files=files)
        return SourceShard(self.number + number, files)


class SourceIndexer:
    """Reads one part after another and sets its Articles aside."""

    def __init__(
        self,
        folder: Path,
        config: Config,
        now: datetime,
        prepare: Prepare | None,
        sources: Iterable[str] = (),
    ) -> None:
        """Store the settings that all shards share.

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

    def index_shard(
        self, part: SourceShard, *, on_progress: Callable[[int], object]
    ) -> Iterator[list[SourceFile]]:
        """Yield the source files of a shard with their indexed records, many at a time.

        Args:
            part: What to read.
            on_progress: Called now and then with the number of files read.
        """
        source_files: list[SourceFile] = []
        path = name_spill_file(self._folder, "records", part.number)
        with SpillFile(path, append=part.append) as spill_file:
            files = self._gather_files(part, spill_file, on_progress)
            for source_file in chain(files, self._gather_articles(part, spill_file)):
                source_files.append(source_file)
                if len(source_files) == LENGTH:
                    yield source_files
                    source_files = []
        yield source_files

    def _gather_files(
        self, part: SourceShard, spill_file: SpillFile, on_progress: Callable[[int], object]
    ) -> Iterator[SourceFile]:
        for count, file in enumerate(part.files):
            yield self._gather_file(file, spill_file, part.number)
            if not count & 255:
                on_progress(count)

    def _gather_file(self, file: File, spill_file: SpillFile, part: int) -> SourceFile:
        source_file = SourceFile(os.fsencode(file.path), file.name, file.stamp, b"")
        digest = make_digest()
        if self._is_left_out and self._is_left_out(file):
            for reading in read_left_out(file, self._settings, digest.update):
                source_file.stamp = open_stamp(file) if reading.is_unread else source_file.stamp
                for withheld in reading.withheld:
                    self._withhold(source_file, withheld, spill_file, part)
            source_file.digest = digest.digest()
            return source_file
        for reading in read_records(file, self._settings, digest.update):
            self._keep(source_file, reading, spill_file, part)
            if reading.is_unread:  # it may be read again under the same stamp
                source_file.stamp = file.stamp if file.is_refused else open_stamp(file)
                source_file.is_unread = reading.is_there
                return source_file
        source_file.digest = digest.digest()
        return source_file

    def _gather_articles(self, part: SourceShard, spill_file: SpillFile) -> Iterator[SourceFile]:
        seen: Counter[bytes] = Counter()
        for article in part.articles:
            path = name_article(article)
            seen[path] += 1
            if seen[path] > 1:  # which of them is meant, nobody can tell later
                path += b"\0%d" % seen[path]
            source_file = SourceFile(path, take_text(article.url) or show(article.url), None, b"")
            self._keep(
                source_file, clean_article(article, self._settings.zone), spill_file, part.number
            )
            yield source_file

    def _keep(
        self, source_file: SourceFile, reading: Reading, spill_file: SpillFile, part: int
    ) -> None:
        if self._prepare:
            reading = prepare_reading(reading, self._prepare, self._settings.zone, source_file.name)
        source_file.errors += reading.errors
        source_file.repaired += reading.repaired
        if reading.article is None:
            source_file.rejected += bool(reading.errors)
            source_file.other += not reading.errors
            for withheld in reading.withheld:
                self._withhold(source_file, withheld, spill_file, part)
            return
        row = self._index(reading.article, source_file.name, RecordRef(part, 0, 0), reading.word)
        row.is_dropped = reading.is_dropped
        for doubt in reading.doubts if reading.article.state in LIVE else ():
            self._add_doubt(source_file, row, doubt)
        article = self._move(reading.article) if self._move else reading.article
        # Nobody hands over again an Article that no file holds: it is stored until its date comes.
        is_needed = row.due_at and source_file.path.startswith(ARTICLE)
        if row.state != "published" and not is_needed:
            article = hide_text(article)
        self._add_row(source_file, row, article, spill_file)

    def _withhold(
        self, source_file: SourceFile, withheld: Withheld, spill_file: SpillFile, part: int
    ) -> None:
        """Add the row of a record that cannot be used, if its address is withheld by now."""
        article = withheld.article
        row = reject_record(
            self._index(article, source_file.name, RecordRef(part, 0, 0), withheld.word)
        )
        if row:
            self._add_row(
                source_file, row, self._move(article) if self._move else article, spill_file
            )

    def _add_doubt(
        self,
        source_file: SourceFile,
        row: IndexedRecord,
        doubt: tuple[datetime, datetime, RecordError],
    ) -> None:
        """Note a date that can be read in two ways, of which one is past."""
        first, last, error = doubt
        if first <= self._now < last:
            source_file.errors.append(error)
        moments = [int(one.timestamp()) for one in (first, last) if one > self._now]
        row.due_at = min([one for one in (row.due_at, *moments) if one], default=0)

    def _add_row(
        self, source_file: SourceFile, row: IndexedRecord, article: Article, spill_file: SpillFile
    ) -> None:
        data = seal_record(self._encode(article))
        row.place = RecordRef(row.place.part, spill_file.add(data), len(data))
        source_file.rows.append(row)


def digest_file(file: File) -> bytes | None:
    """Return a digest of the bytes of a file, None if it cannot be read."""
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
    """Return a new hash object for the bytes of a file."""
    return blake2b(digest_size=16)


def name_article(article: Article) -> bytes:
    """Return the name of an Article that no file holds: its own id, or its address without one."""
    id = take_text(article.id)
    return _name_by_id(id) if id else _name_by_url(take_text(article.url) or show(article.url))


def list_names(text: str) -> tuple[bytes, bytes]:
    """Return the names under which an Article with this id or URL may be stored."""
    return _name_by_id(text), _name_by_url(text)


def _name_by_id(id: str) -> bytes:
    # No URL begins so: one article's id may be the address of another.
    return ARTICLE + b"#" + id.encode("utf-8", "surrogatepass")


def _name_by_url(url: str) -> bytes:
    with suppress(UrlError):
        url = f"https://{article_key(canonical_url(url))}"
    return ARTICLE + url.encode("utf-8", "surrogatepass")


def prepare_reading(reading: Reading, prepare: Prepare, zone: tzinfo, name: str) -> Reading:
    """Return a reading with the Article that the user's function returns, cleaned again."""
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
