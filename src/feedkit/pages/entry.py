"""An entry as it stands on pages, written once for all feeds that hold it.

As text, from what the formats of feeds have escaped already: a template would take ten times as
long for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from ..text import cut_text
from .templates import escape_value, find_direction, keep_web

if TYPE_CHECKING:
    from ..render.links import LinkText
    from ..render.view import View

#: Stands in an entry for what leads from the page to the top; no text holds it.
ROOT = b"\0"
#: Of a related list, the first ones.
_MOST_RELATED = 5
#: Characters of a summary.
_MOST_TEXT = 280
_WEB = ('<li><a href="https://', '<li><a href="http://')


class PageEntry(NamedTuple):
    """An entry, ready to be put on a page."""

    #: The address of its picture, escaped; empty where it has none.
    picture: str
    html: bytes


def encode_entry(view: View) -> bytes:
    """Return an entry as it is set aside; the first letter is 1 if it has its own record, else 0.

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
    """Return what `encode_entry` set aside."""
    head, _, html = data.partition(b"\n")
    return PageEntry(head[1:].decode(), html)


def _name_provider(view: View) -> str:
    if view.article.provider is None:
        return ""
    name = f"<bdi>{view.xml_author}</bdi>"
    if view.entry.source:
        page = f"{ROOT.decode()}{quote(view.entry.source)}/index.html"
        name = f'<a href="{page}">{name}</a>'
    return f"{name} · "


def _shorten(view: View, direction: str) -> str:
    """Return the summary, or its beginning."""
    text = view.article.summary
    if not text:
        return ""
    head = cut_text(text, _MOST_TEXT)
    shown = view.summary if head is text else f"{escape_value(head)}…"
    return f'<p dir="{direction}">{shown}</p>\n'


def _list_related(view: View, direction: str) -> str:
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
