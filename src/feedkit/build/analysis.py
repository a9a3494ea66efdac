"""Records read, indexed and resolved before anything is rendered.

It writes nothing but spill files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

from ..cache.source_files import BatchFiles, SourceFile, load_source_files
from ..cache.writer import make_temporary_folder
from ..config import Config
from ..config.addresses import ServedRedirects, serve_redirects
from ..errors import RecordError, make_line
from ..files.discovery import find_files, leave_out
from ..files.spill import open_articles
from ..models import Source, split_source
from ..selection.entries import make_hasher
from ..selection.feeds import (
    ChosenFeeds,
    SelectedFeed,
    choose_feeds,
    count_spellings,
    elect_names,
    explain_few,
    find_beyond_error,
    select_all,
)
from ..selection.index import IndexedRecord, IndexedRelated
from ..selection.resolve import Resolution, resolve_rows
from .indexing import Prepare, SourceIndexer, SourceShard
from .workers import run_parallel

#: Records, or entries, that are worth a process of their own.
MIN_SHARD = 250

Progress = Callable[[str, int, int], object]
"""Told the name of a hop, how much of it is done, and of how much."""


class Analysis(NamedTuple):
    """All records, resolved, and the feeds that they make."""

    source_files: list[SourceFile]
    resolved: Resolution
    made: ChosenFeeds
    """The feeds that are made, and those that are not."""
    served: ServedRedirects
    """What redirects come to where these are the feeds."""
    beyond: list[RecordError]
    """Why no more feeds are made; none if all are."""

    @property
    def selected(self) -> list[SelectedFeed]:
        """The feeds that are made, in order of path."""
        return self.made.feeds

    @property
    def unmade(self) -> list[str]:
        """A line about the feeds of few articles, which are made only if they are published."""
        return [f"{line}, unless published" for line in explain_few(self.made.few_paths)]

    @property
    def rows(self) -> list[IndexedRecord]:
        """Those of all source files."""
        return [row for source_file in self.source_files for row in source_file.rows]

    @property
    def errors(self) -> list[RecordError]:
        """Each record or related item that is left out, in order of file and line."""
        errors = [
            error for source_file in self.source_files for error in source_file.errors
        ] + self.resolved.errors
        return sort_errors(errors)

    @property
    def problems(self) -> list[str]:
        """A line for each of these, for feeds that are too many, and for each redirect to none."""
        redirects = sorted(self.served.problems.items())
        return [
            *map(str, sort_errors([*self.errors, *self.beyond])),
            *(make_line(f"{path or '.'}: {why}") for path, why in redirects),
        ]

    @property
    def shared(self) -> list[str]:
        """A line for each address that several records have; the first gives the fields."""
        shared = sorted(self.resolved.shared)
        return [
            make_line(f"{', '.join(names)}: records of one URL; the first counts")
            for names in shared
        ]


class NameVariants(NamedTuple):
    """The names that one feed's topic or provider is called by."""

    path: str
    names: dict[str, int]
    """How often each stands in records, the feed's own first."""


def analyse_source(
    source: Source,
    config: Config,
    *,
    now: datetime,
    prepare: Prepare | None = None,
    jobs: int = 1,
    on_progress: Progress = lambda hop, done, total: None,
) -> Analysis:
    """Return the analysis of the records that `build` would publish."""
    with make_temporary_folder() as folder:
        paths, articles = split_source(source)
        files = leave_out(
            find_files(paths, follow_links=config.records.follow_links), config.data.places
        )
        indexer = SourceIndexer(folder, config, now, prepare, paths)
        jobs = count_jobs(jobs, len(files))
        source_files = read_source_files(
            indexer, SourceShard(0, files, articles), jobs, on_progress, BatchFiles(folder)
        )
        return analyse_files(source_files, folder, config)


def read_source_files(
    indexer: SourceIndexer,
    part: SourceShard,
    jobs: int,
    on_progress: Progress,
    batches: BatchFiles,
    on_read: Callable[[list[Path]], object] | None = None,
) -> list[SourceFile]:
    """Return the source files with their indexed records; Articles are stored in spill files.

    Args:
        indexer: Reads them.
        part: All there are; its number is that of the first file that they are stored in.
        jobs: Processes, each of which fills a file.
        on_progress: Called with the progress.
        batches: By which source files of other processes come here.
        on_read: Given the sheets of all source files; None: there are none of this process.
    """
    told = partial(report_progress, on_progress, "Reading", len(part.files), jobs)
    parts = [part.share(number, jobs) for number in range(jobs)]

    def gather(share: SourceShard) -> list[SourceFile]:
        pieces, is_here = indexer.index_shard(share, on_progress=told), share is parts[0]
        if on_read or not is_here:
            pieces = batches.write(share.number, pieces)
        return [source_file for source_files in pieces for source_file in source_files if is_here]

    found, *_ = run_parallel(gather, parts)
    paths = [batches.find_path(share.number) for share in parts]
    if on_read:
        on_read(paths)
    for path in paths[1:]:
        found += load_source_files(path)
    return found


def analyse_files(
    source_files: list[SourceFile],
    records: Path,
    config: Config,
    published: Container[str] = (),
    renamed: Iterable[Sequence[str]] = (),
) -> Analysis:
    """Return the analysis of these source files.

    Args:
        source_files: All there are.
        records: The folder of the files of encoded records.
        config: What feeds hold.
        published: See `choose_feeds`.
        renamed: See `serve_redirects`.
    """
    rows = (row for source_file in source_files for row in source_file.rows)
    with open_articles(records) as load:
        resolved = resolve_rows(rows, config, make_hasher(load))
    made = choose_feeds(select_all(resolved, config), config.feeds, published)
    served = serve_redirects(config.redirects, [feed.path for feed in made.feeds], renamed)
    return Analysis(source_files, resolved, made, served, find_beyond_error(made, config))


def sort_errors(errors: Iterable[RecordError]) -> list[RecordError]:
    """Return errors in order of file and line."""
    return sorted(errors, key=lambda error: (error.name, error.line, str(error)))


def count_jobs(jobs: int, count: int) -> int:
    """Return how many processes, at most `jobs`, so many records or entries are worth."""
    return max(1, min(jobs, count // MIN_SHARD))


def report_progress(on_progress: Progress, hop: str, total: int, parts: int, done: int) -> None:
    """Report the progress of a step, given the progress of one of its equal parts."""
    on_progress(hop, min(done * parts, total), total)


def find_name_variants(found: Analysis, kind: Literal["topics", "providers"]) -> list[NameVariants]:
    """Return the feeds of one kind whose topic or provider has several names, by path."""
    if kind == "topics":
        nodes = found.resolved.nodes.values()
        counts = count_spellings(node for node in nodes if node.is_primary)
    else:
        counts = _count_providers(found.resolved)
    return [
        NameVariants(feed.path, {name: names[name] for name in elect_names(names)})
        for feed in found.selected
        if feed.kind == kind and len(names := counts.get(feed.slug, Counter())) > 1
    ]


def _count_providers(resolved: Resolution) -> dict[str, Counter[str]]:
    """Return the names of each provider with the number of uses, by slug."""
    counts: dict[str, Counter[str]] = {}
    for node in resolved.nodes.values():
        sources: list[IndexedRecord | IndexedRelated] = [*node.records]
        sources += [row.items[place] for row, place in node.listings]
        for source in sources:
            counts.setdefault(source.provider, Counter())[source.provider_name] += 1
    return counts
