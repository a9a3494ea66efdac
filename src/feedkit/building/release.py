"""Feeds to files that readers see: all is staged, then named in the manifest, then renamed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from ..assemble import (
    Assembled,
    Job,
    load_libraries,
    make_assembler,
    stage_gone,
    stage_lists,
)
from ..config import Config
from ..encode import Shelf
from ..guard import Published, find_gone, find_new
from ..pages import MANIFEST, render_manifest
from ..publish import Staged, discard_files, publish_file, publish_files, remove_files
from ..survey import count_jobs
from ..workers import run_parts
from .run import Run


class Release(NamedTuple):
    """What is published: every feed, and what lists them all."""

    feeds: list[Assembled]
    lists: list[Staged]

    @property
    def staged(self) -> list[Staged]:
        """Every file, in the order in which they are published."""
        return [file for feed in self.feeds for file in feed.staged] + self.lists


def publish_feeds(
    run: Run,
    shelf: Shelf,
    work: list[Job],
    published: list[Published],
    kept: Iterable[Assembled] = (),
) -> Release:
    """Stage every file, then let readers see them; on failure nothing is left behind.

    Args:
        run: The build.
        shelf: The entries of the feeds to put together.
        work: These feeds.
        published: What the manifest names.
        kept: Feeds that stay as they are.
    """
    run.on_progress("Publishing", 0, len(work))
    jobs = count_jobs(run.jobs, sum(len(job.entries) for job in work))
    kept = list(kept)
    wanted = _list_wanted(run.config, work, kept)
    gone = find_gone(published, wanted)
    assemble = make_assembler(run.out, run.config, shelf)
    if jobs > 1:  # before processes part, each of which would load them itself
        load_libraries(run.config)
    try:
        parts = run_parts(assemble, [work[number::jobs] for number in range(jobs)])
        feeds = [feed for part in parts for feed in part]
        feeds += [*kept, *stage_gone(run.out, run.config, gone, wanted)]
        feeds.sort(key=lambda feed: (feed.listed.path, feed.listed.gone))
        lists = stage_lists(run.out, run.config, [feed.listed for feed in feeds])
        release = Release(feeds, lists)
        _announce(run.out, published, feeds)
        publish_files(run.out, release.staged)
    except BaseException:  # a process that died and the user's Ctrl-C too
        discard_files(run.out)
        raise
    run.on_progress("Publishing", len(work), len(work))
    return _prune(run.out, release) if run.prune else release


def _list_wanted(
    config: Config, work: Iterable[Job], kept: Iterable[Assembled]
) -> Mapping[str, set[str]]:
    """Return the names of the files that are wanted, by the paths of their feeds."""
    names = {name for format in config.feeds.formats for name in config.feeds.list_names(format)}
    wanted = {path: names for job in work for path in (job.selected.path, *job.olds)}
    for feed in kept:
        wanted[feed.listed.path] = {file.name for file in feed.listed.files}
    return wanted


def _announce(out: Path, published: list[Published], feeds: list[Assembled]) -> None:
    """Name all files in the manifest before the first of them is seen.

    Only what it names is ever withdrawn, and a build may die before its last rename.
    """
    if new := find_new((feed.listed.published for feed in feeds), published):
        named = sorted([*published, *new], key=lambda feed: feed.path)
        publish_file(out, MANIFEST, render_manifest(named))


def _prune(out: Path, release: Release) -> Release:
    """Delete the files of feeds that are gone, and return what stays.

    The manifest forgets them last: what it names can still be deleted by the next build.
    """
    if gone := [feed for feed in release.feeds if feed.listed.gone]:
        removed = {file.name for feed in gone for file in feed.staged}
        remove_files(out, sorted(removed))
        feeds = [feed for feed in release.feeds if not feed.listed.gone]
        publish_file(out, MANIFEST, render_manifest(feed.listed.published for feed in feeds))
        return Release(feeds, [file for file in release.lists if file.name not in removed])
    return release
