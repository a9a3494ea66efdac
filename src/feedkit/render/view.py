"""Everything that the formats show of one entry, each text made and escaped once."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from ..config import Config
from ..models import Article, Entry, Image, Provider
from .html import LinkText, escape_text, escape_value, format_instant, render_html, show_link

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


class ProviderSource(NamedTuple):
    """A provider's own feed as its entries name it; the addresses are escaped."""

    id: str
    page: str
    atom: str
    rss: str


class SharedTexts:
    """What entries of one configuration have in common, each text made once."""

    def __init__(self, config: Config) -> None:
        self.config = config
        #: The scheme of topics, escaped.
        self.scheme = escape_value(config.topics_url)
        #: The category of related entries, if there is one, and its scheme, escaped.
        label = config.labels.related_category
        self.related_tags = (label,) if label else ()
        self.related_scheme = escape_value(config.related_url)
        self._sources: dict[str, ProviderSource] = {}

    def source(self, path: str) -> ProviderSource:
        """Return what names the provider's feed at `path`."""
        if path not in self._sources:
            urls = [self.config.feed_url(path, format) for format in ("atom", "rss")]
            page = self.config.site.page_url(path)
            self._sources[path] = ProviderSource(
                self.config.site.feed_id(path), *map(escape_value, (page, *urls))
            )
        return self._sources[path]


class EntryView(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """One entry; the fields below `html` are XML, escaped, for Atom and RSS alike."""

    common: SharedTexts
    entry: Entry
    article: Article
    #: RFC 3339 in UTC, whole seconds.
    published: str
    updated: str
    #: The names of its categories.
    tags: tuple[str, ...]
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
    #: The HTML, in UTF-8: most of an entry's bytes, encoded once for both.
    content: bytes
    topics: list[str]
    #: The scheme of `topics`.
    scheme: str
    related: list[LinkText]
    related_to: list[LinkText]
    #: ``media:thumbnail`` and ``media:content``.
    media: list[str]


def make_view(entry: Entry, common: SharedTexts) -> EntryView:
    """Return what all formats show of `entry`."""
    config = common.config
    related, related_to = [*map(show_link, entry.related)], [*map(show_link, entry.related_to)]
    article, provider = entry.article, entry.article.provider
    author = provider.name if provider else config.site.author
    html = render_html(article, config, related, related_to)
    tags, scheme = article.topics, common.scheme
    if entry.is_related:
        tags, scheme = common.related_tags, common.related_scheme
    published = format_instant(article.published)
    return EntryView(
        common=common,
        entry=entry,
        article=article,
        published=published,
        updated=format_instant(article.updated) if article.updated else published,
        tags=tags,
        author=author,
        author_url=_find_author_url(provider, config),
        pictures=_find_pictures(provider, config) if provider else (),
        html=html,
        id=escape_text(entry.id),
        title=escape_text(article.title),
        url=escape_text(article.url),
        xml_author=escape_text(author),
        summary=escape_text(article.summary),
        content=_escape_html(html.encode()),
        topics=[escape_value(tag) for tag in tags],
        scheme=scheme,
        related=related,
        related_to=related_to,
        media=_make_media(article.images) if article.images else [],
    )


def _escape_html(html: bytes) -> bytes:
    return html.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")


def _find_author_url(provider: Provider | None, config: Config) -> str:
    if provider is None:
        return config.site.home
    if provider.domain:
        return f"https://{provider.domain}/"
    return config.about_provider(provider).home


def _find_pictures(provider: Provider, config: Config) -> tuple[Image, ...]:
    return provider.images or config.about_provider(provider).images


def _make_media(images: tuple[Image, ...]) -> list[str]:
    # Separate elements: a media:group would mean renditions of one picture. No media:title,
    # which readers would show as the entry's own.
    elements: list[str] = []
    for image in images:
        place, media_type = f'url="{escape_value(image.url)}"', image_type(image.url)
        kind = f' type="{media_type}"' if media_type else ""
        width = f' width="{image.width}"' if image.width else ""
        size = f'{width} height="{image.height}"' if image.height else width
        if not elements:
            elements.append(f"<media:thumbnail {place}{size}/>")
        elements.append(f'<media:content {place}{kind} medium="image"{size}/>')
    return elements


def image_type(url: str) -> str:
    """Return the media type that the path of `url` names, or nothing."""
    path = url.partition("?")[0].partition("#")[0]
    return _IMAGE_TYPES.get(path.rpartition(".")[2].lower(), "")
