"""Records to index rows, their Articles set aside: the first half of selection, part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, tzinfo
from pathlib import Path

import msgspec

from .config import Config
from .errors import RecordError
from .model import Article
from .read import read_file
from .records import Reading, ReadSettings, clean_article, find_settings
from .selection.index import Place, Row, make_indexer
from .selection.locate import make_mover
from .spool import Spool, spool_path

Prepare = Callable[[Article], Article | None]
"""Changes an Article before it is used; None withholds it."""


class Part(msgspec.Struct, frozen=True):
    """The share of the records that one process reads: files, or Articles."""

    number: int
    paths: list[str]
    articles: Iterable[Article] = ()


class Gathered(msgspec.Struct):
    """What the records of one part, or of several, came to."""

    rows: list[Row] = []
    errors: list[RecordError] = []
    rejected: int = 0
    #: Files that hold no record.
    other: int = 0
    repaired: int = 0

    def note(self, reading: Reading) -> None:
        """Count what one record came to."""
        self.errors += reading.errors
        self.repaired += reading.repaired
        if reading.article is None:
            self.rejected += bool(reading.errors)
            self.other += not reading.errors

    def add(self, more: Gathered) -> None:
        """Take in what another part came to."""
        self.rows += more.rows
        self.errors += more.errors
        self.rejected += more.rejected
        self.other += more.other
        self.repaired += more.repaired


def make_gatherer(
    folder: Path,
    config: Config,
    now: datetime,
    prepare: Prepare | None,
    on_progress: Callable[[int], object],
) -> Callable[[Part], Gathered]:
    """Return the function that reads one part and sets its Articles aside in `folder`.

    Args:
        folder: Where the spools of all parts are.
        config: What is excluded, the time zone of dates without one, and own fields.
        now: Aware; articles dated later are withheld.
        prepare: Applied to every Article, of whatever state.
        on_progress: Called now and then with the number of records read.
    """
    settings, index, move = find_settings(config), make_indexer(config, now), make_mover(config)
    encode = msgspec.msgpack.Encoder().encode

    def gather_part(part: Part) -> Gathered:
        found = Gathered()
        with Spool(spool_path(folder, "records", part.number)) as spool:
            for count, (name, reading) in enumerate(_read_part(part, settings)):
                if prepare:
                    reading = _prepare_reading(reading, prepare, settings.zone, name)  # noqa: PLW2901
                found.note(reading)
                if reading.article is not None:
                    data = encode(move(reading.article) if move else reading.article)
                    place = Place(part.number, spool.add(data), len(data))
                    found.rows.append(index(reading.article, name, place))
                if not count & 255:
                    on_progress(count)
        return found

    return gather_part


def _read_part(part: Part, settings: ReadSettings) -> Iterator[tuple[str, Reading]]:
    for path in part.paths:
        for reading in read_file(path, settings):
            yield path, reading
    for article in part.articles:
        yield str(article.url), clean_article(article, settings.zone)


def _prepare_reading(reading: Reading, prepare: Prepare, zone: tzinfo, name: str) -> Reading:
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
        withheld = msgspec.structs.replace(reading.article, state="removed")
        return reading._replace(article=withheld)
    if not isinstance(after, Article):
        raise TypeError(f"prepare: expected an Article or None, got {type(after).__name__}")
    cleaned = clean_article(after, zone, name)
    return cleaned._replace(
        errors=reading.errors + cleaned.errors, repaired=reading.repaired or cleaned.repaired
    )
