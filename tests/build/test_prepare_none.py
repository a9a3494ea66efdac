"""A `prepare` that returns None for every article most likely forgot to return it."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

import feedkit
from commands import SITE as SETTINGS
from commands import record, run, write_files
from tides import CONFIG, NOW, SITE, build, read_all, read_ids, write

REASON = (
    "prepare returned None for all {} articles: did it forget to return? If it is meant to withhold"
    " them all, pass --allow-shrink"
)


def forget(article: feedkit.Article) -> None:
    """Change an Article, and forget to return it."""
    msgspec.structs.replace(article, title="Changed")


def write_some(folder: Path, count: int, **fields: object) -> None:
    for number in range(count):
        write(folder, number, **fields)


def forget_all(folder: Path, **more: Any) -> feedkit.Report:
    return build(folder, prepare=forget, prepare_version="2", **more)


@pytest.mark.parametrize("cache", [True, False])
def test_nothing_is_published_if_prepare_returned_none_for_every_article(
    tmp_path: Path, cache: bool
) -> None:
    write_some(tmp_path / "in", 5)
    build(tmp_path, cache=cache)
    write(tmp_path / "in", 9, draft=True)
    before = read_all(tmp_path / "out")
    report = forget_all(tmp_path, cache=cache)
    assert (report.held, report.exit_status) == ((REASON.format(6),), 3)
    assert (report.is_held, report.files, read_all(tmp_path / "out")) == (True, 0, before)
    assert forget_all(tmp_path, cache=cache, allow_resurface=True).held == report.held
    assert build(tmp_path, cache=cache).exit_status == 0


@pytest.mark.parametrize("cache", [True, False])
def test_what_is_no_article_is_not_asked_about(tmp_path: Path, cache: bool) -> None:
    write_some(tmp_path / "in", 5)
    page = "---\ntitle: A\nurl: https://page.example/\ndate: 2026-02-01\n---\n"
    (tmp_path / "in/about.md").write_text(page)
    (tmp_path / "in/bad.md").write_text(page.replace("title: A", "draft: true\ntitle: A: b"))
    config = feedkit.Config(site=SITE, exclude=feedkit.Exclude(files=("about.md",)))
    build(tmp_path, config, cache=cache)
    before = read_all(tmp_path / "out")
    report = build(tmp_path, config, cache=cache, prepare=forget, prepare_version="2")
    assert (report.held, report.exit_status) == ((REASON.format(5),), 3)
    assert read_all(tmp_path / "out") == before


@pytest.mark.parametrize("cache", [True, False])
def test_it_may_withhold_all_where_that_is_allowed(tmp_path: Path, cache: bool) -> None:
    write_some(tmp_path / "in", 5)
    build(tmp_path, cache=cache)
    report = forget_all(tmp_path, cache=cache, allow_shrink=True)
    assert (report.held, report.withheld) == ((), {"removed": 5})
    assert read_ids(tmp_path / "out/all/feed.json") == []
    assert forget_all(tmp_path, cache=cache).held == ()  # nothing is published any more


def test_an_update_publishes_nothing_either(tmp_path: Path) -> None:
    """Of the six articles it prepares five; the sixth was withheld before."""
    write_some(tmp_path / "in", 6)
    drop = "https://harbour.example/5"
    build(tmp_path, prepare=lambda article: None if article.url == drop else article)
    before = read_all(tmp_path / "out")
    write_some(tmp_path / "in", 5, title="Other")
    changed = [tmp_path / "in" / f"{number}.md" for number in range(5)]
    report = feedkit.update(tmp_path / "out", CONFIG, now=NOW, changed=changed, prepare=forget)
    assert (report.held, report.exit_status) == ((REASON.format(6),), 3)
    assert read_all(tmp_path / "out") == before


def test_a_plan_says_so_too(tmp_path: Path) -> None:
    write_some(tmp_path / "in", 5)
    build(tmp_path)
    found = feedkit.plan(tmp_path / "in", tmp_path / "out", CONFIG, now=NOW, prepare=forget)
    assert (found.report.held, found.changes) == ((REASON.format(5),), ())


@pytest.mark.parametrize("case", ["four", "all but one", "all it is meant to", "first"])
def test_anything_less_is_withheld_at_once_and_counted(tmp_path: Path, case: str) -> None:
    write_some(tmp_path / "in", 4 if case == "four" else 6)
    if case != "first":
        build(tmp_path)
    kept = {"all but one": "/3", "all it is meant to": "/"}.get(case, "none")

    def prepare(article: feedkit.Article) -> feedkit.Article | None:
        if not article.url.endswith(kept) and kept != "/":
            return None
        state: Any = "removed" if kept == "/" else "published"
        return msgspec.structs.replace(article, state=state)

    report = build(tmp_path, prepare=prepare, prepare_version="2")
    assert report.held == ()
    assert report.withheld == {"removed": {"four": 4, "all but one": 5}.get(case, 6)}
    assert b"Tide 2" not in b"".join(read_all(tmp_path / "out").values())
    assert report.exit_status == (2 if case == "first" else 1 if case != "all but one" else 0)


def test_the_command_says_why_in_one_line(tmp_path: Path) -> None:
    files = {f"in/{number}.md": record(f"Tide {number}") for number in range(5)}
    write_files(tmp_path, {**files, "feedkit.toml": SETTINGS, "mine.py": "def f(a):\n    a\n"})
    run("build in --out out", tmp_path)
    done = run("build in --out out --prepare mine:f", tmp_path)
    assert (done.status, done.out) == (3, "")
    assert done.err == f"feedkit: nothing published: {REASON.format(5)}\n"
    done = run("update in/0.md --out out --prepare mine:f", tmp_path)
    assert (done.status, done.err.split("\n")[0]) == (
        3,
        f"feedkit: nothing published: {REASON.format(5)}",
    )
