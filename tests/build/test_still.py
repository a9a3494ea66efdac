"""A build after which nothing changed: what it does not do, and what it still sees."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedkit import Report, Site, build

SITE = Site(title="Harbour", url="https://feeds.example.org/")
NOW = datetime(2026, 3, 1, tzinfo=UTC)
#: Tells what the command opens and loads: the last line on stdout.
SPY = """
import json, os, sys
opened = []
def note(event, arguments):
    if event == "open" and isinstance(arguments[2], int):
        if arguments[2] & (os.O_WRONLY | os.O_RDWR):
            opened.append(str(arguments[0]))
    elif event == "sqlite3.connect":
        opened.extend([str(arguments[0])] if "mode=ro" not in str(arguments[0]) else [])
sys.addaudithook(note)
from feedkit.cli import main
try:
    main()
finally:
    print(json.dumps([opened, sorted(sys.modules)]))
"""
#: The rooms, and the packages of others, that such a build loads.
ROOMS = {
    *("build", "cache", "cli", "config", "errors", "files", "limits", "models", "syntax", "text"),
    "version",
}
PACKAGES = {"click", "feedkit", "msgspec"}


def write_record(content: Path, name: str, title: str, day: int = 1) -> None:
    content.mkdir(exist_ok=True)
    record = {"title": title, "url": f"https://news.example.org/{name}", "topics": ["Boats"]}
    (content / f"{name}.md").write_text(
        f"---\n{json.dumps({**record, 'date': f'2026-02-{day:02}T00:00:00Z'})}\n---\n"
    )


def settle(content: Path, out: Path) -> None:
    """Build until the time stamps of files tell whether they change again."""
    time.sleep(2.1)  # the coarsest time stamps there are
    build(content, out, SITE, now=NOW)


def watch(folder: Path) -> tuple[list[str], set[str]]:
    """Return what the command opens for writing, and the modules that it loads."""
    arguments = ["build", "content", "--out", "out", "--config", "feedkit.toml"]
    command = [sys.executable, "-c", SPY, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    opened, modules = json.loads(done.stdout.splitlines()[-1])
    return opened, set(modules)


def test_a_build_that_changes_nothing_opens_nothing_for_writing_and_loads_little(
    tmp_path: Path,
) -> None:
    (tmp_path / "feedkit.toml").write_text(f'[site]\ntitle = "H"\nurl = "{SITE.url}"\n')
    write_record(tmp_path / "content", "a", "One")
    opened, modules = watch(tmp_path)
    assert [
        name for name in opened if name.endswith("atom.xml.feedkit.new")
    ]  # it sees what is opened
    time.sleep(2.1)
    watch(tmp_path)
    opened, modules = watch(tmp_path)
    assert opened == []
    assert {name.split(".")[1] for name in modules if name.startswith("feedkit.")} == ROOMS
    others = {name.partition(".")[0] for name in modules} - set(sys.stdlib_module_names)
    own = {name for name in others if not name.startswith(("_", "sitecustomize"))}
    assert own - {"typing_extensions"} == PACKAGES  # msgspec may use that


@pytest.mark.parametrize("change", ["text", "name", "new", "gone", "output", "lists", "spelling"])
def test_a_change_is_seen_where_nothing_changed_before(tmp_path: Path, change: str) -> None:
    content, out = tmp_path / "content", tmp_path / "out"
    for name in "abc":
        write_record(content, name, f"One {name}")
    (content / "odd.md").write_text("---\ntitle: odd\ndate: soon\n---\n")
    build(content, out, SITE, now=NOW)
    settle(content, out)
    first = build(content, out, SITE, now=NOW)
    if change == "text":
        write_record(content, "a", "Two a")
    elif change == "name":
        (content / "a.md").rename(content / "z.md")
    elif change == "new":
        write_record(content, "d", "One d")
    elif change == "gone":
        (content / "a.md").unlink()
    elif change == "output":
        (out / "topics/boats/atom.xml").write_text("damaged")
    elif change == "lists":
        (out / "index.html").unlink()
    else:
        content = Path(os.path.relpath(content))
    again = build(content, out, SITE, now=NOW)
    fresh = build(content, tmp_path / "fresh", SITE, now=NOW, cache=False)
    assert first.written == 0
    assert describe(again) == describe(fresh)
    assert read_tree(out) == read_tree(tmp_path / "fresh")


def describe(report: Report) -> list[object]:
    # Less the notes: only a first build has nothing to compare with.
    return [report.problems, report.articles, report.files, report.feeds]


def read_tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {os.fspath(path.relative_to(folder)): path.read_bytes() for path in files}


def test_time_alone_is_seen_where_nothing_changed_before(tmp_path: Path) -> None:
    content, out = tmp_path / "content", tmp_path / "out"
    write_record(content, "a", "One")
    write_record(content, "b", "Two", day=20)
    build(content, out, SITE, now=NOW.replace(month=2, day=10))
    time.sleep(2.1)
    report = build(content, out, SITE, now=NOW.replace(month=2, day=10))
    assert (report.written, report.withheld) == (0, {"future": 1})
    report = build(content, out, SITE, now=NOW)
    assert (report.articles, report.withheld, report.written > 0) == (2, {}, True)


def test_what_a_killed_build_left_is_removed_where_nothing_changed(tmp_path: Path) -> None:
    content, out = tmp_path / "content", tmp_path / "out"
    write_record(content, "a", "One")
    build(content, out, SITE, now=NOW)
    settle(content, out)
    (out / ".feedkit.new").touch()
    (out / "all/.atom.xml.feedkit.new").parent.mkdir(exist_ok=True)
    (out / "all/.atom.xml.feedkit.new").touch()
    assert build(content, out, SITE, now=NOW).written == 0
    assert [path.name for path in out.rglob(".*")] == []
