"""The same records give the same bytes, whatever the machine, and every entry is encoded once."""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import feedkit
from feedkit.render import ENCODINGS

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SITE = feedkit.Site(title="Harbour", url="https://feeds.example.org/")
COUNT = 620  # two processes run from 500 records on
BUILD = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
import feedkit

content, out, pids, jobs = sys.argv[1:]

def note(article):
    Path(pids, str(os.getpid())).touch()
    return article

site = feedkit.Site(title="Harbour", url="https://feeds.example.org/")
now = datetime(2026, 3, 1, tzinfo=UTC)
feedkit.build(content, out, site, now=now, prepare=note, jobs=int(jobs))
"""
#: Each with the processes that it may use.
MACHINES = {
    "here": (1, {}),
    "another seed of hashes": (1, {"PYTHONHASHSEED": "4242"}),
    "two processes": (2, {"PYTHONHASHSEED": "7"}),
    "a zone west of Greenwich": (1, {"TZ": "America/St_Johns"}),
    "a zone east of Greenwich": (2, {"TZ": "Asia/Kathmandu"}),
    # Of locales these two are everywhere; in the first, Python takes names of files for UTF-8 too.
    "the C locale": (1, {"LC_ALL": "C"}),
    "the C locale, in UTF-8": (2, {"LC_ALL": "C.UTF-8"}),
}


def make_records() -> dict[str, str]:
    """Return files that hold ties, duplicates, shared parents, every script and some Markdown."""
    source = random.Random(3)
    topics = ("Tides", "tides", "Boats & Nets", "C++", "北京", "Ærø", "قارب")
    makers = [{"name": f"Paper {n}", "domain": f"paper{n}.example"} for n in range(9)]

    def make_item(number: int) -> dict[str, object]:
        day = NOW - timedelta(hours=number % 40)
        return {
            "title": f"Item {number} <é>",
            "webUrl": f"https://site{number % 30}.example/a/{number}?utm_source=x",
            "publishedDateTime": day.isoformat(),
            "excerpt": f"Of {number} & more",
            "provider": source.choice(makers),
            "images": [{"url": f"https://img.example/{number % 50}.jpg"}],
        }

    files = {}
    for number in range(COUNT):
        record = make_item(source.choice((number, number, number, number // 2)))
        record["topics"] = source.sample(topics, source.randrange(3))
        record["related"] = [make_item(source.randrange(COUNT + 200)) for _ in range(number % 4)]
        record["quality"] = source.randrange(3)
        record["published"] = number % 11 != 0
        body = (
            f"# {number}\n\n- *one* [two](https://x.example/)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
        )
        head = json.dumps(record, ensure_ascii=False)
        files[f"{number % 7}/{number}.md"] = f"---\n{head}\n---\n{body}"
    return files


RECORDS = make_records()


def write_records(content: Path, seed: int) -> None:
    """Write the files in an order of their own, which a file system may keep."""
    names = sorted(RECORDS)
    random.Random(seed).shuffle(names)
    for name in names:
        (content / name).parent.mkdir(parents=True, exist_ok=True)
        (content / name).write_text(RECORDS[name], "utf-8")


def read_all(out: Path) -> dict[str, bytes]:
    files = (path for path in out.rglob("*") if path.is_file())
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


def run_build(folder: Path, machine: str) -> set[str]:
    """Build on a machine of that kind, and return the ids of the processes that read records."""
    jobs, environment = MACHINES[machine]
    write_records(folder / "in", seed=len(machine))
    (folder / "pids").mkdir()
    arguments = [str(folder / "in"), str(folder / "out"), str(folder / "pids"), str(jobs)]
    options = ["-X", "warn_default_encoding", "-W", "error"]
    subprocess.run(
        [sys.executable, *options, "-c", BUILD, *arguments],
        env={**os.environ, **environment},
        check=True,
    )
    return {path.name for path in (folder / "pids").iterdir()}


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("reference")
    write_records(folder / "in", seed=0)
    feedkit.build(folder / "in", folder / "out", SITE, now=NOW)
    return read_all(folder / "out")


@pytest.mark.parametrize("machine", MACHINES)
def test_every_machine_writes_the_same_bytes(
    reference: dict[str, bytes], tmp_path: Path, machine: str
) -> None:
    readers = run_build(tmp_path, machine)
    built = read_all(tmp_path / "out")
    assert [name for name in reference | built if reference.get(name) != built.get(name)] == []
    assert len(readers) == MACHINES[machine][0]


def test_a_later_build_writes_the_same_bytes(reference: dict[str, bytes], tmp_path: Path) -> None:
    write_records(tmp_path / "in", seed=1)
    later = NOW + timedelta(days=400)
    feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=later)
    assert read_all(tmp_path / "out") == reference


def test_articles_in_any_order_are_the_same_feeds(
    reference: dict[str, bytes], tmp_path: Path
) -> None:
    write_records(tmp_path / "in", seed=2)
    articles = list(feedkit.read_articles(tmp_path / "in"))
    random.Random(2).shuffle(articles)
    feedkit.build(articles, tmp_path / "out", SITE, now=NOW)
    assert read_all(tmp_path / "out") == reference


def test_select_feeds_and_render_write_the_bytes_that_build_writes(
    reference: dict[str, bytes], tmp_path: Path
) -> None:
    write_records(tmp_path / "in", seed=3)
    feeds = feedkit.select_feeds(feedkit.read_articles(tmp_path / "in"), SITE, now=NOW)
    names = {"atom": "atom.xml", "rss": "rss.xml", "json": "feed.json"}
    rendered = {
        f"{feed.path}/{names[format]}": feedkit.render(feed, format).body
        for feed in feeds
        for format in feedkit.FORMATS
    }
    assert {name: reference[name] for name in rendered} == rendered
    assert len(rendered) == sum(name.endswith(tuple(names.values())) for name in reference)


def test_an_entry_is_encoded_once_for_each_format_however_many_feeds_hold_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: Counter[tuple[str, str]] = Counter()

    def count(format: feedkit.Format) -> Callable[..., object]:
        encode = ENCODINGS[format].encode_entry

        def encode_entry(view: object) -> object:
            calls[format, view.entry.id] += 1  # type: ignore[attr-defined]
            return encode(view)  # type: ignore[arg-type]

        return encode_entry

    for format, encoding in list(ENCODINGS.items()):
        monkeypatch.setitem(ENCODINGS, format, encoding._replace(encode_entry=count(format)))  # type: ignore[arg-type]
    write_records(tmp_path / "in", seed=4)
    feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW)
    held = Counter(
        item["id"]
        for path in (tmp_path / "out").rglob("feed.json")
        for item in json.loads(path.read_text("utf-8"))["items"]
    )
    assert calls == Counter({(format, id): 1 for format in feedkit.FORMATS for id in held})
    assert held.total() > 2 * len(held)


def test_a_second_build_touches_no_file_and_no_folder(tmp_path: Path) -> None:
    def look() -> dict[Path, tuple[int, ...]]:
        found = {path: path.stat() for path in [tmp_path / "out", *(tmp_path / "out").rglob("*")]}
        # A change of status is told by the third, even where the second was set back.
        return {path: (s.st_ino, s.st_mtime_ns, s.st_ctime_ns) for path, s in found.items()}

    write_records(tmp_path / "in", seed=5)
    feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW)
    before = look()
    feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW, jobs=2)
    assert look() == before


def test_one_more_record_changes_no_feed_that_does_not_hold_it(
    reference: dict[str, bytes], tmp_path: Path
) -> None:
    write_records(tmp_path / "in", seed=6)
    record = {"title": "New", "webUrl": "https://new.example/", "date": "2026-02-28T23:00:00Z"}
    head = json.dumps({**record, "topics": ["Ærø"]})
    (tmp_path / "in" / "new.md").write_text(f"---\n{head}\n---\n", "utf-8")
    feedkit.build(tmp_path / "in", tmp_path / "out", SITE, now=NOW)
    built = read_all(tmp_path / "out")
    changed = {name.rpartition("/")[0] for name in built if built[name] != reference.get(name)}
    assert changed == {"", "all", "topics/ærø"}
