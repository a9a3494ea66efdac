"""The records in tests/golden/content give the files in tests/golden/expected, byte for byte.

``make bless`` accepts what is built now: read the difference like code.
"""

import difflib
import shutil
from pathlib import Path

import pytest

import feedkit
from conftest import GOLDEN, NOW, Golden
from feedkit.config.settings import FILE_NAMES

EXPECTED = GOLDEN / "expected"


@pytest.fixture(scope="module")
def expected(request: pytest.FixtureRequest, built: Path) -> Path:
    """The accepted files, which ``--bless`` replaces first."""
    if request.config.getoption("--bless"):
        shutil.rmtree(EXPECTED, ignore_errors=True)
        shutil.copytree(built, EXPECTED)
    return EXPECTED


def read_files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def show_difference(name: str, wanted: bytes, got: bytes) -> str:
    before, after = (data.decode("utf-8", "replace").splitlines() for data in (wanted, got))
    return "\n".join(difflib.unified_diff(before, after, name, name, lineterm="", n=0))


def test_the_files_are_those_that_were_accepted(built: Path, expected: Path) -> None:
    assert sorted(read_files(built)) == sorted(read_files(expected))


def test_every_file_has_the_bytes_that_were_accepted(built: Path, expected: Path) -> None:
    wanted, got = read_files(expected), read_files(built)
    changed = [name for name in sorted(wanted.keys() & got.keys()) if wanted[name] != got[name]]
    assert not changed, "\n".join(
        show_difference(name, wanted[name], got[name]) for name in changed[:3]
    )


@pytest.mark.parametrize("format", feedkit.FORMATS)
def test_a_feed_rendered_in_memory_has_the_bytes_of_its_file(
    built: Path, format: feedkit.Format
) -> None:
    config = feedkit.load_config(GOLDEN / "feedkit.toml")
    articles = feedkit.read_articles(GOLDEN / "content", config, on_problem=str)
    feeds = feedkit.select_feeds(articles, config, now=NOW)
    assert len(feeds) == len(list(built.rglob(FILE_NAMES[format])))
    for feed in feeds:
        file = built / feed.path / FILE_NAMES[format]
        assert feedkit.render(feed, format).body == file.read_bytes(), feed.path


def test_no_file_shows_what_is_withheld_or_not_asked_for(built: Path) -> None:
    """Records mark these texts, which stand nowhere else."""
    for name, data in read_files(built).items():
        for mark in ("WITHHELD", "withheld-", "SECRET", "98765432", "12345678"):
            assert mark not in data.decode() + name, name


def test_the_report_counts_every_record(golden: Golden) -> None:
    report = golden.report
    records = len([path for path in (GOLDEN / "content").rglob("*") if path.is_file()])
    counted = report.articles + report.unpublished + sum(report.withheld.values())
    assert counted + report.rejected + report.other == records
    assert report.withheld == {"draft": 1, "excluded": 1, "future": 1, "removed": 1}
    assert (report.unpublished, report.retold, report.duplicates) == (2, 2, 1)


def test_the_rejected_record_is_named_with_its_line_and_field(golden: Golden) -> None:
    (problem,) = golden.report.problems
    assert "withheld/rejected.md:3: publishedDateTime: " in problem
    assert golden.report.exit_status == 1
