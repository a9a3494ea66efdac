"""`feedkit explain`, held against what a build of the same records publishes."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from test_plan import read_state

from commands import SITE, SMALL, record, run, write_files
from feedkit import Config, FeedSettings, Site
from feedkit.build.analysis import Analysis, analyse_source
from feedkit.build.explain import Explanation, explain_file, explain_url, find_nearest
from feedkit.files.discovery import find_spellings

NOW = datetime(2026, 3, 1, tzinfo=UTC)
URL = "https://feeds.example.org/news/"
OTHER = "[{title: The whale, webUrl: 'https://whale.example/', date: 2026-01-31}]"
FILES = {
    f"in/{number}.md": record(
        f"Story {number}",
        date=f"2026-02-{number:02}",
        topics="[Sea]" if number % 2 else "[Sea, Land]",
        provider="{name: Harbour News, domain: example.org}",
        **({"related": OTHER} if number in (1, 5) else {}),
    )
    for number in range(1, 9)
}


def look(folder: Path, files: dict[str, str], config: Config) -> Analysis:
    write_files(folder, files)
    return analyse_source(folder / "in", config, now=NOW)


def explain(folder: Path, files: dict[str, str], name: str) -> list[Explanation]:
    config = Config(site=Site(title="Harbour", url=URL))
    found = look(folder, files, config)
    return explain_file(found, config, find_spellings(str(folder / name)))


@pytest.mark.parametrize("related", ["entries", "links", "none"])
@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_an_article_stands_where_a_build_puts_it(limit: int, related: str, tmp_path: Path) -> None:
    feeds = FeedSettings(limit=limit, related=related)  # type: ignore[arg-type]
    config = Config(site=Site(title="Harbour", url=URL), feeds=feeds)
    write_files(
        tmp_path, {"feedkit.toml": f'{SITE}[feeds]\nlimit = {limit}\nrelated = "{related}"\n'}
    )
    found = look(tmp_path, FILES, config)
    told: dict[str, dict[int, str]] = {}
    for url in [
        *(f"https://example.org/story-{n}/" for n in range(1, 9)),
        "https://whale.example/",
    ]:
        for feed in explain_url(found, config, url)[0].feeds:
            assert feed.is_there == (not feed.reason)
            if feed.is_there:
                told.setdefault(feed.path, {})[feed.place] = url
    assert run("build in --out out", tmp_path).status == 0
    built = {
        path.parent.relative_to(tmp_path / "out").as_posix(): [
            item["url"] for item in json.loads(path.read_bytes())["items"]
        ]
        for path in (tmp_path / "out").rglob("feed.json")
    }
    assert {path: [held[n] for n in sorted(held)] for path, held in told.items()} == built


def test_every_place_beyond_the_limit_is_told(tmp_path: Path) -> None:
    config = Config(site=Site(title="Harbour", url=URL), feeds=FeedSettings(limit=3))
    found = look(tmp_path, FILES, config)
    (one,) = explain_url(found, config, "http://example.org/story-2/")
    said = {feed.path: (feed.place, feed.total, feed.reason) for feed in one.feeds}
    beyond = "beyond the limit of 3"
    assert said == {
        "all": (7, 8, beyond),
        "providers/example.org": (7, 8, beyond),
        "topics/land": (4, 4, beyond),
        "topics/sea": (7, 8, beyond),
    }


def test_an_address_from_before_a_move_is_known(tmp_path: Path) -> None:
    site = Site(title="Harbour", url=URL)
    config = Config(site=site, moved={"https://old.example.org/": "https://example.org/"})
    found = look(tmp_path, FILES, config)
    (one,) = explain_url(found, config, "https://old.example.org/story-2/")
    assert (one.url, one.records) == ("https://example.org/story-2/", (str(tmp_path / "in/2.md"),))


def test_a_file_of_several_records_is_explained_record_by_record(tmp_path: Path) -> None:
    records = [
        {"title": name, "webUrl": f"https://example.org/{name}/", "date": "2026-02-01"}
        for name in ("b", "a")
    ]
    write_files(tmp_path, {"in/some.json": json.dumps(records)})
    config = Config(site=Site(title="Harbour", url=URL))
    found = analyse_source(tmp_path / "in/some.json", config, now=NOW)
    said = explain_file(found, config, find_spellings(str(tmp_path / "in/some.json")))
    assert [one.url for one in said] == ["https://example.org/b/", "https://example.org/a/"]


def test_a_withheld_duplicate_says_so_though_the_article_stands(tmp_path: Path) -> None:
    url = "https://example.org/story-2/"
    files = {**FILES, "in/draft.md": record("Draft", webUrl=url, draft="true")}
    (one,) = explain(tmp_path, files, "in/draft.md")
    assert one.reasons == (f"{tmp_path}/in/draft.md: withheld: draft",)
    assert one.feeds[0].is_there


def test_what_a_withheld_record_lists_is_not_said_to_be_listed(tmp_path: Path) -> None:
    files = {"in/a.md": record("A", related=OTHER, draft="true"), "in/b.md": record("B")}
    config = Config(site=Site(title="Harbour", url=URL))
    (one,) = explain_url(look(tmp_path, files, config), config, "https://whale.example/")
    assert (one.reasons, one.feeds) == ((), ())


def test_the_nearest_of_nothing_is_nothing(tmp_path: Path) -> None:
    found = look(tmp_path, FILES, Config(site=Site(title="Harbour", url=URL)))
    assert find_nearest(found, "https://example.org/stori-2/") == "https://example.org/story-2/"
    assert find_nearest(found, "%") == ""


@pytest.mark.parametrize("command", ["explain in/2.md in", "build in --out out --dry-run --prune"])
def test_the_commands_that_look_write_nothing(command: str, tmp_path: Path) -> None:
    write_files(tmp_path, {"feedkit.toml": SITE, **FILES})
    assert run("build in --out out", tmp_path).status == 0
    write_files(tmp_path, {"in/2.md": record("Story 2", topics="[Air]")})
    before = read_state(tmp_path)
    assert run(command, tmp_path).status in (0, 1)
    assert read_state(tmp_path) == before


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("in/_drafts/a.md", "not read: it is in _drafts"),
        ("in/.hidden/a.md", "not read: .hidden begins with a dot"),
        ("in/.a.md", "not read: .a.md begins with a dot"),
        ("in/a.mdx", "not read: names of records end in .md, .markdown or .html"),
        ("in/a.json", "not read: JSON is read if the file itself is named as CONTENT"),
        ("a.md", "not read: it is not in in"),
        ("in/link/a.md", "not read: a folder above it is a symbolic link"),
        ("in", "a folder; name a file in it, or an address"),
    ],
)
def test_a_file_that_is_not_read_is_explained(name: str, why: str, tmp_path: Path) -> None:
    write_files(tmp_path, {**SMALL, "folder/a.md": record("A")})
    (tmp_path / "in/link").symlink_to(tmp_path / "folder")
    if name != "in" and "link" not in name:
        write_files(tmp_path, {name: record("A")})
    done = run(f"explain {name} in", tmp_path)
    assert (done.status, done.out, done.err) == (2, "", f"feedkit: {name}: {why}\n")


def test_what_exclude_files_leaves_out_and_dates_are_named_with_the_reason(tmp_path: Path) -> None:
    settings = SMALL["feedkit.toml"] + '[exclude]\nfiles = ["a.md", "none.md"]\n'
    files = {"in/a.md": record("A"), "in/none.md": "Text.\n"}
    files["in/b.md"] = record("B", publishDate="2999-01-01")
    files["in/c.md"] = record("C", unpublishDate="2026-03-01T10:00:00Z")
    write_files(tmp_path, {**SMALL, **files, "feedkit.toml": settings})
    left_out = run("explain in/a.md in", tmp_path).out
    assert "in/a.md: withheld: left out by [exclude] files\n" in left_out
    assert run("explain in/none.md in", tmp_path).out == "in/none.md: left out by [exclude] files\n"
    later = run("explain https://example.org/b/ in", tmp_path).out
    assert "in/b.md: withheld until 2999-01-01T00:00:00Z: publishDate\n" in later
    gone = run("explain in/c.md in", tmp_path).out
    assert "in/c.md: withheld since 2026-03-01T10:00:00Z: unpublishDate\n" in gone
