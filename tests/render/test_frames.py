"""What stands around entries is kept, and made anew only where it differs."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedkit import Site, build, update
from feedkit.render.frames import Frame, Frames, fill_frame

SITE = Site(title="Harbour", url="https://feeds.example.org/")
NOW = datetime(2026, 3, 1, tzinfo=UTC)
#: Libraries whose loading costs more than a small build.
HEAVY = {"feedgen", "lxml", "dateutil", "jinja2", "markupsafe", "nh3", "markdown_it", "rich"}
#: Tells at its end, on stdout, what the command loaded.
COMMAND = """
import json, sys
from feedkit.cli import main
try:
    main()
finally:
    print(json.dumps(sorted(sys.modules)))
"""


def write_record(content: Path, name: str, title: str, day: int, topic: str = "Boats") -> Path:
    content.mkdir(exist_ok=True)
    url, date = f"https://news.example.org/{name}", f"2026-02-{day:02}T00:00:00Z"
    record = {"title": title, "url": url, "topics": [topic], "date": date}
    path = content / f"{name}.md"
    path.write_text(f"---\n{json.dumps(record)}\n---\n")
    return path


def read_tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def make_frame() -> Frame:
    return [b"<", b"|", b">"]


def test_a_frame_is_made_once_for_the_same_facts_and_anew_for_others() -> None:
    first = Frames()
    assert first.find(("atom", "a"), make_frame) == make_frame()
    second = Frames(first.used)
    assert second.find(("atom", "a"), lambda: [b"made anew"]) == make_frame()
    assert second.find(("atom", "b"), lambda: [b"made anew"]) == [b"made anew"]
    assert len(second.used) == 2


def test_a_frame_is_filled_in_its_gaps_and_nowhere_else() -> None:
    assert fill_frame(make_frame(), [b"a", b"b"], []) == b"<ab|>"
    with pytest.raises(ValueError, match="zip"):
        fill_frame(make_frame(), [b"a"])


@pytest.mark.parametrize("day", [1, 20])
def test_an_update_loads_no_library_of_frames_and_publishes_what_a_build_would(
    tmp_path: Path, day: int
) -> None:
    content, out = tmp_path / "content", tmp_path / "out"
    (tmp_path / "feedkit.toml").write_text(f'[site]\ntitle = "Harbour"\nurl = "{SITE.url}"\n')
    write_record(content, "old", "One", 10)
    write_record(content, "b", "Two", 5)
    command = [sys.executable, "-c", COMMAND]
    subprocess.run([*command, "build", "content", "--out", "out"], cwd=tmp_path, check=True)
    changed = write_record(content, "new", "Three", day)
    done = subprocess.run(
        [*command, "update", str(changed), "--out", "out"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    modules = {name.partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}
    assert modules & HEAVY == set()
    build(content, tmp_path / "fresh", SITE, now=NOW, cache=False)
    assert read_tree(out) == read_tree(tmp_path / "fresh")


def test_a_frame_whose_feed_is_called_otherwise_is_not_used_again(tmp_path: Path) -> None:
    content, out = tmp_path / "content", tmp_path / "out"
    write_record(content, "a", "One", 10)
    build(content, out, SITE, now=NOW)
    update(out, SITE, now=NOW, changed=[write_record(content, "a", "One", 10, "BOATS")])
    assert b"<title>BOATS</title>" in (out / "topics/boats/rss.xml").read_bytes()
    build(content, tmp_path / "fresh", SITE, now=NOW, cache=False)
    assert read_tree(out) == read_tree(tmp_path / "fresh")
