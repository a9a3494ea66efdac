"""Atom 1.0 entries (RFC 4287), as text: feedgen's own lose the rel of every link.

The order of children is what readers need: feedjira and sfeed take link and date from a source
that comes first, Liferea the last alternate link, newsboat the first.
"""

from __future__ import annotations

from functools import lru_cache
from html import escape

from ..settings import Site
from .pictures import ICON, choose_picture
from .pieces import Pieces
from .view import View

MEDIA_TYPE = "application/atom+xml"
CLOSING = b"  </entry>\n"


def encode_entry(view: View) -> Pieces:
    """Return the element without its end tag, and its source."""
    article = view.article
    lang = f' xml:lang="{escape(article.language)}"' if article.language else ""
    uri = f"<uri>{escape(view.author_url, quote=False)}</uri>" if view.author_url else ""
    scheme = escape(view.config.topics_url)
    parts = [
        f"  <entry{lang}>\n"
        f"    <id>{view.id}</id>\n"
        f'    <title type="text">{view.title}</title>\n'
        f'    <link rel="alternate" type="text/html" href="{escape(article.url)}"/>\n'
        f"    <published>{view.published}</published>\n"
        f"    <updated>{view.updated}</updated>\n"
        f"    <author><name>{view.xml_author}</name>{uri}</author>\n"
    ]
    parts += [f'    <category term="{topic}" scheme="{scheme}"/>\n' for topic in view.topics]
    if view.summary:
        parts.append(f'    <summary type="text">{view.summary}</summary>\n')
    parts.append(f'    <content type="html">{view.content}</content>\n')
    parts += [f"    <link {attributes}/>\n" for attributes in view.related]
    parts += [
        f'    <link rel="enclosure" type="{escape(one.media_type)}" href="{escape(one.url)}"'
        + ("/>\n" if one.length is None else f' length="{one.length}"/>\n')
        for one in article.enclosures
    ]
    parts += [f"    {element}\n" for element in view.media]
    return Pieces("".join(parts).encode(), _encode_source(view) if view.entry.source else b"")


def _encode_source(view: View) -> bytes:
    """Return the provider's own feed, in which the entry stands too (RFC 4287, 4.2.11)."""
    id, links = _describe_source(
        view.config.site, view.entry.source, view.config.feeds.names["atom"]
    )
    icon = ""
    if view.pictures:
        address = choose_picture(view.pictures, ICON)
        icon = f"      <icon>{escape(address, quote=False)}</icon>\n"
    return (
        f"    <source>\n"
        f"      <id>{id}</id>\n"
        f'      <title type="text">{view.xml_author}</title>\n'
        f"      <updated>{view.updated}</updated>\n"
        f"{links}{icon}"
        f"    </source>\n"
    ).encode()


@lru_cache(maxsize=4096)
def _describe_source(site: Site, path: str, name: str) -> tuple[str, str]:
    """Return a provider's feed's id and links, the same for all its entries."""
    page = site.page_url(path)
    return site.feed_id(path), (
        f'      <link rel="self" type="{MEDIA_TYPE}" href="{escape(page + name)}"/>\n'
        f'      <link rel="alternate" type="text/html" href="{escape(page)}"/>\n'
    )
