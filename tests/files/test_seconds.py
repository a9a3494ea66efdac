"""Servers make ETags of seconds and sizes: no two states of a file have both alike."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

import feedkit
from commands import record, write_files

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SITE = feedkit.Site(title="Harbour", url="https://feeds.example.org/news/")


def build(folder: Path, title: str, **more: object) -> feedkit.Report:
    url = "https://example.org/ferry/"
    files = {"in/a.md": record(title, webUrl=url, topics="[Tides]"), "in/b.md": record("Fog")}
    write_files(folder, files)
    config = feedkit.Config(site=SITE, publish=feedkit.PublishSettings(precompress=True))
    return feedkit.build(folder / "in", folder / "out", config, now=NOW, **more)  # type: ignore[arg-type]


def tag_all(out: Path) -> dict[str, tuple[int, int]]:
    """Return what a server makes an ETag of, by file."""
    found = {path.relative_to(out).as_posix(): path.stat() for path in out.rglob("*.*")}
    return {name: (int(one.st_mtime), one.st_size) for name, one in found.items()}


def read_all(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*.*")}


@pytest.mark.parametrize("cache", [True, False])
def test_a_second_state_of_the_same_size_has_another_second(cache: bool, tmp_path: Path) -> None:
    out = tmp_path / "out"
    time.sleep(1 - time.time() % 1)  # so that both begin in one second
    build(tmp_path, "One", cache=cache)
    tags, bodies = tag_all(out), read_all(out)
    for title in ("Two", "Ten"):
        build(tmp_path, title, cache=cache)
        new, after = tag_all(out), read_all(out)
        changed = {name for name in bodies if bodies[name] != after[name]}
        assert {"all/atom.xml", "topics/tides/feed.json", "topics/tides/index.html"} <= changed
        assert [name for name in changed if tags[name] == new[name]] == []
        assert [name for name in bodies if name not in changed and tags[name] != new[name]] == []
        assert all(path.stat().st_mtime <= time.time() for path in out.rglob("*"))
        tags, bodies = new, after
    assert [path for path in out.rglob(".*") if path.is_file()] == []


@pytest.mark.parametrize("innocent", ["another size", "an old file", "lists alone"])
def test_nothing_else_waits(innocent: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(tmp_path, "One")
    slept = list[float]()
    monkeypatch.setattr("feedkit.files.publishing.sleep", slept.append)
    if innocent == "an old file":
        for path in (tmp_path / "out").rglob("*.*"):
            os.utime(path, (1_700_000_000, 1_700_000_000))
    build(tmp_path, "Two" if innocent == "an old file" else "Two and more")
    assert slept == []
