"""The story of a site that moves, as a subscriber of lemon24/reader sees it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import reader

import feedkit
from tides import NOW, SITE, list_held, write

FEEDS = ("all/atom.xml", "all/rss.xml", "all/feed.json")
MOVED = feedkit.Config(site=SITE, moved={"https://old.example/": "https://new.example/news/"})


class Subscriber:
    """Somebody who has read all that there is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._library = reader.make_reader(":memory:", feed_root=str(folder / "out"))
        for feed in FEEDS:
            self._library.add_feed(feed)

    def publish(self, start: str, config: feedkit.Config, **more: Any) -> feedkit.Report:
        """Build the feeds of ten articles whose addresses begin so."""
        for number in range(10):
            write(self.folder / "in", number, url=f"{start}{number}")
        return feedkit.build(self.folder / "in", self.folder / "out", config, now=NOW, **more)

    def read_all(self) -> None:
        """Look at every entry that there is."""
        self._library.update_feeds()
        for entry in self._library.get_entries(read=False):
            self._library.mark_entry_as_read(entry)

    def count_news(self) -> tuple[int, int, set[str]]:
        """Return how many entries are new, how many are unread, and the hosts that all link to."""
        results = [self._library.update_feed(feed) for feed in FEEDS]
        new = sum(result.new for result in results if result)
        unread = self._library.get_entry_counts(read=False).total or 0
        links = [entry.link or "" for entry in self._library.get_entries()]
        return new, unread, {link.rpartition("/")[0] for link in links}


@pytest.fixture
def subscriber(tmp_path: Path) -> Iterator[Subscriber]:
    """Somebody who has read all while the site was still served by http."""
    someone = Subscriber(tmp_path)
    someone.publish("http://old.example/", feedkit.Config(site=SITE))
    someone.read_all()
    assert someone.count_news() == (0, 0, {"http://old.example"})
    yield someone
    someone._library.close()


def test_a_site_moves_to_https_and_then_to_a_new_domain_and_nothing_is_new(
    subscriber: Subscriber,
) -> None:
    subscriber.publish("https://old.example/", feedkit.Config(site=SITE))
    assert subscriber.count_news() == (0, 0, {"https://old.example"})
    assert subscriber.publish("https://new.example/news/", MOVED).exit_status == 0
    assert subscriber.count_news() == (0, 0, {"https://new.example/news"})


def test_without_saying_that_it_moved_nobody_is_shown_anything(subscriber: Subscriber) -> None:
    report = subscriber.publish("https://new.example/news/", feedkit.Config(site=SITE))
    assert list_held(report) == ["all", "providers/harbour.example", "topics/tides"]
    assert subscriber.count_news() == (0, 0, {"http://old.example"})


def test_who_allows_it_marks_all_as_unread(subscriber: Subscriber) -> None:
    allowed = {"allow_resurface": True, "allow_shrink": True}
    subscriber.publish("https://new.example/news/", feedkit.Config(site=SITE), **allowed)
    new, unread, _ = subscriber.count_news()
    assert (new, unread) == (30, 30)
