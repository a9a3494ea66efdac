"""The cache of a full build, written in a process beside it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

from ..cache.source_files import LENGTH, BatchFiles, SourceFile, find_candidates
from ..cache.writer import fill_cache, remove_new_database
from ..files.discovery import File
from .analysis import count_jobs
from .context import BuildContext
from .workers import BackgroundTask


class CacheBuilder:
    """A catalogue that is filled while feeds are made."""

    def __init__(self, context: BuildContext, fingerprint: bytes) -> None:
        #: What it is kept under.
        self.fingerprint = fingerprint
        self.batches = BatchFiles(context.entries, partial(find_candidates, config=context.config))
        self.task = BackgroundTask(partial(fill_cache, context.records, context.config))
        self._paths: list[Path] = []

    def add_known(self, number: int, source_files: list[SourceFile]) -> None:
        """Take units that need not be read, before `start`."""
        pieces = (
            source_files[start : start + LENGTH] for start in range(0, len(source_files), LENGTH)
        )
        deque(self.batches.write(number, pieces), maxlen=0)
        self._paths = [self.batches.find_path(number)]

    def start(self, paths: list[Path]) -> None:
        """Fill it from sheets."""
        self.task.start([*self._paths, *paths])


@contextmanager
def open_cache_builder(
    context: BuildContext, fingerprint: bytes | None, files: list[File]
) -> Iterator[CacheBuilder | None]:
    """Give what keeps what is known once these files are read, None where nothing is to be kept."""
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
