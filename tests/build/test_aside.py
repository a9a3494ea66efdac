"""What a build of many records leaves to a process beside it, and what comes of that."""

import multiprocessing
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import feedkit
from feedkit.build.indexing import SourceIndexer, SourceShard
from feedkit.build.workers import BackgroundTask, run_parallel
from feedkit.cache.source_files import LENGTH, BatchFiles, SourceFile, load_source_files
from feedkit.files.spill import RecordRef
from feedkit.selection.index import IndexedRecord, IndexedRelated
from harbour import NOW, SITE, build, build_fresh, change_site, make_site, read_tree, write_record
from paths import TESTS

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no processes to part")

#: Builds with two processes, and does something where the one beside them opens its database.
HINDER = """
import os, resource, signal, sys
from pathlib import Path
import feedkit
from harbour import build

content, out, hindrance = *map(Path, sys.argv[1:3]), sys.argv[3]
parent = os.getpid()

def look(event, arguments):
    if event == "sqlite3.connect" and os.getpid() != parent:
        exec(hindrance)

sys.addaudithook(look)
report = build(content, out, jobs=2)
sys.stdout.write("\\n".join([str(report.exit_status), *report.notes]))
"""
HINDRANCES = {
    "os.kill(os.getpid(), signal.SIGKILL)": "a worker process ended before its work was done",
    "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))": "disk I/O error",
    "raise OSError(28, 'No space left on device')": "No space left on device",
    "raise MemoryError": "MemoryError",
}


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return records enough for two processes."""
    return make_site(tmp_path_factory.mktemp("many"), 600)


@pytest.mark.parametrize("hindrance", HINDRANCES)
def test_feeds_are_published_whatever_becomes_of_the_process_that_fills_the_catalogue(
    tmp_path: Path, many: Path, hindrance: str
) -> None:
    out = tmp_path / "out"
    ended = subprocess.run(
        [sys.executable, "-c", HINDER, many, out, hindrance],
        capture_output=True, check=False, text=True, cwd=TESTS / "support",
    )  # fmt: skip
    reason = f"{HINDRANCES[hindrance]}; without it the next build reads all records again"
    note = f"{tmp_path}/.out.feedkit/catalogue.sqlite: {reason}"
    assert (ended.stderr, ended.stdout) == ("", f"0\n{note}")
    assert read_tree(out) == build_fresh(many, tmp_path)
    assert list_kept(tmp_path) == KEPT
    assert build(many, out).notes == ()
    assert list_kept(tmp_path) == {*KEPT, "catalogue.sqlite", "catalogue.sqlite.seal"}


#: Names of what a cache holds beside its database, less their numbers.
KEPT = {"clock", "installed", "records"}


def list_kept(top: Path) -> set[str]:
    return {path.name.rstrip("0123456789") for path in (top / ".out.feedkit").iterdir()}


def test_a_build_that_publishes_nothing_leaves_neither_process_nor_sheet(tmp_path: Path) -> None:
    content = make_site(tmp_path, 600)
    write_record(content, 599, date="soon")
    report = build(content, tmp_path / "out", jobs=2, strict=True)
    assert (report.exit_status, list_kept(tmp_path)) == (2, KEPT - {"records"})
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def read_tables(top: Path) -> list[list[tuple[object, ...]]]:
    """Return what a catalogue says of records, without the numbers that it gives them."""
    queries = (
        'SELECT path, name, digest, outcome, "group" FROM units',
        "SELECT path, key, explicit, wakes FROM rows JOIN units u ON u.id = unit",
        "SELECT l.key, path FROM listed l JOIN rows r ON r.id = l.row JOIN units u ON u.id = unit",
        "SELECT DISTINCT slot, bound, key FROM places",
        "SELECT slot, name, count FROM votes",
    )
    with closing(sqlite3.connect(top / ".out.feedkit" / "catalogue.sqlite")) as connection:
        # Their order is that in which records were read.
        tables = [connection.execute(query).fetchall() for query in queries]
    return [sorted(table, key=repr) for table in tables]


def test_a_catalogue_filled_beside_holds_what_one_filled_alone_does(
    tmp_path: Path, many: Path
) -> None:
    for jobs in (1, 2):
        build(many, tmp_path / str(jobs) / "out", jobs=jobs)
    assert read_tables(tmp_path / "1") == read_tables(tmp_path / "2")
    assert all(read_tables(tmp_path / "1"))


def test_units_that_are_known_are_in_the_catalogue_too_when_most_are_read_again(
    tmp_path: Path,
) -> None:
    content = make_site(tmp_path, 650)
    build(content, tmp_path / "out", jobs=2)
    for number in range(550):
        write_record(content, number, 1)
    build(content, tmp_path / "out", jobs=2)
    build(content, tmp_path / "fresh" / "out")
    assert read_tables(tmp_path) == read_tables(tmp_path / "fresh")


@pytest.mark.parametrize("seed", range(4))
def test_places_are_the_same_whether_followed_or_found_anew(tmp_path: Path, seed: int) -> None:
    chance, content = random.Random(seed), make_site(tmp_path)
    write_record(content, 31, webUrl="https://news.example.org/1")
    write_record(content, 32, webUrl="https://news.example.org/2", published=False)
    write_record(content, 33, published=False)
    build(content, tmp_path / "out")
    for version in range(1, 6):
        change_site(content, chance, version)
        build(content, tmp_path / "out")
    build(content, tmp_path / "fresh" / "out")
    assert read_tables(tmp_path)[3] == read_tables(tmp_path / "fresh")[3] != []


def make_unit(number: int) -> SourceFile:
    """Return a unit with all that one may have, under a name that is no Unicode."""
    name = f"{number}\udcff.md"
    item = IndexedRelated(f"b{number}", "b", 1, 2, 3, "pier", "Pier", "domains", "urn:b")
    place, names = RecordRef(0, 10, number), ("Fog", "Tides")
    row = IndexedRecord(
        name, place, "a", "published", "urn:a", "a", 5, 6, 7, "p", "P", "urls", names, (item,)
    )
    errors = [feedkit.RecordError(name, 3, "title", "nothing", "some text")]
    return SourceFile(os.fsencode(name), name, b"s" * 8, b"d", [row, row], errors, 1, 2, 3)


@pytest.mark.parametrize("lengths", [[], [0], [3], [2, 3]])
def test_units_come_out_of_sheets_as_they_went_in(tmp_path: Path, lengths: list[int]) -> None:
    pieces = [[make_unit(number) for number in range(length)] for length in lengths]
    sheets = BatchFiles(tmp_path)
    assert list(sheets.write(0, pieces)) == pieces
    found = list(load_source_files(sheets.find_path(0)))
    wanted = [unit for units in pieces for unit in units]
    assert list(map(repr, found)) == list(map(repr, wanted))
    assert [list(map(str, unit.errors)) for unit in found] == [
        list(map(str, unit.errors)) for unit in wanted
    ]


def test_what_rows_of_many_sheets_say_is_one_text_in_memory(tmp_path: Path) -> None:
    sheets = BatchFiles(tmp_path)
    list(sheets.write(0, [[make_unit(1)], [make_unit(2)]]))
    first, second = (unit.rows[0] for unit in load_source_files(sheets.find_path(0)))
    assert first.topics[0] is second.topics[0]
    assert first.items[0].provider_name is second.items[0].provider_name


@pytest.fixture
def answered() -> Iterator[BackgroundTask[int, tuple[int, int]]]:
    aside: BackgroundTask[int, tuple[int, int]] = BackgroundTask(lambda value: (value, os.getpid()))
    with aside.stand_by(lambda: None):
        yield aside


def test_what_is_done_aside_is_done_by_another_process(
    answered: BackgroundTask[int, tuple[int, int]],
) -> None:
    answered.start(7)
    value, process = answered.wait()
    assert value == 7
    assert process != os.getpid()


def test_what_nobody_stands_by_for_is_done_here() -> None:
    aside: BackgroundTask[int, tuple[int, int]] = BackgroundTask(lambda value: (value, os.getpid()))
    aside.start(7)
    assert aside.wait() == (7, os.getpid())


def test_what_is_forgotten_aside_is_known_here_still() -> None:
    names = ["a"]
    aside: BackgroundTask[str, list[str]] = BackgroundTask(lambda value: [value, *names])
    with aside.stand_by(names.clear):
        aside.start("b")
        assert (aside.wait(), names) == (["b"], ["a"])


@pytest.fixture
def companion() -> Iterator[None]:
    """Let another thread run meanwhile."""
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    yield
    done.set()
    thread.join()


@pytest.mark.usefixtures("companion")
def test_beside_another_thread_all_is_done_here_and_locks_of_it_in_no_other_process(
    tmp_path: Path, many: Path
) -> None:
    assert set(run_parallel(lambda part: os.getpid(), [1, 2])) == {os.getpid()}
    aside: BackgroundTask[int, int] = BackgroundTask(lambda value: os.getpid())
    with aside.stand_by(lambda: None):
        aside.start(7)
        assert aside.wait() == os.getpid()
    assert build(many, tmp_path / "out", jobs=2).notes == build(many, tmp_path / "one").notes
    assert list_kept(tmp_path) == {*KEPT, "catalogue.sqlite", "catalogue.sqlite.seal"}


def test_a_process_that_may_have_no_children_does_all_itself() -> None:
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(
        target=lambda: sender.send(run_parallel(lambda part: os.getpid(), [1, 2])), daemon=True
    )
    child.start()
    assert receiver.recv() == [child.pid, child.pid]
    child.join()


def test_a_process_aside_that_cannot_be_started_costs_nothing_else(
    tmp_path: Path, many: Path
) -> None:
    script = """
import os, sys
from pathlib import Path
from harbour import build
fork, left = os.fork, [1]
def fail():
    if left:
        left.pop()
        raise BlockingIOError(11, "Resource temporarily unavailable")
    return fork()
os.fork = fail
report = build(*map(Path, sys.argv[1:]), jobs=2)
print(report.exit_status, report.notes, left)
"""
    ended = subprocess.run(
        [sys.executable, "-c", script, many, tmp_path / "out"],
        capture_output=True, check=False, text=True, cwd=TESTS / "support",
    )  # fmt: skip
    assert (ended.stderr, ended.stdout) == ("", "0 () []\n")
    assert list_kept(tmp_path) == {*KEPT, "catalogue.sqlite", "catalogue.sqlite.seal"}


def test_a_caller_that_blocks_signals_waits_for_no_child() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        aside: BackgroundTask[int, int] = BackgroundTask(abs)
        with pytest.raises(ZeroDivisionError), aside.stand_by(lambda: None):
            run_parallel(lambda part: 1 // part, [0, 1])
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_a_sheet_that_is_damaged_is_not_read(tmp_path: Path) -> None:
    sheets = BatchFiles(tmp_path)
    list(sheets.write(0, [[make_unit(1)]]))
    path = sheets.find_path(0)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(feedkit.PublishError, match="damaged while the build went on"):
        list(load_source_files(path))


def test_articles_that_no_file_holds_come_in_pieces_too(tmp_path: Path) -> None:
    articles = (
        feedkit.Article(url=f"https://news.example.org/{number}", title="Fog", published=NOW)
        for number in range(LENGTH + 1)
    )
    gatherer = SourceIndexer(tmp_path, feedkit.Config(site=SITE), NOW, None)
    pieces = gatherer.index_shard(SourceShard(0, [], articles), on_progress=lambda count: None)
    assert list(map(len, pieces)) == [LENGTH, 1]


def test_what_is_raised_aside_is_raised_here() -> None:
    aside: BackgroundTask[int, float] = BackgroundTask(lambda value: 1 / value)
    with aside.stand_by(lambda: None):
        aside.start(0)
        with pytest.raises(ZeroDivisionError):
            aside.wait()


def test_a_process_aside_that_was_killed_is_an_error_once_it_is_waited_for() -> None:
    aside: BackgroundTask[int, None] = BackgroundTask(
        lambda value: os.kill(os.getpid(), signal.SIGKILL)
    )
    with aside.stand_by(lambda: None):
        aside.start(0)
        with pytest.raises(ChildProcessError, match="ended before its work was done"):
            aside.wait()


@pytest.mark.parametrize("is_started", [False, True])
def test_a_process_aside_ends_with_the_block(tmp_path: Path, is_started: bool) -> None:
    def work(folder: Path) -> None:
        time.sleep(5)
        (folder / "done").touch()

    aside: BackgroundTask[Path, None] = BackgroundTask(work)
    with aside.stand_by(lambda: None):
        if is_started:
            aside.start(tmp_path)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
    assert list(tmp_path.iterdir()) == []


def test_a_process_aside_ends_with_its_parent() -> None:
    inside, outside = os.pipe()
    if not (parent := os.fork()):
        os.close(inside)
        aside: BackgroundTask[float, None] = BackgroundTask(time.sleep)
        with aside.stand_by(lambda: None):
            aside.start(5)
            os._exit(9)
    os.close(outside)
    os.waitpid(parent, 0)
    assert os.read(inside, 1) == b""  # the end of file: no process has it open
    os.close(inside)
