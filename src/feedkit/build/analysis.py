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

from ..cache.source_files import Sheets, Unit, load_units
from ..cache.writer import make_scratch
from ..config import Config
from ..config.addresses import Served, serve_redirects
from ..errors import RecordError, make_line
from ..files.discovery import find_files, leave_out
from ..files.spill import open_articles
from ..models import Source, split_source
from ..selection.entries import make_hasher
from ..selection.feeds import (
    Made,
    Selected,
    choose_made,
    count_spellings,
    elect_names,
    explain_few,
    find_beyond_error,
    select_all,
)
from ..selection.index import Item, Row
from ..selection.resolve import Resolved, resolve_rows
from .indexing import Gatherer, Part, Prepare
from .workers import run_parts

#: Records, or entries, that are worth a process of their own.
MIN_SHARE = 250

Progress = Callable[[str, int, int], object]
"""Told the name of a hop, how much of it is done, and of how much."""


class Survey(NamedTuple):
    """What all records come to, and the feeds that they make."""

    units: list[Unit]
    resolved: Resolved
    #: The feeds that are made, and those that are not.
    made: Made
    #: What redirects come to where these are the feeds.
    served: Served
    #: Why no more feeds are made; none if all are.
    beyond: list[RecordError]

    @property
    def selected(self) -> list[Selected]:
        """The feeds that are made, in order of path."""
        return self.made.feeds

    @property
    def unmade(self) -> list[str]:
        """A line about the feeds of few articles, which are made only if they are published."""
        return [f"{line}, unless published" for line in explain_few(self.made.few_paths)]

    @property
    def rows(self) -> list[Row]:
        """Those of all units."""
        return [row for unit in self.units for row in unit.rows]

    @property
    def errors(self) -> list[RecordError]:
        """Each record or related item that is left out, in order of file and line."""
        errors = [error for unit in self.units for error in unit.errors] + self.resolved.errors
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


class Namesakes(NamedTuple):
    """The names that one feed's topic or provider is called by."""

    path: str
    #: How often each stands in records, the feed's own first.
    names: dict[str, int]


def survey(
    source: Source,
    config: Config,
    *,
    now: datetime,
    prepare: Prepare | None = None,
    jobs: int = 1,
    on_progress: Progress = lambda hop, done, total: None,
) -> Survey:
    """Return what `build` would publish, with the arguments that it takes."""
    with make_scratch() as folder:
        paths, articles = split_source(source)
        files = leave_out(
            find_files(paths, follow_links=config.records.follow_links), config.data.places
        )
        gatherer = Gatherer(folder, config, now, prepare, paths)
        jobs = count_jobs(jobs, len(files))
        units = gather_units(gatherer, Part(0, files, articles), jobs, on_progress, Sheets(folder))
        return survey_units(units, folder, config)


def gather_units(
    gatherer: Gatherer,
    part: Part,
    jobs: int,
    on_progress: Progress,
    sheets: Sheets,
    on_read: Callable[[list[Path]], object] | None = None,
) -> list[Unit]:
    """Return what files and Articles come to, their records set aside.

    Args:
        gatherer: Reads them.
        part: All there are; its number is that of the first file that they are set aside in.
        jobs: Processes, each of which fills a file.
        on_progress: Told of the progress.
        sheets: By which units of other processes come here.
        on_read: Given the sheets of all units; None: there are none of this process.
    """
    told = partial(tell_share, on_progress, "Reading", len(part.files), jobs)
    parts = [part.share(number, jobs) for number in range(jobs)]

    def gather(share: Part) -> list[Unit]:
        pieces, is_here = gatherer.gather_part(share, on_progress=told), share is parts[0]
        if on_read or not is_here:
            pieces = sheets.write(share.number, pieces)
        return [unit for units in pieces for unit in units if is_here]

    found, *_ = run_parts(gather, parts)
    paths = [sheets.find_path(share.number) for share in parts]
    if on_read:
        on_read(paths)
    for path in paths[1:]:
        found += load_units(path)
    return found


def survey_units(
    units: list[Unit],
    records: Path,
    config: Config,
    published: Container[str] = (),
    renamed: Iterable[Sequence[str]] = (),
) -> Survey:
    """Return what these come to, and the feeds that they make.

    Args:
        units: All there are.
        records: Where the files of encoded records are.
        config: What feeds hold.
        published: As of `choose_made`.
        renamed: As of `serve_redirects`.
    """
    rows = (row for unit in units for row in unit.rows)
    with open_articles(records) as load:
        resolved = resolve_rows(rows, config, make_hasher(load))
    made = choose_made(select_all(resolved, config), config.feeds, published)
    served = serve_redirects(config.redirects, [feed.path for feed in made.feeds], renamed)
    return Survey(units, resolved, made, served, find_beyond_error(made, config))


def sort_errors(errors: Iterable[RecordError]) -> list[RecordError]:
    """Return errors in order of file and line."""
    return sorted(errors, key=lambda error: (error.name, error.line, str(error)))


def count_jobs(jobs: int, count: int) -> int:
    """Return how many processes, at most `jobs`, so many records or entries are worth."""
    return max(1, min(jobs, count // MIN_SHARE))


def tell_share(on_progress: Progress, hop: str, total: int, parts: int, done: int) -> None:
    """Tell of a hop what is done by one of its equal parts, as if the others were as far."""
    on_progress(hop, min(done * parts, total), total)


def find_namesakes(found: Survey, kind: Literal["topics", "providers"]) -> list[Namesakes]:
    """Return the feeds of one kind whose topic or provider has several names, by path."""
    if kind == "topics":
        nodes = found.resolved.nodes.values()
        counts = count_spellings(node for node in nodes if node.is_primary)
    else:
        counts = _count_providers(found.resolved)
    return [
        Namesakes(feed.path, {name: names[name] for name in elect_names(names)})
        for feed in found.selected
        if feed.kind == kind and len(names := counts.get(feed.slug, Counter())) > 1
    ]


def _count_providers(resolved: Resolved) -> dict[str, Counter[str]]:
    """Return how often records and related lists call each provider what, by slug."""
    counts: dict[str, Counter[str]] = {}
    for node in resolved.nodes.values():
        sources: list[Row | Item] = [*node.records]
        sources += [row.items[place] for row, place in node.listings]
        for source in sources:
            counts.setdefault(source.provider, Counter())[source.provider_name] += 1
    return counts
