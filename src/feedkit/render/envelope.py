"""The head and foot of Atom and RSS feeds, made by feedgen; entries are inserted between them."""

from __future__ import annotations

from email.utils import format_datetime

from feedgen.entry import FeedEntry  # type: ignore[import-untyped]
from feedgen.ext.base import BaseExtension  # type: ignore[import-untyped]
from feedgen.feed import FeedGenerator  # type: ignore[import-untyped]
from lxml import etree

from ..models import Feed, Link
from . import atom, rss
from .frames import Frame
from .view import (
    ICON,
    LOGO,
    EntryView,
    SharedTexts,
    choose_picture,
    choose_rss_image,
    escape_text,
    format_rfc822,
    make_view,
)

_DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
_MEDIA_RSS = "http://search.yahoo.com/mrss/"
_ATOM_LINK = "{http://www.w3.org/2005/Atom}link"


class _FrameExtension(BaseExtension):  # type: ignore[misc] # feedgen has no types
    """Adds namespaces and dates that feedgen itself cannot write."""

    #: RFC 822; RSS alone has it.
    last_build_date = ""
    #: Of the RSS alone, where feedgen loses it (feed.py, `_create_rss`).
    hub = ""

    def extend_ns(self) -> dict[str, str]:
        if self.last_build_date:
            return {"dc": _DUBLIN_CORE, "media": _MEDIA_RSS}
        return {"media": _MEDIA_RSS}

    def extend_atom(self, root: etree._Element) -> etree._Element:
        for element in root:  # feedgen's tags have no namespace (feed.py, `_create_atom`)
            if element.tag in ("title", "subtitle"):
                element.set("type", "text")
        return root

    def extend_rss(self, root: etree._Element) -> etree._Element:
        if self.last_build_date:
            etree.SubElement(root[0], "lastBuildDate").text = self.last_build_date
        own = root[0].find(_ATOM_LINK)
        if self.hub and own is not None:
            own.addnext(etree.Element(_ATOM_LINK, href=self.hub, rel="hub"))
        return root


def make_generator(feed: Feed) -> FeedGenerator:
    """Return a `FeedGenerator` that says all of `feed` but its entries."""
    site = feed.config.site
    made = FeedGenerator()
    made.register_extension("frame", _FrameExtension)
    made.id(site.feed_id(feed.path))
    made.title(feed.title)
    made.description(feed.description)  # Atom's subtitle too
    # The last link of all is the one that RSS gets (feed.py, `link`), so alternate comes last.
    made.link(href=feed.config.feed_url(feed.path, "atom"), rel="self", type=atom.MEDIA_TYPE)
    if hub := feed.config.websub.hub:
        made.link(href=hub, rel="hub")
        made.frame.hub = hub
    made.link(href=feed.page_url, rel="alternate", type="text/html")
    made.author(name=site.author, uri=site.home)
    made.language(feed.language)
    made.generator("feedkit")
    made.docs("")
    # Both dates would otherwise be the clock's, and every build a change.
    made.updated(feed.updated)
    if feed.pictures:
        made.icon(choose_picture(feed.pictures, ICON))
        made.logo(choose_picture(feed.pictures, LOGO))
        # `image(url=)` would set the logo too (feed.py); its title and link are the channel's.
        made.image()["url"] = choose_rss_image(feed.pictures)
    return made


def use_rss(made: FeedGenerator, feed: Feed) -> None:
    """Turn the frame to RSS: another address of its own, and a date without a locale."""
    # Readers take a channel's description for HTML, as an item's (RSS 2.0): a name may hold <.
    made.description(escape_text(feed.description))
    address = feed.config.feed_url(feed.path, "rss")
    made.link(
        [
            {"href": address, "rel": "self", "type": rss.MEDIA_TYPE},
            {"href": feed.page_url, "rel": "alternate", "type": "text/html"},
        ],
        replace=True,
    )
    # feedgen formats dates by switching the locale of the whole process, which another thread
    # may be using (util.py, `formatRFC2822`), and offers no way to leave this one out.
    made._FeedGenerator__rss_lastBuildDate = None
    made.frame.last_build_date = format_rfc822(feed.updated)


def make_atom_frame(feed: Feed) -> Frame:
    """Return the frame of an Atom feed."""
    text = make_generator(feed).atom_str(pretty=True, encoding="utf-8")
    return _split(text, b"updated", b"</feed>")


def make_rss_frame(feed: Feed) -> Frame:
    """Return the frame of an RSS feed."""
    made = make_generator(feed)
    use_rss(made, feed)
    return _split(made.rss_str(pretty=True, encoding="utf-8"), b"lastBuildDate", b"  </channel>")


def _split(text: bytes, date: bytes, end: bytes) -> Frame:
    # No text holds what looks like a tag.
    start, close = b"<%b>" % date, b"</%b>" % date
    before, after = text.index(start) + len(start), text.index(close)
    place = text.rindex(end)
    return [text[:before], text[after:place], text[place:]]


_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
_LINK = "{http://www.w3.org/2005/Atom}link"


class LinkedEntry(FeedEntry):  # type: ignore[misc] # feedgen has no types
    """A feedgen entry that keeps rel, type, title and length of links, and authors in RSS.

    Everything that `feedgen.entry.FeedEntry` offers can be set on it afterwards.
    """

    def atom_entry(self, extensions: bool = True) -> etree._Element:
        """Return the Atom element; feedgen's loop over links drops all but href (entry.py)."""
        element: etree._Element = super().atom_entry(extensions)
        links = [child for child in element if child.tag == "link"]
        for child, link in zip(links, self.link() or (), strict=True):
            for name in ("rel", "type", "hreflang", "title", "length"):
                if link.get(name):
                    child.set(name, link[name])
        return element

    def rss_entry(self, extensions: bool = True) -> etree._Element:
        """Return the RSS element with an author, related links, and dates of no locale."""
        published = self.pubDate()
        # feedgen would format it by switching the locale of the whole process (util.py).
        self._FeedEntry__rss_pubDate = None
        try:
            element: etree._Element = super().rss_entry(extensions)
        finally:
            self._FeedEntry__rss_pubDate = published
        if published:
            etree.SubElement(element, "pubDate").text = format_datetime(published, usegmt=True)
        for author in self.author() or ():
            etree.SubElement(element, _CREATOR).text = author["name"]
        for link in self.link() or ():
            if link.get("rel") == "related":
                etree.SubElement(element, _LINK, {name: str(link[name]) for name in link})
        return element


def make_feedgen(feed: Feed) -> FeedGenerator:
    """Return a generator that holds every entry of `feed`, newest first."""
    made, common = make_generator(feed), SharedTexts(feed.config)
    for entry in feed.entries:
        made.add_entry(_make_entry(make_view(entry, common)), order="append")
    return made


def _make_entry(view: EntryView) -> LinkedEntry:
    article = view.article
    made = LinkedEntry()
    made.guid(view.entry.id, permalink=view.id == view.url)  # the Atom id too
    made.title(article.title)
    made.published(article.published)
    # Otherwise the clock's (entry.py, `__init__`).
    made.updated(article.updated or article.published)
    made.author(name=view.author, uri=view.author_url or None)
    # The alternate link stands first: readers open the first.
    made.link(href=article.url, rel="alternate", type="text/html")
    for link in (*view.entry.related, *view.entry.related_to):
        made.link(href=link.url, rel="related", type="text/html", title=_name_link(link))
    if article.summary:
        made.summary(article.summary)
    # After the summary: `description` would overwrite it.
    made.content(view.html, type="html")
    config = view.common.config
    scheme = config.related_url if view.entry.is_related else config.topics_url
    for tag in view.tags:
        made.category(term=tag, scheme=scheme)
    for one in article.enclosures:
        made.enclosure(one.url, str(one.length or 0), one.media_type)
    return made


def _name_link(link: Link) -> str:
    return f"{link.title} – {link.provider}" if link.provider else link.title
