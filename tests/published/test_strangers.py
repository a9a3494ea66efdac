"""What stands in OUT is not believed: names in manifests, files of others, links that lead out."""

import gzip
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import feedkit
from commands import SITE as SETTINGS
from commands import read_files, record, run, write_files
from feedkit.config.addresses import is_feed_name, is_feed_path
from feedkit.limits import PUBLISHED_FEEDS

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SITE = feedkit.Site(title="Harbour", url="https://feeds.example.org/news/")
TITLE = "<?php system('id') ?><script>alert(1)</script>"

#: Names that some settings can give a feed's file.
FEEDS = [
    *("atom.xml", "rss.xml", "feed.json", "feed", "index.xml", "T", "café.xml", "feed.rss"),
    *("a.b.xml", "rss.other", "x.y", "podcast.rdf", "news.v2.atom", "phpnews.xml", "index"),
]
STRANGE = [
    *("x.php", "X.PHP", "x.php.xml", "x.phtml", "x.cgi", "x.shtml", "x.asp", "x.jsp", "x.py"),
    *("index.html", "Index.HTML", "x.htm", "x.svg", "x.js", "x.css", "x.xhtml", "web.config"),
    *("feeds.json", "feeds.opml", "feedkit.css", "feedkit.js", "FEEDS.JSON", ".htaccess", ".x"),
    *("atom.xml.gz", "_redirects", "_headers", "CNAME", "a\nb", "", "a:b", "feedkit.toml"),
]


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_can_be_called_so_by_settings_and_so_by_a_manifest(name: str) -> None:
    assert is_feed_name(name)
    names: dict[feedkit.Format, str] = {"atom": name, "rss": "r.xml", "json": "j.json"}
    assert feedkit.FeedSettings(names=names).names["atom"] == name


@pytest.mark.parametrize("name", STRANGE)
def test_no_settings_and_so_no_manifest_can_call_a_feed_so(name: str) -> None:
    assert not is_feed_name(name)
    with pytest.raises(feedkit.ConfigError, match="expected a file name such as"):
        feedkit.FeedSettings(names={"atom": name})
    with pytest.raises(feedkit.ConfigError):
        feedkit.FeedSettings(also={name: "atom.xml"})


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        *(("", True), ("all", True), ("topics/tides", True), ("providers/post.example.org", True)),
        *(("a/b/c/d/e/f/g/h", True), ("t/café-北京", True), ("providers/" + "x" * 242, True)),
        *((".git/hooks", False), ("a/.well-known", False), ("feeds.json", False), ("a//b", False)),
        *(("FeedKit.css/x", False), ("a/b/c/d/e/f/g/h/i", False), ("a/" + "x" * 256, False)),
        *(("atom.xml.gz/x", False), ("a/x:y", False), ("a/\u202eb", False)),
    ],
)
def test_a_path_counts_if_some_settings_and_records_can_give_it(path: str, is_one: bool) -> None:
    assert is_feed_path(path) == is_one


def name_feed(path: str, *names: str, **more: object) -> dict[str, Any]:
    return {
        "path": path,
        "title": TITLE,
        "newest": "2026-01-01T00:00:00Z",
        "files": dict.fromkeys(names, ""),
        "formats": dict.fromkeys(names, "json"),
        **more,
    }


def write_manifest(folder: Path, *feeds: dict[str, Any], **more: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "feeds.json").write_text(json.dumps({"feeds": feeds, **more}))


def build(folder: Path, **more: Any) -> feedkit.Report:
    write_files(folder, {"in/ferry.md": record("Ferry", topics="[Tides]")})
    return feedkit.build(folder / "in", folder / "out", SITE, now=NOW, **more)


@pytest.mark.parametrize("where", ["out", "previous"])
@pytest.mark.parametrize("name", [name for name in STRANGE if name not in ("", "a\nb")])
def test_a_strange_name_is_neither_written_nor_deleted_and_the_others_are_emptied(
    name: str, where: str, tmp_path: Path
) -> None:
    if where == "previous" and name.lower() == "index.html":
        pytest.skip("the page of the feed that is emptied")
    before = {"out/old/" + name: "Mine"} if where == "out" else {}
    write_files(tmp_path, before)
    write_manifest(tmp_path / where, name_feed("old", name, "feed.json"))
    more = {} if where == "out" else {"previous": tmp_path / "previous"}
    report = build(tmp_path, prune=False, **more)
    said = "feeds.json: 1 files that it names can be no feed's, and are left as they are, first: "
    assert f"{said}old/{name}" in report.notes
    path = tmp_path / "out/old" / name
    kept = path.read_text() if path.exists() else ""
    assert kept == before.get("out/old/" + name, "")
    assert json.loads((tmp_path / "out/old/feed.json").read_bytes())["items"] == []
    build(tmp_path, prune=True)
    assert path.exists() == bool(before)


@pytest.mark.parametrize("where", ["out", "previous"])
def test_markup_in_a_manifest_stands_nowhere_as_markup(where: str, tmp_path: Path) -> None:
    write_manifest(tmp_path / where, name_feed("old", "x.xml", formats={"x.xml": "rss"}))
    build(tmp_path, previous=tmp_path / "previous" if where == "previous" else None)
    written = read_files(tmp_path / "out")
    assert {"old/x.xml", "old/index.html", "feeds.json"} <= written.keys()
    assert [name for name, data in written.items() if b"<?php" in data or b"<script>" in data] == []
    assert TITLE in {feed["title"] for feed in json.loads(written["feeds.json"])["feeds"]}


@pytest.mark.parametrize("where", ["out", "previous"])
def test_a_manifest_of_too_many_feeds_is_refused_whole(where: str, tmp_path: Path) -> None:
    feeds = [name_feed(f"topics/{number}", title="A") for number in range(PUBLISHED_FEEDS + 1)]
    write_manifest(tmp_path / where, *feeds)
    before = read_files(tmp_path / where)
    with pytest.raises(feedkit.PublishError, match=r"100,001 feeds, and 100,000 are the most"):
        build(tmp_path, previous=tmp_path / "previous" if where == "previous" else None)
    assert read_files(tmp_path / where) == before


def test_a_manifest_of_very_many_feeds_is_counted_before_it_is_decoded(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    body = '{"feeds":[' + "{}," * 6_000_000 + "{}]}"
    (tmp_path / "out/feeds.json").write_text(body)
    with pytest.raises(feedkit.PublishError, match="6,000,001 feeds, and 100,000 are the most"):
        build(tmp_path)


def test_a_manifest_of_too_many_bytes_is_refused_whole(tmp_path: Path) -> None:
    write_files(tmp_path, {"feedkit.toml": SETTINGS, "in/ferry.md": record("Ferry")})
    (tmp_path / "out").mkdir()
    os.truncate(os.open(tmp_path / "out/feeds.json", os.O_CREAT | os.O_WRONLY), 2**28 + 1)
    done = run("build in --out out", tmp_path)
    assert (done.status, "feeds.json" in done.err, "268,435,456" in done.err) == (2, True, True)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["feeds.json"]


MINE = {
    "a page": b"<!doctype html>\n<html><title>Mine</title>",
    "another's feed": b'<?xml version="1.0"?><feed><generator>Hugo</generator></feed>',
    "a script": b"<?php echo 1;",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "a copy of another's": gzip.compress(b"Mine"),
    "our name in a text": b"feedkit wrote <generator>feedkit</generator>",
}


@pytest.mark.parametrize("prune", [False, True])
@pytest.mark.parametrize("mine", MINE.values(), ids=MINE)
def test_a_file_of_another_that_only_a_manifest_names_is_left(
    mine: bytes, prune: bool, tmp_path: Path
) -> None:
    names = ["old/feed.json", "old/index.html", "old/feed.json.gz", "notes/x.xml"]
    write_files(tmp_path, dict.fromkeys((f"out/{name}" for name in names), ""))
    for name in names:
        (tmp_path / "out" / name).write_bytes(mine)
    feeds = [name_feed("old", "feed.json"), name_feed("notes", "x.xml")]
    write_manifest(tmp_path / "out", *feeds, precompressed=True)
    report = build(tmp_path, prune=prune)
    for name in names:
        assert (tmp_path / "out" / name).read_bytes() == mine
    said = "feeds.json: 3 files that it alone names are not feedkit's, and left as they are, first:"
    assert [note for note in report.notes if note.startswith(said)] != []
    assert build(tmp_path, prune=prune).notes == ()  # the manifest names them no more


def test_a_copy_of_another_is_named_until_it_goes_whether_or_not_anything_else_changes(
    tmp_path: Path,
) -> None:
    config = feedkit.Config(site=SITE, publish=feedkit.PublishSettings(precompress=True))
    write_files(tmp_path, {"in/a.md": record("Ferry", topics="[Tides]"), "in/b.md": record("Fog")})
    feedkit.build(tmp_path / "in", tmp_path / "out", config, now=NOW)
    copy = tmp_path / "out/topics/tides/feed.json.gz"
    copy.write_bytes(b"mine")
    (tmp_path / "in/a.md").unlink()
    said = (
        "feeds.json: 1 files that it alone names are not feedkit's, and left as they are, first: "
        "topics/tides/feed.json.gz",
    )
    for cache in (True, True, False, True, True):
        report = feedkit.build(tmp_path / "in", tmp_path / "out", config, now=NOW, cache=cache)
        assert report.notes == said
    copy.unlink()
    for cache in (True, True, False):
        report = feedkit.build(tmp_path / "in", tmp_path / "out", config, now=NOW, cache=cache)
        assert report.notes == ()


@pytest.mark.parametrize("copies", [False, True])
def test_a_file_of_ours_that_only_a_manifest_names_is_emptied_and_pruned(
    copies: bool, tmp_path: Path
) -> None:
    publish = feedkit.PublishSettings(precompress=copies)
    config = feedkit.Config(site=SITE, publish=publish)
    write_files(tmp_path, {"in/a.md": record("Ferry", topics="[Tides]"), "in/b.md": record("Fog")})
    feedkit.build(tmp_path / "in", tmp_path / "out", config, now=NOW)
    (tmp_path / "out/topics/tides/rss.xml").write_bytes(b"")  # what a power cut may leave
    (tmp_path / "in/a.md").unlink()
    report = feedkit.build(tmp_path / "in", tmp_path / "out", config, now=NOW)
    assert report.notes == ()
    texts = [
        gzip.decompress(data) if name.endswith(".gz") else data
        for name, data in read_files(tmp_path / "out/topics").items()
    ]
    assert len(texts) == 4 * (1 + copies)
    assert [text for text in texts if b"Ferry" in text] == []
    report = feedkit.build(tmp_path / "in", tmp_path / "out", config, now=NOW, prune=True)
    assert not (tmp_path / "out/topics").exists()


def test_a_name_that_the_settings_give_is_written_whatever_stands_there(tmp_path: Path) -> None:
    build(tmp_path)
    for name in ("all/atom.xml", "all/index.html", "feeds.opml", "topics/tides/feed.json"):
        (tmp_path / "out" / name).write_bytes(b"\x89PNG")
    assert build(tmp_path).notes == ()
    feedkit.build(tmp_path / "in", tmp_path / "fresh", SITE, now=NOW, cache=False)
    assert read_files(tmp_path / "out") == read_files(tmp_path / "fresh")


@pytest.mark.parametrize("name", ["index.html", "feedkit.css", "all/atom.xml"])
def test_copies_of_others_stay_where_a_manifest_says_that_there_are_copies(
    name: str, tmp_path: Path
) -> None:
    build(tmp_path)
    text = (tmp_path / "out/feeds.json").read_text().replace("{", '{"precompressed": true,', 1)
    (tmp_path / "out/feeds.json").write_text(text)
    (tmp_path / f"out/{name}.gz").write_bytes(b"Mine")
    report = build(tmp_path)
    assert (tmp_path / f"out/{name}.gz").read_bytes() == b"Mine"
    said = (
        "feeds.json: 1 files that it alone names are not feedkit's, and left as they are, first: "
    )
    assert report.notes == (f"{said}{name}.gz",)


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk/one").mkdir(parents=True)
    (tmp_path / "out").symlink_to("disk/one")
    build(tmp_path)
    feedkit.build(tmp_path / "in", tmp_path / "fresh", SITE, now=NOW, cache=False)
    assert read_files(tmp_path / "disk/one") == read_files(tmp_path / "fresh")
    assert (tmp_path / "out").is_symlink()


def test_the_folder_is_resolved_once_though_its_link_turns_during_the_build(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    (tmp_path / "out").symlink_to("one")

    def turn(hop: str, done: int, total: int) -> None:
        if hop == "Publishing" and not done:
            (tmp_path / "out").unlink()
            (tmp_path / "out").symlink_to("two")

    build(tmp_path, on_progress=turn)
    assert (tmp_path / "one/all/atom.xml").exists()
    assert read_files(tmp_path / "two") == {}


LINKS = [
    "topics",
    "all",
    "topics/tides",
    "all/atom.xml",
    "index.html",
    "feeds.opml",
    "topics/tides/index.html",
]


@pytest.mark.parametrize("has_manifest", [False, True])
@pytest.mark.parametrize("name", LINKS)
def test_a_link_that_leads_out_is_refused_by_name_before_anything_is_written(
    name: str, has_manifest: bool, tmp_path: Path
) -> None:
    if has_manifest:
        build(tmp_path)
        write_files(tmp_path, {"in/fog.md": record("Fog", topics="[Tides]")})
    elif name == "index.html":
        pytest.skip("a page of something else")
    link, place = tmp_path / "out" / name, tmp_path / "elsewhere" / name
    place.parent.mkdir(parents=True)
    if link.exists():
        link.rename(place)
    elif "." in name:
        place.write_text("Mine")
    else:
        place.mkdir()
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(place)
    before = read_files(tmp_path)
    with pytest.raises(feedkit.PublishError, match=f"out/{name}: expected no link out of") as error:
        build(tmp_path)
    assert str(place) in str(error.value)
    with pytest.raises(feedkit.PublishError, match=f"out/{name}: expected no link out of"):
        feedkit.plan(tmp_path / "in", tmp_path / "out", SITE, now=NOW)
    after = read_files(tmp_path)
    changed = {name for name in before.keys() | after if before.get(name) != after.get(name)}
    assert {name for name in changed if not name.startswith((".out.feedkit", "in/"))} == set()


@pytest.mark.parametrize("prune", [False, True])
def test_nothing_is_emptied_or_deleted_through_a_link_that_leads_out(
    prune: bool, tmp_path: Path
) -> None:
    build(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/feed.json").write_bytes((tmp_path / "out/all/feed.json").read_bytes())
    before = read_files(tmp_path / "elsewhere")
    (tmp_path / "out/old").symlink_to(tmp_path / "elsewhere")
    known = json.loads((tmp_path / "out/feeds.json").read_bytes())["feeds"]
    write_manifest(tmp_path / "out", *known, name_feed("old", "feed.json"))
    with pytest.raises(feedkit.PublishError, match="out/old: expected no link out of"):
        build(tmp_path, prune=prune)
    assert read_files(tmp_path / "elsewhere") == before


def test_a_link_that_stays_below_the_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "out/store/topics").mkdir(parents=True)
    (tmp_path / "out/topics").symlink_to("store/topics")
    build(tmp_path)
    write_files(tmp_path, {"in/fog.md": record("Fog", topics="[Tides]")})
    build(tmp_path)
    assert (tmp_path / "out/topics").is_symlink()
    feedkit.build(tmp_path / "in", tmp_path / "fresh", SITE, now=NOW, cache=False)
    fresh = read_files(tmp_path / "fresh/topics")
    assert read_files(tmp_path / "out/store/topics") == fresh
    assert list((tmp_path / "out").rglob(".*")) == []
