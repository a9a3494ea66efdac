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
from .index import Row
from .resolve import HashOf, Node, Resolved, resolve_rows


class Rows(Protocol):
    """The rows of all records, wherever they are kept."""

    def find_own(self, keys: Set[str]) -> list[Row]:
        """Return the rows of these keys."""

    def find_listing(self, keys: Set[str]) -> list[Row]:
        """Return the rows that list any of these keys."""

    def has_spellings(self) -> bool:
        """Return whether any row may list an article under another address than its key spells."""

    def scan_places(self, slot: Slot) -> Iterator[Place]:
        """Yield the places of a slot, those of the greatest bound first."""


class Slot(NamedTuple):
    """What a feed is made for: ``all``, a topic or a provider; or what a provider's feed lists.

    Of kind ``told``, its slug being an article's key: the articles that may list that one under
    their own title.
    """

    kind: Literal["all", "topics", "providers", "listed", "told"]
    slug: str


class Place(NamedTuple):
    """One article that may stand in a feed; its own date is `bound` at the latest."""

    slot: Slot
    bound: int
    key: str


def find_touched(rows: Rows, keys: Set[str]) -> set[str]:
    """Return the keys whose entries may differ where the records of `keys`, or lists, do."""
    retold = set[str]()
    for group in _group_by_key(rows.find_own(keys)).values():
        retold.update(slot.slug for slot in _list_told(group))
    near = {*keys, *(row.key for row in rows.find_listing(keys | retold))}
    return near | {item.key for row in rows.find_own(near) for item in row.items}


def resolve_around(rows: Rows, keys: Set[str], config: Config, hash_of: HashOf) -> Resolved:
    """Return what the articles of `keys` come to; other nodes of the result are not to be used.

    Args:
        rows: Of all records.
        keys: Also those alone whose records are counted.
        config: As of `resolve_rows`.
        hash_of: Likewise.
    """
    listing = rows.find_listing(keys)
    near = keys | {row.key for row in listing}
    found = {row.place: row for row in (*listing, *rows.find_own(near))}
    children = {item.key for row in found.values() for item in row.items}
    further = rows.find_own(children - near)
    found.update((row.place, row) for row in further)
    if _tells(config):
        # Those with published records are no re-tellings; those that list `keys` are known.
        asked = children - keys - {row.key for row in found.values() if row.state == "published"}
        slots = (Slot("told", key) for key in asked)
        tellers = {place.key for slot in slots for place in rows.scan_places(slot)} - near
        found.update((row.place, row) for row in rows.find_own(tellers))
        children |= tellers
    if config.exclude != Exclude() or has_ids(config):
        # What lists a key may withhold it, or give it its id.
        found.update((row.place, row) for row in rows.find_listing(near | children))
    elif rows.has_spellings():  # of which those of all lists make the id of an unrecorded article
        unrecorded = children - {row.key for row in found.values()}
        found.update((row.place, row) for row in rows.find_listing(unrecorded))
    return resolve_rows(found.values(), config, hash_of, counted=keys)


def _tells(config: Config) -> bool:
    return config.feeds.retold == "links" and config.feeds.related != "none"


def _group_by_key(rows: Iterable[Row]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.key, []).append(row)
    return groups


def list_places(
    key: str, own: Iterable[Row], config: Config, *, is_listed: bool
) -> Iterator[Place]:
    """Yield where the article of a key may stand as a primary, each once.

    Args:
        key: Of the article.
        own: The rows of the key.
        config: Says whether re-tellings stay links.
        is_listed: Whether a published record lists it.
    """
    published = [row for row in own if row.state == "published"]
    if not published:
        return
    slots = {_make_slot("all", "")}
    for row in published:
        slots.update([_make_slot("topics", topic_slug(topic)) for topic in row.topics])
        if row.provider:
            slots.add(_make_slot("providers", row.provider))
            if is_listed:
                slots.add(_make_slot("listed", row.provider))
    if _tells(config):
        slots.update(_list_told(published))
    bound = max([row.published for row in published])
    for slot in slots:
        yield Place(slot, bound, key)


def _list_told(own: Collection[Row]) -> Iterator[Slot]:
    """Yield the slots of what the records of one key may list under the title of their article."""
    titles = {row.identity for row in own}
    for row in own:
        for item in row.items:
            if item.identity in titles and item.identity:
                yield Slot("told", item.key)


_make_slot = lru_cache(maxsize=8192)(Slot)


def list_item_places(rows: Iterable[Row]) -> Iterator[Place]:
    """Yield where the articles that these records list may stand as related ones."""
    for row in rows:
        if row.state == "published":
            for item in row.items:
                if item.provider:
                    yield Place(Slot("listed", item.provider), item.published, item.key)


def count_names(nodes: Iterable[Node], *, shows_related: bool) -> Counter[tuple[Slot, str]]:
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
    votes = {(Slot("topics", topic_slug(topic)), topic): n for topic, n in topics.items()}
    votes |= {(Slot(kind, slug), name): n for (kind, slug, name), n in providers.items()}
    return Counter(votes)
