"""The articles that the example views serve; yours come from a database.

A view serves a feed at the address that the feed itself names, for readers go there:
the site's address, then the path given to `make_feed`, then the format's file name.
"""

from datetime import UTC, datetime

import feedkit

SITE = feedkit.Site(
    title="Harbour News", url="https://example.org/feeds/", home="https://example.org/"
)
FORMATS: dict[str, feedkit.Format] = {"atom.xml": "atom", "rss.xml": "rss", "feed.json": "json"}


def find_articles(topic: str) -> list[feedkit.Article]:
    """Return the articles on a topic, in any order."""
    return [
        feedkit.Article(
            url=f"https://example.org/{topic}/{day}/",
            title=f"The {topic} on day {day}",
            published=datetime(2026, 5, day, tzinfo=UTC),
            topics=(topic,),
        )
        for day in (1, 2, 3)
    ]
