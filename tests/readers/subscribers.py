"""Readers that remember: what is new to somebody, and what changed under their eyes."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import NamedTuple

import reader

from readers import newsboat
from readers.rss2email import Mailbox


class News(NamedTuple):
    """What a fetch brought."""

    new: int
    #: newsboat and reader show the new title, link or text in place; rss2email sends a reply.
    changed: int
    unread: int = 0


class Subscriber(ABC):
    """Somebody who reads everything after each fetch."""

    @abstractmethod
    def fetch(self) -> News:
        """Fetch the feed, see what came, and mark all as read."""

    def list_hosts(self) -> set[str]:
        """Return where the articles that are kept link to; nothing where none are kept."""
        return set()


Article = tuple[str, str, str]


class _Keeper(Subscriber):
    """A reader that keeps articles by their ids."""

    def __init__(self) -> None:
        self._kept: dict[str, Article] = {}

    def fetch(self) -> News:
        before, (self._kept, unread) = self._kept, self._update()
        changed = [key for key, one in before.items() if self._kept.get(key) != one]
        return News(len(self._kept.keys() - before.keys()), len(changed), unread)

    @abstractmethod
    def _update(self) -> tuple[dict[str, Article], int]:
        """Return title, link and text of all articles by id, and how many were unread."""

    def list_hosts(self) -> set[str]:
        return {link.rpartition("/")[0] for _, link, _ in self._kept.values()}


class InNewsboat(_Keeper):
    def __init__(self, url: str, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        newsboat.subscribe(url, folder)

    def _update(self) -> tuple[dict[str, Article], int]:
        newsboat.reload(self._folder)
        rows = newsboat.select(self._folder, "SELECT guid, title, url, content FROM rss_item")
        unread = newsboat.select(self._folder, "SELECT guid FROM rss_item WHERE unread")
        # What the key A does: 2.21 src/cache.cpp, Cache::mark_all_read.
        newsboat.select(self._folder, "UPDATE rss_item SET unread = 0")
        return {key: (title, url, content) for key, title, url, content in rows}, len(unread)


class InReader(_Keeper):
    def __init__(self, url: str, folder: Path) -> None:
        super().__init__()
        folder.mkdir(parents=True)
        self._file = folder / "reader.sqlite"
        self._url = url
        with reader.make_reader(str(self._file)) as library:
            library.add_feed(url)

    def _update(self) -> tuple[dict[str, Article], int]:
        with reader.make_reader(str(self._file)) as library:
            library.update_feed(self._url)
            unread = list(library.get_entries(read=False))
            for entry in unread:
                library.mark_entry_as_read(entry)
            kept = {
                entry.id: (entry.title or "", entry.link or "", entry.content[0].value)
                for entry in library.get_entries()
            }
        return kept, len(unread)


class InMail(Subscriber):
    """Somebody who set `reply-changes`, without which rss2email says nothing of changes."""

    def __init__(self, url: str, folder: Path) -> None:
        self._box = Mailbox(folder, [url], changes=True)

    def fetch(self) -> News:
        replies = [mail["In-Reply-To"] is not None for mail in self._box.fetch()]
        return News(replies.count(False), replies.count(True))
