"""From the last build to this one: what is kept between them, and which way is the shorter."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import msgspec

from ..catalogue import Unit, open_catalogue
from ..gather import Part
from ..model import Article, Report
from ..scan import File
from ..spool import list_parts, measure_parts, remove_parts
from .changes import Changes, settle_stamp
from .last import Facts, decode_facts, encode_sources
from .renew import Last, renew_feeds
from .run import Run
from .whole import build_whole

#: What a damaged catalogue may raise.
DAMAGES = (sqlite3.Error, msgspec.MsgspecError, EOFError, FileNotFoundError, KeyError)
#: Bytes of encoded records that may lie about unused.
_MOST_DEAD = 16 * 1024 * 1024


@contextmanager
def open_last(run: Run) -> Iterator[Last | None]:
    """Give what the last build left, None where that is nothing."""
    with open_catalogue(run.records) as opened:
        if opened is None:
            yield None
            return
        reader, writer = opened
        facts = decode_facts(reader.read_facts()["last"])
        remove_parts(run.records, facts.parts)  # of builds that were killed
        yield Last(reader, writer, facts)


def follow_changes(run: Run, last: Last, changes: Changes) -> Report:
    """Publish what changes come to, by following them up or, where that will not do, as a whole."""
    report = renew_feeds(run, last, changes)
    if report is not None:
        return report
    units = last.reader.read_units(changes.gone, dict(changes.stamps)) + changes.woken
    stale, articles = changes.stale, changes.articles
    return _build_units(run, units, stale, articles, last.facts.fingerprint)


def can_follow(run: Run, facts: Facts, fingerprint: bytes) -> bool:
    """Return whether what the last build left is of use for this one."""
    return (
        facts.fingerprint == fingerprint
        and facts.at <= run.at.timestamp()
        and encode_sources(run.sources).keys() == facts.sources.keys()
        and facts.size <= measure_parts(run.records, facts.parts)
        # Articles cannot be read again.
        and (not facts.sources or facts.dead <= max(facts.size // 2, _MOST_DEAD))
    )


def build_anew(
    run: Run,
    files: list[File],
    articles: Iterable[Article],
    fingerprint: bytes | None,
    clock: int,
) -> Report:
    """Publish the feeds of all records, whatever was there before.

    Args:
        run: The build.
        files: All that may hold records.
        articles: Those that no file holds.
        fingerprint: Of what a catalogue is to be kept under; None: none is kept.
        clock: The time of the file system before files were looked at.
    """
    stale = [settle_stamp(file, clock) for file in files]
    return _build_units(run, [], stale, articles, fingerprint)


def _build_units(
    run: Run,
    units: list[Unit],
    files: list[File],
    articles: Iterable[Article],
    fingerprint: bytes | None,
) -> Report:
    """Build from units that are known and files that are to be read."""
    before = list_parts(run.records)
    part = Part(max(before, default=-1) + 1, files, articles)
    kept = {row.place.part for unit in units for row in unit.rows}
    try:
        units += run.gather(part)
        report = build_whole(run, units, fingerprint)
    except BaseException:
        remove_parts(run.records, set(before))
        raise
    is_kept = report.files and not report.is_held
    kept.update(range(part.number, part.number + run.jobs))
    remove_parts(run.records, kept if is_kept else set(before))
    return report
