"""Which feeds are made: none of few articles, not too many, and every one that is published."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

import feedkit
from feedkit import About, Article, Config, FeedSettings, Provider, RelatedArticle, Report, Site

SITE = Site(title="Example", url="https://example.org/feeds/")
NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = datetime(2026, 1, 1, tzinfo=UTC)
MANY = {f"a{n}": ["Many"] for n in range(3)}


def configure(redirects: dict[str, str] | None = None, **feeds: Any) -> Config:
    return Config(site=SITE, feeds=FeedSettings(**feeds), redirects=redirects or {})


def write(folder: Path, records: dict[str, list[str]], **more: object) -> None:
    """Put the records of these topics, and no others, into a folder."""
    folder.mkdir(exist_ok=True)
    for file in folder.iterdir():
        file.unlink()
    for name, topics in records.items():
        said = {"url": f"https://e.example/{name}", "title": name, "date": "2026-01-01"}
        (folder / f"{name}.md").write_text(
            f"---\n{json.dumps({**said, 'topics': topics, **more})}\n---\n"
        )


def publish(top: Path, config: Config, **options: Any) -> Report:
    """Build with a cache, and hold a build without one to the same."""
    report = feedkit.build(top / "content", top / "out", config, now=NOW, **options)
    other = feedkit.build(top / "content", top / "other", config, now=NOW, cache=False, **options)
    assert (report.problems, report.notes) == (other.problems, other.notes)
    assert list_feeds(top / "out") == list_feeds(top / "other")
    return report


def list_feeds(out: Path) -> dict[str, int]:
    """Return by path how many entries each published feed has."""
    feeds = json.loads((out / "feeds.json").read_bytes())["feeds"]
    return {feed["path"]: feed["entries"] for feed in feeds}


def list_topics(out: Path) -> list[str]:
    return sorted(path[7:] for path in list_feeds(out) if path.startswith("topics/"))


def test_feeds_of_fewer_articles_of_their_own_are_not_made_and_counted(tmp_path: Path) -> None:
    items = [{"url": "https://x.example/x", "title": "X", "date": "2026-01-01", "provider": "X"}]
    write(tmp_path / "content", {**MANY, "b": ["Few"]}, related=items)
    report = publish(tmp_path, configure(min_articles=2))
    assert list_feeds(tmp_path / "out").keys() == {"all", "topics/many"}
    wanted = "2 feeds are not made (providers/x first): fewer articles than feeds.min_articles"
    assert wanted in report.notes
    assert (report.exit_status, report.feeds) == (0, 2)


def test_a_feed_is_made_once_it_has_articles_enough_and_stays_with_fewer(tmp_path: Path) -> None:
    config = configure(min_articles=2)
    write(tmp_path / "content", {**MANY, "b": ["Few"]})
    publish(tmp_path, config)
    assert list_topics(tmp_path / "out") == ["many"]
    write(tmp_path / "content", {**MANY, "b": ["Few"], "c": ["few"]})
    assert not any("not made" in note for note in publish(tmp_path, config).notes)
    assert list_topics(tmp_path / "out") == ["few", "many"]
    write(tmp_path / "content", {**MANY, "b": ["Few"]})
    publish(tmp_path, config)
    assert list_feeds(tmp_path / "out")["topics/few"] == 1
    write(tmp_path / "content", MANY)
    publish(tmp_path, config)
    assert list_feeds(tmp_path / "out")["topics/few"] == 0
    write(tmp_path / "content", {**MANY, "d": ["Few"]})  # emptied, and published still
    publish(tmp_path, config)
    assert list_feeds(tmp_path / "out")["topics/few"] == 1


def test_a_feed_that_was_published_under_other_settings_stays(tmp_path: Path) -> None:
    write(tmp_path / "content", {**MANY, "b": ["Few"]})
    publish(tmp_path, configure())
    publish(tmp_path, configure(min_articles=9))
    assert list_topics(tmp_path / "out") == ["few", "many"]
    publish(tmp_path, configure(max_feeds=1))
    assert list_topics(tmp_path / "out") == ["few", "many"]


def test_the_feed_of_all_is_made_of_one_article(tmp_path: Path) -> None:
    write(tmp_path / "content", {"a": ["One"]})
    publish(tmp_path, configure(min_articles=5, max_feeds=1))
    assert list_feeds(tmp_path / "out") == {"all": 1}


def test_an_old_address_is_not_the_feed_that_it_serves(tmp_path: Path) -> None:
    """So a redirect goes on where a topic of its name has few articles."""
    redirects = {"topics/few": "topics/many"}
    write(tmp_path / "content", MANY)
    publish(tmp_path, configure(redirects, min_articles=2))
    write(tmp_path / "content", {**MANY, "b": ["Few"]})
    report = publish(tmp_path, configure(redirects, min_articles=2))
    assert list_feeds(tmp_path / "out")["topics/few"] == 3
    assert report.problems == ()


def test_articles_of_topics_below_count(tmp_path: Path) -> None:
    topics = {name: About(parent="Sky") for name in ("Sun", "Moon")}
    feeds = FeedSettings(min_articles=2, roll_up=True, limit=1)
    config = Config(site=SITE, feeds=feeds, topics=topics)
    write(tmp_path / "content", {"a": ["Sun", "Moon"]})
    publish(tmp_path, config)
    assert list_topics(tmp_path / "out") == []
    write(tmp_path / "content", {"a": ["Sun", "Moon"], "b": ["Moon"]})
    publish(tmp_path, config)
    assert list_topics(tmp_path / "out") == ["moon", "sky"]


TOPICS = {"a": ["Two", "One", "Zed"], "b": ["Two", "Three"], "c": ["Three", "Four"], "d": ["Three"]}


def test_beyond_max_feeds_those_of_most_articles_are_made_then_by_address(tmp_path: Path) -> None:
    write(tmp_path / "content", TOPICS)
    report = publish(tmp_path, configure(max_feeds=4))
    assert list_feeds(tmp_path / "out").keys() == {
        "all",
        "topics/three",
        "topics/two",
        "topics/four",
    }
    assert report.exit_status == 1
    (problem,) = report.problems
    wanted = "at most feeds.max_feeds = 4 feeds (2 new ones are not made, topics/one first)"
    assert problem.endswith(f"a.md: topics: expected {wanted}, got 'One'")


def test_beyond_max_feeds_published_ones_go_on_and_are_withdrawn(tmp_path: Path) -> None:
    config = configure(max_feeds=3)
    write(tmp_path / "content", {"a": ["One", "Two"]})
    assert publish(tmp_path, config).problems == ()
    write(tmp_path / "content", {**TOPICS, "e": ["One"]})
    publish(tmp_path, config)
    feeds = list_feeds(tmp_path / "out")
    assert feeds == {"all": 5, "topics/one": 2, "topics/two": 2}
    write(tmp_path / "content", {"b": TOPICS["b"], "c": TOPICS["c"], "d": ["Three"]})
    publish(tmp_path, config)  # a feed that is emptied leaves its place
    assert list_feeds(tmp_path / "out") == {
        "all": 3, "topics/one": 0, "topics/two": 1, "topics/three": 3,
    }  # fmt: skip
    write(tmp_path / "content", {"c": TOPICS["c"]})
    report = publish(tmp_path, config, allow_shrink=True)
    assert b"/b" not in (tmp_path / "out/topics/two/atom.xml").read_bytes()
    assert "topics/two: no article" in str(report.problems)


@pytest.mark.parametrize("is_listed", [False, True])
def test_a_provider_beyond_max_feeds_is_named_by_its_field(
    tmp_path: Path, *, is_listed: bool
) -> None:
    item = {"url": "https://x.example/x", "title": "X", "date": "2026-01-01", "provider": "Wire"}
    more: dict[str, object] = {"related": [item]} if is_listed else {"provider": "Daily"}
    write(tmp_path / "content", {"a": ["One"], "b": ["One"]}, **more)
    (problem,) = publish(tmp_path, configure(max_feeds=1, topics=False)).problems
    field, value = ("related[0].provider", "Wire") if is_listed else ("provider", "Daily")
    assert f"a.md: {field}: expected at most feeds.max_feeds = 1 feeds (1 new one is" in problem
    assert problem.endswith(f"got '{value}'")


INNOCENT = {
    "as many as there may be": configure(max_feeds=6),
    "all are made": configure(max_feeds=20_000),
    "articles enough": configure(min_articles=1),
}


@pytest.mark.parametrize("why", INNOCENT)
def test_every_feed_is_made_where(tmp_path: Path, why: str) -> None:
    write(tmp_path / "content", TOPICS)
    report = publish(tmp_path, INNOCENT[why])
    assert list_topics(tmp_path / "out") == ["four", "one", "three", "two", "zed"]
    assert (report.exit_status, report.problems) == (0, ())


def test_no_feed_at_all_says_which_settings_make_none(tmp_path: Path) -> None:
    write(tmp_path / "content", {"a": ["One"]})
    report = publish_nothing(tmp_path, configure(min_articles=2, all=False))
    assert (report.exit_status, report.articles) == (2, 1)
    assert any("topics/one" in note for note in report.notes)


def publish_nothing(top: Path, config: Config) -> Report:
    return feedkit.build(top / "content", top / "out", config, now=NOW)


def test_a_build_after_one_change_counts_as_a_whole_one_does(tmp_path: Path) -> None:
    config = configure(min_articles=2)
    records = {f"a{n}": [f"Topic {n % 7}"] for n in range(9)}
    write(tmp_path / "content", records)
    publish(tmp_path, config)
    for name, topic in {"a3": "Topic 0", "a4": "New", "a5": "Topic 6", "a0": "Topic 5"}.items():
        records[name] = [topic]
        write(tmp_path / "content", records)
        publish(tmp_path, config)


def test_select_feeds_is_told_which_feeds_are_published() -> None:
    wire = Provider(name="Wire")
    item = RelatedArticle(url="https://x.example/x", title="X", published=DAY, provider=wire)
    first = Article(url="https://e.example/1", title="1", published=DAY, topics=("One", "Two"))
    second = Article(url="https://e.example/2", title="2", published=DAY, topics=("Two",))
    articles = [msgspec.structs.replace(one, related=(item,)) for one in (first, second)]

    def select(published: tuple[str, ...] = (), **feeds: Any) -> list[str]:
        errors: list[feedkit.RecordError] = []
        made = feedkit.select_feeds(
            articles, configure(**feeds), now=NOW, on_problem=errors.append, published=published
        )
        return [*(feed.path for feed in made), *map(str, errors)]

    assert select(min_articles=2) == ["all", "topics/two"]
    assert select(("topics/one",), min_articles=2) == ["all", "topics/one", "topics/two"]
    *paths, error = select(("providers/wire",), max_feeds=2)
    assert paths == ["all", "providers/wire"]
    assert "topics/two first" in error
    with pytest.raises(feedkit.RecordError, match=r"at most feeds\.max_feeds = 1 feeds"):
        feedkit.select_feeds(articles, configure(max_feeds=1), now=NOW)
