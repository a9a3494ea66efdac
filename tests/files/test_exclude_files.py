"""Files that settings leave out: in no feed, not spoken of, and what they hold is withheld."""

import json
from pathlib import Path

import pytest

import feedkit
from commands import SITE as SETTINGS
from commands import record, run, write_files
from feedkit.files.globs import compile_glob, make_matcher
from tides import NOW, SITE, build, list_held, read_all, read_ids, write, write_ten


@pytest.mark.parametrize(
    ("pattern", "meant", "others"),
    [
        ("about.md", ["about.md"], ["a/about.md", "about.mdx", "About.md", "xabout.md", "about"]),
        ("**/_index.md", ["_index.md", "a/_index.md", "a/b/_index.md"], ["a/x_index.md"]),
        ("pages/**", ["pages/a.md", "pages/a/b.md"], ["pages", "a/pages/b.md", "pagesa/b.md"]),
        ("**/pages/**", ["pages/a.md", "a/b/pages/c/d.md"], ["a/page/b.md"]),
        ("*.md", ["a.md", ".md"], ["a/b.md", "a.mdx"]),
        ("*/draft-?.md", ["a/draft-1.md"], ["draft-1.md", "a/draft-.md", "a/b/draft-1.md"]),
        ("[ab].md", ["a.md", "b.md"], ["c.md", "ab.md"]),
        ("[!ab].md", ["c.md", "].md"], ["a.md", "/.md"]),
        ("[]-].md", ["].md", "-.md"], ["a.md"]),
        ("[0-9]*.md", ["1.md", "12.md"], ["a.md"]),
        ("a[.md", ["a[.md"], ["a.md"]),
        ("a+(b).md", ["a+(b).md"], ["aab.md"]),
        ("**", ["a", "a/b"], []),
        ("\u00fc/*", ["\u00fc/a"], ["u/a"]),
    ],
)
def test_a_pattern_means_files_below_the_folder_of_records(
    pattern: str, meant: list[str], others: list[str]
) -> None:
    matches = compile_glob(pattern).fullmatch
    assert [one for one in meant if not matches(one)] == []
    assert [one for one in others if matches(one)] == []


@pytest.mark.parametrize(
    "pattern", ["", "/a.md", "a//b", "./a.md", "../a.md", "a**", "a/**b/c", "a/"]
)
def test_a_pattern_that_can_mean_nothing_is_refused(pattern: str) -> None:
    with pytest.raises(feedkit.ConfigError, match=r"exclude\.files: expected "):
        feedkit.Exclude(files=(pattern,))


def test_names_are_looked_at_below_each_folder_and_single_files_by_themselves() -> None:
    is_meant = make_matcher(["a.md", "c/*.md"], ["in", "more/", "one/b.md", "one/a.md"])
    assert is_meant is not None
    names = ["in/a.md", "more/a.md", "one/a.md", "in/c/b.md", "one/b.md", "in/b/a.md", "c/a.md"]
    assert [is_meant(name) for name in names] == [True, True, True, True, False, False, True]
    assert make_matcher([], ["in"]) is None


LEFT_OUT = feedkit.Config(site=SITE, exclude=feedkit.Exclude(files=("about.md", "**/_index.md")))


def write_pages(folder: Path) -> None:
    """Write what has a title alone, and what stands in place of two records, one of no use."""
    (folder / "in/2.md").unlink()
    (folder / "in/3.md").unlink()
    (folder / "in/posts").mkdir(parents=True, exist_ok=True)
    (folder / "in/about.md").write_text("---\ntitle: About\n---\n")
    bad = "---\ntitle: Bad: yaml\nurl: https://harbour.example/2\n---\n"
    (folder / "in/_index.md").write_text(bad)
    page = json.dumps(
        {"title": "Page", "url": "https://harbour.example/3", "date": "2026-02-02", "topics": ["X"]}
    )
    (folder / "in/posts/_index.md").write_text(f"---\n{page}\n---\n")


@pytest.mark.parametrize("cache", [True, False])
def test_nothing_is_said_of_files_that_are_left_out_and_their_addresses_are_withheld(
    tmp_path: Path, cache: bool
) -> None:
    write_ten(tmp_path / "in")
    before = build(tmp_path, LEFT_OUT, cache=cache)
    write_pages(tmp_path)
    report = build(tmp_path, LEFT_OUT, cache=cache)
    assert (before.articles, report.articles) == (10, 8)
    assert (report.other, report.rejected, report.repaired) == (0, 0, 0)
    assert (report.problems, report.withheld, report.held, report.exit_status) == ((), {}, (), 0)
    published = b"".join(read_all(tmp_path / "out").values())
    assert (b"harbour.example/2" in published, b"harbour.example/3" in published) == (False, False)
    assert not (tmp_path / "out/topics/x").exists()
    fresh = feedkit.build(tmp_path / "in", tmp_path / "fresh", LEFT_OUT, now=NOW, cache=False)
    assert (fresh.articles, fresh.problems, fresh.withheld) == (report.articles, (), {})
    assert read_all(tmp_path / "fresh") == read_all(tmp_path / "out")


def test_what_a_pattern_leaves_out_goes_at_once_and_comes_back_without_it(tmp_path: Path) -> None:
    write_ten(tmp_path / "in")
    build(tmp_path)
    exclude = feedkit.Exclude(files=("[0-8].md",))
    report = build(tmp_path, feedkit.Config(site=SITE, exclude=exclude))
    assert (list_held(report), report.articles) == ([], 1)
    assert len(read_ids(tmp_path / "out/all/feed.json")) == 1
    assert build(tmp_path).articles == 10


def test_a_related_item_with_an_address_of_a_file_that_is_left_out_is_withheld(
    tmp_path: Path,
) -> None:
    item = {"title": "Listed", "url": "https://listed.example/", "date": "2026-02-01"}
    write(tmp_path / "in", 1, related=[item])
    (tmp_path / "in/about.md").write_text(f"---\n{json.dumps(item)}\n---\n")
    build(tmp_path, LEFT_OUT)
    assert b"listed.example" not in b"".join(read_all(tmp_path / "out").values())


def test_a_copy_that_is_left_out_takes_nothing_from_the_record_that_is_not(tmp_path: Path) -> None:
    write_ten(tmp_path / "in")
    write_ten(tmp_path / "in/backup", excerpt="Old")
    config = feedkit.Config(site=SITE, exclude=feedkit.Exclude(files=("backup/**",)))
    report = build(tmp_path, config)
    assert (report.articles, report.duplicates, report.notes[1:]) == (10, 0, ())
    assert b"Old" not in b"".join(read_all(tmp_path / "out").values())


def test_an_update_leaves_out_what_a_build_does(tmp_path: Path) -> None:
    write_ten(tmp_path / "in")
    build(tmp_path, LEFT_OUT)
    write_pages(tmp_path)
    names = ("about.md", "posts", "_index.md", "2.md", "3.md")
    changed = [tmp_path / "in" / name for name in names]
    report = feedkit.update(tmp_path / "out", LEFT_OUT, now=NOW, changed=changed)
    assert (report.articles, report.other, report.problems) == (8, 0, ())
    fresh = feedkit.build(tmp_path / "in", tmp_path / "fresh", LEFT_OUT, now=NOW, cache=False)
    assert fresh.articles == report.articles
    assert read_all(tmp_path / "fresh") == read_all(tmp_path / "out")


def test_prepare_is_not_asked_of_files_that_are_left_out(tmp_path: Path) -> None:
    write_ten(tmp_path / "in")
    write_pages(tmp_path)
    seen: list[str] = []

    def note(article: feedkit.Article) -> feedkit.Article:
        seen.append(article.title)
        return article

    build(tmp_path, LEFT_OUT, prepare=note)
    assert "Page" not in seen
    assert len(seen) == 8


def test_articles_that_are_read_are_withheld_likewise(tmp_path: Path) -> None:
    write_ten(tmp_path / "in")
    write_pages(tmp_path)
    write(tmp_path / "in", 3, topics=["Ebb"])
    item = {"title": "Two", "url": "https://harbour.example/2", "date": "2026-02-01"}
    write(tmp_path / "in", 9, related=[item])
    articles = list(feedkit.read_articles(tmp_path / "in", LEFT_OUT))
    feeds = feedkit.select_feeds(articles, LEFT_OUT, now=NOW)
    (all_,) = (feed for feed in feeds if feed.path == "all")
    assert sorted(entry.article.url[-1] for entry in all_.entries) == [*"013456789"]


def test_check_says_nothing_of_them_and_names_a_pattern_that_leaves_out_nothing(
    tmp_path: Path,
) -> None:
    exclude = '[exclude]\nfiles = ["about.md", "**/none.md"]\n'
    write_files(tmp_path, {"feedkit.toml": SETTINGS + exclude, "in/a.md": record("A")})
    write_files(tmp_path, {"in/about.md": "---\ntitle: About\nexerpt: a\n---\n"})
    done = run("check in", tmp_path)
    assert (done.status, done.err) == (0, "")
    assert done.out == "exclude.files: no file is left out by '**/none.md'\n"


def test_explain_says_that_a_file_is_left_out(tmp_path: Path) -> None:
    exclude = '[exclude]\nfiles = ["about.md"]\n'
    write_files(tmp_path, {"feedkit.toml": SETTINGS + exclude, "in/a.md": record("A")})
    write_files(tmp_path, {"in/about.md": record("B"), "in/c.md": record("B")})
    assert "in/about.md: withheld" in run("explain in/about.md in", tmp_path).out
    assert "in/about.md: withheld" in run("explain in/c.md in", tmp_path).out
