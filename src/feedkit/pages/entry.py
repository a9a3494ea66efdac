"""An entry as it stands on pages, written once for all feeds that hold it.

As text, from what the formats of feeds have escaped already: a template would take ten times as
long for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from .templates import escape_value, keep_web

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


def encode_entry(view: View, *, is_primary: bool) -> bytes:
    """Return an entry as it is set aside.

    Args:
        view: What all formats show of it.
        is_primary: Whether it is a record of its own: this is the first letter, 1 or 0.
    """
    article = view.article
    picture = escape_value(keep_web(article.images[0].url)) if article.images else ""
    lang = f' lang="{escape_value(article.language)}"' if article.language else ""
    # The style sheet says how large a picture is shown: the size here is the room kept for it.
    image = (
        f'<img src="{picture}" alt="" width="160" height="90" loading="lazy" decoding="async">\n'
        if picture
        else ""
    )
    html = (
        f"{is_primary:d}{picture}\n"
        f'<li{lang} dir="auto">\n{image}'
        f'<h3><a href="{escape_value(keep_web(article.url))}">{view.title}</a></h3>\n'
        f'<p class="meta">{_name_provider(view)}'
        f'<time datetime="{view.published}">{view.published[:10]}</time></p>\n'
        f"{_shorten(view)}{_list_related(view)}</li>\n"
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


def _shorten(view: View) -> str:
    """Return the summary, cut between two words."""
    text = view.article.summary
    if not text:
        return ""
    if len(text) <= _MOST_TEXT:
        return f'<p dir="auto">{view.summary}</p>\n'
    head = text[:_MOST_TEXT]
    # Where there is no space, as in Chinese, between any two characters.
    head = head.rpartition(" ")[0] or head
    return f'<p dir="auto">{escape_value(head)}…</p>\n'


def _list_related(view: View) -> str:
    labels = view.common.config.labels
    for label, links in ((labels.related, view.related), (labels.related_to, view.related_to)):
        items = [_set_date(link) for link in links if link.item.startswith(_WEB)]
        if items:
            lines = "".join(items[:_MOST_RELATED])
            return f'<p class="label">{escape_value(label)}</p>\n<ul>\n{lines}</ul>\n'
    return ""


def _set_date(link: LinkText) -> str:
    """Return a link's item, escaped as in lists of the entry's HTML, with its date at the end."""
    head, day = link.item[len("<li") : -len("2026-01-01</li>")], link.published[:10]
    return f'<li dir="auto"{head}<time datetime="{link.published}">{day}</time></li>\n'
