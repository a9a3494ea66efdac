"""The part of `make readers` that needs no program but Python's: table, faults, stories, site."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from readers.__main__ import DEMO, HERE, build_demo
from readers.changes import KEEPERS, tell_changes
from readers.server import Site, serve
from readers.shown import FIELDS, Shown, expect, find_wrong, list_values
from readers.subscribers import News
from readers.table import IN_PYTHON, Cell, check, draw, load_faults, read_site

KEY = ("someone", "atom.xml")
SHOWN = Shown(
    id="urn:uuid:1",
    title="Tides",
    link="https://news.example.org/1",
    author="Pier",
    published=datetime(2026, 3, 1, tzinfo=UTC),
    tags=("Sea",),
    html='<img src="https://news.example.org/1.png"><p><strong>Related to</strong></p>'
    '<ul><li><a href="https://news.example.org/2">Fog</a> – Pier</li></ul>',
)
WANTED = {SHOWN.id: list_values(SHOWN)}
WRONG: dict[str, dict[str, Any]] = {
    "title": {"title": "Tide"},
    "link": {"link": "https://news.example.org/2"},
    "author": {"author": None},
    "date": {"published": datetime(2026, 3, 2, tzinfo=UTC)},
    "tags": {"tags": ("Sea", "Sea")},
    "picture": {"picture": "https://news.example.org/2.png"},
    "related": {"html": SHOWN.html and SHOWN.html.replace("Fog", "Mist")},
    "entries": {"id": "urn:uuid:2"},
}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The demo, served where it says that it stands."""
    with serve(tmp_path / "site") as served:
        build_demo(served.url, tmp_path)
        yield served


def test_readers_in_python_show_all_of_the_demo_but_what_is_their_own_fault(
    site: Site, tmp_path: Path
) -> None:
    wanted = expect(DEMO / "content", "Practical Web")
    rows = dict(read_site(IN_PYTHON, site.url, wanted, tmp_path))
    assert len(rows) == 8
    assert list(check(rows, load_faults(HERE / "faults.toml"))) == []


def test_reader_sees_an_update_as_an_update(site: Site, tmp_path: Path) -> None:
    people = {"reader": KEEPERS["reader"]}
    told = list(tell_changes(DEMO / "content", site, tmp_path, people))
    assert [str(one) for one in told if one.got != one.wanted] == []
    assert [one.got for one in told if one.who == "reader rss.xml"] == [
        News(17, 0, 17),
        News(0, 0, 0),
        {304},
        News(0, 1, 0),
        News(0, 1, 0),
        News(1, 0, 1),
        News(0, 0, 0),
    ]


def test_what_is_shown_as_wanted_is_right() -> None:
    assert WANTED[SHOWN.id]["related"] == (("Fog", "https://news.example.org/2"),)
    assert find_wrong([SHOWN], WANTED) == {field: [] for field in FIELDS}


@pytest.mark.parametrize("field", FIELDS)
def test_what_is_shown_otherwise_is_wrong_in_its_field_alone(field: str) -> None:
    wrong = find_wrong([replace(SHOWN, **WRONG[field])], WANTED)
    assert [name for name, found in wrong.items() if found] == [field]


def test_an_entry_that_is_shown_twice_is_wrong() -> None:
    assert find_wrong([SHOWN, SHOWN], WANTED)["entries"] == ["1 of 1 in 2"]


def test_a_fault_must_be_written_down_and_hold() -> None:
    rows = {KEY: {"title": Cell("wrong", ["all: 'a', not 'b'"]), "tags": Cell("right", [])}}
    assert list(check(rows, {(*KEY, "title"): "wrong"})) == []
    assert list(check(rows, {})) == [
        "someone, atom.xml, title: wrong, expected right: all: 'a', not 'b'"
    ]
    assert list(check(rows, {(*KEY, "title"): "wrong", (*KEY, "tags"): "–"})) == [
        "someone, atom.xml, tags: right, expected –"
    ]


def test_the_table_has_a_line_for_each_reader_and_format() -> None:
    row = {field: Cell("right", []) for field in FIELDS} | {"tags": Cell("–", [])}
    _, line = draw({KEY: row})
    assert line.split() == [*KEY, *["right"] * 5, "–", "right", "right"]


def test_the_site_answers_304_to_who_has_the_file(site: Site) -> None:
    with urlopen(f"{site.url}all/atom.xml") as answer:
        assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
        etag = answer.headers["ETag"]
    with pytest.raises(HTTPError, match="304"):
        urlopen(Request(f"{site.url}all/atom.xml", headers={"If-None-Match": etag}))
    with pytest.raises(HTTPError, match="404"):
        urlopen(f"{site.url}nothing.xml")
    assert [request.status for request in site.take_log()] == [200, 304, 404]
