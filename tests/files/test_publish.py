"""Files appear whole or not at all, and what would stay the same is not touched."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from feedkit import PublishError
from feedkit.files.publishing import Staged, Stager, discard_files, publish_file, publish_files

NAMES = ("topics/tides/atom.xml", "topics/tides/rss.xml", "feeds.json")


def stage_all(out: Path, text: str) -> list[Staged]:
    with Stager(out) as stager:
        return [file for name in NAMES for file in stager.stage(name, text.encode())]


def stage_one(out: Path, name: str, body: bytes) -> Staged:
    with Stager(out) as stager:
        return stager.stage(name, body)[-1]


def publish_all(out: Path, text: str) -> None:
    publish_files(out, stage_all(out, text))


def list_files(out: Path) -> dict[str, str]:
    files = (path for path in out.rglob("*") if path.is_file() or path.is_symlink())
    return {path.relative_to(out).as_posix(): path.read_text("utf-8") for path in files}


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Record every fsync and rename below the folder, and do it."""
    recorded: list[tuple[str, str]] = []

    def record(name: str, find: Callable[[Any], str]) -> None:
        real = getattr(os, name)

        def call(first: Any, *others: Any) -> None:
            recorded.append((name, os.path.relpath(find(first), tmp_path)))
            real(first, *others)

        monkeypatch.setattr(os, name, call)

    record("fsync", lambda descriptor: str(Path(f"/proc/self/fd/{descriptor}").readlink()))
    record("replace", str)
    return recorded


def test_files_are_not_seen_before_they_are_published(tmp_path: Path) -> None:
    staged = stage_all(tmp_path, "new")
    names = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert names == {
        ".feeds.json.feedkit.new",
        ".atom.xml.feedkit.new",
        ".rss.xml.feedkit.new",
        ".feedkit.new",
    }
    publish_files(tmp_path, staged)
    assert list_files(tmp_path) == dict.fromkeys(NAMES, "new")


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no way to name a descriptor")
def test_every_file_is_on_disk_before_any_is_renamed_and_folders_come_last(
    tmp_path: Path, calls: list[tuple[str, str]]
) -> None:
    publish_all(tmp_path, "new")
    beside = [
        "topics/tides/.atom.xml.feedkit.new",
        "topics/tides/.rss.xml.feedkit.new",
        ".feeds.json.feedkit.new",
    ]
    assert calls[0] == ("fsync", ".")  # for the mark
    assert set(calls[1:4]) == {("fsync", name) for name in beside}
    assert calls[4:7] == [("replace", name) for name in beside]
    assert set(calls[7:]) >= {("fsync", folder) for folder in (".", "topics", "topics/tides")}
    assert {name for name, _ in calls[7:]} == {"fsync"}


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no way to name a descriptor")
def test_a_file_that_is_published_early_is_on_disk_before_any_other_is_seen(
    tmp_path: Path, calls: list[tuple[str, str]]
) -> None:
    staged = stage_all(tmp_path, "new")
    del calls[:]
    publish_file(tmp_path, "feeds.json", b"early")
    early = ".feeds.json.early.feedkit.new"
    assert calls == [("fsync", early), ("replace", early), ("fsync", ".")]
    assert (tmp_path / "feeds.json").read_text() == "early"
    publish_files(tmp_path, staged)
    assert list_files(tmp_path) == dict.fromkeys(NAMES, "new")


def test_an_early_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "feeds.json").mkdir()
    with pytest.raises(PublishError, match=r"feeds\.json: Is a directory"):
        publish_file(tmp_path, "feeds.json", b"early")


def test_the_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert stage_one(tmp_path, "a.xml", b"abc") == Staged("a.xml", digest, 3, True)


def read_stats(folder: Path) -> dict[Path, tuple[int, ...]]:
    """Return the status of all files and folders, but for when they were read."""
    stats = {path: path.stat() for path in folder.rglob("*")}
    return {path: (one.st_mtime_ns, one.st_ctime_ns, one.st_ino) for path, one in stats.items()}


def test_a_file_that_would_stay_the_same_is_not_touched(tmp_path: Path) -> None:
    publish_all(tmp_path, "same")
    before = read_stats(tmp_path)
    staged = stage_all(tmp_path, "same")
    assert [file.is_changed for file in staged] == [False, False, False]
    publish_files(tmp_path, staged)
    assert read_stats(tmp_path) == before


def test_bytes_of_the_same_length_are_compared(tmp_path: Path) -> None:
    publish_all(tmp_path, "old")
    publish_all(tmp_path, "new")
    assert list_files(tmp_path) == dict.fromkeys(NAMES, "new")


def test_whoever_has_the_old_file_open_goes_on_reading_it(tmp_path: Path) -> None:
    publish_all(tmp_path, "old")
    with (tmp_path / "feeds.json").open(encoding="utf-8") as reader:
        publish_all(tmp_path, "new")
        assert reader.read() == "old"


def test_published_files_have_the_permissions_that_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        publish_all(tmp_path, "new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "feeds.json").stat().st_mode) == 0o640


def test_what_an_interrupted_build_left_is_written_over(tmp_path: Path) -> None:
    (tmp_path / ".feeds.json.feedkit.new").write_text("half of something much longer than this one")
    publish_all(tmp_path, "new")
    assert list_files(tmp_path) == dict.fromkeys(NAMES, "new")


def test_nothing_is_written_through_a_link_that_stands_where_files_are_staged(
    tmp_path: Path,
) -> None:
    victim, out = tmp_path / "victim", tmp_path / "out"
    victim.write_text("precious")
    out.mkdir()
    (out / ".feeds.json.feedkit.new").symlink_to(victim)
    with pytest.raises(PublishError, match=r"out/feeds\.json: Too many levels of symbolic links"):
        stage_one(out, "feeds.json", b"new")
    assert victim.read_text() == "precious"


def test_a_link_where_a_file_is_published_is_replaced_and_not_followed(tmp_path: Path) -> None:
    victim, out = tmp_path / "victim", tmp_path / "out"
    victim.write_text("precious")
    out.mkdir()
    (out / "feeds.json").symlink_to(victim)
    publish_files(out, [stage_one(out, "feeds.json", b"new")])
    assert (victim.read_text(), (out / "feeds.json").read_text()) == ("precious", "new")
    assert not (out / "feeds.json").is_symlink()


def test_a_folder_where_a_file_should_be_is_found_before_any_rename(tmp_path: Path) -> None:
    publish_all(tmp_path, "old")
    (tmp_path / "topics/tides/rss.xml").unlink()
    (tmp_path / "topics/tides/rss.xml").mkdir()
    with pytest.raises(PublishError, match=r"topics/tides/rss\.xml: Is a directory"):
        stage_all(tmp_path, "new")
    assert (tmp_path / "topics/tides/atom.xml").read_text() == "old"


def test_a_file_where_a_folder_should_be_is_found_before_any_rename(tmp_path: Path) -> None:
    (tmp_path / "topics").write_text("a file")
    with pytest.raises(PublishError, match=r"topics/tides/atom\.xml: Not a directory"):
        stage_all(tmp_path, "new")


def test_what_was_staged_can_be_discarded(tmp_path: Path) -> None:
    publish_all(tmp_path, "old")
    stage_all(tmp_path, "new")
    (tmp_path / ".feeds.json.early.feedkit.new").touch()
    discard_files(tmp_path)
    assert list_files(tmp_path) == dict.fromkeys(NAMES, "old")


def test_nothing_else_is_discarded(tmp_path: Path) -> None:
    stage_all(tmp_path, "new")
    others = [
        "atom.xml.new",
        ".atom.xml",
        ".htaccess.new",
        "topics/.note.new",
        "x/feeds.json.early",
    ]
    for name in others:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("mine")
    discard_files(tmp_path)
    assert list_files(tmp_path) == dict.fromkeys(others, "mine")


def test_nothing_is_looked_for_where_no_build_died(tmp_path: Path) -> None:
    publish_all(tmp_path, "old")
    (tmp_path / ".feeds.json.feedkit.new").write_text("mine")
    discard_files(tmp_path)
    assert (tmp_path / ".feeds.json.feedkit.new").read_text() == "mine"


def test_a_body_larger_than_a_pipe_is_written_whole(tmp_path: Path) -> None:
    body = bytes(range(256)) * 5000
    publish_files(tmp_path, [stage_one(tmp_path, "a.xml", body)])
    assert (tmp_path / "a.xml").read_bytes() == body


def test_more_files_than_are_written_at_once_are_all_written(tmp_path: Path) -> None:
    names = [f"topics/{number}/atom.xml" for number in range(100)]
    with Stager(tmp_path) as stager:
        staged = [file for name in names for file in stager.stage(name, name.encode())]
    publish_files(tmp_path, staged)
    assert list_files(tmp_path) == {name: name for name in names}


def test_a_rename_that_fails_names_the_file(tmp_path: Path) -> None:
    staged = stage_all(tmp_path, "new")
    (tmp_path / ".feeds.json.feedkit.new").unlink()
    with pytest.raises(PublishError, match=r"/feeds\.json: No such file or directory"):
        publish_files(tmp_path, staged)
