"""Feeds that are published elsewhere, in a folder or on a server, are what OUT is compared with."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import feedkit
from commands import EMPTIED
from tides import CONFIG, NOW, halve, list_held, name_anew, read_all, write_other, write_ten

#: Builds a folder beside what is published elsewhere, and dies at the third rename.
DIE = """
import os, sys
from pathlib import Path
import feedkit
from tides import CONFIG, NOW

renamed = []

def look(event, arguments):
    if event == "os.rename" and not str(arguments[1]).endswith(".pyc"):  # Python's own
        renamed.append(event)
        if len(renamed) == 3:
            os._exit(9)

sys.addaudithook(look)
folder = Path(sys.argv[1])
feedkit.build(folder / "in", folder / "out", CONFIG, now=NOW, previous=sys.argv[2])
"""
NOTE = "no feeds were published before: nothing to compare these with"


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder."""

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


class Answer(BaseHTTPRequestHandler):
    """Says the same of every path."""

    status, headers_sent, body = 200, {}, b""  # type: ignore[var-annotated]

    def do_GET(self) -> None:
        self.send_response(self.status)
        for name, value in self.headers_sent.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def serve(handler: Any) -> Iterator[str]:
    """Give the address of a server on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/feeds"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(params=["folder", "server"])
def published(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where the feeds of ten records are published."""
    write_ten(tmp_path / "in")
    write_other(tmp_path / "in")
    site = tmp_path / "site/feeds"
    feedkit.build(tmp_path / "in", site, CONFIG, now=NOW)
    if request.param == "folder":
        yield str(site)
        return
    with serve(partial(Quiet, directory=site.parent)) as url:
        yield url


def build(folder: Path, previous: str | None, **more: Any) -> feedkit.Report:
    return feedkit.build(folder / "in", folder / "out", CONFIG, now=NOW, previous=previous, **more)


def test_a_first_folder_gets_held_feeds_as_they_are_published(
    tmp_path: Path, published: str
) -> None:
    name_anew(tmp_path / "in")
    write_other(tmp_path / "in", "Ship")
    report = build(tmp_path, published)
    held = ["all", "providers/harbour.example", "topics/tides"]
    assert (list_held(report), report.notes, report.exit_status) == (held, (), 3)
    before, after = read_all(tmp_path / "site/feeds"), read_all(tmp_path / "out")
    assert before.keys() == after.keys()
    changed = {name for name in before if before[name] != after[name]}
    assert {name.rpartition("/")[0] for name in changed} == {"", "topics/boats"}
    assert build(tmp_path, None).held == report.held


def test_what_is_gone_is_emptied_in_a_first_folder_too(tmp_path: Path, published: str) -> None:
    (tmp_path / "in/99.md").unlink()
    report = build(tmp_path, published)
    assert report.problems == (f"topics/boats: {EMPTIED}",)
    assert json.loads((tmp_path / "out/topics/boats/feed.json").read_bytes())["items"] == []


def test_nothing_is_published_where_no_record_is_left_but_feeds_elsewhere(
    tmp_path: Path, published: str
) -> None:
    for path in (tmp_path / "in").iterdir():
        path.unlink()
    report = build(tmp_path, published)
    assert (report.exit_status, read_all(tmp_path / "out")) == (3, {})


def test_a_build_that_dies_has_named_what_it_published(tmp_path: Path, published: str) -> None:
    command = [sys.executable, "-c", DIE, str(tmp_path), published]
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run(command, check=False, env=environment).returncode == 9
    feeds = json.loads((tmp_path / "out/feeds.json").read_bytes())["feeds"]
    named = {f"{feed['path']}/{name}" for feed in feeds for name in feed["files"]}
    there = {name for name in read_all(tmp_path / "out") if not name.endswith((".html", ".new"))}
    assert {name for name in there if "/" in name and "/." not in name} <= named
    assert len(named) == 12


def test_feeds_in_the_folder_itself_come_first(tmp_path: Path, published: str) -> None:
    halve(tmp_path / "in")
    build(tmp_path, None)
    name_anew(tmp_path / "in", 3)
    assert build(tmp_path, published).held == ()


def test_unchanged_feeds_are_not_asked_for(tmp_path: Path, published: str) -> None:
    for path in (tmp_path / "site/feeds").rglob("*.*"):
        if path.is_file() and path.name != "feeds.json":
            path.unlink()
    assert build(tmp_path, published).notes == ()


def test_a_feed_that_is_not_there_is_noted(tmp_path: Path, published: str) -> None:
    for name in ("feed.json", "atom.xml", "rss.xml"):
        (tmp_path / "site/feeds/all" / name).unlink()
    name_anew(tmp_path / "in")
    note = "all: what was published here cannot be read: nothing to compare with"
    assert build(tmp_path, published).notes == (note,)


def test_where_nothing_was_published_yet_there_is_a_note(tmp_path: Path) -> None:
    write_ten(tmp_path / "in")
    (tmp_path / "site").mkdir()
    with serve(partial(Quiet, directory=tmp_path / "site")) as url:
        report = build(tmp_path, url)
    assert (report.notes, report.exit_status) == ((NOTE,), 0)
    (tmp_path / "out").rename(tmp_path / "other")
    assert build(tmp_path, str(tmp_path / "site")).notes == (NOTE,)


@pytest.mark.parametrize("previous", ["", "nowhere", "ftp://127.0.0.1/feeds"])
def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path, previous: str) -> None:
    write_ten(tmp_path / "in")
    with pytest.raises(feedkit.PublishError, match=f"a folder of feeds .*, got '{previous}'"):
        build(tmp_path, previous)


@pytest.mark.parametrize(
    ("status", "headers", "body", "said"),
    [
        (500, {}, b"", "expected a file, got status 500"),
        (302, {"Location": "http://127.0.0.1:9/"}, b"", "expected a file, got status 302"),
        (200, {}, b"<html>", "expected the one that feedkit wrote, or none"),
        (200, {"Content-Length": "100"}, b"{}", "expected 98 bytes more, got an end"),
        (200, {"Transfer-Encoding": "chunked"}, b"zz\r\n", "feeds.json"),
        (200, {}, b" " * (65 * 1024 * 1024), "expected at most 67108864 bytes, got more"),
    ],
    ids=["error", "redirect", "page", "short", "broken", "endless"],
)
def test_a_server_that_says_something_else_is_an_error_and_nothing_is_published(
    tmp_path: Path, status: int, headers: dict[str, str], body: bytes, said: str
) -> None:
    write_ten(tmp_path / "in")
    kind = type("Kind", (Answer,), {"status": status, "headers_sent": headers, "body": body})
    with serve(kind) as url, pytest.raises(feedkit.PublishError, match=said):
        build(tmp_path, url)
    assert read_all(tmp_path / "out") == {}


def test_a_server_that_speaks_no_http_is_an_error_that_says_so(tmp_path: Path) -> None:
    class Other(Answer):
        def do_GET(self) -> None:
            self.wfile.write(b"\0\xff 220 ready\r\n\r\n")

    write_ten(tmp_path / "in")
    said = r"feeds\.json: expected an answer in HTTP, got one that begins '\\x00ÿ 220 ready"
    with serve(Other) as url, pytest.raises(feedkit.PublishError, match=said):
        build(tmp_path, url)
    assert read_all(tmp_path / "out") == {}


def test_a_server_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    write_ten(tmp_path / "in")
    with serve(Quiet) as url:
        pass
    with pytest.raises(feedkit.PublishError, match=r"feeds\.json: .*refused"):
        build(tmp_path, url)


@pytest.mark.parametrize("name", ["../../evil.json", "..\\evil.json", "/evil.json"])
def test_a_manifest_that_names_files_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    write_ten(tmp_path / "in")
    feed = {
        "path": "a",
        "title": "A",
        "newest": "2026-01-01T00:00:00Z",
        "files": {name: ""},
        "formats": {name: "json"},
    }
    (tmp_path / "feeds.json").write_text(json.dumps({"feeds": [feed]}))
    with pytest.raises(feedkit.PublishError, match="expected files below it, got 'a'"):
        build(tmp_path, str(tmp_path))
