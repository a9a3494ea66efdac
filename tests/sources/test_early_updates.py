"""A date of change that is to come counts as missing until its moment."""

import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from pathlib import Path

import feedparser  # type: ignore[import-untyped]
import pytest

import feedkit
from withheld import SITE, build, write

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
AFTER = NOW + timedelta(days=2)
RELATED = {
    "title": "Related",
    "url": "https://example.org/related",
    "date": "2026-01-02",
    "updated": LATER.isoformat(),
}


def read_dates(folder: Path) -> tuple[dict[str, str], str]:
    """Return the change of each entry, and that of the feed."""
    items = json.loads((folder / "out/all/feed.json").read_bytes())["items"]
    parsed = feedparser.parse((folder / "out/all/atom.xml").read_bytes())
    dates = {item["title"]: item["date_modified"][:10] for item in items}
    assert [entry.updated[:10] for entry in parsed.entries] == list(dates.values())
    return dates, parsed.feed.updated[:10]


@pytest.mark.parametrize("is_article", [False, True])
def test_it_is_missing_until_its_moment(tmp_path: Path, *, is_article: bool) -> None:
    content = write(tmp_path, "a", updatedDateTime=LATER.isoformat(), related=[RELATED])
    write(tmp_path, "b", updatedDateTime="2026-02-01")
    source = list(feedkit.read_articles(content)) if is_article else content
    out = tmp_path / "out"
    before = {"About a": "2026-01-01", "About b": "2026-02-01", "Related": "2026-01-02"}
    after = {"About a": "2026-03-02", "About b": "2026-02-01", "Related": "2026-03-02"}
    for now, dates, newest in ((NOW, before, "2026-02-01"), (AFTER, after, "2026-03-02")):
        if is_article and now == AFTER:
            report = feedkit.update(out, SITE, now=now)
        else:
            report = feedkit.build(source, out, SITE, now=now)
        assert report.problems == ()
        assert read_dates(tmp_path) == (dates, newest)
        feedkit.build(source, tmp_path / "whole", SITE, now=now, cache=False)
        for name in ("atom.xml", "rss.xml", "feed.json", "index.html"):
            whole, found = (tmp_path / one / "all" / name for one in ("whole", "out"))
            assert whole.read_bytes() == found.read_bytes()


def test_its_moment_and_the_past_are_no_time_to_come(tmp_path: Path) -> None:
    write(tmp_path, "a", updatedDateTime=NOW.isoformat())
    write(tmp_path, "b", updatedDateTime=(NOW + timedelta(seconds=1)).isoformat())
    build(tmp_path)
    dates, newest = read_dates(tmp_path)
    assert dates == {"About a": "2026-03-01", "About b": "2026-01-01"}
    assert newest == "2026-03-01"


def test_a_view_has_no_header_to_come(tmp_path: Path) -> None:
    article = feedkit.Article(
        url="https://example.org/a", title="A", published=NOW - timedelta(days=1), updated=LATER
    )
    for now, newest in ((NOW, article.published), (AFTER, LATER), (None, LATER)):
        feed = feedkit.make_feed([article], SITE, title="A", path="a", now=now)
        assert feedkit.render(feed, "atom").last_modified == newest
        assert feed.entries[0].article.updated == (None if newest != LATER else LATER)


DATES = (
    r"<(?:updated|lastBuildDate|atom:updated|published|pubDate)>([^<]+)<|date_\w+\":\"([^\"]+)\""
)


def list_dates(folder: Path) -> list[datetime]:
    """Return every date of a feed and its entries, in all formats."""
    found = []
    for name in ("atom.xml", "rss.xml", "feed.json"):
        for one in re.findall(DATES, (folder / name).read_text("utf-8")):
            text = one[0] or one[1]
            is_iso = text[0].isdigit()
            found.append(datetime.fromisoformat(text) if is_iso else parsedate_to_datetime(text))
    return found


@pytest.mark.parametrize("prepare_past", ["clock", "manifest"])
def test_held_and_emptied_feeds_have_no_dates_to_come(tmp_path: Path, prepare_past: str) -> None:
    """Published when it was later, by a clock that went back since."""
    for number in range(12):
        fields = {"topics": ["Ended"]} if number == 0 else {"topics": ["Held"]}
        write(tmp_path, str(number), updatedDateTime=LATER.isoformat(), **fields)
    build(tmp_path, now=AFTER)
    out = tmp_path / "out"
    assert max(list_dates(out / "all")) == LATER
    for number in range(11):
        (tmp_path / f"in/{number}.md").unlink()
    write(tmp_path, "0", draft=True)
    write(tmp_path, "new")
    for _ in range(2):
        report = build(tmp_path, cache=prepare_past == "clock")
        assert report.exit_status in (1, 3)
        feeds = json.loads((out / "feeds.json").read_bytes())["feeds"]
        for feed in feeds:
            dates = list_dates(out / feed["path"])
            assert all(date <= NOW for date in dates), feed["path"]
            assert datetime.fromisoformat(feed["newest"]) <= NOW
            for name, sha in feed["files"].items():
                assert sha256((out / feed["path"] / name).read_bytes()).hexdigest() == sha
    assert any(one.startswith("topics/held") for one in report.held)
    ended = next(feed for feed in feeds if feed["path"] == "topics/ended")
    assert ended["newest"] == "2026-01-01T00:00:00Z"
    assert list_dates(out / "topics/held").count(datetime(2026, 1, 1, tzinfo=UTC)) > 11


def test_check_names_it(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from feedkit.cli import main

    content = write(tmp_path, "a", updatedDateTime="2999-01-01", related=[])
    write(tmp_path, "b", updatedDateTime="2026-01-02")
    (tmp_path / "feedkit.toml").write_text('[site]\ntitle = "A"\nurl = "https://example.org/"\n')
    arguments = ["check", str(content), "--config", str(tmp_path / "feedkit.toml")]
    said = CliRunner().invoke(main, arguments).stdout
    assert (
        "a.md:2: updatedDateTime: '2999-01-01' is in the future and is ignored until then" in said
    )
    assert said.count("is in the future") == 1
