"""What feedkit builds against what `expected.py` computes from the same records.

`python tests/test_expected.py SHARED` does it for the real records in SHARED/corpus.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, TypeAlias

import pytest
import yaml

import feedkit
from expected import expect_feeds, print_table
from feedkit.config import Config, FeedSettings

EXAMPLES = Path(__file__).parent.parent / "examples" / "content"
NOW = datetime(2026, 12, 1, tzinfo=UTC)
SITE = feedkit.Site(title="Example News", url="https://example.org/feeds/")
FOLDERS = ("articles", "related", "power-apps/news", "power-apps/newsletters")
COUNTS = ("articles", "rejected", "other", "unpublished", "retold", "duplicates")
WITHHELD = ("removed", "deleted", "draft", "future")

Related: TypeAlias = Literal["entries", "links"]
MODES: tuple[Related, ...] = ("entries", "links")


def show_entry(entry: SimpleNamespace) -> dict[str, object]:
    return {
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        "date_published": entry.published.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "tags": list(entry.tags.values()),
        "related": [item.id for item in entry.items.values()],
        "related_to": [parent.id for parent in entry.parents],
    }


def show_item(item: dict[str, Any]) -> dict[str, object]:
    ours = item.get("_feedkit", {})
    links = {key: [link["id"] for link in ours.get(key, [])] for key in ("related", "related_to")}
    plain = {key: item[key] for key in ("id", "url", "title", "date_published")}
    return {**plain, "tags": item.get("tags", []), **links}


def read_feeds(out: Path) -> dict[str, list[dict[str, object]]]:
    return {
        file.parent.relative_to(out).as_posix(): [
            show_item(item) for item in json.loads(file.read_bytes())["items"]
        ]
        for file in out.rglob("feed.json")
    }


def compare_feeds(wanted: dict[str, Any], found: dict[str, Any]) -> Iterator[str]:
    """Say what differs: paths first, then order, then the first field of each entry."""
    for path in sorted(wanted.keys() ^ found.keys()):
        yield f"{path}: {'missing' if path in wanted else 'not expected'}"
    for path in sorted(wanted.keys() & found.keys()):
        ids = [[entry["id"] for entry in feed[path]] for feed in (wanted, found)]
        if ids[0] != ids[1]:
            yield f"{path}: wanted {ids[0]}, found {ids[1]}"
            continue
        for one, other in zip(wanted[path], found[path], strict=True):
            for key in (key for key in one if one[key] != other[key]):
                yield f"{path}: {one['id']}: {key}: wanted {one[key]!r}, found {other[key]!r}"


def compare_counts(wanted: Counter[str], report: feedkit.Report) -> Iterator[str]:
    found = {name: getattr(report, name) for name in COUNTS} | dict(report.withheld)
    for name in sorted({*COUNTS, *WITHHELD, *found}):
        if wanted[name] != found.get(name, 0):
            yield f"{name}: wanted {wanted[name]}, found {found.get(name, 0)}"


def build(folders: Sequence[Path], out: Path, related: Related) -> feedkit.Report:
    config = Config(site=SITE, feeds=FeedSettings(related=related))
    return feedkit.build(list(folders), out, config, now=NOW)


def compare_build(folders: Sequence[Path], out: Path, related: Related) -> list[str]:
    wanted = expect_feeds(folders, related, NOW)
    report = build(folders, out, related)
    feeds = {path: [show_entry(entry) for entry in feed] for path, feed in wanted.feeds.items()}
    return [*compare_counts(wanted.count, report), *compare_feeds(feeds, read_feeds(out))]


def day(number: float) -> str:
    return (datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=number)).isoformat()


def item(name: str, number: float = 0, **fields: object) -> dict[str, object]:
    """What a record and an item of a related list have in common."""
    return {
        "title": f"About {name}",
        "publishedDateTime": day(number),
        "webUrl": f"https://news.example.org/{name}",
        "provider": {"name": "Example Press", "domain": "www.Press.Example.org"},
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
    write(
        folder,
        "one-b",
        39,
        webUrl=f"{one}?utm_source=x",
        updatedDateTime=day(41),
        topics=["R&D", "c sharp"],
        related=[item("right", 1), item("left", 2)],
    )
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


@pytest.fixture
def records(tmp_path: Path) -> Path:
    folder = tmp_path / "records"
    for write_some in (write_relations, write_states, write_duplicates, write_ids, write_crowd):
        write_some(folder / write_some.__name__)
    return folder


@pytest.mark.parametrize("related", MODES)
def test_the_examples_become_what_their_records_say(tmp_path: Path, related: Related) -> None:
    assert compare_build([EXAMPLES], tmp_path / "out", related) == []


@pytest.mark.parametrize("related", MODES)
def test_hard_records_become_what_they_say(records: Path, tmp_path: Path, related: Related) -> None:
    assert compare_build([records], tmp_path / "out", related) == []


def test_a_duplicate_without_a_provider_leaves_the_provider_its_feed(tmp_path: Path) -> None:
    url = "https://news.example.org/one"
    write(tmp_path / "records", "named", 2, webUrl=url, topics=["Tides"])
    write(tmp_path / "records", "unnamed", 1, webUrl=url, provider="")
    assert compare_build([tmp_path / "records"], tmp_path / "out", "entries") == []


def test_folders_given_as_a_list_make_the_same_feeds_as_the_one_that_holds_them(
    records: Path, tmp_path: Path
) -> None:
    assert compare_build(sorted(records.iterdir()), tmp_path / "out", "entries") == []


def test_hard_records_hold_something_of_every_count(records: Path) -> None:
    count = expect_feeds([records], "entries", NOW).count
    assert [name for name in (*COUNTS, *WITHHELD) if not count[name]] == []


def test_a_lost_entry_and_a_changed_tag_are_told() -> None:
    wanted = expect_feeds([EXAMPLES], "entries", NOW).feeds
    feeds = {path: [show_entry(entry) for entry in feed] for path, feed in wanted.items()}
    path = max(feeds, key=lambda path: len(feeds[path]))
    changed = {**feeds["all"][0], "tags": ["Other"]}
    assert len(list(compare_feeds(feeds, feeds | {path: feeds[path][1:]}))) == 1
    assert len(list(compare_feeds(feeds, feeds | {"all": [changed, *feeds["all"][1:]]}))) == 1
    assert list(compare_feeds(feeds, {})) == [f"{path}: missing" for path in sorted(feeds)]


def main(shared: Path) -> int:
    """Compare every folder of real records alone, then all together, in both modes."""
    folders = [shared / "corpus" / name for name in FOLDERS]
    if missing := [str(folder) for folder in folders if not folder.is_dir()]:
        print("no such folder:", *missing, file=sys.stderr)
        return 2
    failed = 0
    for some in [*([folder] for folder in folders), folders]:
        for related in MODES:
            with tempfile.TemporaryDirectory() as out:
                differences = compare_build(some, Path(out), related)
            names = " + ".join(folder.name for folder in some)
            print(f"{names}, related = {related}: {len(differences) or 'no'} differences")
            print(*(f"  {line}" for line in differences), sep="\n", end="\n" if differences else "")
            failed += bool(differences)
    print_table(folders, "entries")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
