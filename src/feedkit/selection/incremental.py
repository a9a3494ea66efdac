"""Feeds selected anew after a few records changed, without reading all rows.

The result equals that of selecting all feeds from all rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Set
from heapq import merge
from itertools import chain
from operator import attrgetter

import msgspec

from ..config import Config
from ..config.feed_info import find_parents, list_below, topic_slug
from .entries import make_entry_recipe
from .feeds import (
    SelectedFeed,
    cut_listed,
    elect_name,
    list_topics,
    name_above,
    place_feed,
    select_kind,
    select_provider,
)
from .index import IndexedRecord, lists_spellings
from .neighbours import (
    FeedCandidate,
    FeedKey,
    RecordStore,
    count_names,
    find_touched,
    list_candidates,
    list_related_candidates,
    resolve_around,
)
from .resolve import HashText, Resolution, ResolvedArticle

IsCheaper = Callable[[int], bool]
"""Tells whether the rows read so far, and this number of steps, cost less than all rows would."""


class SelectionChange(msgspec.Struct, frozen=True, kw_only=True):
    """The effect of changed records on feeds."""

    feed_keys: set[FeedKey]
    """Whose feeds may hold other entries, or the same in other bytes."""
    before: Resolution
    after: Resolution
    name_counts: Counter[tuple[FeedKey, str]]
    """By feed key and spelling: how many records more, or fewer, name it so."""

    @property
    def may_clash(self) -> bool:
        """Whether articles claim one id, which all rows must settle."""
        return bool(self.before.clashed or self.after.clashed)


def compare_rows(
    store: RecordStore,
    after: ChangedStore,
    keys: set[str],
    config: Config,
    hash_of: HashText,
    is_worth: IsCheaper = lambda steps: True,
) -> SelectionChange | None:
    """Return the effect of changed records of `keys`, or of those that list them.

    Args:
        store: The rows as they were.
        after: The rows as they are; it is told which places were lost and gained.
        keys: The keys of changed records, and of all that these list.
        config: The settings.
        hash_of: See `resolve_rows`.
        is_worth: Called after each step; None is returned if it returns False.
    """
    touched = find_touched(store, keys) | find_touched(after, keys)
    if not is_worth(0):
        return None
    after.move_candidates(*_compare_candidates(store, after, keys, config))
    old, new = (resolve_around(rows, touched, config, hash_of) for rows in (store, after))
    changed = {key for key in touched if _describe(old, key) != _describe(new, key)}
    feed_keys: set[FeedKey] = set()
    for resolved in (old, new):
        feed_keys.update(_find_feed_keys(resolved, changed, config))
    name_counts = _count_names(new, touched, config)
    name_counts.subtract(_count_names(old, touched, config))
    # A feed may be called otherwise by a record that another of its URL outranks.
    named = {feed_key for (feed_key, _), count in name_counts.items() if count}
    feed_keys.update(
        feed_key if feed_key.kind != "listed" else FeedKey("providers", feed_key.slug)
        for feed_key in named
    )
    return SelectionChange(feed_keys=feed_keys, before=old, after=new, name_counts=name_counts)


def find_feeds_of_providers(
    rows: RecordStore, providers: Iterable[str], config: Config, hash_of: HashText
) -> set[FeedKey]:
    """Return the feeds with entries of these providers, whose feeds appeared or ended."""
    feed_keys = (FeedKey(kind, slug) for slug in providers for kind in ("providers", "listed"))
    keys = {place.key for feed_key in feed_keys for place in rows.scan_candidates(feed_key)}
    return _find_feed_keys(resolve_around(rows, keys, config, hash_of), keys, config)


def select_changed_feeds(
    rows: RecordStore,
    feed_keys: Collection[FeedKey],
    config: Config,
    hash_of: HashText,
    count_spellings: Callable[[FeedKey], Counter[str]],
    is_worth: IsCheaper = lambda steps: True,
) -> tuple[list[SelectedFeed], Resolution] | None:
    """Return the feeds of these feed keys, less those left without entries, and their nodes.

    How many articles a feed has of its own is known up to `limit` or `min_articles`.

    Args:
        rows: The rows of all records.
        feed_keys: Of feeds: what providers' feeds list comes with these.
        config: The settings.
        hash_of: See `resolve_rows`.
        count_spellings: Returns how many records spell a feed key's name how.
        is_worth: See `compare_rows`.
    """
    topics = _find_topics(feed_keys, config, is_worth)
    if topics is None:
        return None
    scans = {
        feed_key: FeedSelector(feed_key, rows, config, topics.get(feed_key, ()))
        for feed_key in feed_keys
    }
    keys: set[str] = set()
    # Steps that double: where thousands are of one date, each step looks at all before it again.
    step, looks = config.feeds.limit + 8, 0
    while waiting := [scan for scan in scans.values() if scan.is_short]:
        for scan in waiting:
            keys.update(scan.take(step))
        step, looks = 2 * step, looks + len(keys)
        if not is_worth(looks):
            return None
        resolved = resolve_around(rows, keys, config, hash_of)
        for scan in scans.values():
            scan.judge(resolved)
    listed = {
        other.key
        for scan in scans.values()
        for node in scan.own[: config.feeds.limit]
        for other in node.listed
        if config.feeds.related_of(scan.kind) == "entries"
    }
    resolved = resolve_around(rows, keys | listed, config, hash_of)
    for scan in scans.values():
        scan.judge(resolved)
    return list(_place_feeds(scans, config, count_spellings)), resolved


def _place_feeds(
    scans: dict[FeedKey, FeedSelector],
    config: Config,
    count_spellings: Callable[[FeedKey], Counter[str]],
) -> Iterator[SelectedFeed]:
    """Yield the feeds that have entries, with their titles; see `select_changed_feeds`."""
    named = name_above(config)
    for key, scan in scans.items():
        if not (nodes := scan.select()):
            continue
        spellings = count_spellings(key)
        if not spellings and key.kind == "providers":
            spellings = count_spellings(FeedKey("listed", key.slug))
        spellings = spellings or named.get(key.slug, spellings)
        title = elect_name(spellings) if key.slug else config.site.title
        if feed := place_feed(config, scan.kind, key.slug, title, nodes, scan.count_own()):
            yield feed


def _find_topics(
    feed_keys: Iterable[FeedKey], config: Config, is_worth: IsCheaper
) -> dict[FeedKey, list[str]] | None:
    """Return for each feed key the slugs of the topics whose articles its feed contains."""
    children: dict[str, list[str]] = {}
    if config.feeds.roll_up:
        for slug, parent in find_parents(config.topics).items():
            children.setdefault(parent, []).append(slug)
    found: dict[FeedKey, list[str]] = {}
    count = 0
    for feed_key in feed_keys:
        if feed_key.kind == "topics":
            found[feed_key] = list_below(children, feed_key.slug)
            count += len(found[feed_key]) - 1
            if not is_worth(count):  # a long chain of topics
                return None
    return found


def _count_names(
    resolved: Resolution, keys: Set[str], config: Config
) -> Counter[tuple[FeedKey, str]]:
    nodes = (node for key in keys if (node := resolved.nodes.get(key)))
    return count_names(nodes, shows_related=config.feeds.related_of("providers") == "entries")


def _describe(resolved: Resolution, key: str) -> object:
    """Return a value that is equal if an entry and its place in every feed are the same."""
    node = resolved.nodes.get(key)
    if node is None or not (node.is_primary or node.is_listed):
        return None
    return (
        make_entry_recipe(node, resolved.ids, {}),
        node.published,
        node.updated,
        node.provider,
        node.is_primary,
        node.is_listed,
        [other.key for other in node.listed],
    )


def _find_feed_keys(resolved: Resolution, keys: Set[str], config: Config) -> set[FeedKey]:
    """Return the feed keys of feeds that contain the articles of these keys."""
    found: set[FeedKey] = set()
    for node in resolved.nodes.values():
        if node.key in keys:
            if node.is_primary:
                found.update(_list_feed_keys(node, config))
            if node.provider:
                found.add(FeedKey("providers", node.provider))
        if any(other.key in keys for other in node.listed):
            found.update(_list_feed_keys(node, config))
    return found


def _list_feed_keys(node: ResolvedArticle, config: Config) -> Iterator[FeedKey]:
    """Yield the feed keys of feeds that contain an article, or show what it lists."""
    yield FeedKey("all", "")
    for slug in list_topics(config, node.topics):
        yield FeedKey("topics", slug)


def _compare_candidates(
    before: RecordStore, after: RecordStore, keys: Set[str], config: Config
) -> tuple[set[FeedCandidate], set[FeedCandidate]]:
    """Return the places of these keys that are lost, and those that are gained."""
    old, new = (_list_all_candidates(rows, keys, config) for rows in (before, after))
    return old - new, new - old


def _list_all_candidates(rows: RecordStore, keys: Set[str], config: Config) -> set[FeedCandidate]:
    own: dict[str, list[IndexedRecord]] = {}
    for row in rows.find_own(keys):
        own.setdefault(row.key, []).append(row)
    listing = rows.find_listing(keys) if config.feeds.has_entries else []
    published = (row for row in listing if row.state == "published")
    listed = {item.key for row in published for item in row.items}
    found = {place for place in list_related_candidates(listing) if place.key in keys}
    for key, group in own.items():
        found.update(list_candidates(key, group, config, is_listed=key in listed))
    return found


class FeedSelector:
    """One feed's candidates, taken newest first until no other can be among its entries."""

    def __init__(
        self, feed_key: FeedKey, rows: RecordStore, config: Config, topics: Iterable[str] = ()
    ) -> None:
        """Begin with none.

        Args:
            feed_key: The feed's.
            rows: The rows of all records.
            config: The settings.
            topics: The slugs of a topic and of those below it whose articles its feed holds.
        """
        if feed_key.kind == "listed" or feed_key.kind == "told":  # noqa: PLR1714 (narrows)
            raise ValueError("expected the slot of a feed")
        self.kind = feed_key.kind
        self._slug, self._topics = feed_key.slug, frozenset(topics)
        self._limit, self._config = config.feeds.limit, config
        shows_related = (
            feed_key.kind == "providers" and config.feeds.related_of("providers") == "entries"
        )
        feed_keys = (
            [FeedKey("topics", slug) for slug in topics]
            if feed_key.kind == "topics"
            else [feed_key]
        )
        scans = [rows.scan_candidates(one) for one in feed_keys]
        self._own = _Queue(scans[0] if len(scans) == 1 else merge(*scans, key=_bound_first))
        self._listed = _Queue(
            rows.scan_candidates(FeedKey("listed", feed_key.slug)) if shows_related else iter(())
        )
        self.own: list[ResolvedArticle] = []
        self._others: list[ResolvedArticle] = []
        self._queues = [self._own, self._listed]

    @property
    def is_short(self) -> bool:
        """Whether more must be taken."""
        return any(queue.is_short for queue in self._queues)

    def take(self, count: int) -> Iterator[str]:
        """Yield the keys of so many more."""
        for queue in self._queues:
            if queue.is_short:
                yield from queue.take(count)

    def judge(self, resolved: Resolution) -> None:
        """Check the taken candidates against the resolution."""
        self.own = self._own.find(resolved, self._is_own)
        self._own.measure(self.own, self._limit, self._config.feeds.min_articles)
        standing = {node.key for node in self.own[: self._limit]}
        self._others = self._listed.find(
            resolved, lambda node: self._is_other(node) and node.key not in standing
        )
        newest = self._others
        if self._config.feeds.retold == "links":
            newest = cut_listed(self.own[: self._limit], self._others, self._limit)
        self._listed.measure(newest, self._limit)

    def _is_own(self, node: ResolvedArticle) -> bool:
        if not node.is_primary:
            return False
        if self.kind == "topics":
            return any(topic_slug(topic) in self._topics for topic in node.topics)
        return self.kind == "all" or node.provider == self._slug

    def _is_other(self, node: ResolvedArticle) -> bool:
        return node.is_listed and node.provider == self._slug

    def count_own(self) -> int:
        """Return how many of the feed's own articles were found."""
        return len(self.own)

    def select(self) -> list[ResolvedArticle]:
        """Return the feed's entries, newest first."""
        if self.kind == "providers":
            # One of its own that is too old for a place among these may have one as listed.
            group = {node.key: node for node in (*self.own, *self._others)}
            return select_provider(self._config, sorted(group.values(), key=attrgetter("order")))
        return select_kind(self._config, self.kind, self.own)


class _Queue:
    """Candidates in order of date, of which some were taken."""

    def __init__(self, places: Iterator[FeedCandidate]) -> None:
        self._places = places
        self._next = next(places, None)
        self._keys: dict[str, None] = {}
        self.is_short = self._next is not None

    def take(self, count: int) -> Iterator[str]:
        while self._next is not None and count:
            if self._next.key not in self._keys:
                self._keys[self._next.key] = None
                count -= 1
                yield self._next.key
            self._next = next(self._places, None)

    def find(
        self, resolved: Resolution, is_wanted: Callable[[ResolvedArticle], bool]
    ) -> list[ResolvedArticle]:
        """Return those that were taken and are wanted, newest first."""
        nodes = (resolved.nodes.get(key) for key in self._keys)
        found = [node for node in nodes if node is not None and is_wanted(node)]
        return sorted(found, key=attrgetter("order"))

    def measure(self, found: list[ResolvedArticle], limit: int, least: int = 0) -> None:
        """See whether more must be taken to know the newest `limit`, and whether `least` are there.

        A bound is no earlier than the article's date: none of those not taken yet is newer.
        """
        self.is_short = self._next is not None and (
            len(found) < max(limit, least) or found[limit - 1].published <= self._next.bound
        )


def _bound_first(place: FeedCandidate) -> int:
    return -place.bound


class ChangedStore:
    """A store as it will be once some rows have given way to others."""

    def __init__(
        self, store: RecordStore, removed: Iterable[IndexedRecord], added: Iterable[IndexedRecord]
    ) -> None:
        self._store = store
        self._gone = {row.place for row in removed}
        self._added = list(added)
        #: Places of the store that are none any more.
        self.lost: set[FeedCandidate] = set()
        self._gained: dict[FeedKey, list[FeedCandidate]] = {}

    @property
    def gained(self) -> Iterator[FeedCandidate]:
        """The places that the store does not have."""
        return chain.from_iterable(self._gained.values())

    def move_candidates(
        self, lost: Iterable[FeedCandidate], gained: Iterable[FeedCandidate]
    ) -> None:
        """Remove candidates of the store, and add others."""
        self.lost.update(lost)
        for place in sorted(gained, key=_bound_changed):
            self._gained.setdefault(place.feed_key, []).append(place)

    def find_own(self, keys: Set[str]) -> list[IndexedRecord]:
        """Return the rows of these keys."""
        kept = [row for row in self._store.find_own(keys) if row.place not in self._gone]
        return kept + [row for row in self._added if row.key in keys]

    def find_listing(self, keys: Set[str]) -> list[IndexedRecord]:
        """Return the rows that list any of these keys."""
        kept = [row for row in self._store.find_listing(keys) if row.place not in self._gone]
        return kept + [row for row in self._added if any(item.key in keys for item in row.items)]

    def has_spellings(self) -> bool:
        """Return whether any row may list an article under another address than its key spells."""
        return self._store.has_spellings() or any(map(lists_spellings, self._added))

    def scan_candidates(self, feed_key: FeedKey) -> Iterator[FeedCandidate]:
        """Yield the places of a feed key, those of the greatest bound first."""
        kept = (place for place in self._store.scan_candidates(feed_key) if place not in self.lost)
        return merge(kept, self._gained.get(feed_key, ()), key=_bound_changed)


def _bound_changed(place: FeedCandidate) -> int:
    return -place.bound
