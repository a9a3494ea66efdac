"""`update`: what the caller says has changed, published as a build would find it."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import feedkit
from commands import read_files, record, write_files
from feedkit.build import noop

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SITE = feedkit.Site(title="Harbour", url="https://feeds.example.org/news/")


def build(folder: Path, **more: object) -> None:
    write_files(folder, {"in/ferry.md": record("Ferry"), "in/fog.md": record("Fog"), **more})  # type: ignore[dict-item]
    feedkit.build(folder / "in", folder / "out", SITE, now=NOW)


def equals_a_first_build(folder: Path, config: feedkit.Config | feedkit.Site = SITE) -> bool:
    feedkit.build(folder / "in", folder / "fresh", config, now=NOW, cache=False)
    return read_files(folder / "out") == read_files(folder / "fresh")


def make_article(name: str, days: int = 0, **more: object) -> feedkit.Article:
    url, day = f"https://example.org/{name}/", NOW + timedelta(days=days)
    return feedkit.Article(url=url, title=name, published=day, **more)  # type: ignore[arg-type]


def read_titles(out: Path) -> list[str]:
    text = (out / "all/feed.json").read_text("utf-8")
    return [part.split('"')[0] for part in text.split('"title":"')[2:]]


@pytest.mark.parametrize(
    "name",
    [
        "in/.hidden.md",
        "in/_drafts/pier.md",
        "in/.git/pier.md",
        "in/notes.txt",
        "pier.md",
        "out/a.md",
    ],
)
def test_what_a_build_would_not_read_is_not_read(name: str, tmp_path: Path) -> None:
    build(tmp_path)
    write_files(tmp_path, {name: record("Pier")})
    report = feedkit.update(tmp_path / "out", SITE, now=NOW, changed=[tmp_path / name])
    assert (report.articles, report.other, report.problems) == (2, 0, ())


@pytest.mark.parametrize("changed", ["in/new/pier.md", "in/new", "in", "."])
def test_a_file_and_each_folder_above_it_are_the_same_change(changed: str, tmp_path: Path) -> None:
    build(tmp_path)
    write_files(tmp_path, {"in/new/pier.md": record("Pier", topics="[Piers]")})
    feedkit.update(tmp_path / "out", SITE, now=NOW, changed=[tmp_path / changed])
    assert (tmp_path / "out/topics/piers/feed.json").exists()
    assert equals_a_first_build(tmp_path)


def test_a_changed_folder_has_lost_what_is_not_there(tmp_path: Path) -> None:
    build(tmp_path, **{"in/old/pier.md": record("Pier")})
    (tmp_path / "in/old/pier.md").unlink()
    report = feedkit.update(tmp_path / "out", SITE, now=NOW, changed=[tmp_path / "in/old"])
    assert report.articles == 2
    assert equals_a_first_build(tmp_path)


def test_a_link_to_a_file_is_known_by_its_own_place(tmp_path: Path) -> None:
    write_files(tmp_path, {"in/store/pier.txt": record("Pier"), "in/a.md": record("A")})
    (tmp_path / "in/pier.md").symlink_to(tmp_path / "in/store/pier.txt")
    build(tmp_path)
    write_files(tmp_path, {"in/store/pier.txt": record("The pier")})
    report = feedkit.update(tmp_path / "out", SITE, now=NOW, changed=[tmp_path / "in/pier.md"])
    assert (report.articles, report.duplicates) == (4, 0)
    assert equals_a_first_build(tmp_path)


def test_an_update_from_another_folder_finds_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path, {"in/ferry.md": record("Ferry"), "elsewhere/a.txt": ""})
    monkeypatch.chdir(tmp_path)
    feedkit.build("in", "out", SITE, now=NOW)
    write_files(tmp_path, {"in/ferry.md": record("Ferries")})
    monkeypatch.chdir(tmp_path / "elsewhere")
    report = feedkit.update("../out", SITE, now=NOW, changed=["../in/ferry.md"])
    assert (report.articles, report.problems) == (1, ())
    assert equals_a_first_build(tmp_path)


def test_changed_settings_lead_to_a_build_of_everything(tmp_path: Path) -> None:
    build(tmp_path)
    config = feedkit.Config(site=SITE, feeds=feedkit.FeedSettings(limit=1))
    write_files(tmp_path, {"in/pier.md": record("Pier")})
    report = feedkit.update(tmp_path / "out", config, now=NOW, changed=[tmp_path / "in/fog.md"])
    assert report.articles == 3
    assert equals_a_first_build(tmp_path, config)


def test_changed_settings_with_articles_that_no_file_holds_are_refused(tmp_path: Path) -> None:
    feedkit.build([make_article("a")], tmp_path / "out", SITE, now=NOW)
    before = read_files(tmp_path / "out")
    config = feedkit.Config(site=SITE, feeds=feedkit.FeedSettings(limit=1))
    with pytest.raises(
        feedkit.PublishError, match="Articles that no file holds; run feedkit build"
    ):
        feedkit.update(tmp_path / "out", config, now=NOW, changed=[make_article("b")])
    assert read_files(tmp_path / "out") == before


def test_an_article_whose_time_has_come_is_prepared_once(tmp_path: Path) -> None:
    def prepare(article: feedkit.Article) -> feedkit.Article:
        related = (feedkit.RelatedArticle(url="https://example.org/c/", title="c", published=NOW),)
        title = f"{article.title}, prepared"
        return feedkit.Article(
            url=article.url, title=title, published=article.published, related=related
        )

    out, later = tmp_path / "out", NOW + timedelta(days=2)
    articles = [make_article("a"), make_article("b", days=1)]
    feedkit.build(articles, out, SITE, now=NOW, prepare=prepare)
    assert read_titles(out).count("b, prepared") == 0
    feedkit.update(out, SITE, now=later, prepare=prepare)
    feedkit.build(articles, tmp_path / "fresh", SITE, now=later, prepare=prepare, cache=False)
    assert read_titles(out).count("b, prepared") > 0
    assert read_files(out) == read_files(tmp_path / "fresh")


def test_a_moved_article_whose_time_has_come_keeps_its_id(tmp_path: Path) -> None:
    out, later = tmp_path / "out", NOW + timedelta(days=2)
    config = feedkit.Config(site=SITE, moved={"https://example.org/": "https://new.example.org/"})
    articles = [make_article("a"), make_article("b", days=1)]
    feedkit.build(articles, out, config, now=NOW)
    feedkit.update(out, config, now=later)
    feedkit.build(articles, tmp_path / "fresh", config, now=later, cache=False)
    assert read_files(out) == read_files(tmp_path / "fresh")


def test_articles_follow_each_other_though_most_that_is_kept_is_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(noop, "_MOST_DEAD", 0)
    out = tmp_path / "out"
    feedkit.build([make_article("a"), make_article("b")], out, SITE, now=NOW)
    for number in range(5):
        article = make_article("a", summary=str(number))
        report = feedkit.update(out, SITE, now=NOW, changed=[article])
    assert report.articles == 2


def test_articles_of_one_url_change_together(tmp_path: Path) -> None:
    out, pier = tmp_path / "out", make_article("pier")
    feedkit.build([make_article("fog", -1), make_article("fog", -2), pier], out, SITE, now=NOW)
    changed = [make_article("fog", -3), make_article("fog", -4)]
    fresh = feedkit.build([*changed, pier], tmp_path / "fresh", SITE, now=NOW)
    for _ in range(2):
        report = feedkit.update(out, SITE, now=NOW, changed=changed)
        assert (report.articles, report.duplicates) == (fresh.articles, fresh.duplicates)
    assert read_files(out) == read_files(tmp_path / "fresh")


def test_without_a_build_to_follow_nothing_is_published(tmp_path: Path) -> None:
    write_files(tmp_path, {"in/ferry.md": record("Ferry")})
    with pytest.raises(feedkit.PublishError, match="no earlier build to follow; run") as error:
        feedkit.update(tmp_path / "out", SITE, now=NOW, changed=[tmp_path / "in/ferry.md"])
    assert os.fspath(tmp_path / "out") in str(error.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("cache", ["out", "out/cache"])
def test_a_cache_where_readers_look_is_refused(cache: str, tmp_path: Path) -> None:
    write_files(tmp_path, {"in/ferry.md": record("Ferry")})
    with pytest.raises(feedkit.PublishError, match="expected a cache outside OUT"):
        feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW, cache=tmp_path / cache)


def test_a_cache_leaves_what_else_is_in_its_folder(tmp_path: Path) -> None:
    others = {"kept/entries.md": "", "kept/records.txt": "", "kept/entries-2": ""}
    write_files(tmp_path, {"in/ferry.md": record("Ferry"), **others})
    for _ in range(2):
        feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW, cache=tmp_path / "kept")
    assert set(others) <= set(read_files(tmp_path))
    assert not (tmp_path / ".out.feedkit").exists()


@pytest.mark.parametrize("name", ["in/a.md", "in/z.md"])
def test_equal_records_of_one_url_are_named_in_one_order(name: str, tmp_path: Path) -> None:
    build(tmp_path, **{"in/m.md": record("Pier")})
    write_files(tmp_path, {name: record("Pier")})
    said = feedkit.update(tmp_path / "out", SITE, now=NOW, changed=[tmp_path / name]).notes
    names = sorted(str(tmp_path / one) for one in (name, "in/m.md"))
    assert f"{', '.join(names)}: records of one URL; the first counts" in said


def test_an_old_article_that_another_lists_stands_once_in_its_provider_s_feed(
    tmp_path: Path,
) -> None:
    config = feedkit.Config(site=SITE, feeds=feedkit.FeedSettings(limit=2))
    post = feedkit.Provider(name="Post")
    days = {"old": -4, "new": -1, "newer": 0}
    old, *others = (make_article(name, day, provider=post) for name, day in days.items())
    link = feedkit.RelatedArticle(
        url=old.url, title=old.title, published=old.published, provider=post
    )
    lead = make_article("lead", -2, related=(link,))
    feedkit.build([old, *others], tmp_path / "out", config, now=NOW)
    feedkit.update(tmp_path / "out", config, now=NOW, changed=[lead])
    feedkit.build([old, *others, lead], tmp_path / "fresh", config, now=NOW)
    assert read_files(tmp_path / "out") == read_files(tmp_path / "fresh")


def test_an_id_that_a_draft_names_is_claimed_once_its_article_is_published(
    tmp_path: Path,
) -> None:
    own = {"id": "tag:example.org,2026:1"}
    files = {
        "in/ferry.md": record("Ferry", **own),
        "in/draft.md": record("Fog", draft="true", **own),
        "in/pier.md": record("Pier"),
    }
    write_files(tmp_path, files)
    feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW)
    write_files(tmp_path, {"in/fog.md": record("Fog")})
    report = feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW)
    assert any("expected another id than that of" in problem for problem in report.problems)
    assert equals_a_first_build(tmp_path)
