"""What a WebSub hub may be told of: *topics*, which are addresses that feeds call their own."""

from __future__ import annotations

from collections.abc import Iterable

from .config import Config
from .guard import Published


def list_topics(config: Config, feeds: Iterable[Published]) -> dict[str, str]:
    """Return the sha256 of every feed's file by its own address; nothing where there is no hub.

    Second and old addresses serve the bytes of another file, and name that one as `self`.
    """
    names = config.feeds.names
    return {
        config.feed_url(feed.path, format): sha256
        for feed in (feeds if config.websub.hub else ())
        if feed.redirect is None
        for name, sha256 in feed.files.items()
        if name == names[format := feed.format_of(name)]
    }
