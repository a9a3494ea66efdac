"""Hubs notified of feeds whose bytes changed (W3C WebSub), with httpx.

The digest of each feed that a hub was last notified of is stored in a database beside the cache, so
that a change is notified at the next call even if the process ends before. Each feed is a request
of its own, over one connection: all hubs accept ``hub.mode=publish`` with one ``hub.url``, but for
several pubsubhubbub.appspot.com wants that field again and Superfeedr ``hub.url[]``.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from importlib.util import find_spec
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec

from ..cache import find_fault, find_folder
from ..config import Config, as_config
from ..config.settings import Site
from ..errors import ConfigError, FeedkitError, show
from ..files import is_strange, make_private
from ..limits import HUB_BYTES
from ..models import Report
from ..published.guard import PublishedFeed
from ..published.previous import read_published

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx


class Ping(NamedTuple):
    """The result of notifying a hub."""

    told: tuple[str, ...] = ()
    """Addresses of feeds that it was told of, in order."""
    owed: tuple[str, ...] = ()
    """Those that it is owed, because of `problem`."""
    problem: str = ""
    """One line; empty if all is well."""


def ping(
    report: Report,
    out: str | os.PathLike[str],
    config: Config | Site,
    *,
    cache: str | os.PathLike[str] | bool = True,
    timeout: float = 10,
    total: float = 60,
) -> Ping:
    """Notify the hub of the feeds whose bytes changed since it was last notified.

    If there is no cache, these are the feeds that `report` names. Only the hub is connected to, and
    redirects are not followed. A feed that cannot be notified now is notified at the next call.

    Args:
        report: The report of the build.
        out: See `build`; its files must be published where the hub requests them.
        config: See `build`.
        cache: See `build`.
        timeout: Seconds to wait for each step of an answer. After the first answer that does not
            come, or is a server error, no other feed is notified.
        total: Seconds after which no other feed is notified.

    Raises:
        ConfigError: The settings name no hub.
        FeedkitError: httpx is not installed.
        PublishError: ``feeds.json`` cannot be read.
    """
    config, out = as_config(config), Path(out)
    check_hub(config)
    topics = list_topics(config, read_published(out).feeds)
    known = read_told(out, cache, config)
    if known is None:
        changed = {*report.changed}
        known = {url: sha256 for url, sha256 in topics.items() if url not in changed}
    owed = [url for url in sorted(topics) if known.get(url) != topics[url]]
    if not owed:
        return Ping()
    told: list[str] = []
    try:
        problem = _tell_in_time(config.websub.hub, owed, told, timeout, total)
    finally:
        add_told(out, cache, config, known, {url: topics[url] for url in told}, topics)
    return Ping(tuple(told), tuple(sorted({*owed}.difference(told))), problem)


def check_hub(config: Config) -> None:
    """Refuse settings without a hub, and a machine on which it cannot be told anything.

    Raises:
        ConfigError: The settings name no hub.
        FeedkitError: httpx is not installed.
    """
    if not config.websub.hub:
        raise ConfigError("feedkit.toml", 0, "websub.hub", "nothing", "the address of a hub")
    if find_spec("httpx") is None:
        raise FeedkitError("httpx is not installed: pip install httpx")


def _tell_in_time(
    hub: str, owed: Sequence[str], told: list[str], timeout: float, total: float
) -> str:
    """Call `_tell` until its time is over: a hub may send a byte whenever it would be."""
    over, problems = Event(), list[str]()
    asking = Thread(
        target=lambda: problems.append(_tell(hub, owed, told, timeout, over)), daemon=True
    )
    asking.start()
    asking.join(total)
    over.set()
    return problems[0] if problems else f"{hub}: expected to be done in {total:g} s, was not"


def _tell(hub: str, owed: Iterable[str], told: list[str], timeout: float, over: Event) -> str:
    """Add the notified feeds to `told`, and return the first reason of a failure."""
    import httpx

    problem, url = "", ""
    try:
        # A proxy would be told too, and what the environment says of certificates may be wrong.
        with httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False) as client:
            for url in owed:
                status, found = _post(client, hub, url)
                if over.is_set():
                    break
                if 200 <= status < 300:
                    told.append(url)
                    continue
                problem = problem or f"{hub}: expected 2xx for {url}, got {found}"
                if status == 429 or not 400 <= status < 500:  # not about this one feed
                    break
    # ValueError: a host that is no name, which is found out while connecting.
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        found = str(error) or type(error).__name__
        return problem or f"{hub}: expected an answer for {url}, got {show(found)}"
    return problem


def _post(client: httpx.Client, hub: str, url: str) -> tuple[int, str]:
    """Return the status that a hub answers with, and how it is shown."""
    with client.stream("POST", hub, data={"hub.mode": "publish", "hub.url": url}) as answer:
        length = answer.headers.get("Content-Length", "")
        if answer.status_code == 204 or (length.isdecimal() and int(length) <= HUB_BYTES):
            # Else the connection could not be used again; as it came, since what is packed may
            # be a thousand times as much.
            for _ in answer.iter_raw():
                pass
        place = answer.headers.get("Location")
        found = f"{answer.status_code} {answer.reason_phrase}".strip()
        return answer.status_code, f"{found}, to {show(place)}" if place else found


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
    """Return the digests of the feeds that the hub was notified of, by topic; None if unknown."""
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
    """Store the feeds that the hub was notified of, without those that are no longer published.

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
    """Return the name of the record of one hub and one site."""
    return f"{config.websub.hub} {config.site.url}"


def _read(do: sqlite3.Connection, config: Config) -> dict[str, str] | None:
    row = do.execute("SELECT topics FROM told WHERE name = ?", (_name(config),)).fetchone()
    return msgspec.json.decode(row[0], type=dict[str, str]) if row else None


def _attempt(folder: Path, act: Callable[[sqlite3.Connection], T]) -> T | None:
    """Return the result of a database operation, None if the database cannot be used."""
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
    """Return the addresses of feeds whose bytes differ from those published before."""
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
