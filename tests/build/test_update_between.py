"""`update` where another build came between: it never shows again what that one withdrew."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import feedkit
from commands import SITE as SETTINGS
from commands import read_files, record, run, write_files
from feedkit.files.locks import begin_generation

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SITE = feedkit.Site(title="Harbour", url="https://feeds.example.org/news/")


def begin(folder: Path) -> None:
    files = {f"in/{number}.md": record(f"Ferry {number}") for number in range(1, 5)}
    write_files(folder, files)
    feedkit.build(folder / "in", folder / "out", SITE, now=NOW)


def withdraw(folder: Path) -> None:
    write_files(folder, {"in/1.md": record("Ferry 1", draft="true")})


def build_without_cache(folder: Path) -> None:
    withdraw(folder)
    feedkit.build(folder / "in", folder / "out", SITE, now=NOW, cache=False)


def build_with_another_cache(folder: Path) -> None:
    withdraw(folder)
    feedkit.build(folder / "in", folder / "out", SITE, now=NOW, cache=folder / "other")


def restore_an_older_cache(folder: Path) -> None:
    shutil.copytree(folder / ".out.feedkit", folder / "saved")
    withdraw(folder)
    feedkit.build(folder / "in", folder / "out", SITE, now=NOW)
    shutil.rmtree(folder / ".out.feedkit")
    shutil.copytree(folder / "saved", folder / ".out.feedkit")


BETWEEN = [build_without_cache, build_with_another_cache, restore_an_older_cache]


@pytest.mark.parametrize("come_between", BETWEEN)
def test_what_another_build_withdrew_stays_withdrawn(
    come_between: Callable[[Path], None], tmp_path: Path
) -> None:
    begin(tmp_path)
    come_between(tmp_path)
    write_files(tmp_path, {"in/4.md": record("Ferry 4", summary="New")})
    report = feedkit.update(tmp_path / "out", SITE, now=NOW, changed=[tmp_path / "in/4.md"])
    feedkit.build(tmp_path / "in", tmp_path / "fresh", SITE, now=NOW, cache=False)
    assert report.withheld == {"draft": 1}
    assert read_files(tmp_path / "out") == read_files(tmp_path / "fresh")


def test_where_a_build_could_keep_nothing_the_next_update_looks_at_all_files(
    tmp_path: Path,
) -> None:
    begin(tmp_path)
    withdraw(tmp_path)
    write_files(tmp_path, {f"in/fog-{number}.md": record(f"Fog {number}") for number in range(150)})
    new = tmp_path / ".out.feedkit/catalogue.sqlite.new"
    new.mkdir()  # where the new catalogue would be written
    report = feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW)
    assert any("reads all records again" in note for note in report.notes)
    new.rmdir()
    feedkit.update(tmp_path / "out", SITE, now=NOW, changed=[tmp_path / "in/4.md"])
    feedkit.build(tmp_path / "in", tmp_path / "fresh", SITE, now=NOW, cache=False)
    assert read_files(tmp_path / "out") == read_files(tmp_path / "fresh")


def test_the_command_shows_nothing_again_either(tmp_path: Path) -> None:
    write_files(tmp_path, {"feedkit.toml": SETTINGS, "in/1.md": record("Ferry")})
    write_files(tmp_path, {"in/4.md": record("Fog")})
    assert run("build in --out out", tmp_path).status == 0
    write_files(tmp_path, {"in/1.md": record("Ferry", draft="true")})
    assert run("build in --out out --no-cache", tmp_path).status == 0
    write_files(tmp_path, {"in/4.md": record("Fog", summary="New")})
    assert run("update in/4.md --out out", tmp_path).status == 0
    feed = (tmp_path / "out/all/feed.json").read_text()
    assert ("Ferry" in feed, "New" in feed) == (False, True)


def test_the_update_after_such_a_one_looks_at_what_it_is_told_alone(tmp_path: Path) -> None:
    begin(tmp_path)
    build_without_cache(tmp_path)
    feedkit.update(tmp_path / "out", SITE, now=NOW, changed=[tmp_path / "in/4.md"])
    write_files(tmp_path, {"in/2.md": record("Told"), "in/3.md": record("Not told")})
    feedkit.update(tmp_path / "out", SITE, now=NOW, changed=[tmp_path / "in/2.md"])
    feed = (tmp_path / "out/all/feed.json").read_text()
    assert ('"Told"' in feed, '"Not told"' in feed) == (True, False)


def begin_few(folder: Path) -> feedkit.Config:
    """Publish the newest of four articles alone."""
    files = {f"in/{n}.md": record(f"Ferry {n}", date=f"2026-01-0{n}") for n in range(1, 5)}
    write_files(folder, files)
    config = feedkit.Config(site=SITE, feeds=feedkit.FeedSettings(limit=1))
    feedkit.build(folder / "in", folder / "out", config, now=NOW)
    return config


@pytest.mark.parametrize("way", ["no cache", "another cache", "restored"])
def test_what_was_withdrawn_beyond_the_limit_of_all_feeds_does_not_come_back(
    way: str, tmp_path: Path
) -> None:
    config = begin_few(tmp_path)
    before = read_files(tmp_path / "out")
    shutil.copytree(tmp_path / ".out.feedkit", tmp_path / "saved")
    write_files(tmp_path, {"in/3.md": record("Ferry 3", date="2026-01-03", draft="true")})
    cache = tmp_path / "other" if way == "another cache" else way == "restored"
    feedkit.build(tmp_path / "in", tmp_path / "out", config, now=NOW, cache=cache)
    assert read_files(tmp_path / "out") == before
    if way == "restored":
        shutil.rmtree(tmp_path / ".out.feedkit")
        shutil.copytree(tmp_path / "saved", tmp_path / ".out.feedkit")
    (tmp_path / "in/4.md").unlink()
    told = [tmp_path / "in/4.md"]
    report = feedkit.update(tmp_path / "out", config, now=NOW, removed=told)
    assert report.withheld == {"draft": 1}
    feed = (tmp_path / "out/all/feed.json").read_text()
    assert ('"Ferry 3"' in feed, '"Ferry 2"' in feed) == (False, True)


def test_where_the_lock_file_is_gone_an_update_looks_at_all_files(tmp_path: Path) -> None:
    config = begin_few(tmp_path)
    (tmp_path / ".out.feedkit.lock").unlink()
    write_files(tmp_path, {"in/3.md": record("Ferry 3", date="2026-01-03", draft="true")})
    (tmp_path / "in/4.md").unlink()
    feedkit.update(tmp_path / "out", config, now=NOW, removed=[tmp_path / "in/4.md"])
    assert '"Ferry 3"' not in (tmp_path / "out/all/feed.json").read_text()


def test_a_plan_and_a_build_of_no_change_begin_no_generation(tmp_path: Path) -> None:
    config = begin_few(tmp_path)
    lock = tmp_path / ".out.feedkit.lock"
    before = lock.read_bytes(), lock.stat().st_mtime_ns
    feedkit.plan(tmp_path / "in", tmp_path / "out", config, now=NOW)
    feedkit.build(tmp_path / "in", tmp_path / "out", config, now=NOW)
    assert (lock.read_bytes(), lock.stat().st_mtime_ns) == before


def make_articles(count: int) -> list[feedkit.Article]:
    return [
        feedkit.Article(url=f"https://example.org/{number}", title=str(number), published=NOW)
        for number in range(count)
    ]


def test_articles_that_no_file_holds_are_refused_with_the_reason(tmp_path: Path) -> None:
    articles = make_articles(3)
    feedkit.build(articles, tmp_path / "out", SITE, now=NOW)
    feedkit.build(articles[1:], tmp_path / "out", SITE, now=NOW, cache=False)
    before = read_files(tmp_path / "out")
    found = "got one that is not known to be the last, and Articles that no file holds; run"
    with pytest.raises(feedkit.PublishError, match=found):
        feedkit.update(tmp_path / "out", SITE, now=NOW, changed=articles[2:])
    assert read_files(tmp_path / "out") == before
    feedkit.build(articles[1:], tmp_path / "out", SITE, now=NOW)
    report = feedkit.update(tmp_path / "out", SITE, now=NOW, changed=articles[2:])
    assert report.articles == 2


@pytest.mark.parametrize("prune", [False, True])
@pytest.mark.parametrize("innocent", ["nothing", "copied", "touched", "built", "updated"])
def test_innocent_neighbours_of_these_look_at_what_they_are_told_alone(
    innocent: str, prune: bool, tmp_path: Path
) -> None:
    begin(tmp_path)
    write_files(tmp_path, {"in/3.md": record("Ferry 3", topics="[Gone]")})
    feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW)
    write_files(tmp_path, {"in/3.md": record("Ferry 3")})
    feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW, prune=prune)
    if innocent == "copied":
        shutil.copytree(tmp_path / "out", tmp_path / "copy")
        shutil.rmtree(tmp_path / "out")
        (tmp_path / "copy").rename(tmp_path / "out")
    elif innocent == "touched":
        (tmp_path / "out/feeds.json").touch()
    elif innocent == "built":
        feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW)
    elif innocent == "updated":
        told = [tmp_path / "in/4.md"]
        feedkit.update(tmp_path / "out", SITE, now=NOW, changed=told, prune=prune)
    write_files(tmp_path, {"in/2.md": record("Told"), "in/3.md": record("Not told")})
    feedkit.update(tmp_path / "out", SITE, now=NOW, changed=[tmp_path / "in/2.md"], prune=prune)
    feed = (tmp_path / "out/all/feed.json").read_text()
    assert ('"Told"' in feed, '"Not told"' in feed) == (True, False)


@pytest.mark.parametrize("way", ["build", "update"])
@pytest.mark.parametrize("prune", [True, False])
def test_where_all_articles_are_withdrawn_each_build_says_what_one_without_a_cache_does(
    way: str, prune: bool, tmp_path: Path
) -> None:
    write_files(tmp_path, {"in/1.md": record("Ferry", topics="[Boats]")})
    feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW)
    write_files(tmp_path, {"in/1.md": record("Ferry", draft="true")})
    for _ in range(3):
        shutil.rmtree(tmp_path / "other", ignore_errors=True)
        shutil.copytree(tmp_path / "out", tmp_path / "other")
        whole = feedkit.build(
            tmp_path / "in", tmp_path / "other", SITE, now=NOW, prune=prune, cache=False
        )
        if way == "build":
            report = feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW, prune=prune)
        else:
            told = [tmp_path / "in/1.md"]
            report = feedkit.update(tmp_path / "out", SITE, now=NOW, changed=told, prune=prune)
        assert (report.exit_status, report.files, report.written, report.problems) == (
            whole.exit_status,
            whole.files,
            whole.written,
            whole.problems,
        )
        assert read_files(tmp_path / "out") == read_files(tmp_path / "other")


def refuse_errors(folder: Path) -> None:
    """Build strictly, with a record that cannot be used."""
    write_files(folder, {"in/2.md": record("Ferry 2", date="soon")})
    report = feedkit.build(folder / "in", folder / "out", SITE, now=NOW, strict=True)
    assert report.exit_status == 2


def refuse_none(folder: Path) -> None:
    """Build with a `prepare` that returns nothing."""
    write_files(folder, {"in/5.md": record("Ferry 5")})
    report = feedkit.build(
        *(folder / "in", folder / "out", SITE),
        now=NOW,
        prepare=lambda _: None,
        prepare_version="none",
    )
    assert report.exit_status == 3


def fail_to_publish(folder: Path) -> None:
    """Build where a file cannot be written."""
    feed = folder / "out/all/atom.xml"
    feed.unlink()
    feed.mkdir()
    with pytest.raises(feedkit.PublishError):
        feedkit.build(folder / "in", folder / "out", SITE, now=NOW)
    feed.rmdir()


@pytest.mark.parametrize("fail", [refuse_errors, refuse_none, fail_to_publish])
def test_what_a_build_saw_that_published_nothing_is_seen_by_the_next_update(
    fail: Callable[[Path], None], tmp_path: Path
) -> None:
    write_files(tmp_path, {"in/5.md": record("Ferry 5")})
    begin(tmp_path)
    withdraw(tmp_path)
    fail(tmp_path)
    write_files(tmp_path, {"in/2.md": record("Ferry 2", summary="New")})
    report = feedkit.update(tmp_path / "out", SITE, now=NOW, changed=[tmp_path / "in/2.md"])
    assert (report.exit_status, report.withheld) == (0, {"draft": 1})
    feedkit.build(tmp_path / "in", tmp_path / "fresh", SITE, now=NOW, cache=False)
    assert read_files(tmp_path / "out") == read_files(tmp_path / "fresh")


def test_articles_are_taken_again_after_a_build_that_found_all_as_it_was(tmp_path: Path) -> None:
    begin(tmp_path)
    feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW, cache=False)
    (told,) = make_articles(1)
    with pytest.raises(feedkit.PublishError, match="run feedkit build first"):
        feedkit.update(tmp_path / "out", SITE, now=NOW, changed=[told])
    assert feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW).written == 0
    assert feedkit.update(tmp_path / "out", SITE, now=NOW, changed=[told]).articles == 5


@contextmanager
def be_ordinary_user() -> Iterator[None]:
    """Give up what only root may do, and take it again."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_a_lock_file_that_cannot_be_written_is_no_lock_of_this_build() -> None:
    with TemporaryDirectory() as folder:  # that an ordinary user may enter
        Path(folder).chmod(0o755)
        lock = Path(folder) / ".out.feedkit.lock"
        for text in ("", "0123"):
            lock.write_text(text)
            lock.chmod(0o444)
            with be_ordinary_user():
                if text:
                    wanted = "out.feedkit.lock: expected a file that can be written, or none"
                    with pytest.raises(feedkit.PublishError, match=wanted):
                        begin_generation(Path(folder) / "out")
                else:
                    assert begin_generation(Path(folder) / "out") == ""
            assert lock.read_text() == text
            lock.unlink()
