"""What settings say of single topics and providers."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

import feedkit
from feedkit.config import Config
from feedkit.config.feed_info import About

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SITE = feedkit.Site(title="Harbour", url="https://feeds.example.org/")


def make_article(number: int, *topics: str) -> feedkit.Article:
    return feedkit.Article(
        url=f"https://news.example.org/{number}",
        title=f"Number {number}",
        published=datetime(2026, 2, number, tzinfo=UTC),
        topics=topics,
        provider=feedkit.Provider(name="Harbour Post", domain="post.example.org"),
    )


def select(*articles: feedkit.Article, **tables: Any) -> dict[str, feedkit.Feed]:
    config = Config(site=SITE, **tables)
    return {feed.path: feed for feed in feedkit.select_feeds(articles, config, now=NOW)}


def test_a_topic_has_the_folder_title_description_and_language_that_are_set() -> None:
    about = About(slug="csharp", title="C# and .NET", description="All of it", language="de")
    feed = select(make_article(1, "c sharp"), topics={"C#": about})["topics/csharp"]
    assert (feed.title, feed.description, feed.language) == ("C# and .NET", "All of it", "de")
    for form in feedkit.FORMATS:
        body = feedkit.render(feed, form).body.decode()
        assert "C# and .NET" in body
        assert ">de<" in body or '"de"' in body
    assert json.loads(feedkit.render(feed, "json").body)["items"][0]["tags"] == ["c sharp"]


def test_a_provider_is_named_by_its_domain() -> None:
    feeds = select(make_article(1), providers={"www.Post.example.org": About(title="The Post")})
    assert feeds["providers/post.example.org"].title == "The Post"
    assert feeds["providers/post.example.org"].entries[0].article.provider is not None


def test_what_is_not_set_follows_from_the_records() -> None:
    feed = select(make_article(1, "Tides"), topics={"tides": About(title="The tides")})
    found = feed["topics/tides"]
    assert (found.description, found.language) == ("The tides: news and related coverage", "en")


@pytest.mark.parametrize("others", [(), ("csharp",)])
def test_a_folder_that_settings_give_away_is_not_anothers_too(others: tuple[str, ...]) -> None:
    topics = {"C#": About(slug="csharp")}
    feeds = select(make_article(1, "C#"), make_article(2, "Tides", *others), topics=topics)
    paths = [path for path in feeds if path.startswith("topics/")]
    assert "topics/csharp" in paths
    assert [entry.article.title for entry in feeds["topics/csharp"].entries] == ["Number 1"]
    assert len(paths) == 2 + len(others)


def test_a_source_is_where_the_providers_feed_stands() -> None:
    feeds = select(make_article(1), providers={"post.example.org": About(slug="the-post")})
    assert feeds["all"].entries[0].source == "providers/the-post"
