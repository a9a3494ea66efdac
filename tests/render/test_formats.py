"""Atom, RSS and JSON Feed say the same: the same entries in the same order, each alike.

JSON Feed is the measure, read as it is; Atom and RSS are read by their elements (lxml) and as a
reader program reads them (feedparser).
"""

import html
import json
from calendar import timegm
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import feedparser  # type: ignore[import-untyped]
import pytest
from lxml import etree

NAMESPACES = {
    "a": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "m": "http://search.yahoo.com/mrss/",
}
#: What is compared of each entry, as all formats can say it.
Shown = dict[str, Any]
#: In Atom an author is a name and an address; RSS has the name alone.
FIELDS = (
    *("id", "title", "url", "published", "updated", "author", "tags", "summary", "html"),
    *("related", "picture", "enclosure"),
)


def read_json(folder: Path) -> list[Shown]:
    return [_read_item(item) for item in json.loads((folder / "feed.json").read_bytes())["items"]]


def _read_item(item: dict[str, Any]) -> Shown:
    ours = item.get("_feedkit", {})
    assert item["author"] == item["authors"][0]
    assert item.get("image") == ours.get("image", {}).get("url")
    picture = ours.get("image")
    return {
        "id": item["id"],
        "title": item["title"],
        "url": item["url"],
        "published": datetime.fromisoformat(item["date_published"]),
        "updated": datetime.fromisoformat(item["date_modified"]),
        "author": item["author"]["name"],
        "tags": item.get("tags", []),
        "summary": item.get("summary", ""),
        "html": item["content_html"],
        "related": [
            (link["url"], " – ".join(filter(None, (link["title"], link.get("provider")))))
            for key in ("related", "related_to")
            for link in ours.get(key, [])
        ],
        "picture": picture and tuple(picture.get(key) for key in ("url", "width", "height")),
        "enclosure": next(
            (
                (one["url"], one["mime_type"], one.get("size_in_bytes", 0))
                for one in item.get("attachments", [])
            ),
            None,
        ),
    }


def read_atom(folder: Path) -> list[Shown]:
    root = etree.parse(folder / "atom.xml").getroot()
    return [_read_entry(entry) for entry in root.iterfind("a:entry", NAMESPACES)]


def _read_entry(entry: etree._Element) -> Shown:
    return {
        "id": _text(entry, "a:id"),
        "title": _text(entry, "a:title"),
        "url": _links(entry, "alternate")[0].get("href"),
        "published": datetime.fromisoformat(_text(entry, "a:published")),
        "updated": datetime.fromisoformat(_text(entry, "a:updated")),
        "author": _text(entry, "a:author/a:name"),
        "tags": [one.get("term") for one in entry.iterfind("a:category", NAMESPACES)],
        "summary": _text(entry, "a:summary"),
        "html": _text(entry, "a:content"),
        "enclosure": next(
            (
                (one.get("href"), one.get("type"), int(one.get("length", "0")))
                for one in _links(entry, "enclosure")
            ),
            None,
        ),
        **_read_extensions(entry),
    }


def read_rss(folder: Path) -> list[Shown]:
    root = etree.parse(folder / "rss.xml").getroot()
    return [_read_rss_item(item) for item in root.iterfind("channel/item")]


def _read_rss_item(item: etree._Element) -> Shown:
    published = parsedate_to_datetime(_text(item, "pubDate"))
    updated = _text(item, "a:updated")
    enclosure = item.find("enclosure")
    return {
        "id": _text(item, "guid"),
        "title": _text(item, "title"),
        "url": _text(item, "link"),
        "published": published,
        "updated": datetime.fromisoformat(updated) if updated else published,
        "author": _text(item, "dc:creator"),
        "tags": [one.text for one in item.iterfind("category")],
        "summary": html.unescape(_text(item, "description")),  # it is HTML
        "html": _text(item, "content:encoded"),
        "enclosure": None
        if enclosure is None
        else (enclosure.get("url"), enclosure.get("type"), int(enclosure.get("length", ""))),
        **_read_extensions(item),
    }


def _read_extensions(entry: etree._Element) -> Shown:
    """Return what Atom and RSS say with the same elements."""
    content = entry.find("m:content", NAMESPACES)
    thumbnail = entry.find("m:thumbnail", NAMESPACES)
    pictures = [
        None if one is None else (one.get("url"), _size(one, "width"), _size(one, "height"))
        for one in (content, thumbnail)
    ]
    assert pictures[0] == pictures[1]
    return {
        "related": [(one.get("href"), one.get("title")) for one in _links(entry, "related")],
        "picture": pictures[0],
    }


def _text(element: etree._Element, path: str) -> str:
    return element.findtext(path, "", NAMESPACES)


def _links(element: etree._Element, rel: str) -> list[etree._Element]:
    return element.findall(f"a:link[@rel='{rel}']", NAMESPACES)


def _size(element: etree._Element, name: str) -> int | None:
    value = element.get(name)
    return int(value) if value else None


def read_with_feedparser(path: Path) -> list[Shown]:
    """Return what feedparser shows; it cleans HTML and RSS titles its own way, so without these."""
    parsed = feedparser.parse(BytesIO(path.read_bytes()))
    assert not parsed.bozo, parsed.bozo_exception
    return [
        {
            "id": entry.id,
            "url": entry.link,
            "published": _instant(entry.published_parsed),
            # Its own `get` warns where it would fall back to the same.
            "updated": _instant(dict.get(entry, "updated_parsed", entry.published_parsed)),
            "author": entry.author,
            "tags": [tag.term for tag in entry.get("tags", ())],
            "related": [(one.href, one.title) for one in entry.links if one.rel == "related"],
            "picture": _pick_picture(entry),
            "enclosure": _pick_enclosure(entry),
        }
        for entry in parsed.entries
    ]


def _instant(parsed: Any) -> datetime:
    return datetime.fromtimestamp(timegm(parsed), UTC)


def _pick_picture(entry: Any) -> object:
    if "media_content" not in entry:
        return None
    first = entry.media_content[0]
    sizes = (int(first[key]) if key in first else None for key in ("width", "height"))
    return (first["url"], *sizes)


def _pick_enclosure(entry: Any) -> object:
    first = next(iter(entry.enclosures), None)
    return first and (first.href, first.type, int(first.get("length", 0)))


def read_atom_with_feedparser(folder: Path) -> list[Shown]:
    return read_with_feedparser(folder / "atom.xml")


def read_rss_with_feedparser(folder: Path) -> list[Shown]:
    return read_with_feedparser(folder / "rss.xml")


READERS: dict[str, Callable[[Path], list[Shown]]] = {
    "atom": read_atom,
    "rss": read_rss,
    "atom with feedparser": read_atom_with_feedparser,
    "rss with feedparser": read_rss_with_feedparser,
}


def feeds(built: Path) -> Iterator[Path]:
    """Yield the folder of every feed."""
    found = sorted(path.parent for path in built.rglob("feed.json"))
    assert len(found) > 40
    yield from found


@pytest.mark.parametrize("reader", READERS)
def test_every_feed_says_what_its_json_feed_says(built: Path, reader: str) -> None:
    for folder in feeds(built):
        wanted, got = read_json(folder), READERS[reader](folder)
        assert [one["id"] for one in got] == [one["id"] for one in wanted], folder
        for one, other in zip(got, wanted, strict=True):
            assert one == {field: other[field] for field in FIELDS if field in one}, folder


@pytest.mark.parametrize("field", FIELDS)
def test_the_golden_records_hold_every_field_that_is_compared(built: Path, field: str) -> None:
    values = [str(one[field]) for one in read_json(built / "all")]
    assert len(set(values)) > 2


def test_the_heads_of_a_feeds_formats_say_the_same(built: Path) -> None:
    for folder in feeds(built):
        atom = etree.parse(folder / "atom.xml").getroot()
        (channel,) = etree.parse(folder / "rss.xml").getroot()
        made = json.loads((folder / "feed.json").read_bytes())
        head = (made["title"], made["home_page_url"], made["description"], made["language"])
        assert head == (
            _text(atom, "a:title"),
            _links(atom, "alternate")[0].get("href"),
            _text(atom, "a:subtitle"),
            atom.get("{http://www.w3.org/XML/1998/namespace}lang"),
        )
        description = html.unescape(_text(channel, "description"))  # it is HTML
        title, link, language = (_text(channel, one) for one in ("title", "link", "language"))
        assert head == (title, link, description, language)
        picture = made.get("icon", "")
        assert {picture, made.get("favicon", "")} == {picture}
        assert {_text(atom, "a:icon"), _text(atom, "a:logo")} == {picture}
        assert _text(channel, "image/url") == picture
        updated = datetime.fromisoformat(_text(atom, "a:updated"))
        assert updated == parsedate_to_datetime(_text(channel, "lastBuildDate"))
        assert updated == max(one["updated"] for one in read_json(folder))


def test_each_format_names_its_own_address(built: Path) -> None:
    for folder in feeds(built):
        page = json.loads((folder / "feed.json").read_bytes())["home_page_url"]
        atom = etree.parse(folder / "atom.xml").getroot()
        (channel,) = etree.parse(folder / "rss.xml").getroot()
        assert [one.get("href") for one in _links(atom, "self")] == [f"{page}atom.xml"]
        assert [one.get("href") for one in _links(channel, "self")] == [f"{page}rss.xml"]


def test_an_entry_is_the_same_in_every_feed_but_for_its_source(built: Path) -> None:
    for read in (read_json, read_atom, read_rss):
        known: dict[str, Shown] = {}
        for folder in feeds(built):
            for one in read(folder):
                assert known.setdefault(one["id"], one) == one


def test_an_entry_has_a_source_everywhere_but_in_that_very_feed(built: Path) -> None:
    sources = 0
    for folder in feeds(built):
        atom = etree.parse(folder / "atom.xml").getroot()
        rss = etree.parse(folder / "rss.xml").getroot()
        own = _text(atom, "a:id")
        entries = atom.findall("a:entry", NAMESPACES)
        items = rss.findall("channel/item")
        for entry, item in zip(entries, items, strict=True):
            source, other = entry.find("a:source", NAMESPACES), item.find("source")
            assert (source is None) == (other is None)
            if source is None or other is None:
                continue
            sources += 1
            assert _text(source, "a:id") != own
            page = _links(source, "alternate")[0].get("href")
            assert (other.get("url"), other.text) == (f"{page}rss.xml", _text(source, "a:title"))
            assert list(entry)[-1] is source
            assert list(item)[-1] is other
    assert sources


ATOM_ORDER = (
    *("id", "title", "alternate", "published", "updated", "author", "category", "summary"),
    *("content", "related", "enclosure", "thumbnail", "content", "source"),
)
RSS_ORDER = (
    *("title", "link", "guid", "pubDate", "updated", "creator", "category", "description"),
    *("encoded", "related", "enclosure", "thumbnail", "content", "source"),
)


@pytest.mark.parametrize(
    ("name", "path", "order"),
    [("atom.xml", "a:entry", ATOM_ORDER), ("rss.xml", "channel/item", RSS_ORDER)],
)
def test_children_stand_in_the_order_that_readers_need(
    built: Path, name: str, path: str, order: tuple[str, ...]
) -> None:
    for folder in feeds(built):
        for entry in etree.parse(folder / name).getroot().iterfind(path, NAMESPACES):
            rest = iter(order)
            names = [one.get("rel") or etree.QName(one).localname for one in entry]
            distinct = [
                one for one, before in zip(names, ["", *names], strict=False) if one != before
            ]
            assert all(one in rest for one in distinct), (folder, names)
