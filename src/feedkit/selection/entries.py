"""Entries of feeds, made from resolved articles: fields, links and parents.

A Recipe says in plain values what an entry is made of, so that any process that has the records'
text can make the Entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256

import msgspec

from ..files.spill import RecordRef
from ..models import Article, Entry, Link, RelatedArticle
from ..text.urls import article_id, article_key
from .resolve import HashText, ResolvedArticle

LoadArticle = Callable[[RecordRef], Article]
"""Returns the article whose text is at a place."""

_encoder = msgspec.json.Encoder(order="sorted")


class EntryRecipe(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """References to the records of which one entry is made."""

    id: str
    place: RecordRef
    """Of the record that gives the fields, or that lists the article."""
    item: int
    """Its place in that record's related list; -1: the record itself."""
    topics: tuple[str, ...]
    """What the records of its URL have together."""
    links: tuple[tuple[RecordRef, int, str], ...]
    """Each related article: where it is listed, its place in that list, its own id if any."""
    parents: tuple[tuple[RecordRef, str], ...]
    """Each parent's record and its own id if any."""
    source: str
    """The path of its provider's feed, or empty."""


def make_hasher(load: LoadArticle) -> HashText:
    """Return a function that ranks records of equal date and quality."""

    def hash_of(place: RecordRef, item: int | None) -> bytes:
        article = load(place)
        fields = article if item is None else article.related[item]
        return sha256(_encoder.encode(fields)).digest()

    return hash_of


def make_entry_recipe(
    node: ResolvedArticle, ids: Mapping[str, str], sources: Mapping[str, str]
) -> EntryRecipe:
    """Return the recipe of the entry of `node`.

    Args:
        node: A resolved article.
        ids: Ids that records name themselves, by key.
        sources: The paths of the providers' feeds that are published, by slug.
    """
    row, item = (node.records[0], -1) if node.records else node.listings[0]
    return EntryRecipe(
        node.written_id,
        row.place,
        item,
        node.topics,
        tuple([(row.place, item, ids.get(row.items[item].key, "")) for row, item in node.links]),
        tuple([(parent.records[0].place, parent.id) for parent in node.parents]),
        sources.get(node.provider, "") if node.provider else "",
    )


def compose_entry(entry_recipe: EntryRecipe, load: LoadArticle, now: datetime | None) -> Entry:
    """Return the Entry of a recipe.

    Args:
        entry_recipe: What it is made of.
        load: Gives articles by place; asked for neighbours in order of time.
        now: Aware; an `updated` after it counts as missing. None: none is.
    """
    article = load(entry_recipe.place)
    if entry_recipe.item >= 0:
        article = _lift_article(article.related[entry_recipe.item])
    elif article.topics != entry_recipe.topics:
        article = msgspec.structs.replace(article, topics=entry_recipe.topics)
    if now and article.updated and article.updated > now:
        article = msgspec.structs.replace(article, updated=None)
    return Entry(
        id=entry_recipe.id,
        article=article,
        related=tuple(
            [_make_link(load(place).related[item], id) for place, item, id in entry_recipe.links]
        ),
        related_to=tuple([_make_link(load(place), id) for place, id in entry_recipe.parents]),
        source=entry_recipe.source,
        is_related=entry_recipe.item >= 0,
    )


def _make_link(article: Article | RelatedArticle, id: str) -> Link:
    return Link(
        id or article_id(f"https://{article_key(article.url)}"),
        article.url,
        article.title,
        article.provider.name if article.provider else "",
        article.published,
    )


def _lift_article(item: RelatedArticle) -> Article:
    """Return a related item as an article."""
    return Article(**msgspec.structs.asdict(item))
