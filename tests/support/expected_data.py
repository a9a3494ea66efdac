"""What feeds must show of data files such as those of the real records, from these files alone.
Each gives a domain or a folder name, a name, and square pictures of known sizes.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import yaml


def read_data(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.iterdir()):
        text = file.read_text("utf-8")
        yield yaml.load(text.strip().removesuffix("---"), yaml.BaseLoader)


def choose(images: list[dict[str, str]], least: int, most: int, home: str) -> str:
    """The smallest picture that is at least so wide, else the largest; none wider than `most`."""
    allowed = sorted((int(image["width"]), image["url"]) for image in images)
    allowed = [pair for pair in allowed if pair[0] <= most] or allowed[:1]
    wide = [pair for pair in allowed if pair[0] >= least] or allowed[-1:]
    return urljoin(home, wide[0][1].lstrip("/")) if wide else ""


def describe(values: dict[str, Any], home: str) -> dict[str, str]:
    """What the head of its feed says, by the formats' own names."""
    images, name = values.get("images", []), values["name"]
    uses = {"icon": (32, 9999), "logo": (512, 9999), "image": (144, 144)}
    uses |= {"json icon": (512, 9999), "favicon": (64, 9999)}
    pictures = {use: choose(images, *sizes, home) for use, sizes in uses.items()}
    said = values.get("description", f"{name}: news and related coverage")
    return {"title": name, "description": " ".join(said.split()), **pictures}


def expect_heads(data: Path, home: str) -> dict[str, dict[str, str]]:
    """By address, for all of whom there may be feeds: what their heads say."""
    topics = {f"topics/{one['_id']}": one for one in read_data(data / "topics")}
    others = {f"providers/{one['domain']}": one for one in read_data(data / "organizations")}
    return {path: describe(values, home) for path, values in {**topics, **others}.items()}


def list_above(data: Path) -> dict[str, list[str]]:
    """For each topic those above it, by the names of their folders."""
    topics = {one["name"]: one for one in read_data(data / "topics")}
    found: dict[str, list[str]] = {}
    for one in topics.values():
        above = found[one["_id"]] = []
        parent = one.get("parent")
        while parent:
            above.append(topics[parent]["_id"])
            parent = topics[parent].get("parent")
    return found
