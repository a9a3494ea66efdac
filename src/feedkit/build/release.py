"""Files published, staged first, then named in the manifest, then renamed; and the Report."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import msgspec

from ..cache.build_state import Counts
from ..cache.source_files import SourceFile
from ..errors import PublishError, RecordError, make_line
from ..files import PAGE, STATIC, TOP_FILES
from ..files.locks import begin_generation
from ..files.publishing import (
    Staged,
    check_links,
    discard_files,
    is_replaceable,
    make_copy,
    name_copy,
    publish_file,
    publish_files,
    remove_copies,
    remove_files,
)
from ..limits import PUBLISHED_FEEDS
from ..models import EMPTIED, Report
from ..pages import render_index, render_opml
from ..pages.templates import render_static
from ..published import MANIFEST, ListedFeed, render_manifest
from ..published.guard import find_gone, find_new
from ..render.frames import Frames
from ..selection.feeds import explain_few
from ..websub import list_changed, list_topics, note_published
from .context import BuildContext
from .encode import BuiltFeed, EncodedEntries, FeedJob, open_stager, stage_emptied
from .holding import (
    ArticleLookup,
    AssembledFeeds,
    FramesByPath,
    assemble_all,
    hold_ended_feeds,
    note_circumstances,
)
from .lint import list_displaced

_NOT_OWN = "{} files that it alone names are not feedkit's, and left as they are"
_RENAMED = (
    "{}: redirected to {}, since {!r} is read as {!r} now; [redirects] may say so too, and then"
    " this note goes"
)
_STRANGE = "{} files that it names can be no feed's, and are left as they are"
#: What the frames of what lists all feeds are stored under; no path begins so.
LISTS = "/"


class Release(NamedTuple):
    """The published feeds, and the files that list them all."""

    feeds: list[BuiltFeed]
    lists: list[Staged]
    notes: tuple[str, ...]
    """One line each: what could not be compared this time."""
    displaced: tuple[str, ...]
    """One line each: which feeds stand elsewhere, since another has their address or a name is read
    otherwise."""
    frames: FramesByPath
    """Of the feeds that were put together, and of the lists."""
    deferred: dict[str, str]
    """By path: why a feed is not published for a first time yet."""
    generation: str
    """Of the lock file, since this build; empty for a plan, which publishes nothing."""
    changed: tuple[str, ...] = ()
    """Addresses of feeds that a hub may be told of."""
    warnings: tuple[str, ...] = ()
    """Those of the notes that ask somebody to act."""
    left: tuple[str, ...] = ()
    """Files that are left as they are: a manifest names them, and they are not feedkit's."""

    @property
    def staged(self) -> list[Staged]:
        """Every file, in the order in which they are published."""
        return [file for feed in self.feeds for file in feed.staged] + self.lists


def publish_feeds(
    context: BuildContext,
    encoded: EncodedEntries,
    work: list[FeedJob],
    lookup: ArticleLookup,
    kept: Iterable[BuiltFeed],
    known: FramesByPath,
) -> Release:
    """Stage every file, then let readers see them; on failure nothing is left behind.

    Args:
        context: The build.
        encoded: The entries of the feeds to put together.
        work: These feeds.
        lookup: What all records come to.
        kept: Feeds that stay as they are.
        known: Frames that are known.
    """
    context.options["on_progress"]("Publishing", 0, len(work))
    published = context.past.feeds
    check_links(
        context.planned_out or context.out, _list_names(context, _find_places(context, work))
    )
    try:
        feeds, done = _assemble_feeds(context, encoded, work, lookup, kept, known)
        around = Frames(known.get(LISTS, {}))
        lists = _stage_lists(context, [feed.listed for feed in feeds], around)
        named = ((one.listed.kind, one.slug) for one in feeds if one.listed.is_shown)
        displaced = (*list_displaced(context.config, named), *_note_renamed(feeds))
        frames = {**done.frames, LISTS: around.used}
        generation = "" if context.planned_out else begin_generation(context.out)
        release = Release(feeds, lists, (), displaced, frames, done.deferred, generation)
        if context.config.websub.hub:
            # A build that dies from here on owes the hub what it published.
            note_published(context.records, context.config, list_topics(context.config, published))
        _publish_first_manifest(context, feeds)
        if context.past.has_copies and not context.config.publish.precompress:
            done.left.extend(remove_copies(context.out, [file.name for file in release.staged]))
        publish_files(context.out, release.staged)
    except BaseException:  # a process that died and the user's Ctrl-C too
        discard_files(context.out)
        raise
    warnings = tuple(note_circumstances(context))
    notes = (*done.notes, *_note_left_files(context, done.left), *warnings)
    release = release._replace(notes=notes, warnings=warnings, left=tuple(done.left))
    context.options["on_progress"]("Publishing", len(work), len(work))
    release = _prune(context, release) if context.options["prune"] else release
    after = (feed.listed.published for feed in release.feeds)
    return release._replace(changed=list_changed(context.config, published, after))


def check_count(out: Path, count: int) -> None:
    """Raise if there are so many feeds that no later build would read the manifest."""
    if count > PUBLISHED_FEEDS:
        wanted = f"at most {PUBLISHED_FEEDS:,} feeds to publish"
        raise PublishError(
            f"{out}: expected {wanted}, got {count:,}; see [feeds] topics, providers"
        )


def _assemble_feeds(
    context: BuildContext,
    encoded: EncodedEntries,
    work: list[FeedJob],
    lookup: ArticleLookup,
    kept: Iterable[BuiltFeed],
    known: FramesByPath,
) -> tuple[list[BuiltFeed], AssembledFeeds]:
    """Return all feeds, staged, in order of path; the arguments are those of `publish_feeds`."""
    done = assemble_all(context, encoded, work, lookup, known)
    feeds = [*done.feeds, *kept]
    wanted = {feed.listed.path: {file.name for file in feed.listed.files} for feed in feeds}
    if gone := find_gone(context.past.feeds, wanted):
        is_waiting = any(feed.held for feed in feeds)
        staying, gone = hold_ended_feeds(context, gone, lookup, done, is_waiting=is_waiting)
        feeds += staying
        places = [(one.path, one.files) for one in gone]
        check_links(context.planned_out or context.out, _list_names(context, places))
        feeds += stage_emptied(context.out, context.config, gone, wanted, done.left)
    check_count(context.out, len(feeds))
    feeds.sort(key=lambda feed: (feed.listed.path, feed.listed.gone))
    return feeds, done


def _find_places(
    context: BuildContext, work: Iterable[FeedJob]
) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield the folders that these feeds are written to, and the names of files there."""
    own = context.config.feeds.file_names
    names = {path: {*own} for job in work for path in (job.selected.path, *job.old_paths)}
    for feed in context.past.feeds:
        if feed.path in names:
            names[feed.path].update(feed.files)
    yield from (("", TOP_FILES), *names.items())


def _list_names(
    context: BuildContext, places: Iterable[tuple[str, Iterable[str]]]
) -> Iterator[str]:
    """Yield every file that may be read or written in folders, their pages and copies too."""
    has_copies = context.past.has_copies or context.config.publish.precompress
    for path, names in places:
        for name in (PAGE, *names):
            full = f"{path}/{name}" if path else name
            yield full
            if has_copies:
                yield name_copy(full)


def _note_renamed(feeds: Iterable[BuiltFeed]) -> Iterator[str]:
    """Yield notes about old addresses of feeds whose names are read differently now."""
    for one in feeds:
        listed = one.listed
        if listed.was and listed.redirect is not None:
            yield _RENAMED.format(listed.path, listed.redirect, listed.was, listed.title)


def _note_left_files(context: BuildContext, left: list[str]) -> Iterator[str]:
    """Yield notes about files that a manifest names and that are not touched."""
    for names, reason in ((left, _NOT_OWN), (context.past.strange, _STRANGE)):
        if names:
            yield f"{MANIFEST}: {reason.format(len(names))}, first: {min(names)}"


def _stage_lists(context: BuildContext, feeds: list[ListedFeed], frames: Frames) -> list[Staged]:
    """Return the staged files that list all feeds, the manifest last."""
    site, published = context.config.site, (feed.published for feed in feeds)
    has_copies = context.config.publish.precompress
    with open_stager(context.out, context.config) as stager:
        statics = [stager.stage(name, render_static(name, frames)) for name in STATIC]
        return [
            *chain.from_iterable(statics),
            *stager.stage("index.html", render_index(site, feeds, frames)),
            *stager.stage("feeds.opml", render_opml(site, feeds, frames)),
            *stager.stage(
                MANIFEST,
                render_manifest(
                    published, words=context.config.records.words, precompressed=has_copies
                ),
            ),
        ]


def _publish_first_manifest(context: BuildContext, feeds: list[BuiltFeed]) -> None:
    """Name all files in the manifest before the first of them is seen.

    Only what it names is ever withdrawn, and a build may die before its last rename.
    """
    past, has_copies = context.past, context.past.has_copies
    published = past.feeds if past.is_here else []
    new = find_new((feed.listed.published for feed in feeds), published)
    will_have = context.config.publish.precompress
    if new or (will_have and not has_copies):
        named = sorted([*published, *new], key=lambda feed: feed.path)
        words = past.words if past.is_here else ()  # until what they withhold is gone
        body = render_manifest(named, words=words, precompressed=has_copies or will_have)
        _publish_manifest(context.out, body, has_copy=has_copies)


def _publish_manifest(out: Path, body: bytes, *, has_copy: bool) -> None:
    copy = os.path.join(out, name_copy(MANIFEST))  # noqa: PTH118
    if has_copy and is_replaceable(copy):  # first, as of all files
        publish_file(out, name_copy(MANIFEST), make_copy(body))
    publish_file(out, MANIFEST, body)


def _prune(context: BuildContext, release: Release) -> Release:
    """Delete the files of ended feeds, and return the release without them.

    The manifest forgets them last: what it names can still be deleted by the next build.
    """
    if gone := [feed for feed in release.feeds if feed.listed.gone]:
        removed = {file.name for feed in gone for file in feed.staged}
        remove_files(context.out, sorted(removed, reverse=True))  # NAME.gz before NAME
        feeds = [feed for feed in release.feeds if not feed.listed.gone]
        has_copies = context.config.publish.precompress
        published = (feed.listed.published for feed in feeds)
        words = context.config.records.words
        body = render_manifest(published, words=words, precompressed=has_copies)
        _publish_manifest(context.out, body, has_copy=has_copies)
        kept = [file for file in release.lists if file.name not in removed]
        digest, size = sha256(body).hexdigest(), len(body)
        manifest = Staged(MANIFEST, digest, size, is_changed=True)
        lists = [manifest if file.name == MANIFEST else file for file in kept]
        return release._replace(feeds=feeds, lists=lists)
    return release


def note_problem(report: Report, problem: str) -> Report:
    """Return a report that says why a cache could not be kept, if it could not."""
    if not problem:
        return report
    note = f"{make_line(problem)}; without it the next build reads all records again"
    return msgspec.structs.replace(report, notes=(*report.notes, note))


def make_report(
    counts: Counts,
    source_files: Iterable[SourceFile],
    clashes: Iterable[RecordError],
    release: Release | None = None,
    redirects: Mapping[str, str] = {},
    few: Collection[str] = (),
    *,
    is_held: bool = False,
    refusal: str = "",
) -> Report:
    """Return the report of a build.

    Args:
        counts: The counts of all records.
        source_files: At least those of which there is anything to say.
        clashes: Why records were rejected whose id is another's, and why feeds are not made.
        release: What was published, if anything.
        redirects: By old address: why it serves no feed.
        few: The paths of feeds of few articles that are not made.
        is_held: Whether nothing was published because all feeds would have gone.
        refusal: Another reason why nothing was published; empty if there is none.
    """
    source_files = list(source_files)
    feeds, staged = (release.feeds, release.staged) if release else ([], [])
    errors = [error for source_file in source_files for error in source_file.errors] + list(clashes)
    errors.sort(key=lambda error: (error.name, error.line, str(error)))
    written = sum(file.is_changed for file in staged)
    gone = [feed.listed.path for feed in feeds if feed.listed.gone]
    emptied = dict.fromkeys(gone, EMPTIED)
    reasons = sorted({**emptied, **redirects}.items())
    return Report(
        articles=counts.articles,
        rejected=counts.rejected + sum(source_file.rejected for source_file in source_files),
        other=sum(source_file.other for source_file in source_files),
        unpublished=counts.unpublished,
        retold=counts.retold,
        duplicates=counts.duplicates,
        repaired=sum(source_file.repaired for source_file in source_files),
        feeds=sum(feed.listed.is_shown for feed in feeds),
        files=len(staged),
        written=written,
        unchanged=len(staged) - written,
        withheld=dict(sorted(counts.withheld.items())),
        problems=(
            *map(str, errors),
            *(make_line(f"{path or '.'}: {reason}") for path, reason in reasons),
        ),
        notes=(
            *(
                make_line(f"{', '.join(names)}: records of one URL; the first counts")
                for names in sorted(counts.shared)
            ),
            *map(make_line, explain_few(few)),
            *(make_line(note) for feed in feeds for note in feed.notes),
            *(map(make_line, release.displaced + release.notes) if release else ()),
        ),
        held=tuple(_list_held(release)) if release else (refusal,) if refusal else (),
        changed=release.changed if release else (),
        warnings=tuple(map(make_line, release.warnings)) if release else (),
        is_held=is_held or bool(refusal),
    )


def _list_held(release: Release) -> Iterator[str]:
    held = {feed.path: feed.held for feed in release.feeds if feed.held} | release.deferred
    for path, reason in sorted(held.items()):
        yield make_line(f"{path or '.'}: {reason}")
