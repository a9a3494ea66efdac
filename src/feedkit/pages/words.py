"""The words that pages say of themselves, all of them; texts of records are not among these."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """English, whatever the language of the feeds: elements that show them say so."""

    what: str = (
        "A feed is a list of articles that a reader program looks at for you: give it one of these"
        " addresses, and whatever is published next comes to you."
    )
    subscribe: str = "Subscribe"
    copy: str = "Copy"
    copied: str = "Copied"
    #: Behind `copy`, for those who hear it: `Copy the Atom address`.
    copy_which: str = "the {} address"
    newest: str = "Newest"
    #: A number of articles, and the date of the newest.
    counted: str = "{}, newest {}"
    #: With the title of the combined feed behind it.
    newest_of: str = "See the newest of"
    more: str = "These are the newest {} of the {} articles in the feed."
    gone: str = "This feed has ended: none of its articles is published any more."
    moved: str = "This feed has moved."
    moved_to: str = "Its address is now"
    all_feeds: str = "All feeds"
    everything: str = "Everything in one feed"
    topics: str = "Topics"
    providers: str = "Providers"
    find: str = "Find a feed"
    none_found: str = "No feed has this in its name."
    opml: str = "All feeds as an OPML file"
    opml_why: str = "which reader programs import."
    article: str = "article"
    articles: str = "articles"


WORDS = Words()
#: As people call them, by format.
FORMAT_NAMES = {"atom": "Atom", "rss": "RSS", "json": "JSON Feed"}
