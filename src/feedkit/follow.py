"""From the last build to this one: what is kept between them, and which way is the shorter."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Set
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from .catalogue import Unit, find_folder, open_catalogue
from .changes import Changes, settle_stamp
from .gather import Part
from .guard import Published
from .last import Facts, decode_facts
from .model import Article, Report
from .renew import Last, renew_feeds
from .run import Run
from .scan import File
from .spool import list_parts
from .whole import build_whole

#: What a damaged catalogue may raise.
DAMAGES = (sqlite3.Error, msgspec.MsgspecError, EOFError, FileNotFoundError, KeyError)
#: Bytes of encoded records that may lie about unused.
_MOST_DEAD = 16 * 1024 * 1024


@contextmanager
def open_folders(out: Path, cache: str | os.PathLike[str] | bool) -> Iterator[tuple[Path, Path]]:
    """Give where the files of encoded records and of encoded entries are."""
    if cache is False:
        with TemporaryDirectory(prefix="feedkit-") as folder:
            yield Path(folder), Path(folder)
        return
    kept = find_folder(out) if cache is True else Path(cache)
    kept.mkdir(parents=True, exist_ok=True)
    try:
        yield kept, kept
    finally:
        for path in kept.glob("entries*"):
            path.unlink()


def read_clock(folder: Path) -> int:
    """Return the time of the file system, in nanoseconds since 1970."""
    path = folder / "clock"
    path.touch()
    return path.stat().st_mtime_ns


@contextmanager
def open_last(run: Run, fingerprint: bytes) -> Iterator[Last | None]:
    """Give what the last build left, None where it is of no use for this one."""
    with open_catalogue(run.records) as opened:
        if opened is None:
            yield None
            return
        reader, writer = opened
        facts = decode_facts(reader.read_facts()["last"])
        is_useful = _is_useful(run, facts, fingerprint)
        yield Last(reader, writer, facts) if is_useful else None


def follow_changes(run: Run, last: Last, changes: Changes, published: list[Published]) -> Report:
    """Publish what changes come to, by following them up or, where that will not do, as a whole."""
    report = renew_feeds(run, last, changes, published)
    if report is not None:
        return report
    units = last.reader.read_units(changes.gone)
    stale, articles = changes.stale, changes.articles
    return _build_units(run, units, stale, articles, published, last.facts.fingerprint)


def _is_useful(run: Run, facts: Facts, fingerprint: bytes) -> bool:
    parts = {number for number, _ in list_parts(run.records)}
    return (
        facts.fingerprint == fingerprint
        and facts.now <= run.now.timestamp()
        and parts.issuperset(facts.parts)
        and facts.dead <= max(facts.size // 2, _MOST_DEAD)
    )


def build_anew(
    run: Run,
    files: list[File],
    articles: Iterable[Article],
    published: list[Published],
    fingerprint: bytes | None,
    clock: int,
) -> Report:
    """Publish the feeds of all records, whatever was there before.

    Args:
        run: The build.
        files: All that may hold records.
        articles: Those that no file holds.
        published: What the manifest names.
        fingerprint: Of what a catalogue is to be kept under; None: none is kept.
        clock: The time of the file system before files were looked at.
    """
    stale = [settle_stamp(file, clock) for file in files]
    return _build_units(run, [], stale, articles, published, fingerprint)


def _build_units(
    run: Run,
    units: list[Unit],
    files: list[File],
    articles: Iterable[Article],
    published: list[Published],
    fingerprint: bytes | None,
) -> Report:
    """Build from units that are known and files that are to be read."""
    before = list_parts(run.records)
    number = max((number for number, _ in before), default=-1) + 1
    kept = {row.place.part for unit in units for row in unit.rows}
    try:
        part = Part(number, files, articles)
        units += run.gather(part)
        report = build_whole(run, units, published, fingerprint)
    except BaseException:
        _remove_parts(run, {number for number, _ in before})
        raise
    if not report.is_held and report.files:
        kept.update(range(number, number + run.jobs))
        _remove_parts(run, kept)
    else:
        _remove_parts(run, {number for number, _ in before})
    return report


def _remove_parts(run: Run, kept: Set[int]) -> None:
    """Remove files of encoded records that no row points into."""
    for number, path in list_parts(run.records):
        if number not in kept:
            path.unlink()
