"""Which files are records, and what becomes of those that cannot be read."""

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import feedkit

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SITE = feedkit.Site(title="Harbour", url="https://feeds.example.org/")


def make_record(title: str) -> dict[str, object]:
    date = "2026-02-01T08:00:00Z"
    return {"title": title, "webUrl": f"https://example.com/{title}", "publishedDateTime": date}


def write(path: Path, title: str | None = None) -> Path:
    """Write a record that is called as its file, unless a title is given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    head = json.dumps(make_record(title or path.name), ensure_ascii=False)
    path.write_text(f"---\n{head}\n---\n", "utf-8")
    return path


def read_titles(*source: Path) -> list[str]:
    return [article.title for article in feedkit.read_articles(source)]


def test_folders_are_read_with_all_below_them(tmp_path: Path) -> None:
    for name in ("b.md", "a/deep/er/c.md", "a/a.md"):
        write(tmp_path / name)
    assert read_titles(tmp_path) == ["a.md", "c.md", "b.md"]


def test_markdown_and_html_with_front_matter_are_records(tmp_path: Path) -> None:
    for name in ("a.md", "b.markdown", "c.html", "d.txt", "e.MD.bak", "f.yaml"):
        write(tmp_path / name)
    assert read_titles(tmp_path) == ["a.md", "b.markdown", "c.html"]


def test_a_large_file_is_read_to_its_end(tmp_path: Path) -> None:
    path = write(tmp_path / "a.md")
    text = "Tides." * 20_000
    path.write_text(path.read_text("utf-8") + text, "utf-8")
    (article,) = feedkit.read_articles(path)
    assert article.body is not None
    assert len(article.body.text) == len(text)


def test_html_without_front_matter_is_no_candidate(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<!doctype html><title>Page</title>")
    write(tmp_path / "a.md")
    assert feedkit.build(tmp_path, tmp_path / "out", SITE, now=NOW).other == 0


def test_markdown_without_front_matter_is_counted_and_no_error(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("# Page\n")
    write(tmp_path / "a.md")
    report = feedkit.build(tmp_path, tmp_path / "out", SITE, now=NOW)
    assert (report.articles, report.other, report.problems) == (1, 1, ())


def test_names_that_begin_with_a_dot_and_drafts_are_left_out(tmp_path: Path) -> None:
    for name in (".a.md", ".git/b.md", "_drafts/c.md", "x/_drafts/d.md", "_news/e.md", "_f.md"):
        write(tmp_path / name)
    assert read_titles(tmp_path) == ["_f.md", "e.md"]


@pytest.mark.parametrize("name", [".hidden/a.md", "_drafts/a.md", ".a.md"])
def test_what_is_named_itself_is_read_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name)
    assert read_titles(path) == [path.name]
    if path.parent != tmp_path:
        assert read_titles(path.parent) == [path.name]


def test_json_is_read_only_where_it_is_named(tmp_path: Path) -> None:
    one, many = tmp_path / "one.json", tmp_path / "many.jsonl"
    one.write_text(json.dumps(make_record("one")))
    many.write_text("".join(json.dumps(make_record(title)) + "\n\n" for title in "ab"))
    assert read_titles(tmp_path) == []
    assert read_titles(one, many) == ["a", "b", "one"]


def test_a_json_file_holds_one_record_or_a_list_of_them(tmp_path: Path) -> None:
    for name, value in {
        "a.json": make_record("one"),
        "b.json": [make_record("two"), make_record("three")],
        "c.json": {"value": [make_record("four")]},
    }.items():
        (tmp_path / name).write_text(json.dumps(value))
    titles = read_titles(*sorted(tmp_path.iterdir()))
    assert titles == ["one", "two", "three", "four"]


def test_out_below_content_is_not_read(tmp_path: Path) -> None:
    write(tmp_path / "a.md")
    write(tmp_path / "public/feeds/stray.md")
    write(tmp_path / "public/b.md")
    report = feedkit.build(tmp_path, tmp_path / "public" / "feeds", SITE, now=NOW)
    assert report.articles == 2


def test_out_is_not_read_under_another_spelling_of_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a.md")
    write(tmp_path / "out/stray.md")
    monkeypatch.chdir(tmp_path)
    assert feedkit.build(tmp_path, "./nowhere/../out", SITE, now=NOW).articles == 1


def test_settings_are_no_record(tmp_path: Path) -> None:
    (tmp_path / "feedkit.toml").write_text('[site]\ntitle = "T"\nurl = "https://example.org/"\n')
    write(tmp_path / "a.md")
    report = feedkit.build(tmp_path, tmp_path / "out", SITE, now=NOW)
    assert (report.articles, report.other) == (1, 0)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_a_byte_order_mark_change_nothing(
    tmp_path: Path, ending: str, mark: str
) -> None:
    lines = ("---", "title: T", "webUrl: https://example.com/", "date: 2026-01-01T00:00:00Z")
    text = "\n".join((*lines, "---", "One", "", "Two", ""))
    path = tmp_path / "a.md"
    path.write_bytes((mark + text.replace("\n", ending)).encode())
    (article,) = feedkit.read_articles(path)
    assert (article.title, article.body) == ("T", feedkit.Markdown("One\n\nTwo"))


@pytest.mark.parametrize(
    "again",
    [
        lambda folder: folder / "a.md",
        lambda folder: folder,
        lambda folder: folder / "sub" / "..",
        lambda folder: Path(os.path.relpath(folder / "a.md")),
    ],
    ids=["the file", "its folder", "its folder spelled otherwise", "its relative path"],
)
def test_a_file_that_is_given_twice_is_read_once(
    tmp_path: Path, again: Callable[[Path], Path]
) -> None:
    (tmp_path / "sub").mkdir()
    write(tmp_path / "a.md")
    assert read_titles(tmp_path, again(tmp_path)) == ["a.md"]


def test_a_link_to_a_folder_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.md")
    write(tmp_path / "elsewhere" / "b.md")
    (tmp_path / "in" / "back").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "away").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "in" / "away.md").symlink_to(tmp_path / "elsewhere")
    assert read_titles(tmp_path / "in") == ["a.md"]


def test_a_link_to_a_file_is_followed(tmp_path: Path) -> None:
    target = write(tmp_path / "in" / "notes" / "b.txt")
    (tmp_path / "in" / "a.md").symlink_to(target)
    assert read_titles(tmp_path / "in") == ["b.txt"]


def test_a_folder_is_a_folder_whatever_it_is_called(tmp_path: Path) -> None:
    write(tmp_path / "year.md" / "a.md")
    assert read_titles(tmp_path) == ["a.md"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("loop.md", "Too many levels of symbolic links"), ("gone.md", "No such file or directory")],
)
def test_a_link_that_leads_nowhere_is_a_problem_and_the_others_are_read(
    tmp_path: Path, name: str, reason: str
) -> None:
    write(tmp_path / "a.md")
    (tmp_path / name).symlink_to(name if name == "loop.md" else "nowhere.md")
    problems: list[feedkit.Problem] = []
    articles = list(feedkit.read_articles(tmp_path, on_problem=problems.append))
    assert [article.title for article in articles] == ["a.md"]
    target = tmp_path / (name if name == "loop.md" else "nowhere.md")
    assert [str(problem) for problem in problems] == [
        f"{tmp_path}/{name}: a link to {target}: {reason}"
    ]


def test_a_link_that_is_no_candidate_is_no_problem(tmp_path: Path) -> None:
    write(tmp_path / "a.md")
    (tmp_path / "loop").symlink_to("loop")
    assert read_titles(tmp_path) == ["a.md"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    write(tmp_path / "a.md")
    os.mkfifo(tmp_path / "pipe.md")
    assert read_titles(tmp_path) == ["a.md"]


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(feedkit.PublishError, match="nowhere: No such file or directory"):
        read_titles(tmp_path / "nowhere")


def test_without_on_problem_the_first_problem_is_raised(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\ndate: 2026-01-31\n---\n")
    with pytest.raises(feedkit.RecordError, match=r"a\.md:2: webUrl: expected .*, got nothing"):
        read_titles(tmp_path)


@pytest.fixture
def deep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder that is nested deeper than calls may be; step by step, as is its end."""
    monkeypatch.chdir(tmp_path)
    for _ in range(1000):
        Path("d").mkdir()
        os.chdir("d")
    write(Path("deep.md"))
    yield tmp_path
    Path("deep.md").unlink()
    for _ in range(1000):  # what removes folders afterwards calls itself
        os.chdir("..")
        Path("d").rmdir()


def test_folders_may_be_nested_deeper_than_calls(deep: Path) -> None:
    assert read_titles(deep) == ["deep.md"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_or_device_that_is_named_is_an_error(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    for path in (tmp_path / "pipe.md", Path(os.devnull)):
        with pytest.raises(feedkit.PublishError, match=f"{path}: expected a folder or a file"):
            read_titles(path)


@pytest.mark.parametrize("out", ["in", "in/../in/", "link"])
def test_the_folder_of_the_records_is_not_published_into(tmp_path: Path, out: str) -> None:
    write(tmp_path / "in" / "index.html")
    (tmp_path / "link").symlink_to("in")
    with pytest.raises(feedkit.PublishError, match="in: expected another folder than OUT"):
        feedkit.build(tmp_path / "in", f"{tmp_path}/{out}", SITE, now=NOW)
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["index.html"]


@pytest.mark.parametrize("name", ["out/a.md", "out/sub", "link.md"])
def test_what_lies_in_the_published_folder_is_no_record(tmp_path: Path, name: str) -> None:
    write(tmp_path / "b.md")
    write(tmp_path / "out" / "a.md")
    write(tmp_path / "out" / "sub" / "c.md")
    (tmp_path / "link.md").symlink_to("out/a.md")
    source = [tmp_path / "b.md", tmp_path / name]
    with pytest.raises(feedkit.PublishError, match=f"{name}: expected records outside OUT"):
        feedkit.build(source, tmp_path / "out", SITE, now=NOW)


def test_a_folder_whose_name_begins_like_the_published_one_is_read(tmp_path: Path) -> None:
    write(tmp_path / "out-takes" / "a.md")
    source = [tmp_path / "out-takes"]
    assert feedkit.build(source, tmp_path / "out", SITE, now=NOW).articles == 1


def make_article(title: str) -> feedkit.Article:
    return feedkit.Article(url=f"https://example.com/{title}", title=title, published=NOW)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (make_article("a"), "got one Article"),
        (7, "got one int"),
        (["a.md", make_article("a")], "got Article among paths"),
        ([make_article("a"), "a.md"], "got str"),
        ([7], "got int"),
        (b"a.md", "got int"),
    ],
    ids=str,
)
def test_what_is_neither_paths_nor_articles_is_refused(source: object, found: str) -> None:
    with pytest.raises(TypeError, match=f"source: expected paths or Articles, {found}"):
        list(feedkit.read_articles(source))  # type: ignore[arg-type]
