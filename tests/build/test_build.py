"""One build: what it counts, what `prepare` may do, and what it leaves behind."""

import gc
import json
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

import feedkit
from feedkit.build import release
from feedkit.build.workers import run_parallel
from feedkit.pages import render_index, render_opml
from feedkit.published import FeedFile, ListedFeed

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SITE = feedkit.Site(title="Harbour", url="https://feeds.example.org/")


def write(folder: Path, name: str, body: str = "", **fields: object) -> None:
    """Write a record; fields left out are those every record needs."""
    record = {
        "title": f"About {name}",
        "webUrl": f"https://{name}.example/",
        "publishedDateTime": "2026-02-01T08:00:00Z",
        **fields,
    }
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.md").write_text(f"---\n{json.dumps(record)}\n---\n{body}\n", "utf-8")


def item(name: str, **fields: object) -> dict[str, object]:
    """Return an item of a related list."""
    url, date = f"https://{name}.example/", "2026-01-01T00:00:00Z"
    return {"title": f"On {name}", "webUrl": url, "publishedDateTime": date, **fields}


def article(name: str) -> feedkit.Article:
    published = datetime(2026, 2, 1, tzinfo=UTC)
    return feedkit.Article(url=f"https://{name}.example/", title=name, published=published)


def read_all(out: Path) -> dict[str, bytes]:
    files = (path for path in out.rglob("*") if path.is_file())
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


def titles(out: Path, feed: str = "all") -> list[str]:
    items = json.loads((out / feed / "feed.json").read_text("utf-8"))["items"]
    return sorted(item["title"] for item in items)


def test_the_report_counts_every_kind_of_record_once(tmp_path: Path) -> None:
    content = tmp_path / "in"
    write(
        content, "plain", topics=["Tides"], related=[item("quay"), item("q", title="About plain")]
    )
    write(content, "twice", updatedDateTime="2026-02-02T08:00:00Z")
    write(content, "again", webUrl="https://twice.example/")
    write(content, "offline", published=False)
    write(content, "draft", draft=True)
    write(content, "removed", removed=True)
    write(content, "deleted", deleted=True)
    write(content, "future", publishedDateTime="2027-01-01T00:00:00Z")
    write(content, "hidden")
    write(content, "naive", publishedDateTime="2026-02-01T08:00:00")
    write(content, "broken", publishedDateTime="soon")
    (content / "page.md").write_text("---\nlayout: page\n---\n")
    config = feedkit.Config(site=SITE, exclude=feedkit.Exclude(urls=("https://hidden.example",)))
    report = feedkit.build(content, tmp_path / "out", config, now=NOW)
    assert msgspec.structs.asdict(report) == {
        "articles": 4,
        "rejected": 1,
        "other": 1,
        "unpublished": 1,
        "retold": 1,
        "duplicates": 1,
        "repaired": 1,
        "feeds": 2,
        "files": 14,
        "written": 14,
        "unchanged": 0,
        "withheld": {"deleted": 1, "draft": 1, "excluded": 1, "future": 1, "removed": 1},
        "problems": report.problems,
        "notes": (
            f"{content}/twice.md, {content}/again.md: records of one URL; the first counts",
            "no feeds were published before: nothing to compare these with",
        ),
        "held": (),
        "changed": report.changed,
        "is_held": False,
        "warnings": (),
    }
    assert report.problems == (
        f"{content}/broken.md:2: publishedDateTime: "
        "expected a date such as 2026-01-31T12:00:00Z, got 'soon'",
    )


def test_a_second_build_counts_every_file_as_unchanged(tmp_path: Path) -> None:
    write(tmp_path / "in", "a")
    feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW)
    report = feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW)
    assert (report.written, report.unchanged, report.files) == (0, 10, 10)


def test_articles_give_the_same_bytes_as_the_files_they_were_read_from(tmp_path: Path) -> None:
    content = tmp_path / "in"
    for number in range(12):
        related = [item(f"n{number + 1}"), item(f"r{number}")]
        write(content, f"n{number}", f"*Body* {number}", topics=["Tides"], related=related)
    write(content, "draft", draft=True)
    feedkit.build(content, tmp_path / "files", SITE, now=NOW)
    feedkit.build(feedkit.read_articles(content), tmp_path / "articles", SITE, now=NOW)
    assert read_all(tmp_path / "articles") == read_all(tmp_path / "files")


def test_a_generator_of_articles_is_a_source(tmp_path: Path) -> None:
    source = (article(name) for name in ("a", "b"))
    assert feedkit.build(source, tmp_path / "out", SITE, now=NOW).articles == 2
    assert titles(tmp_path / "out") == ["a", "b"]


def test_a_source_that_holds_anything_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="expected paths or Articles, got int"):
        feedkit.build([article("a"), 7], tmp_path / "out", SITE, now=NOW)  # type: ignore[list-item]
    assert not (tmp_path / "out").exists()


def test_an_article_that_cannot_be_used_is_a_problem_and_the_others_are_published(
    tmp_path: Path,
) -> None:
    wrong = msgspec.structs.replace(article("b"), title="")
    report = feedkit.build([article("a"), wrong], tmp_path / "out", SITE, now=NOW)
    assert report.problems == ("https://b.example/: title: expected some text, got nothing",)
    assert (titles(tmp_path / "out"), report.exit_status) == (["a"], 1)


def test_nothing_is_published_where_no_record_is_of_use(tmp_path: Path) -> None:
    write(tmp_path / "in", "draft", draft=True)
    report = feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW)
    assert (report.exit_status, report.files) == (2, 0)
    assert not (tmp_path / "out").exists()


CALLS: dict[str, Callable[..., object]] = {
    "build": lambda out, **more: feedkit.build([article("a")], out, SITE, **more),
    "plan": lambda out, **more: feedkit.plan([article("a")], out, SITE, **more),
    "update": lambda out, **more: feedkit.update(out, SITE, changed=[article("a")], **more),
}


@pytest.mark.parametrize("call", CALLS)
def test_no_time_without_a_zone_is_taken_no_folder_of_no_letters_and_no_jobs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="now: expected an aware datetime"):
        CALLS[call]("out", now=NOW.replace(tzinfo=None))
    with pytest.raises(ValueError, match="out: expected a folder, got nothing"):
        CALLS[call]("", now=NOW)
    with pytest.raises(ValueError, match="jobs: expected 1 or more, got 0"):
        CALLS[call]("out", now=NOW, jobs=0)
    assert list(tmp_path.iterdir()) == []


def test_a_strict_build_publishes_nothing_where_a_record_is_rejected(tmp_path: Path) -> None:
    good, bad = article("a"), msgspec.structs.replace(article("b"), url="no address")
    report = feedkit.build([good, bad], tmp_path / "out", SITE, now=NOW, strict=True)
    assert (report.exit_status, len(report.problems), report.files) == (2, 1, 0)
    assert not (tmp_path / "out").exists()
    report = feedkit.build([good], tmp_path / "out", SITE, now=NOW, strict=True)
    assert (report.exit_status, report.articles) == (0, 1)


def test_prepare_changes_an_article_and_its_change_is_cleaned(tmp_path: Path) -> None:
    def shout(article: feedkit.Article) -> feedkit.Article:
        return msgspec.structs.replace(article, title=f"  {article.title.upper()}\n", topics=("X",))

    write(tmp_path / "in", "a")
    feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW, prepare=shout)
    assert titles(tmp_path / "out", "topics/x") == ["ABOUT A"]


def test_what_prepare_drops_is_in_no_output_though_another_lists_it(tmp_path: Path) -> None:
    write(tmp_path / "in", "kept", related=[item("dropped", title="On the dropped one")])
    write(tmp_path / "in", "dropped", title="The dropped one")

    def drop(article: feedkit.Article) -> feedkit.Article | None:
        return None if "dropped" in article.url else article

    report = feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW, prepare=drop)
    assert (report.articles, report.withheld) == (1, {"removed": 1})
    assert [name for name, data in read_all(tmp_path / "out").items() if b"dropped" in data] == []


def test_prepare_sees_articles_of_every_state(tmp_path: Path) -> None:
    states = []

    def note(article: feedkit.Article) -> feedkit.Article:
        states.append(article.state)
        return article

    write(tmp_path / "in", "a")
    write(tmp_path / "in", "b", draft=True)
    write(tmp_path / "in", "c", published=False)
    feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW, prepare=note)
    assert states == ["published", "draft", "unpublished"]


def test_an_article_that_prepare_breaks_is_a_problem_under_its_files_name(tmp_path: Path) -> None:
    def spoil(article: feedkit.Article) -> feedkit.Article:
        url = "nowhere" if "//b." in article.url else article.url
        return msgspec.structs.replace(article, url=url)

    write(tmp_path / "in", "a")
    write(tmp_path / "in", "b")
    report = feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW, prepare=spoil)
    assert len(report.problems) == 1
    assert report.problems[0].startswith(f"{tmp_path}/in/b.md: url: expected ")


def test_what_was_repaired_is_counted_whatever_prepare_does(tmp_path: Path) -> None:
    def rename(article: feedkit.Article) -> feedkit.Article:
        return msgspec.structs.replace(article, title="Renamed")

    write(tmp_path / "in", "a", publishedDateTime="2026-02-01T08:00:00")
    report = feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW, prepare=rename)
    assert report.repaired == 1


def test_what_prepare_raises_ends_the_build_before_anything_is_published(tmp_path: Path) -> None:
    def fail(article: feedkit.Article) -> feedkit.Article:
        raise LookupError(article.title)

    write(tmp_path / "in", "a")
    with pytest.raises(LookupError, match="About a"):
        feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW, prepare=fail)
    assert not (tmp_path / "out").exists()


def test_a_build_removes_what_it_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Path] = []

    def look(article: feedkit.Article) -> feedkit.Article:
        seen.extend(spools.iterdir())
        return article

    spools = tmp_path / "spools"
    spools.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spools))
    feedkit.build([article("a")], tmp_path / "out", SITE, now=NOW, prepare=look, cache=False)
    assert len(seen) == 1
    assert list(spools.iterdir()) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, ChildProcessError, ValueError])
def test_a_build_that_ends_early_leaves_old_files_and_no_new_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def fail(*arguments: object) -> bytes:
        raise error

    feedkit.build([article("old")], tmp_path / "out", SITE, now=NOW)
    before = read_all(tmp_path / "out")
    monkeypatch.setattr(release, "render_opml", fail)
    with pytest.raises(error):
        feedkit.build([article("new")], tmp_path / "out", SITE, now=NOW)
    assert read_all(tmp_path / "out") == before


def test_a_build_leaves_no_file_open(tmp_path: Path) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        feedkit.build([article("a"), article("b")], tmp_path / "out", SITE, now=NOW)
        gc.collect()
    assert [str(warning.message) for warning in caught] == []


def test_progress_is_told_of_every_hop_to_its_end(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    write(tmp_path / "in", "a")
    feedkit.build(
        tmp_path / "in",
        tmp_path / "out",
        SITE,
        now=NOW,
        on_progress=lambda *step: told.append(step),
    )
    assert list(dict.fromkeys(hop for hop, _, _ in told)) == ["Reading", "Encoding", "Publishing"]
    assert all(done <= total for _, done, total in told)


def test_parts_are_answered_in_order_by_processes_of_their_own() -> None:
    answers = run_parallel(lambda part: (part, os.getpid()), [1, 2, 3])
    assert [part for part, _ in answers] == [1, 2, 3]
    assert len({process for _, process in answers}) == 3
    assert answers[0][1] == os.getpid()


def test_an_answer_larger_than_a_pipe_holds_arrives() -> None:
    assert [len(answer) for answer in run_parallel(lambda size: b"x" * size, [1, 10**7])] == [
        1,
        10**7,
    ]


@pytest.mark.parametrize("failing", [1, 2])
def test_what_a_part_raises_is_raised_whoever_ran_it(failing: int) -> None:
    def fail(part: int) -> int:
        if part == failing:
            raise feedkit.RecordError("a.md", 3, "title", "nothing", "some text")
        return part

    with pytest.raises(feedkit.RecordError) as caught:
        run_parallel(fail, [1, 2])
    assert str(caught.value) == "a.md:3: title: expected some text, got nothing"
    assert caught.value.line == 3


class OddError(Exception):
    """One that its own arguments cannot make again."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")


def test_what_a_part_raises_is_told_though_it_cannot_travel() -> None:
    def fail(part: int) -> int:
        if part == 2:
            raise OddError("here", "no reason")
        return part

    with pytest.raises(ChildProcessError, match="OddError: here: no reason"):
        run_parallel(fail, [1, 2])


def test_a_process_that_dies_is_an_error() -> None:
    def die(part: int) -> int:
        if part == 2:
            os._exit(9)
        return part

    with pytest.raises(ChildProcessError, match="ended before its work was done"):
        run_parallel(die, [1, 2])


def test_no_process_is_left_when_the_first_part_fails() -> None:
    def fail(part: int) -> Iterator[int]:
        if part == 1:
            raise LookupError
        return iter(())

    with pytest.raises(LookupError):
        run_parallel(fail, [1, 2])
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_any_number_of_processes_reports_the_same_in_order_of_name_and_line(tmp_path: Path) -> None:
    content = tmp_path / "in"
    for number in range(520):
        write(content, f"n{number:03}", **({} if number % 5 else {"publishedDateTime": "soon"}))
    lines = "".join("{\n" for _ in range(12))
    (content / "n1.jsonl").write_text(lines)
    source = [content, content / "n1.jsonl"]
    one, two = (
        feedkit.build(source, tmp_path / f"out{jobs}", SITE, now=NOW, jobs=jobs) for jobs in (1, 2)
    )
    assert one == two
    places = [problem.split(": ")[0].rpartition(":") for problem in one.problems]
    assert places == sorted(places, key=lambda place: (place[0], int(place[2])))
    assert len(places) == 104 + 12


def test_only_published_records_are_rejected_for_an_id_that_another_has(tmp_path: Path) -> None:
    content = tmp_path / "in"
    write(content, "kept", id="tag:example.org,2026:1", updatedDateTime="2026-02-02T08:00:00Z")
    write(content, "other", id="tag:example.org,2026:1")
    write(content, "older", webUrl="https://other.example/", published=False)
    report = feedkit.build(content, tmp_path / "out", SITE, now=NOW)
    assert (report.articles, report.rejected, report.unpublished) == (1, 1, 1)
    assert [problem.split(": ")[0] for problem in report.problems] == [
        f"{content}/older.md",
        f"{content}/other.md",
    ]


def test_every_feed_of_more_than_512_kib_and_no_other_is_noted(tmp_path: Path) -> None:
    content, out = tmp_path / "in", tmp_path / "out"
    for number in range(12):
        topics = ["All", *(["Half"] if number % 2 else [])]
        write(content, f"n{number}", "word " * 10_000, topics=topics)
    report = feedkit.build(content, out, SITE, now=NOW, allow_resurface=True, allow_shrink=True)
    sizes = {name: len(data) for name, data in read_all(out).items() if "index" not in name}
    large = [name for name, size in sorted(sizes.items()) if size > 512 * 1024]
    assert [note.split(": ")[0] for note in sorted(report.notes)] == large
    assert {name.rpartition("/")[0] for name in large} == {"all", "topics/all"}
    assert f"all/rss.xml: {sizes['all/rss.xml'] // 1024} KiB, more than some" in str(report.notes)


def test_feeds_of_one_title_are_listed_in_order_of_their_address() -> None:
    def make_listed(path: str, title: str) -> ListedFeed:
        url = SITE.page_url(path)
        file = FeedFile("atom.xml", f"{url}atom.xml", "atom", "application/atom+xml", "", False)
        return ListedFeed(
            kind="topics", path=path, title=title, url=url, href=path, entries=1, articles=1,
            newest="2026-02-01T00:00:00Z", files=(file,),
        )  # fmt: skip

    feeds = [make_listed("topics/b", "paper"), make_listed("topics/a", "Paper")]
    for page in (render_index(SITE, feeds), render_opml(SITE, feeds)):
        _, _, listed = page.decode().partition("Topics")
        assert listed.index("topics/a") < listed.index("topics/b")


def test_a_page_that_feedkit_did_not_write_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("my own")
    with pytest.raises(feedkit.PublishError, match=r"index\.html: .*got a page of something else"):
        feedkit.build([article("a")], tmp_path, SITE, now=NOW)
    assert (tmp_path / "index.html").read_text() == "my own"
    assert not (tmp_path / "all").exists()


def test_what_is_kept_beside_out_is_its_users_alone_and_holds_no_hidden_text(
    tmp_path: Path,
) -> None:
    for name, more in (("shown", ""), ("hidden", "draft: true"), ("off", "published: false")):
        text = (
            f"title: A\nwebUrl: https://example.org/{name}\ndate: 2026-01-01\nexcerpt: {name}-text"
        )
        (tmp_path / f"{name}.md").write_text(f"---\n{text}\n{more}\n---\n{name}-body\n")
    feedkit.build(tmp_path, tmp_path / "out", SITE, now=NOW)
    kept = tmp_path / ".out.feedkit"
    data = b"".join(path.read_bytes() for path in kept.iterdir())
    assert kept.stat().st_mode & 0o077 == 0
    assert b"shown-text" in data
    assert b"-body" not in data.replace(b"shown-body", b"")
    assert b"hidden-text" not in data
    assert b"off-text" not in data
