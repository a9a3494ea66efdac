"""What is withdrawn is gone from every file after the next build, whatever was published before."""

import json
import os
import re
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import feedparser  # type: ignore[import-untyped]
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

import feedkit
from commands import EMPTIED
from feedkit.text.urls import article_id
from sites import PROVIDERS, SITES, TOPICS, Tables, load_site

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SITE = feedkit.Site(title="Harbour", url="https://feeds.example.org/")


def make_article(name: str, *topics: str, **fields: object) -> feedkit.Article:
    made = {
        "url": f"https://news.example.org/{name}",
        "title": f"About {name}",
        "published": datetime(2026, 2, 1, tzinfo=UTC),
        "summary": f"Summed up: {name}",
        "topics": topics,
        "provider": feedkit.Provider(name=f"Paper of {name}", domain=f"{name}.example.org"),
    }
    return feedkit.Article(**{**made, **fields})  # type: ignore[arg-type]


def build(
    out: Path, *articles: feedkit.Article, config: feedkit.Config | None = None
) -> feedkit.Report:
    return feedkit.build(articles, out, config or SITE, now=NOW)


def read_bytes(out: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(out.rglob("*")):
        if path.is_file():
            yield path.relative_to(out).as_posix(), path.read_bytes()


def find_files(out: Path, text: str) -> list[str]:
    return [name for name, data in read_bytes(out) if text.encode() in data]


def read_manifest(out: Path) -> dict[str, dict[str, object]]:
    feeds = json.loads((out / "feeds.json").read_bytes())["feeds"]
    return {feed["path"]: feed for feed in feeds}


LEAD, KEPT = make_article("lead", "Tides"), make_article("kept", "Boats")


@pytest.mark.parametrize("state", ["draft", "removed", "deleted", "unpublished"])
def test_the_last_article_of_a_feed_leaves_it_empty(tmp_path: Path, state: str) -> None:
    build(tmp_path, LEAD, KEPT)
    assert "topics/tides/atom.xml" in find_files(tmp_path, "About lead")
    report = build(tmp_path, make_article("lead", "Tides", state=state), KEPT)
    assert find_files(tmp_path, "About lead") == []
    assert find_files(tmp_path, "Summed up: lead") == []
    assert find_files(tmp_path, "news.example.org/lead") == []
    assert report.exit_status == 1
    assert report.problems == (
        f"providers/lead.example.org: {EMPTIED}",
        f"topics/tides: {EMPTIED}",
    )


def test_a_feed_gone_empty_is_a_feed_that_says_when_it_was_last_changed(tmp_path: Path) -> None:
    build(tmp_path, LEAD, KEPT)
    build(tmp_path, KEPT)
    for name in ("atom.xml", "rss.xml"):
        parsed = feedparser.parse((tmp_path / "topics/tides" / name).read_bytes())
        assert (parsed.bozo, parsed.entries, parsed.feed.title) == (False, [], "Tides")
        assert parsed.feed.updated_parsed[:3] == (2026, 2, 1)
    feed = json.loads((tmp_path / "topics/tides/feed.json").read_bytes())
    assert (feed["title"], feed["items"]) == ("Tides", [])


def test_a_feed_gone_empty_stands_in_the_manifest_alone(tmp_path: Path) -> None:
    build(tmp_path, LEAD, KEPT)
    build(tmp_path, KEPT)
    assert read_manifest(tmp_path)["topics/tides"]["gone"] is True
    assert "gone" not in read_manifest(tmp_path)["topics/boats"]
    assert [name for name in find_files(tmp_path, "topics/tides/") if "tides" not in name] == [
        "feeds.json"
    ]


def test_a_feed_gone_empty_is_said_at_each_build_until_it_is_back(tmp_path: Path) -> None:
    build(tmp_path, LEAD, KEPT)
    first, second = build(tmp_path, KEPT), build(tmp_path, KEPT)
    assert first.problems == second.problems != ()
    assert (second.written, second.exit_status) == (0, 1)
    back = build(tmp_path, LEAD, KEPT)
    assert (back.problems, back.exit_status) == ((), 0)
    assert "gone" not in read_manifest(tmp_path)["topics/tides"]


def test_a_format_that_is_dropped_leaves_no_old_articles_in_it(tmp_path: Path) -> None:
    build(tmp_path, LEAD)
    atom_alone = feedkit.Config(site=SITE, feeds=feedkit.FeedSettings(formats=("atom",)))
    build(tmp_path, LEAD, config=atom_alone)
    found = find_files(tmp_path, "Summed up")
    assert [name for name in found if not name.endswith(("atom.xml", "index.html"))] == []
    assert find_files(tmp_path / "topics", "About lead") == ["tides/atom.xml", "tides/index.html"]


def test_all_articles_may_be_withdrawn_by_their_records(tmp_path: Path) -> None:
    build(tmp_path, LEAD)
    report = build(tmp_path, make_article("lead", "Tides", state="removed"))
    assert find_files(tmp_path, "About lead") == []
    assert report.exit_status == 1


def test_nothing_changes_where_no_record_is_left(tmp_path: Path) -> None:
    build(tmp_path, LEAD)
    before = dict(read_bytes(tmp_path))
    report = build(tmp_path)
    assert (report.exit_status, report.files) == (3, 0)
    assert dict(read_bytes(tmp_path)) == before


def test_a_manifest_that_is_none_is_an_error_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "feeds.json").write_text("[]")
    with pytest.raises(feedkit.PublishError, match=r"feeds\.json: expected the one that feedkit"):
        build(tmp_path, LEAD)
    assert [name for name, _ in read_bytes(tmp_path)] == ["feeds.json"]


@pytest.mark.parametrize(
    "path", ["../other", "/etc", "topics/./x", "a//b", "topics/x\0", "topics/\n"]
)
def test_a_manifest_cannot_name_a_file_elsewhere(tmp_path: Path, path: str) -> None:
    feed = {"path": path, "title": "A", "newest": "2026-01-01T00:00:00Z", "files": {"rss.xml": ""}}
    (tmp_path / "feeds.json").write_text(json.dumps({"feeds": [feed]}))
    with pytest.raises(feedkit.PublishError, match="expected files below it"):
        build(tmp_path, LEAD)


def write_manifest(out: Path, **fields: object) -> None:
    feed = {"path": "topics/x", "title": "X", "newest": "2026-01-01T00:00:00Z"}
    feeds = [{**feed, "files": {"rss.xml": ""}, **fields}]
    (out / "feeds.json").write_text(json.dumps({"feeds": feeds}))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"newest": "soon"}, "newest of 'topics/x': 'soon' is no instant"),
        ({"newest": "2026-01-01"}, "newest of 'topics/x': '2026-01-01' is no instant"),
        ({"newest": "0001-01-01T00:00:00+10:00"}, "is no instant"),
        ({"newest": 5}, "Expected `str`, got `int`"),
        ({"title": " "}, "title of 'topics/x': there is none"),
        ({"title": "\x01"}, "title of 'topics/x': there is none"),
        ({"title": None}, "Expected `str`, got `null`"),
        ({"files": {"feedkit.toml": ""}}, "files of 'topics/x': 'feedkit.toml' is no feed"),
        ({"files": {"../atom.xml": ""}}, "is no feed"),
        ({"files": ["atom.xml"]}, "Expected `object`, got `array`"),
    ],
)
def test_a_manifest_that_no_build_can_have_written_is_one_error_and_nothing_is_written(
    tmp_path: Path, fields: dict[str, object], reason: str
) -> None:
    write_manifest(tmp_path, **fields)
    with pytest.raises(feedkit.PublishError) as caught:
        build(tmp_path, LEAD)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
    assert [name for name, _ in read_bytes(tmp_path)] == ["feeds.json"]


def test_a_manifest_that_is_nested_deep_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "feeds.json").write_text('{"x": ' + "[" * 100_000 + "]" * 100_000 + "}")
    with pytest.raises(feedkit.PublishError, match="nested too deep"):
        build(tmp_path, LEAD)


def test_a_title_in_a_manifest_is_made_fit_for_a_feed(tmp_path: Path) -> None:
    write_manifest(tmp_path, title=" a\x01b ")
    build(tmp_path, LEAD)
    assert read_manifest(tmp_path)["topics/x"]["title"] == "a b"
    assert feedparser.parse((tmp_path / "topics/x/rss.xml").read_bytes()).feed.title == "a b"


def test_a_path_in_a_manifest_that_no_settings_can_give_is_named(tmp_path: Path) -> None:
    write_manifest(tmp_path, path="y/" * 3000 + "x")
    assert any("can be no feed's" in note for note in build(tmp_path, LEAD).notes)


#: What a record's file says that withholds it; None: there is no file.
STATES: list[dict[str, object] | None] = [
    {},
    {},
    {"draft": True},
    {"removed": True},
    {"deleted": True},
    {"date": "2026-03-01T12:00:01Z"},
    {"provider": {"name": "Withheld"}},
    None,
]
LETTERS = "abcdef"
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        letter: st.tuples(
            st.sampled_from(STATES), st.lists(TOPICS, max_size=2), st.none() | PROVIDERS
        )
        for letter in LETTERS
    },
)


class Step(NamedTuple):
    """One build of a folder that others were published into before."""

    site: Tables
    #: That are other than before.
    records: dict[str, Any]
    #: Records that the settings withhold.
    excluded: set[str]
    jobs: int
    prune: bool
    cache: bool
    #: How many files are written or renamed before it is killed; 0: it is not.
    end: int


FIRST = Step({"feeds": {}}, {}, set(), jobs=1, prune=False, cache=True, end=0)
STEPS = st.builds(
    Step,
    st.just(FIRST.site) | SITES,
    RECORDS,
    st.sets(st.sampled_from("ab"), max_size=1),
    st.sampled_from([1, 1, 2]),
    st.booleans(),
    st.sampled_from([True, True, False]),
    st.sampled_from([0, 0, 0, 0, 1, 2, 5, 20, 60]),
)


def make_record(letter: str, state: dict[str, object], topics: list[str], provider: Any) -> object:
    return {
        "title": f"About {letter}zzq",
        "url": f"https://news.example.org/{letter}zzq",
        "date": f"2026-02-0{LETTERS.index(letter) + 1}T00:00:00Z",
        "excerpt": f"Summed up: {letter}zzs",
        "topics": topics,
        **({"provider": provider} if provider else {}),
        **({"id": f"urn:own:{letter}zzq"} if letter in "abc" else {}),
        # An id that is made of another's address.
        **({"id": article_id("https://news.example.org/ezzq")} if letter == "d" else {}),
        **state,
    }


def write_records(folder: Path, records: dict[str, Any]) -> None:
    """Write records, and one that stays and lists them all."""
    folder.mkdir(exist_ok=True)
    made = {
        letter: make_record(letter, state, *rest)
        for letter, (state, *rest) in records.items()
        if state is not None
    }
    listed = [
        {"title": f"About {letter}zzq", "url": f"https://news.example.org/./{letter}zz%71"}
        | {"date": "2026-01-01"}
        for letter, (state, *_) in records.items()
        if state is not None  # else its lister's word alone is known
    ]
    stays = {**KEEPER, "related": listed}
    for letter, record in ({**dict.fromkeys(LETTERS), "keeper": stays} | made).items():
        path = folder / f"{letter}.md"
        text = f"---\n{json.dumps(record)}\n---\nText of {letter}zzq\n"
        if record is None:
            path.unlink(missing_ok=True)
        elif not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


KEEPER = {
    "title": "Keeper",
    "url": "https://news.example.org/keeper",
    "date": "2026-02-20T00:00:00Z",
    "topics": ["Tides"],
    "provider": {"name": "Keeper", "domain": "keeper.example.org"},
}


def take_step(top: Path, step: Step) -> feedkit.Report | None:
    """Build, unless the build is killed, or stops where a user has to make room."""
    urls = [f"https://news.example.org/x/%2e%2e/{letter}zzq" for letter in sorted(step.excluded)]
    exclude = {"providers": ["withheld!"], "urls": urls}
    config = load_site(top, {**step.site, "exclude": exclude})
    write_records(top / "in", step.records)

    def publish() -> feedkit.Report:
        return feedkit.build(
            top / "in",
            top / "out",
            config,
            now=NOW,
            jobs=step.jobs,
            prune=step.prune,
            cache=step.cache,
        )

    if not step.end:
        try:
            return publish()
        except feedkit.PublishError as error:
            if not str(error).endswith((": Not a directory", ": Is a directory")):
                raise
            return None
    if not (child := os.fork()):
        kill_at(step.end)
        with suppress(BaseException):
            publish()
        os._exit(0)
    os.waitpid(child, 0)
    return None


def kill_at(left: int) -> None:
    """Let this process die before one of the next files is opened beside its target or renamed."""
    command = os.getpid()

    def look(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event == "os.rename" or (event == "open" and ".new" in str(arguments[0])):
            left -= 1
            if not left and os.getpid() == command:
                os.kill(command, signal.SIGKILL)

    sys.addaudithook(look)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no process to kill")
@settings(deadline=None, max_examples=30, phases=(Phase.explicit, Phase.generate))
@example([FIRST, FIRST._replace(excluded={"a"})])
@given(st.lists(STEPS, min_size=2, max_size=5))
def test_whatever_is_withheld_after_whatever_builds_leaves_no_byte_behind(
    steps: list[Step],
) -> None:
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        records: dict[str, Any] = dict.fromkeys(LETTERS, ({}, ["Tides"], None))
        for step in [*steps[:-1], steps[-1]._replace(end=0)]:
            records |= step.records
            report = take_step(top, step._replace(records=records))
            if report is None or not report.feeds:  # settings may leave every feed out
                continue
            found = {letter for letter in LETTERS if find_files(top / "out", f"{letter}zz")}
            shown = {letter for letter in LETTERS if records[letter][0] == {}} - step.excluded
            # Of records that are deleted, not withheld, a feed may be held as it was.
            kept = {letter for letter in LETTERS if records[letter][0] is None and report.held}
            assert found <= shown | kept
            if step.site["feeds"].get("all", "all") is not False:
                # d names the id that is made of the address of e.
                assert found >= shown - ({"d"} if "e" in shown else set()) or report.held


def test_an_address_that_moves_leaves_no_articles_at_the_old_one(tmp_path: Path) -> None:
    build(tmp_path, LEAD)
    settings = feedkit.FeedSettings(
        all="",
        topics="tags/{slug}",
        providers=False,
        names={"rss": "index.xml"},
        also={"feed.xml": "index.xml"},
    )
    report = build(tmp_path, LEAD, config=feedkit.Config(site=SITE, feeds=settings))
    assert find_files(tmp_path, "Summed up: lead") == [
        *("atom.xml", "feed.json", "feed.xml", "index.xml"),
        *(f"tags/tides/{name}" for name in ("atom.xml", "feed.json", "feed.xml", "index.html")),
        "tags/tides/index.xml",
    ]
    assert [problem.partition(":")[0] for problem in report.problems] == [
        *("all", "providers/lead.example.org", "topics/tides"),
    ]
    rss = (tmp_path / "tags/tides/index.xml").read_bytes()
    assert b'rel="self"' in rss
    assert b"https://feeds.example.org/tags/tides/index.xml" in rss
    assert (tmp_path / "tags/tides/feed.xml").read_bytes() == rss
    assert b'scheme="https://feeds.example.org/tags/"' in (tmp_path / "atom.xml").read_bytes()
    assert b"<source>" not in (tmp_path / "atom.xml").read_bytes()
    assert b"feed.xml" not in (tmp_path / "feeds.opml").read_bytes()
    # And back: what was called otherwise is known by its format.
    back = build(tmp_path, LEAD)
    assert find_files(tmp_path / "tags", "Summed up") == []
    assert b"<rss" in (tmp_path / "tags/tides/feed.xml").read_bytes()
    assert [problem.partition(":")[0] for problem in back.problems] == [".", "tags/tides"]


@pytest.mark.parametrize("names", [{"atom": "T"}, {}])
def test_a_feed_gone_under_two_names_is_emptied_under_both(
    tmp_path: Path, names: dict[feedkit.Format, str]
) -> None:
    other = feedkit.FeedSettings(names={} if names else {"atom": "T"})
    build(tmp_path, LEAD, KEPT, config=feedkit.Config(site=SITE, feeds=other))
    config = feedkit.Config(site=SITE, feeds=feedkit.FeedSettings(names=names))
    build(tmp_path, LEAD, KEPT, config=config)
    build(tmp_path, KEPT, config=config)
    tides = tmp_path / "topics/tides"
    assert find_files(tmp_path, "About lead") == []
    assert [b"<feed" in (tides / name).read_bytes() for name in ("T", "atom.xml")] == [True, True]


@pytest.mark.parametrize("formats", [("atom",), ("rss",), ("json",)])
def test_feeds_that_no_manifest_names_are_an_error_and_stay(
    tmp_path: Path, formats: tuple[feedkit.Format, ...]
) -> None:
    """What they show could not be withdrawn."""
    config = feedkit.Config(site=SITE, feeds=feedkit.FeedSettings(formats=formats))
    build(tmp_path, LEAD, KEPT, config=config)
    (tmp_path / "feeds.json").unlink()
    (tmp_path / "index.html").unlink()
    before = dict(read_bytes(tmp_path))
    wanted = re.escape(f"expected {tmp_path}/feeds.json, which names the feeds")
    with pytest.raises(feedkit.PublishError, match=wanted):
        build(tmp_path, KEPT, config=config)
    assert dict(read_bytes(tmp_path)) == before


def test_feeds_of_another_program_are_replaced(tmp_path: Path) -> None:
    tides = tmp_path / "topics/tides/atom.xml"
    tides.parent.mkdir(parents=True)
    tides.write_text("<feed><generator>other</generator></feed>")
    assert build(tmp_path, LEAD).exit_status == 0
    assert b"About lead" in tides.read_bytes()


def test_pruning_deletes_what_is_gone_and_nothing_else(tmp_path: Path) -> None:
    build(tmp_path, LEAD, KEPT)
    (tmp_path / "topics/tides/mine.txt").write_text("mine")
    (tmp_path / "other").mkdir()
    report = feedkit.build([KEPT], tmp_path, SITE, now=NOW, prune=True)
    assert (report.problems, report.exit_status) == ((), 0)
    names = {name for name, _ in read_bytes(tmp_path)}
    assert {name for name in names if "tides" in name} == {"topics/tides/mine.txt"}
    assert not (tmp_path / "providers/lead.example.org").exists()
    assert (tmp_path / "other").is_dir()
    assert "topics/tides" not in read_manifest(tmp_path)
    again = feedkit.build([KEPT], tmp_path, SITE, now=NOW, prune=True)
    assert (again.written, again.files) == (0, report.files)
    assert {name for name, _ in read_bytes(tmp_path)} == names


def test_pruning_deletes_a_format_that_is_dropped_and_keeps_the_feed(tmp_path: Path) -> None:
    build(tmp_path, LEAD)
    atom_alone = feedkit.Config(site=SITE, feeds=feedkit.FeedSettings(formats=("atom",)))
    feedkit.build([LEAD], tmp_path, atom_alone, now=NOW, prune=True)
    tides = {path.name for path in (tmp_path / "topics/tides").iterdir()}
    assert tides == {"atom.xml", "index.html"}


def test_without_records_pruning_deletes_nothing(tmp_path: Path) -> None:
    build(tmp_path, LEAD)
    before = dict(read_bytes(tmp_path))
    assert feedkit.build([], tmp_path, SITE, now=NOW, prune=True).exit_status == 3
    assert dict(read_bytes(tmp_path)) == before
