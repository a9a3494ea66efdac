"""Who may read what is kept, and whose cache is used."""

import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

import feedkit
from commands import SITE as SETTINGS
from commands import read_files, record, run, write_files
from feedkit.cache.database import write_checksum
from feedkit.files.spill import seal_record
from feedkit.models import Article

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SITE = feedkit.Site(title="Harbour", url="https://feeds.example.org/news/")

pytestmark = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no owners and modes")
as_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away"
)


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    """Let everybody read what is written, unless it says otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


def find_modes(folder: Path) -> dict[str, int]:
    paths = (folder, *folder.rglob("*"))
    return {str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode) for path in paths}


def build(folder: Path, **more: object) -> feedkit.Report:
    websub = feedkit.WebSub(hub="https://hub.example.org/")
    config = feedkit.Config(site=SITE, websub=websub)
    return feedkit.build(folder / "in", folder / "out", config, now=NOW, **more)  # type: ignore[arg-type]


def write_few(folder: Path) -> None:
    write_files(folder, {"in/a.md": record("Ferry"), "in/b.md": record("Fog")})


@pytest.mark.parametrize("place", [".out.feedkit", "kept", "deep/and/deeper"])
def test_what_is_kept_is_its_user_s_alone(place: str, tmp_path: Path) -> None:
    write_few(tmp_path)
    seen: dict[str, int] = {}
    cache = True if place == ".out.feedkit" else tmp_path / place
    top = tmp_path / place.partition("/")[0]

    def look(hop: str, done: int, total: int) -> None:
        seen.update(find_modes(top))

    build(tmp_path, cache=cache, on_progress=look)
    write_files(tmp_path, {"in/a.md": record("Ferries")})
    build(tmp_path, cache=cache, on_progress=look)
    seen.update(find_modes(top))
    names = {name.rpartition("/")[2] for name in seen}
    assert {"catalogue.sqlite", "catalogue.sqlite.seal", "websub.sqlite", "records0"} <= names
    assert {"entries0", "clock"} <= names
    folders = {name for name in seen if (top / name).is_dir()}
    assert {mode for name, mode in seen.items() if name in folders} == {0o700}
    assert {mode for name, mode in seen.items() if name not in folders} == {0o600}
    assert stat.S_IMODE((tmp_path / ".out.feedkit.lock").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "out/all/atom.xml").stat().st_mode) == 0o666


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o700, 0o2750])
def test_the_modes_of_folders_that_are_there_stay(mode: int, tmp_path: Path) -> None:
    write_few(tmp_path)
    for name in (".out.feedkit", "out"):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(mode)
    assert "again" not in str(build(tmp_path).notes)
    assert (tmp_path / ".out.feedkit/catalogue.sqlite").exists()
    for name in (".out.feedkit", "out"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == mode


def test_what_an_earlier_feedkit_left_open_is_closed(tmp_path: Path) -> None:
    write_few(tmp_path)
    build(tmp_path)
    names = (".out.feedkit/websub.sqlite", ".out.feedkit.lock")
    for name in names:
        (tmp_path / name).chmod(0o644)
    write_files(tmp_path, {"in/a.md": record("Ferries")})
    build(tmp_path)
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in names} == {0o600}


def open_to_all(cache: Path) -> None:
    cache.chmod(0o777)


def open_as_tmp_is(cache: Path) -> None:
    cache.chmod(0o1777)


def give_away(cache: Path) -> None:
    os.chown(cache, 12345, -1)


def lead_elsewhere(cache: Path) -> None:
    cache.rename(cache.with_name("moved"))
    cache.symlink_to("moved")
    os.chown(cache, 12345, -1, follow_symlinks=False)


def lead_to_another_s(cache: Path) -> None:
    cache.rename(cache.with_name("moved"))
    cache.symlink_to("moved")
    os.chown(cache, 12345, -1)


FAULTS = [
    *((open_to_all, "may be written by all users"), (open_as_tmp_is, "may be written by all")),
    pytest.param(give_away, "belongs to another user", marks=as_root),
    pytest.param(lead_elsewhere, "belongs to another user", marks=as_root),
    pytest.param(lead_to_another_s, "belongs to another user", marks=as_root),
]


@pytest.mark.parametrize(("spoil", "reason"), FAULTS)
def test_a_default_cache_that_others_control_is_not_used_and_a_note_says_why(
    spoil: Callable[[Path], None], reason: str, tmp_path: Path
) -> None:
    write_few(tmp_path)
    build(tmp_path)
    cache = tmp_path / ".out.feedkit"
    spoil(cache)
    before = read_files(cache)
    write_files(tmp_path, {"in/a.md": record("Ferries")})
    notes = build(tmp_path).notes
    assert [note for note in notes if note.startswith(f"{cache}: {reason}")] != []
    assert read_files(cache) == before
    feedkit.build(tmp_path / "in", tmp_path / "fresh", SITE, now=NOW, cache=False)
    assert b"Ferries" in (tmp_path / "out/all/atom.xml").read_bytes()
    with pytest.raises(feedkit.PublishError, match=reason):
        feedkit.update(tmp_path / "out", SITE, now=NOW, changed=[tmp_path / "in/a.md"])


def test_the_command_ends_with_the_reason(tmp_path: Path) -> None:
    write_few(tmp_path)
    write_files(tmp_path, {"feedkit.toml": SETTINGS})
    assert run("build in --out out", tmp_path).status == 0
    (tmp_path / ".out.feedkit").chmod(0o777)
    done = run("update in/a.md --out out", tmp_path)
    assert (done.status, "may be written by all users" in done.err) == (2, True)
    assert run("build in --out out --verbose", tmp_path).out.count("may be written by all") == 1


def leave(cache: Path) -> None:
    """Do nothing."""


@pytest.mark.parametrize("share", [leave, open_to_all, pytest.param(give_away, marks=as_root)])
def test_a_cache_that_is_named_may_be_anybody_s(
    share: Callable[[Path], None], tmp_path: Path
) -> None:
    write_few(tmp_path)
    cache = tmp_path / "kept"
    build(tmp_path, cache=cache)
    share(cache)
    write_files(tmp_path, {"in/a.md": record("Ferries")})
    assert "again" not in str(build(tmp_path, cache=cache).notes)
    report = feedkit.update(
        tmp_path / "out", SITE, now=NOW, changed=[tmp_path / "in/a.md"], cache=cache
    )
    assert report.articles == 2


@pytest.mark.parametrize("field", ["url", "related", "image", "enclosure", "amp"])
def test_an_address_that_something_put_into_the_cache_is_not_written(
    field: str, tmp_path: Path
) -> None:
    day = "2026-02-01T08:00:00Z"
    related = f"[{{title: Pier, webUrl: https://example.org/pier/, date: {day}}}]"
    picture = "{url: https://example.org/a.png, width: 64, height: 64}"
    sound = "[{url: https://example.org/a.mp3, type: audio/mpeg}]"
    more = {"related": related, "images": f"[{picture}]", "enclosures": sound}
    more["ampUrl"] = "https://example.org/amp/"
    write_files(tmp_path, {"in/a.md": record("Ferry", topics="[Tides]", **more)})
    write_files(tmp_path, {"in/b.md": record("Fog", topics="[Tides]")})
    feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW)
    poison(tmp_path / ".out.feedkit", field)
    write_files(tmp_path, {"in/b.md": record("Fogs", topics="[Tides]")})
    feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW)
    feedkit.build(tmp_path / "in", tmp_path / "fresh", SITE, now=NOW, cache=False)
    assert read_files(tmp_path / "out") == read_files(tmp_path / "fresh")


def poison(cache: Path, field: str) -> None:
    """Let the first record that is set aside have an address of a script; its row follows."""
    path, bad = cache / "records0", "javascript:alert(1)"
    data = path.read_bytes()
    with closing(sqlite3.connect(cache / "catalogue.sqlite")) as connection:
        rows = connection.execute("SELECT id, row FROM rows").fetchall()
        for number, row in rows:
            found = msgspec.msgpack.decode(row)
            places = [value for value in found if isinstance(value, list | tuple)]
            part, offset, length = next(
                place for place in places if len(place) == 3 and place[0] == 0 and place[2] > 20
            )
            article = msgspec.msgpack.decode(data[offset : offset + length - 4], type=Article)
            if article.title != "Ferry":
                continue
            made = seal_record(msgspec.msgpack.encode(change(article, field, bad)))
            new = [
                [0, len(data), len(made)] if value == [part, offset, length] else value
                for value in found
            ]
            connection.execute(
                "UPDATE rows SET row = ? WHERE id = ?", (msgspec.msgpack.encode(new), number)
            )
            with path.open("ab") as file:
                file.write(made)
        connection.commit()
    write_checksum(cache / "catalogue.sqlite", is_new=True)


def change(article: Article, field: str, url: str) -> Article:
    replace = msgspec.structs.replace
    if field == "url":
        return replace(article, url=url)
    if field == "related":
        return replace(article, related=tuple(replace(one, url=url) for one in article.related))
    if field == "image":
        assert article.images
        return replace(article, images=tuple(replace(one, url=url) for one in article.images))
    if field == "amp":
        return replace(article, amp_url=url)
    parts = tuple(replace(one, url=url) for one in article.enclosures)
    assert parts
    return replace(article, enclosures=parts)
