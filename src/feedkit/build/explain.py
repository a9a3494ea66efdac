"""Where one article stands, and why it stands nowhere else. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain
from typing import NamedTuple

import msgspec

from ..cache.source_files import SourceFile
from ..config import Config
from ..config.ids import Moves
from ..config.settings import CLOSING, OPENING
from ..errors import UrlError
from ..models import Article
from ..selection.feeds import ChosenFeeds, change_feeds, select_uncut
from ..selection.index import IndexedRecord, is_excluded
from ..selection.resolve import Listing, ResolvedArticle
from ..text.urls import article_key, canonical_url
from .analysis import Analysis

_LEFT_OUT = "left out by [exclude] files"


class FeedPosition(msgspec.Struct, frozen=True):
    """One feed that contains an article, or would contain it if it had no limit."""

    path: str
    is_there: bool
    place: int
    """From 1: among the feed's entries, or among all that would be, the related ones apart."""
    total: int
    """Of how many."""
    reason: str = ""
    """Why it is not there."""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """The state of one article, with the feeds that contain it."""

    url: str
    """Without records of its own a file has none."""
    records: tuple[str, ...]
    """The names of its records; the first gives its fields."""
    reasons: tuple[str, ...]
    """One line each: why it is withheld, or where else it is named."""
    feeds: tuple[FeedPosition, ...]


class ExplainSources(NamedTuple):
    """Other sources of explanations than the analysis."""

    read_file: Callable[[str], Iterable[Article]]
    """Returns the Articles of a file, by its name."""
    is_left_out: Callable[[str], bool] | None
    """Tells whether ``[exclude] files`` leaves out a file, by its name; None: it leaves out none.
    """


NO_SOURCES = ExplainSources(lambda _: (), None)
"""Nothing besides the survey."""


def explain_file(
    found: Analysis,
    config: Config,
    spellings: Collection[bytes],
    sight: ExplainSources = NO_SOURCES,
) -> list[Explanation]:
    """Return an explanation of each record of a file, none if it was not read.

    Args:
        found: What all records come to.
        config: With which they do.
        spellings: What the file may be known by.
        sight: What there is besides.
    """
    source_files = [
        source_file for source_file in found.source_files if source_file.path in spellings
    ]
    keys = dict.fromkeys(row.key for source_file in source_files for row in source_file.rows)
    known = _ExplainedArticles(found, config, sight)
    said = [_explain_key(known, key) for key in keys]
    for source_file in source_files:
        if not source_file.rows:
            reasons = [str(error) for error in source_file.errors]
            if sight.is_left_out and sight.is_left_out(source_file.name):
                reasons.append(f"{source_file.name}: {_LEFT_OUT}")
            elif source_file.other:
                reasons.append(f"{source_file.name}: no record: it has no date or address")
            said.append(Explanation(url="", records=(), reasons=tuple(reasons), feeds=()))
    return said


def explain_url(
    found: Analysis, config: Config, url: str, sight: ExplainSources = NO_SOURCES
) -> list[Explanation]:
    """Return an explanation of the article at an address, also one from which it moved."""
    try:
        key = article_key(Moves(config.moved).follow(canonical_url(url)))
    except UrlError:
        return []
    return (
        [_explain_key(_ExplainedArticles(found, config, sight), key)]
        if key in _list_keys(found)
        else []
    )


def find_nearest(found: Analysis, text: str) -> str:
    """Return the address or name of a record that is most like `text`, empty if none is."""
    from difflib import get_close_matches  # which few runs need

    if text.lower().startswith(("http://", "https://")):
        names = {f"https://{key}" for key in _list_keys(found)}
    else:
        names = {source_file.name for source_file in found.source_files}
    return next(iter(get_close_matches(text, sorted(names), 1)), "")


def _list_keys(found: Analysis) -> set[str]:
    """Return the keys of all articles that have a record, or are listed by one."""
    return {key for row in found.rows for key in (row.key, *(item.key for item in row.items))}


class _ExplainedArticles:
    """All articles, sorted once for all explanations."""

    def __init__(self, found: Analysis, config: Config, sight: ExplainSources) -> None:
        self.found, self.config, self.sight = found, config, sight
        self.own: dict[str, list[IndexedRecord]] = {}
        self.listings: dict[str, list[Listing]] = {}
        for row in found.rows:
            self.own.setdefault(row.key, []).append(row)
            for place, item in enumerate(row.items):
                self.listings.setdefault(item.key, []).append((row, place))
        self.source_files: dict[str, list[SourceFile]] = {}
        for source_file in found.source_files:
            self.source_files.setdefault(source_file.name, []).append(source_file)
        #: Why records and items were left out, by the name of their file.
        self.errors: dict[str, list[str]] = {}
        for error in found.errors:
            self.errors.setdefault(error.name, []).append(str(error))
        #: By path: what each feed holds, would hold if none had an end, and its own of that.
        self.held = {feed.path: feed.nodes for feed in found.selected}
        self.unmade = dict(_list_unmade(found.made, config))
        self.uncut = select_uncut(found.resolved, config)
        self.mine = select_uncut(found.resolved, change_feeds(config, related="links"))


def _explain_key(known: _ExplainedArticles, key: str) -> Explanation:
    rows = list(known.own.get(key, ()))
    node = known.found.resolved.nodes.get(key)
    if node and node.records:
        places = {id(row): place for place, row in enumerate(node.records)}
        rows.sort(key=lambda row: places.get(id(row), len(places)))
    names = dict.fromkeys(row.name for row in rows)
    reasons = chain(
        (reason for row in rows if (reason := _explain_state(known, row))),
        _explain_duplicates(node),
        (error for name in names for error in known.errors.get(name, ())),
        _explain_listings(known, key),
    )
    return Explanation(
        url=_spell_url(known.config, key, rows),
        records=tuple(names),
        reasons=tuple(reasons),
        feeds=tuple(_find_standings(known, node)) if node else (),
    )


def _spell_url(config: Config, key: str, rows: list[IndexedRecord]) -> str:
    """Return the address of an article as its first record spells it; of its key without one."""
    is_spelt = bool(rows) and bool(rows[0].origin) and not config.moved
    spelling = rows[0].origin.partition("://")[2] if is_spelt else key
    return f"https://{spelling}"


def _explain_state(known: _ExplainedArticles, row: IndexedRecord) -> str:
    """Return why one record is no entry, empty if it is, as far as it says itself."""
    if known.sight.is_left_out and known.sight.is_left_out(row.name):
        return f"{row.name}: withheld: {_LEFT_OUT}"
    if row.excluded:
        return f"{row.name}: withheld: {_name_exclusion(row.excluded, row.provider_name)}"
    if row.state == "future":
        return f"{row.name}: withheld until {_show_instant(row.published)}"
    if row.state in (OPENING, *CLOSING):
        return f"{row.name}: withheld {_explain_date(known, row)}"
    if row.state == "unpublished":
        return f"{row.name}: unpublished: no entry unless a published record lists it"
    return "" if row.state == "published" else f"{row.name}: withheld: {row.state}"


def _explain_date(known: _ExplainedArticles, row: IndexedRecord) -> str:
    """Return from or until when the date of a record withholds it, and which date does."""
    for article in known.sight.read_file(row.name):
        date = article.available if row.state == OPENING else article.expires
        if date and article_key(article.url) == row.key:
            when = "until" if row.state == OPENING else "since"
            return f"{when} {_show_instant(int(date.timestamp()))}: {row.state}"
    return f"by its date: {row.state}"


def _show_instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _name_exclusion(reason: str, provider: str) -> str:
    """Return in words which key of ``[exclude]`` withholds an article of a provider."""
    if reason == "urls":
        return "its address stands in [exclude] urls"
    if reason == "providers":
        return f"{provider!r} stands in [exclude] providers"
    return "its host, or its provider's domain, stands in [exclude] domains"


def _explain_duplicates(node: ResolvedArticle | None) -> Iterator[str]:
    first, *others = [row.name for row in node.records] if node and node.records else [""]
    return (f"{name}: a duplicate of {first}, which gives the fields" for name in others)


def _explain_listings(known: _ExplainedArticles, key: str) -> Iterator[str]:
    """Yield what the listings that count say of an article."""
    for row, place in known.listings.get(key, ()):
        item, parent = row.items[place], known.found.resolved.nodes.get(row.key)
        if row.state == "published" and is_excluded(item):
            why = f"{row.name}: lists it, and so withholds it"
            yield f"{why}: {_name_exclusion(item.state, item.provider_name)}"
        elif row.state == "published" and parent and parent.key != key and parent.is_primary:
            yield f"listed by {row.name}: {_explain_listing(known, parent, (row, place))}"


def _explain_listing(known: _ExplainedArticles, parent: ResolvedArticle, listing: Listing) -> str:
    item = listing[0].items[listing[1]]
    if item.state == "future":
        return "not shown, dated after now"
    if item.key in known.found.resolved.hidden:
        return "not shown, withheld"
    if not any(row is listing[0] and place == listing[1] for row, place in parent.links):
        return (
            'not shown, related = "none"'
            if known.config.feeds.related == "none"
            else "named before"
        )
    if any(other.key == item.key for other in parent.listed):
        return "an entry beside it"
    return f"kept as a link, {_explain_link(known, parent, listing)}"


def _explain_link(known: _ExplainedArticles, parent: ResolvedArticle, listing: Listing) -> str:
    feeds, item = known.config.feeds, listing[0].items[listing[1]]
    node = known.found.resolved.nodes.get(item.key)
    if feeds.retold == "links" and not (node and node.is_primary):
        if _is_retold(parent, listing):
            return "a re-telling under a title that is told"
        if item.key in known.found.resolved.retellings:
            return f"a re-telling, which {_find_teller(known, item.key)} lists under its own title"
    if not feeds.has_entries:
        return 'related = "links"'
    return f"behind max_related ({feeds.max_related}) others"


def _is_retold(parent: ResolvedArticle, listing: Listing) -> bool:
    told = {parent.records[0].identity}
    for row, place in parent.links:
        title = row.items[place].identity
        if row is listing[0] and place == listing[1]:
            return title != "" and title in told
        told.add(title)
    return False


def _find_teller(known: _ExplainedArticles, key: str) -> str:
    """Return the name of the first record that lists an article under its own title."""
    nodes = known.found.resolved.nodes
    return min(
        row.name
        for row, place in known.listings[key]
        if (parent := nodes.get(row.key)) and parent.is_primary
        if row.items[place].identity == parent.records[0].identity
    )


def _find_standings(known: _ExplainedArticles, node: ResolvedArticle) -> Iterator[FeedPosition]:
    """Yield the feeds that hold an article, or would if they had no end."""
    limit = known.config.feeds.limit
    for path, nodes in known.uncut.items():
        if node not in nodes:
            continue
        held = known.held.get(path, [])
        if why := known.unmade.get(path):
            yield FeedPosition(path, False, nodes.index(node) + 1, len(nodes), why)
            continue
        if node in held:
            yield FeedPosition(path, True, held.index(node) + 1, len(held))
            continue
        mine = known.mine.get(path, [])
        if node in mine:
            yield _stand_beyond(path, node, mine, limit)
            continue
        orders = {other.order for other in mine}
        others = [other for other in nodes if other.order not in orders]
        twin = next((other for other in held if other.key in node.twins), None)
        if twin is None:
            yield _stand_beyond(path, node, others, limit)
        else:
            reason = f"beside {twin.records[0].name}, which has its title and lists it"
            yield FeedPosition(path, False, others.index(node) + 1, len(others), reason)


def _list_unmade(made: ChosenFeeds, config: Config) -> Iterator[tuple[str, str]]:
    """Yield the path of each feed that a first build does not make, and why."""
    least = config.feeds.min_articles
    for feed in made.few:
        yield feed.path, f"made only if published, {feed.articles} of min_articles = {least}"
    for feed in made.beyond:
        most = config.feeds.max_feeds
        yield feed.path, f"made only if published, beyond max_feeds = {most}"


def _stand_beyond(
    path: str, node: ResolvedArticle, nodes: list[ResolvedArticle], limit: int
) -> FeedPosition:
    place, total = nodes.index(node) + 1, len(nodes)
    if place > limit:
        return FeedPosition(path, False, place, total, f"beyond the limit of {limit}")
    return FeedPosition(path, False, place, total, "listed only by articles beyond the limit")
