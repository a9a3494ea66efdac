"""Feeds that would startle subscribers are held back, and said, until somebody has looked."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import feedkit
from commands import EMPTIED
from feedkit.config.ids import Ids
from feedkit.models import State
from feedkit.text.urls import article_id
from paths import TESTS
from tides import (
    CONFIG,
    NOW,
    ORDERS,
    SITE,
    build,
    halve,
    keep_feeds,
    list_held,
    name_anew,
    read_all,
    read_feeds,
    read_ids,
    write,
    write_other,
    write_ten,
)

LONGER = feedkit.Config(site=SITE, feeds=feedkit.FeedSettings(limit=60))
LARGE = 260  # records that are worth a second process
TIDES = ("all", "providers/harbour.example", "topics/tides")


@pytest.fixture
def harbour(tmp_path: Path) -> Path:
    """A folder with ten records and one of another topic, and their feeds."""
    write_ten(tmp_path / "in")
    write_other(tmp_path / "in")
    assert build(tmp_path).exit_status == 0
    return tmp_path


def test_a_feed_in_which_many_ids_change_stays_and_the_others_are_published(harbour: Path) -> None:
    before = read_feeds(harbour / "out", *TIDES)
    name_anew(harbour / "in")
    write_other(harbour / "in", "Ship")
    report = build(harbour)
    assert (list_held(report), report.exit_status) == (sorted(TIDES), 3)
    assert read_feeds(harbour / "out", *TIDES) == before
    assert b"Ship" in (harbour / "out/topics/boats/atom.xml").read_bytes()


def test_a_feed_in_which_a_few_ids_change_is_published(harbour: Path) -> None:
    name_anew(harbour / "in", 5)
    assert (build(harbour).held, build(harbour).exit_status) == ((), 0)


@pytest.mark.parametrize(
    ("style", "way"), [("uuid", "id: in its record"), ("url", "[moved] or ids.json")]
)
def test_an_entry_that_is_shown_as_new_again_is_named_once_with_its_old_id(
    harbour: Path, style: Literal["uuid", "url"], way: str
) -> None:
    config = feedkit.Config(site=SITE, ids=Ids(style=style))
    build(harbour, config, allow_resurface=True)
    url = "https://harbour.example/3"
    old = url if style == "url" else article_id(url)
    write(harbour / "in", 3, id="new")
    note = f"'Tide 3' is shown as new again, since its id was {old}; {way} keeps that"
    assert build(harbour, config).notes == (note,)
    assert build(harbour, config).notes == ()  # there is nothing new any more


def test_how_many_may_change_is_a_setting(harbour: Path) -> None:
    name_anew(harbour / "in", 5)
    strict = feedkit.Config(site=SITE, feeds=feedkit.FeedSettings(max_resurfaced=4))
    assert list_held(build(harbour, strict)) == sorted(TIDES)


def test_the_line_of_a_held_feed_says_how_many_and_how_to_go_on(harbour: Path) -> None:
    name_anew(harbour / "in")
    assert build(harbour).held[0] == (
        "all: held back, resurfaced: 6 of 11 entries would be shown as new again, under other ids; "
        "name what moved in [moved], give the records their old id, or pass --allow-resurface"
    )


@pytest.mark.parametrize("cache", [True, False])
def test_with_one_feed_all_are_held_that_show_the_same_entries_as_new(
    harbour: Path, cache: bool
) -> None:
    for number in (0, 7):
        write(harbour / "in", number, topics=["Tides", "Locks" if number else "Weirs"])
    build(harbour, cache=cache)
    name_anew(harbour / "in")
    write(harbour / "in", 0, id="new 0", topics=["Tides", "Weirs"])
    write(harbour / "in", 7, title="Other", topics=["Tides", "Locks"])
    first, second = build(harbour, cache=cache), build(harbour, cache=cache)
    assert list_held(first) == list_held(second) == sorted([*TIDES, "topics/weirs"])
    assert first.held[-1].startswith("topics/weirs: held back, resurfaced: 1 of 1 entries")
    assert first.notes == second.notes == ()
    name_anew(harbour / "in", 0)
    write_ten(harbour / "in")
    assert build(harbour, cache=cache).held == ()


def test_a_small_site_that_moves_is_told_the_line_that_keeps_its_subscribers(
    tmp_path: Path,
) -> None:
    for number in range(3):
        write(tmp_path / "in", number, topics=["Tides" if number else "Locks"])
    build(tmp_path)
    before = read_ids(tmp_path / "out/all/feed.json")
    for number in range(3):
        url = f"https://boats.example/{number}"
        write(tmp_path / "in", number, topics=["Tides" if number else "Locks"], url=url)
    report = build(tmp_path)
    assert list_held(report) == ["all", "providers/harbour.example", "topics/locks", "topics/tides"]
    line = '"https://harbour.example/" = "https://boats.example/"'
    assert all(f"say [moved] {line} if they moved so, " in held for held in report.held)
    old, _, new = line.replace('"', "").partition(" = ")
    moved = feedkit.Config(site=SITE, moved={old: new})
    assert (build(tmp_path, moved).exit_status, build(tmp_path, moved).notes) == (0, ())
    assert read_ids(tmp_path / "out/all/feed.json") == before


BOATS = {"name": "Boats", "domain": "boats.example"}
TO_BOATS = feedkit.Config(site=SITE, moved={"https://harbour.example/": "https://boats.example/"})


def move_to_boats(folder: Path) -> None:
    """Let ten articles, and their provider, move to another domain."""
    for number in range(10):
        write(folder, number, url=f"https://boats.example/{number}", provider=BOATS)


@pytest.mark.parametrize("cache", [True, False])
def test_what_others_are_held_for_is_not_published_first_in_a_new_feed(
    harbour: Path, cache: bool
) -> None:
    before = read_all(harbour / "out")
    ids = read_ids(harbour / "out/providers/harbour.example/feed.json")
    move_to_boats(harbour / "in")
    report = build(harbour, cache=cache)
    assert list_held(report) == sorted([*TIDES, "providers/boats.example"])
    assert report.held[1].startswith("providers/boats.example: held back, resurfaced: 10 of 10 ")
    assert 'say [moved] "https://harbour.example/" = ' in report.held[1]
    assert read_all(harbour / "out") == before
    assert build(harbour, cache=cache).held == report.held
    moved = build(harbour, TO_BOATS, cache=cache)
    assert (moved.held, moved.problems) == ((), (f"providers/harbour.example: {EMPTIED}",))
    assert read_ids(harbour / "out/providers/boats.example/feed.json") == ids


@pytest.mark.parametrize("style", ["url", "uuid"])
def test_what_stands_where_it_began_again_is_not_held_since_it_may_be_withheld(
    harbour: Path, style: Literal["uuid", "url"]
) -> None:
    build(harbour, msgspec.structs.replace(TO_BOATS, ids=Ids(style=style)), allow_resurface=True)
    write(harbour / "in", 3, draft=True)
    other = feedkit.Config(site=SITE, ids=Ids(style="uuid" if style == "url" else "url"))
    assert build(harbour, other).held == ()
    assert b"Tide 3" not in b"".join(read_all(harbour / "out").values())


@pytest.mark.parametrize("cache", [True, False])
def test_a_new_feed_that_waits_for_others_is_published_with_them(
    harbour: Path, cache: bool
) -> None:
    move_to_boats(harbour / "in")
    build(harbour, cache=cache)
    assert build(harbour, cache=cache, allow_resurface=True).held == ()
    assert len(read_ids(harbour / "out/providers/boats.example/feed.json")) == 10
    assert read_ids(harbour / "out/providers/harbour.example/feed.json") == []


def test_a_new_feed_of_other_articles_waits_for_nobody(harbour: Path) -> None:
    name_anew(harbour / "in")
    write(harbour / "in", 50, title="Fog", topics=["Fog"], provider=None)
    assert list_held(build(harbour)) == sorted(TIDES)
    assert len(read_ids(harbour / "out/topics/fog/feed.json")) == 1


@pytest.mark.parametrize("cache", [True, False])
def test_no_feed_is_emptied_or_pruned_while_another_is_held(harbour: Path, cache: bool) -> None:
    config = feedkit.Config(site=SITE, redirects={"old": "topics/boats"})
    build(harbour, config, cache=cache)
    before = read_all(harbour / "out")
    halve(harbour / "in")
    (harbour / "in/99.md").unlink()
    report = build(harbour, config, cache=cache, prune=True)
    assert list_held(report) == sorted([*TIDES, "topics/boats"])
    assert report.held[2].endswith("be published empty, while other feeds are held back")
    assert read_all(harbour / "out") == before
    assert build(harbour, config, cache=cache, prune=True).held == report.held
    build(harbour, config, cache=cache, allow_shrink=True)
    assert read_ids(harbour / "out/topics/boats/feed.json") == []


@pytest.mark.parametrize("cache", [True, False])
def test_a_feed_that_shows_what_is_withheld_is_emptied_whatever_is_held(
    harbour: Path, cache: bool
) -> None:
    halve(harbour / "in")
    write(harbour / "in", 99, title="Boat", url="https://boats.example/", draft=True)
    assert "topics/boats" not in list_held(build(harbour, cache=cache))
    assert read_ids(harbour / "out/topics/boats/feed.json") == []


def test_who_allows_entries_to_resurface_is_not_asked_whether_they_are_missing(
    tmp_path: Path,
) -> None:
    write_ten(tmp_path / "in")
    build(tmp_path)
    for number in range(10):
        write(tmp_path / "in", number, url=f"https://boats.example/{number}")
    assert build(tmp_path, allow_resurface=True).held == ()


#: A build that dies when so many files of a folder are renamed.
KILLED = """
import os, sys
left = int(sys.argv[2])
def watch(event, args):
    global left
    if event == "os.rename" and str(args[1]).startswith(sys.argv[3]):
        if not left:
            os._exit(9)
        left -= 1
sys.addaudithook(watch)
from pathlib import Path
import tides
tides.build(Path(sys.argv[1]), tides.ORDERS[sys.argv[4]])
"""


@pytest.mark.parametrize("json", ORDERS)
@pytest.mark.parametrize("renamed", range(4))
def test_a_feed_of_two_states_is_not_held_while_any_of_its_files_shows_what_is_withheld(
    harbour: Path, renamed: int, json: str
) -> None:
    write(harbour / "in", 50, title="Secret", excerpt="Secret")
    build(harbour, ORDERS[json])
    write(harbour / "in", 50, title="Secret", excerpt="Secret", draft=True)
    tides = harbour / "out/topics/tides"
    command = [sys.executable, "-c", KILLED, str(harbour), str(renamed), str(tides), json]
    assert subprocess.run(command, cwd=TESTS / "support", check=False).returncode == 9
    name_anew(harbour / "in")
    assert "topics/tides" not in list_held(build(harbour, ORDERS[json]))
    assert [path for path in tides.iterdir() if b"Secret" in path.read_bytes()] == []


@pytest.mark.parametrize("name", ["atom", "rss", "json"])
def test_a_held_feed_goes_on_under_the_names_that_it_has(
    harbour: Path, name: feedkit.Format
) -> None:
    name_anew(harbour / "in")
    names: dict[feedkit.Format, str] = (
        {name: "other.xml"} if name == "atom" else {"atom": "a.xml", name: f"{name}.other"}
    )
    build(harbour)
    config = feedkit.Config(site=SITE, feeds=feedkit.FeedSettings(names=names))
    assert list_held(build(harbour, config)) == sorted(TIDES)
    opml = (harbour / "out/feeds.opml").read_text("utf-8")
    assert opml.count("/atom.xml") == len(TIDES)


def test_a_held_feed_has_a_page_though_it_was_lost(harbour: Path) -> None:
    name_anew(harbour / "in")
    page = harbour / "out/topics/tides/index.html"
    page.unlink()
    assert "topics/tides" in list_held(build(harbour))
    assert "<h1" in page.read_text("utf-8")


@pytest.mark.parametrize("cache", [True, False])
def test_a_held_feed_is_said_at_each_build_until_it_is_resolved(harbour: Path, cache: bool) -> None:
    before = read_feeds(harbour / "out", *TIDES)
    name_anew(harbour / "in")
    first = build(harbour, cache=cache)
    second = build(harbour, cache=cache)
    assert (second.held, second.exit_status, second.written) == (first.held, 3, 0)
    write_other(harbour / "in", "Ship")
    third = build(harbour, cache=cache)
    assert list_held(third) == list_held(first)
    assert third.written > 0
    assert read_feeds(harbour / "out", *TIDES[1:]) == keep_feeds(before, *TIDES[1:])
    write_ten(harbour / "in")  # their old ids
    assert build(harbour, cache=cache).held == ()
    assert build(harbour, cache=cache).exit_status == 0


@pytest.mark.parametrize("has_changes", [True, False])
def test_a_held_feed_is_published_where_that_is_allowed(harbour: Path, has_changes: bool) -> None:
    before = read_ids(harbour / "out/topics/tides/feed.json")
    name_anew(harbour / "in")
    build(harbour)
    if has_changes:
        write_other(harbour / "in", "Ship")
    assert build(harbour, allow_shrink=True).exit_status == 3
    report = build(harbour, allow_resurface=True)
    assert (report.held, report.exit_status) == ((), 0)
    new = set(read_ids(harbour / "out/topics/tides/feed.json")).difference(before)
    assert len(new) == 6
    assert build(harbour).exit_status == 0


def test_update_holds_what_build_holds(harbour: Path) -> None:
    before = read_feeds(harbour / "out", *TIDES)
    name_anew(harbour / "in")
    changed = [harbour / "in" / f"{number}.md" for number in range(6)]
    report = feedkit.update(harbour / "out", CONFIG, now=NOW, changed=changed)
    assert list_held(report) == sorted(TIDES)
    assert read_feeds(harbour / "out", *TIDES) == before
    again = feedkit.update(harbour / "out", CONFIG, now=NOW, allow_resurface=True)
    assert (again.held, again.exit_status) == ((), 0)


def test_a_plan_says_what_would_be_held_and_changes_it_where_that_is_allowed(
    harbour: Path,
) -> None:
    name_anew(harbour / "in")
    before = read_all(harbour)
    source, out = harbour / "in", harbour / "out"
    held = feedkit.plan(source, out, CONFIG, now=NOW)
    assert (held.changes, list_held(held.report)) == ((), sorted(TIDES))
    allowed = feedkit.plan(source, out, CONFIG, now=NOW, allow_resurface=True)
    assert [changes.path for changes in allowed.changes] == sorted(TIDES)
    assert read_all(harbour) == before
    assert held.publish().exit_status == 3
    assert allowed.publish().exit_status == 0


def move(folder: Path) -> None:
    for number in range(10):
        write(folder, number, url=f"https://quay.example/{number}")


def test_a_site_that_moves_is_held_until_the_settings_say_where_to(harbour: Path) -> None:
    move(harbour / "in")
    assert list_held(build(harbour)) == sorted(TIDES)
    ids = read_ids(harbour / "out/all/feed.json")
    moved = feedkit.Config(site=SITE, moved={"https://harbour.example/": "https://quay.example/"})
    assert build(harbour, moved).exit_status == 0
    assert read_ids(harbour / "out/all/feed.json") == ids
    assert b"quay.example/3" in (harbour / "out/all/atom.xml").read_bytes()


def test_what_has_moved_is_compared_with_its_address_of_now(harbour: Path) -> None:
    moved = feedkit.Config(site=SITE, moved={"https://harbour.example/": "https://quay.example/"})
    for number in range(6):
        write(harbour / "in", number, id=f"new {number}", title=f"Quay {number}")
    assert list_held(build(harbour, moved)) == sorted(TIDES)
    write(harbour / "in", 9, url="https://quay.example/9", draft=True)
    assert build(harbour, moved).held == ()


@pytest.mark.parametrize("cache", [True, False])
def test_a_feed_that_loses_most_entries_stays_until_they_are_back(
    harbour: Path, cache: bool
) -> None:
    before = read_all(harbour / "out")
    halve(harbour / "in")
    report = build(harbour, cache=cache)
    assert (list_held(report), report.exit_status) == (sorted(TIDES), 3)
    assert report.held[1] == (
        "providers/harbour.example: held back, shrunk: 7 of 10 entries would be missing, and no "
        "record withholds any; bring the records back, or pass --allow-shrink"
    )
    assert read_feeds(harbour / "out", *TIDES) == keep_feeds(before, *TIDES)
    assert build(harbour, cache=cache).held == report.held
    write_ten(harbour / "in")
    assert build(harbour, cache=cache).exit_status == 0
    assert read_all(harbour / "out") == before


def test_a_feed_may_shrink_where_that_is_allowed(harbour: Path) -> None:
    halve(harbour / "in")
    assert build(harbour).exit_status == build(harbour, allow_resurface=True).exit_status == 3
    assert build(harbour, allow_shrink=True).exit_status == 0
    assert len(read_ids(harbour / "out/topics/tides/feed.json")) == 3


def test_a_feed_may_shrink_where_settings_say_otherwise_what_it_holds(harbour: Path) -> None:
    halve(harbour / "in")
    assert build(harbour, LONGER).exit_status == 0
    assert len(read_ids(harbour / "out/all/feed.json")) == 4


def test_settings_of_a_held_feed_are_those_that_it_was_published_with(harbour: Path) -> None:
    name_anew(harbour / "in")
    assert build(harbour, LONGER).exit_status == 3
    write_ten(harbour / "in")
    halve(harbour / "in")
    assert build(harbour, LONGER).exit_status == 0


@pytest.mark.parametrize("cache", [True, False])
@pytest.mark.parametrize(
    "fields", [{"draft": True}, {"removed": True}, {"published": False}, {"date": "2027-01-01"}]
)
def test_a_feed_that_shows_what_is_withheld_is_never_held(
    harbour: Path, fields: dict[str, object], cache: bool
) -> None:
    name_anew(harbour / "in")
    halve(harbour / "in")
    assert build(harbour, cache=cache).exit_status == 3
    write(harbour / "in", 3, **fields)
    report = build(harbour, cache=cache)
    assert (report.held, report.problems) == ((), ())
    assert len(read_ids(harbour / "out/topics/tides/feed.json")) == 3
    assert b"Tide 3" not in b"".join(read_all(harbour / "out").values())


@pytest.mark.parametrize(
    "exclude",
    [
        feedkit.Exclude(urls=("https://harbour.example/3",)),
        feedkit.Exclude(domains=("harbour.example",)),
        feedkit.Exclude(providers=("HARBOUR NEWS",)),
    ],
    ids=["urls", "domains", "providers"],
)
def test_what_settings_exclude_is_withheld_though_no_record_is_left(
    harbour: Path, exclude: feedkit.Exclude
) -> None:
    halve(harbour / "in")
    assert build(harbour).exit_status == 3
    build(harbour, feedkit.Config(site=SITE, exclude=exclude))
    assert b"Tide 3" not in b"".join(read_all(harbour / "out").values())


_some = st.sets(st.integers(0, 9))


@settings(max_examples=15, deadline=None)
@given(
    renamed=_some,
    left_out=_some,
    withheld=st.integers(0, 9),
    state=st.sampled_from(["draft", "removed", "deleted", "unpublished"]),
)
def test_whatever_else_changes_a_withdrawal_is_published(
    renamed: set[int], left_out: set[int], withheld: int, state: State
) -> None:
    with TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        feedkit.build([make_article(number) for number in range(10)], out, SITE, now=NOW)
        kept = [number for number in range(10) if number == withheld or number not in left_out]
        changed = [
            make_article(
                number,
                "new" if number in renamed else "",
                state if number == withheld else "published",
            )
            for number in kept
        ]
        assert feedkit.build(changed, out, SITE, now=NOW).held == ()
        assert f"Tide {withheld}".encode() not in b"".join(read_all(out).values())


def make_article(number: int, id: str = "", state: State = "published") -> feedkit.Article:
    return feedkit.Article(
        url=f"https://harbour.example/{number}", title=f"Tide {number}", published=NOW,
        topics=("Tides",), id=f"{id} {number}" if id else "", state=state,
    )  # fmt: skip


def write_listing(folder: Path, **fields: object) -> None:
    """Let a record list another that is no entry; give that other these fields."""
    item = {"title": "Lamp", "url": "https://lamp.example/", "date": "2026-02-02"}
    write(folder, 9, related=[item])
    write(folder, 50, **{**item, "topics": [], "published": False, "provider": None, **fields})


@pytest.mark.parametrize("cache", [True, False])
def test_what_a_held_feed_only_links_to_is_withheld_too(tmp_path: Path, cache: bool) -> None:
    config = feedkit.Config(site=SITE, feeds=feedkit.FeedSettings(related="links"))
    write_ten(tmp_path / "in")
    write_listing(tmp_path / "in")
    build(tmp_path, config, cache=cache)
    name_anew(tmp_path / "in")
    assert list_held(build(tmp_path, config, cache=cache)) == sorted(TIDES)
    write_listing(tmp_path / "in", removed=True)
    assert build(tmp_path, config, cache=cache).held == ()
    assert b"Lamp" not in b"".join(read_all(tmp_path / "out").values())


@pytest.mark.parametrize("field", ["urls", "domains"])
def test_what_a_held_feed_only_links_to_may_be_excluded(tmp_path: Path, field: str) -> None:
    write_ten(tmp_path / "in")
    write_listing(tmp_path / "in")
    links = feedkit.FeedSettings(related="links")
    build(tmp_path, feedkit.Config(site=SITE, feeds=links))
    name_anew(tmp_path / "in", 10)
    (tmp_path / "in/50.md").unlink()
    where = {"urls": "https://lamp.example/", "domains": "lamp.example"}[field]
    exclude = feedkit.Exclude(**{field: (where,)})
    report = build(tmp_path, feedkit.Config(site=SITE, feeds=links, exclude=exclude))
    assert report.held == ()
    assert b"Lamp" not in b"".join(read_all(tmp_path / "out").values())


def test_a_held_feed_is_let_go_by_a_withdrawal_that_concerns_no_other_feed(
    harbour: Path,
) -> None:
    """The record has left the topic, so that only the old file still shows it there."""
    name_anew(harbour / "in")
    for number in range(10):
        write(harbour / "in", number, id=f"new {number}", topics=["Ebb"] if number else ["Tides"])
    build(harbour)
    write(harbour / "in", 3, topics=["Ebb"], draft=True)
    build(harbour)
    assert b"Tide 3" not in b"".join(read_all(harbour / "out").values())


def test_a_small_feed_without_any_article_left_is_emptied_not_held(harbour: Path) -> None:
    for number in range(10):
        write(harbour / "in", number, topics=["Ebb"] if number > 3 else ["Ebb", "Flow"])
    build(harbour, allow_shrink=True)
    write_ten(harbour / "in", topics=["Ebb"])
    report = build(harbour)
    assert f"topics/flow: {EMPTIED}" in report.problems
    assert read_ids(harbour / "out/topics/flow/feed.json") == []


def test_a_held_feed_keeps_its_old_address_and_what_the_manifest_says_of_it(
    harbour: Path,
) -> None:
    config = feedkit.Config(site=SITE, redirects={"old": "topics/tides"})
    build(harbour, config)
    before = read_feeds(harbour / "out", "old", "topics/tides")
    manifest = json.loads((harbour / "out/feeds.json").read_bytes())
    name_anew(harbour / "in")
    assert list_held(build(harbour, config)) == sorted(TIDES)
    assert read_feeds(harbour / "out", "old", "topics/tides") == before
    assert json.loads((harbour / "out/feeds.json").read_bytes()) == manifest


def test_an_old_address_of_a_held_feed_serves_what_is_published(harbour: Path) -> None:
    name_anew(harbour / "in")
    build(harbour, feedkit.Config(site=SITE, redirects={"old": "topics/tides"}))
    out = harbour / "out"
    assert (out / "old/atom.xml").read_bytes() == (out / "topics/tides/atom.xml").read_bytes()


def test_a_held_feed_keeps_a_format_that_is_dropped(harbour: Path) -> None:
    before = read_feeds(harbour / "out", "topics/tides")
    name_anew(harbour / "in")
    atom = feedkit.Config(site=SITE, feeds=feedkit.FeedSettings(formats=("atom",)))
    build(harbour, atom)
    assert read_feeds(harbour / "out", "topics/tides") == before


def test_a_held_feed_is_not_taken_for_what_became_of_its_dropped_formats(harbour: Path) -> None:
    atom = feedkit.Config(site=SITE, feeds=feedkit.FeedSettings(formats=("atom",)))
    build(harbour, atom)
    before = read_feeds(harbour / "out", "topics/tides")
    name_anew(harbour / "in")
    assert list_held(build(harbour, atom)) == sorted(TIDES)
    assert read_feeds(harbour / "out", "topics/tides") == before


def test_a_feed_is_not_compared_with_what_its_address_served_for_another(harbour: Path) -> None:
    (harbour / "in/99.md").unlink()
    config = feedkit.Config(site=SITE, redirects={"topics/boats": "topics/tides"})
    build(harbour, config)
    assert len(read_ids(harbour / "out/topics/boats/feed.json")) == 10
    write_other(harbour / "in")
    assert build(harbour, config).held == ()
    assert len(read_ids(harbour / "out/topics/boats/feed.json")) == 1


@pytest.mark.parametrize("jobs", [1, 2])
def test_two_processes_hold_what_one_does(tmp_path: Path, jobs: int) -> None:
    for number in range(LARGE):
        topic = f"T{number % 13}"
        write(tmp_path / "in", number, topics=[topic], provider={"name": f"P{number % 7}"})
    build(tmp_path)
    before = read_all(tmp_path / "out")
    for number in range(0, LARGE, 13):
        write(tmp_path / "in", number, id=f"new {number}", topics=["T0"], provider={"name": "P0"})
    report = build(tmp_path, jobs=jobs)
    assert {"all", "topics/t0"} <= set(list_held(report))
    assert read_feeds(tmp_path / "out", "topics/t0", "all") == keep_feeds(
        before, "topics/t0", "all"
    )


DAMAGES: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "other": lambda path: path.write_bytes(b'{"items": [{"id": 1}]}<feed/>'),
    "half": lambda path: path.write_bytes(path.read_bytes()[:700]),
    "gone": lambda path: path.unlink(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_published_feed_that_cannot_be_read_is_replaced_and_noted(
    harbour: Path, damage: str
) -> None:
    name_anew(harbour / "in")
    for name in ("feed.json", "atom.xml", "rss.xml"):
        DAMAGES[damage](harbour / "out/topics/tides" / name)
    report = build(harbour)
    assert list_held(report) == sorted(TIDES)[:2]
    note = "topics/tides: what was published here cannot be read: nothing to compare with"
    assert report.notes == (note,)
    assert len(read_ids(harbour / "out/topics/tides/feed.json")) == 10
    assert build(harbour).notes == ()


@pytest.mark.parametrize("left", ["feed.json", "atom.xml", "rss.xml"])
def test_one_format_that_can_be_read_is_enough(harbour: Path, left: str) -> None:
    name_anew(harbour / "in")
    for name in {"feed.json", "atom.xml", "rss.xml"} - {left}:
        (harbour / "out/topics/tides" / name).unlink()
    report = build(harbour)
    assert (list_held(report), report.problems) == (sorted(TIDES), ())
    assert (build(harbour, cache=False).held, build(harbour).written) == (report.held, 0)


def test_a_first_build_notes_that_there_was_nothing_to_compare_with(tmp_path: Path) -> None:
    write_ten(tmp_path / "in")
    note = "no feeds were published before: nothing to compare these with"
    assert (build(tmp_path).notes, build(tmp_path).notes) == ((note,), ())


def test_problems_and_a_held_feed_are_the_status_of_the_held_feed(harbour: Path) -> None:
    name_anew(harbour / "in")
    (harbour / "in/bad.md").write_text("---\ntitle: A\ndate: soon\n---\n")
    report = build(harbour)
    assert (len(report.problems), report.exit_status) == (1, 3)
