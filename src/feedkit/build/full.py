"""A full build: all feeds from all rows, and the cache, which a process beside it writes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

import msgspec

from ..cache.build_state import (
    BuildState,
    Counts,
    encode_error,
    encode_report,
    encode_sources,
    encode_state,
)
from ..cache.source_files import LENGTH, BatchFiles, SourceFile, find_candidates
from ..cache.writer import CacheWriter, NameCounts, complete_cache, fill_cache, remove_new_database
from ..config.addresses import ServedRedirects
from ..files.discovery import File, find_stamps
from ..files.spill import measure_parts, open_spill_files
from ..models import Report
from ..published import MANIFEST
from ..selection import list_sources
from ..selection.entries import EntryRecipe, make_entry_recipe
from ..selection.feeds import SelectedFeed
from ..selection.neighbours import count_names
from ..selection.resolve import find_withheld
from .analysis import Analysis, analyse_files, count_jobs
from .context import BuildContext
from .encode import BuiltFeed, EncodedEntries, FeedJob
from .holding import ArticleLookup, encode_feeds, encode_frames, find_refusal
from .release import Release, make_report, note_problem, publish_feeds
from .workers import BackgroundTask


def build_full(
    context: BuildContext, source_files: list[SourceFile], cache_builder: CacheBuilder | None
) -> Report:
    """Publish the feeds of all source files.

    Args:
        context: The build.
        source_files: All there are; emptied, since they are the bulk of what is in memory.
        cache_builder: What a cache is stored by; None: none is stored.
    """
    found = analyse_files(
        source_files, context.records, context.config, context.list_published(), context.renamed
    )
    said = [source_file for source_file in source_files if source_file.has_outcome]
    counts = Counts()
    counts.add(found.resolved)
    if refused := _refuse_build(context, found, counts, said):
        return refused
    has_unread = any(source_file.is_unread for source_file in said)
    context = msgspec.structs.replace(context, has_unread=has_unread)
    problems, clashes = found.served.problems, [*found.resolved.errors, *found.beyond]
    sources = list_sources(found.selected)
    entry_recipes, work = plan_feeds(found.resolved.ids, found.selected, sources, found.served)
    state = _describe_build(
        context, found, counts, cache_builder.fingerprint if cache_builder else b""
    )
    name_counts = _count_names(context, found) if cache_builder else {}
    # Of a first build nobody asks.
    rows = found.rows if context.past.feeds else []
    withheld = find_withheld(found.resolved, rows, rows)
    lookup = ArticleLookup(withheld.intersection, _find_primaries(context, found).intersection)
    source_files.clear()
    found.resolved.drop_references()
    del found, rows
    shares = context.encode(entry_recipes)
    with open_spill_files(context.entries, "entries") as read:
        encoded = EncodedEntries(read, context.config.feeds.formats, shares)
        release = publish_feeds(context, encoded, work, lookup, (), {})
    report = make_report(counts, said, clashes, release, problems, state.few)
    if cache_builder is None:
        return report
    with complete_cache(context.records, cache_builder.task.wait) as writer:
        writer.add_name_counts(name_counts)
        write_release(context, writer, release, state, report, release.feeds)
    return note_problem(report, writer.problem)


def _refuse_build(
    context: BuildContext, found: Analysis, counts: Counts, said: list[SourceFile]
) -> Report | None:
    """Return the report of a build that publishes nothing, None if it is to publish."""
    clashes = found.resolved.errors
    if context.options["strict"] and found.errors:
        return make_report(counts, said, clashes)
    if not found.selected and not (context.past.feeds and found.rows):
        # No record at all: rather a folder that is not mounted than all articles withdrawn.
        few = found.made.few_paths
        return make_report(counts, said, clashes, few=few, is_held=bool(context.past.feeds))
    if refusal := find_refusal(context, found):
        return make_report(counts, said, clashes, refusal=refusal)
    return None


def _find_primaries(context: BuildContext, found: Analysis) -> set[str]:
    """Return the keys of published articles, none unless a published feed has ended."""
    wanted = {feed.path for feed in found.selected}
    if context.past.find_standing().keys() <= wanted:
        return set()
    return {node.key for node in found.resolved.nodes.values() if node.is_primary}


def plan_feeds(
    ids: dict[str, str],
    selected: list[SelectedFeed],
    sources: dict[str, str],
    served: ServedRedirects,
) -> tuple[list[EntryRecipe], list[FeedJob]]:
    """Return the recipes of all entries, newest first, and the entries of each feed.

    Args:
        ids: Those that records name themselves, by key.
        selected: The feeds.
        sources: The paths of all providers' feeds, by slug.
        served: The old addresses that serve them too.
    """
    nodes = {node.order: node for feed in selected for node in feed.nodes}
    numbers = {order: number for number, order in enumerate(sorted(nodes))}
    entry_recipes = [make_entry_recipe(nodes[order], ids, sources) for order in numbers]
    # Without its nodes, by which all others, and all rows, would stay in memory.
    jobs = [
        FeedJob(
            feed._replace(nodes=[]),
            [numbers[node.order] for node in feed.nodes],
            served.old_paths.get(feed.path, []),
            served.names,
        )
        for feed in selected
    ]
    return entry_recipes, jobs


def _count_names(context: BuildContext, found: Analysis) -> NameCounts:
    shows_related = context.config.feeds.related_of("providers") == "entries"
    return count_names(found.resolved.nodes.values(), shows_related=shows_related)


def _describe_build(
    context: BuildContext, found: Analysis, counts: Counts, fingerprint: bytes
) -> BuildState:
    rows, resolved = found.rows, found.resolved
    parts = sorted({row.place.part for row in rows})
    size = measure_parts(context.records, parts)
    return BuildState(
        fingerprint=fingerprint,
        sources=encode_sources(context.sources),
        at=context.at.timestamp(),
        counts=counts,
        clashed=sorted(resolved.clashed),
        few=found.made.few_paths,
        has_beyond=bool(found.made.beyond),
        clashes=list(map(encode_error, resolved.errors)),
        parts=parts,
        size=size,
        unused=size - sum(row.place.length for row in rows),
    )


def write_release(
    context: BuildContext,
    writer: CacheWriter,
    release: Release,
    state: BuildState,
    report: Report,
    feeds: Iterable[BuiltFeed],
    removed: Iterable[str] = (),
) -> None:
    """Store the state of this build in the cache.

    Args:
        context: The build.
        writer: The writer of the cache.
        release: What was published.
        state: The state of the build, with the stamps of files before it; completed here.
        report: The report of the build.
        feeds: Those of which something else is stored.
        removed: Names of feeds, as `name_feed` gives them, that are no longer published.
    """
    known = state.stamps
    same = [file.name for file in release.staged if file.name in known and not file.is_changed]
    stamps = {name: known[name] for name in same}
    stamps |= find_stamps(
        context.out, (one.name for one in release.staged if one.name not in stamps)
    )
    # No stamp: the next build looks at these files again, and names those that are still there.
    stamps |= dict.fromkeys(release.left, b"")
    state = msgspec.structs.replace(
        state,
        stamps=stamps,
        lists=[file.name for file in release.lists],
        generation=release.generation,
        manifest=next(file.sha256 for file in release.lists if file.name == MANIFEST),
        has_emptied=any(feed.listed.gone for feed in release.feeds),
        has_deferred=bool(release.deferred),
        report=encode_report(report, release.notes),
    )
    writer.set_feeds(encode_feeds(feeds), removed)
    writer.set_frames(encode_frames(release.frames))
    writer.set_facts({"last": encode_state(state)})


class CacheBuilder:
    """A cache that is filled while feeds are made."""

    def __init__(self, context: BuildContext, fingerprint: bytes) -> None:
        #: What it is stored under.
        self.fingerprint = fingerprint
        self.batches = BatchFiles(context.entries, partial(find_candidates, config=context.config))
        self.task = BackgroundTask(partial(fill_cache, context.records, context.config))
        self._paths: list[Path] = []

    def add_known(self, number: int, source_files: list[SourceFile]) -> None:
        """Add source files that need not be read, before `start`."""
        pieces = (
            source_files[start : start + LENGTH] for start in range(0, len(source_files), LENGTH)
        )
        deque(self.batches.write(number, pieces), maxlen=0)
        self._paths = [self.batches.find_path(number)]

    def start(self, paths: list[Path]) -> None:
        """Start filling the cache from batches."""
        self.task.start([*self._paths, *paths])


@contextmanager
def open_cache_builder(
    context: BuildContext, fingerprint: bytes | None, files: list[File]
) -> Iterator[CacheBuilder | None]:
    """Yield a cache builder for these files, or None if caching is off."""
    if fingerprint is None:
        yield None
        return
    cache_builder = CacheBuilder(context, fingerprint)
    is_apart = count_jobs(context.options["jobs"], len(files)) > 1
    try:
        with cache_builder.task.stand_by(files.clear) if is_apart else nullcontext():
            yield cache_builder
    finally:
        remove_new_database(context.records)
