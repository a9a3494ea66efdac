"""What readers show of an entry, what the records say that they must, and where the two differ."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from lxml import html

from clients import Seen
from expected import expect_feeds

FIELDS = ("entries", "title", "link", "author", "date", "tags", "picture", "related")
#: The labels of the demo's two lists.
LABELS = ("Related coverage", "Related to")

Links = tuple[tuple[str, str], ...]
Values = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """An entry as a reader gives it; None is what it does not show."""

    id: str
    title: str | None = None
    link: str | None = None
    author: str | None = None
    published: datetime | None = None
    tags: tuple[str, ...] | None = None
    #: The text, as HTML.
    html: str | None = None
    #: The picture that stands outside of the text.
    picture: str | None = None


#: Addresses in, and a folder to work in; out come the entries of each.
Read = Callable[[Sequence[str], Path], dict[str, list[Shown]]]


def show(seen: Seen, **more: Any) -> Shown:
    """Add to what `clients` saw what they see no further."""
    fields = {name: getattr(seen, name) for name in ("id", "title", "link", "author", "tags")}
    return Shown(**fields, published=seen.published, **more)


def read_date(text: str | None) -> datetime | None:
    """Read a date as one of the formats writes it."""
    if not text:
        return None
    iso = re.match(r"\d{4}-", text)
    return datetime.fromisoformat(text) if iso else parsedate_to_datetime(text).astimezone(UTC)


def expect(content: Path, publisher: str) -> dict[str, dict[str, Values]]:
    """Return by path of feed and id of entry what must be shown, from the records alone."""
    folders = sorted(folder for folder in content.iterdir() if folder.is_dir())
    return {
        path: {entry.id: _expect_entry(entry, publisher) for entry in entries}
        for path, entries in expect_feeds(folders).feeds.items()
    }


def _expect_entry(entry: Any, publisher: str) -> Values:
    row = entry.row
    others = [*entry.items.values(), *entry.parents]
    return {
        "title": entry.title,
        "link": entry.url,
        "author": row.get("provider", {}).get("name", publisher),
        "date": entry.published,
        "tags": tuple(entry.tags.values()),
        "picture": {image["url"] for image in row.get("images", [])[:1]},
        "related": tuple((other.title, other.url) for other in others),
    }


def list_values(shown: Shown) -> Values:
    """Return what is shown by the names of `FIELDS`."""
    body = html.fromstring(f"<div>{shown.html}</div>") if shown.html else None
    first = body.xpath("string((.//img)[1]/@src)") if body is not None else ""
    return {
        "title": shown.title,
        "link": shown.link,
        "author": shown.author,
        "date": shown.published,
        "tags": shown.tags,
        "picture": {shown.picture, str(first)} - {None, ""},
        "related": None if body is None else _list_related(body),
    }


def _list_related(body: html.HtmlElement) -> Links:
    """Return the links of the lists that follow a label, as somebody sees them."""
    found: list[tuple[str, str]] = []
    for label in LABELS:
        links = body.xpath(
            ".//p[normalize-space()=$label]/following-sibling::ul[1]//a", label=label
        )
        assert isinstance(links, list)
        found += [(link.text_content(), link.get("href")) for link in links]
    return tuple(found)


def find_wrong(entries: Iterable[Shown], wanted: Mapping[str, Values]) -> dict[str, list[str]]:
    """Return by field what one feed's entries show wrong."""
    entries = list(entries)
    wrong: dict[str, list[str]] = {field: [] for field in FIELDS}
    ids = [shown.id for shown in entries]
    if sorted(ids) != sorted(wanted):
        wrong["entries"].append(f"{len(set(ids) & set(wanted))} of {len(wanted)} in {len(ids)}")
    for shown in entries:
        want = wanted.get(shown.id)
        for field, got in list_values(shown).items() if want else ():
            if want and got != want[field] and (got or want[field]):
                wrong[field].append(f"{shown.id}: {got!r}, not {want[field]!r}")
    return wrong


def shows(entries: Iterable[Shown], field: str) -> bool:
    """Whether a reader shows such a thing at all."""
    return field == "entries" or any(list_values(shown)[field] for shown in entries)
