"""What stands where a file is read or written is looked at once it is open, and read so far."""

import errno
import json
import os
import signal
import socket
import stat
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import feedkit
from feedkit import files
from feedkit.build.release import check_count
from feedkit.files.locks import lock_folder
from feedkit.files.publishing import Stager, publish_file
from feedkit.limits import LIST_BYTES, PUBLISHED_BYTES, PUBLISHED_FEEDS, RECORD_BYTES
from harbour import NOW, SITE, build, make_record, make_site, read_tree, write_record

TABLE = '[site]\ntitle = "Harbour"\nurl = "https://feeds.example.org/"\n'


@pytest.fixture(autouse=True)
def _in_time() -> Iterator[None]:
    """End what waits for the other end of a pipe."""

    def end(*_: object) -> None:
        raise AssertionError("something waits")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_device(path: Path) -> None:
    """Make what never ends, or where that is not allowed a link to it."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except PermissionError:
        path.symlink_to("/dev/zero")


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        here = Path.cwd()
        os.chdir(path.parent)  # addresses are short
        try:
            one.bind(path.name)
        finally:
            os.chdir(here)


def make_sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


def make_endless(path: Path) -> None:
    path.symlink_to("/proc/self/pagemap")


ANY = "expected|Invalid|No such device|Is a"
KINDS = [make_pipe, make_device, make_socket, make_sparse, make_endless]
odd = pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
Make = Callable[[Path], None]


def put(make: Make, path: Path) -> None:
    """Let something else stand at a path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    make(path)


@odd
def test_what_is_no_file_of_some_bytes_is_an_error(make: Make, tmp_path: Path) -> None:
    put(make, tmp_path / "a")
    with pytest.raises(OSError, match=ANY):
        files.read_file(tmp_path / "a", 1000)
    with pytest.raises(OSError, match=ANY):
        list(files.read_chunks(tmp_path / "a", 1000))
    if make is make_sparse:
        assert files.read_start(tmp_path / "a", 1000) == bytes(1001)
    else:
        with pytest.raises(OSError, match=ANY):
            files.read_start(tmp_path / "a", 1000)


@pytest.mark.parametrize("size", [0, 1, 999, 1000])
def test_a_file_of_at_most_so_many_bytes_is_read_whole(size: int, tmp_path: Path) -> None:
    data = os.urandom(size)
    (tmp_path / "a").write_bytes(data)
    (tmp_path / "link").symlink_to("a")
    assert files.read_file(tmp_path / "a", 1000) == data
    assert files.read_file(tmp_path / "link", 1000) == data
    assert files.read_start(tmp_path / "a", 1000) == data
    assert b"".join(files.read_chunks(tmp_path / "a", 1000)) == data
    assert files.holds_bytes(tmp_path / "a", data)
    assert not files.holds_bytes(tmp_path / "a", data + b".")


def test_a_file_that_says_no_size_is_read_whole() -> None:
    data = files.read_file("/proc/self/status", 1 << 20)
    assert data.startswith(b"Name:")
    assert data.endswith(b"\n")


def test_a_file_beyond_its_limit_is_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(1001))
    with pytest.raises(files.TooLargeError, match="expected at most 1,000 bytes, got more"):
        files.read_file(tmp_path / "a", 1000)


def test_a_link_is_not_followed_where_none_may_be(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "link").symlink_to("a")
    looped = os.strerror(errno.ELOOP)
    with pytest.raises(OSError, match=looped):
        files.read_file(tmp_path / "link", 1000, follow=False)
    with pytest.raises(OSError, match=looped):
        files.write_file(tmp_path / "link", b"b")
    assert (tmp_path / "a").read_bytes() == b"a"


@odd
def test_among_records_it_is_passed_over_or_no_record(make: Make, tmp_path: Path) -> None:
    content, out = make_site(tmp_path, 3), tmp_path / "out"
    put(make, content / "odd.md")
    report = build(content, out)
    assert report.articles == 3
    assert len(report.problems) <= 1
    assert build(content, out).articles == 3


@odd
def test_a_record_that_became_such_after_it_was_looked_at_is_one_error(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = make_site(tmp_path, 3)
    names = [path.name for path in content.iterdir()]

    def prepare(article: feedkit.Article) -> feedkit.Article:
        for name in names:  # those that are not read yet, whatever the order
            if not article.url.endswith(f"/{name.removesuffix('.md')}"):
                put(make, content / name)
        return article

    report = build(content, tmp_path / "out", prepare=prepare)
    assert report.articles == 1
    assert len(report.problems) + report.other == 2


@odd
@pytest.mark.parametrize(
    "name", ["feedkit.toml", "ids.json", "data/tides.yaml"], ids=["settings", "ids", "data"]
)
def test_in_place_of_settings_it_is_one_error(make: Make, name: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/tides.yaml").write_text("name: Tides\n")
    (tmp_path / "feedkit.toml").write_text(f'{TABLE}[data]\ntopics = "data"\n')
    feedkit.load_config(tmp_path / "feedkit.toml")
    put(make, tmp_path / name)
    with pytest.raises(feedkit.ConfigError) as found:
        feedkit.load_config(tmp_path / "feedkit.toml")
    assert str(found.value).startswith(str(tmp_path / name))


@odd
def test_in_place_of_the_manifest_it_is_one_error(make: Make, tmp_path: Path) -> None:
    content, out = make_site(tmp_path, 3), tmp_path / "out"
    build(content, out)
    before = read_tree(out / "all")
    put(make, out / "feeds.json")
    for options in ({}, {"cache": False}):
        with pytest.raises(feedkit.PublishError, match=r"feeds\.json: "):
            build(content, out, **options)
        with pytest.raises(feedkit.PublishError, match=r"feeds\.json: "):
            build(content, tmp_path / "new", previous=out, **options)
    assert read_tree(out / "all") == before


@odd
@pytest.mark.parametrize("is_same", [False, True], ids=["changed", "same"])
def test_in_place_of_a_published_file_it_is_written_anew_or_one_error(
    make: Make, is_same: bool, tmp_path: Path
) -> None:
    content, out = make_site(tmp_path, 3), tmp_path / "out"
    build(content, out)
    before = read_tree(out)
    if not is_same:
        write_record(content, 2, 1)
    put(make, out / "all/atom.xml")
    put(make, out / "all/feed.json")
    with suppress(feedkit.PublishError):
        build(content, out, cache=False)
        assert (read_tree(out) == before) == is_same


@odd
@pytest.mark.parametrize("name", [".atom.xml.feedkit.new", ".feedkit.new", "atom.xml.gz"])
def test_in_place_of_what_is_staged_or_of_a_copy_it_is_passed_over_or_one_error(
    make: Make, name: str, tmp_path: Path
) -> None:
    content, out = make_site(tmp_path, 3), tmp_path / "out"
    (out / "all").mkdir(parents=True)
    put(make, out / name if name.startswith(".f") else out / "all" / name)
    with suppress(feedkit.PublishError):
        feedkit.build(content, out, make_packed(), now=NOW)
        assert len(read_tree(out)) > 10


@odd
def test_in_place_of_the_lock_it_is_passed_over_or_one_error(make: Make, tmp_path: Path) -> None:
    put(make, tmp_path / ".out.feedkit.lock")
    with suppress(feedkit.PublishError), lock_folder(tmp_path / "out", 0):
        pass
    (tmp_path / "out").mkdir()
    with suppress(feedkit.PublishError), lock_folder(tmp_path / "out", 0):
        pass


@odd
@pytest.mark.parametrize(
    "name",
    [
        *("catalogue.sqlite", "catalogue.sqlite.seal", "catalogue.sqlite.seal.new", "records0"),
        *("catalogue.sqlite-journal", "catalogue.sqlite-wal", "clock", "installed"),
        *("websub.sqlite", "websub.sqlite-journal"),
    ],
)
def test_in_place_of_what_is_kept_the_build_goes_on(make: Make, name: str, tmp_path: Path) -> None:
    content, out = make_site(tmp_path, 3), tmp_path / "out"
    build(content, out)
    put(make, tmp_path / ".out.feedkit" / name)
    write_record(content, 2, 1)
    hub = feedkit.WebSub(hub="https://hub.example.org/")
    with suppress(feedkit.PublishError):
        config = feedkit.Config(site=SITE, websub=hub)
        assert feedkit.build(content, out, config, now=NOW).articles == 3


def make_packed() -> feedkit.Config:
    return feedkit.Config(site=SITE, publish=feedkit.PublishSettings(precompress=True))


def write_long(path: Path, size: int, **fields: str | bool) -> None:
    """Write a record whose file has about so many bytes."""
    write_record(path.parent, 1, 0, excerpt="Short.", **fields)
    (path.parent / "1.md").rename(path)
    with path.open("a") as file:
        while file.tell() < size:
            file.write("A line of its text, and an é that two bytes make. " * 50 + "\n")


@pytest.mark.parametrize("more", [0, 1, 2, 3, 1 << 20])
def test_of_a_longer_record_the_start_is_read_and_its_body_counts_as_too_long(
    more: int, tmp_path: Path
) -> None:
    path = tmp_path / "in/a.md"
    write_long(path, 1000)
    data = path.read_bytes()
    # Wherever the limit falls, into a character or between two.
    path.write_bytes(data + "é".encode() * ((RECORD_BYTES - len(data)) // 2 + 1 + more))
    report = build(tmp_path / "in", tmp_path / "out")
    assert (report.articles, report.problems) == (1, ())
    assert "Short." in (tmp_path / "out/all/feed.json").read_text()
    (article,) = feedkit.read_articles(tmp_path / "in")
    assert article.body is None


@pytest.mark.parametrize("size", [1000, RECORD_BYTES])
def test_a_record_of_no_more_than_its_limit_is_read_whole(size: int, tmp_path: Path) -> None:
    path = tmp_path / "in/a.md"
    write_long(path, 1000)
    path.write_bytes(path.read_bytes().ljust(size, b"."))
    (article,) = feedkit.read_articles(tmp_path / "in")
    assert article.body is not None


def test_a_longer_record_that_is_a_draft_is_withheld(tmp_path: Path) -> None:
    write_long(tmp_path / "in/a.md", RECORD_BYTES + 1000, draft=True)
    write_record(tmp_path / "in", 0)  # which lists it
    report = build(tmp_path / "in", tmp_path / "out")
    assert report.withheld == {"draft": 1}
    assert b"Beside 1," not in b"".join(read_tree(tmp_path / "out").values())
    assert '/1"' not in (tmp_path / "out/all/feed.json").read_text()


def test_a_change_beyond_the_limit_changes_nothing_and_one_below_it_does(tmp_path: Path) -> None:
    path, out = tmp_path / "in/a.md", tmp_path / "out"
    write_long(path, RECORD_BYTES + 5000)
    build(tmp_path / "in", out)
    before = read_tree(out)
    with path.open("a") as file:
        file.write("more")
    build(tmp_path / "in", out)
    assert read_tree(out) == before
    with path.open("r+") as file:
        file.truncate(5000)
    build(tmp_path / "in", out)
    assert read_tree(out) != before


def read_lines(data: bytes, longest: int, size: int) -> list[bytes]:
    chunks = (data[start : start + size] for start in range(0, len(data), size))
    return list(files.split_lines(chunks, longest))


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
@pytest.mark.parametrize("last", [b"", b"\n", b"\r", b"\r\n"])
def test_lines_are_split_wherever_a_part_ends(end: bytes, last: bytes) -> None:
    lines = [b"a", b"", b"bcd", b"e" * 9, b"f" * 10, b"g" * 30, b"", b"h" * 11, b"i"]
    wanted = [line[:11] for line in lines]
    for size in range(1, 90):
        assert read_lines(end.join(lines) + last, 10, size) == wanted


def test_a_line_without_end_is_not_kept_in_memory() -> None:
    chunks = (bytes(100) for _ in range(1000))
    assert list(files.split_lines(chunks, 150)) == [bytes(151)]


def write_list(path: Path, lines: list[bytes]) -> Path:
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def make_line(number: int, **fields: object) -> bytes:
    return json.dumps({**make_record(number), **fields}, ensure_ascii=False).encode()


def test_of_a_list_by_lines_each_line_is_a_record_of_its_own(tmp_path: Path) -> None:
    long = make_line(3, body="é" * RECORD_BYTES)
    damaged = make_line(4, title="T\xe9").replace("\xe9".encode(), b"\xe9")
    lines = [make_line(1), b"", long, damaged, b"{", make_line(5), make_line(6)]
    path = write_list(tmp_path / "list.jsonl", lines)
    problems: list[feedkit.Problem] = []
    articles = feedkit.read_articles(path, on_problem=problems.append)
    assert [article.title for article in articles] == [f"About {n}, version 0" for n in (1, 5, 6)]
    assert [str(problem).removeprefix(str(path)) for problem in problems] == [
        f":3: expected at most {RECORD_BYTES:,} bytes of one record, got more",
        ":4: expected UTF-8, got byte 0xe9",
        ":5: JSON: Expecting property name enclosed in double quotes",
    ]


def test_a_list_by_lines_takes_memory_for_one_record_alone(tmp_path: Path) -> None:
    path = tmp_path / "list.jsonl"
    with path.open("wb") as file:
        for number in range(40):
            file.write(make_line(number, excerpt="x" * (1 << 20)) + b"\n")
    tracemalloc.start()
    count = sum(article.title != "" for article in feedkit.read_articles(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 40
    assert peak < path.stat().st_size / 2


@pytest.mark.parametrize("name", ["list.json", "list.jsonl"])
def test_a_list_of_more_bytes_than_its_limit_is_an_error(name: str, tmp_path: Path) -> None:
    with (tmp_path / name).open("wb") as file:
        file.truncate(LIST_BYTES + 1)
    report = build(tmp_path / name, tmp_path / "out")
    wanted = f"{tmp_path / name}: expected at most {LIST_BYTES:,} bytes, got more"
    assert (report.exit_status, report.problems) == (2, (wanted,))


def test_a_list_that_did_not_change_is_not_read_as_changed(tmp_path: Path) -> None:
    path = write_list(tmp_path / "list.jsonl", [make_line(1), make_line(2)])
    build(path, tmp_path / "out")
    path.touch()
    assert build(path, tmp_path / "out").written == 0
    write_list(path, [make_line(1, title="Anew"), make_line(2)])
    assert build(path, tmp_path / "out").written > 0


@pytest.mark.parametrize("listed", ["[%s]", '{"value": [%s]}'])
def test_a_record_of_a_list_that_is_too_long_costs_no_other(listed: str, tmp_path: Path) -> None:
    long = make_line(3, body="é" * (RECORD_BYTES // 2)).decode()
    short = [make_line(number).decode() for number in (1, 2)]
    path = tmp_path / "list.json"
    path.write_text(listed % ",\n".join((short[0], long, short[1])), "utf-8")
    problems: list[feedkit.Problem] = []
    articles = feedkit.read_articles(path, on_problem=problems.append)
    assert [article.title for article in articles] == ["About 1, version 0", "About 2, version 0"]
    (problem,) = map(str, problems)
    wanted = f"{path}:2: JSON: expected at most {RECORD_BYTES:,} bytes of one record, got 5,2"
    assert problem.startswith(wanted)


def test_a_file_that_holds_one_record_that_is_too_long_is_an_error(tmp_path: Path) -> None:
    path = write_list(tmp_path / "one.json", [make_line(3, body="e" * RECORD_BYTES)])
    with pytest.raises(feedkit.RecordError, match=r"one\.json:1: JSON: expected at most 5,242,880"):
        list(feedkit.read_articles(path))


def test_records_that_are_long_together_are_all_read(tmp_path: Path) -> None:
    lines = [make_line(number, body="e" * (RECORD_BYTES // 2)).decode() for number in range(4)]
    path = tmp_path / "list.json"
    path.write_text(f"[{','.join(lines)}]")
    assert sum(1 for _ in feedkit.read_articles(path)) == 4


def test_no_file_is_published_that_could_not_be_read_back(tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    (tmp_path / "all/atom.xml").write_text("before")
    body = bytes(PUBLISHED_BYTES + 1)
    said = r"atom\.xml: expected at most 268,435,456 bytes to publish, got 268,435,457; lower"
    with pytest.raises(feedkit.PublishError, match=said), Stager(tmp_path) as stager:
        stager.stage("all/atom.xml", body)
    with pytest.raises(feedkit.PublishError, match=said):
        publish_file(tmp_path, "all/atom.xml", body)
    assert read_tree(tmp_path) == {"all/atom.xml": b"before"}
    check_count(tmp_path, PUBLISHED_FEEDS)
    with pytest.raises(feedkit.PublishError, match="at most 100,000 feeds to publish, got 100,001"):
        check_count(tmp_path, PUBLISHED_FEEDS + 1)


@pytest.mark.skipif(not Path("/proc/self/pagemap").exists(), reason="there is no such file here")
def test_little_is_read_of_a_file_without_a_size() -> None:
    chunks = files.read_chunks("/proc/self/pagemap", 2**30)
    assert len(next(chunks)) == 2**20
    with pytest.raises(files.TooLargeError, match="expected at most 1,048,576 bytes, got more"):
        next(chunks)
