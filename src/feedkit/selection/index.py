"""Articles to index rows: what selection must know of a record, and nothing of its text.

Rows of parts are united in any order. They hold a few hundred bytes each, so that those of all
records fit in memory where their bodies would not, and are plain values that can travel.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import msgspec

from ..config import Config
from ..model import Article, Provider, RelatedArticle
from ..names import identity, provider_slug
from ..urls import article_key, explicit_id
from .locate import Locate, make_locator, move_keys

NO_QUALITY = -(2**60)
"""The lowest quality there is: none."""


class Place(NamedTuple):
    """Where a record's text is: a part of the records, and there an offset and a length."""

    part: int
    offset: int
    length: int


class Item(msgspec.Struct, array_like=True, gc=False):
    """One item of a record's related list. Instants are seconds since 1970."""

    key: str
    identity: str
    published: int
    updated: int
    quality: int
    #: The slug of its provider's feed, and the provider's name as the item spells it.
    provider: str
    provider_name: str
    #: Empty; ``excluded``, which withholds its key; or ``future``, which withholds this item.
    state: str
    #: The id made of its URL, where that is another than its key's.
    made: str = ""


class Row(msgspec.Struct, array_like=True, gc=False):
    """One record."""

    #: What errors and reports call it.
    name: str
    place: Place
    key: str
    #: As in `Article`, or ``future`` for one dated after now.
    state: str
    #: The record's own id, as it is written; empty where it has none.
    id: str
    identity: str
    published: int
    updated: int
    quality: int
    provider: str
    provider_name: str
    excluded: bool
    topics: tuple[str, ...]
    items: tuple[Item, ...]
    #: As of an item.
    made: str = ""


def make_indexer(config: Config, now: datetime | None) -> Callable[[Article, str, Place], Row]:
    """Return the function that makes a clean article's row.

    Args:
        config: What is excluded, and which domains are shared.
        now: Aware; None: nothing is dated after now.
    """
    shared = config.feeds.shared_domains
    limit = float("inf") if now is None else now.timestamp()
    is_excluded = make_excluder(config)
    locate = make_locator(config)
    index_item = _make_item_indexer(shared, limit, is_excluded, locate)

    def index_article(article: Article, name: str, place: Place) -> Row:
        key, slug, provider_name = _identify(article, shared)
        made = ""
        if locate is not None:
            key, made = locate(article.url)
        published = int(article.published.timestamp())
        state: str = article.state
        if published > limit and state in ("published", "unpublished"):
            state = "future"
        return Row(
            name,
            place,
            key,
            state,
            explicit_id(article.id) if article.id else "",
            identity(article.title),
            published,
            int(article.updated.timestamp()) if article.updated else published,
            NO_QUALITY if article.quality is None else article.quality,
            slug,
            provider_name,
            is_excluded(key, article.provider),
            article.topics,
            tuple([index_item(item) for item in article.related]),
            made,
        )

    return index_article


def wake_row(row: Row, state: str, now: float) -> Row:
    """Return the row of a record, dated after an earlier time, as it is now.

    Args:
        row: As it was.
        state: The record's own.
        now: In seconds since 1970.
    """
    items = tuple(
        [
            msgspec.structs.replace(item, state="")
            if item.state == "future" and item.published <= now
            else item
            for item in row.items
        ]
    )
    is_awake = row.state == "future" and row.published <= now
    return msgspec.structs.replace(row, state=state if is_awake else row.state, items=items)


def _make_item_indexer(
    shared: tuple[str, ...],
    limit: float,
    is_excluded: Callable[[str, Provider | None], bool],
    locate: Locate | None,
) -> Callable[[RelatedArticle], Item]:
    def index_item(item: RelatedArticle) -> Item:
        key, slug, name = _identify(item, shared)
        made = ""
        if locate is not None:
            key, made = locate(item.url)
        published = int(item.published.timestamp())
        state = "future" if published > limit else ""
        return Item(
            key,
            identity(item.title),
            published,
            int(item.updated.timestamp()) if item.updated else published,
            NO_QUALITY if item.quality is None else item.quality,
            slug,
            name,
            "excluded" if is_excluded(key, item.provider) else state,
            made,
        )

    return index_item


def _identify(article: Article | RelatedArticle, shared: tuple[str, ...]) -> tuple[str, str, str]:
    key = article_key(article.url)
    provider = article.provider
    if provider is None:
        return key, "", ""
    return key, provider_slug(provider.name, provider.domain, shared), provider.name


def make_excluder(config: Config) -> Callable[[str, Provider | None], bool]:
    """Return what tells by an article's key and provider whether settings withhold it."""
    exclude = config.exclude
    if not (exclude.urls or exclude.providers or exclude.domains):
        return lambda key, provider: False
    urls = move_keys(config, exclude.urls)
    providers, domains = frozenset(exclude.providers), frozenset(exclude.domains)
    suffixes = tuple(f".{domain}" for domain in exclude.domains)

    def is_excluded(key: str, provider: Provider | None) -> bool:
        if key in urls:
            return True
        host = key.partition("/")[0].partition(":")[0]
        hosts = [host, provider.domain] if provider else [host]
        if any(host in domains or host.endswith(suffixes) for host in hosts if suffixes):
            return True
        return provider is not None and identity(provider.name) in providers

    return is_excluded
