"""The articles of each feed, its title, and which feeds are made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from copy import copy
from typing import NamedTuple

import msgspec

from ..config import Config
from ..config.feed_info import find_parents, list_above, topic_slug
from ..config.settings import FeedSettings, Kind
from ..errors import RecordError, show
from .resolve import Resolution, ResolvedArticle


class SelectedFeed(NamedTuple):
    """One feed before anything of it is rendered."""

    kind: Kind
    path: str
    title: str
    nodes: list[ResolvedArticle]
    """The entries, newest first."""
    slug: str = ""
    """Of its topic or provider, as made of the name alone; empty of other feeds."""
    updated: int = 0
    """The greatest `updated` of its entries, in seconds since 1970."""
    articles: int = 0
    """How many articles it has of its own, also beyond its end."""


def select_all(resolved: Resolution, config: Config) -> list[SelectedFeed]:
    """Return the combined feed, and that of every topic and provider, in path order."""
    primaries = [node for node in resolved.nodes.values() if node.records]
    title, nodes = config.site.title, select_kind(config, "all", primaries)
    feeds = [place_feed(config, "all", "", title, nodes, len(primaries))]
    name_counts, groups = count_spellings(primaries), _group_by_topic(primaries)
    counts = {slug: len(group) for slug, group in groups.items()}
    if config.feeds.roll_up:
        most = max(config.feeds.limit, config.feeds.min_articles)
        groups, counts = _roll_up(groups, find_parents(config.topics), most)
        name_counts = {**name_above(config), **name_counts}
    for slug, group in groups.items():
        nodes, title = select_kind(config, "topics", group), elect_name(name_counts[slug])
        feeds.append(place_feed(config, "topics", slug, title, nodes, counts[slug]))
    shows_related = config.feeds.related_of("providers") == "entries"
    for slug, group in _group_by_provider(resolved, shows_related).items():
        nodes, title = select_provider(config, group), _name_provider(group)
        count = sum(node.is_primary for node in group)
        feeds.append(place_feed(config, "providers", slug, title, nodes, count))
    return sorted((feed for feed in feeds if feed and feed.nodes), key=lambda feed: feed.path)


def select_uncut(resolved: Resolution, config: Config) -> dict[str, list[ResolvedArticle]]:
    """Return the articles of each feed without a limit, newest first, by path.

    Articles that stand beside none of their title are among these.
    """
    uncut = change_feeds(config, limit=len(resolved.nodes) + 1, retold="entries")
    return {feed.path: feed.nodes for feed in select_all(resolved, uncut)}


def change_feeds(config: Config, **changes: object) -> Config:
    """Return settings with others under ``[feeds]``."""
    settings = msgspec.structs.replace(config.feeds, **changes)
    config = copy(config)  # whose checks are done, and would take slugs for names
    msgspec.structs.force_setattr(config, "feeds", settings)
    return config


def place_feed(
    config: Config, kind: Kind, slug: str, title: str, nodes: list[ResolvedArticle], articles: int
) -> SelectedFeed | None:
    """Return a feed at its address, None if there are none of its kind."""
    path = find_path(config, kind, slug)
    title = config.about(kind, slug).title or title
    if path is None:
        return None
    return SelectedFeed(kind, path, title, nodes, slug, find_updated(nodes), articles)


def find_path(config: Config, kind: Kind, slug: str) -> str | None:
    """Return the address of a feed below the site's, None if there are none of its kind."""
    return config.feeds.path_of(kind, config.place_slug(kind, slug))


def find_updated(nodes: list[ResolvedArticle]) -> int:
    """Return the greatest `updated` of entries, in seconds since 1970."""
    return max((node.updated for node in nodes), default=0)


def select_one(resolved: Resolution, limit: int, *, related: bool) -> list[ResolvedArticle]:
    """Return the articles of one feed, newest first."""
    primaries = [node for node in resolved.nodes.values() if node.records]
    own = primaries[:limit]
    return _add_listed(own, limit, hides_twins=True) if related else own


def select_kind(
    config: Config, kind: Kind, primaries: list[ResolvedArticle]
) -> list[ResolvedArticle]:
    """Return the newest of these articles, with listed ones if feeds of the kind show them."""
    limit = config.feeds.limit
    own = primaries[:limit]
    if config.feeds.related_of(kind) != "entries":
        return own
    return _add_listed(own, limit, hides_twins=config.feeds.retold == "links")


def _add_listed(
    own: list[ResolvedArticle], limit: int, *, hides_twins: bool
) -> list[ResolvedArticle]:
    """Return the articles with those that they list, at most `limit` of these."""
    listed = {other.order: other for node in own for other in node.listed}
    for node in own:
        listed.pop(node.order, None)
    others = [listed[order] for order in sorted(listed)]
    newest = cut_listed(own, others, limit) if hides_twins else others[:limit]
    return sorted([*own, *newest], key=lambda node: node.order)


def select_provider(config: Config, group: list[ResolvedArticle]) -> list[ResolvedArticle]:
    """Return the newest of its own, and the newest of its articles that anyone lists."""
    limit, shows_related = config.feeds.limit, config.feeds.related_of("providers") == "entries"
    own = [node for node in group if node.records][:limit]
    if not shows_related:
        return own
    standing = {node.order for node in own}
    listed = [node for node in group if node.is_listed and node.order not in standing]
    hides_twins = config.feeds.retold == "links"
    newest = cut_listed(own, listed, limit) if hides_twins else listed[:limit]
    return sorted([*own, *newest], key=lambda node: node.order)


def cut_listed(
    own: list[ResolvedArticle], listed: list[ResolvedArticle], limit: int
) -> list[ResolvedArticle]:
    """Return the newest of the listed articles, without duplicate titles.

    Args:
        own: The feed's own articles.
        listed: What may stand beside them, newest first.
        limit: How many do.
    """
    if not any(node.twins for node in listed[:limit]):  # as nearly always
        return listed[:limit]
    kept: dict[str, ResolvedArticle] = {}
    standing = {node.key for node in own}
    waiting: dict[str, list[str]] = {}
    for node in listed:
        if len(kept) == limit:
            break
        if not standing.isdisjoint(node.twins):
            continue
        kept[node.key] = node
        for key in node.twins:
            waiting.setdefault(key, []).append(node.key)
        if node.records:  # an older one that is a twin takes the place of newer ones
            standing.add(node.key)
            for key in waiting.pop(node.key, ()):
                kept.pop(key, None)
    return [*kept.values()]


def list_topics(config: Config, topics: Iterable[str]) -> list[str]:
    """Return the slugs of the feeds that hold an article of these topics, each once."""
    slugs = [topic_slug(topic) for topic in topics]
    if not config.feeds.roll_up:
        return slugs
    above = config.topics
    return list(dict.fromkeys(one for slug in slugs for one in (slug, *list_above(above, slug))))


def name_above(config: Config) -> dict[str, Counter[str]]:
    """Return names of topics that no record names, by slug, from the topics below them."""
    named: dict[str, Counter[str]] = {}
    for about in config.topics.values():
        if about.parent:
            named.setdefault(topic_slug(about.parent), Counter())[about.parent] += 1
    return named


def _group_by_topic(primaries: Iterable[ResolvedArticle]) -> dict[str, list[ResolvedArticle]]:
    groups: dict[str, list[ResolvedArticle]] = {}
    for node in primaries:
        for topic in node.topics:
            groups.setdefault(topic_slug(topic), []).append(node)
    return groups


def _roll_up(
    groups: Mapping[str, list[ResolvedArticle]], parents: Mapping[str, str], most: int
) -> tuple[dict[str, list[ResolvedArticle]], dict[str, int]]:
    """Return the articles of each topic and of those below it, newest first, at most `most`.

    Each topic hands no more to the one above it, so a chain of topics costs what their feeds do.
    How many there are is returned too; from `most` on one counts for each topic that it has.
    """
    merged = {slug: [*group] for slug, group in groups.items()}
    totals = Counter({slug: len(group) for slug, group in groups.items()})
    counts: dict[str, int] = {}
    waiting: Counter[str] = Counter()  # topics below that are not complete yet
    for slug in groups:
        while above := parents.get(slug):
            waiting[above] += 1
            if waiting[above] > 1 or above in groups:
                break
            slug = above  # noqa: PLW2901
    ready = [slug for slug in groups if not waiting[slug]]
    while ready:
        slug = ready.pop()
        newest = {node.order: node for node in merged.setdefault(slug, [])}
        merged[slug] = [newest[order] for order in sorted(newest)[:most]]
        counts[slug] = len(newest) if len(newest) < most else totals[slug]
        if above := parents.get(slug):
            totals[above] += totals[slug]
            merged.setdefault(above, []).extend(merged[slug])
            waiting[above] -= 1
            if not waiting[above]:
                ready.append(above)
    return merged, counts


def count_spellings(primaries: Iterable[ResolvedArticle]) -> dict[str, Counter[str]]:
    """Return how many published records spell each topic how, by slug."""
    records = (row for node in primaries for row in node.records)
    counts = Counter(topic for row in records for topic in row.topics)
    name_counts: dict[str, Counter[str]] = {}
    for topic, count in counts.items():
        name_counts.setdefault(topic_slug(topic), Counter())[topic] = count
    return name_counts


def _group_by_provider(
    resolved: Resolution, shows_related: bool
) -> dict[str, list[ResolvedArticle]]:
    groups: dict[str, list[ResolvedArticle]] = {}
    for node in resolved.nodes.values():
        if node.provider and (node.records or shows_related):
            groups.setdefault(node.provider, []).append(node)
    return groups


def _name_provider(group: list[ResolvedArticle]) -> str:
    """Return the name in most records of its own, else in most lists."""
    own = [
        row.provider_name for node in group for row in node.records if row.provider == node.provider
    ]
    items = [(node, row.items[place]) for node in group for row, place in node.listings]
    listed = [item.provider_name for node, item in items if item.provider == node.provider]
    return elect_name(Counter(own or listed))


def elect_name(name_counts: Counter[str]) -> str:
    """Return the commonest name, then the shortest, then the smallest by code point."""
    return elect_names(name_counts)[0]


def elect_names(name_counts: Counter[str]) -> list[str]:
    """Return names, the commonest first, then the shortest, then the smallest by code point."""
    return sorted(name_counts, key=lambda name: (-name_counts[name], len(name), name))


class ChosenFeeds(NamedTuple):
    """The feeds that are made, and those that are not."""

    feeds: list[SelectedFeed]
    """In order of path."""
    few: list[SelectedFeed]
    """With fewer articles than `min_articles`."""
    beyond: list[SelectedFeed]
    """Beyond `max_feeds`, the next to be made first."""

    @property
    def few_paths(self) -> list[str]:
        """The paths of feeds of few articles, in order."""
        return sorted(feed.path for feed in self.few)

    def list_paths(self) -> list[str]:
        """Return the paths of all feeds that are not made, in order."""
        return sorted(feed.path for feed in (*self.few, *self.beyond))


def choose_feeds(
    selected: Iterable[SelectedFeed],
    settings: FeedSettings,
    published: Container[str],
    others: int = 0,
) -> ChosenFeeds:
    """Return which feeds are made; one that is published always is, and so is that of all.

    Args:
        selected: Those that have entries.
        settings: `min_articles` and `max_feeds`.
        published: The paths of feeds that subscribers may have, emptied ones too.
        others: How many more feeds there are, all of them published.
    """
    made, new, few = [], [], []
    for feed in selected:
        if feed.kind == "all" or feed.path in published:
            made.append(feed)
        elif feed.articles < settings.min_articles:
            few.append(feed)
        else:
            new.append(feed)
    room = max(0, settings.max_feeds - len(made) - others)
    new.sort(key=lambda feed: (-feed.articles, feed.path))
    feeds = sorted([*made, *new[:room]], key=lambda feed: feed.path)
    return ChosenFeeds(feeds, few, new[room:])


def explain_few(paths: Collection[str]) -> list[str]:
    """Return a line about the feeds that are not made since they have few articles, if any.

    Args:
        paths: The paths of these feeds.
    """
    if not paths:
        return []
    feeds = "1 feed is" if len(paths) == 1 else f"{len(paths):,} feeds are"
    return [f"{feeds} not made ({min(paths)} first): fewer articles than feeds.min_articles"]


def find_beyond_error(made: ChosenFeeds, config: Config) -> list[RecordError]:
    """Return why feeds beyond `max_feeds` are not made, naming the first record of any."""
    if not made.beyond:
        return []
    sources = (source for feed in made.beyond for source in _list_fields(feed, config))
    name, field, value = min(sources)
    count, first = len(made.beyond), made.beyond[0].path
    feeds = "1 new one is" if count == 1 else f"{count:,} new ones are"
    wanted = f"at most feeds.max_feeds = {config.feeds.max_feeds} feeds"
    return [RecordError(name, 0, field, show(value), f"{wanted} ({feeds} not made, {first} first)")]


def _list_fields(feed: SelectedFeed, config: Config) -> Iterator[tuple[str, str, str]]:
    """Yield the name, the field and its value of each record that makes a feed."""
    for node in feed.nodes:
        for row in node.records:
            if feed.kind == "providers" and row.provider == feed.slug:
                yield row.name, "provider", row.provider_name
            for topic in row.topics if feed.kind == "topics" else ():
                if feed.slug in list_topics(config, [topic]):
                    yield row.name, "topics", topic
        for row, place in node.listings if feed.kind == "providers" else ():
            yield row.name, f"related[{place}].provider", row.items[place].provider_name
