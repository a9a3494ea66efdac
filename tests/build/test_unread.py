"""A record that is there and cannot be read: no feed loses an entry by it."""

import ctypes
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

import feedkit
from harbour import NOW, SITE, change_site, read_tree, write_record

COUNT = 12


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Data(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint32) for name in ("effective", "permitted", "inherited"))


@contextmanager
def obey_modes() -> Iterator[None]:
    """Let the modes of files hold for root too (capabilities(7), CAP_DAC_*)."""
    libc = ctypes.CDLL(None, use_errno=True)
    header, data = _Header(0x20080522, 0), (_Data * 2)()
    if os.getuid() == 0:
        assert libc.capget(ctypes.byref(header), data) == 0
        before = data[0].effective
        data[0].effective &= ~0b110
        assert libc.capset(ctypes.byref(header), data) == 0
    try:
        yield
    finally:
        if os.getuid() == 0:
            data[0].effective = before
            assert libc.capset(ctypes.byref(header), data) == 0


@pytest.fixture
def top(tmp_path: Path) -> Iterator[Path]:
    with obey_modes():
        yield tmp_path


@pytest.fixture
def content(top: Path) -> Path:
    for number in range(COUNT):
        write_record(top / "content", number, related=[], topics=[f"T{number}", "Common"])
    publish(top)
    return top / "content"


def publish(top: Path, **options: object) -> feedkit.Report:
    """Build twice, with a cache and without one, and return what both report."""
    known: dict[str, object] = {"now": NOW, **options}
    with_cache = feedkit.build(top / "content", top / "out", SITE, **known)  # type: ignore[arg-type]
    known["cache"] = False
    without = feedkit.build(top / "content", top / "other", SITE, **known)  # type: ignore[arg-type]
    assert read_tree(top / "out") == read_tree(top / "other")
    assert (with_cache.held, with_cache.problems) == (without.held, without.problems)
    assert with_cache.exit_status == without.exit_status
    return with_cache


def has(top: Path, number: int, path: str = "all") -> bool:
    """Return whether a feed shows an article."""
    return f'/{number}"' in (top / "out" / path / "feed.json").read_text("utf-8")


def close(path: Path) -> None:
    path.chmod(0)


def test_its_entries_stay_in_every_feed_it_is_named_and_the_status_is_3(
    top: Path, content: Path
) -> None:
    before = read_tree(top / "out")
    close(content / "3.md")
    for _ in range(2):  # as long as it cannot be read
        report = publish(top)
        assert report.exit_status == 3
        assert f"{content}/3.md: Permission denied" in report.problems
        held = [line.partition(":")[0] for line in report.held]
        assert held == ["all", "providers/pier3.example", "topics/common", "topics/t3"]
        said = "all: held back, unread: 1 of 12 entries would be missing while records cannot be"
        assert report.held[0].startswith(said)
        after = read_tree(top / "out")
        assert [name for name in before if before[name] != after[name]] in ([], ["feeds.json"])
    (content / "3.md").chmod(0o644)
    report = publish(top)
    assert (report.exit_status, read_tree(top / "out")) == (0, before)


def test_other_feeds_go_on(top: Path, content: Path) -> None:
    close(content / "3.md")
    write_record(content, 4, 1, related=[], topics=["T4"])
    write_record(content, 30, related=[], topics=["New"])
    publish(top)
    assert "version 1" in (top / "out/topics/t4/feed.json").read_text("utf-8")
    assert has(top, 30, "topics/new")
    assert not has(top, 30)  # held
    assert has(top, 3)


@pytest.mark.parametrize("state", ["draft", "removed", "deleted", "published"])
def test_what_a_record_withholds_goes_all_the_same(top: Path, content: Path, state: str) -> None:
    close(content / "3.md")
    write_record(content, 4, related=[], topics=["T4", "Common"], **{state: state != "published"})
    report = publish(top)
    assert not any(has(top, 4, path) for path in ("all", "topics/common", "topics/t4"))
    held = [line.partition(":")[0] for line in report.held]
    assert held == ["providers/pier3.example", "topics/t3"]  # which do not show what is withheld


def test_what_settings_exclude_goes_all_the_same(top: Path, content: Path) -> None:
    close(content / "3.md")
    exclude = feedkit.Exclude(urls=("https://news.example.org/4",))
    config = feedkit.Config(site=SITE, exclude=exclude)
    feedkit.build(content, top / "out", config, now=NOW)
    assert not any(has(top, 4, path) for path in ("all", "topics/common", "topics/t4"))
    assert has(top, 3, "topics/t3")


def test_what_update_is_told_is_no_more_goes_all_the_same(top: Path, content: Path) -> None:
    close(content / "3.md")
    (content / "4.md").unlink()
    changed, removed = [content / "3.md"], [content / "4.md"]
    report = feedkit.update(top / "out", SITE, now=NOW, changed=changed, removed=removed)
    assert report.exit_status == 3
    assert not any(has(top, 4, path) for path in ("all", "topics/common", "topics/t4"))
    assert has(top, 3, "topics/t3")


def test_what_is_only_gone_stays_with_it(top: Path, content: Path) -> None:
    close(content / "3.md")
    (content / "4.md").unlink()
    report = publish(top)
    assert has(top, 4)
    assert "topics/t4" in [line.partition(":")[0] for line in report.held]


def test_that_it_is_meant_can_be_said(top: Path, content: Path) -> None:
    close(content / "3.md")
    report = publish(top, allow_shrink=True)
    assert (report.exit_status, report.held) == (1, ())
    assert not has(top, 3)


def test_an_update_that_is_told_of_it_or_of_another_holds_what_a_build_holds(
    top: Path, content: Path
) -> None:
    close(content / "3.md")
    feedkit.update(top / "out", SITE, now=NOW, changed=[content / "3.md"])
    report = feedkit.build(content, top / "other", SITE, now=NOW, cache=False)
    assert read_tree(top / "out") == read_tree(top / "other")
    write_record(content, 5, 1, related=[], topics=["T5", "Common"])
    again = feedkit.update(top / "out", SITE, now=NOW, changed=[content / "5.md"])
    report = feedkit.build(content, top / "other", SITE, now=NOW, cache=False)
    assert read_tree(top / "out") == read_tree(top / "other")
    assert (again.held, again.problems) == (report.held, report.problems)


def test_a_record_that_never_could_be_read_holds_nothing(top: Path, content: Path) -> None:
    write_record(content, 20, related=[])
    close(content / "20.md")
    write_record(content, 4, 1, related=[], topics=["T4", "Common"])
    report = publish(top)
    assert (report.exit_status, report.held) == (1, ())
    assert "version 1" in (top / "out/all/feed.json").read_text("utf-8")


def make_link(content: Path) -> None:
    (content / "3.md").unlink()
    (content / "3.md").symlink_to("nowhere.md")


def add_article(content: Path) -> None:
    write_record(content, 30, related=[], topics=["T3", "Common"])


def change_text(content: Path) -> None:
    write_record(content, 4, 1, related=[], topics=["T4", "Common"])


def add_broken(content: Path) -> None:
    (content / "broken.md").write_text("---\ntitle: [\n---\n")


@pytest.mark.parametrize("change", [make_link, add_article, change_text, add_broken])
def test_what_is_not_unreadable_holds_nothing(
    top: Path, content: Path, change: Callable[[Path], None]
) -> None:
    change(content)
    assert publish(top).held == ()


@pytest.mark.parametrize("change", [add_article, change_text, add_broken])
def test_beside_one_that_never_could_be_read_changes_are_published(
    top: Path, content: Path, change: Callable[[Path], None]
) -> None:
    write_record(content, 20, related=[])
    close(content / "20.md")
    change(content)
    assert publish(top).held == ()


def test_entries_that_newer_ones_displace_are_no_loss(top: Path) -> None:
    config = feedkit.Config(site=SITE, feeds=feedkit.FeedSettings(limit=5))
    for number in range(5, 15):
        write_record(top / "content", number, related=[], topics=["Common"])
    feedkit.build(top / "content", top / "out", config, now=NOW)
    close(top / "content/14.md")  # beyond the end of the feed
    write_record(top / "content", 1, related=[], topics=["Common"])
    report = feedkit.build(top / "content", top / "out", config, now=NOW)
    assert has(top, 1)
    assert not any(line.startswith(("all", "topics")) for line in report.held)


def test_a_folder_of_which_no_file_can_be_looked_at_is_no_empty_folder(
    top: Path, content: Path
) -> None:
    before = read_tree(top / "out")
    content.chmod(0o444)
    with suppress(feedkit.PublishError):
        assert publish(top).exit_status == 3
    content.chmod(0o755)
    assert read_tree(top / "out") == before
    content.chmod(0o444)
    with suppress(feedkit.PublishError):
        changed = [content / "3.md", content]
        assert feedkit.update(top / "out", SITE, now=NOW, changed=changed).exit_status == 3
    content.chmod(0o755)
    after = read_tree(top / "out")
    assert {name for name in before if before[name] != after[name]} <= {"feeds.json"}


@pytest.mark.parametrize("seed", range(4))
def test_whatever_can_be_read_when_both_ways_publish_the_same(top: Path, seed: int) -> None:
    chance, content = random.Random(seed), top / "content"
    for number in range(20):
        write_record(content, number)
    publish(top)
    for version in range(1, 8):
        for path in content.iterdir():
            path.chmod(0o644 if chance.random() < 0.9 else 0)
        with readable(content):
            change_site(content, chance, version)
        publish(top)


@contextmanager
def readable(content: Path) -> Iterator[None]:
    """Let all files be written to, whose modes are the same afterwards."""
    modes = {path: path.stat().st_mode for path in content.iterdir()}
    for path in modes:
        path.chmod(0o644)
    yield
    for path, mode in modes.items():
        if path.exists():
            path.chmod(mode)


def test_a_list_that_cannot_be_read_to_its_end_is_a_record_that_cannot_be_read(
    top: Path, content: Path
) -> None:
    source = [content, top / "special.jsonl"]
    (top / "special.jsonl").symlink_to("/proc/self/mem")
    report = feedkit.build(source, top / "new", SITE, now=NOW)
    assert report.problems == (f"{top}/special.jsonl: Input/output error",)
    (content / "3.md").unlink()
    report = feedkit.build(source, top / "new", SITE, now=NOW)
    assert report.exit_status == 3
    assert '/3"' in (top / "new/all/feed.json").read_text("utf-8")
