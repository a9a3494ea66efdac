"""What every hop of one build is told, and how work is shared out."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path

import msgspec

from ..catalogue import Unit
from ..compare import Past
from ..config import Config
from ..encode import Encoded, Share, make_entry_encoder
from ..gather import Gatherer, Part, Prepare
from ..selection.compose import Recipe
from ..survey import Progress, count_jobs, gather_units, tell_share
from ..workers import run_parts


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One build, and what it was asked for."""

    out: Path
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
    past: Past
    on_progress: Progress
    #: Folders and files in which records are found, by real path; none of Articles.
    sources: dict[str, str]
    #: Where the files of encoded records are, and those of encoded entries.
    records: Path
    entries: Path

    def gather(self, part: Part) -> list[Unit]:
        """Return what files and Articles come to, their records set aside."""
        gatherer = Gatherer(self.records, self.config, self.at, self.prepare)
        jobs = count_jobs(self.jobs, len(part.files))
        return gather_units(gatherer, part, jobs, self.on_progress)

    def encode(self, recipes: list[Recipe]) -> list[Encoded]:
        """Return where the bytes of entries stand."""
        jobs = count_jobs(self.jobs, len(recipes))
        shares = [Share(number, recipes[number::jobs]) for number in range(jobs)]
        told = partial(tell_share, self.on_progress, "Encoding", len(recipes), jobs)
        encode = make_entry_encoder(self.records, self.entries, self.config, told)
        return run_parts(encode, shares)
