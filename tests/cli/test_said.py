"""What commands say however they end: grouped, as JSON, and nothing that a terminal would obey."""

import json
import os
import signal
import subprocess
import tomllib
from pathlib import Path

import pytest

import feedkit
from commands import COMMAND, SITE, SMALL, make_environment, record, run, write_files
from feedkit.cli.options import EXTRAS
from feedkit.cli.output import group_problems
from paths import ROOT
from tides import CONFIG, NOW, write


def read_json(text: str) -> dict[str, object]:
    """Return the one object that a command printed."""
    (line,) = text.splitlines()
    said: dict[str, object] = json.loads(line)
    return said


def test_equal_reasons_are_one_line_with_their_count_and_the_first(tmp_path: Path) -> None:
    bad = {f"in/{number:04}.md": record("Ferry", webUrl="nowhere") for number in range(1990)}
    write_files(tmp_path, {**SMALL, **bad, "in/a.md": record("Fog", date="soon")})
    reason = "webUrl: expected an absolute http(s) URL, got 'nowhere'"
    first = "in/0000.md:3, in/0001.md:3, in/0002.md:3"
    lines = [
        f"1,990 files: {reason}, first: {first}",
        "in/a.md:4: date: expected a date such as 2026-01-31T12:00:00Z, got 'soon'",
    ]
    for command in ("build in --out out --no-cache", "check in", "list in"):
        assert run(command, tmp_path).err.splitlines() == lines, command
    said = read_json(run("check in --json", tmp_path).out)
    assert len(said["problems"]) == 1991  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("problems", "lines"),
    [
        (["a: b", "c: d"], ["a: b", "c: d"]),
        (["a.md:1: b", "c.md:7: b"], ["2 files: b, first: a.md:1, c.md:7"]),
        (["a.json:1: b", "a.json:7: b"], ["2 times in 1 file: b, first: a.json:1, a.json:7"]),
        (
            ["a:1: related[0].url: b", "c: d", "a:1: related[12].url: b", "e: related[0].url: b"],
            ["3 times in 2 files: related[].url: b, first: a:1, a:1, e", "c: d"],
        ),
        ([], []),
    ],
)
def test_only_equal_reasons_are_grouped(problems: list[str], lines: list[str]) -> None:
    assert group_problems(problems) == lines


def test_feeds_that_ended_are_grouped_as_feeds(tmp_path: Path) -> None:
    topics = "[A, B, C, D]"
    write_files(tmp_path, {**SMALL, "in/ferry.md": record("Ferry", topics=topics)})
    run("build in --out out", tmp_path)
    write_files(tmp_path, {"in/ferry.md": record("Ferry")})
    assert run("build in --out out", tmp_path).err == (
        "4 feeds: no article is left; published empty until --prune deletes it or [redirects] "
        "leads on, first: topics/a, topics/b, topics/c\n"
    )


ENDS = {
    "build in --out out": (0, None),
    "build in --out ''": (2, "expected a path, got nothing"),
    "build nowhere --out out": (2, "nowhere: No such file or directory"),
    "build in --out out --jobs 2": (2, "No such option"),
    "build in": (2, "Missing option '--out'."),
    "build in --out out --quiet --verbose": (2, "--quiet and --verbose cannot be used together"),
    "build in --out out --config no.toml": (2, "no.toml: No such file or directory"),
    "build in --out in": (2, "in: expected another folder than OUT"),
    "build in --out out --prepare a:b": (2, "--prepare a:b: "),
    "build drafts --config feedkit.toml --out out": (2, "nothing published: no record is of use"),
    "update in --out nowhere": (2, "no earlier build to follow; run feedkit build first"),
    "update --out out": (2, "Missing argument 'PATH...'"),
    "check in": (0, None),
    "check drafts --config feedkit.toml": (2, "no record is of use (1 withheld or unpublished)"),
    "check nowhere": (2, "nowhere: No such file or directory"),
    "check": (2, "Missing argument 'CONTENT...'"),
    "list in": (0, None),
    "list drafts --config feedkit.toml": (2, "no record is of use"),
    "explain in/ferry.md in": (0, None),
    "explain in/fery.md in": (2, "in/fery.md: not found in in"),
    "explain in/ferry.md": (2, "Missing argument 'CONTENT...'"),
    "doctor nowhere": (2, "nowhere"),
    "doctor http://127.0.0.1:1/ --limit 0": (2, "'--limit'"),
    "docter": (2, "No such command 'docter'"),
}


@pytest.mark.parametrize("command", ENDS)
def test_json_says_how_a_command_ended_and_why(command: str, tmp_path: Path) -> None:
    status, reason = ENDS[command]
    write_files(tmp_path, {**SMALL, "drafts/a.md": record("Fog", draft="true")})
    done = run(f"{command} --json", tmp_path)
    said = read_json(done.out)
    assert (done.status, said["exit_status"]) == (status, status)
    if reason is None:
        assert said["error"] is None
    else:
        assert reason in str(said["error"])
        assert "feedkit: " not in str(said["error"])


def test_json_of_an_interrupted_command_is_an_object_too(tmp_path: Path) -> None:
    slow = "import os, signal\ndef f(article):\n    os.kill(os.getpid(), signal.SIGTERM)\n"
    write_files(tmp_path, {**SMALL, "mine.py": slow})
    done = run("build in --out out --prepare mine:f --json", tmp_path)
    expected = {"exit_status": 128 + signal.SIGTERM, "error": "stopped by SIGTERM"}
    assert (done.status, read_json(done.out)) == (128 + signal.SIGTERM, expected)


def test_what_is_no_option_is_no_request_for_json(tmp_path: Path) -> None:
    write_files(tmp_path, SMALL)
    assert run("check -- --json nowhere", tmp_path).out == ""


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"in/a.txt": ""}, "no record is of use in in (JSON is read where a file is named)"),
        ({"in/a.md": "# Fog\n"}, "no record is of use (1 file has no date or address)"),
        (
            {"in/a.md": record("Fog", draft="true")},
            "no record is of use (1 withheld or unpublished)",
        ),
        (
            {"in/a.md": record("Fog", date="soon")},
            "in/a.md:4: date: expected a date such as 2026-01-31T12:00:00Z, got 'soon'",
        ),
    ],
)
def test_init_writes_nothing_without_a_usable_record_and_says_why(
    tmp_path: Path, files: dict[str, str], reason: str
) -> None:
    write_files(tmp_path, files)
    done = run("init in", tmp_path)
    assert (done.status, done.out) == (2, "")
    assert reason in done.err
    assert not (tmp_path / "in/feedkit.toml").exists()


def test_what_is_missing_is_named_by_packages_that_an_index_has() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    extras = project["project"]["optional-dependencies"]
    for name, packages in {**EXTRAS, "websub": ("httpx",)}.items():
        assert tuple(package.partition(">")[0] for package in extras[name]) == packages


#: Names that a terminal would obey, show on several lines or not at all.
HOSTILE = ("\x1b[31mred", "two\nlines", "bell\x07", "back\u202ewards", "\udc80")


@pytest.mark.parametrize("name", HOSTILE)
def test_no_line_of_a_report_holds_what_a_terminal_obeys(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "in" / name
    for number in range(2):
        write(folder, number, url="https://harbour.example/same")
    (folder / "bad.md").write_text("---\ntitle: A\ndate: soon\n---\n")
    report = feedkit.build(tmp_path / "in", tmp_path / "out", CONFIG, now=NOW)
    again = feedkit.build(tmp_path / "in", tmp_path / "out", CONFIG, now=NOW)
    lines = [*report.problems, *report.notes, *report.held, *again.notes]
    assert sum("records of one URL" in line for line in lines) == 2
    assert [line for line in lines if not line.isprintable()] == []
    for command in ("build", "check", "explain"):
        options = ["--out", "out", "--verbose"] if command == "build" else []
        first = [folder / "0.md"] if command == "explain" else []
        (tmp_path / "feedkit.toml").write_text(SITE)
        done = subprocess.run(
            [COMMAND, command, *map(os.fsencode, first), "in", *options],
            cwd=tmp_path, env=make_environment(), capture_output=True, check=False,
        )  # fmt: skip
        shown = (done.stdout + done.stderr).decode()
        assert [line for line in shown.splitlines() if not line.isprintable()] == []
