"""A feed's file in, what a reader program shows of it out: four real clients and two of our own.

The form of a file is its name. What a client does not show is None in `Seen` and stands in
`HIDDEN`, what it spoils in `FAULTS`, each with its reason; all else it must get right. Nothing is
fetched. Every `published` is aware.
"""

import json
import re
from calendar import timegm
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import atoma  # type: ignore[import-untyped]
import fastfeedparser  # type: ignore[import-untyped]
import feedparser  # type: ignore[import-untyped]
import listparser
import reader
from lxml import etree

ATOM, RSS, JSON = FORMS = ("atom.xml", "rss.xml", "feed.json")
ATOM_NS = "http://www.w3.org/2005/Atom"
NAMESPACES = {"a": ATOM_NS, "dc": "http://purl.org/dc/elements/1.1/"}


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One entry as a client shows it; None is what the client does not show."""

    id: str
    title: str
    link: str
    author: str | None
    published: datetime | None
    tags: tuple[str, ...] | None
    #: The hrefs of `rel="related"`.
    related: tuple[str, ...] | None


class Subscription(NamedTuple):
    """One feed of an OPML file; the folders that it stands in, outermost first, are a category."""

    title: str
    url: str
    categories: tuple[tuple[str, ...], ...]


Read = Callable[[Path], list[Seen]]


def read_with_json(path: Path) -> list[Seen]:
    """Return what the items of a JSON Feed say: the measure for every client."""
    return [_read_item(item) for item in json.loads(path.read_bytes())["items"]]


def _read_item(item: dict[str, Any]) -> Seen:
    ours = item.get("_feedkit", {})
    return Seen(
        id=item["id"],
        title=item["title"],
        link=item["url"],
        author=", ".join(author["name"] for author in item["authors"]),
        published=datetime.fromisoformat(item["date_published"]),
        tags=tuple(item.get("tags", ())),
        related=tuple(
            other["url"] for key in ("related", "related_to") for other in ours.get(key, ())
        ),
    )


def read_with_lxml(path: Path) -> list[Seen]:
    """Return what the elements of Atom or RSS say, each read as its specification has it."""
    root = etree.parse(path).getroot()
    if path.name == ATOM:
        return [_read_entry(entry) for entry in root.iterfind("a:entry", NAMESPACES)]
    return [_read_rss_item(item) for item in root.iterfind("channel/item")]


def _read_entry(entry: etree._Element) -> Seen:
    return Seen(
        id=_only(entry, "a:id/text()"),
        title=_only(entry, "a:title/text()"),
        # RFC 4287 4.2.7.2: a link without rel is an alternate one.
        link=_only(entry, "a:link[not(@rel) or @rel='alternate']/@href"),
        author=_only(entry, "a:author/a:name/text()"),
        published=datetime.fromisoformat(_only(entry, "a:published/text()")),
        tags=_all(entry, "a:category/@term"),
        related=_all(entry, "a:link[@rel='related']/@href"),
    )


def _read_rss_item(item: etree._Element) -> Seen:
    return Seen(
        id=_only(item, "guid/text()"),
        title=_only(item, "title/text()"),
        link=_only(item, "link/text()"),
        author=_only(item, "dc:creator/text()"),
        published=parsedate_to_datetime(_only(item, "pubDate/text()")),
        tags=_all(item, "category/text()"),
        related=_all(item, "a:link[@rel='related']/@href"),
    )


def _all(element: etree._Element, path: str) -> tuple[str, ...]:
    found = element.xpath(path, namespaces=NAMESPACES)
    assert isinstance(found, list)
    return tuple(str(value) for value in found)


def _only(element: etree._Element, path: str) -> str:
    (value,) = _all(element, path)
    return value


def read_with_feedparser(path: Path) -> list[Seen]:
    """Read Atom or RSS; an `entry.link` that is not the first alternate one would show here."""
    parsed = feedparser.parse(BytesIO(path.read_bytes()))  # bytes alone might be a file's name
    assert not parsed.bozo, parsed.bozo_exception
    return [see_feedparser_entry(entry) for entry in parsed.entries]


def see_feedparser_entry(entry: Any) -> Seen:
    return Seen(
        id=entry.id,
        title=entry.title,
        link=entry.link,
        author=entry.author,
        published=datetime.fromtimestamp(timegm(entry.published_parsed), UTC),
        tags=tuple(tag.term for tag in entry.get("tags", ())),
        related=_related(entry.links),
    )


def read_with_reader(path: Path) -> list[Seen]:
    """Read any format, in the order of reader's own list: newest first, then as in the file."""
    with reader.make_reader(":memory:", feed_root=str(path.parent.resolve())) as library:
        library.add_feed(path.name)
        library.update_feed(path.name)
        return [see_reader_entry(entry) for entry in library.get_entries()]


def see_reader_entry(entry: reader.Entry) -> Seen:
    return Seen(
        id=entry.id,
        title=entry.title or "",
        link=entry.link or "",
        author=entry.authors_str,
        published=entry.published,
        tags=None,
        related=None,
    )


def read_with_fastfeedparser(path: Path) -> list[Seen]:
    """Read any format."""
    parsed = fastfeedparser.parse(path.read_bytes())
    return [see_fastfeedparser_entry(entry, path.name) for entry in parsed.entries]


def see_fastfeedparser_entry(entry: Any, form: str) -> Seen:
    return Seen(
        id=entry["id"],
        title=entry["title"],
        link=entry["link"],
        author=entry["author"],
        published=datetime.fromisoformat(entry["published"]),
        tags=tuple(tag["term"] for tag in entry.get("tags", ())),
        related=None if form == JSON else _related(entry["links"]),
    )


def read_with_atoma(path: Path) -> list[Seen]:
    """Read any format."""
    data = path.read_bytes()
    if path.name == ATOM:
        return [_read_atoma_entry(entry) for entry in atoma.parse_atom_bytes(data).entries]
    if path.name == RSS:
        return [_read_atoma_rss_item(item) for item in atoma.parse_rss_bytes(data).items]
    return [_read_atoma_json_item(item) for item in atoma.parse_json_feed_bytes(data).items]


def _read_atoma_entry(entry: Any) -> Seen:
    return Seen(
        id=entry.id_,
        title=entry.title.value,
        link=next(link.href for link in entry.links if link.rel in (None, "alternate")),
        author=", ".join(author.name for author in entry.authors),
        published=entry.published,
        tags=tuple(category.term for category in entry.categories),
        related=tuple(link.href for link in entry.links if link.rel == "related"),
    )


def _read_atoma_rss_item(item: Any) -> Seen:
    return Seen(
        id=item.guid,
        title=item.title,
        link=item.link,
        author=item.author,
        published=item.pub_date,
        tags=tuple(item.categories),
        related=None,
    )


def _read_atoma_json_item(item: Any) -> Seen:
    return Seen(
        id=item.id_,
        title=item.title,
        link=item.url,
        author=item.author.name,
        published=item.date_published,
        tags=tuple(item.tags),
        related=None,
    )


def _related(links: Iterable[Any]) -> tuple[str, ...]:
    return tuple(link["href"] for link in links if link.get("rel") == "related")


#: How each client reads, and which forms: feedparser 6.0 finds no entry in JSON Feed.
CLIENTS: dict[str, tuple[Read, tuple[str, ...]]] = {
    "lxml": (read_with_lxml, (ATOM, RSS)),
    "feedparser": (read_with_feedparser, (ATOM, RSS)),
    "reader": (read_with_reader, FORMS),
    "fastfeedparser": (read_with_fastfeedparser, FORMS),
    "atoma": (read_with_atoma, FORMS),
}

#: The fields that a client does not show in a form.
HIDDEN: dict[tuple[str, str], tuple[str, ...]] = {
    # reader 3.26: neither categories nor links in `EntryData` (_parser/feedparser.py, jsonfeed.py).
    ("reader", ATOM): ("tags", "related"),
    ("reader", RSS): ("tags", "related"),
    ("reader", JSON): ("tags", "related"),
    # The only related link of JSON Feed is `external_url`, and that is not written.
    ("fastfeedparser", JSON): ("related",),
    ("atoma", JSON): ("related",),
    # atoma 0.0.17: the only author of RSS is `<author>`, an e-mail address (rss.py `_get_item`),
    # the only element of another namespace `content:encoded` (utils.py `ns`).
    ("atoma", RSS): ("author", "related"),
}

# feedparser 6.0.14, and reader with its copy: a title of RSS with an end tag or a character
# reference is taken for HTML (mixin.py `looks_like_html`) and written anew (`<br/>` as `<br />`,
# `&#x1F600;` as `&#x1f600;`), and `;` goes from `&name;` in a link of RSS (`pop`).
_HTML_TITLE = re.compile(r"</\w+>|&#?\w+;")
_REFERENCE = re.compile(r"&\w+;")

#: The values that a client spoils, by client, form and field: whatever holds the pattern.
FAULTS: dict[tuple[str, str, str], re.Pattern[str]] = {
    ("feedparser", RSS, "title"): _HTML_TITLE,
    ("reader", RSS, "title"): _HTML_TITLE,
    ("feedparser", RSS, "link"): _REFERENCE,
    ("reader", RSS, "link"): _REFERENCE,
    # reader 3.26: "A,B" is two authors of RSS, "Name (US)" and "Name <x>" a name and an e-mail
    # address (_parser/feedparser.py `_parse_rss_authors`); "A, B" is joined as it was.
    ("reader", RSS, "author"): re.compile(r"[(<]|\s,|,(?! \S)"),
}


def read_subscriptions(path: Path) -> list[Subscription]:
    """Return the feeds of an OPML file as listparser sees them, in its order."""
    parsed = listparser.parse(path.read_bytes())
    assert not parsed.bozo, parsed.bozo_exception
    return [
        Subscription(feed.title, feed.url, tuple(tuple(names) for names in feed.categories))
        for feed in parsed.feeds
    ]
