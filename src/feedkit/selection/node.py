"""One article as all records together make it, and what they come to as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container

from ..errors import RecordError
from ..urls import article_id
from .index import Item, Place, Row

Listing = tuple[Row, int]
"""An item of a related list: the record, and the item's place in its list."""

HashOf = Callable[[Place, int | None], bytes]
"""The sha256 of a record's fields, or of those of one item of its list."""


class Node:
    """One key: a primary, or a related article that is to be an entry."""

    __slots__ = (
        "id", "is_listed", "key", "links", "listed", "listings", "order", "parents",
        "provider", "published", "records", "topics", "twins", "updated",
    )  # fmt: skip

    def __init__(self, key: str, id: str) -> None:
        self.key = key
        #: Empty where it is made from the key.
        self.id = id
        self.published = self.updated = 0
        #: The slug of its provider's feed, or empty.
        self.provider = ""
        #: Of a primary: its published records. The first gives the fields.
        self.records: list[Row] = []
        #: Of a related article that is none: the items it is listed by, likewise.
        self.listings: list[Listing] = []
        #: The first record's own spelling of each.
        self.topics: tuple[str, ...] = ()
        #: Everything it shows as related, in order.
        self.links: list[Listing] = []
        #: Those of its links that it brings into a feed.
        self.listed: list[Node] = []
        #: Whether the list of any primary brings it into a feed.
        self.is_listed = False
        #: Those primaries, the newest ten that are not among its links.
        self.parents: list[Node] = []
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

    def take_fields(self, source: Row | Item) -> None:
        """Let the first of its records or listings say when it is from and whose it is."""
        self.published, self.updated = source.published, source.updated
        self.provider = source.provider


class Resolved:
    """What all records together come to."""

    def __init__(self, counted: Container[str] | None = None) -> None:
        self._counted = counted
        #: By key; newest first, then by id.
        self.nodes: dict[str, Node] = {}
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

    def untie(self) -> None:
        """Let go of what nodes hold of each other: rings would stay in memory a while."""
        for node in self.nodes.values():
            node.listed, node.parents = [], []

    def counts(self, key: str) -> bool:
        """Return whether the records of a key are counted."""
        return self._counted is None or key in self._counted
