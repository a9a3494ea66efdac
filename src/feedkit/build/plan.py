"""`plan`: what a build would change, without publishing anything.

A plan is a build into a folder of links to the published files, which is removed afterwards.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeAlias, Unpack

import msgspec

from ..cache.writer import make_temporary_folder
from ..config import Config
from ..config.ids import Moves
from ..config.settings import Site
from ..files import PAGE, TOP_FILES
from ..files.discovery import find_files, leave_out, name_sources
from ..files.publishing import name_copy
from ..models import Report, Source, split_source
from ..published.feeds import READ_FIRST, Follow
from ..published.guard import PublishedEntry, PublishedFeed
from ..published.previous import read_published, read_published_entries
from ..selection.feeds import select_uncut
from ..selection.resolve import ResolvedArticle
from .analysis import analyse_files
from .api import build
from .context import BuildContext, check_call, make_context
from .full import build_full
from .indexing import SourceShard
from .options import BuildOptions, complete_options


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The changes that a build would make."""

    changes: tuple[FeedChanges, ...]
    """The changed feeds, in order of path."""
    report: Report
    """The report that the build would return."""
    _publish: Callable[[], Report]

    def publish(self) -> Report:
        """Build from the same source, with the same time and options."""
        return self._publish()


def plan(
    source: Source,
    out: str | os.PathLike[str],
    config: Config | Site,
    *,
    now: datetime,
    **options: Unpack[BuildOptions],
) -> Plan:
    """Return what `build` would change, and write nothing, neither in `out` nor in the cache.

    All records are read, and no lock is taken: what another build publishes meanwhile may be
    seen in part. `Plan.publish` calls `build` with the same arguments.

    Args:
        source: See `build`; Articles are stored in memory.
        out: See `build`.
        config: See `build`.
        now: Aware; articles dated later are withheld.
        options: See `BuildOptions`.

    Raises:
        PublishError: A folder cannot be read.
        TypeError: `source` holds anything else than paths or Articles, or an option is unknown.
        ValueError: `now` has no time zone, `out` is empty, or `jobs` is less than 1.
    """
    chosen = complete_options("plan", options)
    out, config = check_call(out, config, now, chosen["jobs"])
    paths, given = split_source(source)
    articles = list(given)
    files = leave_out(
        find_files(paths, out, follow_links=config.records.follow_links), config.data.places
    )
    with make_temporary_folder() as folder:
        context = make_context(
            folder / "out",
            config,
            now,
            chosen,
            name_sources(paths),
            folder,
            folder,
            planned_out=out,
        )
        changes, report = _rehearse(context, out, SourceShard(0, files, articles))
    publish = partial(build, paths or articles, out, config, now=now, **chosen)
    return Plan(changes=changes, report=report, _publish=publish)


def _rehearse(
    context: BuildContext, out: Path, part: SourceShard
) -> tuple[tuple[FeedChanges, ...], Report]:
    """Build from all records, and return what that changes in `out`."""
    published = context.past.feeds if context.past.is_here else []
    pages = (f"{feed.path}/{PAGE}" for feed in published if feed.path)
    names = [*TOP_FILES, *pages, *_list_names(published)]
    link_files(
        out, context.out, [*names, *map(name_copy, names if context.past.has_copies else ())]
    )
    source_files = context.index_sources(part)
    uncut = select_uncut(
        analyse_files(source_files, context.records, context.config).resolved, context.config
    )
    report = build_full(context, source_files, None)
    found = _compare_feeds(context, out, published, uncut)
    return tuple(changes for changes in found if changes), report


def _list_names(feeds: Iterable[PublishedFeed]) -> Iterator[str]:
    for feed in feeds:
        yield from (f"{feed.path}/{name}" if feed.path else name for name in feed.files)


def _compare_feeds(
    context: BuildContext,
    out: Path,
    published: list[PublishedFeed],
    uncut: dict[str, list[ResolvedArticle]],
) -> Iterator[FeedChanges]:
    """Yield the changes of each feed, in order of path."""
    before, after = _index_feeds(published), _index_feeds(read_published(context.out).feeds)
    follow = Moves(context.config.moved).follow if context.config.moved else str
    for path in sorted({*before, *after}):
        feeds = [one for one in (after.get(path), before.get(path)) if one]
        if all(is_linked(context.out, name) for name in _list_names(feeds)):
            continue
        places = (out, before.get(path)), (context.out, after.get(path))
        old, new = _read_entries(*places, follow)
        nodes = uncut.get(path if feeds[0].redirect is None else feeds[0].redirect, [])
        yield compare_entries(
            path,
            feeds[0].title,
            old,
            new,
            is_beyond={node.written_id for node in nodes}.__contains__,
        )


_Place: TypeAlias = tuple[Path, PublishedFeed | None]


def _read_entries(
    before: _Place, after: _Place, follow: Follow
) -> tuple[list[PublishedEntry], list[PublishedEntry]]:
    """Return the entries of a feed as it is and as it will be, in one format.

    Args:
        before: The published folder and the feed in it, None if it is not published.
        after: The same as they will be.
        follow: Returns the address of now of a canonical URL.
    """
    old: list[PublishedEntry] = []
    new: list[PublishedEntry] = []
    for format in READ_FIRST:
        first, second = (
            read_published_entries(out, feed, format, follow) if feed else None
            for out, feed in (before, after)
        )
        if first is not None and second is not None:
            return first, second
        old, new = old or first or [], new or second or []
    # What differs between formats is no change.
    return [one._replace(content=b"") for one in old], [one._replace(content=b"") for one in new]


def _index_feeds(feeds: list[PublishedFeed]) -> dict[str, PublishedFeed]:
    """Return feeds by path; files that are given up beside those of a feed are not looked at."""
    return {feed.path: feed for feed in sorted(feeds, key=lambda feed: not feed.gone)}


KINDS = ("new", "changed", "resurfaced", "withdrawn", "dropped")
"""What may become of entries: the fields of FeedChanges that hold them."""


class EntryChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry that changes for readers."""

    id: str
    """The id that the entry will have."""
    link: str
    """Its address."""
    title: str
    """Plain text."""
    was: str = ""
    """The id that is published now, if it is another one."""


class FeedChanges(msgspec.Struct, frozen=True, kw_only=True):
    """The entries of one feed that a build changes."""

    path: str
    """The path of the feed below the site, as ``topics/ai``."""
    title: str
    """The title of the feed."""
    new: tuple[EntryChange, ...] = ()
    """Entries that are not published yet."""
    changed: tuple[EntryChange, ...] = ()
    """Published entries whose bytes change."""
    resurfaced: tuple[EntryChange, ...] = ()
    """Entries that are published under another id, by their address, or title and date. Readers
    show them as new."""
    withdrawn: tuple[EntryChange, ...] = ()
    """Entries that go: withheld, without a record, or no longer of this topic or provider."""
    dropped: tuple[EntryChange, ...] = ()
    """Entries that newer ones push out of the feed."""

    def __bool__(self) -> bool:
        """Return whether there is any change."""
        return any(getattr(self, kind) for kind in KINDS)


def compare_entries(
    path: str,
    title: str,
    before: Sequence[PublishedEntry],
    after: Sequence[PublishedEntry],
    *,
    is_beyond: Callable[[str], bool],
) -> FeedChanges:
    """Return the changes of the entries of one feed.

    Args:
        path: The path of the feed.
        title: The title of the feed.
        before: Its published entries.
        after: Those that it will have, in the same format.
        is_beyond: Returns whether the feed would hold an entry of this id if it were longer.
    """
    old, kept = {one.id: one for one in before}, {one.id for one in after}
    leaving = [one for one in before if one.id not in kept]
    traces = {trace: one.id for one in leaving for trace in _list_traces(one)}
    was = {
        one.id: id
        for one in after
        for trace in _list_traces(one)
        if one.id not in old and (id := traces.get(trace))
    }
    gone = [one for one in leaving if one.id not in was.values()]
    return FeedChanges(
        path=path,
        title=title,
        new=_list_changes(one for one in after if one.id not in old and one.id not in was),
        changed=_list_changes(
            one for one in after if one.id in old and old[one.id].content != one.content
        ),
        resurfaced=_list_changes((one for one in after if one.id in was), was),
        withdrawn=_list_changes(one for one in gone if not is_beyond(one.id)),
        dropped=_list_changes(one for one in gone if is_beyond(one.id)),
    )


def _list_traces(one: PublishedEntry) -> list[tuple[object, ...]]:
    """Return values by which an entry is recognised under a new id."""
    by_title = (one.title, one.published)
    return [(one.link,), by_title] if one.link else [by_title]


def _list_changes(
    entries: Iterable[PublishedEntry], was: Mapping[str, str] = {}
) -> tuple[EntryChange, ...]:
    return tuple(
        EntryChange(one.id, one.address, one.title, was.get(one.id, "")) for one in entries
    )


def link_files(out: Path, copy: Path, names: Iterable[str]) -> None:
    """Create links below `copy` to files below `out`; a file that is written replaces its link.

    What cannot be linked is missing there.
    """
    for name in names:
        target = os.path.abspath(os.path.join(out, name))  # noqa: PTH100, PTH118
        if os.path.lexists(target):
            link = os.path.join(copy, name)  # noqa: PTH118
            os.makedirs(os.path.dirname(link), exist_ok=True)  # noqa: PTH103, PTH120
            with suppress(OSError):
                os.symlink(target, link)  # noqa: PTH211


def is_linked(copy: Path, name: str) -> bool:
    """Return whether a file below `copy` is the one that was linked: nothing else was written."""
    return os.path.islink(os.path.join(copy, name))  # noqa: PTH114, PTH118
