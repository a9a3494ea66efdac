"""newsboat: what its cache holds after a reload, and what its screen shows.

An article stands in its cache once, in the feed read last: each address gets a cache of its own.
"""

import os
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from readers.shown import Shown

_COLUMNS = "guid, title, url, author, pubDate, content"


def newsboat(folder: Path, *more: str) -> list[str]:
    """Return the command that knows nothing but what lies in `folder`."""
    files = {"-u": "urls", "-c": "cache.db", "-C": "config"}
    options = [part for option, name in files.items() for part in (option, str(folder / name))]
    return ["newsboat", *options, *more]


def subscribe(url: str, folder: Path) -> None:
    """Make a folder for the one feed."""
    folder.mkdir(parents=True)
    (folder / "urls").write_text(f"{url}\n")
    (folder / "config").write_text("")


def reload(folder: Path) -> None:
    """Fetch what the folder names."""
    environ = {**os.environ, "HOME": str(folder)}
    subprocess.run(newsboat(folder, "-x", "reload"), env=environ, check=True)


def read(urls: Sequence[str], folder: Path) -> dict[str, list[Shown]]:
    found = {}
    for number, url in enumerate(urls):
        subscribe(url, folder / str(number))
        reload(folder / str(number))
        rows = select(folder / str(number), f"SELECT {_COLUMNS} FROM rss_item")
        found[url] = [_read_row(*row) for row in rows]
    return found


def select(folder: Path, query: str) -> list[tuple[str, ...]]:
    """Ask, or change, the cache."""
    with closing(sqlite3.connect(folder / "cache.db")) as cache, cache:
        return cache.execute(query).fetchall()


def _read_row(guid: str, title: str, url: str, author: str, date: str, content: str) -> Shown:
    published = datetime.fromtimestamp(int(date), UTC)
    return Shown(id=guid, title=title, link=url, author=author, published=published, html=content)


@contextmanager
def screen(folder: Path) -> Iterator["Screen"]:
    """Open the one feed's list of articles on a terminal of its own."""
    terminal = Screen(folder)
    command = newsboat(folder, "-r")
    terminal.run("new-session", "-d", "-x", "100", "-y", "60", *command)
    try:
        terminal.press("Enter", wait_for="Articles in feed")
        yield terminal
    finally:
        terminal.run("kill-server")


class Screen:
    """A terminal that a program runs in."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, *arguments: str) -> str:
        # The name of a socket may be no longer than 107 bytes: it is said from its folder.
        command = ["tmux", "-u", "-f", "/dev/null", "-S", "tmux", *arguments]
        environ = {**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(self._folder)}
        return subprocess.run(
            command,
            cwd=self._folder,
            env=environ,
            check=True,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        ).stdout

    def press(self, key: str, *, wait_for: str) -> str:
        """Press a key until, within ten seconds, the text is there; return the screen."""
        for _ in range(100):
            if wait_for in (text := self.run("capture-pane", "-p")):
                return text
            if "Your feeds" in text or "Articles in feed" in text:
                self.run("send-keys", key)
            time.sleep(0.1)
        raise TimeoutError(f"no {wait_for!r} on the screen:\n{text}")
