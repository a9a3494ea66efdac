"""Addresses of feeds: whatever the settings and the topics, no two files ever meet."""

import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

import feedkit
from feedkit.errors import ConfigError
from feedkit.files import TOP_FILES
from sites import PROVIDERS, SITES, TOPICS, Tables, load_site

NOW = datetime(2026, 3, 1, tzinfo=UTC)
RECORDS = st.lists(
    st.tuples(st.lists(TOPICS, max_size=3), st.none() | PROVIDERS), min_size=1, max_size=5
)
WIDE = settings(
    deadline=None,
    max_examples=60,
    phases=(Phase.explicit, Phase.generate),  # to shrink takes minutes, and says little more
)
#: One topic has the folder that is made of the other's name.
GIVEN: Tables = {"feeds": {}, "topics": {"C#": {"slug": "csharp"}}}


def make_record(number: int, topics: list[str], provider: dict[str, str] | None) -> dict[str, Any]:
    record = {
        "title": f"Number {number}",
        "url": f"https://news.example.org/{number}",
        "date": (NOW - timedelta(days=number + 1)).isoformat(),
        "topics": topics,
    }
    return {**record, **({"provider": provider} if provider else {})}


def write_records(folder: Path, records: list[Any]) -> None:
    folder.mkdir()
    made = [make_record(number, *record) for number, record in enumerate(records)]
    (folder / "all.json").write_text(json.dumps(made), "utf-8")


def list_files(folder: Path) -> list[str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path.relative_to(folder).as_posix() for path in files)


def list_folders(file: str) -> list[str]:
    return [folder.as_posix() for folder in PurePosixPath(file).parents]


def fold(place: str) -> str:
    """Return what is equal where a file system tells neither case nor how é is written."""
    return normalize("NFC", normalize("NFC", place).casefold())


@WIDE
@example(GIVEN, [(["C#", "csharp"], None)])
@example({"feeds": {"all": "t", "topics": "T/{slug}"}}, [(["Tides"], None)])
@given(SITES, RECORDS)
def test_whatever_settings_and_records_say_no_two_files_meet_and_none_is_elsewhere(
    site: Tables, records: list[Any]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        try:
            config = load_site(top, site)
        except ConfigError:
            return
        write_records(top / "in", records)
        before = list_files(top)
        out = top / "www/feeds"
        report = feedkit.build(top / "in/all.json", out, config, now=NOW, cache=False)
        files = list_files(out)
        others = [file for file in list_files(top) if not file.startswith("www/feeds/")]
        assert others == sorted([*before, "www/.feeds.feedkit.lock"])
        assert len(files) == report.files  # what two feeds wrote would be one file
        places = {fold(file) for file in files}
        assert len(places) == len(files)
        assert places.isdisjoint(fold(folder) for file in files for folder in list_folders(file))
        feeds = json.loads((out / "feeds.json").read_bytes())["feeds"] if files else []
        named = [f"{feed['path']}/{file}".lstrip("/") for feed in feeds for file in feed["files"]]
        pages = {f"{feed['path']}/index.html".lstrip("/") for feed in feeds}
        assert sorted({*named, *pages, *TOP_FILES} if files else named) == files


@WIDE
@example(GIVEN, [(["csharp"], None)], ["C#"], {"name": "Post"})
@given(SITES, RECORDS, st.lists(TOPICS, min_size=1, max_size=3), PROVIDERS)
def test_a_topic_or_provider_that_appears_moves_no_other_feed(
    site: Tables, records: list[Any], topics: list[str], provider: dict[str, str]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        config = load_site(Path(name), site)
    before, after = (
        select_titles(config, some) for some in (records, [*records, (topics, provider)])
    )
    assert {path: after.get(path, set()) - {f"Number {len(records)}"} for path in before} == before


def select_titles(config: feedkit.Config, records: list[Any]) -> dict[str, set[str]]:
    made = [make_record(number, *record) for number, record in enumerate(records)]
    articles = [feedkit.Article.from_record(record) for record in made]
    feeds = feedkit.select_feeds(articles, config, now=NOW)
    return {feed.path: {entry.article.title for entry in feed.entries} for feed in feeds}


@pytest.mark.parametrize("shared", [(), ("example." + "a" * 200,)])
def test_no_record_has_a_slug_that_no_folder_could_have(
    tmp_path: Path, shared: tuple[str, ...]
) -> None:
    settings = feedkit.FeedSettings(providers=f"by-{'x' * 50}{{slug}}", shared_domains=shared)
    site = feedkit.Site(title="A", url="https://example.org/")
    config = feedkit.Config(site=site, feeds=settings)
    day = datetime(2026, 1, 1, tzinfo=UTC)
    domains = ["example." + "a" * 200, ".".join(["a" * 49] * 5)]
    articles = [
        feedkit.Article(
            url=f"https://example.org/{number}",
            title="A",
            published=day,
            provider=feedkit.Provider(name="long " * 40, domain=domain),
        )
        for number, domain in enumerate(domains)
    ]
    report = feedkit.build(articles, tmp_path / "out", config, now=day)
    assert report.problems == ()
    assert len([*(tmp_path / "out").glob("by-*/atom.xml")]) == 2


def test_of_a_long_domain_the_settings_know_what_records_say() -> None:
    domain = ".".join(["a" * 49] * 5)
    config = feedkit.Config(
        site=feedkit.Site(title="A", url="https://example.org/"),
        providers={domain: feedkit.About(title="Long")},
    )
    assert config.about_provider(feedkit.Provider(name="A", domain=domain)).title == "Long"
