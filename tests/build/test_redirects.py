"""Old addresses serve the feeds of new ones, for as long as the settings say so and they are."""

import json
import random
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

import feedkit
from commands import EMPTIED

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SITE = feedkit.Site(title="Harbour", url="https://feeds.example.org/")
TIDES = {"topics/old": "topics/tides"}
FILES = ("atom.xml", "rss.xml", "feed.json")


def make_article(name: str, *topics: str, **fields: object) -> feedkit.Article:
    made = {
        "url": f"https://news.example.org/{name}",
        "title": f"About {name}",
        "published": datetime(2026, 2, 1, tzinfo=UTC),
        "topics": topics,
    }
    return feedkit.Article(**{**made, **fields})  # type: ignore[arg-type]


LEAD, KEPT = make_article("lead", "Tides"), make_article("kept", "Boats")


def build(
    out: Path,
    redirects: Mapping[str, str],
    *articles: feedkit.Article,
    feeds: feedkit.FeedSettings | None = None,
    prune: bool = False,
) -> feedkit.Report:
    feeds = feeds or feedkit.FeedSettings()
    config = feedkit.Config(site=SITE, feeds=feeds, redirects={**redirects})
    return feedkit.build(articles or (LEAD, KEPT), out, config, now=NOW, prune=prune)


def read_files(out: Path) -> dict[str, bytes]:
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


def find_files(out: Path, text: str) -> list[str]:
    return [name for name, data in read_files(out).items() if text.encode() in data]


def read_manifest(out: Path) -> dict[str, dict[str, object]]:
    feeds = json.loads((out / "feeds.json").read_bytes())["feeds"]
    return {feed["path"]: feed for feed in feeds}


def test_an_old_address_serves_the_new_feeds_bytes_under_every_name(tmp_path: Path) -> None:
    report = build(tmp_path, TIDES, feeds=feedkit.FeedSettings(also={"feed.xml": "rss.xml"}))
    files = read_files(tmp_path)
    for name in (*FILES, "feed.xml"):
        assert files[f"topics/old/{name}"] == files[f"topics/tides/{name}"]
    assert b"https://feeds.example.org/topics/tides/atom.xml" in files["topics/old/atom.xml"]
    assert (report.exit_status, report.problems, report.feeds) == (0, (), 3)


@pytest.mark.parametrize(
    ("redirects", "settings"),
    [
        ({"a": "b", "/b/": "c/d", "c/d": "topics/tides"}, feedkit.FeedSettings()),
        ({"": "topics/tides"}, feedkit.FeedSettings()),
        ({"old": ""}, feedkit.FeedSettings(all="")),
        ({"old": "all", "x/y/z": "topics/boats"}, feedkit.FeedSettings(formats=("json",))),
    ],
)
def test_redirects_lead_to_any_feed_and_from_anywhere_step_by_step(
    tmp_path: Path, redirects: dict[str, str], settings: feedkit.FeedSettings
) -> None:
    report = build(tmp_path, redirects, feeds=settings)
    files = read_files(tmp_path)
    for old, new in redirects.items():
        while new in redirects or f"/{new}/" in redirects:
            new = redirects.get(new) or redirects[f"/{new}/"]  # noqa: PLW2901
        names = [f"{path.strip('/')}/feed.json".lstrip("/") for path in (old, new)]
        assert files[names[0]] == files[names[1]]
    assert report.problems == ()


def test_an_old_address_serves_the_first_feed_on_its_way(tmp_path: Path) -> None:
    report = build(tmp_path, {"z": "topics/tides", "topics/tides": "all"})
    files = read_files(tmp_path)
    assert files["z/feed.json"] == files["topics/tides/feed.json"] != files["all/feed.json"]
    assert [problem.partition(":")[0] for problem in report.problems] == ["topics/tides"]


def test_the_page_of_an_old_address_leads_to_the_new_one(tmp_path: Path) -> None:
    title = 'Tides <"&'
    lead = make_article("lead", title)
    build(tmp_path, {"topics/old": "topics/tides-and"}, lead)
    page = (tmp_path / "topics/old/index.html").read_text("utf-8")
    url = "https://feeds.example.org/topics/tides-and/"
    assert f'<link rel="canonical" href="{url}">' in page
    assert '<meta http-equiv="refresh" content="0; url=../../topics/tides-and/index.html">' in page
    assert f'type="application/atom+xml" title="Tides &lt;&#34;&amp;" href="{url}atom.xml"' in page
    assert "About lead" not in page
    assert title not in page


def test_the_index_stays_where_the_old_address_is_the_top(tmp_path: Path) -> None:
    build(tmp_path, {"": "topics/tides"})
    assert b"All feeds" in (tmp_path / "index.html").read_bytes()


def test_an_old_address_stands_in_the_manifest_alone(tmp_path: Path) -> None:
    build(tmp_path, TIDES)
    assert find_files(tmp_path, "topics/old") == ["feeds.json"]
    old, new = (read_manifest(tmp_path)[path] for path in ("topics/old", "topics/tides"))
    assert old == {**new, "path": "topics/old", "url": f"{SITE.url}topics/old/"} | {
        "redirect": "topics/tides"
    }
    assert "redirect" not in new


def test_without_its_redirect_an_old_address_is_emptied(tmp_path: Path) -> None:
    build(tmp_path, TIDES)
    report = build(tmp_path, {})
    assert [name for name in find_files(tmp_path, "About lead") if "old" in name] == []
    assert report.problems == (f"topics/old: {EMPTIED}",)
    gone = read_manifest(tmp_path)["topics/old"]
    assert (gone["gone"], gone["entries"], "redirect" in gone) == (True, 0, False)
    build(tmp_path, {}, prune=True)
    assert not (tmp_path / "topics/old").exists()


def test_a_feed_that_was_published_becomes_a_redirect_and_is_not_gone(tmp_path: Path) -> None:
    build(tmp_path, {}, LEAD, make_article("late", "Old"))
    report = build(tmp_path, TIDES, LEAD, make_article("late", "Tides"), prune=True)
    assert report.problems == ()
    assert "topics/old/rss.xml" in find_files(tmp_path, "About late")


@pytest.mark.parametrize("prune", [False, True])
def test_where_the_new_feed_is_gone_the_old_address_is_too(tmp_path: Path, prune: bool) -> None:
    build(tmp_path, TIDES)
    report = build(tmp_path, TIDES, KEPT, prune=prune)
    assert find_files(tmp_path, "About lead") == []
    said = "topics/old: redirected to topics/tides, where no feed with an article is"
    gone = f"topics/tides: {EMPTIED}"
    assert report.problems == ((said,) if prune else (said, gone))
    assert (tmp_path / "topics/old/atom.xml").exists() != prune


def test_a_redirect_to_no_feed_is_said_at_every_build_and_writes_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        report = build(tmp_path, {"topics/old": "topics/never"})
        assert report.problems == (
            "topics/old: redirected to topics/never, where no feed with an article is",
        )
        assert report.exit_status == 1
        assert not (tmp_path / "topics/old").exists()


@pytest.mark.parametrize("old", ["topics/boats", "topics/Boats"])
def test_a_feed_with_articles_keeps_its_address_and_the_redirect_is_named(
    tmp_path: Path, old: str
) -> None:
    report = build(tmp_path, {old: "topics/tides"})
    assert report.problems == (
        f"{old}: redirected to topics/tides, but the feed at topics/boats has articles",
    )
    assert "topics/boats/atom.xml" in find_files(tmp_path, "About kept")
    assert find_files(tmp_path, 'http-equiv="refresh"') == []
    gone = build(tmp_path, {"topics/boats": "topics/tides"}, LEAD)
    assert (gone.problems, find_files(tmp_path, "About kept")) == ((), [])


def test_a_format_that_is_dropped_is_emptied_at_the_old_address_too(tmp_path: Path) -> None:
    build(tmp_path, TIDES)
    build(tmp_path, TIDES, feeds=feedkit.FeedSettings(formats=("atom",)))
    assert find_files(tmp_path / "topics/old", "About lead") == ["atom.xml"]
    assert b"http-equiv" in (tmp_path / "topics/old/index.html").read_bytes()


def test_a_large_feed_is_noted_once_for_all_its_addresses(tmp_path: Path) -> None:
    articles = [make_article(f"n{n}", "Tides", summary="x" * 20_000) for n in range(30)]
    notes = build(tmp_path, TIDES, *articles).notes
    assert [note for note in notes if "topics/tides" in note]
    assert not [note for note in notes if "topics/old" in note]


def test_two_processes_serve_what_one_serves(tmp_path: Path) -> None:
    articles = [make_article(f"n{n}", f"T{n % 3}") for n in range(600)]
    config = feedkit.Config(site=SITE, redirects={"a": "topics/t0", "b": "topics/t1", "c": "all"})
    for jobs in (1, 2):
        feedkit.build(articles, tmp_path / str(jobs), config, now=NOW, jobs=jobs)
    assert read_files(tmp_path / "1") == read_files(tmp_path / "2")


def test_whatever_is_redirected_no_byte_of_what_is_withheld_stays(tmp_path: Path) -> None:
    chance = random.Random(7)
    places = ["topics/a", "topics/b", "topics/c", "old", "x/y", "", "providers/news.example.org"]
    for _ in range(30):
        states = {name: chance.choice(["published", "draft"]) for name in "pqrs"}
        articles = [
            make_article(f"{name}zz", *chance.sample("ABC", 2), state=state)
            for name, state in states.items()
        ]
        olds, new = chance.sample(places, 3), chance.choice([*places, "all"])
        redirects = {old: new for old in olds if old != new}
        build(tmp_path, redirects, *articles, prune=chance.random() < 0.3)
        for name, state in states.items():
            if state == "draft":
                assert find_files(tmp_path, f"About {name}zz") == []
        listed = {name for name in read_files(tmp_path) if name.endswith(FILES)}
        named = {
            f"{path}/{name}".lstrip("/")
            for path, feed in read_manifest(tmp_path).items()
            for name in feed["files"]  # type: ignore[attr-defined]
        }
        assert listed - {"feeds.json"} <= named


@pytest.mark.parametrize("to", ["topics/tides", ""])
def test_what_is_kept_of_an_old_address_is_taken_by_update(tmp_path: Path, to: str) -> None:
    feeds = feedkit.FeedSettings(all="") if to == "" else feedkit.FeedSettings()
    config = feedkit.Config(site=SITE, feeds=feeds, redirects={"topics/old": to})
    feedkit.build([LEAD, KEPT], tmp_path / "out", config, now=NOW)
    later = make_article("later", "Tides")
    report = feedkit.update(tmp_path / "out", config, now=NOW, changed=[later])
    assert report.articles == 3
    assert b"later" in (tmp_path / "out/topics/old/atom.xml").read_bytes()
