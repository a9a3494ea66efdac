"""Index rows of records: everything that selection must know of a record, without its text.

Rows can be merged in any order. A row has a few hundred bytes, so that the rows of all records fit
in memory. Rows hold plain values, which can be sent to other processes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import msgspec

from ..config import Config
from ..config.ids import Moves
from ..config.settings import CLOSING, OPENING
from ..files.spill import RecordRef
from ..models import LIVE, Article, Provider, RelatedArticle
from ..text.slugs import clean_domain, identity
from ..text.urls import article_key, explicit_id

NO_QUALITY = -(2**60)
"""The lowest quality there is: none."""


FindExclusion = Callable[[str, str, Provider | None], str]
"""Returns the key of ``[exclude]`` that withholds an article, empty if none does, from the key of
the article, its URL as records have it, and its provider."""


class IndexedRelated(msgspec.Struct, array_like=True, gc=False):
    """One item of a record's related list. Instants are seconds since 1970."""

    key: str
    identity: str
    published: int
    updated: int
    quality: int
    provider: str
    """The slug of its provider's feed, and the provider's name as the item spells it."""
    provider_name: str
    state: str
    """Empty; ``future``, which withholds this item; or the key of ``[exclude]`` that withholds it
    and its key, see `is_excluded`."""
    origin: str = ""
    """The URL that its id is made of, if the record names none: empty if it is `https://{key}`."""


class IndexedRecord(msgspec.Struct, array_like=True, gc=False):
    """One record."""

    name: str
    """What errors and reports call it."""
    place: RecordRef
    key: str
    state: str
    """As in `Article`, or ``future`` for one dated after now."""
    id: str
    """The record's own id, as it is written; empty if it has none."""
    identity: str
    published: int
    updated: int
    quality: int
    provider: str
    provider_name: str
    excluded: str
    """The key of ``[exclude]`` that withholds it, empty if none does."""
    topics: tuple[str, ...]
    items: tuple[IndexedRelated, ...]
    origin: str = ""
    """See IndexedRelated."""
    is_dropped: bool = False
    """Whether `prepare` returned None for it."""
    is_rejected: bool = False
    """Whether the record cannot be used, and is known only since it withholds its address."""
    due_at: int = 0
    """The first instant at which time alone makes this another row; 0: none does."""


class IndexArticle(Protocol):
    """Makes the row of a clean article."""

    def __call__(
        self, article: Article, name: str, place: RecordRef, word: str = ""
    ) -> IndexedRecord:
        """Return the row.

        Args:
            article: A clean one.
            name: What errors call its record.
            place: Where its text is.
            word: See `Reading`.
        """


def make_indexer(config: Config, now: datetime | None) -> IndexArticle:
    """Return the function that makes a clean article's row.

    Args:
        config: What is excluded, and what is said of providers.
        now: Aware; None: nothing is dated after now.
    """
    limit = float("inf") if now is None else now.timestamp()
    find_exclusion = make_excluder(config)
    locate = make_key_finder(config)
    index_item = _make_item_indexer(config.find_slug, limit, find_exclusion, locate)

    def index_article(
        article: Article, name: str, place: RecordRef, word: str = ""
    ) -> IndexedRecord:
        key, origin = locate(article.url)
        slug, provider_name = _identify(article.provider, config.find_slug)
        published = int(article.published.timestamp())
        updated = int(article.updated.timestamp()) if article.updated else published
        state: str = article.state
        moments: list[int] = []
        items = tuple([index_item(item, moments) for item in article.related])
        if state not in LIVE:
            state, moments = (word or state) if state == "draft" else state, []
        else:
            if state != "published":
                moments = []  # its list counts for nothing
            if updated > limit:
                moments.append(updated)
                updated = published
            if published > limit or article.available or article.expires:
                state = judge_dates(article, published, limit, word, moments) or state
        return IndexedRecord(
            name,
            place,
            key,
            state,
            explicit_id(article.id) if article.id else "",
            identity(article.title),
            published,
            updated,
            NO_QUALITY if article.quality is None else article.quality,
            slug,
            provider_name,
            find_exclusion(key, article.url, article.provider),
            article.topics,
            items,
            origin,
            due_at=min(moments) if moments else 0,
        )

    return index_article


def judge_dates(
    article: Article, published: int, limit: float, word: str, moments: list[int]
) -> str:
    """Return the word by which its dates withhold an article, empty if none does.

    Args:
        article: It.
        published: In seconds since 1970.
        limit: The time of the build, likewise.
        word: See `Reading`.
        moments: Takes those at which that changes.
    """
    dates = (article.available, article.expires)
    opens, closes = (None if one is None else int(one.timestamp()) for one in dates)
    moments += [one for one in (published, opens, closes) if one is not None and one > limit]
    if published > limit:
        return "future"
    if closes is not None and closes <= limit:
        return word or CLOSING[0]
    return OPENING if opens is not None and opens > limit else ""


def is_withheld(row: IndexedRecord) -> bool:
    """Return whether a record's own state, or the settings, withhold its address."""
    return bool(row.excluded) or row.state not in LIVE


def lists_spellings(row: IndexedRecord) -> bool:
    """Return whether a record lists an article under another address than its key spells."""
    return any(item.origin for item in row.items)


def reject_record(row: IndexedRecord) -> IndexedRecord | None:
    """Return the row of a record that cannot be used, None if it never withholds anything.

    One that only time makes withhold its address is of no article until then.
    """
    row.is_rejected = True
    if is_withheld(row):
        return row
    if not row.due_at:
        return None
    return msgspec.structs.replace(row, key="", origin="", state="unpublished")


def update_due_record(row: IndexedRecord, now: IndexedRecord) -> IndexedRecord:
    """Return the row of a record as time alone has changed it.

    Args:
        row: The row as it was.
        now: As its article is indexed now, of which only what time changes is to be used: an
            article that has moved has no older address any more.
    """
    replace = msgspec.structs.replace
    items = [
        replace(old, state=old.state if is_excluded(old) else new.state, updated=new.updated)
        for old, new in zip(row.items, now.items, strict=True)
    ]
    return replace(row, state=now.state, updated=now.updated, due_at=now.due_at, items=tuple(items))


def _make_item_indexer(
    find_slug: Callable[[Provider], str],
    limit: float,
    find_exclusion: FindExclusion,
    locate: FindKey,
) -> Callable[[RelatedArticle, list[int]], IndexedRelated]:
    def index_item(item: RelatedArticle, moments: list[int]) -> IndexedRelated:
        key, origin = locate(item.url)
        slug, name = _identify(item.provider, find_slug)
        published = int(item.published.timestamp())
        updated = int(item.updated.timestamp()) if item.updated else published
        state = ""
        if published > limit:
            state = "future"
            moments.append(published)
        if updated > limit:
            moments.append(updated)
            updated = published
        return IndexedRelated(
            key,
            identity(item.title),
            published,
            updated,
            NO_QUALITY if item.quality is None else item.quality,
            slug,
            name,
            find_exclusion(key, item.url, item.provider) or state,
            origin,
        )

    return index_item


def _identify(provider: Provider | None, find_slug: Callable[[Provider], str]) -> tuple[str, str]:
    return ("", "") if provider is None else (find_slug(provider), provider.name)


def make_excluder(config: Config) -> FindExclusion:
    """Return a function that finds the key of ``[exclude]`` that withholds an article."""
    exclude = config.exclude
    if not (exclude.urls or exclude.providers or exclude.domains):
        return lambda key, url, provider: ""
    urls = move_keys(config, exclude.urls)
    # A provider is excluded by its name or its domain, whichever key says it.
    providers = dict.fromkeys(map(identity, exclude.domains), "domains")
    providers |= dict.fromkeys(map(identity, exclude.providers), "providers")
    named = frozenset(filter(None, map(clean_domain, exclude.providers)))
    domains = frozenset(exclude.domains)

    def find_exclusion(key: str, url: str, provider: Provider | None) -> str:
        if key in urls:
            return "urls"
        # Of now, and of the record: what is excluded does not come back by moving.
        for one in (key, article_key(url)):
            if domains and _is_in(one.partition("/")[0].partition(":")[0], domains):
                return "domains"
        if provider is None:
            return ""
        if by_name := providers.get(identity(provider.name)):
            return by_name
        if _is_in(provider.domain, named):
            return "providers"
        return "domains" if _is_in(provider.domain, domains) else ""

    return find_exclusion


def is_excluded(item: IndexedRelated) -> bool:
    """Return whether settings withhold a related article, and not only this item of it."""
    return item.state not in ("", "future")


def _is_in(host: str, domains: frozenset[str]) -> bool:
    """Return whether a host is one of these domains or below one."""
    while host and host not in domains:
        host = host.partition(".")[2]
    return bool(host)


FindKey = Callable[[str], tuple[str, str]]
"""Return the key of a canonical URL, and the URL that its id is made of: empty if that is the
address that its key spells."""


def make_key_finder(config: Config) -> FindKey:
    """Return a function that finds the key of a URL, and the URL of which its id is made."""
    has_urls, moves = config.ids.style == "url", Moves(config.moved)
    if not config.moved:
        return (lambda url: (article_key(url), url)) if has_urls else _locate

    def locate(url: str) -> tuple[str, str]:
        key, first = article_key(moves.follow(url)), moves.trace(url)
        if has_urls:
            return key, first
        spelt = first.partition("://")[2]
        return key, "" if spelt == key else f"https://{spelt}"

    return locate


def _locate(url: str) -> tuple[str, str]:
    if "%" not in url and "/." not in url:  # as in most: its key spells it
        return url.partition("://")[2], ""
    key, spelt = article_key(url), url.partition("://")[2]
    return key, "" if spelt == key else f"https://{spelt}"


def make_mover(config: Config) -> Callable[[Article], Article] | None:
    """Return a function that replaces moved URLs of an article; None if none moved."""
    if not config.moved:
        return None
    follow, replace = Moves(config.moved).follow, msgspec.structs.replace

    def move_article(article: Article) -> Article:
        related = tuple([replace(item, url=follow(item.url)) for item in article.related])
        return replace(article, url=follow(article.url), related=related)

    return move_article


def move_keys(config: Config, keys: tuple[str, ...]) -> frozenset[str]:
    """Return the keys of now."""
    moves = Moves(config.moved)
    return frozenset(article_key(moves.follow(f"https://{key}")) for key in keys)
