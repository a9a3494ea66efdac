"""Articles to Feeds: index, resolve, select. Pure; knows nothing of files or formats.

`index` makes the row of each record, `resolve` merges the rows of all records, in any order,
`feeds` selects the newest articles of each feed, `entries` makes their entries. `selection` itself
does this for Articles in memory: `make_feed` and `select_feeds`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from ..config import Config, as_config
from ..config.feed_info import About, complete_about
from ..config.settings import FILE_NAMES, Kind, Site
from ..errors import ConfigError, RecordError
from ..files.spill import RecordRef
from ..models import Article, Entry, Feed, Image, Related
from ..syntax import take_text
from ..text import clean_text
from .entries import compose_entry, make_entry_recipe, make_hasher
from .feeds import (
    SelectedFeed,
    change_feeds,
    choose_feeds,
    find_beyond_error,
    find_updated,
    select_all,
    select_one,
)
from .index import IndexedRecord, is_withheld, make_indexer, make_mover
from .resolve import Resolution, ResolvedArticle, resolve_rows

__all__ = ["describe_feed", "make_feed", "select_feeds"]


OnProblem = Callable[[RecordError], object]


def select_feeds(
    articles: Iterable[Article],
    config: Config | Site,
    *,
    now: datetime,
    on_problem: OnProblem | None = None,
    published: Container[str] = (),
) -> list[Feed]:
    """Return the feed of all articles and those of all topics and providers, in order of path.

    Args:
        articles: Articles in any order. All are in memory at once; `build` needs less.
        config: The settings; a Site alone means the defaults.
        now: Aware; articles dated later are withheld.
        on_problem: Called with each article or related item that is left out.
        published: The paths of feeds that subscribers have: these are returned also where they
            have fewer articles than ``feeds.min_articles``, or are beyond ``feeds.max_feeds``.

    Raises:
        RecordError: One cannot be used, or two name one id, or there are more feeds than
            ``feeds.max_feeds``, and there is no `on_problem`.
        ValueError: `now` names no time zone.
    """
    config = as_config(config)
    kept, resolved = _resolve(articles, config, now, on_problem)
    made = choose_feeds(select_all(resolved, config), config.feeds, published)
    _report_problems(find_beyond_error(made, config), on_problem)
    selected = made.feeds
    sources = list_sources(selected)
    entries: dict[str, Entry] = {}
    feeds = []
    for one in selected:
        for node in one.nodes:
            if node.key not in entries:
                entries[node.key] = _compose(node, kept, resolved, sources, now)
        held = tuple([entries[node.key] for node in one.nodes])
        feeds.append(describe_feed(config, one, held, _find_pictures(one, held)))
    return feeds


def make_feed(
    articles: Iterable[Article],
    site: Config | Site,
    *,
    path: str,
    title: str | None = None,
    description: str = "",
    language: str = "",
    images: Sequence[Image] = (),
    home: str = "",
    limit: int | None = None,
    related: Related = "links",
    now: datetime | None = None,
    on_problem: OnProblem | None = None,
) -> Feed:
    """Return one feed of the newest of these articles.

    At the path of a topic's or provider's feed, the feed has the title, description, language and
    pictures that the Config gives to that feed. The arguments have precedence.

    Args:
        articles: Articles in any order, each cleaned as a record would be. Drafts and removed
            articles are withheld.
        site: The settings; a Site alone means the defaults.
        path: The feed's folder below the site's address, as ``topics/ai``.
        title: Plain text. None: the title in the Config, which must have one.
        description: Plain text. Empty: that of the Config, else ``labels.description``.
        language: A BCP 47 tag. Empty: that of the Config, else the site's.
        images: Its picture, in one size or several; a relative address is below ``site.home``.
            Empty: that of the Config; of a provider else that of its newest entry.
        home: The address of its page for people. Empty: that of its folder.
        limit: Entries at most, and related ones beside them. None: ``feeds.limit``.
        related: Whether related articles are ``entries`` too, ``links`` or neither (``none``).
        now: Aware; articles dated later are withheld. None: no article is, since no clock is read.
        on_problem: Called with each article or related item that is left out.

    Raises:
        RecordError: One cannot be used, or two name one id, and there is no `on_problem`.
        ValueError: There is no title, the path leaves the site's address, is an address itself or
            ends in a file's name, the limit is under 1, another argument cannot be used, or
            `now` names no time zone.
    """
    config, path = as_config(site), (take_text(path) or "").strip("/")
    given = _check_given(config, description, language, images, home)
    kind, slug = config.find_place(path)
    said = _find_title(config, kind, slug, path) if title is None else take_text(title)
    if not (title := clean_text(said or "")):
        raise ValueError("title: expected some text, got nothing")
    limit = config.feeds.limit if limit is None else limit
    _check_folder(path, config)
    if limit < 1:
        raise ValueError(f"limit: expected at least 1, got {limit}")
    config = change_feeds(config, related=related, limit=limit)
    kept, resolved = _resolve(articles, config, now, on_problem)
    nodes = select_one(resolved, limit, related=related == "entries")
    entries = tuple([_compose(node, kept, resolved, {}, now) for node in nodes])
    selected = SelectedFeed(kind, path, title, nodes, slug, find_updated(nodes))
    feed = describe_feed(config, selected, entries, _find_pictures(selected, entries))
    return msgspec.structs.replace(feed, **given)


def _find_title(config: Config, kind: Kind, slug: str, path: str) -> str:
    """Return the title that the settings give to a feed; empty: none."""
    return config.site.title if path == config.feeds.all else config.about(kind, slug).title


def _check_given(
    config: Config, description: str, language: str, images: Sequence[Image], home: str
) -> dict[str, Any]:
    """Return the fields of a Feed that arguments of `make_feed` give it.

    Raises:
        ValueError: One of them cannot be used.
    """
    try:
        about = About(description=description, language=language, images=tuple(images), home=home)
        about = complete_about("providers", "make_feed", about, config.site.home)
    except ConfigError as error:
        raise ValueError(str(error)) from error
    fields = {
        "description": about.description,
        "language": about.language,
        "pictures": about.images,
        "home": about.home,
    }
    return {name: value for name, value in fields.items() if value}


def _check_folder(path: str, config: Config) -> None:
    """Raise a ValueError for a path that is none of a feed's folder."""
    *_, last = segments = path.split("/")
    if not set(segments).isdisjoint((".", "..")) or re.match("[A-Za-z][A-Za-z0-9+.-]*:/", path):
        raise ValueError(f"path: expected one below the site's address, got {path!r}")
    if last.casefold() in {*FILE_NAMES.values(), *config.feeds.file_names, "index.html"}:
        raise ValueError(f"path: expected a feed's folder, got {path!r}, a file in it")


def describe_feed(
    config: Config,
    selected: SelectedFeed,
    entries: tuple[Entry, ...] = (),
    pictures: tuple[Image, ...] = (),
) -> Feed:
    """Return the Feed of a selected feed, with the given entries.

    Args:
        config: What is said of it there comes first.
        selected: What it is.
        entries: What it holds.
        pictures: That of its newest entry that has one.
    """
    about = config.about(selected.kind, selected.slug)
    return Feed(
        config=config,
        path=selected.path,
        title=selected.title,
        description=about.description
        or config.labels.description.replace("{title}", selected.title),
        language=about.language or config.site.language,
        updated=datetime.fromtimestamp(selected.updated, UTC),
        entries=entries,
        pictures=about.images or pictures,
    )


def list_sources(selected: Iterable[SelectedFeed]) -> dict[str, str]:
    """Return the paths of the providers' feeds by slug."""
    return {feed.slug: feed.path for feed in selected if feed.kind == "providers"}


def _resolve(
    articles: Iterable[Article],
    config: Config,
    now: datetime | None,
    on_problem: OnProblem | None,
) -> tuple[list[Article], Resolution]:
    """Return the cleaned articles, each at the position that its row names, and the resolution."""
    if now is not None and now.tzinfo is None:
        raise ValueError(f"now: expected an aware datetime, got {now!r}")
    from ..sources.records import clean_article, find_zone  # which builds load only where they read

    zone, index, move = find_zone(config), make_indexer(config, now), make_mover(config)
    kept: list[Article] = []
    rows: list[IndexedRecord] = []
    for article in articles:
        reading = clean_article(article, zone)
        _report_problems(reading.errors, on_problem)
        withheld = [one.article for one in reading.withheld]
        for one in withheld if reading.article is None else [reading.article]:
            row = index(one, one.url, RecordRef(0, len(kept), 0))
            row.is_rejected = reading.article is None
            if not row.is_rejected or is_withheld(row):
                rows.append(row)
                kept.append(move(one) if move else one)
    resolved = resolve_rows(rows, config, make_hasher(lambda place: kept[place.offset]))
    _report_problems(resolved.errors, on_problem)
    return kept, resolved


def _report_problems(errors: Iterable[RecordError], on_problem: OnProblem | None) -> None:
    for error in errors:
        if on_problem is None:
            raise error
        on_problem(error)


def _compose(
    node: ResolvedArticle,
    kept: list[Article],
    resolved: Resolution,
    sources: Mapping[str, str],
    now: datetime | None,
) -> Entry:
    entry_recipe = make_entry_recipe(node, resolved.ids, sources)
    return compose_entry(entry_recipe, lambda place: kept[place.offset], now)


def _find_pictures(selected: SelectedFeed, entries: tuple[Entry, ...]) -> tuple[Image, ...]:
    """Return the picture of a provider's feed: that of its newest entry that has one."""
    if selected.kind != "providers":
        return ()
    return next(filter(None, map(pictures_of, entries)), ())


def pictures_of(entry: Entry) -> tuple[Image, ...]:
    """Return the picture of an entry's provider, as its record has it."""
    provider = entry.article.provider
    return provider.images if provider else ()
