"""Gzipped copies: beside every file, of its bytes, gone when it is, and never an old one."""

import gzip
import json
import os
import random
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import feedkit
from commands import SMALL, run, write_files
from feedkit.files.publishing import is_copy, make_copy
from harbour import NOW, SITE, change_site, make_site, read_tree, write_record

ON = feedkit.Config(site=SITE, publish=feedkit.PublishSettings(precompress=True))
OFF = feedkit.Config(site=SITE)


def build(content: Path, out: Path, config: feedkit.Config = ON, **more: object) -> feedkit.Report:
    known: dict[str, object] = {"allow_shrink": True, "now": NOW, **more}
    return feedkit.build(content, out, config, **known)  # type: ignore[arg-type]


def read_published(out: Path) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Return all files but copies, and what the copies hold, by the names of what they are of."""
    tree = read_tree(out)
    plain = {name: data for name, data in tree.items() if not name.endswith(".gz")}
    copies = {name[:-3]: gzip.decompress(tree[name]) for name in tree.keys() - plain.keys()}
    return plain, copies


def stat_tree(out: Path) -> dict[Path, tuple[int, int]]:
    return {
        path: (path.stat().st_mtime_ns, path.stat().st_ino)
        for path in out.rglob("*")
        if path.is_file()
    }


def test_every_file_has_a_copy_of_its_bytes(tmp_path: Path) -> None:
    report = build(make_site(tmp_path), tmp_path / "out")
    plain, copies = read_published(tmp_path / "out")
    assert plain == copies
    assert {"index.html", "feeds.opml", "feeds.json", "all/atom.xml"} <= plain.keys()
    assert report.files == len(plain) + len(copies)


def test_a_copy_says_neither_when_nor_where_it_was_made() -> None:
    assert make_copy(b"The harbour")[:10].hex() == "1f8b08000000000000ff"


@pytest.mark.parametrize(
    "packed",
    [
        *(b"", b"no gzip", make_copy(b"body")[:-1], make_copy(b"body") + b"x"),
        *(make_copy(b"body") + make_copy(b"x"), make_copy(b"bodyx"), make_copy(b"bod")),
    ],
)
def test_what_unpacks_to_anything_else_is_no_copy(packed: bytes) -> None:
    assert is_copy(make_copy(b"body"), b"body")
    assert not is_copy(packed, b"body")


def test_a_copy_that_packs_the_same_bytes_otherwise_is_left(tmp_path: Path) -> None:
    content, out = make_site(tmp_path), tmp_path / "out"
    build(content, out)
    path = out / "all/atom.xml.gz"
    other = gzip.compress((out / "all/atom.xml").read_bytes(), 1)
    assert other != path.read_bytes()
    path.write_bytes(other)
    report = build(content, out, cache=False)
    assert (path.read_bytes(), report.written) == (other, 0)


def test_a_damaged_copy_is_written_again(tmp_path: Path) -> None:
    content, out = make_site(tmp_path), tmp_path / "out"
    build(content, out)
    before = read_tree(out)
    (out / "all/atom.xml.gz").write_bytes(gzip.compress(b"another"))
    assert build(content, out).written == 1
    assert read_tree(out) == before


@pytest.mark.parametrize("cache", [True, False])
def test_what_did_not_change_is_not_touched(tmp_path: Path, *, cache: bool) -> None:
    content, out = make_site(tmp_path), tmp_path / "out"
    build(content, out, cache=cache)
    before = stat_tree(out)
    write_record(content, 3, 1)
    report = build(content, out, cache=cache)
    after = stat_tree(out)
    touched = {path for path in after if after[path] != before.get(path)}
    assert 0 < len(touched) == report.written < report.files
    changed = {path for path in touched if path.suffix != ".gz"}
    assert touched == changed | {path.with_name(f"{path.name}.gz") for path in changed}


def test_copies_go_when_they_are_no_longer_asked_for(tmp_path: Path) -> None:
    content, out, other = make_site(tmp_path), tmp_path / "out", tmp_path / "other"
    build(content, out)
    (out / "own.txt.gz").write_bytes(b"the user's")
    build(content, other, OFF)
    build(content, out, OFF)
    assert read_tree(out).keys() - read_tree(other).keys() == {"own.txt.gz"}
    assert read_tree(out).items() >= read_tree(other).items()


def test_copies_that_feedkit_did_not_make_are_left_alone(tmp_path: Path) -> None:
    content, out = make_site(tmp_path), tmp_path / "out"
    build(content, out, OFF)
    (out / "all/atom.xml.gz").write_bytes(b"the user's")
    write_record(content, 3, 1)
    build(content, out, OFF)
    assert (out / "all/atom.xml.gz").read_bytes() == b"the user's"


def test_copies_go_though_every_feed_was_pruned_before(tmp_path: Path) -> None:
    content, out = make_site(tmp_path, 1), tmp_path / "out"
    build(content, out)
    write_record(content, 0, removed=True)
    build(content, out, prune=True)
    assert read_tree(out).keys() >= {"index.html", "index.html.gz", "feeds.json.gz"}
    assert json.loads((out / "feeds.json").read_bytes())["feeds"] == []
    write_record(content, 1)
    build(content, out, OFF)
    assert [name for name in read_tree(out) if name.endswith(".gz")] == []


def test_what_is_withdrawn_is_in_no_copy(tmp_path: Path) -> None:
    content, out = make_site(tmp_path), tmp_path / "out"
    write_record(content, 50, topics=["Wrecks"], title="Never to be seen")
    build(content, out)
    assert "topics/wrecks/rss.xml" in find_copies(out, b"Never to be seen")
    write_record(content, 50, topics=["Wrecks"], title="Never to be seen", removed=True)
    build(content, out)
    assert find_copies(out, b"Never to be seen") == []
    assert (out / "topics/wrecks/rss.xml.gz").exists()
    build(content, out, prune=True)
    assert not (out / "topics/wrecks").exists()
    plain, copies = read_published(out)
    assert plain == copies


def find_copies(out: Path, text: bytes) -> list[str]:
    return sorted(name for name, data in read_published(out)[1].items() if text in data)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no processes to kill")
def test_a_build_killed_at_any_rename_leaves_no_old_copy_beside_a_new_file(tmp_path: Path) -> None:
    content, out, fresh = make_site(tmp_path, 8), tmp_path / "out", tmp_path / "fresh"
    chance = random.Random(5)
    settings = [OFF, ON, ON, OFF, ON]
    build(content, out, settings[0])
    for number in range(30):
        config = settings[number % len(settings)]
        change_site(content, chance, number)
        write_record(content, 60, number, topics=[f"Berth {number % 3}"])
        before = read_published(out)[0]
        if child := os.fork():
            os.waitpid(child, 0)
        else:
            die_at_rename(out, chance.randint(1, 60))
            try:
                build(content, out, config, prune=True)
            finally:
                os._exit(0)
        plain, copies = read_published(out)
        for name, data in copies.items():
            # It is the file's own, or newer; the manifest is written twice.
            known = (data, before.get(name))
            assert name == "feeds.json" or plain.get(name) in known, name
        build(content, out, config, prune=True)
        shutil.rmtree(fresh, ignore_errors=True)
        build(content, fresh, config, prune=True, cache=False)
        assert read_tree(out) == read_tree(fresh)


def die_at_rename(out: Path, left: int) -> None:
    def look(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event in ("os.rename", "os.remove") and str(out) in str(arguments[0]):
            left -= 1
            if left == 0:
                os._exit(9)

    sys.addaudithook(look)


def test_a_plan_says_what_changes_with_copies_too(tmp_path: Path) -> None:
    content, out = make_site(tmp_path), tmp_path / "out"
    build(content, out)
    write_record(content, 3, 1)
    found = feedkit.plan(content, out, ON, now=datetime(2026, 3, 2, tzinfo=UTC))
    assert found.publish().written == found.report.written > 0


def test_the_command_writes_copies_as_the_settings_would(tmp_path: Path) -> None:
    write_files(tmp_path, SMALL)
    assert run("build in --out a --precompress", tmp_path).status == 0
    assert run("update in --out a --precompress", tmp_path).status == 0
    settings = (tmp_path / "feedkit.toml").read_text() + "[publish]\nprecompress = true\n"
    (tmp_path / "feedkit.toml").write_text(settings)
    assert run("build in --out b", tmp_path).status == 0
    assert read_tree(tmp_path / "a") == read_tree(tmp_path / "b")
    assert (tmp_path / "a/all/rss.xml.gz").exists()


@pytest.mark.parametrize("name", ["feed.xml.gz", "FEED.GZ"])
def test_no_feed_is_called_as_a_copy(name: str) -> None:
    with pytest.raises(feedkit.ConfigError):
        feedkit.FeedSettings(names={"rss": name})
    with pytest.raises(feedkit.ConfigError):
        feedkit.FeedSettings(all=name)


def test_the_option_changes_no_other_setting_of_publishing(tmp_path: Path) -> None:
    settings = f"{SMALL['feedkit.toml']}[publish]\nstylesheet = true\n"
    write_files(tmp_path, {**SMALL, "feedkit.toml": settings})
    assert run("build in --out out --precompress", tmp_path).status == 0
    plain, copies = read_published(tmp_path / "out")
    assert plain == copies
    assert b"<?xml-stylesheet" in plain["all/atom.xml"]
