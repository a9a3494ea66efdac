"""Articles in; per-topic and per-provider Atom 1.0, RSS 2.0 and JSON Feed 1.1 out.

The tour::

    site = feedkit.Site(title="Example", url="https://example.org/feeds/")
    article = feedkit.Article(url=..., title=..., published=...)      # or read_articles("content/")
    feed = feedkit.make_feed([article], site, title="News", path="news")
    document = feedkit.render(feed, "atom")                           # body, etag, headers
    report = feedkit.build("content/", "public/feeds", site, now=...)  # all feeds, as files
"""

from .about import About, DataSettings
from .building import Plan, build, plan, update
from .config import Config
from .config_file import load_config
from .errors import BusyError, ConfigError, FeedkitError, PublishError, RecordError, UrlError
from .feed import Entry, Feed, Link
from .ids import Ids
from .model import (
    Article,
    Document,
    Enclosure,
    Format,
    Html,
    Image,
    Markdown,
    Provider,
    Related,
    RelatedArticle,
    Report,
)
from .planned import EntryChange, FeedChanges
from .read import Problem, Source, read_articles
from .render import FORMATS, render, to_feedgen
from .selection import make_feed, select_feeds
from .settings import Exclude, FeedSettings, Labels, RecordSettings, Site

__version__ = "0.1.0"

__all__ = [
    "FORMATS",
    "About",
    "Article",
    "BusyError",
    "Config",
    "ConfigError",
    "DataSettings",
    "Document",
    "Enclosure",
    "Entry",
    "EntryChange",
    "Exclude",
    "Feed",
    "FeedChanges",
    "FeedSettings",
    "FeedkitError",
    "Format",
    "Html",
    "Ids",
    "Image",
    "Labels",
    "Link",
    "Markdown",
    "Plan",
    "Problem",
    "Provider",
    "PublishError",
    "RecordError",
    "RecordSettings",
    "Related",
    "RelatedArticle",
    "Report",
    "Site",
    "Source",
    "UrlError",
    "build",
    "load_config",
    "make_feed",
    "plan",
    "read_articles",
    "render",
    "select_feeds",
    "to_feedgen",
    "update",
]
