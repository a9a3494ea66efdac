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
    from .analysis import Progress
    from .cache_writer import CacheBuilder
    from .encode import EncodedShard
    from .indexing import Prepare, SourceShard
    from .lint import RenamedFeed


def check_call(
    out: str | os.PathLike[str], config: Config | Site, now: datetime, jobs: int
) -> tuple[Path, Config]:
    """Return the folder to publish, and by which settings.

    Raises:
        PublishError: `out` is the topmost folder, beside which nothing can be kept.
        ValueError: `now` names no time zone, or `out` no folder, or `jobs` no process.
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
    """Return where a folder is, once for the whole build: a link may lead elsewhere any time."""
    real = os.path.realpath(out)
    return Path(out if real == os.path.abspath(out) else real)  # noqa: PTH100


def scan_sources(paths: Iterable[str], out: Path, config: Config) -> list[FoundFile]:
    """Return every file below `paths` that may hold records."""
    entries = scan_files(paths, out, follow_links=config.records.follow_links)
    return leave_out(entries, config.data.places)


class BuildContext(msgspec.Struct, frozen=True, kw_only=True):
    """One build, and what it was asked for."""

    out: Path
    #: What `out` stands in for, in a plan: the folder that is published.
    planned_out: Path | None = None
    config: Config
    #: Aware; articles dated later are withheld.
    at: datetime
    prepare: Prepare | None
    jobs: int
    prune: bool
    strict: bool
    #: Whether feeds may show entries as new again, or go without those that they held.
    allow_resurface: bool
    allow_shrink: bool
    #: What is published.
    past: PublishedState
    on_progress: Progress
    #: Folders and files in which records are found, by real path; none of Articles.
    sources: dict[str, str]
    #: Where the files of encoded records are, and those of encoded entries.
    records: Path
    entries: Path
    #: Keys of articles of which the caller says that they are no more.
    removed: frozenset[str] = frozenset()
    #: Whether records are there that cannot be read.
    has_unread: bool = False

    @property
    def renamed(self) -> list[RenamedFeed]:
        """The published feeds that stand elsewhere since their names are decoded."""
        from .lint import find_renamed  # not loaded where nothing changed

        return find_renamed(self.past.feeds, self.config)

    def list_published(self) -> set[str]:
        """Return the paths of all published feeds, those where they stand by now too."""
        return self.past.list_paths() | {one.new for one in self.renamed}

    def index_sources(
        self, part: SourceShard, cache_builder: CacheBuilder | None = None
    ) -> list[SourceFile]:
        """Return what files and Articles come to, their records set aside.

        Args:
            part: All there are.
            cache_builder: Where a catalogue is to be kept of them.
        """
        from ..cache.source_files import BatchFiles  # not loaded where nothing changed
        from .analysis import count_jobs, read_source_files
        from .indexing import SourceIndexer

        indexer = SourceIndexer(
            self.records, self.config, self.at, self.prepare, self.sources.values()
        )
        jobs = count_jobs(self.jobs, len(part.files))
        batches, on_read = (
            (cache_builder.batches, cache_builder.start)
            if cache_builder
            else (BatchFiles(self.entries), None)
        )
        return read_source_files(indexer, part, jobs, self.on_progress, batches, on_read)

    def encode(self, entry_recipes: list[EntryRecipe]) -> list[EncodedShard]:
        """Return where the bytes of entries stand."""
        from .analysis import count_jobs, report_progress
        from .encode import RecipeShard, make_entry_encoder
        from .workers import run_parallel

        jobs = count_jobs(self.jobs, len(entry_recipes))
        shares = [RecipeShard(number, entry_recipes[number::jobs]) for number in range(jobs)]
        told = partial(report_progress, self.on_progress, "Encoding", len(entry_recipes), jobs)
        encode = make_entry_encoder(self.records, self.entries, self.config, self.at, told)
        return run_parallel(encode, shares)
