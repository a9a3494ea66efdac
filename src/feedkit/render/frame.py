"""A feed's frame in Atom and RSS, made by feedgen; its entries are put in between."""

from __future__ import annotations

from feedgen.ext.base import BaseExtension  # type: ignore[import-untyped]
from feedgen.feed import FeedGenerator  # type: ignore[import-untyped]
from lxml import etree

from ..feed import Feed
from ..frames import Frame
from . import atom, rss
from .escape import escape_text, format_rfc822
from .pictures import ICON, LOGO, choose_picture, choose_rss_image

_DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
_MEDIA_RSS = "http://search.yahoo.com/mrss/"
_ATOM_LINK = "{http://www.w3.org/2005/Atom}link"


class _FrameExtension(BaseExtension):  # type: ignore[misc] # feedgen has no types
    """What feedgen itself cannot say of a feed: the namespaces of entries, and a pure date."""

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
    """Return what stands around the date and the entries."""
    text = make_generator(feed).atom_str(pretty=True, encoding="utf-8")
    return _split(text, b"updated", b"</feed>")


def make_rss_frame(feed: Feed) -> Frame:
    """Return what stands around the date and the items."""
    made = make_generator(feed)
    use_rss(made, feed)
    return _split(made.rss_str(pretty=True, encoding="utf-8"), b"lastBuildDate", b"  </channel>")


def _split(text: bytes, date: bytes, end: bytes) -> Frame:
    # No text holds what looks like a tag.
    start, close = b"<%b>" % date, b"</%b>" % date
    before, after = text.index(start) + len(start), text.index(close)
    place = text.rindex(end)
    return [text[:before], text[after:place], text[place:]]
