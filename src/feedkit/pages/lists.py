"""Lists of all feeds: the index page for people, OPML for reader programs."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import chain, islice

from ..config.settings import Kind, Site
from ..published import ListedFeed
from ..render.frames import Frames
from .entry import list_addresses
from .templates import GAP, WORDS, escape_value, mark_english, render_template

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
        feeds: Likewise.
        frames: Likewise.
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
