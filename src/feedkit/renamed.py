"""Published feeds whose names are read otherwise since character references are decoded. Pure.

A topic that records call ``R&amp;D`` had its feed at ``topics/r-and-amp-d``, and has it at
``topics/r-and-d`` now. The old address serves the new feed, as one of ``[redirects]`` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .about import topic_slug
from .config import Config
from .guard import Published
from .limits import SETTING_CHARACTERS
from .names import clean_domain, provider_slug
from .settings import Kind
from .text import decode_references


class Renamed(NamedTuple):
    """A published feed whose name is read otherwise now."""

    #: Its path, and that of the feed that it serves.
    old: str
    new: str
    #: Its name as it was read then.
    name: str


def find_renamed(published: Iterable[Published], config: Config) -> list[Renamed]:
    """Return the feeds that stand elsewhere since their names are decoded, in order of path.

    Args:
        published: What the manifest names; there an old address keeps the name that it had.
        config: Where feeds stand. What its redirects say comes first.
    """
    found = (
        renamed
        for feed in published
        if (name := _find_name(feed)) and feed.path not in config.redirects
        for renamed in _follow_name(feed.path, name, config)
    )
    return sorted(set(found))


def _find_name(feed: Published) -> str:
    """Return the name of a feed if it may be read otherwise now, else nothing."""
    name = feed.was or ("" if feed.gone or feed.redirect is not None else feed.title)
    return name if "&" in name and len(name) <= SETTING_CHARACTERS else ""


def _follow_name(path: str, name: str, config: Config) -> Iterator[Renamed]:
    text = decode_references(name)
    kind, _ = config.find_place(path)
    if text == name or kind == "all":
        return
    for domain in ("", *config.feeds.shared_domains) if kind == "providers" else ("",):
        old, new = (_find_path(kind, one, domain, config) for one in (name, text))
        if old == path and new not in (None, path):
            yield Renamed(old, str(new), name)


def _find_path(kind: Kind, name: str, domain: str, config: Config) -> str | None:
    shared = config.feeds.shared_domains
    slug = provider_slug(name, clean_domain(domain), shared) if domain else topic_slug(name)
    return config.feeds.path_of(kind, config.place_slug(kind, slug))
