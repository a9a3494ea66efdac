"""JSON Feed 1.1 items and feeds (https://www.jsonfeed.org/version/1.1/), compact."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ..models import Article, Feed, Link
from ..text import escape_json
from .frames import Frame
from .view import FAVICON, LARGE, EntryPieces, EntryView, LinkText, choose_picture

MEDIA_TYPE = "application/feed+json"
CLOSING = b""

_encode = msgspec.json.encode


def encode_entry(view: EntryView) -> EntryPieces:
    """Return the item; JSON Feed has no source."""
    article = view.article
    item: dict[str, object] = {"id": view.entry.id, "url": article.url, "title": article.title}
    if article.summary:
        item["summary"] = article.summary
    item["content_html"] = view.html
    if article.images:
        item["image"] = article.images[0].url
    item["date_published"] = view.published
    item["date_modified"] = view.updated
    author = _make_author(view)
    item["authors"] = [author]
    item["author"] = author  # of version 1, for older readers
    if view.tags:
        item["tags"] = view.tags
    if article.enclosures:
        item["attachments"] = [
            {"url": one.url, "mime_type": one.media_type}
            | ({} if one.length is None else {"size_in_bytes": one.length})
            for one in article.enclosures
        ]
    if article.language:
        item["language"] = article.language
    if ours := _make_extension(view, article):
        item["_feedkit"] = ours
    item.update(article.extensions)
    return EntryPieces(escape_json(_encode(item)), b"")


def make_frame(feed: Feed) -> Frame:
    """Return the frame of a JSON feed; it has no date."""
    frame: dict[str, object] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.page_url,
        "feed_url": feed.config.feed_url(feed.path, "json"),
        "description": feed.description,
        "language": feed.language,
    }
    if feed.pictures:
        frame["icon"] = choose_picture(feed.pictures, LARGE)
        frame["favicon"] = choose_picture(feed.pictures, FAVICON)
    if hub := feed.config.websub.hub:
        frame["hubs"] = [{"type": "WebSub", "url": hub}]
    frame["items"] = []
    return [b"", escape_json(_encode(frame))[:-2], b"]}\n"]


def _make_author(view: EntryView) -> dict[str, str]:
    author = {"name": view.author}
    if view.author_url:
        author["url"] = view.author_url
    if view.pictures:
        author["avatar"] = choose_picture(view.pictures, LARGE)
    return author


def _make_extension(view: EntryView, article: Article) -> dict[str, object]:
    ours: dict[str, object] = {}
    if provider := article.provider:
        ours["provider"] = {"name": provider.name}
        if provider.domain:
            ours["provider"] = {"name": provider.name, "domain": provider.domain}
    if article.amp_url:
        ours["amp_url"] = article.amp_url
    if article.images:
        ours["image"] = article.images[0]
    if view.entry.related:
        ours["related"] = _describe_links(view.entry.related, view.related)
    if view.entry.related_to:
        ours["related_to"] = _describe_links(view.entry.related_to, view.related_to)
    return ours


def _describe_links(links: Iterable[Link], texts: Iterable[LinkText]) -> list[dict[str, str]]:
    return [_describe_link(link, text) for link, text in zip(links, texts, strict=True)]


def _describe_link(link: Link, text: LinkText) -> dict[str, str]:
    found = {"id": link.id, "url": link.url, "title": link.title}
    if link.provider:
        found["provider"] = link.provider
    found["date_published"] = text.published
    return found
