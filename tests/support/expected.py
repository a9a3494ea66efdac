"""What feeds of the real records must hold, by sections 3 to 6 of the encoding, from records alone.
Those have plain https URLs and dates in UTC, no ids and no updates, and nothing is withheld.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace as Article
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import yaml


def slug(name: str) -> str:
    return "-".join(re.findall(r"[^\W_]+", name.casefold().translate({38: " and ", 43: " plus "})))


def read_article(row: dict[str, Any]) -> Article:
    """A record, or an item of a related list; its URL is its key and makes its id."""
    url = row["webUrl"] if "webUrl" in row else row["originalUrl"]
    made = Article(url=url, id=uuid5(NAMESPACE_URL, url).urn, row=row, items={})
    made.title = " ".join(row["title"].split())
    made.published = datetime.fromisoformat(row["publishedDateTime"])
    made.rank = made.published, int(row.get("quality", -(10**9)))
    made.tags = {slug(topic): topic for topic in row.get("topics", [])}
    made.paths = {f"topics/{tag}" for tag in made.tags}
    if "provider" in row:
        made.paths.add("providers/" + row["provider"]["domain"])
    for item in map(read_article, row.get("related", [])):
        made.items.setdefault(item.url, item)
    return made


def read_primaries(folders: Sequence[Path]) -> tuple[dict[str, Article], Counter[str]]:
    """The published records by URL, of duplicates the better one, and what was counted."""
    files = [file for folder in folders for file in sorted(folder.rglob("*.*"))]
    rows = [yaml.load(f.read_text("utf-8").split("\n---\n")[0], yaml.BaseLoader) for f in files]
    records = [read_article(r) for r in rows if r.get("published") != "false" and "draft" not in r]
    leads = {lead.url: lead for lead in sorted(records, key=lambda record: record.rank)}
    count = Counter(articles=len(records), duplicates=len(records) - len(leads))
    count["unpublished"] = len(rows) - len(records)
    for lead in leads.values():
        lead.paths.add("all"), lead.items.pop(lead.url, None)
        titles = {slug(lead.title)}
        for item in lead.items.values():
            item.told = slug(item.title) in titles and item.url not in leads
            item.tags = {"": "Related coverage"}
            titles.add(slug(item.title))
    items = [(lead, item) for lead in leads.values() for item in lead.items.values()]
    echoes = {item.url for lead, item in items if slug(item.title) == slug(lead.title)} - {*leads}
    for _, item in items:
        item.told |= item.url in echoes
        count["retold"] += item.told
    return leads, count


def newest(entries: Iterable[Article], limit: int) -> list[Article]:
    return sorted(entries, key=lambda e: (-e.published.timestamp(), e.id))[:limit]


def stand(own: list[Article], near: list[Article]) -> list[Article]:
    """With the newest of what they list, less those that would stand beside a twin."""
    found = [*own, *newest(near, 50)]
    beside = {e.url for e in found if e.twins & {one.url for one in found}}
    return stand(own, [e for e in near if e.url not in beside]) if beside else newest(found, 100)


def expect_feeds(folders: Sequence[Path], related: str = "entries", above: Any = {}.get) -> Article:
    """The entries of each feed in order, each with what it lists and its parents; the counts."""
    leads, count = read_primaries(folders)
    for lead in leads.values():
        lead.paths |= {f"topics/{one}" for tag in lead.tags for one in above(tag, ())}
        lead.heard = {url: item for url, item in lead.items.items() if not item.told}
        lead.shown = list(lead.heard)[:5] if related == "entries" else []
    heard = [item for lead in leads.values() for item in lead.heard.values()]
    entries = {item.url: item for item in sorted(heard, key=lambda item: item.rank)} | leads
    for entry in entries.values():
        above = [p for p in leads.values() if entry.url in p.items]
        entry.parents = newest((p for p in above if p.url not in entry.items), 10)
        twins = {p.url for p in above if slug(p.title) == slug(entry.title)}
        entry.twins = twins if entry.url not in leads else set()
    feeds, shown = {}, {url for lead in leads.values() for url in lead.shown}
    for path in {path for url in {*leads, *shown} for path in entries[url].paths}:
        own = newest((lead for lead in leads.values() if path in lead.paths), 50)
        near = {url for lead in own for url in lead.shown}
        if path.startswith("providers/"):
            near = {url for url in shown if path in entries[url].paths}
        near -= {lead.url for lead in own}
        feeds[path] = stand(own, [entries[url] for url in near])
    return Article(feeds=feeds, count=count)
