"""The bytes of each feed that a hub was last notified of, and the addresses of feeds.

Whatever is published later is still to be notified, even if the process ends before.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeVar

import msgspec

from ..cache.folders import find_fault, find_folder
from ..config import Config
from ..files import is_strange, make_private
from ..published.guard import PublishedFeed

T = TypeVar("T")

_DATABASE = "websub.sqlite"
_TABLE = "CREATE TABLE IF NOT EXISTS told (name TEXT PRIMARY KEY, topics BLOB NOT NULL)"
#: Seconds to wait for another that writes there.
_PATIENCE = 5.0


def note_published(folder: Path, config: Config, topics: Mapping[str, str]) -> None:
    """If nothing is recorded for the hub, assume that it knows everything that is published."""
    values = (_name(config), msgspec.json.encode(topics))
    _attempt(folder, lambda do: do.execute("INSERT OR IGNORE INTO told VALUES (?, ?)", values))


def read_told(
    out: Path, cache: str | os.PathLike[str] | bool, config: Config
) -> dict[str, str] | None:
    """Return the sha256 of what the hub was told of, by topic; None if that is not known."""
    folder = _find(out, cache)
    return _attempt(folder, lambda do: _read(do, config)) if folder else None


def add_told(
    out: Path,
    cache: str | os.PathLike[str] | bool,
    config: Config,
    before: Mapping[str, str],
    told: Mapping[str, str],
    published: Mapping[str, str],
) -> None:
    """Keep what the hub was told of, of topics that are published still.

    Args:
        out: The published folder.
        cache: See `build`.
        config: Names the hub.
        before: What it was told of until now, if that is not kept.
        told: What it was told of since.
        published: All topics.
    """

    def add(do: sqlite3.Connection) -> None:
        do.execute("BEGIN IMMEDIATE")  # another may have told it of others
        known = {**(_read(do, config) or before), **told}
        topics = {url: sha256 for url, sha256 in known.items() if url in published}
        values = (_name(config), msgspec.json.encode(topics))
        do.execute("INSERT OR REPLACE INTO told VALUES (?, ?)", values)
        do.execute("COMMIT")

    if folder := _find(out, cache):
        _attempt(folder, add)


def _find(out: Path, cache: str | os.PathLike[str] | bool) -> Path | None:
    if cache is False:
        return None
    folder = find_folder(out) if cache is True else Path(cache)
    return None if cache is True and find_fault(folder) else folder


def _name(config: Config) -> str:
    """Return what is stored of one hub and one site: several may keep things in one folder."""
    return f"{config.websub.hub} {config.site.url}"


def _read(do: sqlite3.Connection, config: Config) -> dict[str, str] | None:
    row = do.execute("SELECT topics FROM told WHERE name = ?", (_name(config),)).fetchone()
    return msgspec.json.decode(row[0], type=dict[str, str]) if row else None


def _attempt(folder: Path, act: Callable[[sqlite3.Connection], T]) -> T | None:
    """Return what comes of it, None if nothing can be kept; what is damaged is forgotten."""
    path = folder / _DATABASE
    try:
        make_private(path)
        if is_strange(f"{path}-journal"):  # SQLite would wait for it
            return None
        with closing(sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)) as connection:
            connection.execute(_TABLE)
            return act(connection)
    except (sqlite3.OperationalError, OSError):
        return None
    except (sqlite3.DatabaseError, msgspec.MsgspecError):
        with suppress(OSError):
            path.unlink()
        return None


def list_topics(config: Config, feeds: Iterable[PublishedFeed]) -> dict[str, str]:
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
    config: Config, before: Iterable[PublishedFeed], after: Iterable[PublishedFeed]
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
