"""RSS 2.0 items (rssboard.org/rss-specification), with Dublin Core, Atom and Media RSS.

`link` stands before every `atom:link`, each of which has a rel: tt-rss prefers one without.
"""

from __future__ import annotations

from ..models import Article, Enclosure
from .view import EntryPieces, EntryView, escape_text, escape_value, format_rfc822

MEDIA_TYPE = "application/rss+xml"
CLOSING = b"    </item>\n"


def encode_entry(view: EntryView) -> EntryPieces:
    """Return the item without its end tag, and its source."""
    article = view.article
    is_link = "true" if view.id == view.url else "false"
    parts = [
        f"    <item>\n"
        f"      <title>{view.title}</title>\n"
        f"      <link>{view.url}</link>\n"
        f'      <guid isPermaLink="{is_link}">{view.id}</guid>\n'
        f"      <pubDate>{format_rfc822(article.published)}</pubDate>\n"
    ]
    if view.updated != view.published:
        parts.append(f"      <atom:updated>{view.updated}</atom:updated>\n")
    # Not <author>, which is an e-mail address: SimplePie would show it as one.
    parts.append(f"      <dc:creator>{view.xml_author}</dc:creator>\n")
    parts += [f"      <category>{topic}</category>\n" for topic in view.topics]
    if view.summary:  # of HTML (RSS 2.0, description), so escaped twice
        parts.append(f"      <description>{escape_text(view.summary)}</description>\n")
    head = "".join([*parts, "      <content:encoded>"])
    links = (*view.related, *view.related_to)
    parts = ["</content:encoded>\n"]
    parts += [f"      <atom:link {link.attributes}/>\n" for link in links]
    parts += [
        f'      <enclosure url="{escape_value(one.url)}" length="{one.length or 0}"'
        f' type="{escape_value(one.media_type)}"/>\n'
        for one in _pick_enclosures(article)
    ]
    parts += [f"      {element}\n" for element in view.media]
    body = b"".join((head.encode(), view.content, "".join(parts).encode()))
    return EntryPieces(body, _encode_source(view) if view.entry.source else b"")


def _pick_enclosures(article: Article) -> tuple[Enclosure, ...]:
    """Return the one enclosure that RSS readers expect, audio and video before others."""
    enclosures = article.enclosures
    plays = (one for one in enclosures if one.media_type.lower().startswith(("audio/", "video/")))
    return (next(plays, enclosures[0]),) if enclosures else ()


def _encode_source(view: EntryView) -> bytes:
    url = view.common.source(view.entry.source).rss
    return f'      <source url="{url}">{view.xml_author}</source>\n'.encode()
