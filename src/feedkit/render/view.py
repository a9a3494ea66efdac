"""Everything that the formats show of one entry, each text made and escaped once.

Its HTML content lists the related articles; the size of a picture is chosen here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from typing import NamedTuple

import msgspec

from ..config import Config
from ..limits import BODY_BYTES
from ..models import Article, Entry, Image, Link, Provider

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def escape_text(text: str) -> str:
    """Return `text` escaped for use between two tags."""
    # Most text holds none of them, and looking costs a third of escaping.
    if "&" in text or "<" in text or ">" in text:
        return escape(text, quote=False)
    return text


def escape_value(text: str) -> str:
    """Return `text` escaped for use in an attribute."""
    if "&" in text or "<" in text or ">" in text or '"' in text or "'" in text:
        return escape(text)
    return text


def format_instant(instant: datetime) -> str:
    """Return `instant`, which is in UTC, as RFC 3339 with a Z."""
    return instant.isoformat()[:19] + "Z"


def format_rfc822(instant: datetime) -> str:
    """Return `instant`, which is in UTC, as RSS has it; `email.utils` costs twice as much."""
    day, month = _DAYS[instant.weekday()], _MONTHS[instant.month - 1]
    return f"{day}, {instant.day:02} {month} {instant.isoformat()[:4]} {instant.time()} GMT"


def render_html(
    article: Article,
    config: Config,
    related: Sequence[LinkText],
    related_to: Sequence[LinkText],
) -> str:
    """Return the HTML of an entry, never empty."""
    labels = config.labels
    text = _render_text(article)
    parts = []
    # A clean address holds nothing else that is escaped (body.py writes it so too).
    if article.images and f'src="{escape_text(article.images[0].url)}"' not in text:
        parts.append(f"<p>{_render_image(article.images[0])}</p>")
    parts.append(text)
    if article.provider and labels.source and not config.is_publisher(article.provider):
        link = f'<a href="{escape_value(article.url)}">{escape_text(article.provider.name)}</a>'
        parts.append(f"<p>{escape_text(labels.source)}: {link}</p>")
    parts.append(_render_list(labels.related, related[: config.feeds.max_listed]))
    parts.append(_render_list(labels.related_to, related_to))
    return "".join(parts) or f"<p>{escape_text(article.title)}</p>"


def _render_text(article: Article) -> str:
    """Return the body, or the featured content and the summary if there is none."""
    summary = f"<p>{escape_text(article.summary)}</p>" if article.summary else ""
    if not (article.body or article.featured):
        return summary
    from ..bodies import clean_html, render_body  # which many builds do not need

    if article.body:
        html = render_body(article.body, article.url)
        if html:
            return html if _fits(html) else summary
    featured = clean_html(article.featured, article.url) if article.featured else ""
    return featured + summary if _fits(featured) else summary


def _fits(html: str) -> bool:
    return len(html.encode()) <= BODY_BYTES


def _render_image(image: Image) -> str:
    width = f' width="{image.width}"' if image.width else ""
    height = f' height="{image.height}"' if image.height else ""
    return f'<img src="{escape_value(image.url)}" alt=""{width}{height}>'


def _render_list(label: str, links: Iterable[LinkText]) -> str:
    items = "".join([link.item for link in links])
    return f"<p><strong>{escape_text(label)}</strong></p><ul>{items}</ul>" if items else ""


class LinkText(NamedTuple):
    """One link, its parts escaped once for all formats."""

    item: str
    """An item of a list in HTML."""
    attributes: str
    """The attributes of a ``rel="related"`` link."""
    published: str
    """RFC 3339."""


def show_link(link: Link) -> LinkText:
    """Return how all formats show `link`."""
    url, title = escape_value(link.url), escape_text(link.title)
    published = format_instant(link.published)
    provider, name = "", link.title
    if link.provider:
        provider, name = f"{escape_text(link.provider)}, ", f"{link.title} – {link.provider}"
    return LinkText(
        f'<li><a href="{url}">{title}</a> – {provider}{published[:10]}</li>',
        # Never another rel: Liferea takes every one it does not know for alternate.
        f'rel="related" type="text/html" href="{url}" title="{escape_value(name)}"',
        published,
    )


class PictureUse(NamedTuple):
    """The size of a picture that one place needs."""

    shape: float
    """Width by height."""
    width: int
    """From this width on, in pixels, the smallest is the best."""


#: Square, for small sizes (RFC 4287, 4.2.5): lists show 16 pixels, on dense screens 32.
ICON = PictureUse(1, 32)
#: Twice as wide as high (RFC 4287, 4.2.8).
LOGO = PictureUse(2, 512)
#: Icon and avatar: square and relatively large, such as 512 × 512 (JSON Feed 1.1, icon).
LARGE = PictureUse(1, 512)
#: Square and not smaller than 64 × 64 (JSON Feed 1.1, favicon).
FAVICON = PictureUse(1, 64)

_SLACK = 1.25
#: RSS 2.0, image.
_MAX_WIDTH, _MAX_HEIGHT = 144, 400


def choose_picture(images: tuple[Image, ...], use: PictureUse) -> str:
    """Return the address of the size that suits `use` best; `images` is not empty."""
    if len(sized := _list_sized(images)) < 2:
        return (sized or images)[0].url
    shaped = [image for image in sized if _fits_picture(image, use.shape)] or sized
    # A quarter of the width is too little where there is a picture that is large enough.
    if max(_size(image)[0] for image in shaped) * 4 < use.width <= max(map(_size, sized))[0]:
        shaped = sized
    wide = [image for image in shaped if _size(image)[0] >= use.width]
    best = min(wide, key=_size) if wide else max(shaped, key=_size)
    return best.url


def choose_rss_image(images: tuple[Image, ...]) -> str:
    """Return the largest that RSS allows, at most 144 × 400, else the smallest there is."""
    if len(sized := _list_sized(images)) < 2:
        return (sized or images)[0].url
    allowed = [
        image for image in sized if _size(image)[0] <= _MAX_WIDTH and _size(image)[1] <= _MAX_HEIGHT
    ]
    best = max(allowed, key=_size) if allowed else min(sized, key=_size)
    return best.url


def _list_sized(images: tuple[Image, ...]) -> list[Image]:
    return [image for image in images if image.width or image.height]


def _size(image: Image) -> tuple[int, int]:
    """Return width and height; one that is unknown is taken to be the other."""
    return image.width or image.height or 0, image.height or image.width or 0


def _fits_picture(image: Image, shape: float) -> bool:
    width, height = _size(image)
    return height * shape <= width * _SLACK and width <= height * shape * _SLACK


class EntryPieces(NamedTuple):
    """`entry`, then `source` in all feeds but its provider's own, then the format's closing."""

    entry: bytes
    source: bytes


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
    """Texts that all entries of one configuration share, each made once."""

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
        """Return the source element's texts for the provider's feed at `path`."""
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
    published: str
    """RFC 3339 in UTC, whole seconds."""
    updated: str
    tags: tuple[str, ...]
    """The names of its categories."""
    author: str
    author_url: str
    pictures: tuple[Image, ...]
    """The author's picture: its own record's, else what is known of the provider."""
    html: str
    id: str
    title: str
    url: str
    xml_author: str
    summary: str
    content: bytes
    """The HTML, in UTF-8: most of an entry's bytes, encoded once for both."""
    topics: list[str]
    scheme: str
    """The scheme of `topics`."""
    related: list[LinkText]
    related_to: list[LinkText]
    media: list[str]
    """``media:thumbnail`` and ``media:content``."""


def make_view(entry: Entry, common: SharedTexts) -> EntryView:
    """Return the texts of `entry` that all formats show."""
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
