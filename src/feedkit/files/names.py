"""Names of files in OUT that are no feeds. Imports nothing."""

from __future__ import annotations

#: What pages and feeds look like, and what pages do where scripts run.
FEED_STYLE = "feedkit-feed.css"
STATIC = ("feedkit.css", "feedkit.js", FEED_STYLE)
#: Files that every build writes at the top, and the page that it writes beside each feed.
TOP_FILES = ("index.html", "feeds.opml", "feeds.json", *STATIC)
PAGE = "index.html"
#: What stands in OUT while there may be files beside their targets, and how their names end:
#: no build has to know how another one called its files.
MARK = ".feedkit.new"
#: How the names of copies end: nothing else that is published may be called so.
COPY = ".gz"
