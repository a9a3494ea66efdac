"""What settings decide of an entry's HTML and categories: source line, list, related category."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser  # type: ignore[import-untyped]
import pytest
from lxml import etree

import feedkit
from feedkit import Article, Config, FeedSettings, Labels, Provider, RelatedArticle, Site
from feedkit.errors import ConfigError

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SITE = Site(title="Harbour", url="https://feeds.example.org/", home="https://www.example.org/news/")
ATOM = "{http://www.w3.org/2005/Atom}"


def article(name: str, **fields: Any) -> Article:
    given = {"url": f"https://example.org/{name}", "title": name, "published": NOW}
    return Article(**{**given, **fields})


def items(*names: str) -> tuple[RelatedArticle, ...]:
    return tuple(
        RelatedArticle(url=f"https://other.example/{name}", title=name, published=NOW)
        for name in names
    )


def select(*articles: Article, config: Config | Site = SITE) -> feedkit.Feed:
    """Return the feed of all articles, as a build makes it."""
    return next(one for one in feedkit.select_feeds(articles, config, now=NOW) if one.path == "all")


def read(feed: feedkit.Feed) -> dict[str, dict[str, Any]]:
    """Return JSON Feed's items by title."""
    found = json.loads(feedkit.render(feed, "json").body)["items"]
    return {item["title"]: item for item in found}


def list_categories(feed: feedkit.Feed) -> dict[str, list[tuple[str, str]]]:
    """Return the categories of Atom's entries, by title."""
    root = etree.fromstring(feedkit.render(feed, "atom").body)
    return {
        entry.findtext(f"{ATOM}title") or "": [
            (one.get("term", ""), one.get("scheme", ""))
            for one in entry.iterfind(f"{ATOM}category")
        ]
        for entry in root.iterfind(f"{ATOM}entry")
    }


def test_a_related_entry_without_a_record_has_the_related_category_and_no_other_has() -> None:
    feed = select(
        article("parent", topics=("Tides",), related=items("child", "twin")),
        article("twin", url="https://other.example/twin", topics=("Twins",)),
    )
    related = ("Related coverage", "https://feeds.example.org/related/")
    assert list_categories(feed) == {
        "parent": [("Tides", "https://feeds.example.org/topics/")],
        "child": [related],
        "twin": [("Twins", "https://feeds.example.org/topics/")],
    }
    tags = {title: item.get("tags") for title, item in read(feed).items()}
    assert tags == {"parent": ["Tides"], "child": ["Related coverage"], "twin": ["Twins"]}
    parsed = feedparser.parse(feedkit.render(feed, "rss").body)
    terms = {one.title: [tag.term for tag in one.get("tags", ())] for one in parsed.entries}
    assert terms == {title: tags[title] for title in terms}


def test_a_record_that_is_unpublished_stands_as_a_related_entry_with_the_category() -> None:
    listed = article("hidden", url="https://other.example/hidden", state="unpublished")
    feed = select(article("parent", related=items("hidden")), listed)
    assert read(feed)["hidden"]["tags"] == ["Related coverage"]


def test_the_related_category_is_a_label_without_comma_and_may_be_none() -> None:
    parent = article("parent", related=items("child"))
    labels = Labels(related_category=" Mehr,  davon\n")
    assert labels.related_category == "Mehr davon"
    feed = select(parent, config=Config(site=SITE, labels=labels))
    assert read(feed)["child"]["tags"] == ["Mehr davon"]
    none = select(parent, config=Config(site=SITE, labels=Labels(related_category="")))
    assert "tags" not in read(none)["child"]
    assert list_categories(none)["child"] == []


def test_feedgen_gets_the_related_category_too() -> None:
    feed = select(article("parent", related=items("child")))
    entries = {entry.title(): entry for entry in feedkit.to_feedgen(feed).entry()}
    (category,) = entries["child"].category()
    assert category["term"] == "Related coverage"
    assert category["scheme"] == "https://feeds.example.org/related/"


def find_lists(html: str) -> dict[str, list[str]]:
    """Return the titles in each list of an entry, by its label."""
    lists = re.findall("<p><strong>(.*?)</strong></p><ul>(.*?)</ul>", html)
    return {label: re.findall(r'<a href="[^"]*">(.*?)</a>', found) for label, found in lists}


@pytest.mark.parametrize(("most", "shown"), [(None, 5), (0, 0), (1, 1), (7, 7), (50, 7)])
def test_max_listed_bounds_the_visible_list_and_no_link(most: int | None, shown: int) -> None:
    names = [f"item {number}" for number in range(7)]
    feeds = FeedSettings() if most is None else FeedSettings(max_listed=most)
    feed = select(article("parent", related=items(*names)), config=Config(site=SITE, feeds=feeds))
    parent = read(feed)["parent"]
    assert find_lists(parent["content_html"]).get("Related coverage", []) == names[:shown]
    assert [one["title"] for one in parent["_feedkit"]["related"]] == names
    for format in ("atom", "rss"):
        body = feedkit.render(feed, format).body
        hrefs = re.findall(rb'rel="related" type="text/html" href="https://other\.example/', body)
        assert len(hrefs) == len(names)


def test_all_parents_stay_visible_whatever_max_listed_says() -> None:
    parents = [article(f"parent {number}", related=items("child")) for number in range(7)]
    config = Config(site=SITE, feeds=FeedSettings(max_listed=2))
    html = read(select(*parents, config=config))["child"]["content_html"]
    assert len(find_lists(html)["Related to"]) == 7


def test_a_list_longer_or_shorter_changes_no_answer_of_the_guard() -> None:
    from feedkit.published.guard import hash_settings

    assert hash_settings(FeedSettings(max_listed=9)) == hash_settings(FeedSettings())
    assert hash_settings(FeedSettings(limit=9)) != hash_settings(FeedSettings())


def has_line(config: Config | Site, provider: Provider | None) -> bool:
    html = read(select(article("a", summary="Text.", provider=provider), config=config))["a"]
    return "<p>Source: <a " in html["content_html"]


@pytest.mark.parametrize(
    ("home", "domain"),
    [
        ("https://example.org/", "example.org"),
        ("https://www.example.org/news/?a=b", "example.org"),
        ("https://example.org:8443/", "www.example.org"),
        ("http://EXAMPLE.org/", "Example.ORG."),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("", "feeds.example.org"),
    ],
)
def test_an_article_of_the_site_itself_names_no_source(home: str, domain: str) -> None:
    site = Site(title="Harbour", url="https://feeds.example.org/", home=home)
    assert not has_line(site, Provider(name="Any Name", domain=domain))


@pytest.mark.parametrize(
    ("home", "domain"),
    [
        ("https://example.org/", "news.example.org"),
        ("https://news.example.org/", "example.org"),
        ("https://example.org/", "example.com"),
        ("https://example.org/", "notexample.org"),
        ("https://example.org/", ""),
        # Others publish there too: the site is one of them.
        ("https://medium.com/harbour", "medium.com"),
        ("http://localhost:8000/", "localhost"),
        ("http://127.0.0.1/", ""),
    ],
)
def test_an_article_of_another_names_its_source(home: str, domain: str) -> None:
    site = Site(title="Harbour", url="https://feeds.example.org/", home=home)
    assert has_line(site, Provider(name="Harbour", domain=domain))


def test_a_provider_without_domain_is_the_site_if_its_page_is() -> None:
    def config(home: str) -> Config:
        return Config(site=SITE, providers={"The Crew": feedkit.About(home=home)})

    crew = Provider(name="The Crew")
    assert not has_line(config("https://example.org/crew"), crew)
    assert has_line(config("https://crew.example.com/"), crew)


def test_a_label_that_is_empty_turns_the_source_line_off_and_nothing_else() -> None:
    config = Config(site=SITE, labels=Labels(source=""))
    provider = Provider(name="Other", domain="other.example")
    assert not has_line(config, provider)
    (entry,) = read(select(article("a", provider=provider), config=config)).values()
    assert entry["authors"] == [{"name": "Other", "url": "https://other.example/"}]
    assert entry["_feedkit"]["provider"] == {"name": "Other", "domain": "other.example"}
    assert entry["content_html"] == "<p>a</p>"


@pytest.mark.parametrize("name", ["related", "related_to", "description"])
def test_other_labels_may_not_be_empty(name: str) -> None:
    with pytest.raises(ConfigError, match=f"labels.{name}: expected some text"):
        Labels(**{name: " \n"})


def test_settings_in_a_file_take_both_empty_labels(tmp_path: Path) -> None:
    path = tmp_path / "feedkit.toml"
    path.write_text(
        '[site]\ntitle = "H"\nurl = "https://example.org/"\n'
        '[feeds]\nmax_listed = 3\n[labels]\nsource = ""\nrelated_category = ""\n'
    )
    config = feedkit.load_config(path)
    assert (config.labels.source, config.labels.related_category) == ("", "")
    assert config.feeds.max_listed == 3


HOSTILE = "<script>alert(1)</script> <!-- & <?php"


def build(tmp_path: Path) -> Iterator[Path]:
    one = article(
        "a",
        title=HOSTILE,
        summary=HOSTILE,
        body=feedkit.Html("<p>One < two</p>"),
        topics=(HOSTILE,),
        provider=Provider(name=HOSTILE, domain="other.example"),
        extensions={"_own<": ["<b>", {"<": "<"}]},
    )
    feedkit.build([one], tmp_path / "out", Config(site=SITE), now=NOW)
    yield from (tmp_path / "out").rglob("*.json")


def test_no_json_that_is_published_can_be_taken_for_markup(tmp_path: Path) -> None:
    files = list(build(tmp_path))
    assert {path.name for path in files} == {"feed.json", "feeds.json"}
    for path in files:
        data = path.read_bytes()
        assert b"<" not in data, path
        assert b"\\u003cscript>" in data, path
    item = json.loads((tmp_path / "out/all/feed.json").read_bytes())["items"][0]
    assert item["title"] == HOSTILE
    assert item["_own<"] == ["<b>", {"<": "<"}]
    feeds = json.loads((tmp_path / "out/feeds.json").read_bytes())["feeds"]
    assert HOSTILE in [feed["title"] for feed in feeds]


def test_the_description_of_a_channel_is_escaped_as_those_of_items_are(tmp_path: Path) -> None:
    files = [*build(tmp_path)]
    rss = [path.with_name("rss.xml").read_bytes() for path in files if path.name == "feed.json"]
    channels = [etree.fromstring(data)[0] for data in rss]
    for channel in channels:
        title, description = channel.findtext("title"), channel.findtext("description") or ""
        assert description == f"{title}: news and related coverage".replace("&", "&amp;").replace(
            "<", "&lt;"
        ).replace(">", "&gt;")
        # What a reader makes of both as HTML is the text.
        item = channel.findtext("item/description") or ""
        assert (etree.HTML(item).xpath("string()")) == HOSTILE
        assert etree.HTML(description).xpath("string()") == f"{title}: news and related coverage"
    atom = etree.fromstring((tmp_path / "out/all/atom.xml").read_bytes())
    assert atom.findtext(f"{ATOM}subtitle") == "Harbour: news and related coverage"
