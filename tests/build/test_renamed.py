"""A feed whose name is read otherwise, since references are decoded, keeps its old address."""

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

import feedkit
from commands import read_files

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SITE = feedkit.Site(title="Harbour", url="https://feeds.example.org/")
OLD, NEW = "topics/r-and-sharp-38-d", "topics/r-and-d"
NAMES = ("atom.xml", "rss.xml", "feed.json")


def make_articles(topic: str, count: int = 7) -> list[feedkit.Article]:
    """Return Articles whose topic is literal, as earlier versions read it from files."""
    return [
        feedkit.Article(
            url=f"https://news.example.org/{number}",
            title=f"Article {number}",
            published=datetime(2026, 2, 1 + number, tzinfo=UTC),
            topics=(topic, "Tides"),
            provider=feedkit.Provider(name="Knots &amp; Co"),
        )
        for number in range(count)
    ]


def write_records(folder: Path, topic: str, count: int = 7) -> Path:
    for number in range(count):
        write_record(folder, number, topic)
    return folder


def write_record(folder: Path, number: int, topic: str) -> Path:
    folder.mkdir(exist_ok=True)
    fields = {
        "title": f"Article {number}",
        "url": f"https://news.example.org/{number}",
        "date": f"2026-02-{1 + number:02}",
        "topics": [topic, "Tides"],
        "provider": {"name": "Knots &amp; Co"},
    }
    lines = [f"{key}: {json.dumps(value)}" for key, value in fields.items()]
    path = folder / f"{number}.md"
    path.write_text("\n".join(("---", *lines, "---", "")))
    return path


def read_manifest(out: Path) -> dict[str, dict[str, object]]:
    return {feed["path"]: feed for feed in json.loads((out / "feeds.json").read_bytes())["feeds"]}


def serves(out: Path, old: str = OLD, new: str = NEW) -> bool:
    """Return whether the old address has the bytes of the new one."""
    return all((out / old / name).read_bytes() == (out / new / name).read_bytes() for name in NAMES)


@pytest.fixture
def published(tmp_path: Path) -> Path:
    out = tmp_path / "out"
    feedkit.build(make_articles("R&#38;D"), out, SITE, now=NOW)
    assert {OLD, "providers/knots-and-amp-co"} <= read_manifest(out).keys()
    return out


def test_the_old_address_serves_the_feed_and_a_note_says_so(
    published: Path, tmp_path: Path
) -> None:
    content = write_records(tmp_path / "in", "R&#38;D")
    for times in range(3):  # the name that it had stays known
        report = feedkit.build(content, published, SITE, now=NOW, cache=times != 2)
        assert (report.problems, report.held, report.exit_status) == ((), (), 0)
        assert report.notes == (
            "providers/knots-and-amp-co: redirected to providers/knots-and-co, since"
            " 'Knots &amp; Co' is read as 'Knots & Co' now; [redirects] may say so too, and then"
            " this note goes",
            f"{OLD}: redirected to {NEW}, since 'R&#38;D' is read as 'R&D' now; [redirects] may"
            " say so too, and then this note goes",
        )
        assert serves(published)
        assert serves(published, "providers/knots-and-amp-co", "providers/knots-and-co")
        feeds = read_manifest(published)
        assert (feeds[OLD]["redirect"], feeds[OLD]["was"]) == (NEW, "R&#38;D")
        assert "was" not in feeds[NEW]
        assert NEW in (published / OLD / "index.html").read_text()


def test_small_builds_and_updates_publish_what_a_full_one_does(
    published: Path, tmp_path: Path
) -> None:
    content = write_records(tmp_path / "in", "R&#38;D")
    feedkit.build(content, published, SITE, now=NOW)
    for step, topic in enumerate(("R&amp;D", "R&D", "Tides")):
        path = write_record(content, step, topic)
        if step % 2:
            small = feedkit.build(content, published, SITE, now=NOW)
        else:
            small = feedkit.update(published, SITE, now=NOW, changed=[path])
        files = read_files(published)
        full = feedkit.build(content, published, SITE, now=NOW, cache=False)
        assert (read_files(published), full.notes) == (files, small.notes)
        assert len(full.notes) == 2
        assert serves(published)


def test_settings_that_name_the_address_come_first(published: Path, tmp_path: Path) -> None:
    content = write_records(tmp_path / "in", "R&#38;D")
    config = feedkit.Config(site=SITE, redirects={OLD: NEW})
    report = feedkit.build(content, published, config, now=NOW)
    assert OLD not in "".join(report.notes)
    assert serves(published)
    assert "was" not in read_manifest(published)[OLD]


def test_a_feed_that_was_lost_for_a_while_takes_its_old_address_along(
    published: Path, tmp_path: Path
) -> None:
    content = write_records(tmp_path / "in", "R&#38;D")
    feedkit.build(content, published, SITE, now=NOW)
    write_records(content, "Boats")
    feedkit.build(content, published, SITE, now=NOW, allow_shrink=True)
    assert read_manifest(published)[OLD]["gone"]
    write_records(content, "R&D")
    feedkit.build(content, published, SITE, now=NOW)
    assert serves(published)


def test_records_that_are_withdrawn_are_at_neither_address(published: Path, tmp_path: Path) -> None:
    content = write_records(tmp_path / "in", "R&#38;D")
    feedkit.build(content, published, SITE, now=NOW)
    path = content / "3.md"
    path.write_text(path.read_text().replace("---\n", "---\ndraft: true\n", 1))
    feedkit.build(content, published, SITE, now=NOW)
    found = [name for name, data in read_files(published).items() if b"Article 3" in data]
    assert found == []


@pytest.mark.parametrize("topic", ["R&D", "R & D", "AT&T", "A &co; B", "Tides &amp"])
def test_names_without_references_are_redirected_nowhere(topic: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    articles = [msgspec.structs.replace(one, provider=None) for one in make_articles(topic)]
    for _ in range(2):
        report = feedkit.build(articles, out, SITE, now=NOW)
    assert "redirected" not in "".join(report.notes)
    assert all("redirect" not in feed for feed in read_manifest(out).values())


def test_a_literal_topic_of_an_article_keeps_its_own_feed(published: Path) -> None:
    articles = [*make_articles("R&#38;D"), *make_articles("R&D", 2)]
    report = feedkit.build(articles, published, SITE, now=NOW)
    assert report.problems == ()
    assert "redirect" not in read_manifest(published)[OLD]


def test_a_first_build_knows_no_old_address(tmp_path: Path) -> None:
    content = write_records(tmp_path / "in", "R&#38;D")
    report = feedkit.build(content, tmp_path / "out", SITE, now=NOW)
    assert "redirected" not in "".join(report.notes)
    assert OLD not in read_manifest(tmp_path / "out")


@pytest.mark.parametrize(
    "feeds",
    [
        feedkit.FeedSettings(topics="tags/{slug}"),
        feedkit.FeedSettings(topics="t/{slug}/x", providers=False),
        feedkit.FeedSettings(min_articles=20),
    ],
)
def test_old_addresses_follow_the_settings(feeds: feedkit.FeedSettings, tmp_path: Path) -> None:
    out = tmp_path / "out"
    before = msgspec.structs.replace(feeds, min_articles=0)
    feedkit.build(make_articles("R&#38;D"), out, feedkit.Config(site=SITE, feeds=before), now=NOW)
    content = write_records(tmp_path / "in", "R&#38;D")
    config = feedkit.Config(site=SITE, feeds=feeds)
    report = feedkit.build(content, out, config, now=NOW)
    old, new = (feeds.path_of("topics", path.removeprefix("topics/")) for path in (OLD, NEW))
    assert old
    assert new
    assert serves(out, old, new)
    assert report.exit_status == 0


def test_a_provider_of_a_shared_domain_keeps_its_address_too(tmp_path: Path) -> None:
    provider = feedkit.Provider(name="Knots &amp; Co", domain="medium.com")
    articles = [msgspec.structs.replace(one, provider=provider) for one in make_articles("A")]
    out = tmp_path / "out"
    feedkit.build(articles, out, SITE, now=NOW)
    provider = feedkit.Provider(name="Knots & Co", domain="medium.com")
    articles = [msgspec.structs.replace(one, provider=provider) for one in make_articles("A")]
    feedkit.build(articles, out, SITE, now=NOW)
    assert serves(out, "providers/medium.com_knots-and-amp-co", "providers/medium.com_knots-and-co")
