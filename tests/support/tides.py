"""Ten records of the tides, and what is read of their feeds."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedkit

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SITE = feedkit.Site(title="Harbour", url="https://feeds.example.org/")
CONFIG = feedkit.Config(site=SITE)
PROVIDER = {"name": "Harbour News", "domain": "harbour.example"}
JSON_FIRST: tuple[feedkit.Format, ...] = ("json", "atom", "rss")
ORDERS = {
    order: feedkit.Config(site=SITE, feeds=feedkit.FeedSettings(formats=formats))
    for order, formats in (("first", JSON_FIRST), ("last", feedkit.FORMATS))
}


def write(folder: Path, number: int, **fields: object) -> None:
    """Write a record; fields left out are those every record needs."""
    record = {
        "title": f"Tide {number}",
        "url": f"https://harbour.example/{number}",
        "date": f"2026-02-{1 + number % 28:02}T08:00:00Z",
        "topics": ["Tides"],
        "provider": PROVIDER,
        **fields,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{number}.md").write_text(f"---\n{json.dumps(record)}\n---\n", "utf-8")


def write_ten(folder: Path, **fields: object) -> None:
    for number in range(10):
        write(folder, number, **fields)


def name_anew(folder: Path, count: int = 6) -> None:
    """Give so many records other ids."""
    for number in range(count):
        write(folder, number, id=f"new {number}")


def write_other(folder: Path, title: str = "Boat") -> None:
    other = {"title": title, "url": "https://boats.example/", "provider": None, "topics": ["Boats"]}
    write(folder, 99, **other)


def build(folder: Path, config: feedkit.Config = CONFIG, **more: Any) -> feedkit.Report:
    return feedkit.build(folder / "in", folder / "out", config, now=NOW, **more)


def read_all(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def keep_feeds(files: dict[str, bytes], *paths: str) -> dict[str, bytes]:
    return {name: data for name, data in files.items() if name.startswith(paths)}


def read_feeds(out: Path, *paths: str) -> dict[str, bytes]:
    return keep_feeds(read_all(out), *paths)


def list_held(report: feedkit.Report) -> list[str]:
    return [line.partition(": ")[0] for line in report.held]


def read_ids(path: Path) -> list[str]:
    return [item["id"] for item in json.loads(path.read_bytes())["items"]]


def halve(folder: Path) -> None:
    """Take away most records, as a folder that is not mounted does."""
    for number in range(7):
        (folder / f"{number}.md").unlink()
