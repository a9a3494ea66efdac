"""Feeds to pages for people, OPML and the manifest: the only room of jinja2.

Every text is escaped by the template engine, or as it would; OPML is XML, for which the same
escapes are right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import msgspec

from ..feed import Feed
from ..frames import Frame, Frames, fill_frame
from ..guard import USUAL_FORMATS, Published
from ..model import Format
from ..settings import Kind, Site

if TYPE_CHECKING:
    from jinja2 import Template

    from ..model import Article

_PAGE = "feed.html"
#: Stands in a template's text for what is filled in; no text holds it.
_GAP = "\0"
_FOLDERS: dict[Kind, str] = {"all": "", "topics": "Topics", "providers": "Providers"}


class FeedFile(msgspec.Struct, frozen=True):
    """One feed in one format: where it is and, once it is known, what its bytes are."""

    name: str
    url: str
    format: Format
    media_type: str
    sha256: str
    #: Whether it is a second address of what has another: readers are shown the first.
    is_second: bool


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """What the index, OPML and the manifest say of a feed."""

    kind: Kind
    path: str
    title: str
    #: Of its page.
    url: str
    #: The same, relative to the index.
    href: str
    entries: int
    #: RFC 3339; the greatest `updated` of its entries.
    newest: str
    files: tuple[FeedFile, ...]
    #: As in `Published`.
    settings: str = ""
    #: Whether it is published empty, since no article is left.
    gone: bool = False
    #: The path of the feed that it serves, where it is an old address.
    redirect: str | None = None

    @property
    def is_shown(self) -> bool:
        """Whether people are shown it, in the index and in OPML."""
        return not self.gone and self.redirect is None

    @property
    def published(self) -> Published:
        """What the manifest says of it."""
        return Published(
            path=self.path,
            title=self.title,
            url=self.url,
            entries=self.entries,
            newest=self.newest,
            files={file.name: file.sha256 for file in self.files},
            formats={
                file.name: file.format
                for file in self.files
                if USUAL_FORMATS.get(file.name) != file.format
            },
            settings=self.settings,
            gone=self.gone,
            redirect=self.redirect,
        )

    @property
    def addresses(self) -> list[FeedFile]:
        """The files that readers are shown."""
        return [file for file in self.files if not file.is_second]


def render_index(site: Site, feeds: Iterable[Listed], frames: Frames | None = None) -> bytes:
    """Return the page that lists every feed.

    Args:
        site: Whose feeds.
        feeds: All that are published.
        frames: Those that are known of what lists them.
    """
    feeds = [feed for feed in feeds if feed.is_shown]
    groups = _group_feeds(feeds)
    return _render(
        "index.html",
        [map(_write_alternates, feeds), *(map(_write_item, group) for _, group in groups)],
        {
            "title": site.title,
            "language": site.language,
            "page_url": site.page_url(""),
            "alternates": _GAP,
            "groups": [(folder, _GAP) for folder, _ in groups],
        },
        frames,
    )


def render_opml(site: Site, feeds: Iterable[Listed], frames: Frames | None = None) -> bytes:
    """Return the subscription list (OPML 2.0): the combined feed, then a folder for each kind.

    Args:
        site: As of `render_index`.
        feeds: Likewise.
        frames: Likewise.
    """
    groups = _group_feeds(feeds)
    lines = [
        map(partial(_write_outline, "      " if folder else "    "), group)
        for folder, group in groups
    ]
    named = [(folder, _GAP) for folder, _ in groups]
    return _render("feeds.opml", lines, {"title": site.title, "groups": named}, frames)


def _write_alternates(feed: Listed) -> str:
    title = _escape(feed.title)
    lines = (
        f'<link rel="alternate" type="{_escape(file.media_type)}" title="{title}"'
        f' href="{_escape(file.url)}">\n'
        for file in feed.addresses
    )
    return "".join(lines)


def _write_item(feed: Listed) -> str:
    link = f'<a href="{_escape(feed.href)}">{_escape(feed.title)}</a>'
    return f"<li>{link} – {feed.entries}, {_escape(feed.newest)}</li>\n"


def _write_outline(indent: str, feed: Listed) -> str:
    title, url = _escape(feed.title), _escape(feed.addresses[0].url)
    names = f'text="{title}" title="{title}"'
    return f'{indent}<outline type="rss" {names} xmlUrl="{url}" htmlUrl="{_escape(feed.url)}"/>\n'


def load_pages() -> None:
    """Load jinja2 and the template of every feed's own page."""
    _load_template(_PAGE)


def render_page(
    feed: Feed,
    files: Iterable[FeedFile],
    entries: Iterable[bytes],
    frames: Frames | None = None,
) -> bytes:
    """Return a feed's own page.

    Args:
        feed: Its own entries are not looked at.
        files: The feed's addresses.
        entries: As `encode_entry` returns them, in order.
        frames: Those that are known of it.
    """
    return _render(_PAGE, [entries], _describe_page(feed, files) | {"entries": _GAP}, frames)


def render_redirect(feed: Feed, files: Iterable[FeedFile]) -> bytes:
    """Return the page of an old address, which leads to the page of the feed that it serves."""
    return _render("redirect.html", [], _describe_page(feed, files))


class _Described(msgspec.Struct, frozen=True):
    """What a page says of a feed: of all else, its frame is not made anew when it changes."""

    title: str
    description: str


def _describe_page(feed: Feed, files: Iterable[FeedFile]) -> dict[str, object]:
    shown = [file for file in files if not file.is_second]
    return {
        "feed": _Described(feed.title, feed.description),
        "language": feed.language,
        "page_url": feed.config.site.page_url(feed.path),
        "files": [msgspec.structs.replace(file, sha256="") for file in shown],
    }


def encode_entry(article: Article) -> bytes:
    """Return an entry as it stands on the pages of all feeds that hold it."""
    provider = f" – {_escape(article.provider.name)}" if article.provider else ""
    day = article.published.isoformat()[:10]
    link = f'<a href="{_escape(article.url)}">{_escape(article.title)}</a>'
    return f"<li>{link}{provider}, {day}</li>\n".encode()


def _escape(text: str) -> str:
    """Return what the template engine would write; its own text type takes three times as long."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&#34;").replace("'", "&#39;")


def _group_feeds(feeds: Iterable[Listed]) -> list[tuple[str, list[Listed]]]:
    """Return folders and feeds: by title, whatever its case, then by address."""
    groups: dict[str, list[Listed]] = {folder: [] for folder in _FOLDERS.values()}
    for feed in sorted(feeds, key=lambda feed: (feed.title.casefold(), feed.url)):
        if feed.is_shown:
            groups[_FOLDERS[feed.kind]].append(feed)
    return [(folder, group) for folder, group in groups.items() if group]


def _render(
    template: str,
    parts: Iterable[Iterable[bytes | str]],
    values: Mapping[str, object],
    frames: Frames | None = None,
) -> bytes:
    """Return a page: what the template makes of values, with a part in each of its gaps.

    A template would take six times as long to join as many lines as parts have.
    """

    def make() -> Frame:
        return (_load_template(template).render(values) + "\n").encode().split(_GAP.encode())

    frame = (frames or Frames()).find((template, values), make)
    return fill_frame(frame, *(map(_encode, part) for part in parts))


def _encode(piece: bytes | str) -> bytes:
    return piece.encode() if isinstance(piece, str) else piece


@lru_cache(maxsize=8)
def _load_template(name: str) -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("feedkit.pages")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined).get_template(name)
