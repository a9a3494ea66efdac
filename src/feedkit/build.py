"""The path, one line per hop: records, Articles, Feeds, bytes, files, Report."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from .addresses import TOP_FILES
from .assemble import Assembled, Job, make_assembler, stage_gone, stage_lists
from .config import Config, as_config
from .encode import Encoded, Share, Shelf, make_entry_encoder
from .gather import Prepare
from .guard import Published, find_gone, find_new
from .lock import lock_folder
from .model import Report
from .pages import MANIFEST, render_manifest
from .publish import Staged, discard_files, publish_file, publish_files, remove_files
from .read import Source, read_published
from .redirects import Served
from .selection import list_sources
from .selection.compose import Recipe, make_recipe
from .selection.resolve import Resolved
from .selection.select import Selected
from .settings import Site
from .spool import open_spools
from .survey import Progress, Survey, count_jobs, survey_into, tell_share
from .workers import run_parts


def build(
    source: Source,
    out: str | os.PathLike[str],
    config: Config | Site,
    *,
    now: datetime,
    prepare: Prepare | None = None,
    prepare_version: str = "",
    jobs: int = 1,
    wait: float = 0,
    prune: bool = False,
    strict: bool = False,
    on_progress: Progress = lambda hop, done, total: None,
) -> Report:
    """Publish the feeds of all articles below `out`, and return what was done.

    A file whose bytes would stay the same is not touched. Where no record is of use, nothing
    is published and `Report.exit_status` is 2.

    Args:
        source: A folder, which is read with all its own, a file, several of these, or Articles.
        out: The folder that becomes the site's address; made where it is missing.
        config: As `load_config` returns it; a Site alone means the defaults.
        now: Aware; articles dated later are withheld.
        prepare: Called with each Article, of whatever state, and returns it, another in its
            place, or None to withhold it. Works on one Article alone and remembers nothing.
        prepare_version: Names what `prepare` does; change it whenever that changes. Nothing is
            kept between builds that depends on it yet.
        jobs: Processes to use at most; a small corpus gains nothing from a second.
        wait: Seconds to wait for another build of `out` to end.
        prune: Whether to delete the files of feeds that have no article left, once they are
            published empty, with the folders that this leaves empty; nothing else, ever.
        strict: Whether to publish nothing where a record, or an item of a related list, is
            rejected; `Report.exit_status` is 2 then, and `Report.problems` says why.
        on_progress: Told of each hop's progress.

    Raises:
        BusyError: Another build of `out` goes on.
        PublishError: A folder cannot be read or a file not written; nothing was published,
            unless a file could not be renamed.
        TypeError: `source` holds anything else than paths or Articles.
        ValueError: `now` names no time zone, or `out` no folder.
    """
    if not os.fspath(out):  # a Path of it would be the folder in which the program runs
        raise ValueError("out: expected a folder, got nothing")
    config, out = as_config(config), Path(out)
    if now.tzinfo is None:
        raise ValueError(f"now: expected an aware datetime, got {now!r}")
    with lock_folder(out, wait), TemporaryDirectory(prefix="feedkit-") as folder:
        spools = Path(folder)
        published = read_published(out)
        discard_files(out, _list_names(config, published))  # of a build that was killed
        found = survey_into(spools, source, out, config, now, prepare, jobs, on_progress)
        if strict and found.errors:
            return _report(found, [], [], {})
        if not found.selected and not (published and found.gathered.rows):
            # No record at all: rather a folder that is not mounted than all articles withdrawn.
            return _report(found, [], [], {}, is_held=bool(published))
        recipes, work = _plan_work(found.resolved, found.selected, found.served)
        found.gathered.rows = []  # the bulk of the index; what is left needs none of it
        shares = _encode(recipes, spools, config, jobs, on_progress)
        with open_spools(spools, "entries") as read:
            shelf = Shelf(read, config.feeds.formats, shares)
            feeds, staged = _publish(out, config, shelf, work, published, jobs, on_progress)
            if prune:
                feeds, staged = _prune(out, feeds, staged)
    return _report(found, feeds, staged, found.served.problems)


def _plan_work(
    resolved: Resolved, selected: list[Selected], served: Served
) -> tuple[list[Recipe], list[Job]]:
    """Return what every entry is made of, newest first, and which of them each feed holds."""
    nodes = {node.order: node for feed in selected for node in feed.nodes}
    numbers = {order: number for number, order in enumerate(sorted(nodes))}
    sources = list_sources(selected)
    recipes = [make_recipe(nodes[order], resolved.ids, sources) for order in numbers]
    jobs = [
        Job(feed, [numbers[node.order] for node in feed.nodes], served.olds.get(feed.path, []))
        for feed in selected
    ]
    return recipes, jobs


def _encode(
    recipes: list[Recipe], spools: Path, config: Config, jobs: int, on_progress: Progress
) -> list[Encoded]:
    jobs = count_jobs(jobs, len(recipes))
    shares = [Share(number, recipes[number::jobs]) for number in range(jobs)]
    told = partial(tell_share, on_progress, "Encoding", len(recipes), jobs)
    return run_parts(make_entry_encoder(spools, config, told), shares)


def _publish(
    out: Path,
    config: Config,
    shelf: Shelf,
    work: list[Job],
    published: list[Published],
    jobs: int,
    on_progress: Progress,
) -> tuple[list[Assembled], list[Staged]]:
    """Stage every file, then let readers see them; on failure nothing is left behind."""
    on_progress("Publishing", 0, len(work))
    jobs = count_jobs(jobs, sum(len(job.entries) for job in work))
    names = {name for format in config.feeds.formats for name in config.feeds.list_names(format)}
    wanted = dict.fromkeys((path for job in work for path in (job.selected.path, *job.olds)), names)
    gone = find_gone(published, wanted)
    try:
        parts = run_parts(make_assembler(out, config, shelf), [work[n::jobs] for n in range(jobs)])
        feeds = [feed for part in parts for feed in part] + stage_gone(out, config, gone, wanted)
        feeds.sort(key=lambda feed: (feed.listed.path, feed.listed.gone))
        staged = [file for feed in feeds for file in feed.staged]
        staged += stage_lists(out, config, [feed.listed for feed in feeds])
        _announce(out, published, feeds)
        publish_files(out, staged)
    except BaseException:  # a process that died and the user's Ctrl-C too
        discard_files(out, _list_names(config, published))
        raise
    on_progress("Publishing", len(work), len(work))
    return feeds, staged


def _prune(
    out: Path, feeds: list[Assembled], staged: list[Staged]
) -> tuple[list[Assembled], list[Staged]]:
    """Delete the files of feeds that are gone, and return the feeds and files that stay.

    The manifest forgets them last: what it names can still be deleted by the next build.
    """
    if gone := [feed for feed in feeds if feed.listed.gone]:
        removed = {file.name for feed in gone for file in feed.staged}
        remove_files(out, sorted(removed))
        feeds = [feed for feed in feeds if not feed.listed.gone]
        staged = [file for file in staged if file.name not in removed]
        publish_file(out, MANIFEST, render_manifest(feed.listed.published for feed in feeds))
    return feeds, staged


def _announce(out: Path, published: list[Published], feeds: list[Assembled]) -> None:
    """Name all files in the manifest before the first of them is seen.

    Only what it names is ever withdrawn, and a build may die before its last rename.
    """
    if new := find_new((feed.listed.published for feed in feeds), published):
        named = sorted([*published, *new], key=lambda feed: feed.path)
        publish_file(out, MANIFEST, render_manifest(named))


def _list_names(config: Config, published: list[Published]) -> set[str]:
    """Return the names of all files that a build may have staged."""
    named = {name for feed in published for name in feed.files}
    return named.union(config.feeds.names.values(), config.feeds.also, TOP_FILES)


def _report(
    found: Survey,
    feeds: list[Assembled],
    staged: list[Staged],
    redirects: Mapping[str, str],
    *,
    is_held: bool = False,
) -> Report:
    gathered, resolved = found.gathered, found.resolved
    written = sum(file.is_changed for file in staged)
    gone = [feed.listed.path for feed in feeds if feed.listed.gone]
    emptied = dict.fromkeys(gone, "no article is left; published without entries")
    reasons = sorted({**emptied, **redirects}.items())
    return Report(
        articles=resolved.articles,
        rejected=gathered.rejected + resolved.rejected,
        other=gathered.other,
        unpublished=resolved.unpublished,
        retold=resolved.retold,
        duplicates=resolved.duplicates,
        repaired=gathered.repaired,
        feeds=sum(feed.listed.is_shown for feed in feeds),
        files=len(staged),
        written=written,
        unchanged=len(staged) - written,
        withheld=dict(sorted(resolved.withheld.items())),
        problems=(
            *map(str, found.errors),
            *(f"{path or '.'}: {reason}" for path, reason in reasons),
        ),
        notes=(
            *found.shared,
            *(note for feed in feeds for note in feed.notes),
        ),
        is_held=is_held,
    )
