"""What a small build says is what a build of all records says."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedkit import Config, Report, Site, build, update

NOW = datetime(2026, 6, 1, tzinfo=UTC)
CONFIG = Config(site=Site(title="Example", url="https://example.org/feeds/"))
LISTS = ("a.json", "b.json")


def make_record(name: str, **more: object) -> dict[str, object]:
    return {"url": f"https://example.org/{name}", "title": name, "date": "2026-01-01", **more}


def write_list(file: Path, *names: str) -> None:
    file.write_text(json.dumps([make_record(name) for name in names]))


def write_record(file: Path, **more: object) -> None:
    file.write_text(f"---\n{json.dumps(make_record(file.stem, **more))}\n---\n")


def list_shared(report: Report) -> list[str]:
    return [note for note in report.notes if "records of one URL" in note]


@pytest.mark.parametrize("related", [["x"], ["x", "y"], ["z"], []])
@pytest.mark.parametrize("is_told", [False, True])
def test_addresses_shared_by_the_same_files_keep_a_line_each(
    tmp_path: Path, related: list[str], *, is_told: bool
) -> None:
    content, out, lead = tmp_path / "content", tmp_path / "out", tmp_path / "content/lead.md"
    content.mkdir()
    sources = [content, *(content / name for name in LISTS)]
    for name in LISTS:
        write_list(content / name, "x", "y", "z")
    write_record(lead)
    first = build(sources, out, CONFIG, now=NOW)
    assert len(list_shared(first)) == 3
    write_record(lead, related=[make_record(name) for name in related])
    if is_told:
        again = update(out, CONFIG, now=NOW, changed=[lead])
    else:
        again = build(sources, out, CONFIG, now=NOW)
    whole = build(sources, tmp_path / "fresh", CONFIG, now=NOW, cache=False)
    assert list_shared(again) == list_shared(whole) == list_shared(first)


def test_a_line_goes_where_one_of_two_addresses_is_no_longer_shared(tmp_path: Path) -> None:
    content, out = tmp_path / "content", tmp_path / "out"
    content.mkdir()
    sources = [content / name for name in LISTS]
    for file in sources:
        write_list(file, "x", "y")
    build(sources, out, CONFIG, now=NOW)
    write_list(content / "b.json", "x")
    assert len(list_shared(build(sources, out, CONFIG, now=NOW))) == 1
