"""The cache of a full build, written in a process beside it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

from ..cache.source_files import LENGTH, Sheets, Unit, find_spots
from ..cache.writer import fill_catalogue, remove_new
from ..files.discovery import File
from .analysis import count_jobs
from .context import Run
from .workers import Aside


class Keep:
    """A catalogue that is filled while feeds are made."""

    def __init__(self, run: Run, fingerprint: bytes) -> None:
        #: What it is kept under.
        self.fingerprint = fingerprint
        self.sheets = Sheets(run.entries, partial(find_spots, config=run.config))
        self.aside = Aside(partial(fill_catalogue, run.records, run.config))
        self._paths: list[Path] = []

    def add_known(self, number: int, units: list[Unit]) -> None:
        """Take units that need not be read, before `start`."""
        pieces = (units[start : start + LENGTH] for start in range(0, len(units), LENGTH))
        deque(self.sheets.write(number, pieces), maxlen=0)
        self._paths = [self.sheets.find_path(number)]

    def start(self, paths: list[Path]) -> None:
        """Fill it from sheets."""
        self.aside.start([*self._paths, *paths])


@contextmanager
def open_keep(run: Run, fingerprint: bytes | None, files: list[File]) -> Iterator[Keep | None]:
    """Give what keeps what is known once these files are read, None where nothing is to be kept."""
    if fingerprint is None:
        yield None
        return
    keep = Keep(run, fingerprint)
    is_apart = count_jobs(run.jobs, len(files)) > 1
    try:
        with keep.aside.stand_by(files.clear) if is_apart else nullcontext():
            yield keep
    finally:
        remove_new(run.records)
