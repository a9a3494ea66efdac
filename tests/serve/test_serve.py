"""`feedkit serve`: the real command, asked over the loopback address."""

import gzip
import os
import re
import signal
import socket
import sys
from collections.abc import Iterator
from email.utils import formatdate
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

import pytest

from commands import (
    SITE,
    SMALL,
    Running,
    make_environment,
    read_files,
    record,
    run,
    start,
    wait_until,
    write_files,
)


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


class Served(NamedTuple):
    """A folder, and the port at which it is served."""

    out: Path
    port: int

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Return the answer to a path that is sent as it is."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers={"Accept-Encoding": "identity", **named})
        response = connection.getresponse()
        known = {name.lower(): value for name, value in response.getheaders()}
        answer = Answer(response.status, known, response.read())
        connection.close()
        return answer


def find_port(command: Running) -> int:
    wait_until(lambda: "http://" in command.said)
    found = re.search(r"http://127\.0\.0\.1:(\d+)/ ", command.said)
    assert found
    return int(found[1])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Give feeds that are served, with what is not to be seen in them and beside them."""
    folder = tmp_path_factory.mktemp("served")
    settings = f'{SITE}[feeds]\nalso = {{ "feed.xml" = "rss.xml", "index.xml" = "atom.xml" }}\n'
    write_files(folder, {**SMALL, "feedkit.toml": settings})
    run("build in --out out", folder)
    out = folder / "out"
    secrets = ("secret.txt", "out/.secret.txt", "out/.git/secret.txt", "outer/secret.txt")
    write_files(folder, dict.fromkeys(secrets, "secret"))
    write_files(out, {"style.css": "p { color: #369 }\n", "card.png": "picture"})
    (out / "link.txt").symlink_to(folder / "secret.txt")
    (out / "link").symlink_to(folder)
    (out / "hidden").symlink_to(".git")
    (out / "loop").symlink_to("loop")
    (out / "inner").symlink_to("all")
    with start("serve out --port 0", folder) as command:
        yield Served(out, find_port(command))


UTF_8 = "; charset=utf-8"
TYPES = {
    "all/atom.xml": "application/atom+xml" + UTF_8,
    "all/index.xml": "application/atom+xml" + UTF_8,
    "all/rss.xml": "application/rss+xml" + UTF_8,
    "all/feed.xml": "application/rss+xml" + UTF_8,
    "all/feed.json": "application/feed+json" + UTF_8,
    "feeds.opml": "text/x-opml" + UTF_8,
    "feeds.json": "application/json" + UTF_8,
    "index.html": "text/html" + UTF_8,
    "style.css": "text/css" + UTF_8,
    "card.png": "image/png",
}


@pytest.mark.parametrize("name", TYPES)
def test_a_file_is_served_as_it_is_under_its_type(served: Served, name: str) -> None:
    answer = served.ask(f"/{name}")
    body = (served.out / name).read_bytes()
    assert (answer.status, answer.body) == (200, body)
    assert answer.headers["content-type"] == TYPES[name]
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["etag"] == f'"{sha256(body).hexdigest()[:32]}"'


def test_who_has_a_file_is_not_sent_it_again(served: Served) -> None:
    headers = served.ask("/all/rss.xml").headers
    modified = formatdate((served.out / "all/rss.xml").stat().st_mtime, usegmt=True)
    assert headers["last-modified"] == modified
    for sent in ({"If_None_Match": headers["etag"]}, {"If_Modified_Since": modified}):
        answer = served.ask("/all/rss.xml", **sent)
        assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", headers["etag"])
    other = {"If_None_Match": '"other"', "If_Modified_Since": modified}
    assert served.ask("/all/rss.xml", **other).status == 200


def test_a_file_is_compressed_where_that_is_asked(served: Served) -> None:
    plain, packed = (
        served.ask("/all/atom.xml", Accept_Encoding=coding) for coding in ("identity", "gzip, br")
    )
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["etag"] == f"W/{plain.headers['etag']}"
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
    again = served.ask(
        "/all/atom.xml", If_None_Match=packed.headers["etag"], Accept_Encoding="gzip"
    )
    assert (again.status, "content-encoding" in again.headers) == (304, False)


def test_head_says_what_get_would(served: Served) -> None:
    head, get = (served.ask("/all/atom.xml", method) for method in ("HEAD", "GET"))
    assert (head.status, head.body) == (200, b"")
    assert {**head.headers, "date": ""} == {**get.headers, "date": ""}
    assert served.ask("/all/atom.xml", "POST").status == 405


def test_a_folder_is_its_page(served: Served) -> None:
    assert served.ask("/").body == (served.out / "index.html").read_bytes()
    assert (
        served.ask("/topics/tides/").body == (served.out / "topics/tides/index.html").read_bytes()
    )
    assert served.ask("/inner/atom.xml").status == 200
    moved = served.ask("//topics/tides")
    assert (moved.status, moved.headers["location"]) == (307, "/topics/tides/")


HIDDEN = (
    "/nowhere",
    "/topics/",  # a folder without a page
    "/all/atom.xml/",
    "/secret.txt",
    "/../secret.txt",
    "/all/../../secret.txt",
    "/%2e%2e/secret.txt",
    "/all/%2E%2E/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/all/..%2F..%2Fsecret.txt",
    "/..%5csecret.txt",
    "/%252e%252e/secret.txt",
    "/../outer/secret.txt",
    "//FOLDER/secret.txt",
    "/FOLDER/secret.txt",
    "/%2FFOLDER/secret.txt",
    "/./.secret.txt",
    "/.secret.txt",
    "/%2esecret.txt",
    "/.git/secret.txt",
    "/hidden/secret.txt",
    "/link.txt",
    "/link/secret.txt",
    "/loop",
    "/%00",
    "/secret.txt%00.html",
    "/.feedkit/changes",
)


@pytest.mark.parametrize("path", HIDDEN)
def test_what_is_not_published_is_not_served(served: Served, path: str) -> None:
    answer = served.ask(path.replace("FOLDER", os.fspath(served.out.parent).lstrip("/")))
    assert answer.status == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert b"Not found" in answer.body
    assert b"secret" not in answer.body


def test_another_hosts_name_is_not_answered(served: Served) -> None:
    assert served.ask("/", Host="feeds.example.org").status == 400
    assert served.ask("/", Host="localhost:8000").status == 200


@pytest.mark.skipif(sys.platform != "linux", reason="127.0.0.2 is this machine on Linux alone")
def test_only_the_loopback_address_is_listened_at(served: Served) -> None:
    with (
        pytest.raises(ConnectionRefusedError),
        socket.create_connection(("127.0.0.2", served.port)),
    ):
        pass


@pytest.fixture
def site(tmp_path: Path) -> Path:
    write_files(tmp_path, SMALL)
    return tmp_path


def test_it_says_one_line_and_ends_as_it_should_be(site: Path) -> None:
    run("build in --out out", site)
    with start("serve out --port 0", site) as command:
        port = find_port(command)
        line = f"http://127.0.0.1:{port}/ shows the feeds of https://feeds.example.org/news/\n"
        assert command.said == line
        assert command.stop() == 0
        assert command.said == line


def test_a_port_that_is_taken_is_said_in_one_line(site: Path, served: Served) -> None:
    run("build in --out out", site)
    taken = run(f"serve out --port {served.port}", site)
    line = f"feedkit: 127.0.0.1:{served.port}: Address already in use; choose another --port\n"
    assert taken == (2, "", line)


@pytest.mark.parametrize("package", ["starlette", "uvicorn"])
def test_it_says_what_to_install_where_that_is_missing(site: Path, package: str) -> None:
    missing = f"raise ModuleNotFoundError('none', name={package!r})\n"
    write_files(site, {f"missing/{package}.py": missing})
    path = os.pathsep.join([str(site / "missing"), make_environment().get("PYTHONPATH", "")])
    with start("serve out", site, PYTHONPATH=path) as command:
        assert command.process.wait(20) == 2
    advice = "pip install starlette uvicorn"
    assert command.said == f"feedkit: {package} is not installed: {advice}\n"


@pytest.fixture
def live(site: Path) -> Iterator[tuple[Served, Running]]:
    """Give feeds that are built and served while `in` is watched."""
    with start("serve out --port 0 --watch in", site) as command:
        yield Served(site / "out", find_port(command)), command


def find_events(page: bytes) -> str:
    (path,) = re.findall(rb'EventSource\("([^"]*)"\)', page)
    return bytes(path).decode()


def test_open_pages_are_told_when_something_was_published(
    site: Path, live: tuple[Served, Running]
) -> None:
    served, command = live
    path = find_events(served.ask("/").body)
    events = HTTPConnection("127.0.0.1", served.port, timeout=20)
    events.request("GET", path)
    answer = events.getresponse()
    assert answer.getheader("Content-Type") == "text/event-stream; charset=utf-8"
    write_files(site, {"in/fog.md": record("Fog")})
    assert answer.readline() == b"data: changed\n"
    assert b"Fog" in served.ask("/all/feed.json").body
    assert find_events(served.ask("/").body) != path
    before = command.said
    assert command.stop() == 0  # though somebody waits for more
    assert command.said == before
    events.close()


def test_a_page_that_was_read_before_is_told_at_once(
    site: Path, live: tuple[Served, Running]
) -> None:
    served, _ = live
    old = find_events(served.ask("/nowhere").body)  # it may come to be
    write_files(site, {"in/fog.md": record("Fog")})
    wait_until(lambda: b"Fog" in served.ask("/all/feed.json").body)
    wait_until(lambda: find_events(served.ask("/").body) != old)
    events = HTTPConnection("127.0.0.1", served.port, timeout=20)
    events.request("GET", old)
    assert events.getresponse().readline() == b"data: changed\n"
    events.close()


@pytest.mark.parametrize(
    ("accepted", "is_packed"),
    [("gzip", True), ("br, GZIP;q=0.5", True), ("gzip;q=0", False), ("br, gzip; q=0.0", False)],
)
def test_who_refuses_gzip_gets_none(
    live: tuple[Served, Running], accepted: str, is_packed: bool
) -> None:
    answer = live[0].ask("/all/atom.xml", Accept_Encoding=accepted)
    assert ("content-encoding" in answer.headers) == is_packed


def test_feeds_are_served_as_they_are_while_records_are_watched(
    live: tuple[Served, Running],
) -> None:
    served, _ = live
    files = read_files(served.out)
    feeds = [name for name in files if not name.endswith(".html")]
    assert len(feeds) > 3
    assert [name for name in feeds if served.ask(f"/{name}").body != files[name]] == []
    page, shown = files["index.html"].splitlines(), served.ask("/").body.splitlines()
    assert [line for line in page if line not in shown] == [page[4]]
    assert b"Content-Security-Policy" in page[4]


def test_a_signal_during_the_first_build_ends_it(site: Path) -> None:
    with start("serve out --port 0 --watch in", site) as command:
        wait_until((site / ".out.feedkit").exists)
        assert command.stop(signal.SIGTERM) == 0
