"""What changed since the last build is found by what files hold, whatever their times say."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

import feedkit
from feedkit.build.changes import settle_stamp
from feedkit.files.discovery import File, Stamp, pack_stamp
from harbour import NOW, SITE, build, build_fresh, make_record, make_site, read_tree, write_record

SECOND = 1_000_000_000
DAY = timedelta(days=1)


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """Return records that are published in `out`."""
    content = make_site(tmp_path)
    list_read(content, tmp_path / "out")
    return content


def list_read(source: Path, out: Path) -> list[str]:
    """Build, and return the URLs of the records that were read for it."""
    read = []

    def prepare(article: feedkit.Article) -> feedkit.Article:
        read.append(article.url)
        return article

    build(source, out, prepare=prepare)
    return read


def url(number: int) -> str:
    return f"https://news.example.org/{number}"


def settle(modified: int, changed: int, clock: int) -> Stamp | None:
    return settle_stamp(File("a", "/a", pack_stamp(modified, changed, 1, 1)), clock).stamp


def test_a_build_after_none_reads_no_record(tmp_path: Path, content: Path) -> None:
    assert list_read(content, tmp_path / "out") == []


def test_a_git_checkout_reads_no_record_and_writes_no_file(tmp_path: Path, content: Path) -> None:
    if not shutil.which("git"):
        pytest.skip("git is not there")
    name = ["-c", "user.name=feedkit", "-c", "user.email=feedkit@example.org"]

    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", content, *name, *arguments], check=True, capture_output=True)

    git("init", "--quiet", "--initial-branch", "main")
    git("add", ".")
    git("commit", "--quiet", "--message", "One")
    git("checkout", "--quiet", "-b", "other")
    for number in range(30):
        write_record(content, number, 1)
    git("commit", "--quiet", "--all", "--message", "Two")
    before = (content / "3.md").stat().st_mtime_ns, read_tree(tmp_path / "out")
    git("checkout", "--quiet", "main")
    assert (content / "3.md").stat().st_mtime_ns > before[0]
    assert list_read(content, tmp_path / "out") == []
    assert build(content, tmp_path / "out").written == 0
    assert read_tree(tmp_path / "out") == before[1]


def rewrite(path: Path) -> None:
    """Change a file, and neither its size nor its time."""
    status = path.stat()
    path.write_text(path.read_text().replace("version 0", "version 1"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert path.stat().st_mtime_ns == status.st_mtime_ns
    assert path.stat().st_size == status.st_size


def test_a_file_rewritten_at_once_with_its_time_set_back_is_read_again(
    tmp_path: Path, content: Path
) -> None:
    rewrite(content / "3.md")
    assert list_read(content, tmp_path / "out") == [url(3)]
    assert read_tree(tmp_path / "out") == build_fresh(content, tmp_path)


@pytest.mark.parametrize("year", [-40, 0, 40])
def test_a_file_dated_in_the_past_or_future_and_rewritten_is_read_again(
    tmp_path: Path, content: Path, year: int
) -> None:
    for path in content.iterdir():
        os.utime(path, (time.time() + year * 365 * 86400,) * 2)
    time.sleep(2.1)  # until its stamp is taken for what it says
    assert list_read(content, tmp_path / "out") == []
    rewrite(content / "3.md")
    assert list_read(content, tmp_path / "out") == [url(3)]
    assert read_tree(tmp_path / "out") == build_fresh(content, tmp_path)


def test_a_stamp_is_taken_for_what_it_says_once_no_change_can_hide_in_it() -> None:
    assert settle(modified=0, changed=10 * SECOND, clock=13 * SECOND) is not None
    assert settle(modified=0, changed=10 * SECOND, clock=11 * SECOND) is None


def test_no_stamp_is_taken_for_what_it_says_while_the_clock_is_behind_it() -> None:
    assert settle(modified=0, changed=10 * SECOND, clock=9 * SECOND) is None


def write_future(content: Path) -> None:
    """Write a record, and an item of another's list, that are dated a day after now."""
    item = {"title": "Soon", "webUrl": url(900), "date": (NOW + DAY).isoformat()}
    write_record(content, 50, date=(NOW + DAY).isoformat())
    write_record(content, 3, related=[item])


@pytest.mark.parametrize("follow", ["build", "update"])
def test_what_is_dated_later_is_published_once_its_moment_has_come(
    tmp_path: Path, content: Path, follow: str
) -> None:
    write_future(content)
    build(content, tmp_path / "out")
    before = read_tree(tmp_path / "out")
    for now in (NOW + DAY - timedelta(seconds=1), NOW + DAY):
        if follow == "build":
            build(content, tmp_path / "out", now=now)
        else:
            feedkit.update(tmp_path / "out", SITE, now=now, prune=True)
        build(content, tmp_path / f"fresh {now:%d %H}", now=now, cache=False)
        assert read_tree(tmp_path / "out") == read_tree(tmp_path / f"fresh {now:%d %H}")
        assert (read_tree(tmp_path / "out") == before) == (now < NOW + DAY)


def test_a_build_earlier_than_the_last_withholds_again_what_is_dated_later(
    tmp_path: Path, content: Path
) -> None:
    write_future(content)
    build(content, tmp_path / "out", now=NOW + 2 * DAY)
    build(content, tmp_path / "out")
    assert read_tree(tmp_path / "out") == build_fresh(content, tmp_path)


def spell_relative(content: Path) -> Path:
    return Path(os.path.relpath(content))


def spell_roundabout(content: Path) -> Path:
    return content.parent / "." / "out" / ".." / "content"


def spell_link(content: Path) -> Path:
    (content.parent / "link").symlink_to(content)
    return content.parent / "link"


@pytest.mark.parametrize("spell", [spell_relative, spell_roundabout, spell_link])
def test_records_by_another_name_are_the_same_and_errors_call_them_by_it(
    tmp_path: Path, content: Path, spell: Callable[[Path], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    (content / "odd.md").write_text("---\ntitle: Odd\ndate: soon\n---\n")
    build(content, tmp_path / "out")
    monkeypatch.chdir(tmp_path / "out")
    other = spell(content)
    report = build(other, tmp_path / "out")
    assert [problem.partition(":")[0] for problem in report.problems] == [f"{other}/odd.md"]
    assert report.written == 0
    write_record(content, 3, 1)
    build(other, Path(os.path.relpath(tmp_path / "out")))
    assert read_tree(tmp_path / "out") == build_fresh(content, tmp_path)


def test_two_folders_published_from_the_same_records_follow_them_each_for_itself(
    tmp_path: Path, content: Path
) -> None:
    list_read(content, tmp_path / "two")
    for out in ("out", "two"):
        assert list_read(content, tmp_path / out) == []
    write_record(content, 3, 1)
    for out in ("out", "two"):
        assert list_read(content, tmp_path / out) == [url(3)]
        assert read_tree(tmp_path / out) == build_fresh(content, tmp_path)


@pytest.mark.parametrize("follow", ["build", "update"])
def test_a_folder_in_the_place_of_a_file_is_read_in_its_stead(
    tmp_path: Path, content: Path, follow: str
) -> None:
    path = content / "3.md"
    path.unlink()
    write_record(path, 60)
    if follow == "build":
        list_read(content, tmp_path / "out")
    else:
        feedkit.update(tmp_path / "out", SITE, now=NOW, changed=[path], prune=True)
    assert read_tree(tmp_path / "out") == build_fresh(content, tmp_path)


def test_an_update_of_a_folder_takes_what_it_holds_and_what_it_lost(
    tmp_path: Path, content: Path
) -> None:
    (content / "3.md").unlink()
    write_record(content, 4, 1)
    feedkit.update(tmp_path / "out", SITE, now=NOW, changed=[content], prune=True)
    assert read_tree(tmp_path / "out") == build_fresh(content, tmp_path)


def write_lines(path: Path, versions: dict[int, int]) -> None:
    lines = (json.dumps(make_record(*record)) for record in versions.items())
    path.write_text("".join(f"{line}\n" for line in lines))


def test_a_file_of_many_records_of_which_one_changes_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    write_lines(path, dict.fromkeys(range(30), 0))
    assert len(list_read(path, tmp_path / "out")) == 30
    write_lines(path, {**dict.fromkeys(range(29), 0), 7: 1})
    assert len(list_read(path, tmp_path / "out")) == 29
    assert read_tree(tmp_path / "out") == build_fresh(path, tmp_path)


@pytest.mark.parametrize("version", [0, 1])
def test_a_record_that_moves_to_another_file_stays_the_entry_that_it_is(
    tmp_path: Path, content: Path, version: int
) -> None:
    (content / "3.md").unlink()
    write_record(content / "moved", 3, version)
    assert list_read(content, tmp_path / "out") == [url(3)]
    assert read_tree(tmp_path / "out") == build_fresh(content, tmp_path)
    assert build(content, tmp_path / "out").articles == 30
