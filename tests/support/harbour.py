"""A small site that changes, for tests of what its builds leave."""

import json
import os
import random
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedkit
from feedkit.text.urls import article_id

SITE = feedkit.Site(title="Harbour", url="https://feeds.example.org/")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOPICS = ["Tides", "Fog", "Ropes", "Lamps", "Gulls"]


def make_record(number: int, version: int = 0) -> dict[str, object]:
    """Return a record that lists others, with a text of its own."""
    date = NOW - timedelta(days=number % 40, hours=1)
    return {
        "title": f"About {number}, version {version}",
        "webUrl": f"https://news.example.org/{number}",
        "date": date.isoformat(),
        "topics": [TOPICS[number % 5], TOPICS[(number + version) % 5]],
        "provider": {"name": f"Pier {number % 4}", "domain": f"pier{number % 4}.example"},
        "related": [
            {
                "title": f"Beside {other}",
                "webUrl": f"https://news.example.org/{other}",
                "date": (date - timedelta(hours=1)).isoformat(),
                "provider": {"name": "Quay", "domain": "quay.example"},
            }
            for other in (number + 1, number + 100)
        ],
    }


def write_record(content: Path, number: int, version: int = 0, **fields: object) -> None:
    """Write one record over what its file holds."""
    content.mkdir(parents=True, exist_ok=True)
    head = json.dumps({**make_record(number, version), **fields})
    text = f"Text {version} of {number}. " * 40
    (content / f"{number}.md").write_text(f"---\n{head}\n---\n{text}\n")


def make_site(top: Path, count: int = 30) -> Path:
    """Return a folder of records."""
    for number in range(count):
        write_record(top / "content", number)
    return top / "content"


def draw_id(chance: random.Random, number: int) -> dict[str, object]:
    """Return the id that a record names, if any: of its own, or made of another's address."""
    draw = chance.random()
    if draw < 0.1:
        return {"id": f"https://news.example.org/?p={number}"}
    if draw < 0.2:
        return {"id": article_id(f"https://news.example.org/{chance.randrange(40)}")}
    return {"id": "tag:news.example.org,2026:shared"} if draw < 0.25 else {}


def change_site(content: Path, chance: random.Random, version: int) -> None:
    """Change, add or remove one record."""
    number = chance.randrange(40)
    if chance.random() < 0.2:
        (content / f"{number}.md").unlink(missing_ok=True)
    else:
        write_record(content, number, version, **draw_id(chance, number))


def build(content: Path, out: Path, **options: object) -> feedkit.Report:
    """Build with what these tests have in common."""
    # A first build, which others are measured by, compares nothing.
    known: dict[str, object] = {"now": NOW, "prune": True, "allow_resurface": True}
    known |= {"allow_shrink": True, **options}
    return feedkit.build(content, out, SITE, **known)  # type: ignore[arg-type]


def build_fresh(content: Path, top: Path) -> dict[str, bytes]:
    """Return what a first build publishes."""
    fresh = top / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    build(content, fresh, cache=False)
    return read_tree(fresh)


def read_tree(folder: Path) -> dict[str, bytes]:
    """Return the bytes of all files below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {os.fspath(path.relative_to(folder)): path.read_bytes() for path in files}
