"""Whatever stops a command is one line, with the status that it has anyway, and no secret."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import feedkit
from commands import COMMAND, SITE, SMALL, Run, make_environment, record, run, write_files
from feedkit.errors import hide_password, show
from tides import CONFIG, NOW, read_all, write, write_ten

ASCII = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def run_in_ascii(command: list[str | bytes], folder: Path) -> Run:
    done = subprocess.run(
        [COMMAND, *command], cwd=folder, env=make_environment(**ASCII), capture_output=True,
        check=False,
    )  # fmt: skip
    return Run(done.returncode, done.stdout.decode("ascii"), done.stderr.decode("ascii"))


@pytest.mark.parametrize("out", ["/", "/..", "//", "in/../../../../../../../../../.."])
@pytest.mark.parametrize("command", ["build in", "update in/ferry.md", "build in --dry-run"])
def test_the_topmost_folder_is_refused_in_one_line(tmp_path: Path, out: str, command: str) -> None:
    write_files(tmp_path, SMALL)
    done = run(f"{command} --out {out}", tmp_path)
    assert (done.status, done.out) == (2, "")
    assert done.err.endswith(": expected a folder for feeds, got the root folder\n")
    assert done.err.count("\n") == 1


FAILURES = """
class Silent(Exception):
    def __str__(self): raise {}
class Numeric(Exception):
    def __str__(self): return 5
class Outside(BaseException):
    pass
def silent(article): raise Silent
def numeric(article): raise Numeric
def outside(article): raise Outside('no\\x1b[31m ferry')
def noted(article):
    error = ValueError('no')
    error.add_note('a\\nb')
    raise error
"""


@pytest.mark.parametrize("inner", ["RuntimeError", "SystemExit(3)", "KeyboardInterrupt"])
def test_an_exception_of_prepare_whose_text_fails_is_one_line(tmp_path: Path, inner: str) -> None:
    write_files(tmp_path, {**SMALL, "mine.py": FAILURES.format(inner)})
    assert run("build in --out out --prepare mine:silent", tmp_path) == Run(
        2, "", "feedkit: --prepare mine:silent: Silent, while preparing in/ferry.md\n"
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("numeric", "Numeric"),
        ("outside", r"Outside: no\x1b[31m ferry"),
        ("noted", "ValueError: no"),
    ],
)
def test_whatever_prepare_raises_is_one_line(tmp_path: Path, name: str, text: str) -> None:
    write_files(tmp_path, {**SMALL, "mine.py": FAILURES.format("ValueError")})
    done = run(f"build in --out out --prepare mine:{name}", tmp_path)
    expected = f"feedkit: --prepare mine:{name}: {text}, while preparing in/ferry.md\n"
    assert done == Run(2, "", expected)


def test_a_module_of_prepare_may_raise_anything_too(tmp_path: Path) -> None:
    text = FAILURES.format("ValueError") + "raise Silent\n"
    write_files(tmp_path, {**SMALL, "mine.py": text})
    done = run("build in --out out --prepare mine:f", tmp_path)
    assert done == Run(2, "", "feedkit: --prepare mine:f: Silent\n")


SIGNS = "F\u00e9rry \u2603"


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        (["build", "in", "--out", "out", "--verbose"], 1, r"got 's\xf6on'"),
        (["build", "in", "--out", "out", "--dry-run"], 1, r"new: F\xe9rry \u2603"),
        (["check", "in"], 1, r"in/\xfc.md, in/a.md: records of one URL"),
        (["list", "in"], 1, r"F\xe9rry \u2603"),
        (["explain", "https://example.org/\u00fc", "in"], 2, "not found in in"),
        (["build", "in", "--out", "\u00fc"], 1, r"got 's\xf6on'"),
        (["build", "in", "--out", "out", "--config", "\u00fc.toml"], 2, "No such file"),
        (["b\u00fcild"], 2, "No such command"),
        (["build", "in", "--out", "out", "--w\u00e4it"], 2, "No such option"),
        ([b"build", b"\xff", b"--out", b"out"], 2, "No such file"),
        ([b"build", b"in", b"--out", b"\xff"], 1, r"got 's\xf6on'"),
    ],
)
def test_in_an_ascii_locale_messages_are_escaped_and_the_status_is_the_same(
    tmp_path: Path, command: list[str | bytes], status: int, said: str
) -> None:
    signs = {"in/\u00fc.md": record(SIGNS, webUrl="https://example.org/a/", topics=f"[{SIGNS}]")}
    more = {"in/a.md": record("A", webUrl="https://example.org/a/", date="2025-01-01")}
    bad = {"in/b\u00fc.md": record("B", date="s\u00f6on")}
    write_files(tmp_path, {"feedkit.toml": SITE, **signs, **more, **bad})
    done = run_in_ascii(command, tmp_path)
    text = done.out + done.err
    assert (done.status, "Traceback" in text) == (status, False)
    assert said in text


def test_files_are_called_as_in_any_locale(tmp_path: Path) -> None:
    write_files(tmp_path, {**SMALL, "in/a.md": record("A", topics="[M\u00fcll]")})
    for name, environment in {"ascii": ASCII, "utf-8": {}}.items():
        done = subprocess.run(
            [COMMAND, "build", "in", "--out", name], cwd=tmp_path,
            env=make_environment(**environment), check=False,
        )  # fmt: skip
        assert done.returncode == 0
    assert read_all(tmp_path / "ascii") == read_all(tmp_path / "utf-8")
    assert (tmp_path / "ascii/topics/m\u00fcll/atom.xml").exists()


SECRET = "https://me:p4ss-word@example.org/"


def refuse_site(folder: Path) -> Run:
    write_files(folder, {"feedkit.toml": f'[site]\ntitle = "A"\nurl = "{SECRET}"\n'})
    return run("build in --out out", folder)


def refuse_record(folder: Path) -> Run:
    write_files(folder, {"in/a.md": record("A", webUrl=SECRET)})
    return run("build in --out out --json", folder)


def refuse_long(folder: Path) -> Run:
    write_files(folder, {"in/a.md": record("A", webUrl=SECRET.replace("word", "w" * 99))})
    return run("check in --json", folder)


REFUSALS: dict[str, Callable[[Path], Run]] = {
    "site": refuse_site,
    "record": refuse_record,
    "long": refuse_long,
    "init": lambda folder: run(f"init in --config n.toml --url {SECRET}", folder),
    "previous": lambda folder: run(f"build in --out out --previous {SECRET}", folder),
    "doctor": lambda folder: run(f"doctor {SECRET}", folder),
    "explain": lambda folder: run(f"explain {SECRET} in", folder),
    "item": lambda folder: refuse_item(folder),  # noqa: PLW0108
    "hub": lambda folder: refuse_setting(folder, f'[websub]\nhub = "{SECRET}"\n'),
    "exclude": lambda folder: refuse_setting(folder, f'[exclude]\nurls = ["{SECRET}"]\n'),
    "moved": lambda folder: refuse_setting(folder, f'[moved]\n"{SECRET}" = "https://a.example/"\n'),
}


def refuse_item(folder: Path) -> Run:
    items = f"[{{title: B, webUrl: '{SECRET}', date: 2026-01-01}}]"
    write_files(folder, {"in/a.md": record("A", related=items)})
    return run("build in --out out --json", folder)


def refuse_setting(folder: Path, text: str) -> Run:
    write_files(folder, {"feedkit.toml": SITE + text})
    return run("build in --out out", folder)


@pytest.mark.parametrize("name", REFUSALS)
def test_a_password_in_a_refused_address_is_not_repeated(tmp_path: Path, name: str) -> None:
    write_files(tmp_path, SMALL)
    done = REFUSALS[name](tmp_path)
    assert done.err != ""
    assert "p4ss" not in done.err + done.out
    assert "example.org" in done.err or name == "long"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:secret@a.example/", "https://me:***@a.example/"),
        ("//me:se:cret@a.example, https://:secret@b/", "//me:***@a.example, https://:***@b/"),
        ("https://me:s@cret@a.example/", "https://me:***@a.example/"),
        ("https://me@a.example/", "https://me@a.example/"),
        ("https://a.example:80/@me", "https://a.example:80/@me"),
        ("https://a.example/?q=a:b@c", "https://a.example/?q=a:b@c"),
        ("me: a@b.example", "me: a@b.example"),
    ],
)
def test_only_a_password_is_hidden(text: str, shown: str) -> None:
    assert hide_password(text) == shown
    assert show("https://me:" + "s" * 90 + "@a") == "'https://me:***@a'"


@pytest.mark.parametrize("cache", [None, "kept", "kept/below"])
def test_a_failed_first_update_leaves_nothing_behind(tmp_path: Path, cache: str | None) -> None:
    write_files(tmp_path, SMALL)
    before = sorted(tmp_path.rglob("*"))
    option = f" --cache {cache}" if cache else ""
    done = run(f"update in/ferry.md --out new/out{option}", tmp_path)
    assert done == Run(
        2,
        "",
        "feedkit: new/out: there is no earlier build to follow; run feedkit build first\n",
    )
    assert sorted(tmp_path.rglob("*")) == before


def test_an_update_after_a_build_that_kept_nothing_makes_no_cache(tmp_path: Path) -> None:
    write_files(tmp_path, SMALL)
    run("build in --out out --no-cache", tmp_path)
    before = sorted(tmp_path.rglob("*"))
    assert run("update in/ferry.md --out out", tmp_path).status == 2
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("hop", ["Reading", "Encoding", "Publishing"])
@pytest.mark.parametrize("is_over", [True, False])
def test_a_cache_that_is_removed_during_a_build_costs_a_note(
    tmp_path: Path, hop: str, is_first: bool, is_over: bool
) -> None:
    write_ten(tmp_path / "in")
    source, out, cache = tmp_path / "in", tmp_path / "out", tmp_path / ".out.feedkit"
    if not is_first:
        feedkit.build(source, out, CONFIG, now=NOW)
        write_ten(tmp_path / "in", excerpt="Other")

    def remove(at: str, done: int, total: int) -> None:
        if at == hop and (done == total) == is_over:
            shutil.rmtree(cache, ignore_errors=True)

    report = feedkit.build(source, out, CONFIG, now=NOW, on_progress=remove)
    apart = feedkit.build(source, tmp_path / "apart", CONFIG, now=NOW, cache=False)
    assert (report.exit_status, report.articles, report.files) == (0, 10, apart.files)
    assert read_all(out) == read_all(tmp_path / "apart")
    assert not cache.exists() or is_over  # at the end there may be nothing left to lose
    if not cache.exists():
        assert any("without it the next build reads all records" in one for one in report.notes)
    assert feedkit.build(source, out, CONFIG, now=NOW).exit_status == 0


def test_a_failure_of_ones_own_is_not_taken_for_a_cache_that_was_removed(tmp_path: Path) -> None:
    write(tmp_path / "in", 1)

    def fail(article: feedkit.Article) -> feedkit.Article:
        raise OSError(f"no {article.title}")

    with pytest.raises(OSError, match="no Tide 1"):
        feedkit.build(tmp_path / "in", tmp_path / "out", CONFIG, now=NOW, prepare=fail)


@pytest.mark.parametrize("command", ["build in --out out --verbose", "check in", "list in"])
@pytest.mark.parametrize("full", [1, 2])
def test_a_full_disk_under_what_is_printed_is_no_traceback(
    tmp_path: Path, command: str, full: int
) -> None:
    write_files(tmp_path, {**SMALL, "in/bad.md": record("Bad", date="soon")})
    with Path("/dev/full").open("wb") as sink:
        done = subprocess.run(
            [COMMAND, *command.split()], cwd=tmp_path, env=make_environment(),
            stdout=sink if full == 1 else subprocess.PIPE,
            stderr=sink if full == 2 else subprocess.PIPE, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert b"Traceback" not in (done.stdout or b"") + (done.stderr or b"")


def test_a_closed_pipe_is_no_traceback(tmp_path: Path) -> None:
    many = {
        f"in/{number}.md": record(f"T {number}", topics=f"[T{number}]") for number in range(900)
    }
    write_files(tmp_path, {**SMALL, **many})
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [COMMAND, "list", "in"], cwd=tmp_path, env=make_environment(), stdout=writer,
        stderr=subprocess.PIPE, check=False,
    )  # fmt: skip
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


def test_what_a_terminal_would_obey_is_escaped_in_arguments_too(tmp_path: Path) -> None:
    for arguments in (["--x\x1b[31m"], ["b\x1b[31m"], ["list", "in", "--y\x1b[31m", "--json"]):
        done = subprocess.run(
            [COMMAND, *arguments], cwd=tmp_path, env=make_environment(), capture_output=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 2
        assert b"\x1b" not in done.stderr + done.stdout
        assert not done.stdout or json.loads(done.stdout)["exit_status"] == 2
