"""Records that would cost the process, its memory or its time, beside one that is good.

Each build is a process of its own, since the worst of these would end the one that reads them.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import feedkit

SITE = '[site]\ntitle = "Lamps"\nurl = "https://feeds.example.org/"\n'
CORE = "title: {}\nurl: https://example.org/{}\ndate: 2026-01-31\n"
GOOD = f"---\n{CORE.format('Good', 'good')}---\n"


class Run(NamedTuple):
    """How a build of one good record and a bad one ended."""

    status: int
    err: list[str]
    is_published: bool


def build_beside_good(folder: Path, text: str, name: str = "bad.md") -> Run:
    (folder / "in").mkdir()
    (folder / "feedkit.toml").write_text(SITE)
    (folder / "in" / "good.md").write_text(GOOD)
    (folder / "in" / name).write_text(text)
    command = [sys.executable, "-c", "from feedkit.cli import main; main()", "build"]
    command += ["in", f"in/{name}", "--out", "out"]
    # A time that none of these would meet if it grew with the square of what they hold.
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    feed = folder / "out" / "all" / "atom.xml"
    is_published = feed.exists() and "Good" in feed.read_text()
    return Run(done.returncode, done.stderr.splitlines(), is_published)


DEPTH = 100_000
DEEP = {
    "sequences": "- " * DEPTH + "a",
    "keys": "? " * DEPTH + "a",
    "values": ": " * DEPTH + "a",
    "sequences in keys": "? - " * DEPTH + "a",
    "after a tab": "\t" + "- " * DEPTH + "a",
    "after a directive": "%YAML 1.2\n---\n" + "- " * DEPTH + "a",
    "below a key": "a:\n" + "-  " * DEPTH + "a",
    "indented mappings": "".join(" " * level + "a:\n" for level in range(12_000)),
    "indented sequences": "".join(" " * level + "-\n" for level in range(12_000)),
    "steps": "".join(" " * (190 * step) + "- " * 95 + "-\n" for step in range(100)),
    "flow sequences": "a: " + "[" * DEPTH,
    "flow mappings": "a: " + "{a: " * DEPTH,
}


@pytest.mark.parametrize("kind", DEEP)
def test_front_matter_nested_too_deep_costs_one_line(tmp_path: Path, kind: str) -> None:
    run = build_beside_good(tmp_path, f"---\n{DEEP[kind]}\n---\n")
    assert (run.status, len(run.err), run.is_published) == (1, 1, True)
    assert run.err[0].startswith("in/bad.md:")


TEXT = "x" * 1_000_000
ALIASED = {
    "a long text": f"a: &a {TEXT}\nb: [{'*a, ' * 3000}]",
    "a long key": f"? &a {TEXT[:9000]}\n: 1\nb: [{'{*a : 1}, ' * 3000}]",
    "a list of long texts": f"a: &a [{TEXT[:9000]}, {TEXT[:9000]}]\nb: [{'*a, ' * 2000}]",
    "topics": f"a: &a {TEXT}\ntopics: [{'*a, ' * 3000}]",
}


@pytest.mark.parametrize("kind", ALIASED)
def test_what_aliases_add_is_bounded_by_its_length(tmp_path: Path, kind: str) -> None:
    run = build_beside_good(tmp_path, f"---\n{ALIASED[kind]}\n---\n")
    assert [line.partition(": ")[2] for line in run.err] == [
        "front matter: aliases add more than 1048576 characters"
    ]
    assert run.is_published


NUMBER = "9" * 5000
NUMBERS = {
    "published": f"published: {NUMBER}",
    "published in hexadecimal": f"published: 0x{'F' * 5000}",
    "draft": f"draft: {NUMBER}",
    "draft in hexadecimal": f"draft: 0x{'F' * 5000}",
    "hours of a date": f"updated: '2026-01-01 {'9' * 32}h'",
}


@pytest.mark.parametrize("kind", NUMBERS)
def test_a_number_of_too_many_digits_costs_one_line(tmp_path: Path, kind: str) -> None:
    run = build_beside_good(tmp_path, f"---\n{CORE.format('A', 'a')}{NUMBERS[kind]}\n---\n")
    field = NUMBERS[kind].partition(":")[0]
    assert [line.partition(": expected ")[0] for line in run.err] == [f"in/bad.md:5: {field}"]
    assert run.is_published


ITEMS = [{"title": f"Item {number}", "date": "2026-01-31"} for number in range(3000)]
RECORD = {"title": "A", "url": "https://example.org/a", "date": "2026-01-31", "related": ITEMS}
KEYS = ",".join(f'"k{number}": 1' for number in range(70_000))
MANY = {
    "related items in YAML": (
        "bad.md",
        f"---\n{CORE.format('A', 'a')}related:\n"
        + "".join(f"- title: {item['title']}\n  date: 2026-01-31\n" for item in ITEMS)
        + "---\n",
        [*(f"{6 + 2 * place}: related[{place}].webUrl" for place in range(20)), "5: related"],
    ),
    "related items in JSON": (
        "bad.json",
        json.dumps(RECORD, indent=0),
        [*(f"{6 + 4 * place}: related[{place}].webUrl" for place in range(20)), "5: related"],
    ),
    "keys": ("bad.json", f'{{{KEYS}, "z": 1, "z": 2}}', ["1: JSON"]),
}


@pytest.mark.parametrize("kind", MANY)
def test_many_faults_of_one_record_take_few_lines_and_little_time(
    tmp_path: Path, kind: str
) -> None:
    name, text, places = MANY[kind]
    run = build_beside_good(tmp_path, text, name)
    assert (len(run.err), run.is_published) == (len({place[-6:] for place in places}), True)
    problems: list[object] = []
    list(feedkit.read_articles(tmp_path / "in" / name, on_problem=problems.append))
    found = [": ".join(str(problem).split(": ")[:2]) for problem in problems]
    assert found == [f"{tmp_path}/in/{name}:{place}" for place in places]


def test_what_is_not_said_of_a_record_is_counted(tmp_path: Path) -> None:
    run = build_beside_good(tmp_path, MANY["related items in YAML"][1])
    assert run.err[0] == "in/bad.md:5: related: 2980 more items that cannot be used"


@pytest.mark.parametrize("name", ["a\nb: c.md", "\x1b]0;a\x07.md", "\udcff.md"])
def test_a_file_of_any_name_costs_one_line(tmp_path: Path, name: str) -> None:
    run = build_beside_good(tmp_path, "---\n", name)
    assert [line.isprintable() for line in run.err] == [True]
    assert run.err[0].startswith(f"in/{ascii(name)[1:-1]}:1: ")
