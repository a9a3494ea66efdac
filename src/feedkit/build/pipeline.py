"""The choice between a full and an incremental build."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from ..cache import read_clock
from ..cache.build_state import decode_state
from ..cache.source_files import SourceFile
from ..cache.writer import open_cache, remove_abandoned_folders
from ..files.discovery import File, FoundFile, make_file
from ..files.publishing import discard_files
from ..files.spill import list_parts, remove_parts
from ..models import Article, Report
from .changes import Changes, find_changes, settle_stamp
from .context import BuildContext
from .full import build_full, open_cache_builder
from .incremental import LastBuild, build_incrementally
from .indexing import SourceShard
from .noop import CACHE_ERRORS, can_continue


def build_changed(
    context: BuildContext,
    entries: list[FoundFile],
    articles: Iterable[Article],
    fingerprint: bytes | None,
    clock: int | None,
    *,
    is_known: bool,
) -> Report:
    """Publish the changes since the last build, or everything.

    Args:
        context: The build.
        entries: See `build_from_all`.
        articles: See `build_from_all`.
        fingerprint: See `build_from_all`.
        clock: See `build_from_all`.
        is_known: Whether the last build left a state that can be used.
    """
    discard_files(context.out)  # of a build that was killed
    if is_known and fingerprint is not None:
        with suppress(*CACHE_ERRORS), open_last_build(context) as last:
            if last and can_continue(
                context.records, context.sources, context.at, last.state, fingerprint
            ):
                changes = find_changes(
                    entries, last.reader, context.at, read_clock(context.records)
                )
                return build_from_changes(context, last, changes)
    return build_from_all(context, entries, articles, fingerprint, clock)


@contextmanager
def open_last_build(context: BuildContext) -> Iterator[LastBuild | None]:
    """Yield the state of the last build, or None if there is none."""
    with open_cache(context.records) as opened:
        if opened is None:
            yield None
            return
        reader, writer = opened
        state = decode_state(reader.read_facts()["last"])
        remove_parts(context.records, state.parts)  # of builds that were killed
        yield LastBuild(reader, writer, state)


def build_from_changes(context: BuildContext, last: LastBuild, changes: Changes) -> Report:
    """Publish changes by an incremental build if possible, otherwise by a full one."""
    report = build_incrementally(context, last, changes)
    if report is not None:
        return report
    source_files = last.reader.read_files(changes.gone, dict(changes.stamps)) + changes.due
    stale, articles = changes.stale, changes.articles
    return _build_from_files(context, source_files, stale, articles, last.state.fingerprint)


def build_from_all(
    context: BuildContext,
    entries: list[FoundFile],
    articles: Iterable[Article],
    fingerprint: bytes | None,
    clock: int | None,
) -> Report:
    """Publish the feeds of all records, whatever was there before.

    Args:
        context: The build.
        entries: All files that may hold records; emptied, since memory will be needed.
        articles: Those that no file holds.
        fingerprint: The fingerprint of the new cache; None: none is stored.
        clock: The time of the file system before files were looked at, None if it is not known.
    """
    stale = [settle_stamp(file, clock or 0) for file in sorted(map(make_file, entries))]
    entries.clear()
    return _build_from_files(context, [], stale, articles, fingerprint)


def _build_from_files(
    context: BuildContext,
    source_files: list[SourceFile],
    files: list[File],
    articles: Iterable[Article],
    fingerprint: bytes | None,
) -> Report:
    """Build from units that are known and files that are to be read; of these none are left."""
    remove_abandoned_folders()
    before = list_parts(context.records)
    part = SourceShard(max(before, default=-1) + 1, files, articles)
    kept = {row.place.part for source_file in source_files for row in source_file.rows}
    try:
        with open_cache_builder(context, fingerprint, files) as cache_builder:
            if cache_builder and source_files:
                cache_builder.add_known(part.number + context.options["jobs"], source_files)
            source_files += context.index_sources(part, cache_builder)
            files.clear()
            report = build_full(context, source_files, cache_builder)
    except BaseException:
        remove_parts(context.records, set(before))
        raise
    is_kept = report.files and not report.is_held
    kept.update(range(part.number, part.number + context.options["jobs"]))
    remove_parts(context.records, kept if is_kept else set(before))
    return report
