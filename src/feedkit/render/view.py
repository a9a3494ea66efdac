"""What the formats show of one entry, each text made once and escaped once."""

from __future__ import annotations

from datetime import datetime
from html import escape

import msgspec

from ..config import Config
from ..feed import Entry, Link
from ..model import Article, Image, Provider
from .html import render_html

#: Media types by the end of an address's path; others are left unsaid (encoding, media type).
_IMAGE_TYPES = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "svg": "image/svg+xml",
}


class View(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """One entry; the fields below `html` are XML, escaped, for Atom and RSS alike."""

    config: Config
    entry: Entry
    article: Article
    #: RFC 3339 in UTC, whole seconds.
    published: str
    updated: str
    author: str
    author_url: str
    #: The author's picture: its own record's, else what is known of the provider.
    pictures: tuple[Image, ...]
    html: str
    id: str
    title: str
    url: str
    xml_author: str
    summary: str
    content: str
    topics: list[str]
    #: The attributes of each ``rel="related"`` link.
    related: list[str]
    #: ``media:thumbnail`` and ``media:content``.
    media: list[str]


def make_view(entry: Entry, config: Config) -> View:
    """Return what all formats show of `entry`."""
    article, provider = entry.article, entry.article.provider
    author = provider.name if provider else config.site.author
    html = render_html(entry, config.labels)
    published = format_instant(article.published)
    return View(
        config=config,
        entry=entry,
        article=article,
        published=published,
        updated=format_instant(article.updated) if article.updated else published,
        author=author,
        author_url=_find_author_url(provider, config),
        pictures=_find_pictures(provider, config) if provider else (),
        html=html,
        id=escape_text(entry.id),
        title=escape_text(article.title),
        url=escape_text(article.url),
        xml_author=escape_text(author),
        summary=escape_text(article.summary),
        content=escape_text(html),
        topics=[escape(topic) for topic in article.topics],
        related=[_link_attributes(link) for link in (*entry.related, *entry.related_to)],
        media=_make_media(article.images) if article.images else [],
    )


def format_instant(instant: datetime) -> str:
    """Return `instant`, which is in UTC, as RFC 3339 with a Z."""
    return instant.isoformat()[:19] + "Z"


def escape_text(text: str) -> str:
    """Return `text` as it stands between two tags of XML or HTML."""
    return escape(text, quote=False)


def _find_author_url(provider: Provider | None, config: Config) -> str:
    if provider is None:
        return config.site.home
    if provider.domain:
        return f"https://{provider.domain}/"
    return config.about_provider(provider).home


def _find_pictures(provider: Provider, config: Config) -> tuple[Image, ...]:
    return provider.images or config.about_provider(provider).images


def _link_attributes(link: Link) -> str:
    # Never another rel: Liferea takes every one it does not know for alternate.
    title = f"{link.title} – {link.provider}" if link.provider else link.title
    return f'rel="related" type="text/html" href="{escape(link.url)}" title="{escape(title)}"'


def _make_media(images: tuple[Image, ...]) -> list[str]:
    # Separate elements: a media:group would mean renditions of one picture. No media:title,
    # which readers would show as the entry's own.
    elements = [f"<media:thumbnail {_place(images[0])}{_size(images[0])}/>"]
    for image in images:
        media_type = image_type(image.url)
        kind = f' type="{media_type}"' if media_type else ""
        elements.append(f'<media:content {_place(image)}{kind} medium="image"{_size(image)}/>')
    return elements


def _place(image: Image) -> str:
    return f'url="{escape(image.url)}"'


def _size(image: Image) -> str:
    width = f' width="{image.width}"' if image.width else ""
    height = f' height="{image.height}"' if image.height else ""
    return width + height


def image_type(url: str) -> str:
    """Return the media type that the path of `url` names, or nothing."""
    path = url.partition("?")[0].partition("#")[0]
    return _IMAGE_TYPES.get(path.rpartition(".")[2].lower(), "")
