"""A feed that would lose all of its entries, though nothing withholds them, is held back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import feedkit
from commands import EMPTIED
from feedkit.config.feed_info import About
from tides import CONFIG, NOW, SITE, build, list_held, read_all, read_ids, write, write_other

TIDES = ["providers/harbour.example", "topics/tides"]
ALL = ["all", *TIDES]


def write_some(folder: Path, count: int, **fields: object) -> None:
    for number in range(count):
        write(folder, number, **fields)


def remove_some(folder: Path, count: int) -> None:
    for number in range(count):
        (folder / f"{number}.md").unlink()


def make_harbour(folder: Path, config: feedkit.Config = CONFIG, count: int = 5) -> Path:
    """Publish some records, and one of another topic."""
    write_some(folder / "in", count)
    write_other(folder / "in")
    assert build(folder, config).exit_status == 0
    return folder


@pytest.mark.parametrize("cache", [True, False])
@pytest.mark.parametrize("count", [5, 40])
def test_a_feed_that_loses_all_of_five_or_more_entries_is_held(
    tmp_path: Path, cache: bool, count: int
) -> None:
    harbour = make_harbour(tmp_path, count=count)
    before = read_all(harbour / "out")
    remove_some(harbour / "in", count)
    report = build(harbour, cache=cache)
    assert (list_held(report), report.exit_status, report.problems) == (ALL, 3, ())
    assert report.held[1] == (
        f"providers/harbour.example: held back, shrunk: {count} of {count} entries would be "
        "missing, and the feed empty, though no record withholds any; bring the records back, name "
        "under [redirects] the feed that takes its place, or pass --allow-shrink"
    )
    assert read_all(harbour / "out") == before
    assert build(harbour, cache=cache).held == report.held
    write_other(harbour / "in", "Ship")  # which a build follows up
    assert list_held(build(harbour, cache=cache)) == ALL
    write_some(harbour / "in", count)
    assert build(harbour, cache=cache).held == ()


def test_the_feed_of_all_articles_is_held_if_it_would_lose_all(tmp_path: Path) -> None:
    harbour = make_harbour(tmp_path)
    before = read_all(harbour / "out")
    remove_some(harbour / "in", 5)
    (harbour / "in/99.md").unlink()
    write(harbour / "in", 100, title="Note", draft=True, topics=[], provider=None)
    assert list_held(build(harbour)) == sorted([*ALL, "topics/boats"])
    assert read_all(harbour / "out") == before


def test_a_feed_that_loses_all_may_where_that_is_allowed(tmp_path: Path) -> None:
    harbour = make_harbour(tmp_path)
    remove_some(harbour / "in", 5)
    assert build(harbour, allow_resurface=True).exit_status == 3
    report = build(harbour, allow_shrink=True)
    assert (report.held, report.exit_status) == ((), 1)
    assert read_ids(harbour / "out/topics/tides/feed.json") == []
    assert build(harbour).held == ()


def test_a_feed_whose_articles_all_went_to_other_topics_is_held_till_it_is_redirected(
    tmp_path: Path,
) -> None:
    harbour = make_harbour(tmp_path)
    write_some(harbour / "in", 5, topics=["Ebb"])
    assert list_held(build(harbour)) == ["topics/tides"]
    led_on = feedkit.Config(site=SITE, redirects={"topics/tides": "topics/ebb"})
    assert build(harbour, led_on).exit_status == 0
    assert len(read_ids(harbour / "out/topics/tides/feed.json")) == 5


def test_entries_with_ids_of_their_own_are_held_too(tmp_path: Path) -> None:
    for number in range(5):
        write(tmp_path / "in", number, id=f"tag:harbour.example,2026:{number}")
    write_other(tmp_path / "in")
    build(tmp_path)
    remove_some(tmp_path / "in", 5)
    assert list_held(build(tmp_path)) == ALL


def test_what_moved_is_held_while_the_settings_say_so(tmp_path: Path) -> None:
    moved = feedkit.Config(site=SITE, moved={"https://harbour.example/": "https://quay.example/"})
    harbour = make_harbour(tmp_path)
    build(harbour, moved)
    remove_some(harbour / "in", 5)
    assert list_held(build(harbour, moved)) == ALL
    # Its records, and what withholds them, may stand at the old addresses again.
    assert list_held(build(harbour)) == ["all"]


def leave_four(folder: Path) -> feedkit.Report:
    make_harbour(folder, count=4)
    remove_some(folder / "in", 4)
    return build(folder)


def mark(**fields: object) -> Callable[[Path], feedkit.Report]:
    def change(folder: Path) -> feedkit.Report:
        make_harbour(folder)
        write_some(folder / "in", 5, **fields)
        return build(folder)

    return change


def exclude(**fields: Any) -> Callable[[Path], feedkit.Report]:
    def change(folder: Path) -> feedkit.Report:
        make_harbour(folder)
        remove_some(folder / "in", 5)
        return build(folder, feedkit.Config(site=SITE, exclude=feedkit.Exclude(**fields)))

    return change


def configure(
    before: feedkit.Config, after: feedkit.Config, **fields: object
) -> Callable[[Path], feedkit.Report]:
    def change(folder: Path) -> feedkit.Report:
        write_some(folder / "in", 5, **fields)
        write_other(folder / "in")
        build(folder, before)
        return build(folder, after)

    return change


def prepare_some(folder: Path) -> feedkit.Report:
    """Let the user's function withhold all of the feed, and not all there is."""
    make_harbour(folder)
    return build(
        folder,
        prepare=lambda article: None if "harbour" in article.url else article,
        prepare_version="2",
    )


def list_no_longer(folder: Path) -> feedkit.Report:
    """Let an article whose list made a whole feed list nothing."""
    lamps = [
        {
            "title": f"Lamp {number}",
            "url": f"https://lamps.example/{number}",
            "date": "2026-02-02",
            "provider": {"name": "Lamps", "domain": "lamps.example"},
        }
        for number in range(5)
    ]
    write(folder / "in", 0, related=lamps)
    write(folder / "in", 1)
    build(folder)
    assert len(read_ids(folder / "out/providers/lamps.example/feed.json")) == 5
    write(folder / "in", 0)
    return build(folder, allow_shrink=False)


def remove_by_name(folder: Path) -> feedkit.Report:
    make_harbour(folder)
    removed = [folder / "in" / f"{number}.md" for number in range(5)]
    remove_some(folder / "in", 5)
    return feedkit.update(folder / "out", CONFIG, now=NOW, removed=removed)


def give(**topics: About) -> feedkit.Config:
    return feedkit.Config(site=SITE, topics=topics, feeds=feedkit.FeedSettings(roll_up=True))


def limit(**fields: Any) -> feedkit.Config:
    return feedkit.Config(site=SITE, feeds=feedkit.FeedSettings(**fields))


EBB = About(slug="ebb")
BELOW = About(parent="Water")
INNOCENT: dict[str, Callable[[Path], feedkit.Report]] = {
    "four": leave_four,
    "drafts": mark(draft=True),
    "removed": mark(removed=True),
    "unpublished": mark(published=False),
    "future": mark(date="2027-01-01"),
    "excluded urls": exclude(urls=[f"https://harbour.example/{number}" for number in range(5)]),
    "excluded domain": exclude(domains=("harbour.example",)),
    "excluded provider": exclude(providers=("Harbour News",)),
    "prepared": prepare_some,
    "told": remove_by_name,
    "no topics": configure(CONFIG, limit(topics=False, providers=False)),
    "topics elsewhere": configure(CONFIG, limit(topics="t/{slug}", providers="p/{slug}")),
    "a slug": configure(give(), give(tides=EBB)),
    "no slug": configure(give(tides=EBB), give()),
    "another slug": configure(give(tides=EBB), give(tides=About(slug="low"))),
    "a slug that was another's": configure(
        give(tides=EBB), give(tides=About(slug="low")), topics=["Tides", "Ebb"]
    ),
    "no parent": configure(give(tides=BELOW), give()),
    "not listed": list_no_longer,
}


@pytest.mark.parametrize("name", INNOCENT)
def test_a_feed_that_is_meant_to_lose_all_is_emptied(tmp_path: Path, name: str) -> None:
    report = INNOCENT[name](tmp_path)
    assert report.held == ()
    assert any(EMPTIED in problem for problem in report.problems)


def test_with_a_feed_that_loses_all_the_small_ones_wait(tmp_path: Path) -> None:
    harbour = make_harbour(tmp_path)
    remove_some(harbour / "in", 5)
    (harbour / "in/99.md").unlink()
    write(harbour / "in", 100, title="Note", topics=[], provider=None)
    report = build(harbour)
    assert list_held(report) == sorted([*ALL, "topics/boats"])
    assert "while other feeds are held back" in report.held[2]


@pytest.mark.parametrize("cache", [True, False])
def test_an_update_that_is_told_of_some_removals_holds_what_lost_the_others(
    tmp_path: Path, cache: bool
) -> None:
    """What is told is withdrawn; of what else is gone nobody said anything."""
    harbour = make_harbour(tmp_path, count=9)
    write(harbour / "in", 8, topics=["Fog"])
    build(harbour, allow_shrink=True)
    remove_some(harbour / "in", 9)
    report = feedkit.update(harbour / "out", CONFIG, now=NOW, removed=[harbour / "in/8.md"])
    assert b"Tide 8" not in b"".join(read_all(harbour / "out").values())
    assert report.held == ()  # the others are not looked at
    assert list_held(build(harbour, cache=cache)) == ALL
