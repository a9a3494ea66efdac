"""Changed records resolved with the rows around them alone.

An article's entry depends on the records of its key, on what these list, and on the records that
list it with all that they list. The result equals that of resolving all rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Set
from functools import lru_cache
from typing import Literal, NamedTuple, Protocol

from ..config import Config
from ..config.feed_info import topic_slug
from ..config.settings import Exclude
from .identity import has_ids
from .index import IndexedRecord
from .resolve import HashText, Resolution, ResolvedArticle, resolve_rows


class RecordStore(Protocol):
    """The rows of all records, wherever they are stored."""

    def find_own(self, keys: Set[str]) -> list[IndexedRecord]:
        """Return the rows of these keys."""

    def find_listing(self, keys: Set[str]) -> list[IndexedRecord]:
        """Return the rows that list any of these keys."""

    def has_spellings(self) -> bool:
        """Return whether any row may list an article under another address than its key spells."""

    def scan_candidates(self, feed_key: FeedKey) -> Iterator[FeedCandidate]:
        """Yield the places of a feed key, those of the greatest bound first."""


class FeedKey(NamedTuple):
    """The kind and slug of a feed, or of the list of related articles of a provider's feed.

    Of kind ``told``, its slug being an article's key: the articles that may list that one under
    their own title.
    """

    kind: Literal["all", "topics", "providers", "listed", "told"]
    slug: str


class FeedCandidate(NamedTuple):
    """An article that may stand in a feed; its date is `bound` or earlier."""

    feed_key: FeedKey
    bound: int
    key: str


def find_touched(rows: RecordStore, keys: Set[str]) -> set[str]:
    """Return the keys whose entries may change if the records or lists of `keys` do."""
    retold = set[str]()
    for group in _group_by_key(rows.find_own(keys)).values():
        retold.update(feed_key.slug for feed_key in _list_feed_keys(group))
    near = {*keys, *(row.key for row in rows.find_listing(keys | retold))}
    return near | {item.key for row in rows.find_own(near) for item in row.items}


def resolve_around(
    rows: RecordStore, keys: Set[str], config: Config, hash_of: HashText
) -> Resolution:
    """Return the resolution of `keys`; other articles in it must not be used.

    Args:
        rows: The rows of all records.
        keys: Also those alone whose records are counted.
        config: See `resolve_rows`.
        hash_of: See `resolve_rows`.
    """
    listing = rows.find_listing(keys)
    near = keys | {row.key for row in listing}
    found = {row.place: row for row in (*listing, *rows.find_own(near))}
    children = {item.key for row in found.values() for item in row.items}
    further = rows.find_own(children - near)
    found.update((row.place, row) for row in further)
    if _depends_on_texts(config):
        # Those with published records are no re-tellings; those that list `keys` are known.
        asked = children - keys - {row.key for row in found.values() if row.state == "published"}
        feed_keys = (FeedKey("told", key) for key in asked)
        tellers = {
            place.key for feed_key in feed_keys for place in rows.scan_candidates(feed_key)
        } - near
        found.update((row.place, row) for row in rows.find_own(tellers))
        children |= tellers
    if config.exclude != Exclude() or has_ids(config):
        # What lists a key may withhold it, or give it its id.
        found.update((row.place, row) for row in rows.find_listing(near | children))
    elif rows.has_spellings():  # of which those of all lists make the id of an unrecorded article
        unrecorded = children - {row.key for row in found.values()}
        found.update((row.place, row) for row in rows.find_listing(unrecorded))
    return resolve_rows(found.values(), config, hash_of, counted=keys)


def _depends_on_texts(config: Config) -> bool:
    return config.feeds.retold == "links" and config.feeds.related != "none"


def _group_by_key(rows: Iterable[IndexedRecord]) -> dict[str, list[IndexedRecord]]:
    groups: dict[str, list[IndexedRecord]] = {}
    for row in rows:
        groups.setdefault(row.key, []).append(row)
    return groups


def list_candidates(
    key: str, own: Iterable[IndexedRecord], config: Config, *, is_listed: bool
) -> Iterator[FeedCandidate]:
    """Yield the candidates of an article that has a record, each once.

    Args:
        key: The key of the article.
        own: The rows of the key.
        config: The settings, which tell whether duplicate titles stay links.
        is_listed: Whether a published record lists it.
    """
    published = [row for row in own if row.state == "published"]
    if not published:
        return
    feed_keys = {_make_slot("all", "")}
    for row in published:
        feed_keys.update([_make_slot("topics", topic_slug(topic)) for topic in row.topics])
        if row.provider:
            feed_keys.add(_make_slot("providers", row.provider))
            if is_listed:
                feed_keys.add(_make_slot("listed", row.provider))
    if _depends_on_texts(config):
        feed_keys.update(_list_feed_keys(published))
    bound = max([row.published for row in published])
    for feed_key in feed_keys:
        yield FeedCandidate(feed_key, bound, key)


def _list_feed_keys(own: Collection[IndexedRecord]) -> Iterator[FeedKey]:
    """Yield the feed keys of items that have the title of the article that lists them."""
    titles = {row.identity for row in own}
    for row in own:
        for item in row.items:
            if item.identity in titles and item.identity:
                yield FeedKey("told", item.key)


_make_slot = lru_cache(maxsize=8192)(FeedKey)


def list_related_candidates(rows: Iterable[IndexedRecord]) -> Iterator[FeedCandidate]:
    """Yield the candidates of articles that these records list."""
    for row in rows:
        if row.state == "published":
            for item in row.items:
                if item.provider:
                    yield FeedCandidate(FeedKey("listed", item.provider), item.published, item.key)


def count_names(
    nodes: Iterable[ResolvedArticle], *, shows_related: bool
) -> Counter[tuple[FeedKey, str]]:
    """Return how many published records spell each topic and provider how."""
    topics: Counter[str] = Counter()
    providers: Counter[tuple[Literal["providers", "listed"], str, str]] = Counter()
    for node in nodes:
        for row in node.records:
            for topic in row.topics:
                topics[topic] += 1
            if row.provider and row.provider == node.provider:
                providers["providers", row.provider, row.provider_name] += 1
        if shows_related and not node.records and node.is_listed:
            for row, place in node.listings:
                item = row.items[place]
                if item.provider and item.provider == node.provider:
                    providers["listed", item.provider, item.provider_name] += 1
    # Slots once for each spelling, not for each record.
    name_counts = {(FeedKey("topics", topic_slug(topic)), topic): n for topic, n in topics.items()}
    name_counts |= {(FeedKey(kind, slug), name): n for (kind, slug, name), n in providers.items()}
    return Counter(name_counts)
