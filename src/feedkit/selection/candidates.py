"""Who may stand in a feed, taken newest first until no other can be among its entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter

from ..config import Config
from .around import Place, Slot
from .node import Node, Resolved
from .overlay import Store
from .select import list_topics, select_kind, select_provider


class Candidates:
    """One feed's candidates, taken newest first until no other can be among its entries."""

    def __init__(self, slot: Slot, rows: Store, config: Config) -> None:
        if slot.kind == "listed":
            raise ValueError("expected the slot of a feed")
        self.kind = slot.kind
        self._slug = slot.slug
        self._limit, self._config = config.feeds.limit, config
        shows_related = (
            slot.kind == "providers" and config.feeds.related_of("providers") == "entries"
        )
        self._own = _Queue(rows.scan_places(slot))
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

    def take(self) -> Iterator[str]:
        """Yield the keys of some more."""
        for queue in self._queues:
            if queue.is_short:
                yield from queue.take(self._limit + 8)

    def judge(self, resolved: Resolved) -> None:
        """Look at what was taken, now that it is known what became of it."""
        self.own = self._own.judge(resolved, self._is_own, self._limit)
        standing = {node.key for node in self.own[: self._limit]}
        self._others = self._listed.judge(
            resolved, lambda node: self._is_other(node) and node.key not in standing, self._limit
        )

    def _is_own(self, node: Node) -> bool:
        if not node.is_primary:
            return False
        if self.kind == "topics":
            return self._slug in list_topics(self._config, node.topics)
        return self.kind == "all" or node.provider == self._slug

    def _is_other(self, node: Node) -> bool:
        return node.is_listed and node.provider == self._slug

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

    def judge(
        self, resolved: Resolved, is_wanted: Callable[[Node], bool], limit: int
    ) -> list[Node]:
        """Return those that are wanted, newest first, and see whether more must be taken.

        A bound is no earlier than the article's date: none of those not taken yet is newer.
        """
        nodes = (resolved.nodes.get(key) for key in self._keys)
        found = [node for node in nodes if node is not None and is_wanted(node)]
        found.sort(key=attrgetter("order"))
        self.is_short = self._next is not None and (
            len(found) < limit or found[limit - 1].published <= self._next.bound
        )
        return found
