"""The page beside each feed, and the one that stands where a feed was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import quote

import msgspec

from ..feed import Feed
from ..frames import Frames
from ..render.pictures import LOGO, Use, choose_picture
from ..settings import Kind
from .entry import ROOT, PageEntry, decode_entry
from .listed import FeedFile
from .templates import GAP, escape_value, find_root, load_template, mark_english, render_template
from .words import FORMAT_NAMES, WORDS

_PAGE = "feed.html"
#: Entries on a page; the feed itself holds more.
MOST_ENTRIES = 30
#: Beside the title: 64 pixels, twice as many on dense screens.
_BESIDE_TITLE = Use(1, 128)


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
    """Return what a page says of a feed, but for what changes with its entries."""
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
    """Return the addresses that people are shown, each with what its format is called."""
    return [
        (FORMAT_NAMES[file.format], msgspec.structs.replace(file, sha256=""))
        for file in files
        if not file.is_second
    ]
