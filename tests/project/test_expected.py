"""What feedkit builds against what `oracle.py` computes from the same records.

`make expected SHARED=...` compares it with what `expected.py` computes from the real records in
SHARED/corpus.
"""

from __future__ import annotations

import inspect
import json
import re
import shlex
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, TypeAlias

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lxml import etree

import expected
import expected_data
import feedkit
import oracle
from commands import run
from feedkit import Ids
from feedkit.config import Config
from feedkit.config.feed_info import About
from feedkit.config.settings import FeedSettings
from paths import ROOT

EXAMPLES = ROOT / "examples" / "content"
NOW = datetime(2026, 12, 1, tzinfo=UTC)
SITE = feedkit.Site(title="Example News", url="https://example.org/feeds/")
FOLDERS = ("articles", "related", "power-apps/news", "power-apps/newsletters")
COUNTS = ("articles", "rejected", "other", "unpublished", "retold", "duplicates")
WEEK = timedelta(days=7)
LINK = ("id", "url", "title", "date_published")
WITHHELD = ("removed", "deleted", "draft", "future")

Related: TypeAlias = Literal["entries", "links"]
MODES: tuple[Related, ...] = ("entries", "links")


def show_link(link: SimpleNamespace) -> dict[str, object]:
    date = link.published.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"id": link.id, "url": link.url, "title": link.title, "date_published": date}


def show_entry(entry: SimpleNamespace) -> dict[str, object]:
    shown = {**show_link(entry), "tags": list(entry.tags.values())}
    shown |= {f"related {n}": show_link(item) for n, item in enumerate(entry.items.values())}
    return shown | {f"related_to {n}": show_link(item) for n, item in enumerate(entry.parents)}


def show_feeds(wanted: SimpleNamespace) -> dict[str, list[dict[str, object]]]:
    return {path: [show_entry(entry) for entry in feed] for path, feed in wanted.feeds.items()}


def show_item(item: dict[str, Any]) -> dict[str, object]:
    shown = {**{key: item[key] for key in LINK}, "tags": item.get("tags", [])}
    for name in ("related", "related_to"):
        for n, link in enumerate(item.get("_feedkit", {}).get(name, [])):
            shown[f"{name} {n}"] = {key: link[key] for key in LINK}
    return shown


def read_feeds(out: Path) -> dict[str, list[dict[str, object]]]:
    return {
        file.parent.relative_to(out).as_posix(): [
            show_item(item) for item in json.loads(file.read_bytes())["items"]
        ]
        for file in out.rglob("feed.json")
    }


def compare_keys(where: str, wanted: Iterable[str], found: Iterable[str]) -> Iterator[str]:
    """Say what is missing and what is too much, or else the first place where the order differs."""
    yield from (f"{where}{key}: missing" for key in sorted({*wanted} - {*found}))
    yield from (f"{where}{key}: not expected" for key in sorted({*found} - {*wanted}))
    if {*wanted} == {*found}:
        pairs = [pair for pair in zip(wanted, found, strict=True) if pair[0] != pair[1]]
        yield from (f"{where}order: wanted {one}, found {other}" for one, other in pairs[:1])


def compare_feeds(wanted: dict[str, Any], found: dict[str, Any]) -> Iterator[str]:
    """Say what differs: addresses first, then entries and order, then the parts of each entry."""
    yield from compare_keys("", sorted(wanted), sorted(found))
    for path in sorted(wanted.keys() & found.keys()):
        ids = [[entry["id"] for entry in feed[path]] for feed in (wanted, found)]
        yield from compare_keys(f"{path}: ", *ids)
        others = {entry["id"]: entry for entry in found[path]}
        for one in (entry for entry in wanted[path] if entry["id"] in others):
            other = others[one["id"]]
            for key in sorted(one.keys() | other.keys()):
                if one.get(key) != other.get(key):
                    said = f"wanted {one.get(key)!r}, found {other.get(key)!r}"
                    yield f"{path}: {one['id']}: {key}: {said}"


def compare_counts(wanted: Counter[str], report: feedkit.Report) -> Iterator[str]:
    found = {name: getattr(report, name) for name in COUNTS} | dict(report.withheld)
    for name in sorted({*COUNTS, *WITHHELD, *found}):
        if wanted[name] != found.get(name, 0):
            yield f"{name}: wanted {wanted[name]}, found {found.get(name, 0)}"


def build(folders: Sequence[Path], out: Path, related: Related) -> feedkit.Report:
    config = Config(site=SITE, feeds=FeedSettings(related=related))
    return feedkit.build(list(folders), out, config, now=NOW)


def compare_files(wanted: SimpleNamespace, out: Path) -> list[str]:
    return list(compare_feeds(show_feeds(wanted), read_feeds(out)))


def compare_build(
    wanted: SimpleNamespace, folders: Sequence[Path], out: Path, related: Related
) -> list[str]:
    report = build(folders, out, related)
    return [*compare_counts(wanted.count, report), *compare_files(wanted, out)]


def compare_any(folders: Sequence[Path], out: Path, related: Related) -> list[str]:
    return compare_build(oracle.expect_feeds(folders, related, NOW), folders, out, related)


def day(number: float) -> str:
    return (datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=number)).isoformat()


def item(name: str, number: float = 0, **fields: object) -> dict[str, object]:
    """What a record and an item of a related list have in common."""
    return {
        "title": f"About {name}",
        "publishedDateTime": day(number),
        "webUrl": f"https://news.example.org/{name}",
        "provider": {"name": "Example Press", "domain": "press.example.org"},
    } | fields


def write(folder: Path, name: str, number: float = 0, **fields: object) -> None:
    record = {key: value for key, value in item(name, number, **fields).items() if value != ""}
    front = yaml.safe_dump(record, allow_unicode=True, sort_keys=False)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.md").write_text(f"---\n{front}---\nText.\n", "utf-8")


def write_relations(folder: Path) -> None:
    """Parents, primaries that are related, re-tellings, self-listed and repeated items."""
    shared = item("shared", 3, quality=2)
    north = {"name": "North Wire", "domain": "north.example.net"}
    write(folder, "first", 10, topics=["Tides"], related=[shared, item("second"), item("first")])
    write(folder, "second", 11, topics=["Tides"], related=[item("shared", 4), item("first", 10)])
    write(folder, "third", 12, topics=["Moons"], related=[shared, shared, item("fourth", 2)])
    write(folder, "fourth", 2, topics=["Stars"], title="About third", provider=north)
    told = [item("told", title="ABOUT eleven!"), item("again"), item("echo", title="About again")]
    write(folder, "eleven", 13, topics=["Tides"], related=[*told, item("only", provider=north)])
    write(folder, "twelve", 14, topics=["Stars"], related=[item("told", 5, title="Told anew")])
    for number in range(12):
        write(folder, f"parent-{number}", 20 + number / 4, related=[item("many", 1)])
    extra = [item(f"extra-{number}", number, provider=north) for number in range(8)]
    extra.insert(1, item("reprint", title="About long"))
    write(folder, "long", 15, topics=["Long"], related=extra)
    write(folder, "longer", 16, topics=["Long"], related=[item("extra-7", 7, quality=1)])
    # Under the title of one parent, of another's list, and beside a parent that has its title.
    reprints = [item("reprint", title="About long"), item("echo", title="About again")]
    write(folder, "other", 17, topics=["Moons"], related=reprints)
    write(folder, "lead", 18, topics=["Stars"], related=[item("beside", 9, title="Elsewhere")])
    beside = item("beside", 9, quality=9, title="About lead")
    write(folder, "next", 19, topics=["Moons"], related=[beside])


def write_states(folder: Path) -> None:
    """What is unpublished, withheld or neither, and who lists it."""
    names = ("removed", "deleted", "draft", "later", "hidden", "mixed")
    write(folder, "lister", 30, topics=["States"], related=[item(name) for name in names])
    for name in ("removed", "deleted", "draft"):
        write(folder, name, 1, topics=["States"], **{name: True})
    write(folder, "later", 400, topics=["States"])
    write(folder, "early", 31, topics=["States"], related=[item("far", 400), item("near", 2)])
    write(folder, "hidden", 1, topics=["Unseen"], published="no", related=[item("unseen")])
    write(folder, "off", 1, topics=["Unseen"], published=False)
    write(folder, "mixed", 1, topics=["States"])
    write(folder, "mixed-removed", 2, webUrl="https://news.example.org/mixed", removed=True)
    write(folder, "no-title", title="")
    write(folder / "_drafts", "unfinished", topics=["Unseen"])
    write(folder, ".invisible", topics=["Unseen"])
    (folder / "broken.md").write_text('---\ntitle: "open\n---\n', "utf-8")
    (folder / "README.md").write_text("No record.\n", "utf-8")


def write_duplicates(folder: Path) -> None:
    """Records of one key: later update, then quality; topics and lists are united."""
    one = "https://news.example.org/one"
    write(folder, "one-a", 40, webUrl=one, topics=["C#", "Tides"], related=[item("left")])
    later = {"webUrl": f"{one}?utm_source=x", "updatedDateTime": day(41)}
    listed = [item("right", 1), item("left", 2)]
    write(folder, "one-b", 39, **later, topics=["R&D", "c sharp"], related=listed)
    two = "https://news.example.org/two"
    write(folder, "two-a", 42, webUrl=two, quality=1, topics=["Ties", "One"])
    write(folder, "two-b", 42, webUrl=two, quality=2, topics=["Ties", "R and D"], title="Better")
    write(folder, "two-c", 42, webUrl=two, topics=["ties", "Three, more"], title="Without")
    for name in ("three-a", "three-b"):  # they differ in nothing that a feed's order shows
        write(folder, name, 43, webUrl="https://news.example.org/three", excerpt=name)
    write(folder, "twin-http", 44, webUrl="http://news.example.org/twin", topics=["Twins"])
    write(folder, "twin-https", 45, webUrl="https://news.example.org/twin", topics=["twins"])
    write(folder, "twin-parent", 46, related=[item("twin", webUrl="http://news.example.org/twin")])


def write_ids(folder: Path) -> None:
    """Explicit ids of every kind, and addresses of every kind of provider."""
    ids = {
        "uuid": "C0FFEE00-1111-4222-8333-444455556666",
        "uri": "tag:news.example.org,2026:1",
        "http": "https://old.example.org/?p=1",
        "text": "post 17",
    }
    for number, (name, own) in enumerate(ids.items()):
        write(folder, f"id-{name}", 50 + number, id=own, related=[item("id-uri"), item("id-text")])
    write(folder, "id-of-two-a", 55, id="b", webUrl="https://news.example.org/id-two")
    write(folder, "id-of-two-b", 56, id="a", webUrl="https://news.example.org/id-two")
    write(folder, "clash-old", 57, id="clash", topics=["Clash"])
    write(folder, "clash-new", 58, id="clash", topics=["Clash"])
    write(folder, "clash-lister", 58, related=[item("clash-old"), item("clash-new")])
    write(folder, "clash-draft", 59, id="clash", draft=True)
    write(folder, "tube", 59, provider={"name": "Rita's Films", "domain": "youtube.com"})
    write(folder, "www", 59, provider={"name": "Press", "domain": "www.Press.Example.org"})
    write(folder, "nameless", 59.5, provider={"name": "Quill & Co"})
    write(folder, "nobody", 60, provider="", publishedDateTime="2026-03-02T01:00:00.75+05:30")
    write(folder, "original", 61, webUrl="", originalUrl="https://Bücher.example/a b?gclid=1#c")


def write_crowd(folder: Path) -> None:
    """More than a feed's limit of primaries, and of what they list."""
    source = {"name": "Crowd", "domain": "crowd.example.net"}
    for number in range(60):
        listed = [
            item(f"listed-{number}", number, provider=source),
            item("crowd-3", provider=source),
        ]
        write(folder, f"crowd-{number}", 100 + number, topics=["Crowd"], related=listed)


def write_levels(folder: Path) -> None:
    """Articles of topics that stand below others, which hardly any of them names."""
    near = [item("near", 1), item("twelve", 14)]
    write(folder, "ebb", 70, topics=["Tides", "Moons"], related=near)
    write(folder, "sea", 71, topics=["Sea"])
    write(folder, "whole", 72, topics=["Stars", "The World"])


@pytest.fixture
def records(tmp_path: Path) -> Path:
    folder = tmp_path / "records"
    writers = (write_relations, write_states, write_duplicates, write_ids, write_crowd)
    for write_some in (*writers, write_levels):
        write_some(folder / write_some.__name__)
    return folder


@pytest.mark.parametrize("related", MODES)
def test_the_examples_become_what_their_records_say(tmp_path: Path, related: Related) -> None:
    assert compare_any([EXAMPLES], tmp_path / "out", related) == []


@pytest.mark.parametrize("related", MODES)
def test_hard_records_become_what_they_say(records: Path, tmp_path: Path, related: Related) -> None:
    assert compare_any([records], tmp_path / "out", related) == []


PLACES = [
    f"{scheme}://{host}.example.org/{folder}"
    for scheme in ("https", "http")
    for host in ("one", "two")
    for folder in ("", "x/", "x/y/")
]
NAMES = st.sampled_from(["a", "b", "x/a", "x/y/a", "x/y/b"])
URLS = st.builds(lambda place, name: place + name, st.sampled_from(PLACES), NAMES)
MOVED = st.dictionaries(st.sampled_from(PLACES), st.sampled_from(PLACES), max_size=3)
KNOWN = st.dictionaries(URLS, st.just("http://known.example.org/?p=1"), max_size=1)
OWN = st.sampled_from(["", "", "", "urn:own:1", "urn:own:2"])
ROWS = st.lists(st.tuples(URLS, st.lists(URLS, max_size=3), OWN), min_size=1, max_size=5)


@settings(deadline=None, max_examples=200)
@given(ROWS, MOVED, st.sampled_from(["uuid", "url"]), KNOWN)
def test_articles_that_moved_are_one_under_the_ids_that_they_had(
    rows: list[Any], moved: dict[str, str], style: Any, known: dict[str, str]
) -> None:
    try:
        config = Config(site=SITE, moved=moved, ids=Ids(style=style, given=known))
    except feedkit.ConfigError:
        assume(False)
    with tempfile.TemporaryDirectory() as name:
        for number, (url, listed, own) in enumerate(rows):
            items = [
                item(f"{number}-{n}", number + n / 4, webUrl=link) for n, link in enumerate(listed)
            ]
            write(Path(name), f"r{number}", 10 + number, webUrl=url, related=items, id=own)
        wanted = oracle.expect_feeds([name], "entries", NOW, style, moved, known)
        articles = list(feedkit.read_articles(name, config))
    errors: list[feedkit.RecordError] = []
    feeds = feedkit.select_feeds(articles, config, now=NOW, on_problem=errors.append)
    found = {feed.path: json.loads(feedkit.render(feed, "json").body)["items"] for feed in feeds}
    shown = {path: [show_item(item) for item in items] for path, items in found.items()}
    assert list(compare_feeds(show_feeds(wanted), shown)) == []


def test_topics_above_others_hold_what_stands_below_them(records: Path, tmp_path: Path) -> None:
    parents = {"tides": "Sea", "Moons": "the sea", "The Sea": "Planet", "SEA": "the sea"}
    parents |= {"Stars": "The World", "Planet": "the WORLD!", "Crowd": "Nowhere Else"}
    topics = {name: About(parent=parent) for name, parent in parents.items()}
    config = Config(site=SITE, feeds=FeedSettings(roll_up=True), topics=topics)
    feedkit.build([records], tmp_path / "out", config, now=NOW)
    above = {oracle.slug(name): oracle.slug(parent) for name, parent in parents.items()}
    wanted = oracle.expect_feeds([records], "entries", NOW, above=above)
    assert {"topics/the-sea", "topics/planet", "topics/nowhere-else"} <= wanted.feeds.keys()
    assert compare_files(wanted, tmp_path / "out") == []


def test_a_duplicate_without_a_provider_leaves_the_provider_its_feed(tmp_path: Path) -> None:
    url = "https://news.example.org/one"
    write(tmp_path / "records", "named", 2, webUrl=url, topics=["Tides"])
    write(tmp_path / "records", "unnamed", 1, webUrl=url, provider="")
    assert compare_any([tmp_path / "records"], tmp_path / "out", "entries") == []


def test_folders_given_as_a_list_make_the_same_feeds_as_the_one_that_holds_them(
    records: Path, tmp_path: Path
) -> None:
    assert compare_any(sorted(records.iterdir()), tmp_path / "out", "entries") == []


def test_hard_records_hold_something_of_every_count(records: Path) -> None:
    count = oracle.expect_feeds([records], "entries", NOW).count
    assert [name for name in (*COUNTS, *WITHHELD) if not count[name]] == []


def test_plain_records_become_what_the_script_for_the_real_ones_says(tmp_path: Path) -> None:
    write_relations(tmp_path / "records")
    write_crowd(tmp_path / "records")
    for related in MODES:
        wanted = expected.expect_feeds([tmp_path / "records"], related)
        assert compare_build(wanted, [tmp_path / "records"], tmp_path / related, related) == []


CHANGES: dict[str, Callable[[list[dict[str, Any]]], object]] = {
    "urn:changed: not expected": lambda items: items[0].update(id="urn:changed"),
    "order: wanted": lambda items: items.insert(0, items.pop()),
    "missing": lambda items: items.pop(),
    "tags: wanted": lambda items: items[0].update(tags=["Other"]),
    "related 0: wanted": lambda items: items[0]["_feedkit"]["related"].pop(0),
    "related_to 0: wanted": lambda items: items[-1]["_feedkit"]["related_to"][0].update(url="x:"),
}


@pytest.mark.parametrize("said", CHANGES)
def test_a_change_in_one_built_feed_is_told(said: str, tmp_path: Path) -> None:
    write(tmp_path / "records", "lead", 2, topics=["Tides"], related=[item("near", 1)])
    build([tmp_path / "records"], tmp_path / "out", "entries")
    file = tmp_path / "out" / "all" / "feed.json"
    feed = json.loads(file.read_bytes())
    CHANGES[said](feed["items"])
    file.write_text(json.dumps(feed), "utf-8")
    lines = compare_files(expected.expect_feeds([tmp_path / "records"]), tmp_path / "out")
    assert any(said in line for line in lines)
    assert all(line.startswith("all: ") for line in lines)


def test_a_feed_that_is_not_there_is_told(tmp_path: Path) -> None:
    write(tmp_path / "records", "lead", topics=["Tides"])
    wanted = expected.expect_feeds([tmp_path / "records"])
    names = ("all", "providers/press.example.org", "topics/tides")
    assert compare_files(wanted, tmp_path / "out") == [f"{name}: missing" for name in names]


def test_the_scripts_for_the_real_records_are_short_and_stand_alone() -> None:
    for script in (expected, expected_data):
        text = inspect.getsource(script)
        assert len(text.splitlines()) <= 95
        assert re.findall(r"(?m)^\s*(?:from|import) (?:feedkit|oracle)\b", text) == []


SETTINGS = """\
[site]
title = "Example News"
url = "https://example.org/feeds/"
home = "https://example.org/home/"
[feeds]
roll_up = {roll_up}
related = "{related}"
[data]
topics = "{data}/topics"
organizations = "{data}/organizations"
"""


def load_data(data: Path, folder: Path, related: str, roll_up: bool) -> Config:
    file, place = folder / "feedkit.toml", data.resolve().as_posix()
    said = {"data": place, "related": related, "roll_up": str(roll_up).lower()}
    file.write_text(SETTINGS.format_map(said), "utf-8")
    return feedkit.load_config(file)


def read_head(folder: Path) -> dict[str, str]:
    """What the head of a built feed says, by the formats' own names."""
    atom, rss = (etree.parse(folder / name).getroot() for name in ("atom.xml", "rss.xml"))
    made = json.loads((folder / "feed.json").read_bytes())
    return {
        "title": made["title"],
        "description": made["description"],
        "icon": atom.findtext("{*}icon", ""),
        "logo": atom.findtext("{*}logo", ""),
        "image": rss.findtext("channel/image/url", ""),
        "json icon": made.get("icon", ""),
        "favicon": made.get("favicon", ""),
    }


def compare_heads(data: Path, out: Path) -> Iterator[str]:
    """Say where the head of a built feed is not what its data file says."""
    for path, wanted in expected_data.expect_heads(data, "https://example.org/home/").items():
        found = read_head(out / path) if (out / path).is_dir() else wanted
        yield from (
            f"{path}: {name}: wanted {wanted[name]!r}, found {found[name]!r}"
            for name in wanted
            if wanted[name] != found[name]
        )


def compare_known(
    folders: Sequence[Path], data: Path, folder: Path, related: str, roll_up: bool
) -> list[str]:
    """Build with data files, which say where feeds stand, what their heads say and hold."""
    config, out = load_data(data, folder, related, roll_up), folder / "out"
    report = feedkit.build(list(folders), out, config, now=NOW)
    above = expected_data.list_above(data) if roll_up else {}
    wanted = expected.expect_feeds(folders, related, above.get)
    said = [*compare_counts(wanted.count, report), *compare_files(wanted, out)]
    return [*said, *compare_heads(data, out), *compare_list(wanted, folders, folder)]


def compare_list(wanted: SimpleNamespace, folders: Sequence[Path], folder: Path) -> Iterator[str]:
    """Say where `feedkit list` names other feeds."""
    places = shlex.join(str(one.resolve()) for one in folders)
    listed = run(f"list {places} --config feedkit.toml", folder).out.splitlines()
    found = [line.partition("\t")[0] for line in listed]
    yield from compare_keys("list: ", sorted(wanted.feeds), sorted(found))


def write_data(data: Path) -> None:
    """Topics that stand below others, and organizations with pictures in several sizes."""
    names = {"tides": "Sea", "sea": "Planet", "planet": "", "crowd": "Sea", "unseen": "Planet"}
    for slug, parent in names.items():
        said = {"_id": slug, "name": slug.capitalize(), "parent": parent}
        write_yaml(data / "topics" / f"{slug}.yaml", {key: said[key] for key in said if said[key]})
    for number, domain in enumerate(("press.example.org", "north.example.net", "nobody.example")):
        sizes = (50, 400, 144, 600)[: number + 2]
        images = [{"url": f"/{size}.png", "width": size, "height": size} for size in sizes]
        about = {"_id": domain, "name": f"The {domain}", "domain": domain, "images": images}
        write_yaml(data / "organizations" / f"{domain}.yaml", about | {"taxonomy": "organization"})


def write_yaml(file: Path, said: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(said), "utf-8")


@pytest.mark.parametrize("roll_up", [True, False])
@pytest.mark.parametrize("related", MODES)
def test_feeds_say_and_hold_what_data_files_make_of_them(
    tmp_path: Path, related: Related, roll_up: bool
) -> None:
    write_relations(tmp_path / "records")
    write_crowd(tmp_path / "records")
    write_data(tmp_path / "data")
    folders = [tmp_path / "records"]
    assert compare_known(folders, tmp_path / "data", tmp_path, related, roll_up) == []
    feeds = {feed.parent.name for feed in (tmp_path / "out").glob("*/*/atom.xml")}
    assert {"press.example.org", "north.example.net"} <= feeds
    assert ({"sea", "planet"} <= feeds) == roll_up


def test_a_head_that_says_something_else_is_told(tmp_path: Path) -> None:
    write(tmp_path / "records", "lead", topics=["Tides"])
    write_data(tmp_path / "data")
    build([tmp_path / "records"], tmp_path / "out", "entries")
    lines = list(compare_heads(tmp_path / "data", tmp_path / "out"))
    assert {line.split(": ")[1] for line in lines} == {*read_head(tmp_path / "out" / "all")}


def print_table(feeds: dict[str, list[SimpleNamespace]]) -> None:
    """A row per topic; late is a related entry over a week from each of its parents."""
    print("entries related retold late")
    for path in sorted(path for path in feeds if path.startswith("topics/")):
        near = [entry for entry in feeds[path] if path not in entry.paths]
        told = sum(item.told for entry in feeds[path] for item in entry.items.values())
        apart = [[abs(e.published - parent.published) for parent in e.parents] for e in near]
        late = sum(min(spans, default=WEEK) > WEEK for spans in apart)
        print(f"{len(feeds[path]):7} {len(near):7} {told:6} {late:4}  {path}")


def compare_real(folders: Sequence[Path], related: Related) -> bool:
    """Say what differs, or how much agreed."""
    wanted = expected.expect_feeds(folders, related)
    with tempfile.TemporaryDirectory() as out:
        differences = compare_build(wanted, folders, Path(out), related)
    entries = [entry for feed in wanted.feeds.values() for entry in feed]
    links = sum(len(entry.items) + len(entry.parents) for entry in entries)
    sizes = {"feeds": len(wanted.feeds), "entries": len(entries), "links": links, **wanted.count}
    agreed = "agree: " + ", ".join(f"{name} {size}" for name, size in sizes.items())
    said = "\n  ".join([f"{len(differences)} differences", *differences]) if differences else agreed
    print(" + ".join(folder.name for folder in folders), f"({related})", said)
    return not differences


def compare_real_data(site: Path, related: Related, roll_up: bool) -> bool:
    """Say what differs where data files are named, or how many feeds show what is known of them."""
    data, folders = site / "data", [site / "news", site / "newsletters"]
    with tempfile.TemporaryDirectory() as folder:
        differences = compare_known(folders, data, Path(folder), related, roll_up)
        known = expected_data.expect_heads(data, "https://example.org/home/")
        shown = [path for path in known if (Path(folder) / "out" / path).is_dir()]
    above = expected_data.list_above(data) if roll_up else {}
    wanted = expected.expect_feeds(folders, related, above.get)
    records = wanted.count["articles"] + wanted.count["unpublished"]
    said = f"agree: {wanted.count['articles']} of {records} records in {len(wanted.feeds)} feeds, "
    said += f"{len(shown)} with data, {sum(bool(known[path]['icon']) for path in shown)} pictures"
    how = f"{related}, rolled up" if roll_up else related
    print(f"{site.name} with data ({how})", "\n  ".join(differences) or said)
    return not differences


def main(shared: Path) -> int:
    """Compare every folder of real records alone, then all together, in both modes."""
    folders = [shared / "corpus" / name for name in FOLDERS]
    if missing := [str(folder) for folder in folders if not any(folder.rglob("*.*"))]:
        print("no records in:", *missing, file=sys.stderr)
        return 2
    choices = [*([folder] for folder in folders), folders]
    same = [compare_real(some, related) for some in choices for related in MODES]
    apps = shared / "corpus/power-apps"
    same += [compare_real_data(apps, related, up) for related in MODES for up in (False, True)]
    print_table(expected.expect_feeds(folders).feeds)
    return int(not all(same))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
