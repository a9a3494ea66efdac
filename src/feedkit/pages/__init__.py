"""Feeds to pages for people, and OPML: the only room of jinja2.

`pages` itself makes the page of a feed, the index and the OPML file. Every text is escaped, by the
template engine or as it would be escaped there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import msgspec

from ..config.settings import Kind, Site
from ..models import Feed
from ..published import FeedFile, ListedFeed
from ..render.frames import Frames
from ..render.view import LOGO, PictureUse, choose_picture
from ..text import cut_text
from .templates import (
    FORMAT_NAMES,
    GAP,
    WORDS,
    escape_value,
    find_direction,
    find_root,
    keep_web,
    load_template,
    mark_english,
    render_template,
)

if TYPE_CHECKING:
    from ..render.view import EntryView, LinkText

#: Stands in an entry for what leads from the page to the top; no text holds it.
ROOT = b"\0"
#: Of a related list, the first ones.
_MOST_RELATED = 5
#: Characters of a summary.
_MOST_TEXT = 280
_WEB = ('<li><a href="https://', '<li><a href="http://')


class PageEntry(NamedTuple):
    """An entry, ready to be put on a page."""

    picture: str
    """The address of its picture, escaped; empty if it has none."""
    html: bytes


def encode_entry(view: EntryView) -> bytes:
    """Return an entry as it is stored; the first letter is 1 if it has its own record, else 0.

    Args:
        view: What all formats show of it.
    """
    article = view.article
    picture = escape_value(keep_web(article.images[0].url)) if article.images else ""
    language = article.language or view.common.config.site.language
    direction = find_direction(language)
    # The style sheet says how large a picture is shown: the size here is the room kept for it.
    image = (
        f'<img src="{picture}" alt="" width="160" height="90" loading="lazy" decoding="async">\n'
        if picture
        else ""
    )
    html = (
        f"{not view.entry.is_related:d}{picture}\n"
        f'<li lang="{escape_value(language)}" dir="{direction}">\n{image}'
        f'<h3><a href="{escape_value(keep_web(article.url))}">{view.title}</a></h3>\n'
        f'<p class="meta">{_name_provider(view)}'
        f'<time datetime="{view.published}">{view.published[:10]}</time></p>\n'
        f"{_shorten(view, direction)}{_list_related(view, direction)}</li>\n"
    )
    return html.encode()


def decode_entry(data: bytes) -> PageEntry:
    """Return an entry that `encode_entry` encoded."""
    head, _, html = data.partition(b"\n")
    return PageEntry(head[1:].decode(), html)


def _name_provider(view: EntryView) -> str:
    if view.article.provider is None:
        return ""
    name = f"<bdi>{view.xml_author}</bdi>"
    if view.entry.source:
        page = f"{ROOT.decode()}{quote(view.entry.source)}/index.html"
        name = f'<a href="{page}">{name}</a>'
    return f"{name} · "


def _shorten(view: EntryView, direction: str) -> str:
    """Return the summary, or its beginning."""
    text = view.article.summary
    if not text:
        return ""
    head = cut_text(text, _MOST_TEXT)
    shown = view.summary if head is text else f"{escape_value(head)}…"
    return f'<p dir="{direction}">{shown}</p>\n'


def _list_related(view: EntryView, direction: str) -> str:
    labels = view.common.config.labels
    for label, links in ((labels.related, view.related), (labels.related_to, view.related_to)):
        items = [_mark_item(link, direction) for link in links if link.item.startswith(_WEB)]
        if items:
            lines = "".join(items[:_MOST_RELATED])
            return f'<p class="label">{escape_value(label)}</p>\n<ul>\n{lines}</ul>\n'
    return ""


def _mark_item(link: LinkText, direction: str) -> str:
    """Return a link's item, escaped as in lists of the entry's HTML, its parts told apart.

    Title and provider may be of either direction, and the date is one that programs read.
    """
    start, _, rest = link.item.partition('">')
    title, _, rest = rest.partition("</a>")
    provider, day = rest[len(" – ") : -len("2026-01-01</li>")], link.published[:10]
    # By itself `bdi` would go by its first letter, as in a headline that begins with a name.
    bdi = "<bdi>" if direction == "auto" else f'<bdi dir="{direction}">'
    name = f"{bdi}{provider.removesuffix(', ')}</bdi>, " if provider else ""
    return (
        f'<li dir="{direction}"{start[len("<li") :]}">{bdi}{title}</bdi></a> – {name}'
        f'<time datetime="{link.published}">{day}</time></li>\n'
    )


_PAGE = "feed.html"
#: Entries on a page; the feed itself holds more.
MOST_ENTRIES = 30
#: Beside the title: 64 pixels, twice as many on dense screens.
_BESIDE_TITLE = PictureUse(1, 128)


def load_pages() -> None:
    """Load jinja2 and the template of every feed's own page."""
    load_template(_PAGE)


def render_page(
    feed: Feed,
    files: Iterable[FeedFile],
    entries: Sequence[bytes],
    frames: Frames | None = None,
    *,
    is_gone: bool = False,
) -> bytes:
    """Return a feed's own page.

    Args:
        feed: Its own entries are not looked at.
        files: The feed's addresses.
        entries: As `select_own` returns them, in order.
        frames: Those that are known of it.
        is_gone: Whether it is published empty, since no article is left.
    """
    shown = [decode_entry(entry) for entry in entries[:MOST_ENTRIES]]
    root = find_root(feed.path).encode()
    values = {
        "entries": GAP,
        "more": GAP,
        "is_gone": is_gone,
        "picture": choose_picture(feed.pictures, _BESIDE_TITLE) if feed.pictures else "",
    }
    parts: list[list[str] | list[bytes]] = [[_write_picture(feed, shown)]]
    if not is_gone:
        parts.append([entry.html.replace(ROOT, root) for entry in shown])
        parts.append([_write_more(feed, len(shown), len(entries))])
    return render_template(_PAGE, parts, _describe(feed, files, feed.path) | values, frames)


def select_own(entries: Iterable[bytes], kind: Kind) -> list[bytes]:
    """Return the entries that a page of this kind shows, were it long enough.

    Elsewhere what an article lists is a link in it; on a provider's page it stands by itself.
    """
    # The first letter says so: no need to take all of them apart.
    return [entry for entry in entries if kind == "providers" or entry.startswith(b"1")]


def _write_picture(feed: Feed, shown: Iterable[PageEntry]) -> str:
    """Return the picture that others show of the page: the feed's own, else the newest."""
    own = [escape_value(choose_picture(feed.pictures, LOGO))] if feed.pictures else []
    picture = next(filter(None, (*own, *(entry.picture for entry in shown))), "")
    return f'<meta property="og:image" content="{picture}">\n' if picture else ""


def _write_more(feed: Feed, shown: int, total: int) -> str:
    if shown == total:
        return ""
    return f'<p class="note"{mark_english(feed.language)}>{WORDS.more.format(shown, total)}</p>\n'


def render_redirect(feed: Feed, files: Iterable[FeedFile], path: str) -> bytes:
    """Return the page of an old address, which leads to the page of the feed that it serves.

    Args:
        feed: The one that is served.
        files: Its addresses.
        path: The old address.
    """
    page = f"{quote(feed.path)}/index.html" if feed.path else "index.html"
    values = _describe(feed, files, path) | {"href": find_root(path) + page}
    return render_template("redirect.html", [[]], values)


def _describe(feed: Feed, files: Iterable[FeedFile], path: str) -> dict[str, object]:
    """Return the values of a page that do not change with its entries."""
    site = feed.config.site
    return {
        "site_title": site.title,
        "site_language": site.language,
        "title": feed.title,
        "description": feed.description,
        "language": feed.language,
        "page_url": site.page_url(feed.path),
        "root": find_root(path),
        "files": list_addresses(files),
        "og_image": GAP,
    }


def list_addresses(files: Iterable[FeedFile]) -> list[tuple[str, FeedFile]]:
    """Return the addresses that people are shown, each with the name of its format."""
    return [
        (FORMAT_NAMES[file.format], msgspec.structs.replace(file, sha256=""))
        for file in files
        if not file.is_second
    ]


#: Feeds that the index names to programs, the combined one first; nobody chooses among more.
_MOST_ALTERNATES = 100
_FOLDERS: dict[Kind, str] = {"all": "", "topics": WORDS.topics, "providers": WORDS.providers}


def render_index(site: Site, feeds: Iterable[ListedFeed], frames: Frames | None = None) -> bytes:
    """Return the page that lists every feed.

    Args:
        site: Whose feeds.
        feeds: All that are published.
        frames: Those that are known of what lists them.
    """
    groups = _group_feeds(feeds)
    combined = groups.pop("", [])
    values = {
        "site_title": site.title,
        "title": site.title,
        "description": f"{WORDS.all_feeds}: {site.title}",
        "language": site.language,
        "page_url": site.page_url(""),
        "home": site.home,
        "root": "",
        "files": list_addresses(combined[0].files) if combined else [],
        "og_image": "",
        "alternates": GAP,
        "combined": [(feed.title, feed.href) for feed in combined if feed.path],
        "groups": [(folder, GAP, GAP) for folder in groups],
    }
    shown = islice(chain(combined, *groups.values()), _MOST_ALTERNATES)
    parts: list[Iterable[str]] = [map(_write_alternates, shown)]
    write_item = partial(_write_item, mark_english(site.language))
    for group in groups.values():
        parts += [[str(len(group))], map(write_item, group)]
    return render_template("index.html", parts, values, frames)


def render_opml(site: Site, feeds: Iterable[ListedFeed], frames: Frames | None = None) -> bytes:
    """Return the subscription list (OPML 2.0): the combined feed, then a folder for each kind.

    Args:
        site: See `render_index`.
        feeds: See `render_index`.
        frames: See `render_index`.
    """
    groups = _group_feeds(feeds)
    lines = [
        map(partial(_write_outline, "      " if folder else "    "), group)
        for folder, group in groups.items()
    ]
    values = {"title": site.title, "groups": [(folder, GAP) for folder in groups]}
    return render_template("feeds.opml", lines, values, frames)


def _write_alternates(feed: ListedFeed) -> str:
    title = escape_value(feed.title)
    lines = (
        f'<link rel="alternate" type="{escape_value(file.media_type)}" title="{title}"'
        f' href="{escape_value(file.url)}">\n'
        for file in feed.addresses
    )
    return "".join(lines)


def _write_item(english: str, feed: ListedFeed) -> str:
    count = f"{feed.articles} {WORDS.article if feed.articles == 1 else WORDS.articles}"
    day = f'<time datetime="{escape_value(feed.newest)}">{escape_value(feed.newest[:10])}</time>'
    link = f'<a href="{escape_value(feed.href)}index.html">{escape_value(feed.title)}</a>'
    build_state = f'<span class="meta"{english}>{WORDS.counted.format(count, day)}</span>'
    return f"<li><bdi>{link}</bdi> {build_state}</li>\n"


def _write_outline(indent: str, feed: ListedFeed) -> str:
    title, url = escape_value(feed.title), escape_value(feed.addresses[0].url)
    names = f'text="{title}" title="{title}"'
    page = escape_value(feed.url)
    return f'{indent}<outline type="rss" {names} xmlUrl="{url}" htmlUrl="{page}"/>\n'


def _group_feeds(feeds: Iterable[ListedFeed]) -> dict[str, list[ListedFeed]]:
    """Return feeds by folder: by title, whatever its case, then by address."""
    groups: dict[str, list[ListedFeed]] = {folder: [] for folder in _FOLDERS.values()}
    for feed in sorted(feeds, key=lambda feed: (feed.title.casefold(), feed.url)):
        if feed.is_shown:
            groups[_FOLDERS[feed.kind]].append(feed)
    return {folder: group for folder, group in groups.items() if group}
