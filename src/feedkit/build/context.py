"""The options and sources of one build, and how work is divided."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ..config import Config, as_config
from ..errors import PublishError
from ..files.discovery import FoundFile, leave_out, scan_files

if TYPE_CHECKING:
    from ..cache.source_files import SourceFile
    from ..config.settings import Site
    from ..published.compare import PublishedState
    from ..selection.entries import EntryRecipe
    from .encode import EncodedShard
    from .full import CacheBuilder
    from .indexing import SourceShard
    from .lint import RenamedFeed
    from .options import BuildOptions


def check_call(
    out: str | os.PathLike[str], config: Config | Site, now: datetime, jobs: int
) -> tuple[Path, Config]:
    """Return the real path of the folder to publish, and all settings.

    Raises:
        PublishError: `out` is the root folder, beside which nothing can be stored.
        ValueError: `now` has no time zone, `out` is empty, or `jobs` is less than 1.
    """
    if jobs < 1:
        raise ValueError(f"jobs: expected 1 or more, got {jobs}")
    if not os.fspath(out):  # a Path of it would be the folder in which the program runs
        raise ValueError("out: expected a folder, got nothing")
    if os.path.dirname(real := os.path.realpath(out)) == real:  # noqa: PTH120
        raise PublishError(f"{os.fspath(out)}: expected a folder for feeds, got the root folder")
    if now.tzinfo is None:
        raise ValueError(f"now: expected an aware datetime, got {now!r}")
    return _resolve(out), as_config(config)


def _resolve(out: str | os.PathLike[str]) -> Path:
    """Return the real path of a folder, found once for the whole build."""
    real = os.path.realpath(out)
    return Path(out if real == os.path.abspath(out) else real)  # noqa: PTH100


def scan_sources(paths: Iterable[str], out: Path, config: Config) -> list[FoundFile]:
    """Return every file below `paths` that may hold records."""
    entries = scan_files(paths, out, follow_links=config.records.follow_links)
    return leave_out(entries, config.data.places)


class BuildContext(msgspec.Struct, frozen=True, kw_only=True):
    """One build: its options, its folders, and what was published before."""

    out: Path
    planned_out: Path | None = None
    """In a plan the published folder, for which `out` stands."""
    config: Config
    at: datetime
    """Aware; articles dated later are withheld."""
    options: BuildOptions
    past: PublishedState
    """What is published."""
    sources: dict[str, str]
    """Folders and files of records by real path; empty if the sources are Articles."""
    records: Path
    """The folder of the files of encoded records, and that of the files of encoded entries."""
    entries: Path
    removed: frozenset[str] = frozenset()
    """Keys of articles that the caller names as removed."""
    has_unread: bool = False
    """Whether some records cannot be read."""

    @property
    def renamed(self) -> list[RenamedFeed]:
        """The published feeds whose address changed because names are decoded now."""
        from .lint import find_renamed  # not loaded where nothing changed

        return find_renamed(self.past.feeds, self.config)

    def list_published(self) -> set[str]:
        """Return the paths of all published feeds, and those of renamed ones."""
        return self.past.list_paths() | {one.new for one in self.renamed}

    def index_sources(
        self, part: SourceShard, cache_builder: CacheBuilder | None = None
    ) -> list[SourceFile]:
        """Return the source files with their indexed records.

        Args:
            part: All there are.
            cache_builder: Where a cache is to be kept of them.
        """
        from ..cache.source_files import BatchFiles  # not loaded where nothing changed
        from .analysis import count_jobs, read_source_files
        from .indexing import SourceIndexer

        indexer = SourceIndexer(
            self.records, self.config, self.at, self.options["prepare"], self.sources.values()
        )
        jobs = count_jobs(self.options["jobs"], len(part.files))
        batches, on_read = (
            (cache_builder.batches, cache_builder.start)
            if cache_builder
            else (BatchFiles(self.entries), None)
        )
        return read_source_files(indexer, part, jobs, self.options["on_progress"], batches, on_read)

    def encode(self, entry_recipes: list[EntryRecipe]) -> list[EncodedShard]:
        """Return the encoded entries, one shard for each process."""
        from .analysis import count_jobs, report_progress
        from .encode import RecipeShard, make_entry_encoder
        from .workers import run_parallel

        jobs = count_jobs(self.options["jobs"], len(entry_recipes))
        shares = [RecipeShard(number, entry_recipes[number::jobs]) for number in range(jobs)]
        told = partial(
            report_progress, self.options["on_progress"], "Encoding", len(entry_recipes), jobs
        )
        encode = make_entry_encoder(self.records, self.entries, self.config, self.at, told)
        return run_parallel(encode, shares)


def make_context(
    out: Path,
    config: Config,
    now: datetime,
    options: BuildOptions,
    sources: dict[str, str],
    records: Path,
    entries: Path,
    *,
    planned_out: Path | None = None,
) -> BuildContext:
    """Return the context of a build, with the published state.

    Raises:
        PublishError: What is published cannot be read.
    """
    from ..published.previous import find_published_state  # not loaded if nothing changed

    previous, timeout = options["previous"], options["previous_timeout"]
    past = find_published_state(planned_out or out, previous, timeout, config, now)
    return BuildContext(
        out=out,
        planned_out=planned_out,
        config=config,
        at=now,
        options=options,
        past=past,
        sources=sources,
        records=records,
        entries=entries,
    )
