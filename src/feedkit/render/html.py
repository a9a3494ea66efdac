"""An entry's HTML: its picture, its text, its source, and the related articles as lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..config import Config
from ..limits import BODY_BYTES
from ..model import Article, Image
from .escape import escape_text, escape_value
from .links import LinkText


def render_html(
    article: Article,
    config: Config,
    related: Sequence[LinkText],
    related_to: Sequence[LinkText],
) -> str:
    """Return what readers show of an entry, never empty."""
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
    """Return the body, or what was featured and the summary where there is none."""
    summary = f"<p>{escape_text(article.summary)}</p>" if article.summary else ""
    if not (article.body or article.featured):
        return summary
    from ..body import clean_html, render_body  # which many builds do not need

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
