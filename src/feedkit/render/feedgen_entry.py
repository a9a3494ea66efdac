"""A Feed to feedgen's own object, with entries that keep what feedgen 1.0 loses."""

from __future__ import annotations

from email.utils import format_datetime

from feedgen.entry import FeedEntry  # type: ignore[import-untyped]
from feedgen.feed import FeedGenerator  # type: ignore[import-untyped]
from lxml import etree

from ..feed import Feed, Link
from .frame import make_generator
from .view import Common, View, make_view

_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
_LINK = "{http://www.w3.org/2005/Atom}link"


class LinkedEntry(FeedEntry):  # type: ignore[misc] # feedgen has no types
    """A feedgen entry whose links keep rel, type, title and length, and whose RSS has an author.

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
    made, common = make_generator(feed), Common(feed.config)
    for entry in feed.entries:
        made.add_entry(_make_entry(make_view(entry, common)), order="append")
    return made


def _make_entry(view: View) -> LinkedEntry:
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
