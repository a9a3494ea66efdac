"""Where dates, titles, lists or topics tie, one change costs at most what a first build does.

Costs are calls of functions, Python's and those written in C: the same on every machine.
"""

import json
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from feedkit import About, Article, Config, ConfigError, FeedSettings, Site, build, select_feeds
from harbour import read_tree

SITE = Site(title="Example", url="https://example.org/feeds/")
NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = datetime(2026, 1, 1, tzinfo=UTC)
COUNT = 500


def count_calls(act: Callable[[], object]) -> int:
    calls = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(None)
    return calls


def make_item(name: str, date: str, title: str = "") -> dict[str, object]:
    wire = {"name": "Wire", "domain": "wire.example"}
    url = f"https://wire.example/{name}"
    return {"url": url, "title": title or f"Item {name}", "date": date, "provider": wire}


def list_reprints(n: int) -> dict[str, Any]:
    """Four records of each story, each with reprints of its own and of the next."""
    items = [make_item(f"{n}-{k}", "2025-01-01", f"Story {n // 4}") for k in range(2)]
    items.append(make_item(f"{n + 1}-0", "2025-01-01", f"Story {(n + 1) // 4}"))
    return {"title": f"Story {n // 4}", "related": items}


ITEMS = range(3)
#: What the record of each number says besides its address.
SHAPES: dict[str, Callable[[int], dict[str, Any]]] = {
    "articles of one date": lambda n: {"date": "2026-01-01"},
    "articles of ten dates": lambda n: {"date": f"2026-01-{10 + n % 10}"},
    "related items of one date and provider": lambda n: {
        "related": [make_item(f"{n}-{k}", "2025-01-01") for k in ITEMS]
    },
    "related items of ten dates": lambda n: {
        "related": [make_item(f"{n}-{k}", f"2025-01-{10 + n % 10}") for k in ITEMS]
    },
    "reprints": list_reprints,
    "one title": lambda n: {
        "title": "Same",
        "related": [make_item(f"{n // 2}-{k}", "2025-01-01", "Same") for k in ITEMS],
    },
    "one article that all list": lambda n: {"related": [make_item("one", "2025-01-01")]},
    "one reprint that all list": lambda n: {
        "title": "Same",
        "related": [make_item("one", "2025-01-01", "Same")],
    },
    "one address": lambda n: {"url": "https://example.org/one", "id": "tag:example.org,2026:one"},
    "one provider and topic": lambda n: {
        "provider": {"name": "Daily", "domain": "daily.example"},
        "topics": ["One"],
        "date": "2026-01-01",
    },
}
SETTINGS: dict[str, FeedSettings] = {
    "entries": FeedSettings(),
    "links": FeedSettings(related="links"),
}


def write_record(folder: Path, number: int, said: dict[str, Any]) -> None:
    day = f"2026-{1 + number % 5:02}-{1 + number % 28:02}T{number % 24:02}:{number // 24 % 60:02}Z"
    first = {"url": f"https://example.org/{number}", "title": f"Title {number}", "date": day}
    text = json.dumps({**first, "topics": [f"Topic {number % 20}"], **said})
    (folder / f"{number}.md").write_text(f"---\n{text}\n---\n")


@pytest.mark.parametrize("how", SETTINGS)
@pytest.mark.parametrize("shape", SHAPES)
def test_one_change_costs_at_most_a_first_build(tmp_path: Path, shape: str, how: str) -> None:
    content, make = tmp_path / "content", SHAPES[shape]
    config = Config(site=SITE, feeds=SETTINGS[how])
    content.mkdir()
    for number in range(COUNT):
        write_record(content, number, make(number))

    def run() -> object:
        return build(content, tmp_path / "out", config, now=NOW)

    cold = count_calls(run)
    write_record(content, 7, {**make(7), "excerpt": "Changed."})
    assert count_calls(run) <= cold
    build(content, tmp_path / "fresh", config, now=NOW, cache=False)
    assert read_tree(tmp_path / "out") == read_tree(tmp_path / "fresh")


def make_chain(count: int) -> dict[str, About]:
    return {f"Topic {n}": About(parent=f"Topic {n + 1}") for n in range(count)}


def make_loop(count: int) -> dict[str, About]:
    return {f"Topic {n}": About(parent=f"Topic {(n + 1) % count}") for n in range(count)}


def make_fan(count: int) -> dict[str, About]:
    return {f"Topic {n}": About(parent="Topic") for n in range(count)}


def make_rest(count: int) -> dict[str, About]:
    """A chain that ends in a loop, with a fan below its every link."""
    chain = {f"Topic {n}": About(parent=f"Topic {n // 3}") for n in range(1, count)}
    return {**chain, "Topic 0": About(parent="End"), "End": About(parent="Topic 0")}


TREES = {"chain": make_chain, "fan": make_fan}


@pytest.mark.parametrize("make", [make_chain, make_loop, make_fan, make_rest])
def test_settings_of_twice_as_many_topics_cost_twice_as_much(
    make: Callable[[int], dict[str, About]],
) -> None:
    def read(count: int) -> int:
        topics = make(count)

        def act() -> None:
            with suppress(ConfigError):  # a loop
                Config(site=SITE, topics=topics)

        return count_calls(act)

    read(600)  # names that were seen before cost less
    assert read(600) < 2.5 * read(300)


@pytest.mark.parametrize("tree", TREES)
def test_articles_of_twice_as_many_topics_below_others_cost_twice_as_much(tree: str) -> None:
    def select(count: int) -> int:
        topics, feeds = TREES[tree](count), FeedSettings(roll_up=True, limit=5)
        config = Config(site=SITE, topics=topics, feeds=feeds)
        articles = [
            Article(
                url=f"https://e.example/{n}", title=f"{n}", published=DAY, topics=(f"Topic {n}",)
            )
            for n in range(count)
        ]
        return count_calls(lambda: select_feeds(articles, config, now=NOW))

    select(400)  # likewise
    assert select(400) < 2.5 * select(200)


def test_a_change_at_the_end_of_a_long_chain_of_topics_costs_at_most_a_build_of_all(
    tmp_path: Path,
) -> None:
    content, count = tmp_path / "content", 150
    config = Config(site=SITE, feeds=FeedSettings(roll_up=True), topics=make_chain(count))
    content.mkdir()
    for number in range(count):
        write_record(content, number, {"topics": [f"Topic {number}"]})

    def run(name: str) -> object:
        return build(content, tmp_path / name, config, now=NOW)

    run("out")
    run("whole")
    write_record(content, 0, {"topics": ["Topic 0"], "excerpt": "Changed."})  # in all feeds
    shutil.rmtree(tmp_path / ".whole.feedkit")
    cost = count_calls(lambda: run("out"))
    assert cost < 1.1 * count_calls(lambda: run("whole"))
    assert read_tree(tmp_path / "out") == read_tree(tmp_path / "whole")
