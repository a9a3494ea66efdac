"""A build that the disk refuses says which file it could not write, and leaves all as it was."""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import feedkit
from harbour import NOW, SITE, build, build_fresh, make_site, read_tree, write_record

USER = 65534  # nobody: root may write everywhere
COMMAND = [sys.executable, "-c", "from feedkit.cli import main; main()", "build"]
SETTINGS = '[site]\ntitle = "Harbour"\nurl = "https://feeds.example.org/"\n'


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """Return records that are published in `web/out`, and one that changed since."""
    content = make_site(tmp_path)
    (tmp_path / "feedkit.toml").write_text(SETTINGS)
    build(content, tmp_path / "web" / "out")
    write_record(content, 3, 1)
    return content


@contextmanager
def limit_files(size: int) -> Iterator[None]:
    """Let no file grow beyond so many bytes, as if the disk were full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [0, 100, 4096, 20_000])
def test_however_little_space_is_left_each_file_is_whole_and_no_traceback_is_shown(
    tmp_path: Path, content: Path, size: int
) -> None:
    out = tmp_path / "web" / "out"
    before = read_tree(out)
    with limit_files(size):
        ended = subprocess.run(
            [*COMMAND, content, "--out", out], capture_output=True, text=True, check=False
        )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("feedkit: ")
    assert ended.stderr.endswith(": File too large\n")
    assert read_tree(out) == before
    build(content, out)
    assert read_tree(out) == build_fresh(content, tmp_path)


def test_feeds_are_published_where_only_the_catalogue_cannot_be_written(
    tmp_path: Path, content: Path
) -> None:
    kept = tmp_path / "web" / ".out.feedkit"
    (kept / "catalogue.sqlite").unlink()
    (kept / "catalogue.sqlite.new").mkdir()
    report = build(content, tmp_path / "web" / "out")
    reason = "Is a directory; without it the next build reads all records again"
    assert (report.exit_status, report.notes) == (0, (f"{kept}/catalogue.sqlite: {reason}",))
    assert read_tree(tmp_path / "web" / "out") == build_fresh(content, tmp_path)


@contextmanager
def mount(folder: Path, size: str) -> Iterator[None]:
    """Lay a small file system over a folder."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", os.fspath(folder)]
    if os.getuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_said_and_leaves_what_was_there(tmp_path: Path) -> None:
    content, disk = make_site(tmp_path), tmp_path / "disk"
    disk.mkdir()
    with mount(disk, "256k"):
        (disk / "out" / "all").mkdir(parents=True)
        (disk / "out" / "all" / "atom.xml").write_text("old")
        with pytest.raises(feedkit.PublishError, match=r": No space left on device$"):
            build(content, disk / "out", cache=tmp_path / "cache")
        assert read_tree(disk / "out") == {"all/atom.xml": b"old"}
        with pytest.raises(feedkit.PublishError, match=r"records0: No space left on device$"):
            build(content, tmp_path / "out", cache=fill(disk))
    assert not (tmp_path / "out").exists()


def fill(disk: Path) -> Path:
    """Leave no room on a disk, and return a folder on it."""
    (disk / "cache").mkdir()
    shutil.rmtree(disk / "out")
    with pytest.raises(OSError, match="No space"):
        (disk / "full").write_bytes(bytes(1 << 20))
    return disk / "cache"


def test_a_target_that_can_only_be_read_is_said_before_anything_is_changed(
    tmp_path: Path, content: Path
) -> None:
    web = tmp_path / "web"
    before = read_tree(web / "out")
    shutil.move(web, tmp_path / "moved")
    web.mkdir()
    with mount(web, "16m"):
        subprocess.run(["cp", "-a", tmp_path / "moved" / "out", web], check=True)
        subprocess.run(["mount", "-o", "remount,ro", web], check=True)
        with pytest.raises(feedkit.PublishError, match=r": Read-only file system$"):
            build(content, web / "out")
        assert read_tree(web / "out") == before


@pytest.fixture
def shared() -> Iterator[Path]:
    """Return a folder that all users may read, unlike those that pytest makes."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def build_as_nobody(content: Path, out: Path) -> str:
    """Build as another user, in a process of his, and return the notes, or the error."""
    if os.getuid():
        pytest.skip("only root can be someone else")
    inside, outside = os.pipe()
    if not (child := os.fork()):
        said = "nothing"
        try:  # and never back into the test
            os.setuid(USER)
            said = "\n".join(build(content, out).notes)
        except feedkit.FeedkitError as error:
            said = str(error)
        finally:
            os.write(outside, said.encode())
            os._exit(0)
    os.close(outside)
    os.waitpid(child, 0)
    with os.fdopen(inside, encoding="utf-8") as file:
        return file.read()


def test_a_folder_beside_which_nothing_can_be_written_is_published_without_a_catalogue(
    shared: Path,
) -> None:
    content, out = make_site(shared), shared / "web" / "out"
    out.mkdir(parents=True)
    wanted = build_fresh(content, shared)
    os.chown(out, USER, USER)
    said = build_as_nobody(content, out)
    reason = "Permission denied; without it the next build reads all records again"
    assert said == f"{shared}/web/.out.feedkit: {reason}"
    assert read_tree(out) == wanted
    assert [path.name for path in (shared / "web").iterdir()] == ["out"]


def test_another_users_folder_is_not_published_into(shared: Path) -> None:
    content, out = make_site(shared), shared / "web" / "out"
    build(content, out)
    write_record(content, 3, 1)
    before = read_tree(out)
    assert build_as_nobody(content, out).endswith(": the lock of another user's builds")
    assert read_tree(out) == before


@pytest.mark.parametrize("name", ["all/atom.xml", "topics/fog/index.html", "feeds.opml"])
@pytest.mark.parametrize("cache", [True, False])
def test_a_folder_where_a_file_should_be_is_found_before_any_file_is_changed(
    tmp_path: Path, content: Path, name: str, cache: bool
) -> None:
    out = tmp_path / "web" / "out"
    (out / name).unlink()
    (out / name / "own").mkdir(parents=True)
    before = read_tree(out)
    with pytest.raises(feedkit.PublishError, match=f"{name}: Is a directory"):
        feedkit.build(content, out, SITE, now=NOW, cache=cache)
    assert read_tree(out) == before


def test_a_file_where_a_folder_should_be_is_found_before_any_file_is_changed(
    tmp_path: Path, content: Path
) -> None:
    out = tmp_path / "web" / "out"
    write_record(content, 3, 2, topics=["Sails"])
    (out / "topics" / "sails").write_text("own")
    before = read_tree(out)
    with pytest.raises(feedkit.PublishError, match="topics/sails"):
        build(content, out)
    assert read_tree(out) == before
