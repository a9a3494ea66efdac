"""An incremental build: only the feeds that the changes concern."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from functools import partial
from typing import NamedTuple

import msgspec

from ..cache.build_state import BuildState, decode_report, encode_state
from ..cache.source_files import SourceFile, make_batch
from ..cache.store import CacheReader
from ..cache.writer import CacheWriter
from ..config import Config
from ..config.addresses import ServedRedirects, serve_redirects
from ..config.settings import KINDS
from ..files.discovery import find_stamps
from ..files.locks import read_generation
from ..files.spill import RecordRef, measure_parts, open_articles, open_spill_files
from ..models import LIVE, Report
from ..selection import list_sources, resolve
from ..selection.entries import LoadArticle, make_hasher
from ..selection.feeds import ChosenFeeds, SelectedFeed, choose_feeds, find_path
from ..selection.identity import list_given
from ..selection.incremental import (
    ChangedStore,
    IsCheaper,
    SelectionChange,
    compare_rows,
    find_feeds_of_providers,
    select_changed_feeds,
)
from ..selection.index import IndexedRecord
from ..selection.neighbours import FeedKey, resolve_around
from ..selection.resolve import Resolution
from ..text.urls import article_id
from .changes import Changes
from .context import BuildContext
from .encode import BuiltFeed, EncodedEntries
from .full import plan_feeds, write_release
from .holding import ArticleLookup, decode_feeds, decode_frames, name_feed
from .indexing import SourceShard
from .release import LISTS, make_report, note_problem, publish_feeds

#: Units that may have changed; more are read faster than they are followed up.
_MOST_CHANGES = 100
_MOST_SHARE = 50
#: Rows that may be read and looked at, or a half of all: with more a build of all costs less.
_MOST_ROWS = 1000


class LastBuild(NamedTuple):
    """The state of the last build, with the reader and the writer of its cache."""

    reader: CacheReader
    writer: CacheWriter
    state: BuildState


def build_incrementally(context: BuildContext, last: LastBuild, changes: Changes) -> Report | None:
    """Publish what changed since the last build.

    Args:
        context: The build.
        last: What that one left.
        changes: What became of its files.

    Returns:
        The same report as that of a build from all rows, or None if only such can tell.
    """
    state = last.state
    if context.options["strict"] and any(
        source_file.errors for source_file in last.reader.list_outcomes()
    ):
        return None
    stamps = find_stamps(context.out, state.stamps)
    differing = {name for name, stamp in stamps.items() if stamp != state.stamps[name]}
    same = decode_report(state.report)
    is_allowed = bool(same.held) and (
        context.options["allow_resurface"] or context.options["allow_shrink"]
    )
    if not (changes.stale or changes.articles or changes.gone or differing or is_allowed):
        return _repeat_last(context, last, changes, same)
    # What words withhold that the published state did not know may be too much.
    has_words = set(context.past.words).issuperset(context.config.records.words)
    if not (has_words and differing.isdisjoint(state.lists)):
        return None
    feeds = decode_feeds(last.reader.read_feeds().values(), context.config.site.url)
    damaged = [feed for feed in feeds if any(file.name in differing for file in feed.staged)]
    most = max(_MOST_CHANGES, state.counts.articles // _MOST_SHARE)
    counts = (len(changes.stale), len(changes.articles), len(changes.gone), len(damaged))
    if max(counts) > most or state.clashed or state.has_deferred or state.has_beyond:
        return None
    source_files = context.index_sources(
        SourceShard(state.parts[-1], changes.stale, changes.articles, append=True)
    )
    source_files += changes.due
    if context.options["strict"] and any(source_file.errors for source_file in source_files):
        return None
    has_unread = last.reader.has_unread(changes.gone) or any(
        source_file.is_unread for source_file in source_files
    )
    context = msgspec.structs.replace(context, has_unread=has_unread)
    with open_articles(context.records) as load:
        # What a held feed shows may have been withdrawn by any of the changes.
        again = [*damaged, *(feed for feed in feeds if feed.held)]
        found = _select_changes(context, last, source_files, changes.gone, feeds, again, load)
    last.state.stamps = stamps
    report = found and _publish_changes(context, last, source_files, changes.gone, feeds, found)
    return report and _keep_changes(last.writer, changes, report)


def _repeat_last(
    context: BuildContext, last: LastBuild, changes: Changes, same: Report
) -> Report | None:
    """Return the last build's report, None if a build of all that changed nothing says more.

    If another build came between, all files were looked at: what is published is as it is known.
    """
    if not same.feeds or (context.options["prune"] and last.state.has_emptied):
        return None
    if (generation := read_generation(context.out)) != last.state.generation:
        state = msgspec.structs.replace(last.state, generation=generation)
        last.writer.set_facts({"last": encode_state(state)})
    return _keep_changes(last.writer, changes, same)


def _keep_changes(writer: CacheWriter, changes: Changes, report: Report) -> Report:
    writer.set_stamps(changes.stamps)
    writer.commit()
    return note_problem(report, writer.problem)


class _Found(NamedTuple):
    """The result of selecting the feeds that changes concern."""

    change: SelectionChange
    overlay: ChangedStore
    old: list[IndexedRecord]
    """Rows that gave way."""
    feed_keys: set[FeedKey]
    """Whose feeds may hold other entries."""
    selected: list[SelectedFeed]
    resolved: Resolution
    sources: dict[str, str]
    """The paths of all providers' feeds, by slug."""
    served: ServedRedirects
    few: list[str]
    """The paths of all feeds that are not made since they have few articles."""


def _select_changes(
    context: BuildContext,
    last: LastBuild,
    source_files: list[SourceFile],
    removed: Set[int],
    feeds: list[BuiltFeed],
    again: list[BuiltFeed],
    load: LoadArticle,
) -> _Found | None:
    """Return the feeds that changes concern, None if other articles may be concerned too."""
    config, reader, hash_of = context.config, last.reader, make_hasher(load)
    most = max(_MOST_ROWS, last.state.counts.articles // 2)

    def is_worth(steps: int) -> bool:
        return reader.count_read() + steps <= most

    old = [row for source_file in removed for row in reader.find_rows(source_file)]
    new = [row for source_file in source_files for row in source_file.rows]
    overlay = ChangedStore(reader, old, new)
    change = _compare_rows(context, reader, overlay, [*old, *new], load, is_worth)
    if change is None:
        return None
    select = partial(
        _select_made,
        context,
        partial(
            select_changed_feeds, overlay, config=config, hash_of=hash_of,
            count_spellings=_make_counter(reader, change), is_worth=is_worth,
        ),
    )  # fmt: skip
    standing = [feed for feed in feeds if feed.listed.is_shown]
    places = {feed.listed.path: _find_slot(feed) for feed in standing}
    feed_keys = change.feed_keys | set(_find_own_slots(again, places))
    if (chosen := select(feed_keys, places)) is None:
        return None
    before = _list_sources(standing)
    changed = {key.slug for key in feed_keys if key.kind == "providers"}
    sources = {slug: path for slug, path in before.items() if slug not in changed}
    sources.update(list_sources(chosen.made.feeds))
    # Entries name their provider's feed, which came to be or is no more.
    others = find_feeds_of_providers(overlay, sources.keys() ^ before.keys(), config, hash_of)
    kept = [path for path, feed_key in places.items() if feed_key not in feed_keys]
    served = _serve(context, [*kept, *(feed.path for feed in chosen.made.feeds)])
    others.update(places[path] for path in _find_moved(feeds, served, kept))
    if not others <= feed_keys:
        feed_keys |= others
        if (chosen := select(feed_keys, places)) is None:
            return None
    made, few = chosen.made, _count_few(config, last.state.few, feed_keys, chosen.made)
    return _Found(
        change, overlay, old, feed_keys, made.feeds, chosen.resolved, sources, served, few
    )


def _compare_rows(
    context: BuildContext,
    reader: CacheReader,
    overlay: ChangedStore,
    rows: list[IndexedRecord],
    load: LoadArticle,
    is_worth: IsCheaper,
) -> SelectionChange | None:
    """Return the effect of removed and added rows, None if a full build must find it."""
    keys = {key for row in rows for key in (row.key, *(item.key for item in row.items))}
    if _may_clash(reader, rows, keys, context.config, load):
        return None
    change = compare_rows(reader, overlay, keys, context.config, make_hasher(load), is_worth)
    return None if change is None or change.may_clash else change


class _Chosen(NamedTuple):
    """The feeds of some feed keys."""

    made: ChosenFeeds
    resolved: Resolution


def _select_made(
    context: BuildContext,
    select: Callable[[Set[FeedKey]], tuple[list[SelectedFeed], Resolution] | None],
    feed_keys: Set[FeedKey],
    places: Mapping[str, FeedKey],
) -> _Chosen | None:
    """Return the feeds of these feed keys, None if all rows must tell which of them are made."""
    if (chosen := select(feed_keys)) is None:
        return None
    kept = sum(feed_key not in feed_keys for feed_key in places.values())
    made = choose_feeds(chosen[0], context.config.feeds, context.list_published(), kept)
    return None if made.beyond else _Chosen(made, chosen[1])


def _count_few(
    config: Config, before: list[str], feed_keys: Set[FeedKey], made: ChosenFeeds
) -> list[str]:
    """Return the paths of all feeds that are not made since they have few articles."""
    few = {feed.path for feed in made.few}
    if before or few:
        known = {
            find_path(config, kind, feed_key.slug) for kind in KINDS for feed_key in feed_keys
            if feed_key.kind == kind
        }  # fmt: skip
        few.update(path for path in before if path not in known)
    return sorted(few)


def _make_counter(
    reader: CacheReader, change: SelectionChange
) -> Callable[[FeedKey], Counter[str]]:
    """Return a function that counts the spellings of a feed name, changed records included."""
    moved: dict[FeedKey, Counter[str]] = {}
    for (feed_key, name), number in change.name_counts.items():
        moved.setdefault(feed_key, Counter())[name] = number

    def count_votes(feed_key: FeedKey) -> Counter[str]:
        name_counts = reader.count_names(feed_key)
        name_counts.update(moved.get(feed_key, {}))
        return +name_counts

    return count_votes


def _serve(context: BuildContext, paths: Iterable[str]) -> ServedRedirects:
    return serve_redirects(context.config.redirects, paths, context.renamed)


def _find_own_slots(again: Iterable[BuiltFeed], places: Mapping[str, FeedKey]) -> Iterator[FeedKey]:
    """Yield the feed keys of these feeds; ended feeds are staged anyway."""
    for feed in again:
        if feed.path in places and not feed.listed.gone:
            yield places[feed.path]


def _find_moved(
    feeds: Iterable[BuiltFeed], served: ServedRedirects, kept: Iterable[str]
) -> Iterator[str]:
    """Yield the paths of those of the kept feeds that old addresses came to serve, or ceased to."""
    olds: dict[str | None, set[str]] = {}
    for feed in feeds:
        if not feed.listed.gone:
            olds.setdefault(feed.listed.redirect, set()).add(feed.listed.path)
    for path in kept:
        if set(served.old_paths.get(path, ())) != olds.get(path, set()):
            yield path


def _may_clash(
    reader: CacheReader,
    rows: list[IndexedRecord],
    keys: Set[str],
    config: Config,
    load: LoadArticle,
) -> bool:
    """Return whether one id may be claimed by articles that are not looked at."""
    given = list_given(config)
    values, known = set(given.values()), reader.find_own(keys)
    # A draft claims nothing until another record of its URL is published.
    claims = {(row.id, row.key): row for row in (*rows, *known) if row.id}
    for (id, key), row in claims.items():
        if id in values or _may_be_made(row, config, load):
            return True
        if any(other.key != key for other in reader.find_explicit(id)):
            return True
    claiming = {row.key for row in known if row.state in LIVE}
    if any(key in given and key not in claiming for key in keys):
        return True  # it may have been given what another record names, or is made from its URL
    urls = {f"https://{key}" for key in keys}
    urls.update(row.origin for row in rows if row.origin)
    urls.update(item.origin for row in rows for item in row.items if item.origin)
    made = urls if config.ids.style == "url" else map(article_id, urls)
    return any(id in values or reader.find_explicit(id) for id in made)


def _may_be_made(row: IndexedRecord, config: Config, load: LoadArticle) -> bool:
    """Return whether the id that a record names may be the one that is made from another's URL."""
    if config.ids.style == "url":
        return row.id.startswith(("http://", "https://"))
    # Of version 5, and named as it is: others are made of a text.
    return row.id[:24:23] == "u5" and row.id.endswith(load(row.place).id.lower())


def _find_slot(feed: BuiltFeed) -> FeedKey:
    return FeedKey(feed.listed.kind, feed.slug)


def _list_sources(feeds: Iterable[BuiltFeed]) -> dict[str, str]:
    return {feed.slug: feed.listed.path for feed in feeds if feed.listed.kind == "providers"}


def _publish_changes(
    context: BuildContext,
    last: LastBuild,
    source_files: list[SourceFile],
    removed: Set[int],
    feeds: list[BuiltFeed],
    found: _Found,
) -> Report | None:
    shown = (feed for feed in feeds if feed.listed.is_shown)
    paths = {feed.listed.path for feed in shown if _find_slot(feed) not in found.feed_keys}
    kept = [feed for feed in feeds if not feed.listed.gone and feed.path in paths]
    if not kept and not found.selected:
        return None  # what that means is told by all records

    asked = [LISTS, *(feed.path for feed in found.selected)]
    frames = decode_frames(last.reader.read_frames(asked))
    entry_recipes, work = plan_feeds(
        found.resolved.ids, found.selected, found.sources, found.served
    )
    shares = context.encode(entry_recipes)
    with open_spill_files(context.entries, "entries") as read:
        encoded = EncodedEntries(read, context.config.feeds.formats, shares)
        release = publish_feeds(context, encoded, work, _know(context, found.overlay), kept, frames)
    last.writer.remove_files(removed)
    last.writer.add_batch(make_batch(source_files))
    last.writer.move_candidates(found.overlay.lost, found.overlay.gained)
    last.writer.add_name_counts(found.change.name_counts)
    places = {row.place for source_file in source_files for row in source_file.rows}
    state = _count_changes(context, last.state, found, places)
    names = {name_feed(feed) for feed in release.feeds}
    known = {id(feed) for feed in kept}
    fresh = [feed for feed in release.feeds if id(feed) not in known]
    gone = [name for feed in feeds if (name := name_feed(feed)) not in names]
    said = last.reader.list_outcomes()
    report = make_report(state.counts, said, (), release, found.served.problems, found.few)
    write_release(context, last.writer, release, state, report, fresh, gone)
    return report


def _know(context: BuildContext, rows: ChangedStore) -> ArticleLookup:
    """Return the answers for the guard, found from the rows around the keys in question."""

    def resolve_near(keys: set[str]) -> Resolution:
        with open_articles(context.records) as load:
            return resolve_around(rows, keys, context.config, make_hasher(load))

    def find_withheld(keys: set[str]) -> Set[str]:
        near = resolve_near(keys)
        return keys & resolve.find_withheld(near, rows.find_own(keys), rows.find_listing(keys))

    def find_standing(keys: set[str]) -> Set[str]:
        nodes = resolve_near(keys).nodes if keys else {}
        return {key for key in keys if key in nodes and nodes[key].is_primary}

    return ArticleLookup(find_withheld, find_standing)


def _count_changes(
    context: BuildContext, state: BuildState, found: _Found, places: Set[RecordRef]
) -> BuildState:
    state.counts.subtract(found.change.before)
    state.counts.add(found.change.after)
    dead = state.unused + sum(row.place.length for row in found.old if row.place not in places)
    size = measure_parts(context.records, state.parts)
    return msgspec.structs.replace(
        state, at=context.at.timestamp(), size=size, unused=dead, few=found.few
    )
