"""Builds of one folder come one after the other, whoever starts them."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

import feedkit
from feedkit.errors import BusyError
from feedkit.files.locks import lock_folder
from harbour import build, build_fresh, make_site, read_tree

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SITE = feedkit.Site(title="Harbour", url="https://feeds.example.org/")
COMMAND = [sys.executable, "-c", "from feedkit.cli import main; main()", "build"]

pytest.importorskip("fcntl")


def make_articles(body: str) -> list[feedkit.Article]:
    return [
        feedkit.Article(
            url=f"https://news.example.org/{number}",
            title=f"Article {number}",
            published=datetime(2026, 2, 1, tzinfo=UTC),
            body=feedkit.Markdown(body),
            topics=(f"Topic {number % 12}",),
        )
        for number in range(48)
    ]


def write_records(content: Path, body: str) -> Path:
    content.mkdir()
    for number, article in enumerate(make_articles(body)):
        (content / f"{number}.md").write_text(
            f"---\ntitle: {article.title}\nwebUrl: {article.url}\ndate: 2026-02-01T00:00:00Z\n"
            f"topics: [{article.topics[0]}]\n---\n{body}\n"
        )
    return content


def read_all(out: Path) -> dict[str, bytes]:
    files = (path for path in out.rglob("*") if path.is_file())
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "feedkit.toml"
    path.write_text('[site]\ntitle = "Harbour"\nurl = "https://feeds.example.org/"\n')
    return path


@contextmanager
def start(
    settings: Path, content: Path, out: Path, *options: str
) -> Iterator[subprocess.Popen[str]]:
    arguments = [str(content), "--out", str(out), "--config", str(settings), *options]
    with subprocess.Popen([*COMMAND, *arguments], stderr=subprocess.PIPE, text=True) as process:
        yield process


def test_of_two_builds_at_once_each_publishes_whole_files_or_none(
    tmp_path: Path, settings: Path
) -> None:
    contents = [write_records(tmp_path / name, f"Text {name} " * 2000) for name in "ab"]
    wanted = []
    for number, content in enumerate(contents):
        with start(settings, content, tmp_path / f"alone{number}") as process:
            assert process.wait() == 0
        wanted.append(read_all(tmp_path / f"alone{number}"))
    assert wanted[0] != wanted[1]
    statuses = set()
    for pair in range(12):
        options = ("--wait", "60") if pair % 2 else ()
        with (
            start(settings, contents[pair % 2], tmp_path / "out", *options) as first,
            start(settings, contents[1 - pair % 2], tmp_path / "out", *options) as second,
        ):
            ended = {first.wait(), second.wait()}
        assert ended <= ({0} if options else {0, 75})
        statuses |= ended
        assert read_all(tmp_path / "out") in wanted
    assert statuses == {0, 75}


def test_the_manifest_tells_the_digests_of_what_the_last_build_wrote(tmp_path: Path) -> None:
    feedkit.build(make_articles("One"), tmp_path / "out", SITE, now=NOW)
    feedkit.build(make_articles("Two"), tmp_path / "out", SITE, now=NOW)
    feeds = msgspec.json.decode((tmp_path / "out/feeds.json").read_bytes())["feeds"]
    told = {f"{feed['path']}/{name}": sha for feed in feeds for name, sha in feed["files"].items()}
    found = {name: sha256((tmp_path / "out" / name).read_bytes()).hexdigest() for name in told}
    assert told == found


def test_a_build_while_another_goes_on_is_an_error_and_writes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with lock_folder(out, 0), pytest.raises(BusyError, match="out: another build is publishing"):
        feedkit.build(make_articles("One"), out, SITE, now=NOW)
    assert not out.exists()
    assert feedkit.build(make_articles("One"), out, SITE, now=NOW).exit_status == 0


def test_a_wait_that_is_no_number_is_none(tmp_path: Path) -> None:
    with lock_folder(tmp_path / "out", 0), pytest.raises(BusyError):
        lock_folder(tmp_path / "out", float("nan")).__enter__()


def test_the_command_says_in_one_line_that_another_goes_on(tmp_path: Path, settings: Path) -> None:
    content, out = write_records(tmp_path / "in", "Text"), tmp_path / "out"
    with lock_folder(out, 0), start(settings, content, out, "--wait", "0.1") as process:
        _, said = process.communicate()
    assert (process.returncode, said) == (
        75,
        f"feedkit: {out}: another build is publishing there\n",
    )


@pytest.mark.parametrize("spelling", ["out/", "./x/../out", "link"])
def test_a_folder_is_locked_under_every_spelling(tmp_path: Path, spelling: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "x").mkdir()
    (tmp_path / "link").symlink_to("out")
    with lock_folder(tmp_path / "out", 0), pytest.raises(BusyError):
        lock_folder(Path(f"{tmp_path}/{spelling}"), 0).__enter__()


def test_another_folder_is_not_locked(tmp_path: Path) -> None:
    with lock_folder(tmp_path / "one", 0), lock_folder(tmp_path / "two", 0):
        pass


def test_the_lock_of_a_process_that_was_killed_is_free(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from feedkit.files.locks import lock_folder\n"
        "with lock_folder(Path(sys.argv[1]), 0):\n    print(flush=True); time.sleep(600)"
    )
    arguments = [sys.executable, "-c", code, str(tmp_path / "out")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(BusyError):
            lock_folder(tmp_path / "out", 0).__enter__()
        process.kill()
    with lock_folder(tmp_path / "out", 0):
        pass


def test_the_lock_is_free_though_a_process_that_was_forked_meanwhile_lives(tmp_path: Path) -> None:
    with lock_folder(tmp_path / "out", 0):
        inside, outside = os.pipe()
        child = os.fork()
        if not child:
            os.close(outside)
            os.read(inside, 1)  # until the parent has ended
            os._exit(0)
    with lock_folder(tmp_path / "out", 0):
        pass
    os.close(outside)
    os.close(inside)
    os.waitpid(child, 0)


def test_nothing_of_the_lock_is_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with lock_folder(tmp_path / "out", 0):
        assert list((tmp_path / "out").iterdir()) == []


def test_a_link_is_not_followed_where_the_lock_is_made(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / ".out.feedkit.lock").symlink_to(tmp_path / "victim")
    with lock_folder(tmp_path / "out", 0):
        assert not (tmp_path / "victim").exists()


def test_a_folder_beside_which_nothing_can_be_written_is_locked_itself(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / ".out.feedkit.lock").mkdir()  # as good as a folder of another user's
    with lock_folder(tmp_path / "out", 0), pytest.raises(BusyError):
        lock_folder(tmp_path / "out", 0).__enter__()


def test_a_place_that_can_hold_no_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    with pytest.raises(feedkit.PublishError, match="file/out: Not a directory"):
        lock_folder(tmp_path / "file/out/deep", 0).__enter__()


def test_who_waits_for_a_build_that_is_killed_repairs_what_it_left(tmp_path: Path) -> None:
    content, out = make_site(tmp_path), tmp_path / "out"
    inside, outside = os.pipe()

    def wait_to_be_killed(article: feedkit.Article) -> feedkit.Article:
        os.write(outside, b"locked")
        time.sleep(60)
        return article

    if not (child := os.fork()):
        try:  # and never back into the test
            build(content, out, prepare=wait_to_be_killed)
        finally:
            os._exit(0)
    os.read(inside, 6)
    threading.Timer(0.2, os.kill, (child, signal.SIGKILL)).start()
    assert build(content, out, wait=30).exit_status == 0
    os.waitpid(child, 0)
    for end in (inside, outside):
        os.close(end)
    assert read_tree(out) == build_fresh(content, tmp_path)
