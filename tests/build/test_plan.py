"""`plan` and `build --dry-run`: what a build would change, and nothing changed."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import feedkit
from commands import record, write_files

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SITE = feedkit.Site(title="Harbour", url="https://feeds.example.org/news/")
CONFIG = feedkit.Config(site=SITE, feeds=feedkit.FeedSettings(limit=2))
FILES = {
    "in/ferry.md": record("Ferry", date="2026-02-01"),
    "in/fog.md": record("Fog", date="2026-02-02"),
}


def read_state(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return all that stands in a folder, with the time of its last change."""
    return {
        str(path): (path.lstat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in folder.rglob("*")
    }


def read_ids(out: Path, path: str) -> set[str]:
    file = out / path / "feed.json"
    return (
        {item["id"] for item in json.loads(file.read_bytes())["items"]} if file.exists() else set()
    )


def plan(folder: Path, config: feedkit.Config = CONFIG, **more: object) -> feedkit.Plan:
    return feedkit.plan(folder / "in", folder / "out", config, now=NOW, **more)  # type: ignore[arg-type]


def build(folder: Path, files: dict[str, str], config: feedkit.Config = CONFIG) -> None:
    write_files(folder, files)
    feedkit.build(folder / "in", folder / "out", config, now=NOW)


def list_titles(found: feedkit.Plan, path: str) -> dict[str, list[str]]:
    """Return what changes of one feed: titles, by kind."""
    (feed,) = (feed for feed in found.changes if feed.path == path)
    kinds = ("new", "changed", "resurfaced", "withdrawn", "dropped")
    named = {kind: [entry.title for entry in getattr(feed, kind)] for kind in kinds}
    return {kind: titles for kind, titles in named.items() if titles}


def test_a_plan_writes_nothing_at_all(tmp_path: Path) -> None:
    build(tmp_path, FILES)
    write_files(tmp_path, {"in/pier.md": record("Pier"), "in/ferry.md": record("Ferries")})
    before = read_state(tmp_path)
    assert plan(tmp_path, prune=True).changes
    assert read_state(tmp_path) == before


def test_a_plan_of_a_first_build_makes_no_folder(tmp_path: Path) -> None:
    write_files(tmp_path, FILES)
    before = read_state(tmp_path)
    assert list_titles(plan(tmp_path), "all") == {"new": ["Fog", "Ferry"]}
    assert read_state(tmp_path) == before


def test_a_plan_knows_nothing_to_do(tmp_path: Path) -> None:
    build(tmp_path, FILES)
    found = plan(tmp_path)
    assert (found.changes, found.report.written) == ((), 0)


def test_an_entry_in_other_bytes_is_changed(tmp_path: Path) -> None:
    build(tmp_path, FILES)
    write_files(tmp_path, {"in/fog.md": record("Fog", date="2026-02-02", excerpt="Thick")})
    assert list_titles(plan(tmp_path), "all") == {"changed": ["Fog"]}


def test_a_newer_article_drops_the_oldest_and_a_draft_withdraws(tmp_path: Path) -> None:
    build(tmp_path, FILES)
    write_files(tmp_path, {"in/pier.md": record("Pier", date="2026-02-03")})
    assert list_titles(plan(tmp_path), "all") == {"new": ["Pier"], "dropped": ["Ferry"]}
    write_files(tmp_path, {"in/ferry.md": record("Ferry", date="2026-02-01", draft="true")})
    assert list_titles(plan(tmp_path), "all") == {"new": ["Pier"], "withdrawn": ["Ferry"]}


@pytest.mark.parametrize(
    "moved",
    [
        {"webUrl": "https://example.org/ferries/"},
        {"title": "Ferries", "id": "tag:example.org,2026:f"},
    ],
    ids=["same title and date", "same address"],
)
def test_an_entry_under_another_id_resurfaces(moved: dict[str, str], tmp_path: Path) -> None:
    build(tmp_path, FILES)
    fields = {
        "title": "Ferry",
        "webUrl": "https://example.org/ferry/",
        "date": "2026-02-01",
        **moved,
    }
    write_files(tmp_path, {"in/ferry.md": record(**fields)})
    found = plan(tmp_path)
    assert list_titles(found, "all") == {"resurfaced": [fields["title"]]}
    (entry,) = found.changes[0].resurfaced
    assert entry.was in read_ids(tmp_path / "out", "all")
    assert entry.id not in read_ids(tmp_path / "out", "all")


def test_an_article_that_leaves_a_topic_is_withdrawn_there_alone(tmp_path: Path) -> None:
    files = {**FILES, "in/fog.md": record("Fog", date="2026-02-02", topics="[Weather, Sea]")}
    build(tmp_path, files)
    write_files(tmp_path, {"in/fog.md": record("Fog", date="2026-02-02", topics="[Sea]")})
    found = plan(tmp_path)
    assert list_titles(found, "topics/weather") == {"withdrawn": ["Fog"]}
    assert list_titles(found, "topics/sea") == {"changed": ["Fog"]}


@pytest.mark.parametrize("formats", [["atom"], ["rss"], ["rss", "atom"], ["json"]])
def test_changes_are_the_same_in_every_format(formats: list[str], tmp_path: Path) -> None:
    feeds = feedkit.FeedSettings(limit=2, formats=tuple(formats))  # type: ignore[arg-type]
    config = feedkit.Config(site=SITE, feeds=feeds)
    build(tmp_path, FILES, config)
    write_files(tmp_path, {"in/pier.md": record("Pier", date="2026-02-03")})
    write_files(tmp_path, {"in/fog.md": record("Fog", date="2026-02-02", excerpt="Thick")})
    changes = {"new": ["Pier"], "changed": ["Fog"], "dropped": ["Ferry"]}
    assert list_titles(plan(tmp_path, config), "all") == changes


def test_another_format_changes_no_entry(tmp_path: Path) -> None:
    build(tmp_path, FILES, feedkit.Config(site=SITE, feeds=feedkit.FeedSettings(formats=("rss",))))
    found = plan(tmp_path, feedkit.Config(site=SITE, feeds=feedkit.FeedSettings(formats=("json",))))
    assert found.changes == ()
    assert found.report.written > 0


def test_what_is_published_is_read_back_in_the_first_format_that_can_be_read(
    tmp_path: Path,
) -> None:
    build(tmp_path, FILES)
    (tmp_path / "out/all/feed.json").write_text("damaged")
    (tmp_path / "out/all/atom.xml").unlink()
    assert plan(tmp_path).changes == ()
    (tmp_path / "out/all/rss.xml").write_text("damaged")
    assert list_titles(plan(tmp_path), "all") == {"new": ["Fog", "Ferry"]}


def test_a_strict_plan_changes_nothing_where_a_record_is_rejected(tmp_path: Path) -> None:
    build(tmp_path, FILES)
    write_files(tmp_path, {"in/pier.md": record("Pier", date="soon"), "in/a.md": record("A")})
    found = plan(tmp_path, strict=True)
    assert (found.changes, found.report.exit_status) == ((), 2)


def test_a_plan_of_articles_from_a_generator_can_be_published(tmp_path: Path) -> None:
    day = NOW - timedelta(days=1)
    articles = (
        feedkit.Article(url=f"https://example.org/{name}/", title=name, published=day)
        for name in "ab"
    )
    found = feedkit.plan(articles, tmp_path / "out", SITE, now=NOW)
    report = found.publish()
    assert report == found.report
    assert (report.articles, len(read_ids(tmp_path / "out", "all"))) == (2, 2)


def test_what_a_plan_reports_is_what_its_build_does(tmp_path: Path) -> None:
    build(tmp_path, FILES)
    write_files(tmp_path, {"in/pier.md": record("Pier", topics="[Piers]")})
    found = plan(tmp_path)
    assert found.publish() == found.report
    assert plan(tmp_path).changes == ()
