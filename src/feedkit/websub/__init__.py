"""Hubs notified of feeds whose bytes changed (W3C WebSub), with httpx.

WebSub leaves open how a hub is notified; all accept ``hub.mode=publish`` with one ``hub.url``. For
several, pubsubhubbub.appspot.com wants that field again and Superfeedr ``hub.url[]``, so that each
feed is a request of its own, over one connection.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, NamedTuple

from ..config import Config, as_config
from ..config.settings import Site
from ..errors import ConfigError, FeedkitError, show
from ..limits import HUB_BYTES
from ..models import Report
from ..published.previous import read_published
from .state import add_told, list_topics, read_told

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import httpx


class Ping(NamedTuple):
    """What telling the hub came to."""

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
    """Tell the hub of the feeds whose bytes are not those that it was last told of.

    Where nothing is stored, of those that `report` names. Nothing but the hub is connected to, and
    where it redirects, it is not followed. What it cannot be told now is told at the next call.

    Args:
        report: Of the build that has ended.
        out: See `build`; its files must be where the hub looks for them.
        config: See `build`.
        cache: See `build`.
        timeout: Seconds to wait for each step of an answer. The first that does not come, or
            says that the hub is at fault, is the last that is waited for.
        total: Seconds after which no more is told.

    Raises:
        ConfigError: There is no hub.
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
        ConfigError: There is no hub.
        FeedkitError: httpx is not installed.
    """
    if not config.websub.hub:
        raise ConfigError("feedkit.toml", 0, "websub.hub", "nothing", "the address of a hub")
    if find_spec("httpx") is None:
        raise FeedkitError("httpx is not installed: pip install httpx")


def _tell_in_time(
    hub: str, owed: Sequence[str], told: list[str], timeout: float, total: float
) -> str:
    """Do as `_tell`, and no longer: a hub may send a byte whenever its time is nearly over."""
    over, problems = Event(), list[str]()
    asking = Thread(
        target=lambda: problems.append(_tell(hub, owed, told, timeout, over)), daemon=True
    )
    asking.start()
    asking.join(total)
    over.set()
    return problems[0] if problems else f"{hub}: expected to be done in {total:g} s, was not"


def _tell(hub: str, owed: Iterable[str], told: list[str], timeout: float, over: Event) -> str:
    """Add to `told` what the hub was told of, and return the first reason why it was not."""
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
