"""Atom 1.0 entries (RFC 4287), written as text: feedgen loses the rel of links.

The order of elements is the one that readers need: feedjira and sfeed take link and date from a
source that comes first, Liferea takes the last alternate link, newsboat the first.
"""

from __future__ import annotations

from .view import ICON, EntryPieces, EntryView, choose_picture, escape_text, escape_value

MEDIA_TYPE = "application/atom+xml"
CLOSING = b"  </entry>\n"


def encode_entry(view: EntryView) -> EntryPieces:
    """Return the element without its end tag, and its source."""
    article = view.article
    lang = f' xml:lang="{escape_value(article.language)}"' if article.language else ""
    uri = f"<uri>{escape_text(view.author_url)}</uri>" if view.author_url else ""
    parts = [
        f"  <entry{lang}>\n"
        f"    <id>{view.id}</id>\n"
        f'    <title type="text">{view.title}</title>\n'
        f'    <link rel="alternate" type="text/html" href="{escape_value(article.url)}"/>\n'
        f"    <published>{view.published}</published>\n"
        f"    <updated>{view.updated}</updated>\n"
        f"    <author><name>{view.xml_author}</name>{uri}</author>\n"
    ]
    scheme = view.scheme
    parts += [f'    <category term="{topic}" scheme="{scheme}"/>\n' for topic in view.topics]
    if view.summary:
        parts.append(f'    <summary type="text">{view.summary}</summary>\n')
    head = "".join([*parts, '    <content type="html">'])
    links = (*view.related, *view.related_to)
    parts = ["</content>\n"]
    parts += [f"    <link {link.attributes}/>\n" for link in links]
    parts += [
        f'    <link rel="enclosure" type="{escape_value(one.media_type)}"'
        f' href="{escape_value(one.url)}"'
        + ("/>\n" if one.length is None else f' length="{one.length}"/>\n')
        for one in article.enclosures
    ]
    parts += [f"    {element}\n" for element in view.media]
    body = b"".join((head.encode(), view.content, "".join(parts).encode()))
    return EntryPieces(body, _encode_source(view) if view.entry.source else b"")


def _encode_source(view: EntryView) -> bytes:
    """Return the source element, which names the provider's own feed (RFC 4287, 4.2.11)."""
    source = view.common.source(view.entry.source)
    icon = ""
    if view.pictures:
        address = choose_picture(view.pictures, ICON)
        icon = f"      <icon>{escape_text(address)}</icon>\n"
    return (
        f"    <source>\n"
        f"      <id>{source.id}</id>\n"
        f'      <title type="text">{view.xml_author}</title>\n'
        f"      <updated>{view.updated}</updated>\n"
        f'      <link rel="self" type="{MEDIA_TYPE}" href="{source.atom}"/>\n'
        f'      <link rel="alternate" type="text/html" href="{source.page}"/>\n'
        f"{icon}"
        f"    </source>\n"
    ).encode()
