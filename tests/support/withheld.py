"""Records that words of other programs withhold, or do not."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedkit

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SITE = feedkit.Site(title="Harbour", url="https://feeds.example.org/")
URL = "https://example.org/secret"
PAST, LATER = "2026-02-28T12:00:00Z", "2026-03-02T12:00:00Z"


def make_config(**withhold: Any) -> feedkit.Config:
    return feedkit.Config(site=SITE, records=feedkit.RecordSettings(withhold=withhold))


def write(folder: Path, name: str = "secret", /, **fields: object) -> Path:
    content = folder / "in"
    content.mkdir(exist_ok=True)
    record = {"title": f"About {name}", "url": f"https://example.org/{name}", "date": "2026-01-01"}
    (content / f"{name}.md").write_text(f"---\n{json.dumps(record | fields)}\n---\n", "utf-8")
    return content


def build(
    folder: Path, config: feedkit.Config | None = None, *, now: datetime = NOW, **more: Any
) -> feedkit.Report:
    config = config or make_config()
    return feedkit.build(folder / "in", folder / "out", config, now=now, **more)


def titles(folder: Path) -> list[str]:
    items = json.loads((folder / "out/all/feed.json").read_bytes())["items"]
    return sorted(item["title"] for item in items)
