"""Files of kinds that are not read, beside records: `check` counts them."""

import json
from pathlib import Path

import pytest

from commands import SMALL, record, run, write_files

OTHERS = {
    "in/a.mdx": record("A"), "in/deep/b.MDX": "", "in/c.rst": "", "in/_drafts/d.rst": "",
    "in/.git/e.rst": "", "in/.f.rst": "", "in/picture.png": "", "in/data.json": "{}",
    "in/style.css": "", "in/notes.txt": "",
}  # fmt: skip


def test_check_counts_files_of_kinds_that_are_not_read(tmp_path: Path) -> None:
    write_files(tmp_path, {**SMALL, **OTHERS})
    (tmp_path / "in/folder.mdx").mkdir()
    line = (
        "files of kinds that are not read: 2 .mdx, 1 .rst; Markdown and HTML with front matter are"
    )
    done = run("check in", tmp_path)
    assert (done.status, line in done.out.splitlines()) == (0, True)
    said = json.loads(run("check in --json", tmp_path).out)
    assert said["files_not_read"] == {".mdx": 2, ".rst": 1}


def test_nothing_is_said_where_there_are_none_or_they_are_left_out(tmp_path: Path) -> None:
    exclude = '[exclude]\nfiles = ["**/*.mdx", "**/*.MDX", "c.rst"]\n'
    write_files(tmp_path, {**SMALL, "in/picture.png": ""})
    assert "not read" not in run("check in", tmp_path).out
    write_files(tmp_path, {**OTHERS, "feedkit.toml": SMALL["feedkit.toml"] + exclude})
    assert "not read" not in run("check in", tmp_path).out


@pytest.mark.parametrize("command", ["build in --out out", "check in", "init in --config n.toml"])
def test_who_has_no_others_is_told_why_no_record_is_of_use(tmp_path: Path, command: str) -> None:
    write_files(tmp_path, {"in/a.mdx": record("A"), "feedkit.toml": SMALL["feedkit.toml"]})
    done = run(command, tmp_path)
    reason = "(files of kinds that are not read: 1 .mdx; JSON is read where a file is named)"
    assert (done.status, done.err.endswith(f"no record is of use in in {reason}\n")) == (2, True)
