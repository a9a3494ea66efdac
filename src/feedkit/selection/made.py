"""Which of the selected feeds are made: none of few articles, and not too many. Pure."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator
from typing import NamedTuple

from ..config import Config
from ..errors import RecordError, show
from ..settings import FeedSettings
from .select import Selected, list_topics


class Made(NamedTuple):
    """The feeds that are made, and those that are not."""

    #: In order of path.
    feeds: list[Selected]
    #: With fewer articles than `min_articles`.
    few: list[Selected]
    #: Beyond `max_feeds`, the next to be made first.
    beyond: list[Selected]

    @property
    def few_paths(self) -> list[str]:
        """The paths of feeds of few articles, in order."""
        return sorted(feed.path for feed in self.few)

    def list_paths(self) -> list[str]:
        """Return the paths of all feeds that are not made, in order."""
        return sorted(feed.path for feed in (*self.few, *self.beyond))


def choose_made(
    selected: Iterable[Selected],
    settings: FeedSettings,
    published: Container[str],
    others: int = 0,
) -> Made:
    """Return which feeds are made; one that is published always is, and so is that of all.

    Args:
        selected: Those that have entries.
        settings: `min_articles` and `max_feeds`.
        published: The paths of feeds that subscribers may have, emptied ones too.
        others: How many more feeds there are, all of them published.
    """
    made, new, few = [], [], []
    for feed in selected:
        if feed.kind == "all" or feed.path in published:
            made.append(feed)
        elif feed.articles < settings.min_articles:
            few.append(feed)
        else:
            new.append(feed)
    room = max(0, settings.max_feeds - len(made) - others)
    new.sort(key=lambda feed: (-feed.articles, feed.path))
    feeds = sorted([*made, *new[:room]], key=lambda feed: feed.path)
    return Made(feeds, few, new[room:])


def explain_few(paths: Collection[str]) -> list[str]:
    """Return a line about the feeds that are not made since they have few articles, if any.

    Args:
        paths: Of these feeds.
    """
    if not paths:
        return []
    feeds = "1 feed is" if len(paths) == 1 else f"{len(paths):,} feeds are"
    return [f"{feeds} not made ({min(paths)} first): fewer articles than feeds.min_articles"]


def find_beyond_error(made: Made, config: Config) -> list[RecordError]:
    """Return why feeds beyond `max_feeds` are not made, naming the first record of any."""
    if not made.beyond:
        return []
    sources = (source for feed in made.beyond for source in _list_fields(feed, config))
    name, field, value = min(sources)
    count, first = len(made.beyond), made.beyond[0].path
    feeds = "1 new one is" if count == 1 else f"{count:,} new ones are"
    wanted = f"at most feeds.max_feeds = {config.feeds.max_feeds} feeds"
    return [RecordError(name, 0, field, show(value), f"{wanted} ({feeds} not made, {first} first)")]


def _list_fields(feed: Selected, config: Config) -> Iterator[tuple[str, str, str]]:
    """Yield the name, the field and its value of each record that makes a feed."""
    for node in feed.nodes:
        for row in node.records:
            if feed.kind == "providers" and row.provider == feed.slug:
                yield row.name, "provider", row.provider_name
            for topic in row.topics if feed.kind == "topics" else ():
                if feed.slug in list_topics(config, [topic]):
                    yield row.name, "topics", topic
        for row, place in node.listings if feed.kind == "providers" else ():
            yield row.name, f"related[{place}].provider", row.items[place].provider_name
