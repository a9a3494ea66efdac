"""Index rows resolved to articles: withheld, merged and related.

The result does not depend on the order of the rows. Nothing is cut here: a duplicate elsewhere may
make an old record new.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import TypeVar

from ..config import Config
from ..config.settings import FeedSettings, name_word
from ..errors import RecordError
from ..files.spill import RecordRef
from ..models import LIVE
from ..text.slugs import identity
from ..text.urls import article_id
from .identity import list_given, make_id, name_listed, name_records
from .index import IndexedRecord, IndexedRelated, is_excluded

_T = TypeVar("_T")


def resolve_rows(
    rows: Iterable[IndexedRecord],
    config: Config,
    hash_of: HashText,
    *,
    counted: Container[str] | None = None,
) -> Resolution:
    """Return every article that may be an entry, newest first.

    Args:
        rows: The rows of all records, in any order.
        config: The settings of related entries, duplicate titles and ids.
        hash_of: Called only if dates and quality do not tell which record comes first.
        counted: Keys whose records are counted; None: all.
    """
    found = Resolution(counted)
    by_key: dict[str, list[IndexedRecord]] = {}
    for row in rows:
        by_key.setdefault(row.key, []).append(row)
    for key, group in by_key.items():
        _judge_key(found, key, group)
    owners = _settle_ids(found, by_key, config)
    rejected = found.clashed & found.hidden
    listed = name_listed(by_key, config, found.spelt, rejected)
    if owners or listed:
        _settle_listed_ids(found, by_key, owners, listed)
    for key, group in by_key.items():
        if key not in found.hidden:
            _add_primary(found, key, group, hash_of)
    _relate(found, config.feeds, hash_of)
    return found


def find_withheld(
    resolved: Resolution, rows: Iterable[IndexedRecord], listing: Iterable[IndexedRecord]
) -> set[str]:
    """Return the keys that are to be shown nowhere, though there may be records of them.

    Args:
        resolved: What all records come to.
        rows: Those of the keys asked about.
        listing: Those that list any of these keys.
    """
    idle = {row.key for row in rows if row.key not in resolved.nodes}
    for row in listing:
        if row.state == "published" and row.key not in resolved.hidden:
            idle.difference_update(item.key for item in row.items)
    return resolved.hidden | idle


def _judge_key(found: Resolution, key: str, rows: list[IndexedRecord]) -> None:
    """Add withheld keys, and the ids that records of any state name."""
    if not any(row.state in LIVE for row in rows) or any(row.excluded for row in rows):
        found.hidden.add(key)
    is_counted = found.counts(key)
    for row in rows:
        if is_counted:
            _count_state(found, row)
        if row.origin:
            found.spelt.add(key)
        if row.state == "published":  # the lists of others count for nothing
            for item in row.items:
                if is_excluded(item):
                    found.hidden.add(item.key)
                if item.origin:
                    found.spelt.add(item.key)
    if ids := [row.id for row in rows if row.id]:
        found.ids[key] = min(ids)


def _count_state(found: Resolution, row: IndexedRecord) -> None:
    if row.is_rejected:
        return  # what cannot be used is counted where it is read
    if row.excluded:
        found.withheld["excluded"] += 1
    elif row.state == "unpublished":
        found.unpublished += 1
    elif row.state != "published":
        found.withheld[name_word(row.state)] += 1


def _settle_ids(
    found: Resolution, by_key: dict[str, list[IndexedRecord]], config: Config
) -> dict[str, str]:
    """Name all articles with records; of several with one id reject all but one.

    A published article comes first. Of several the settings give the id to one; else it is of the
    one whose address it is made of, since who claims it may have copied it; else of the one that
    was updated last.

    Returns what errors call the owner of each id that is not made of its key.
    """
    own, given = found.ids, list_given(config)
    found.ids = name_records(by_key, own, config, found.spelt)

    def rank(key: str, id: str) -> tuple[bool, int, int, str]:
        rows = by_key[key]
        is_published = any(row.state == "published" for row in rows)
        updated = max(row.updated for row in rows if row.state in LIVE)
        is_own = key in own and make_id(key, rows, config) != id
        way = 0 if given.get(key) == id else 2 if is_own else 1 if is_published else 3
        return not is_published, way, -updated, key

    owners: dict[str, str] = {}
    for id, keys in sorted(_find_claims(found, by_key).items()):
        kept, *others = sorted(keys, key=lambda key: rank(key, id)) if len(keys) > 1 else keys
        owners[id] = min(row.name for row in by_key[kept])
        if given.get(kept) == id:
            owners[id] += " (ids.given or ids.json gives it)"
        found.clashed.update(keys if others else ())
        for key in others:
            found.hidden.add(key)
            for row in by_key[key]:
                found.errors.append(_clash(row, "id", id, owners[id]))
                found.rejected += row.state == "published"  # others are counted by their state
    return owners


def _find_claims(found: Resolution, by_key: Mapping[str, object]) -> dict[str, set[str]]:
    """Return the keys of the articles that have each id which is not made of one's own key."""
    claims: dict[str, set[str]] = {}
    for key, id in found.ids.items():
        if key not in found.hidden:
            claims.setdefault(id, set()).add(key)
    # Only an id of version 5 can be made of another's key, which is not asked for nothing.
    for key in by_key if any(id[:24:23] == "u5" for id in claims) else ():
        if key not in found.ids and key not in found.hidden:
            made = article_id("https://" + key)
            if made in claims:
                claims[made].add(key)
    return claims


def _settle_listed_ids(
    found: Resolution,
    by_key: dict[str, list[IndexedRecord]],
    owners: dict[str, str],
    listed: dict[str, str],
) -> None:
    """Leave out listed articles without records that have the id of another."""
    found.ids |= listed
    kept = {id: key for key, id in sorted(listed.items(), reverse=True)}
    for row in (row for rows in by_key.values() for row in rows if row.state == "published"):
        for place, item in enumerate(row.items):
            if item.key not in by_key:
                id = listed.get(item.key) or article_id("https://" + item.key)
                if id in owners or kept.get(id, item.key) != item.key:
                    found.hidden.add(item.key)
                    found.clashed.update((item.key, row.key))
                    owner = owners.get(id) or kept[id]
                    found.errors.append(_clash(row, f"related[{place}]", id, owner))


def _clash(row: IndexedRecord, field: str, id: str, owner: str) -> RecordError:
    return RecordError(row.name, 0, field, id, f"another id than that of {owner}")


def _add_primary(found: Resolution, key: str, rows: list[IndexedRecord], hash_of: HashText) -> None:
    """Merge the published records of one key."""
    published = [row for row in rows if row.state == "published"]
    if not published:
        return
    is_counted = found.counts(key)
    found.articles += len(published) if is_counted else 0
    if len(published) > 1:
        # Equal ones by name: a build of few records meets them in another order.
        by_name = sorted(published, key=lambda row: row.name)
        published = _rank(by_name, lambda row: row, lambda row: hash_of(row.place, None))
        if is_counted:
            found.duplicates += len(published) - 1
            first, *others = (row.name for row in published)
            found.shared.append((first, *sorted(others)))
    node = found.nodes[key] = ResolvedArticle(key, found.ids.get(key, ""))
    node.records = published
    node.take_fields(published[0])
    node.topics = published[0].topics
    if len(published) > 1:
        merged: dict[str, str] = {}
        for row in published:
            for topic in row.topics:
                merged.setdefault(identity(topic), topic)
        node.topics = tuple(merged.values())


def _rank(
    ties: list[_T],
    fields: Callable[[_T], IndexedRecord | IndexedRelated],
    hash_of: Callable[[_T], bytes],
) -> list[_T]:
    """Return the records or items of one key, the one that gives the fields first."""
    if len(ties) == 1:  # as nearly always
        return ties

    def rank(one: _T) -> tuple[int, int]:
        return -fields(one).updated, -fields(one).quality

    ranked: list[_T] = []
    for _, group in groupby(sorted(ties, key=rank), key=rank):
        equal = list(group)
        ranked += sorted(equal, key=hash_of) if len(equal) > 1 else equal
    return ranked


def _relate(found: Resolution, settings: FeedSettings, hash_of: HashText) -> None:
    """Add listed articles, join parents and children, and sort all."""
    primaries = list(found.nodes.values())
    for node in primaries if settings.related != "none" else ():
        if any(row.items for row in node.records):
            node.links = [*_list_shown(found, node)]
    hides_retold, has_entries = settings.retold == "links", settings.has_entries
    linked = [node for node in primaries if node.links]
    if hides_retold:
        _find_duplicate_titles(found, linked)
    repeats = [
        repeat
        for node in linked
        for repeat in _choose_entries(found, node, settings, has_entries=has_entries)
    ]
    for key, node in repeats:
        if key in found.nodes:
            found.nodes[key].parents.append(node)
    for node in found.nodes.values():
        if not node.records:
            _take_listing(node, hash_of, hides_retold=hides_retold)
    _order_nodes(found)


def _order_nodes(found: Resolution) -> None:
    """Keep articles that may be entries, newest first, with the parents that each shows."""
    # Others stand too far down every list.
    entries = [node for node in found.nodes.values() if node.records or node.is_listed]
    found.nodes = {node.key: node for node in _sort_newest(entries)}
    for order, node in enumerate(found.nodes.values()):
        node.order = order
    for node in found.nodes.values():
        if node.parents:
            shown = {row.items[place].key for row, place in node.links}
            parents = [parent for parent in node.parents if parent.key not in shown]
            node.parents = sorted(parents, key=attrgetter("order"))[:10]


def _find_duplicate_titles(found: Resolution, primaries: list[ResolvedArticle]) -> None:
    """Find the articles without records that a primary lists under its own title."""
    for node in primaries:
        title = node.records[0].identity
        for row, place in node.links if title else ():
            item = row.items[place]
            if item.identity == title and item.key not in found.nodes:
                found.retellings.add(item.key)


def _choose_entries(
    found: Resolution, node: ResolvedArticle, settings: FeedSettings, *, has_entries: bool
) -> Iterator[tuple[str, ResolvedArticle]]:
    """Add the articles that the links of a primary make entries, as far as they do.

    Yields the keys, with the primary, of those that repeat the title of an earlier link: the list
    of another primary may make them entries, and these link back to this one too.
    """
    told: set[str] = set()
    hides_retold = settings.retold == "links"
    for listing in node.links:
        item = listing[0].items[listing[1]]
        other = found.nodes.get(item.key)
        is_primary = other is not None and bool(other.records)
        is_repeat = item.identity in told and item.identity != ""
        told.add(item.identity)
        is_retelling = item.key in found.retellings
        if hides_retold and not is_primary and (is_repeat or is_retelling):
            found.retold += found.counts(node.key)
            if not is_retelling:
                yield item.key, node
            continue
        if is_primary or has_entries:
            if other is None:
                other = found.nodes[item.key] = ResolvedArticle(
                    item.key, found.ids.get(item.key, "")
                )
            if not is_primary:
                other.listings.append(listing)
            other.parents.append(node)
            if len(node.listed) < settings.max_related:
                other.is_listed = True
                node.listed.append(other)


def _take_listing(node: ResolvedArticle, hash_of: HashText, *, hides_retold: bool) -> None:
    """Copy the fields of a related article from the first item that lists it."""
    node.listings = _rank(
        node.listings,
        lambda listing: listing[0].items[listing[1]],
        lambda listing: hash_of(listing[0].place, listing[1]),
    )
    row, place = node.listings[0]
    item = row.items[place]
    node.take_fields(item)
    if hides_retold and item.identity:
        title = item.identity
        node.twins = tuple([p.key for p in node.parents if p.records[0].identity == title])


def _list_shown(found: Resolution, node: ResolvedArticle) -> Iterator[Listing]:
    """Yield the listed items, without withheld ones, repetitions and the article itself."""
    seen = {node.key}
    for row in node.records:
        for place, item in enumerate(row.items):
            if item.key not in seen and item.key not in found.hidden and not item.state:
                seen.add(item.key)
                yield row, place


def _sort_newest(nodes: Iterable[ResolvedArticle]) -> Iterator[ResolvedArticle]:
    """Yield articles newest first, then by id, which is made only if dates are equal."""
    dated = sorted(nodes, key=attrgetter("published"), reverse=True)
    for _, group in groupby(dated, key=attrgetter("published")):
        equal = list(group)
        yield from sorted(equal, key=attrgetter("written_id")) if len(equal) > 1 else equal


Listing = tuple[IndexedRecord, int]
"""An item of a related list: the record, and the item's place in its list."""

HashText = Callable[[RecordRef, int | None], bytes]
"""The sha256 of a record's fields, or of those of one item of its list."""


class ResolvedArticle:
    """One key: a primary, or a related article that is to be an entry."""

    __slots__ = (
        "id", "is_listed", "key", "links", "listed", "listings", "order", "parents",
        "provider", "published", "records", "topics", "twins", "updated",
    )  # fmt: skip

    def __init__(self, key: str, id: str) -> None:
        self.key = key
        #: Empty if it is made from the key.
        self.id = id
        self.published = self.updated = 0
        #: The slug of its provider's feed, or empty.
        self.provider = ""
        #: Of a primary: its published records. The first gives the fields.
        self.records: list[IndexedRecord] = []
        #: Of a related article that is none: the items it is listed by, likewise.
        self.listings: list[Listing] = []
        #: The first record's own spelling of each.
        self.topics: tuple[str, ...] = ()
        #: Everything it shows as related, in order.
        self.links: list[Listing] = []
        #: Those of its links that it brings into a feed.
        self.listed: list[ResolvedArticle] = []
        #: Whether the list of any primary brings it into a feed.
        self.is_listed = False
        #: Those primaries, the newest ten that are not among its links.
        self.parents: list[ResolvedArticle] = []
        #: Of a related article without a record: the keys of those primaries that have its title
        #: and list it. It stands beside none of them.
        self.twins: tuple[str, ...] = ()
        #: Its place among all nodes, the newest being 0.
        self.order = 0

    @property
    def is_primary(self) -> bool:
        """Whether it has a published record of its own."""
        return bool(self.records)

    @property
    def written_id(self) -> str:
        """Its id as feeds write it."""
        return self.id or article_id("https://" + self.key)

    def take_fields(self, source: IndexedRecord | IndexedRelated) -> None:
        """Copy date and provider from a record or listing."""
        self.published, self.updated = source.published, source.updated
        self.provider = source.provider


class Resolution:
    """All records, resolved to articles."""

    def __init__(self, counted: Container[str] | None = None) -> None:
        self._counted = counted
        #: By key; newest first, then by id.
        self.nodes: dict[str, ResolvedArticle] = {}
        #: Ids that are not made of the key, by key.
        self.ids: dict[str, str] = {}
        #: Keys that stand in no output.
        self.hidden: set[str] = set()
        #: Keys of which an address is spelt otherwise.
        self.spelt: set[str] = set()
        #: Keys without records that a primary lists under its own title: links, never entries.
        self.retellings: set[str] = set()
        #: Keys that claim one id, whoever of them keeps it.
        self.clashed: set[str] = set()
        #: Counts of records, by reason.
        self.withheld: Counter[str] = Counter()
        self.articles = self.rejected = self.unpublished = self.duplicates = self.retold = 0
        #: Names of published records that share a key.
        self.shared: list[tuple[str, ...]] = []
        self.errors: list[RecordError] = []

    def drop_references(self) -> None:
        """Remove references between articles, which would keep all of them in memory."""
        for node in self.nodes.values():
            node.listed, node.parents = [], []

    def counts(self, key: str) -> bool:
        """Return whether the records of a key are counted."""
        return self._counted is None or key in self._counted
