"""An entry's HTML: its picture, its text, its source, and the related articles as lists."""

from __future__ import annotations

from html import escape

from ..body import clean_html, render_body
from ..feed import Entry, Link
from ..model import Article, Image
from ..settings import Labels

#: Bytes of UTF-8 over which a body gives way to the summary.
MAX_BODY = 64 * 1024


def render_html(entry: Entry, labels: Labels) -> str:
    """Return what readers show of `entry`, never empty."""
    article = entry.article
    text = _render_text(article)
    parts = []
    # A clean address holds nothing else that is escaped (body.py writes it so too).
    if article.images and f'src="{escape(article.images[0].url, quote=False)}"' not in text:
        parts.append(f"<p>{_render_image(article.images[0])}</p>")
    parts.append(text)
    if article.provider:
        link = _render_link(article.url, article.provider.name)
        parts.append(f"<p>{escape(labels.source, quote=False)}: {link}</p>")
    parts.append(_render_list(labels.related, entry.related))
    parts.append(_render_list(labels.related_to, entry.related_to))
    return "".join(parts) or f"<p>{escape(article.title, quote=False)}</p>"


def _render_text(article: Article) -> str:
    """Return the body, or what was featured and the summary where there is none."""
    summary = f"<p>{escape(article.summary, quote=False)}</p>" if article.summary else ""
    if article.body:
        html = render_body(article.body, article.url)
        if html:
            return html if _fits(html) else summary
    featured = clean_html(article.featured, article.url) if article.featured else ""
    return featured + summary if _fits(featured) else summary


def _fits(html: str) -> bool:
    return len(html.encode()) <= MAX_BODY


def _render_image(image: Image) -> str:
    width = f' width="{image.width}"' if image.width else ""
    height = f' height="{image.height}"' if image.height else ""
    return f'<img src="{escape(image.url)}" alt=""{width}{height}>'


def _render_link(url: str, text: str) -> str:
    return f'<a href="{escape(url)}">{escape(text, quote=False)}</a>'


def _render_list(label: str, links: tuple[Link, ...]) -> str:
    if not links:
        return ""
    items = "".join([_render_item(link) for link in links])
    return f"<p><strong>{escape(label, quote=False)}</strong></p><ul>{items}</ul>"


def _render_item(link: Link) -> str:
    provider = f"{escape(link.provider, quote=False)}, " if link.provider else ""
    day = link.published.isoformat()[:10]
    return f"<li>{_render_link(link.url, link.title)} – {provider}{day}</li>"
