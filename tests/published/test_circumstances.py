"""What changed around the records since feeds were published is said: the clock, the site's url."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

import feedkit
from commands import SMALL, run, write_files
from tides import CONFIG, NOW, SITE, build, read_ids, write, write_ten

NONE = "no feeds were published before: nothing to compare these with"


@pytest.mark.parametrize("cache", [True, False])
def test_a_clock_that_went_back_is_named_as_such(tmp_path: Path, cache: bool) -> None:
    write_ten(tmp_path / "in")  # from the 1st to the 10th of February
    source, out = tmp_path / "in", tmp_path / "out"
    build(tmp_path, cache=cache)
    then = NOW.replace(month=2, day=8)
    report = feedkit.build(source, out, CONFIG, now=then, cache=cache)
    assert report.withheld == {"future": 2}
    assert report.notes == (
        "the clock went back: published entries are dated up to 2026-02-10T08:00:00Z, and it is "
        "2026-02-08T12:00:00Z; records that are dated later are withheld until then",
    )
    assert report.warnings == report.notes
    again = feedkit.build(source, out, CONFIG, now=then, cache=cache)
    assert again.notes == ()  # they are published no more
    assert build(tmp_path, cache=cache).notes == ()
    assert len(read_ids(out / "all/feed.json")) == 10


def test_an_update_by_a_clock_that_went_back_names_it_too(tmp_path: Path) -> None:
    write_ten(tmp_path / "in")
    build(tmp_path)
    write(tmp_path / "in", 0, title="Other")
    then = NOW.replace(month=2, day=8)
    changed = [tmp_path / "in/0.md"]
    report = feedkit.update(tmp_path / "out", CONFIG, now=then, changed=changed)
    assert report.notes[0].startswith("the clock went back: ")
    assert report.warnings == report.notes


@pytest.mark.parametrize("cache", [True, False])
@pytest.mark.parametrize("days", [0, 1, 400])
def test_a_clock_that_goes_on_is_none_of_it(tmp_path: Path, cache: bool, days: int) -> None:
    write_ten(tmp_path / "in")
    write(tmp_path / "in", 11, date="2027-01-01T00:00:00Z")
    build(tmp_path, cache=cache)
    write(tmp_path / "in", 0, title="Other")
    then = NOW + timedelta(days=days)
    assert (
        feedkit.build(tmp_path / "in", tmp_path / "out", CONFIG, now=then, cache=cache).notes == ()
    )


OTHER = msgspec.structs.replace(SITE, url="https://other.example/feeds/")


@pytest.mark.parametrize("cache", [True, False])
def test_a_site_at_another_address_is_said_once(tmp_path: Path, cache: bool) -> None:
    write_ten(tmp_path / "in")
    build(tmp_path, cache=cache)
    ids = read_ids(tmp_path / "out/all/feed.json")
    report = build(tmp_path, feedkit.Config(site=OTHER), cache=cache)
    assert report.notes == (
        "[site] url was https://feeds.example.org/ and is https://other.example/feeds/: the id and "
        "address of every feed change; redirect (301) each old address to the new one, or its "
        "subscribers receive nothing new",
    )
    assert report.warnings == report.notes
    assert read_ids(tmp_path / "out/all/feed.json") == ids
    assert build(tmp_path, feedkit.Config(site=OTHER), cache=cache).notes == ()


def test_feeds_that_are_published_elsewhere_may_have_had_another_address(tmp_path: Path) -> None:
    write_ten(tmp_path / "in")
    build(tmp_path)
    source, previous = tmp_path / "in", tmp_path / "out"
    there = feedkit.build(
        source, tmp_path / "new", feedkit.Config(site=OTHER), now=NOW, previous=previous
    )
    assert [note.partition(" and is ")[0] for note in there.notes] == [
        "[site] url was https://feeds.example.org/"
    ]


@pytest.mark.parametrize(
    "config",
    [
        feedkit.Config(
            site=msgspec.structs.replace(SITE, title="Other", home="https://a.example/")
        ),
        feedkit.Config(site=SITE, feeds=feedkit.FeedSettings(topics="t/{slug}")),
        feedkit.Config(site=SITE, feeds=feedkit.FeedSettings(all="")),
        feedkit.Config(site=SITE, redirects={"old": "topics/tides"}),
    ],
)
def test_other_settings_are_no_other_site(tmp_path: Path, config: feedkit.Config) -> None:
    write_ten(tmp_path / "in", topics=["M\u00fcll & Co"])
    build(tmp_path)
    notes = build(tmp_path, config, allow_shrink=True).notes
    assert [note for note in notes if "[site] url" in note] == []


@pytest.mark.parametrize("option", ["", "--quiet", "--json", "--verbose", "--dry-run"])
def test_a_command_says_on_stderr_what_somebody_must_act_on(tmp_path: Path, option: str) -> None:
    write_files(tmp_path, SMALL)
    assert run("build in --out out", tmp_path).err == ""
    assert run(f"build in --out out {option}", tmp_path).err == ""
    other = SMALL["feedkit.toml"].replace("https://", "https://new.")
    write_files(tmp_path, {"feedkit.toml": other})
    done = run(f"build in --out out {option}", tmp_path)
    assert done.status == 0
    assert done.err.startswith("note: [site] url was https://")
    assert "note: [site]" not in done.out
