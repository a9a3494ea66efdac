"""Records that tie: in dates, and in titles where agencies reprint; for `again.py --ties`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

_RELATED = 3


def _make_item(name: str, date: str, title: str) -> dict[str, object]:
    wire = {"name": "Wire", "domain": "wire.example"}
    url = f"https://wire.example/{name}"
    return {"title": title, "webUrl": url, "publishedDateTime": date, "provider": wire}


def _list_items(number: int, date: str) -> list[dict[str, object]]:
    return [_make_item(f"{number}-{n}", date, f"Item {number}-{n}") for n in range(_RELATED)]


def _tie_all(number: int) -> dict[str, object]:
    date = "2026-01-01T00:00:00Z"
    return {"publishedDateTime": date, "related": _list_items(number, date)}


def _tie_related(number: int) -> dict[str, object]:
    return {"related": _list_items(number, "2026-01-01T00:00:00Z")}


def _tie_ten(number: int) -> dict[str, object]:
    date = f"2026-01-{10 + number % 10}T00:00:00Z"
    return {"publishedDateTime": date, "related": _list_items(number, date)}


def _reprint(number: int) -> dict[str, object]:
    """Four records of each story, with reprints of their own and one of the next story."""
    story, date = number // 4, "2026-01-01T00:00:00Z"
    items = [_make_item(f"{number}-{n}", date, f"Story {story}") for n in range(_RELATED - 1)]
    items.append(_make_item(f"{number + 1}-0", date, f"Story {(number + 1) // 4}"))
    return {"title": f"Story {story}", "publishedDateTime": date, "related": items}


#: What the record of each number says besides its address.
SHAPES: dict[str, Callable[[int], dict[str, object]]] = {
    "all of one date": _tie_all,
    "related of one date": _tie_related,
    "all of ten dates": _tie_ten,
    "reprints of one date": _reprint,
}


def write_record(folder: Path, shape: str, number: int, excerpt: str = "As it was.") -> None:
    """Write the record of a number.

    Args:
        folder: Where it is.
        shape: Which of `SHAPES` it has.
        number: From 0; of 250 records each there is a folder.
        excerpt: Its excerpt.
    """
    # Dates that differ, but for shapes that say another.
    hour, second = number // 3600 % 24, number % 3600
    date = f"2026-03-{1 + number // 86_400:02}T{hour:02}:{second // 60:02}:{second % 60:02}Z"
    record = {
        "title": f"Title {number}",
        "webUrl": f"https://news.example/{number}",
        "publishedDateTime": date,
        "excerpt": excerpt,
        "topics": [f"Topic {number % 40}"],
        "provider": {"name": f"Daily {number % 60}", "domain": f"daily{number % 60}.example"},
        **SHAPES[shape](number),
    }
    place = folder / f"{number // 250}" / f"{number}.md"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"---\n{json.dumps(record)}\n---\n")
