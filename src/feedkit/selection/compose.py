"""A resolved article to the Entry that every feed shows: its fields, links and parents."""

from __future__ import annotations

from collections.abc import Callable, Container
from hashlib import sha256

import msgspec

from ..model import Article, Entry, Link, RelatedArticle
from ..urls import article_id, article_key
from .index import Place
from .resolve import HashOf, Node

Load = Callable[[Place], Article]
"""Gives the article whose text is at a place."""

_encoder = msgspec.json.Encoder(order="sorted")


def make_hasher(load: Load) -> HashOf:
    """Return what ranks records that dates and quality leave equal."""

    def hash_of(place: Place, item: int | None) -> bytes:
        article = load(place)
        fields = article if item is None else article.related[item]
        return sha256(_encoder.encode(fields)).digest()

    return hash_of


def make_composer(
    load: Load, ids: dict[str, str], providers: Container[str]
) -> Callable[[Node], Entry]:
    """Return the function that makes a node's Entry.

    Args:
        load: Gives articles by place.
        ids: Ids that records name themselves, by key.
        providers: The slugs of the providers that have a feed.
    """

    def compose_entry(node: Node) -> Entry:
        if node.records:
            article = load(node.records[0].place)
            if article.topics != node.topics:
                article = msgspec.structs.replace(article, topics=node.topics)
        else:
            row, item = node.listings[0]
            article = _lift_article(load(row.place).related[item])
        return Entry(
            id=node.written_id,
            article=article,
            related=tuple(
                [_make_link(load(row.place).related[item], ids) for row, item in node.links]
            ),
            related_to=tuple(
                [_make_link(load(parent.records[0].place), ids) for parent in node.parents]
            ),
            source=f"providers/{node.provider}" if node.provider in providers else "",
        )

    return compose_entry


def _make_link(article: Article | RelatedArticle, ids: dict[str, str]) -> Link:
    id = ids.get(article_key(article.url)) if ids else None
    return Link(
        id or article_id(article.url),
        article.url,
        article.title,
        article.provider.name if article.provider else "",
        article.published,
    )


def _lift_article(item: RelatedArticle) -> Article:
    """Return what a list says of an article, as an article."""
    return Article(
        url=item.url,
        title=item.title,
        published=item.published,
        updated=item.updated,
        summary=item.summary,
        provider=item.provider,
        images=item.images,
        amp_url=item.amp_url,
        quality=item.quality,
    )
