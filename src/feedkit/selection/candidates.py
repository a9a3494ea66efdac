"""Who may stand in a feed, taken newest first until no other can be among its entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from operator import attrgetter

from ..about import topic_slug
from ..config import Config
from .around import Place, Rows, Slot
from .node import Node, Resolved
from .select import cut_listed, select_kind, select_provider


class Candidates:
    """One feed's candidates, taken newest first until no other can be among its entries."""

    def __init__(self, slot: Slot, rows: Rows, config: Config, topics: Iterable[str] = ()) -> None:
        """Begin with none.

        Args:
            slot: The feed's.
            rows: Of all records.
            config: The settings.
            topics: The slugs of a topic and of those below it whose articles its feed holds.
        """
        if slot.kind == "listed" or slot.kind == "told":  # noqa: PLR1714 (narrows)
            raise ValueError("expected the slot of a feed")
        self.kind = slot.kind
        self._slug, self._topics = slot.slug, frozenset(topics)
        self._limit, self._config = config.feeds.limit, config
        shows_related = (
            slot.kind == "providers" and config.feeds.related_of("providers") == "entries"
        )
        slots = [Slot("topics", slug) for slug in topics] if slot.kind == "topics" else [slot]
        scans = [rows.scan_places(one) for one in slots]
        self._own = _Queue(scans[0] if len(scans) == 1 else merge(*scans, key=_bound_first))
        self._listed = _Queue(
            rows.scan_places(Slot("listed", slot.slug)) if shows_related else iter(())
        )
        self.own: list[Node] = []
        self._others: list[Node] = []
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

    def judge(self, resolved: Resolved) -> None:
        """Look at what was taken, now that it is known what became of it."""
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

    def _is_own(self, node: Node) -> bool:
        if not node.is_primary:
            return False
        if self.kind == "topics":
            return any(topic_slug(topic) in self._topics for topic in node.topics)
        return self.kind == "all" or node.provider == self._slug

    def _is_other(self, node: Node) -> bool:
        return node.is_listed and node.provider == self._slug

    def count_own(self) -> int:
        """Return how many of the feed's own articles were found."""
        return len(self.own)

    def select(self) -> list[Node]:
        """Return the feed's entries, newest first."""
        if self.kind == "providers":
            # One of its own that is too old for a place among these may have one as listed.
            group = {node.key: node for node in (*self.own, *self._others)}
            return select_provider(self._config, sorted(group.values(), key=attrgetter("order")))
        return select_kind(self._config, self.kind, self.own)


class _Queue:
    """Places in order of their bounds, of which some were taken."""

    def __init__(self, places: Iterator[Place]) -> None:
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

    def find(self, resolved: Resolved, is_wanted: Callable[[Node], bool]) -> list[Node]:
        """Return those that were taken and are wanted, newest first."""
        nodes = (resolved.nodes.get(key) for key in self._keys)
        found = [node for node in nodes if node is not None and is_wanted(node)]
        return sorted(found, key=attrgetter("order"))

    def measure(self, found: list[Node], limit: int, least: int = 0) -> None:
        """See whether more must be taken to know the newest `limit`, and whether `least` are there.

        A bound is no earlier than the article's date: none of those not taken yet is newer.
        """
        self.is_short = self._next is not None and (
            len(found) < max(limit, least) or found[limit - 1].published <= self._next.bound
        )


def _bound_first(place: Place) -> int:
    return -place.bound
