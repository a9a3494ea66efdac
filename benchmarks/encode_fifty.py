"""50 Articles to one Atom document: feedkit and feedgen, turn by turn in one process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from feedgen.feed import FeedGenerator  # type: ignore[import-untyped]

import feedkit

SITE = feedkit.Site(title="News", url="https://news.example.com/")
START = datetime(2026, 1, 1, tzinfo=UTC)
ARTICLES = [
    feedkit.Article(
        url=f"https://news.example.com/2026/{number}/",
        title=f"Headline number {number} & what came of it",
        published=START + timedelta(hours=number),
        summary="A sentence or two that say what the article is about. " * 3,
        provider=feedkit.Provider(name="News", domain="news.example.com"),
        topics=("Feeds", "Web"),
        related=tuple(
            feedkit.RelatedArticle(
                url=f"https://other.example.com/{number}/{place}/",
                title=f"Another view, {place}",
                published=START,
            )
            for place in range(2)
        ),
    )
    for number in range(50)
]


def with_feedkit() -> bytes:
    """Return the document as feedkit makes it, from Articles that it cleans first."""
    feed = feedkit.make_feed(ARTICLES, SITE, title="News", path="news")
    return feedkit.render(feed, "atom").body


def with_feedgen() -> bytes:
    """Return the document as feedgen makes it: less in it, and none of it cleaned."""
    made = FeedGenerator()
    made.id("https://news.example.com/news/")
    made.title("News")
    made.link(href="https://news.example.com/news/", rel="alternate")
    made.updated(ARTICLES[-1].published)
    for article in reversed(ARTICLES):
        entry = made.add_entry(order="append")
        entry.id(article.url)
        entry.title(article.title)
        entry.link(href=article.url, rel="alternate")
        for item in article.related:
            entry.link(href=item.url, rel="related", title=item.title)
        entry.summary(article.summary)
        entry.content(f"<p>{article.summary}</p>", type="html")
        entry.author(name="News")
        entry.category([{"term": topic} for topic in article.topics])
        entry.published(article.published)
        entry.updated(article.published)
    return bytes(made.atom_str())


def main() -> None:
    """Print medians of 200 turns and their ratio."""
    times: dict[str, list[float]] = {"feedkit": [], "feedgen": []}
    makers: dict[str, Callable[[], bytes]] = {"feedkit": with_feedkit, "feedgen": with_feedgen}
    for turn in range(201):
        for name, make in makers.items():
            start = time.perf_counter()
            make()
            if turn:
                times[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(found) for name, found in times.items()}
    for name, median in medians.items():
        print(f"{name}: {median * 1000:.2f} ms")
    print(f"feedkit / feedgen: {medians['feedkit'] / medians['feedgen']:.2f}")


if __name__ == "__main__":
    main()
