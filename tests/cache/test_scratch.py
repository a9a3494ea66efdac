"""What a run that is killed leaves in the system's temporary folder goes with a later one."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from commands import SITE, record, run, write_files
from feedkit.cache.writer import make_temporary_folder, remove_abandoned_folders

#: Prepares one article, and never ends.
HANG = """
import sys, time
def prepare(article):
    print("ready", flush=True)
    time.sleep(60)
"""
COMMANDS = ["build in --out out --no-cache", "check in", "build in --out out --dry-run"]

pytest.importorskip("fcntl")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of these tests alone."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def start(folder: Path, place: Path, command: str) -> "subprocess.Popen[str]":
    """Return a run that waits for its end within its first record."""
    write_files(folder, {"feedkit.toml": SITE, "in/a.md": record("Ferry"), "hang.py": HANG})
    code = f"from feedkit.cli import main; main({[*command.split(), '--prepare', 'hang:prepare']})"
    environment = {**os.environ, "TMPDIR": str(place)}
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def call(folder: Path, place: Path, command: str) -> int:
    environment = {**os.environ, "TMPDIR": str(place)}
    code = f"from feedkit.cli import main; main({command.split()})"
    arguments = [sys.executable, "-c", code]
    return subprocess.run(
        arguments, cwd=folder, env=environment, capture_output=True, check=False
    ).returncode


@pytest.mark.parametrize("later", [*COMMANDS, "build in --out out"])
@pytest.mark.parametrize("killed", COMMANDS)
def test_what_a_killed_run_left_goes_with_a_later_one(
    killed: str, later: str, place: Path, tmp_path: Path
) -> None:
    with start(tmp_path, place, killed) as process:
        process.kill()
    assert len([*place.iterdir()]) == 1
    assert call(tmp_path, place, later) == 0
    assert [*place.iterdir()] == []


def test_what_goes_on_keeps_its_folder(place: Path, tmp_path: Path) -> None:
    with start(tmp_path, place, COMMANDS[0]) as process:
        (folder,) = place.iterdir()
        assert call(tmp_path, place, COMMANDS[1]) == 0
        assert [*place.iterdir()] == [folder]
        process.send_signal(signal.SIGTERM)
    assert [*place.iterdir()] == []


def test_nothing_else_is_removed(place: Path, tmp_path: Path) -> None:
    others = ["feedkit-abc", "feedkit-scratch-file", "feedkit-scratch-link", "other"]
    (place / others[0]).mkdir()
    (place / others[1]).write_text("mine")
    (tmp_path / "mine").mkdir()
    (place / others[2]).symlink_to(tmp_path / "mine")
    (place / others[3]).mkdir()
    if os.geteuid() == 0:
        others.append("feedkit-scratch-another")
        (place / others[4]).mkdir()
        os.chown(place / others[4], 12345, -1)
    with make_temporary_folder() as folder:
        remove_abandoned_folders()
        assert folder.is_dir()
    assert sorted(path.name for path in place.iterdir()) == sorted(others)
    assert (tmp_path / "mine").is_dir()


def test_a_run_that_fails_leaves_nothing(place: Path, tmp_path: Path) -> None:
    write_files(tmp_path, {"feedkit.toml": SITE, "in/a.md": record("Ferry")})
    assert run("build in --out out --no-cache --prepare nowhere:none", tmp_path).status == 2
    with pytest.raises(ZeroDivisionError), make_temporary_folder():
        1 / 0  # noqa: B018
    assert [*place.iterdir()] == []


def test_runs_at_the_same_time_leave_each_other_their_folders(place: Path) -> None:
    is_over = threading.Event()

    def look() -> None:
        while not is_over.is_set():
            remove_abandoned_folders()

    others = [threading.Thread(target=look) for _ in range(2)]
    for other in others:
        other.start()
    try:
        for _ in range(1000):
            with make_temporary_folder() as folder:
                (folder / "records0").write_bytes(b"")
                time.sleep(0)
                assert (folder / "records0").is_file()
    finally:
        is_over.set()
        for other in others:
            other.join()
    assert [*place.iterdir()] == []
