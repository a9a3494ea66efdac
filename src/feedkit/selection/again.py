"""Feeds selected anew where few records changed: which they are, and what they hold then.

The same as selecting all feeds from all rows, found from the rows around what changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Set

import msgspec

from ..about import find_parents, list_below
from ..config import Config
from .around import (
    Place,
    Rows,
    Slot,
    count_names,
    find_touched,
    list_item_places,
    list_places,
    resolve_around,
)
from .candidates import Candidates
from .compose import make_recipe
from .index import Row
from .node import HashOf, Node, Resolved
from .overlay import Overlay
from .select import Selected, elect_name, list_topics, name_above, place_feed

IsWorth = Callable[[int], bool]
"""Tells whether the rows read so far, and this number of steps, cost less than all rows would."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What some records' change comes to."""

    #: Whose feeds may hold other entries, or the same in other bytes.
    slots: set[Slot]
    before: Resolved
    after: Resolved
    #: By slot and spelling: how many records more, or fewer, name it so.
    votes: Counter[tuple[Slot, str]]

    @property
    def may_clash(self) -> bool:
        """Whether articles claim one id, which all rows must settle."""
        return bool(self.before.clashed or self.after.clashed)


def compare_rows(
    store: Rows,
    after: Overlay,
    keys: set[str],
    config: Config,
    hash_of: HashOf,
    is_worth: IsWorth = lambda steps: True,
) -> Change | None:
    """Return what changes where the records of `keys`, or those that list them, changed.

    Args:
        store: The rows as they were.
        after: The rows as they are; it is told which places were lost and gained.
        keys: Of the records that changed, and of all that these list.
        config: The settings.
        hash_of: As of `resolve_rows`.
        is_worth: Asked after each step; None is returned if it is not.
    """
    touched = find_touched(store, keys) | find_touched(after, keys)
    if not is_worth(0):
        return None
    after.move_places(*_move_places(store, after, keys, config))
    old, new = (resolve_around(rows, touched, config, hash_of) for rows in (store, after))
    changed = {key for key in touched if _describe(old, key) != _describe(new, key)}
    slots: set[Slot] = set()
    for resolved in (old, new):
        slots.update(_find_slots(resolved, changed, config))
    votes = _count_names(new, touched, config)
    votes.subtract(_count_names(old, touched, config))
    # A feed may be called otherwise by a record that another of its URL outranks.
    named = {slot for (slot, _), count in votes.items() if count}
    slots.update(slot if slot.kind != "listed" else Slot("providers", slot.slug) for slot in named)
    return Change(slots=slots, before=old, after=new, votes=votes)


def find_sources(
    rows: Rows, providers: Iterable[str], config: Config, hash_of: HashOf
) -> set[Slot]:
    """Return where entries of these providers stand, as their feeds came to be or ceased to."""
    slots = (Slot(kind, slug) for slug in providers for kind in ("providers", "listed"))
    keys = {place.key for slot in slots for place in rows.scan_places(slot)}
    return _find_slots(resolve_around(rows, keys, config, hash_of), keys, config)


def select_slots(
    rows: Rows,
    slots: Collection[Slot],
    config: Config,
    hash_of: HashOf,
    count_votes: Callable[[Slot], Counter[str]],
    is_worth: IsWorth = lambda steps: True,
) -> tuple[list[Selected], Resolved] | None:
    """Return the feeds of these slots, less those left without entries, and their nodes.

    How many articles a feed has of its own is known up to `limit` or `min_articles`.

    Args:
        rows: Of all records.
        slots: Of feeds: what providers' feeds list comes with these.
        config: The settings.
        hash_of: As of `resolve_rows`.
        count_votes: Gives how many records spell a slot's name how.
        is_worth: As of `compare_rows`.
    """
    topics = _find_topics(slots, config, is_worth)
    if topics is None:
        return None
    scans = {slot: Candidates(slot, rows, config, topics.get(slot, ())) for slot in slots}
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
    named = name_above(config)
    found = []
    for slot, scan in scans.items():
        scan.judge(resolved)
        if not (nodes := scan.select()):
            continue
        votes = count_votes(slot)
        if not votes and slot.kind == "providers":
            votes = count_votes(Slot("listed", slot.slug))
        votes = votes or named.get(slot.slug, votes)
        title = elect_name(votes) if slot.slug else config.site.title
        feed = place_feed(config, scan.kind, slot.slug, title, nodes, scan.count_own())
        if feed:
            found.append(feed)
    return found, resolved


def _find_topics(
    slots: Iterable[Slot], config: Config, is_worth: IsWorth
) -> dict[Slot, list[str]] | None:
    """Return the slugs of the topics whose articles the feed of each topic's slot holds."""
    children: dict[str, list[str]] = {}
    if config.feeds.roll_up:
        for slug, parent in find_parents(config.topics).items():
            children.setdefault(parent, []).append(slug)
    found: dict[Slot, list[str]] = {}
    count = 0
    for slot in slots:
        if slot.kind == "topics":
            found[slot] = list_below(children, slot.slug)
            count += len(found[slot]) - 1
            if not is_worth(count):  # a long chain of topics
                return None
    return found


def _count_names(resolved: Resolved, keys: Set[str], config: Config) -> Counter[tuple[Slot, str]]:
    nodes = (node for key in keys if (node := resolved.nodes.get(key)))
    return count_names(nodes, shows_related=config.feeds.related_of("providers") == "entries")


def _describe(resolved: Resolved, key: str) -> object:
    """Return what is equal where an entry, and its place in every feed, are the same."""
    node = resolved.nodes.get(key)
    if node is None or not (node.is_primary or node.is_listed):
        return None
    return (
        make_recipe(node, resolved.ids, {}),
        node.published,
        node.updated,
        node.provider,
        node.is_primary,
        node.is_listed,
        [other.key for other in node.listed],
    )


def _find_slots(resolved: Resolved, keys: Set[str], config: Config) -> set[Slot]:
    """Return whose feeds hold the articles of these keys, or did."""
    found: set[Slot] = set()
    for node in resolved.nodes.values():
        if node.key in keys:
            if node.is_primary:
                found.update(_list_slots(node, config))
            if node.provider:
                found.add(Slot("providers", node.provider))
        if any(other.key in keys for other in node.listed):
            found.update(_list_slots(node, config))
    return found


def _list_slots(node: Node, config: Config) -> Iterator[Slot]:
    """Yield whose feeds hold a primary, and show what it lists."""
    yield Slot("all", "")
    for slug in list_topics(config, node.topics):
        yield Slot("topics", slug)


def _move_places(
    before: Rows, after: Rows, keys: Set[str], config: Config
) -> tuple[set[Place], set[Place]]:
    """Return the places of these keys that are lost, and those that are gained."""
    old, new = (_list_all_places(rows, keys, config) for rows in (before, after))
    return old - new, new - old


def _list_all_places(rows: Rows, keys: Set[str], config: Config) -> set[Place]:
    own: dict[str, list[Row]] = {}
    for row in rows.find_own(keys):
        own.setdefault(row.key, []).append(row)
    listing = rows.find_listing(keys) if config.feeds.has_entries else []
    published = (row for row in listing if row.state == "published")
    listed = {item.key for row in published for item in row.items}
    found = {place for place in list_item_places(listing) if place.key in keys}
    for key, group in own.items():
        found.update(list_places(key, group, config, is_listed=key in listed))
    return found
