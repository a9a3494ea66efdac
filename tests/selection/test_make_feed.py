"""One feed for a web view, by the settings of the feed that a build publishes at its path."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

import feedkit
from feedkit import About, Article, Config, FeedSettings, Image, Labels, Provider, Site

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SITE = Site(title="Harbour", url="https://feeds.example.org/", home="https://example.org/")
C_SHARP = About(
    slug="csharp",
    title="C# and .NET",
    description="All of C#.",
    language="de",
    images=(Image(url="/csharp.png", width=64, height=64),),
)
COAST = About(title="The Coast", description="From the coast.", language="fr")
CONFIG = Config(
    site=SITE,
    feeds=FeedSettings(limit=3, related="links"),
    topics={"C#": C_SHARP, "csharp": About(title="Another"), "Tides": About(title="High tides")},
    providers={"coast.example": COAST, "Node.js": About(slug="node", title="Node")},
    labels=Labels(description="What is new in {title}"),
)
FRAME = ("title", "home_page_url", "feed_url", "description", "language", "icon", "favicon")


def articles(count: int = 5, **fields: Any) -> list[Article]:
    return [
        Article(
            url=f"https://coast.example/{number}",
            title=f"Article {number}",
            published=NOW - timedelta(days=number),
            **{
                "topics": ("C#", "csharp!", "Tides"),
                "provider": Provider(
                    name="Coast", domain="coast.example", images=(Image(url="https://c.example/i"),)
                ),
                **fields,
            },
        )
        for number in range(count)
    ]


def make(path: str = "topics/csharp", config: Config | Site = CONFIG, **more: Any) -> feedkit.Feed:
    return feedkit.make_feed(articles(), config, path=path, **more)


def read_frame(body: bytes) -> dict[str, Any]:
    made = json.loads(body)
    return {name: made.get(name) for name in FRAME}


@pytest.mark.parametrize("format", feedkit.FORMATS)
@pytest.mark.parametrize(
    "path", ["all", "topics/csharp", "topics/tides", "providers/coast.example"]
)
def test_a_view_has_the_frame_and_the_number_of_entries_of_the_file_at_its_path(
    path: str, format: feedkit.Format, tmp_path: Path
) -> None:
    feedkit.build(articles(), tmp_path, CONFIG, now=NOW)
    file = (tmp_path / path / CONFIG.feeds.names[format]).read_bytes()
    view = feedkit.render(make(path), format).body
    if format == "json":
        assert read_frame(view) == read_frame(file)
        titles = [[one["title"] for one in json.loads(body)["items"]] for body in (view, file)]
        assert titles[0] == titles[1] == ["Article 0", "Article 1", "Article 2"]
    else:
        mark = b"<entry" if format == "atom" else b"<item>"
        assert view.partition(mark)[0] == file.partition(mark)[0]
        assert view.count(mark) == file.count(mark) == 3


def test_a_view_of_a_provider_is_the_file_at_its_path_to_the_last_byte(tmp_path: Path) -> None:
    feedkit.build(articles(), tmp_path, CONFIG, now=NOW)
    path = "providers/coast.example"
    for format in feedkit.FORMATS:
        file = tmp_path / path / CONFIG.feeds.names[format]
        assert feedkit.render(make(path), format).body == file.read_bytes()


@pytest.mark.parametrize(
    ("path", "title", "description", "language"),
    [
        ("topics/csharp", "C# and .NET", "All of C#.", "de"),
        ("/topics/csharp/", "C# and .NET", "All of C#.", "de"),
        ("topics/csharp-DIGEST", "Another", "What is new in Another", "en"),
        ("topics/tides", "High tides", "What is new in High tides", "en"),
        ("providers/coast.example", "The Coast", "From the coast.", "fr"),
        ("providers/node", "Node", "What is new in Node", "en"),
        ("all", "Harbour", "What is new in Harbour", "en"),
    ],
)
def test_a_path_has_what_the_settings_say_of_the_feed_there(
    path: str, title: str, description: str, language: str
) -> None:
    # Its folder is given to another.
    feed = make(path.replace("csharp-DIGEST", CONFIG.place_slug("topics", "csharp")))
    assert (feed.title, feed.description, feed.language) == (title, description, language)


def test_addresses_of_topics_are_found_by_their_own_template() -> None:
    feeds = FeedSettings(topics="tags/{slug}/feed", all="", providers=False)
    config = Config(site=SITE, feeds=feeds, topics={"C#": C_SHARP}, providers={"a.example": COAST})
    assert make("tags/csharp/feed", config).title == "C# and .NET"
    assert make("", config).title == "Harbour"
    for path in (
        "tags/csharp",
        "topics/csharp",
        "tags/a/b/feed",
        "providers/a.example",
        "tags//feed",
    ):
        assert make(path, config, title="Own").description == "Own: news and related coverage"
        with pytest.raises(ValueError, match="title: expected some text, got nothing"):
            make(path, config)


def test_what_an_argument_says_comes_first() -> None:
    feed = make(
        title="Own & title",
        description="Own\ndescription",
        language="nl",
        images=[Image(url="own.png", width=512, height=512)],
        home="https://www.example.org/csharp",
        limit=2,
    )
    frame = read_frame(feedkit.render(feed, "json").body)
    picture = "https://example.org/own.png"
    assert frame == {
        "title": "Own & title",
        "home_page_url": "https://www.example.org/csharp",
        "feed_url": "https://feeds.example.org/topics/csharp/feed.json",
        "description": "Own description",
        "language": "nl",
        "icon": picture,
        "favicon": picture,
    }
    assert len(feed.entries) == 2
    atom = etree.fromstring(feedkit.render(feed, "atom").body)
    assert [
        link.get("href")
        for link in atom.iterfind("{http://www.w3.org/2005/Atom}link")
        if link.get("rel") == "alternate"
    ] == ["https://www.example.org/csharp"]
    channel = etree.fromstring(feedkit.render(feed, "rss").body)[0]
    assert channel.findtext("link") == channel.findtext("image/link") == feed.page_url
    assert channel.findtext("image/url") == picture


def test_an_argument_that_is_left_out_changes_no_other() -> None:
    feed = make(description="Own")
    assert (feed.title, feed.description, feed.language) == ("C# and .NET", "Own", "de")
    assert [image.url for image in feed.pictures] == ["https://example.org/csharp.png"]
    assert feed.page_url == "https://feeds.example.org/topics/csharp/"


def test_a_site_alone_means_the_defaults() -> None:
    feed = feedkit.make_feed(articles(60), SITE, title="T", path="t")
    assert len(feed.entries) == 50
    assert feed.pictures == ()


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"language": "no tag"}, "make_feed.language: expected a tag such as 'en', got 'no tag'"),
        ({"home": "/a"}, "make_feed.home: expected an absolute http(s) URL, got '/a'"),
        (
            {"images": [Image(url="ftp://example.org/a.png")]},
            "make_feed.images[0].url: expected an http(s) URL, got 'ftp://example.org/a.png'",
        ),
        (
            {"images": [Image(url="a.png", width=0)]},
            "make_feed.images[0].width: expected a number of pixels, got 0",
        ),
        ({"limit": 0}, "limit: expected at least 1, got 0"),
    ],
)
def test_an_argument_that_cannot_be_used_is_named(given: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError) as found:  # noqa: PT011 (its whole text)
        make(**given)
    assert str(found.value) == text
