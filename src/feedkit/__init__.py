"""Articles in; per-topic and per-provider Atom 1.0, RSS 2.0 and JSON Feed 1.1 out.

The tour::

    site = feedkit.Site(title="Example", url="https://example.org/feeds/")
    article = feedkit.Article(url=..., title=..., published=...)      # or read_articles("content/")
    feed = feedkit.make_feed([article], site, title="News", path="news")
    document = feedkit.render(feed, "atom")                           # body, etag, headers
    report = feedkit.build("content/", "public/feeds", site, now=...)  # all feeds, as files
"""

import importlib
import sys
import types
import typing

from .version import __version__ as __version__

if typing.TYPE_CHECKING:
    from .build.api import build
    from .build.options import BuildOptions
    from .build.plan import EntryChange, FeedChanges, Plan, plan
    from .build.update import update
    from .config import Config
    from .config.feed_info import About, DataSettings
    from .config.ids import Ids
    from .config.loader import load_config
    from .config.settings import (
        Exclude,
        FeedSettings,
        Labels,
        PublishSettings,
        RecordSettings,
        Site,
        WebSub,
    )
    from .errors import BusyError, ConfigError, FeedkitError, PublishError, RecordError, UrlError
    from .models import (
        Article,
        Document,
        Enclosure,
        Entry,
        Feed,
        Format,
        Html,
        Image,
        Link,
        Markdown,
        Provider,
        Related,
        RelatedArticle,
        Report,
        Source,
    )
    from .render import FORMATS, render, to_feedgen
    from .selection import make_feed, select_feeds
    from .sources import Problem, read_articles
    from .websub import Ping, ping

__all__ = [
    "FORMATS",
    "About",
    "Article",
    "BuildOptions",
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
    "Ping",
    "Plan",
    "Problem",
    "Provider",
    "PublishError",
    "PublishSettings",
    "RecordError",
    "RecordSettings",
    "Related",
    "RelatedArticle",
    "Report",
    "Site",
    "Source",
    "UrlError",
    "WebSub",
    "build",
    "load_config",
    "make_feed",
    "ping",
    "plan",
    "read_articles",
    "render",
    "select_feeds",
    "to_feedgen",
    "update",
]

#: Where each of these is: loaded when it is asked for (PEP 562), since a build after which
#: nothing changed takes little longer than loading them all.
_ROOMS = {
    "About": "config.feed_info",
    "Article": "models",
    "BuildOptions": "build.options",
    "BusyError": "errors",
    "Config": "config",
    "ConfigError": "errors",
    "DataSettings": "config.feed_info",
    "Document": "models",
    "Enclosure": "models",
    "Entry": "models",
    "EntryChange": "build.plan",
    "Exclude": "config.settings",
    "FORMATS": "render",
    "Feed": "models",
    "FeedChanges": "build.plan",
    "FeedSettings": "config.settings",
    "FeedkitError": "errors",
    "Format": "models",
    "Html": "models",
    "Ids": "config.ids",
    "Image": "models",
    "Labels": "config.settings",
    "Link": "models",
    "Markdown": "models",
    "Ping": "websub",
    "Plan": "build.plan",
    "Problem": "sources",
    "Provider": "models",
    "PublishError": "errors",
    "PublishSettings": "config.settings",
    "RecordError": "errors",
    "RecordSettings": "config.settings",
    "Related": "models",
    "RelatedArticle": "models",
    "Report": "models",
    "Site": "config.settings",
    "Source": "models",
    "UrlError": "errors",
    "WebSub": "config.settings",
    "build": "build.api",
    "load_config": "config.loader",
    "make_feed": "selection",
    "ping": "websub",
    "plan": "build.plan",
    "read_articles": "sources",
    "render": "render",
    "select_feeds": "selection",
    "to_feedgen": "render",
    "update": "build.update",
}


def __getattr__(name: str) -> object:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_ROOMS[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(types.ModuleType):
    def __setattr__(self, name: str, value: object) -> None:
        """Keep the functions `build` and `render`: importing the packages would replace them."""
        if name not in ("build", "render") or not isinstance(value, types.ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
