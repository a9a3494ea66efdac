"""Where articles are now and which ids they have had, as settings say: for most, nothing at all."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ..config import Config
from ..ids import Moves
from ..model import Article
from ..urls import article_key

Locate = Callable[[str], tuple[str, str]]
"""Return the key of a canonical URL, and the URL that its id is made of: empty if that is the
address that its key spells."""


def make_locator(config: Config) -> Locate:
    """Return the function that finds keys, and what ids are made of."""
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
