"""Feeds and what they hold, in no format yet."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from .model import Article, Image

if TYPE_CHECKING:
    from .config import Config


class Link(msgspec.Struct, frozen=True):
    """What one entry shows of another: Atom ``link rel=related``, ``_feedkit.related``."""

    id: str
    url: str
    title: str
    provider: str
    published: datetime


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One article as every feed that holds it shows it."""

    id: str
    #: Records of one URL merged; of a related article what its parent says of it.
    article: Article
    #: In the record's own order.
    related: tuple[Link, ...] = ()
    #: Newest first, at most ten.
    related_to: tuple[Link, ...] = ()
    #: The path of its provider's feed, as ``providers/zdnet.com``; empty: not published.
    source: str = ""
    #: Whether it has no record of its own: `related` lists of others name it.
    is_related: bool = False


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """One feed, in no format yet."""

    config: Config
    #: Below the site's address, not percent-encoded: ``topics/ai``.
    path: str
    title: str
    description: str
    #: A BCP 47 tag.
    language: str
    #: The greatest of its entries'.
    updated: datetime
    #: Newest first.
    entries: tuple[Entry, ...] = ()
    #: The picture of its topic or provider, in one size or several.
    pictures: tuple[Image, ...] = ()
    #: The address of its page; empty: that of its folder.
    home: str = ""

    @property
    def page_url(self) -> str:
        """The address of its page for people."""
        return self.home or self.config.site.page_url(self.path)
