"""What records come to before anything of them is rendered: the first half of a build.

It reads, and writes nothing but what it sets aside for itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple

from .config import Config
from .errors import RecordError
from .gather import Gathered, Part, Prepare, make_gatherer
from .read import Source, find_files, split_source
from .redirects import Served, serve_redirects
from .selection.compose import make_hasher
from .selection.index import Item, Row
from .selection.resolve import Resolved, resolve_rows
from .selection.select import Selected, count_spellings, elect_names, select_all
from .spool import open_articles
from .workers import run_parts

#: Records, or entries, that are worth a process of their own.
MIN_SHARE = 250

Progress = Callable[[str, int, int], object]
"""Told the name of a hop, how much of it is done, and of how much."""


class Survey(NamedTuple):
    """What all records come to, and the feeds that they make."""

    gathered: Gathered
    resolved: Resolved
    selected: list[Selected]
    #: What redirects come to where these are the feeds.
    served: Served

    @property
    def errors(self) -> list[RecordError]:
        """Each record or related item that is left out, in order of file and line."""
        errors = self.gathered.errors + self.resolved.errors
        return sorted(errors, key=lambda error: (error.name, error.line, str(error)))

    @property
    def problems(self) -> list[str]:
        """A line for each of these, and for each redirect that leads to no feed."""
        redirects = sorted(self.served.problems.items())
        return [*map(str, self.errors), *(f"{path or '.'}: {why}" for path, why in redirects)]

    @property
    def shared(self) -> list[str]:
        """A line for each address that several records have."""
        return [f"{', '.join(names)}: records of one URL" for names in sorted(self.resolved.shared)]


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
    with TemporaryDirectory(prefix="feedkit-") as folder:
        return survey_into(Path(folder), source, None, config, now, prepare, jobs, on_progress)


def survey_into(
    spools: Path,
    source: Source,
    out: Path | None,
    config: Config,
    now: datetime,
    prepare: Prepare | None,
    jobs: int,
    on_progress: Progress,
) -> Survey:
    """Return the same, with all Articles set aside in the folder `spools`.

    Args:
        spools: A folder for this run alone.
        source: As `build` takes it.
        out: The folder that is published, in which nothing is a record.
        config: What is excluded, and what feeds hold.
        now: Aware; articles dated later are withheld.
        prepare: Applied to every Article.
        jobs: Processes to use at most.
        on_progress: Told of the progress.
    """
    gathered = _gather(source, out, spools, config, now, prepare, jobs, on_progress)
    with open_articles(spools) as load:
        resolved = resolve_rows(gathered.rows, config, make_hasher(load))
    selected = select_all(resolved, config)
    served = serve_redirects(config.redirects, [feed.path for feed in selected])
    return Survey(gathered, resolved, selected, served)


def _gather(
    source: Source,
    out: Path | None,
    spools: Path,
    config: Config,
    now: datetime,
    prepare: Prepare | None,
    jobs: int,
    on_progress: Progress,
) -> Gathered:
    paths, articles = split_source(source)
    files = find_files(paths, out)
    jobs = count_jobs(jobs, len(files))
    parts = [Part(number, files[number::jobs]) for number in range(jobs)]
    parts[0] = Part(0, parts[0].paths, articles)
    told = partial(tell_share, on_progress, "Reading", len(files), len(parts))
    found = Gathered()
    for gathered in run_parts(make_gatherer(spools, config, now, prepare, told), parts):
        found.add(gathered)
    return found


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
