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
    from .about import About, DataSettings
    from .building.build import build
    from .building.plan import Plan, plan
    from .building.update import update
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
    from .read import Problem, read_articles
    from .render import FORMATS, render, to_feedgen
    from .selection import make_feed, select_feeds
    from .settings import (
        Exclude,
        FeedSettings,
        Labels,
        PublishSettings,
        RecordSettings,
        Site,
        WebSub,
    )
    from .source import Source
    from .websub import Ping, ping

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
    "About": "about",
    "Article": "model",
    "BusyError": "errors",
    "Config": "config",
    "ConfigError": "errors",
    "DataSettings": "about",
    "Document": "model",
    "Enclosure": "model",
    "Entry": "feed",
    "EntryChange": "planned",
    "Exclude": "settings",
    "FORMATS": "render",
    "Feed": "feed",
    "FeedChanges": "planned",
    "FeedSettings": "settings",
    "FeedkitError": "errors",
    "Format": "model",
    "Html": "model",
    "Ids": "ids",
    "Image": "model",
    "Labels": "settings",
    "Link": "feed",
    "Markdown": "model",
    "Ping": "websub",
    "Plan": "building.plan",
    "Problem": "read",
    "Provider": "model",
    "PublishError": "errors",
    "PublishSettings": "settings",
    "RecordError": "errors",
    "RecordSettings": "settings",
    "Related": "model",
    "RelatedArticle": "model",
    "Report": "model",
    "Site": "settings",
    "Source": "source",
    "UrlError": "errors",
    "WebSub": "settings",
    "build": "building.build",
    "load_config": "config_file",
    "make_feed": "selection",
    "ping": "websub",
    "plan": "building.plan",
    "read_articles": "read",
    "render": "render",
    "select_feeds": "selection",
    "to_feedgen": "render",
    "update": "building.update",
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
        """Let `render` be the function, though loading its room would name that so."""
        if name != "render" or not isinstance(value, types.ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
