"""50 Articles to one Atom document: feedkit and feedgen, turn by turn in one process.

Both say the same; feedkit cleans and resolves the Articles first.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

from feedgen.feed import FeedGenerator  # type: ignore[import-untyped]

import feedkit

SITE = feedkit.Site(title="News", url="https://news.example.com/")
START = datetime(2026, 1, 1, tzinfo=UTC)
HOUSE = feedkit.Provider(
    name="Harbour Gazette",
    domain="news.example.com",
    images=(feedkit.Image(url="https://news.example.com/icon.png", width=50, height=50),),
)
ARTICLES = [
    feedkit.Article(
        url=f"https://news.example.com/2026/{number}/",
        title=f"Headline number {number} & what came of it",
        published=START + timedelta(hours=number),
        summary=" ".join(["A sentence or two that say what the article is about."] * 3),
        provider=HOUSE,
        topics=("Feeds", "Web"),
        images=(
            feedkit.Image(
                url=f"https://news.example.com/2026/{number}/p.jpg", width=800, height=480
            ),
        ),
        related=tuple(
            feedkit.RelatedArticle(
                url=f"https://other.example.com/{number}/{place}/",
                title=f"Another view, {place}",
                published=START,
                provider=feedkit.Provider(name="Other Paper", domain="other.example.com"),
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
    """Return a document that says the same, nothing of it cleaned, with feedgen."""
    made = FeedGenerator()
    made.load_extension("media", atom=True, rss=False)
    made.id("https://news.example.com/news/")
    made.title("News")
    made.link(href="https://news.example.com/news/", rel="alternate")
    made.updated(ARTICLES[-1].published)
    for article in reversed(ARTICLES):
        add_entry(made.add_entry(order="append"), article)
    return bytes(made.atom_str())


def add_entry(entry: Any, article: feedkit.Article) -> None:
    """Say with feedgen what feedkit says of an article."""
    (image,) = article.images
    picture = {"url": image.url, "width": str(image.width), "height": str(image.height)}
    entry.id(article.url)
    entry.title(article.title)
    entry.link(href=article.url, rel="alternate", type="text/html")
    for item in article.related:
        entry.link(href=item.url, rel="related", type="text/html", title=item.title)
    entry.summary(article.summary)
    entry.content(write_html(article), type="html")
    entry.author(name=HOUSE.name, uri="https://news.example.com/")
    scheme = "https://news.example.com/topics/"
    entry.category([{"term": topic, "scheme": scheme} for topic in article.topics])
    entry.published(article.published)
    entry.updated(article.published)
    entry.media.thumbnail(picture, group=None)
    entry.media.content({**picture, "type": "image/jpeg", "medium": "image"}, group=None)


def write_html(article: feedkit.Article) -> str:
    """Return an entry's HTML as someone would write it by hand."""
    items = "".join(
        f'<li><a href="{escape(item.url)}">{escape(item.title)}</a>'
        f" – Other Paper, {item.published:%Y-%m-%d}</li>"
        for item in article.related
    )
    return (
        f'<p><img src="{escape(article.images[0].url)}" alt="" width="800" height="480"></p>'
        f"<p>{escape(article.summary)}</p>"
        f'<p>Source: <a href="{escape(article.url)}">{HOUSE.name}</a></p>'
        f"<p><strong>Related coverage</strong></p><ul>{items}</ul>"
    )


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
