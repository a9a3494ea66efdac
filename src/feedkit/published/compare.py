"""Feeds as published compared with the same feeds as a build would publish them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from itertools import chain
from typing import NamedTuple

import msgspec

from ..config import Config
from ..config.addresses import SLUG
from ..config.feed_info import topic_slug
from ..config.ids import Moves
from ..config.settings import Kind
from ..models import Format
from ..text.urls import article_id, article_key
from .feeds import Follow, decode_entries
from .guard import (
    GuardFinding,
    PublishedEntry,
    PublishedFeed,
    ResurfacedPair,
    find_resurfaced,
    hash_settings,
    judge_feed,
)

#: The first can be read in the least time.
_READ: tuple[Format, ...] = ("json", "atom", "rss")


class PublishedState(NamedTuple):
    """The feeds that subscribers have."""

    feeds: list[PublishedFeed]
    read: Callable[[str], bytes | None]
    """Returns the bytes of a file by its name, None if there is none."""
    is_here: bool
    """Whether they stand where the next ones are published."""
    has_copies: bool = False
    """Whether gzipped copies may stand beside them."""
    strange: Sequence[str] = ()
    """Files that their manifest names and that no feed can be called; they are left alone."""
    words: Sequence[str] = ()
    """Words of other programs that their build looked for in records."""
    ahead: datetime | None = None
    """The newest date in them, if that is to come; their own dates are those that are past."""

    def list_paths(self) -> set[str]:
        """Return the paths of all feeds at their own addresses, emptied ones too."""
        return {feed.path for feed in self.feeds if feed.redirect is None}

    def find_standing(self) -> dict[str, PublishedFeed]:
        """Return the feeds at their own addresses that have entries, by path."""
        feeds = (feed for feed in self.feeds if not feed.gone and feed.redirect is None)
        return {feed.path: feed for feed in feeds}


class FeedBody(NamedTuple):
    """One file of a feed."""

    name: str
    format: Format
    data: bytes


class GuardResult(msgspec.Struct, frozen=True):
    """The result of comparing a feed with the published one."""

    findings: list[GuardFinding] = []
    """Why the feed is to be held back."""
    again: list[ResurfacedPair] = []
    """Entries that would be shown as new again, though they may be too few to hold it back."""
    shown: list[PublishedEntry] = []
    """What any of its files shows, if it may be held: one that is withheld outweighs all else.
    """
    count: int = 0
    """How many entries are wanted."""
    resurfaced: list[str] = []
    """The published ids of entries that are wanted under others, whether that is allowed or not."""
    is_unread: bool = False
    """Whether none of its published files can be read."""
    new: list[PublishedEntry] = []
    """Of a feed that is to be published for the first time: its entries."""

    @property
    def is_wary(self) -> bool:
        """Whether nothing is to be staged before the other feeds are known."""
        return bool(self.findings or self.again or self.new)


Compare = Callable[[str, Sequence[FeedBody]], GuardResult]
"""Given a feed's path and what is to stand there."""


def make_comparer(
    config: Config,
    past: PublishedState,
    *,
    allow_resurface: bool,
    allow_shrink: bool,
    has_unread: bool,
) -> Compare | None:
    """Return a function that compares a feed with the published one, None if none is needed.

    Args:
        config: The settings of the wanted feeds.
        past: The published ones.
        allow_resurface: Whether entries may be shown as new again.
        allow_shrink: Whether they may be missing.
        has_unread: Whether records cannot be read.
    """
    before = past.find_standing()
    if not before or (allow_resurface and allow_shrink):
        return None
    follow = Moves(config.moved).follow if config.moved else str
    most = None if allow_resurface else config.feeds.max_resurfaced
    settings = "" if allow_shrink else hash_settings(config.feeds)

    def compare(path: str, bodies: Sequence[FeedBody]) -> GuardResult:
        feed = before.get(path)
        if feed and feed.files == _hash_bodies(bodies):
            return GuardResult()
        wanted = _read_entries(sorted(bodies, key=lambda body: _READ.index(body.format)))
        if feed is None:
            return GuardResult(new=wanted or [])
        files = list(_load_files(feed, past))
        shown = _read_entries(files, follow)
        if shown is None or wanted is None:
            return GuardResult(is_unread=True)
        is_same = settings and settings == split_settings(feed.settings)
        limit = config.feeds.limit
        findings = judge_feed(
            shown,
            wanted,
            most=most,
            limit=limit if is_same else None,
            unread=limit if has_unread and not allow_shrink else None,
        )
        again = find_resurfaced(shown, wanted)
        ids, again = [old.id for _, old in again], [] if most is None else again
        if (findings or again) and _has_moved_back(shown, wanted):
            return GuardResult()
        every = _read_all(files, follow) if findings or again else []
        return GuardResult(findings, again, every, len(wanted), ids)

    return compare


def make_settings_hasher(config: Config) -> Callable[[str], str]:
    """Return a function that makes a digest of the settings of the feed at a path.

    It is equal while the same settings say what feeds hold, where they stand, which topic or
    provider this one is of, which articles have moved, and, if ``feeds.roll_up`` lets it hold
    other topics' articles, which topics stand below which. What `split_settings` returns of it
    concerns all feeds.
    """
    common, feeds = hash_settings(config.feeds), config.feeds
    parents = sorted((own, one.parent) for own, one in config.topics.items() if one.parent)
    above = {topic_slug(parent) for _, parent in parents} if feeds.roll_up else set()

    def hash_of(path: str) -> str:
        owners = [*_find_owners(config, path)]
        own = {
            "moved": config.moved,
            "owner": [owner for folder, owner in owners if folder != owner],
            "parents": parents if not above.isdisjoint(owner for _, owner in owners) else [],
        }
        if not any(own.values()):
            return common
        data = msgspec.json.encode(own, order="deterministic")
        return f"{common}.{sha256(data).hexdigest()[:8]}"

    return hash_of


def split_settings(hashed: str) -> str:
    """Return the part of a settings digest that concerns all feeds."""
    return hashed.partition(".")[0]


def _find_owners(config: Config, path: str) -> Iterable[tuple[str, str]]:
    """Yield the folder of a feed, and the slug of its topic or provider."""
    kinds: tuple[Kind, Kind] = ("topics", "providers")
    for kind in kinds:
        template = getattr(config.feeds, kind)
        if template is not False:
            head, _, tail = template.partition(SLUG)
            folder = path.removeprefix(head).removesuffix(tail)
            if head + folder + tail == path:
                yield folder, config.find_owner(kind, folder)


def read_entries(config: Config, past: PublishedState, feed: PublishedFeed) -> list[PublishedEntry]:
    """Return the entries of all files of a published feed, by their addresses of now."""
    return _read_all(_load_files(feed, past), Moves(config.moved).follow if config.moved else str)


def stands_where_it_began(one: PublishedEntry) -> bool:
    """Return whether an entry's id is made of the address that it has, so that it never moved."""
    spellings = {one.link, one.url.partition("://")[2]}
    return any(one.id in _list_made(spelling) for spelling in spellings)


def _list_made(spelling: str) -> tuple[str, ...]:
    """Return the ids that are made of an address without its scheme."""
    https = f"https://{spelling}"
    return article_id(https), https, f"http://{spelling}"


def _read_all(files: Iterable[FeedBody], follow: Follow) -> list[PublishedEntry]:
    # A build that died may have left files of two states.
    return list(chain.from_iterable(_read_entries([file], follow) or [] for file in files))


def _has_moved_back(shown: Iterable[PublishedEntry], wanted: Iterable[PublishedEntry]) -> bool:
    """Return whether entries moved away from their first address and are back now.

    Then a line of ``[moved]`` is gone, by which what is published was known: whether any of it
    is withheld, nobody can tell.
    """
    began: dict[str, str] = {}
    for one in wanted:
        # What has another id may be what a record names: that is no sign of where it began.
        if one.link and stands_where_it_began(one):
            ids = (one.link, article_id(f"https://{one.link}"), article_id(one.url))
            began |= dict.fromkeys(ids, one.link)
    return any(began.get(article_key(old.id) or old.id, old.link) != old.link for old in shown)


def _hash_bodies(bodies: Iterable[FeedBody]) -> dict[str, str]:
    return {body.name: sha256(body.data).hexdigest() for body in bodies}


def _load_files(feed: PublishedFeed, past: PublishedState) -> Iterable[FeedBody]:
    prefix = f"{feed.path}/" if feed.path else ""
    for name in sorted(feed.files, key=lambda name: _READ.index(feed.format_of(name))):
        data = past.read(prefix + name)
        if data is not None:
            yield FeedBody(name, feed.format_of(name), data)


def _read_entries(bodies: Iterable[FeedBody], follow: Follow = str) -> list[PublishedEntry] | None:
    """Return the entries of the first that can be read; all hold the same."""
    for body in bodies:
        try:
            return decode_entries(body.data, body.format, follow)
        except ValueError:
            continue
    return None


_EPOCH = "1970-01-01T00:00:00Z"
#: By format: the date of an entry's publication, and those of changes, of the feed's own first.
_DATES = {
    "atom": re.compile(rb"(?<=<published>)[^<]+|(?<=<updated>)[^<]+"),
    "rss": re.compile(rb"(?<=<pubDate>)[^<]+|(?<=<lastBuildDate>)[^<]+|(?<=<atom:updated>)[^<]+"),
    "json": re.compile(rb'(?<="date_published":")[^"]+|(?<="date_modified":")[^"]+'),
}
_PUBLISHED = {"atom": b"<published>", "rss": b"<pubDate>", "json": b'"date_published":"'}


def limit_newest(past: PublishedState, config: Config, now: datetime) -> PublishedState:
    """Return the published state without dates in the future.

    Args:
        past: What is published.
        config: See `read_entries`.
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

    def limit(feed: PublishedFeed) -> PublishedFeed:
        if feed.path not in paths:
            return feed
        dates = [one.published for one in read_entries(config, past, feed)]
        newest = max([one for one in dates if one <= now.timestamp()], default=None)
        day = others if newest is None else _write(datetime.fromtimestamp(newest, UTC))
        return msgspec.structs.replace(feed, newest=day)

    return past._replace(feeds=list(map(limit, past.feeds)), ahead=max(ahead, default=None))


def limit_dates(data: bytes, format: Format, newest: str, now: datetime) -> bytes:
    """Return the bytes of a published feed without dates of change that are to come.

    Args:
        data: The bytes that feedkit wrote.
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
    """Return functions that read and write dates in this form: RFC 3339, or RFC 822."""
    if date[:1].isdigit():
        return datetime.fromisoformat, _write
    from email.utils import format_datetime, parsedate_to_datetime  # which few builds need

    return parsedate_to_datetime, lambda one: format_datetime(one.astimezone(UTC), usegmt=True)


def _write(date: datetime) -> str:
    return date.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
