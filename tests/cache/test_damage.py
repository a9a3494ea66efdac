"""A catalogue that is damaged, foreign or cannot be kept costs time, never a wrong feed."""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

import feedkit
from harbour import (
    NOW,
    SITE,
    build,
    build_fresh,
    change_site,
    make_site,
    read_tree,
    write_record,
)

DATABASE = "catalogue.sqlite"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """Return records that are published in `out`, with a catalogue beside it."""
    content = make_site(tmp_path)
    build(content, tmp_path / "out")
    return content


def find_kept(top: Path) -> Path:
    return top / ".out.feedkit"


def damage(kept: Path, chance: random.Random) -> str:
    """Change bytes of some file that a build left, or cut it, and say which."""
    path = chance.choice(sorted(path for path in kept.iterdir() if path.stat().st_size))
    data = bytearray(path.read_bytes())
    place = chance.randrange(len(data))
    if chance.random() < 0.2:
        del data[place:]
    else:
        for _ in range(chance.choice([1, 1, 16])):
            data[min(place, len(data) - 1)] ^= 1 << chance.randrange(8)
            place += 1
    path.write_bytes(data)
    return f"{path.name} from byte {place} of {len(data)}"


def damage_often(top: Path, times: int, seed: int) -> None:
    """Damage what a build left and change a record, again and again."""
    chance = random.Random(seed)
    content = make_site(top)
    build(content, top / "out")
    for version in range(times):
        where = damage(find_kept(top), chance)
        change_site(content, chance, version)
        report = build(content, top / "out")
        # Records may name one id, of which one is published.
        assert (report.exit_status, report.notes) == (int(bool(report.problems)), ()), where
        assert read_tree(top / "out") == build_fresh(content, top), where


def test_after_damage_anywhere_in_the_catalogue_a_build_is_like_a_first(tmp_path: Path) -> None:
    damage_often(tmp_path, 15, 4)


def test_a_damaged_record_is_read_again(tmp_path: Path, content: Path) -> None:
    path = find_kept(tmp_path) / "records0"
    damaged = path.read_bytes().replace(b"Text 0 of 9", b"Text 0 of 8")
    path.write_bytes(damaged)
    write_record(content, 3, 1)  # which stands beside it
    build(content, tmp_path / "out")
    assert read_tree(tmp_path / "out") == build_fresh(content, tmp_path)


def test_an_update_that_finds_its_catalogue_damaged_asks_for_a_build(
    tmp_path: Path, content: Path
) -> None:
    (find_kept(tmp_path) / DATABASE).write_bytes(b"SQLite format 3\0")
    before = read_tree(tmp_path / "out")
    with pytest.raises(
        feedkit.PublishError, match="no earlier build to follow; run feedkit build first"
    ):
        feedkit.update(tmp_path / "out", SITE, now=NOW, changed=[content / "1.md"])
    assert read_tree(tmp_path / "out") == before


def make_foreign(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE units (a)")
    connection.close()


def make_newer(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()


def make_misspelt(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("UPDATE votes SET name = replace(name, 'Pier', 'Pear')")
    connection.commit()
    connection.close()


def make_folder(path: Path) -> None:
    path.unlink()
    (path / "in it").mkdir(parents=True)


def make_link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def make_dangling(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere/at all")


def make_logged(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = wal")
    connection.execute("DELETE FROM rows")
    connection.commit()
    log = path.with_name(f"{path.name}-wal")
    data = log.read_bytes()
    connection.close()
    log.write_bytes(data)


@pytest.mark.parametrize("name", [DATABASE, f"{DATABASE}.seal", "records0", "clock"])
@pytest.mark.parametrize("change", [Path.unlink, make_folder, make_link, make_dangling])
def test_whatever_stands_where_a_build_keeps_things_the_feeds_are_those_of_a_first(
    tmp_path: Path, content: Path, name: str, change: Callable[[Path], None]
) -> None:
    change(find_kept(tmp_path) / name)
    write_record(content, 3, 1)
    report = build(content, tmp_path / "out")
    assert report.exit_status == 0
    assert read_tree(tmp_path / "out") == build_fresh(content, tmp_path)


@pytest.mark.parametrize("change", [make_foreign, make_newer, make_misspelt, make_logged])
def test_a_catalogue_that_another_program_changed_is_not_used_and_not_spoken_of(
    tmp_path: Path, content: Path, change: Callable[[Path], None]
) -> None:
    change(find_kept(tmp_path) / DATABASE)
    for version in (1, 2):
        write_record(content, 3, version)
        assert build(content, tmp_path / "out").notes == ()
        assert read_tree(tmp_path / "out") == build_fresh(content, tmp_path)


def test_a_copied_catalogue_is_used(tmp_path: Path, content: Path) -> None:
    kept = find_kept(tmp_path)
    kept.rename(tmp_path / "before")
    shutil.copytree(tmp_path / "before", kept)
    for path in kept.iterdir():
        os.utime(path, ns=(1, 1))
    build(content, tmp_path / "out")
    # Had all records been read again, they would stand in another file.
    assert [path.name for path in kept.glob("records*")] == ["records0"]


def test_a_journal_of_another_catalogue_is_not_rolled_back_into_a_new_one(
    tmp_path: Path, content: Path
) -> None:
    path = find_kept(tmp_path) / DATABASE
    stop = (
        "import os, sqlite3, sys; db = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "db.execute('PRAGMA cache_size = 1'); db.execute('BEGIN')\n"
        "db.execute('UPDATE rows SET row = zeroblob(500)'); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", stop, os.fspath(path)], check=True)
    journal = path.with_name(f"{path.name}-journal")
    assert journal.stat().st_size > 512
    articles = list(feedkit.read_articles(content))
    feedkit.build(articles, tmp_path / "out", SITE, now=NOW, prune=True)  # opens no catalogue
    assert not journal.exists()
    feedkit.update(tmp_path / "out", SITE, now=NOW, removed=[articles[0].url])
    (content / f"{articles[0].url.rpartition('/')[2]}.md").unlink()
    assert read_tree(tmp_path / "out") == build_fresh(content, tmp_path)


def test_feeds_are_published_where_their_catalogue_cannot_be_kept(tmp_path: Path) -> None:
    content = make_site(tmp_path)
    (tmp_path / "file").touch()
    report = build(content, tmp_path / "out", cache=tmp_path / "file" / "cache")
    assert report.exit_status == 0
    assert report.notes == (
        f"{tmp_path}/file/cache: Not a directory; without it the next build reads all records"
        " again",
    )
    assert read_tree(tmp_path / "out") == build_fresh(content, tmp_path)


def test_a_catalogue_that_another_program_locks_is_done_without(
    tmp_path: Path, content: Path
) -> None:
    connection = sqlite3.connect(find_kept(tmp_path) / DATABASE)
    write_record(content, 3, 1)
    connection.execute("BEGIN EXCLUSIVE")
    build(content, tmp_path / "out")
    connection.close()
    assert read_tree(tmp_path / "out") == build_fresh(content, tmp_path)


def test_feeds_are_published_while_another_program_reads_the_catalogue(
    tmp_path: Path, content: Path
) -> None:
    connection = sqlite3.connect(find_kept(tmp_path) / DATABASE)
    write_record(content, 3, 1)
    rows = connection.execute("SELECT * FROM rows")
    rows.fetchone()
    report = build(content, tmp_path / "out")
    connection.close()
    problem = f"{find_kept(tmp_path) / DATABASE}: database is locked"
    assert [note.partition(";")[0] for note in report.notes] == [problem]
    wanted = build_fresh(content, tmp_path)
    assert read_tree(tmp_path / "out") == wanted
    assert build(content, tmp_path / "out").notes == ()
    assert read_tree(tmp_path / "out") == wanted


def test_two_folders_with_one_cache_have_each_its_own_feeds(tmp_path: Path) -> None:
    content = make_site(tmp_path)
    wanted = build_fresh(content, tmp_path)
    (tmp_path / "cache").mkdir()
    for own in ("entries.txt", "entries", "records.txt"):
        (tmp_path / "cache" / own).write_text("the user's")
    for out in ("one", "two", "one"):
        build(content, tmp_path / out, cache=tmp_path / "cache")
        assert read_tree(tmp_path / out) == wanted
    assert (tmp_path / "cache" / "entries.txt").read_text() == "the user's"


def test_a_cache_that_another_build_uses_is_waited_for(tmp_path: Path) -> None:
    content = make_site(tmp_path)

    def meet(article: feedkit.Article) -> feedkit.Article:
        with pytest.raises(feedkit.BusyError, match="cache"):
            build(content, tmp_path / "two", cache=tmp_path / "cache")
        return article

    build(content, tmp_path / "one", cache=tmp_path / "cache", prepare=meet)
    assert not (tmp_path / "two").exists()


if __name__ == "__main__":  # make soak: times, and a seed
    times, seed = int(sys.argv[1]), int(sys.argv[2])
    sys.stdout.write(f"damage {times} times, seed {seed}\n")
    with tempfile.TemporaryDirectory() as folder:
        damage_often(Path(folder), times, seed)
