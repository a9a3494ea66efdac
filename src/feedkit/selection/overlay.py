"""A store of rows as it will be once some have given way to others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from heapq import merge
from itertools import chain

from .around import Place, Rows, Slot
from .index import Row, lists_spellings


class Overlay:
    """A store as it will be once some rows have given way to others."""

    def __init__(self, store: Rows, removed: Iterable[Row], added: Iterable[Row]) -> None:
        self._store = store
        self._gone = {row.place for row in removed}
        self._added = list(added)
        #: Places of the store that are none any more.
        self.lost: set[Place] = set()
        self._gained: dict[Slot, list[Place]] = {}

    @property
    def gained(self) -> Iterator[Place]:
        """The places that the store does not have."""
        return chain.from_iterable(self._gained.values())

    def move_places(self, lost: Iterable[Place], gained: Iterable[Place]) -> None:
        """Take places from those of the store, and add others."""
        self.lost.update(lost)
        for place in sorted(gained, key=_bound_first):
            self._gained.setdefault(place.slot, []).append(place)

    def find_own(self, keys: Set[str]) -> list[Row]:
        """Return the rows of these keys."""
        kept = [row for row in self._store.find_own(keys) if row.place not in self._gone]
        return kept + [row for row in self._added if row.key in keys]

    def find_listing(self, keys: Set[str]) -> list[Row]:
        """Return the rows that list any of these keys."""
        kept = [row for row in self._store.find_listing(keys) if row.place not in self._gone]
        return kept + [row for row in self._added if any(item.key in keys for item in row.items)]

    def has_spellings(self) -> bool:
        """Return whether any row may list an article under another address than its key spells."""
        return self._store.has_spellings() or any(map(lists_spellings, self._added))

    def scan_places(self, slot: Slot) -> Iterator[Place]:
        """Yield the places of a slot, those of the greatest bound first."""
        kept = (place for place in self._store.scan_places(slot) if place not in self.lost)
        return merge(kept, self._gained.get(slot, ()), key=_bound_first)


def _bound_first(place: Place) -> int:
    return -place.bound
