"""Servers that never end: nobody waits for one longer than is said."""

import gzip
import socket
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from time import monotonic

import pytest

import feedkit
from commands import SITE, record, run, write_files
from feedkit.websub import ping
from tides import CONFIG, NOW, read_all, write_ten

Talk = Callable[[socket.socket, Event], object]
OK = b"HTTP/1.1 200 OK\r\n"


@contextmanager
def listen(talk: Talk) -> Iterator[str]:
    """Give the address of a server that answers each request so, until the block ends."""
    over = Event()

    def answer(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65536)
            talk(connection, over)

    def serve(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                Thread(target=answer, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=serve, args=(listener,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/feeds"
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)


def drip(start: bytes, endless: bytes) -> Talk:
    def talk(connection: socket.socket, over: Event) -> None:
        connection.sendall(start)
        while not over.wait(0.05):
            connection.sendall(endless)

    return talk


ENDLESS = {
    "says nothing": drip(b"", b""),
    "a status by the byte": drip(b"HTTP", b"1"),
    "a header by the byte": drip(OK + b"X: ", b"x"),
    "headers one by one": drip(OK, b"X: x\r\n"),
    "a body by the byte": drip(OK + b"Content-Length: 1000000\r\n\r\n", b" "),
    "a chunk by the byte": drip(OK + b"Transfer-Encoding: chunked\r\n\r\nFFFFF\r\n", b" "),
    "chunks one by one": drip(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "trailers without end": drip(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: x\r\n"),
    "an error by the byte": drip(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 ", b"2"),
}


@pytest.mark.parametrize("talk", ENDLESS.values(), ids=ENDLESS)
def test_a_server_of_published_feeds_that_never_ends_is_waited_for_as_long_as_is_said(
    talk: Talk, tmp_path: Path
) -> None:
    write_ten(tmp_path / "in")
    ended = list[str]()

    def build() -> None:
        with pytest.raises(feedkit.PublishError) as error:
            feedkit.build(
                *(tmp_path / "in", tmp_path / "out", CONFIG),
                now=NOW, previous=url, previous_timeout=0.5,
            )  # fmt: skip
        ended.append(str(error.value))

    with listen(talk) as url:
        thread = Thread(target=build, daemon=True)
        thread.start()
        thread.join(20)  # far longer than half a second, far shorter than for ever
        assert ended != []
    assert ended[0].startswith(f"{url}/feeds.json: expected ")
    assert read_all(tmp_path / "out") == {}


def test_the_command_says_it_in_a_line(tmp_path: Path) -> None:
    write_files(tmp_path, {"feedkit.toml": SITE, "in/a.md": record("Ferry")})
    with listen(ENDLESS["a header by the byte"]) as url:
        done = run(f"build in --out out --previous {url} --previous-timeout 0.5", tmp_path)
    wanted = "expected an answer that goes on within 0.5 s, in 0.5 s for all files, got none"
    assert (done.status, done.err) == (2, f"feedkit: {url}/feeds.json: {wanted}\n")


def test_the_time_is_that_of_all_files_and_not_of_what_is_done_between(tmp_path: Path) -> None:
    write_ten(tmp_path / "in")
    feedkit.build(tmp_path / "in", tmp_path / "site", CONFIG, now=NOW)
    asked = list[str]()
    bodies = read_all(tmp_path / "site")

    def talk(connection: socket.socket, over: Event) -> None:
        body = bodies["feeds.json"]
        asked.append("feeds.json")
        connection.sendall(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    start = monotonic()
    with listen(talk) as url:
        # No feed differs, so that none but the manifest is asked for.
        report = feedkit.build(
            *(tmp_path / "in", tmp_path / "out", CONFIG), now=NOW, previous=url, previous_timeout=30
        )
    assert (report.exit_status, asked) == (0, ["feeds.json"])
    assert monotonic() > start


@pytest.mark.parametrize(
    "head",
    [
        OK,
        OK + b"Content-Type: application/json\r\n",
        b"HTTP/1.0 200 OK\r\nX-Long: " + b"x" * 60_000 + b"\r\n",
        b"HTTP/1.1 203 Otherwise\r\n",
    ],
)
def test_an_answer_that_ends_is_taken_whatever_stands_around_it(
    head: bytes, tmp_path: Path
) -> None:
    write_ten(tmp_path / "in")
    body = b'{"feeds": []}'

    def talk(connection: socket.socket, over: Event) -> None:
        for part in (head, b"Content-Length: %d\r\n\r\n" % len(body), body[:5], body[5:]):
            connection.sendall(part)
            over.wait(0.1)

    with listen(talk) as url:
        report = feedkit.build(tmp_path / "in", tmp_path / "out", CONFIG, now=NOW, previous=url)
    assert report.exit_status == 0


@pytest.mark.parametrize("packed", [gzip.compress(bytes(50_000_000), 9), b"no gzip at all"])
def test_what_a_hub_answers_is_not_unpacked(packed: bytes, tmp_path: Path) -> None:
    assert len(packed) < 65_536
    write_files(tmp_path, {"in/a.md": record("Ferry")})
    site = feedkit.Site(title="Harbour", url="https://feeds.example.org/")
    head = b"HTTP/1.1 202 Accepted\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"

    def talk(connection: socket.socket, over: Event) -> None:
        while True:
            connection.sendall(head % len(packed) + packed)
            if not connection.recv(65536):
                return

    with listen(talk) as url:
        config = feedkit.Config(site=site, websub=feedkit.WebSub(hub=url))
        report = feedkit.build(tmp_path / "in", tmp_path / "out", config, now=NOW)
        tracemalloc.start()
        done = ping(report, tmp_path / "out", config, cache=False)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert (done.problem, len(done.told)) == ("", 3)
    assert peak < 20_000_000
