"""What is published without dates that are to come: for feeds that are held or emptied. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from .compare import Past, read_shown
from .config import Config
from .guard import Published
from .model import Format

_EPOCH = "1970-01-01T00:00:00Z"
#: By format: the date of an entry's publication, and those of changes, of the feed's own first.
_DATES = {
    "atom": re.compile(rb"(?<=<published>)[^<]+|(?<=<updated>)[^<]+"),
    "rss": re.compile(rb"(?<=<pubDate>)[^<]+|(?<=<lastBuildDate>)[^<]+|(?<=<atom:updated>)[^<]+"),
    "json": re.compile(rb'(?<="date_published":")[^"]+|(?<="date_modified":")[^"]+'),
}
_PUBLISHED = {"atom": b"<published>", "rss": b"<pubDate>", "json": b'"date_published":"'}


def limit_newest(past: Past, config: Config, now: datetime) -> Past:
    """Return what is published with the newest date of each feed that is past.

    Args:
        past: What is published.
        config: As of `read_shown`.
        now: Aware.
    """
    said = _write(now)
    late = [feed for feed in past.feeds if feed.newest > said or feed.newest[-1] != "Z"]
    late = [feed for feed in late if datetime.fromisoformat(feed.newest) > now]
    standing = past.find_standing()
    ahead = [datetime.fromisoformat(feed.newest) for feed in late if feed.path in standing]
    if not late:  # as nearly always
        return past
    paths = {feed.path for feed in late}
    others = max((feed.newest for feed in past.feeds if feed.path not in paths), default=_EPOCH)

    def limit(feed: Published) -> Published:
        if feed.path not in paths:
            return feed
        dates = [one.published for one in read_shown(config, past, feed)]
        newest = max([one for one in dates if one <= now.timestamp()], default=None)
        day = others if newest is None else _write(datetime.fromtimestamp(newest, UTC))
        return msgspec.structs.replace(feed, newest=day)

    return past._replace(feeds=list(map(limit, past.feeds)), ahead=max(ahead, default=None))


def limit_dates(data: bytes, format: Format, newest: str, now: datetime) -> bytes:
    """Return the bytes of a published feed without dates of change that are to come.

    Args:
        data: As feedkit wrote them.
        format: Their format.
        newest: The date of the feed itself in their place; that of an entry is its publication.
        now: Aware.
    """
    known, mark = datetime.fromisoformat(newest), _PUBLISHED[format]

    def limit(match: re.Match[bytes]) -> bytes:
        nonlocal known
        read, write = _find_codec(match[0])
        try:
            date = read(match[0].decode())
        except (ValueError, TypeError, OverflowError):
            return match[0]
        if data.startswith(mark, match.start() - len(mark)):
            known = date
        return write(known).encode() if date > now else match[0]

    return _DATES[format].sub(limit, data)


def _find_codec(date: bytes) -> tuple[Callable[[str], datetime], Callable[[datetime], str]]:
    """Return what reads and writes a date as this one is spelt: RFC 3339, or RFC 822."""
    if date[:1].isdigit():
        return datetime.fromisoformat, _write
    from email.utils import format_datetime, parsedate_to_datetime  # which few builds need

    return parsedate_to_datetime, lambda one: format_datetime(one.astimezone(UTC), usegmt=True)


def _write(date: datetime) -> str:
    return date.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
