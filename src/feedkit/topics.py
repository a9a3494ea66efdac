"""What a WebSub hub may be told of: *topics*, which are addresses that feeds call their own."""

from __future__ import annotations

from collections.abc import Iterable

from .config import Config
from .guard import Published


def list_topics(config: Config, feeds: Iterable[Published]) -> dict[str, str]:
    """Return the sha256 of every feed's file by its own address.

    Second and old addresses serve the bytes of another file, and name that one as `self`.
    """
    names = config.feeds.names
    return {
        config.feed_url(feed.path, format): sha256
        for feed in feeds
        if feed.redirect is None
        for name, sha256 in feed.files.items()
        if name == names[format := feed.format_of(name)]
    }


def list_changed(
    config: Config, before: Iterable[Published], after: Iterable[Published]
) -> tuple[str, ...]:
    """Return the addresses of the feeds whose bytes are not those that were published before."""
    known = {
        (feed.path, name): sha256
        for feed in before
        if feed.redirect is None
        for name, sha256 in feed.files.items()
    }
    changed = (
        feed
        for feed in after
        if any(known.get((feed.path, name)) != sha256 for name, sha256 in feed.files.items())
    )
    return tuple(
        sorted(
            config.feed_url(feed.path, feed.format_of(name))
            for feed in changed
            if feed.redirect is None
            for name, sha256 in feed.files.items()
            if known.get((feed.path, name)) != sha256
            and name == config.feeds.names[feed.format_of(name)]
        )
    )
