"""The choice between a full and an incremental build."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from ..cache.build_state import decode_facts
from ..cache.folders import read_clock
from ..cache.source_files import Unit
from ..cache.writer import open_catalogue, remove_killed
from ..files.discovery import Entry, File, make_file
from ..files.publishing import discard_files
from ..files.spill import list_parts, remove_parts
from ..models import Article, Report
from .cache_writer import open_keep
from .changes import Changes, find_changes, settle_stamp
from .context import Run
from .full import build_whole
from .incremental import Last, renew_feeds
from .indexing import Part
from .noop import DAMAGES, can_follow


def build_changed(
    run: Run,
    entries: list[Entry],
    articles: Iterable[Article],
    fingerprint: bytes | None,
    clock: int | None,
    *,
    is_known: bool,
) -> Report:
    """Publish what changed since the last build, or all there is.

    Args:
        run: The build.
        entries: As of `build_anew`.
        articles: Likewise.
        fingerprint: Likewise.
        clock: Likewise.
        is_known: Whether the last build left anything of use.
    """
    discard_files(run.out)  # of a build that was killed
    if is_known and fingerprint is not None:
        with suppress(*DAMAGES), open_last(run) as last:
            if last and can_follow(run.records, run.sources, run.at, last.facts, fingerprint):
                changes = find_changes(entries, last.reader, run.at, read_clock(run.records))
                return follow_changes(run, last, changes)
    return build_anew(run, entries, articles, fingerprint, clock)


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


def build_anew(
    run: Run,
    entries: list[Entry],
    articles: Iterable[Article],
    fingerprint: bytes | None,
    clock: int | None,
) -> Report:
    """Publish the feeds of all records, whatever was there before.

    Args:
        run: The build.
        entries: All files that may hold records; emptied, since memory will be needed.
        articles: Those that no file holds.
        fingerprint: Of what a catalogue is to be kept under; None: none is kept.
        clock: The time of the file system before files were looked at, None if it is not known.
    """
    stale = [settle_stamp(file, clock or 0) for file in sorted(map(make_file, entries))]
    entries.clear()
    return _build_units(run, [], stale, articles, fingerprint)


def _build_units(
    run: Run,
    units: list[Unit],
    files: list[File],
    articles: Iterable[Article],
    fingerprint: bytes | None,
) -> Report:
    """Build from units that are known and files that are to be read; of these none are left."""
    remove_killed()
    before = list_parts(run.records)
    part = Part(max(before, default=-1) + 1, files, articles)
    kept = {row.place.part for unit in units for row in unit.rows}
    try:
        with open_keep(run, fingerprint, files) as keep:
            if keep and units:
                keep.add_known(part.number + run.jobs, units)
            units += run.gather(part, keep)
            files.clear()
            report = build_whole(run, units, keep)
    except BaseException:
        remove_parts(run.records, set(before))
        raise
    is_kept = report.files and not report.is_held
    kept.update(range(part.number, part.number + run.jobs))
    remove_parts(run.records, kept if is_kept else set(before))
    return report
