"""A build that is stopped, wherever, leaves whole files behind and nothing that it set aside."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

import feedkit
from feedkit.build.workers import run_parallel

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SITE = feedkit.Site(title="Harbour", url="https://feeds.example.org/")
SETTINGS = '[site]\ntitle = "Harbour"\nurl = "https://feeds.example.org/"\n'
#: Runs the command, and sends a signal at the n-th event of a kind (sys.addaudithook) on some file,
#: to its process alone or to all that it has started, as a terminal does.
STOP = """
import os, signal, sys
from feedkit.cli import main

event, file, left, name, whom = *sys.argv[1:3], int(sys.argv[3]), *sys.argv[4:6]
del sys.argv[1:6]
os.cpu_count = lambda: 2
command = os.getpid()

def look(what, arguments):
    global left
    if what == event and os.getpid() == command and file in str(arguments):
        left -= 1
        if not left:
            send = os.killpg if whom == "all" else os.kill
            send(command, signal.Signals[name])

sys.addaudithook(look)
main()
"""

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no processes to end")


def write_record(content: Path, name: str, *topics: str, **fields: object) -> None:
    content.mkdir(exist_ok=True)
    known = {"title": f"About {name}", "webUrl": f"https://news.example.org/{name}"}
    lines = {**known, "date": "2026-02-01T00:00:00Z", "topics": list(topics), **fields}
    head = "".join(f"{key}: {value}\n" for key, value in lines.items())
    (content / f"{name}.md").write_text(f"---\n{head}---\nSecret of {name}\n")


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return records enough for two processes, with settings beside them."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "feedkit.toml").write_text(SETTINGS)
    for number in range(600):
        write_record(folder / "in", f"n{number}", f"Topic {number % 40}")
    return folder / "in"


def stop(
    event: str, number: int, name: str, whom: str, content: Path, out: Path
) -> tuple[int, str, list[Path]]:
    """Return the exit status, what was said, and what was left where builds set things aside."""
    aside = out.parent / "aside"
    aside.mkdir(exist_ok=True)
    event, _, file = event.partition(" ")
    arguments = [event, file, str(number), name, whom, "build", str(content), "--out", str(out)]
    with subprocess.Popen(
        [sys.executable, "-c", STOP, *arguments],
        stderr=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, "TMPDIR": str(aside)},
    ) as process:  # fmt: skip
        _, said = process.communicate()
    if name != "SIGKILL":
        with pytest.raises(ProcessLookupError):  # none of its processes is left
            os.killpg(process.pid, 0)
    return process.returncode, said, list(aside.iterdir())


#: Where a build is stopped: as it parts with the process that fills a catalogue; while it reads,
#: encodes, stages, and between two renames; as it takes over the catalogue.
POINTS = [
    *(("os.fork", number) for number in (1, 2, 3, 4)),
    ("os.rename", 5),
    ("sqlite3.connect catalogue.sqlite.new", 1),
]


@pytest.mark.parametrize(("event", "number"), POINTS)
@pytest.mark.parametrize(
    ("name", "whom", "status"),
    [("SIGINT", "all", 130), ("SIGINT", "one", 130), ("SIGTERM", "one", 143)],
)
def test_a_signal_ends_all_processes_in_one_line_and_leaves_nothing_set_aside(
    tmp_path: Path, content: Path, event: str, number: int, name: str, whom: str, status: int
) -> None:
    ended = stop(event, number, name, whom, content, tmp_path / "out")
    assert ended == (status, f"feedkit: stopped by {name}\n", [])
    assert [path for path in tmp_path.rglob("*.new") if path.is_file()] == []
    assert list_kept(tmp_path) <= {"clock", "installed", "records0", "records1"}


def list_kept(top: Path) -> set[str]:
    """Return the names of what builds of `out` in a folder left beside it."""
    return {path.name for path in (top / ".out.feedkit").glob("*")}


def test_a_terminal_that_is_closed_ends_the_command_like_any_signal(
    tmp_path: Path, content: Path
) -> None:
    ended = stop("os.fork", 2, "SIGHUP", "all", content, tmp_path / "out")
    assert ended == (129, "feedkit: stopped by SIGHUP\n", [])


def read_all(out: Path) -> dict[str, bytes]:
    files = (path for path in out.rglob("*") if path.is_file())
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Return one record, with settings beside it, that is published."""
    (tmp_path / "feedkit.toml").write_text(SETTINGS)
    write_record(tmp_path / "in", "kept", "Tides")
    feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW)
    return tmp_path / "in"


@pytest.mark.parametrize("number", range(1, 13))
@pytest.mark.parametrize("event", ["os.rename", "open .new"])
def test_what_is_withdrawn_after_a_build_was_killed_leaves_no_byte(
    small: Path, event: str, number: int
) -> None:
    out = small.parent / "out"
    write_record(small, "secret", "Fog")
    status, _, _ = stop(event, number, "SIGKILL", "one", small, out)
    assert status == -signal.SIGKILL
    write_record(small, "secret", "Fog", removed=True)
    feedkit.build(small, out, SITE, now=NOW)
    built = read_all(out)
    assert [name for name, data in built.items() if b"secret" in data] == []
    assert [name for name in built if name.endswith(".new")] == []


@pytest.mark.parametrize("number", [1, 2, 7, 12])
def test_a_build_after_one_that_was_killed_is_as_if_it_had_been_the_first(
    small: Path, number: int
) -> None:
    write_record(small, "added", "Fog")
    feedkit.build(small, small.parent / "wanted", SITE, now=NOW)
    stop("os.rename", number, "SIGKILL", "one", small, small.parent / "out")
    feedkit.build(small, small.parent / "out", SITE, now=NOW)
    assert read_all(small.parent / "out") == read_all(small.parent / "wanted")


@pytest.mark.parametrize(
    "point", [("os.fork", 2), ("os.fork", 3), ("os.fork", 4), ("open .new", 30), ("os.rename", 60)]
)
def test_a_build_can_follow_at_once_when_one_of_two_processes_was_killed(
    tmp_path: Path, content: Path, point: tuple[str, int]
) -> None:
    stop(*point, "SIGKILL", "one", content, tmp_path / "out")
    report = feedkit.build(content, tmp_path / "out", SITE, now=NOW, wait=5)
    feedkit.build(content, tmp_path / "wanted", SITE, now=NOW)
    assert report.exit_status == 0
    assert read_all(tmp_path / "out") == read_all(tmp_path / "wanted")
    kept = {name.rstrip("0123456789") for name in list_kept(tmp_path)}
    assert kept == {"catalogue.sqlite", "catalogue.sqlite.seal", "clock", "installed", "records"}


def test_a_child_ends_with_its_parent() -> None:
    inside, outside = os.pipe()

    def work(part: int) -> None:
        if part == 1:
            os._exit(9)
        time.sleep(5)
        os.write(outside, b"late")

    if not (parent := os.fork()):
        os.close(inside)
        run_parallel(work, [1, 2])
    os.close(outside)
    os.waitpid(parent, 0)
    assert os.read(inside, 1) == b""  # the end of file: none that would write lives
    os.close(inside)


def test_a_child_is_not_waited_for_when_its_parent_is_interrupted(tmp_path: Path) -> None:
    def work(part: int) -> None:
        if part == 1:
            os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)
        (tmp_path / "done").touch()

    with pytest.raises(KeyboardInterrupt):
        run_parallel(work, [1, 2])
    assert not (tmp_path / "done").exists()


def test_a_child_leaves_the_terminals_interrupt_to_its_parent() -> None:
    def work(part: int) -> int:
        if part == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return part

    assert run_parallel(work, [1, 2]) == [1, 2]


def test_a_child_does_not_do_what_its_parent_does_on_a_signal(tmp_path: Path) -> None:
    def work(part: int) -> None:
        if part == 2:
            os.kill(os.getpid(), signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, lambda number, frame: (tmp_path / "did").touch())
    try:
        with pytest.raises(ChildProcessError, match="ended before its work was done"):
            run_parallel(work, [1, 2])
    finally:
        signal.signal(signal.SIGTERM, before)
    assert not (tmp_path / "did").exists()


def test_signals_are_heeded_again_once_children_are_started() -> None:
    held = run_parallel(lambda part: signal.pthread_sigmask(signal.SIG_BLOCK, ()), [1, 2])
    assert held == [set(), set()]
