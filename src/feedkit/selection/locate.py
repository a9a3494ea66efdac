"""Where articles are now and which ids they have had, as settings say: for most, nothing at all."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ..config import Config
from ..ids import Moves
from ..model import Article
from ..urls import article_id, article_key

Locate = Callable[[str], tuple[str, str]]
"""Gives the key of a canonical URL, and the id made of it where that is not a key's own."""


def make_locator(config: Config) -> Locate | None:
    """Return what tells keys and ids; None where they are made of URLs as records have them."""
    has_urls, moves = config.ids.style == "url", Moves(config.moved)
    if not config.moved:
        return (lambda url: (article_key(url), url)) if has_urls else None

    def locate(url: str) -> tuple[str, str]:
        key, first = article_key(moves.follow(url)), moves.trace(url)
        if has_urls:
            return key, first
        return key, article_id(first) if article_key(first) != key else ""

    return locate


def make_mover(config: Config) -> Callable[[Article], Article] | None:
    """Return what gives an article and all that it lists the URLs of now; None: they have them."""
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
