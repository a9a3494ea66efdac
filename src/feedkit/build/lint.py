"""Settings that are likely mistakes, and feeds whose address changed with a name. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from ..config import Config
from ..config.feed_info import find_provider_slug, topic_slug
from ..config.settings import VALUES, Kind, fold_word
from ..errors import show
from ..limits import SETTING_CHARACTERS
from ..published.guard import PublishedFeed
from ..selection.index import IndexedRecord, IndexedRelated, move_keys
from ..text import decode_references
from ..text.slugs import clean_domain, identity, provider_slug
from ..text.urls import article_key, prefix_key


def list_unmatched(
    config: Config, rows: Sequence[IndexedRecord], said: Mapping[str, Iterable[str]]
) -> Iterator[str]:
    """Yield a line for each setting that concerns no record and no related item.

    Args:
        config: The settings.
        rows: All records.
        said: The names of topics and of providers that may be slips, as settings spell them:
            those of data files are not, which know more than there are records.
    """
    listed: list[IndexedRecord | IndexedRelated] = [
        *rows,
        *(item for row in rows for item in row.items),
    ]
    topics = {topic_slug(topic) for row in rows for topic in row.topics}
    topics.update(topic_slug(about.parent) for about in config.topics.values() if about.parent)
    yield from _list_abouts(config, "topics", said["topics"], topics)
    providers = {one.provider for one in listed}
    yield from _list_abouts(config, "providers", said["providers"], providers)
    yield from _list_excluded(config, listed)
    for old, new in config.moved.items():
        if not any(one.key.startswith(prefix_key(new)) for one in listed):
            yield f'moved."{old}": no article is below {new}'


def _list_abouts(config: Config, kind: Kind, said: Iterable[str], seen: set[str]) -> Iterator[str]:
    used = {id(config.about(kind, slug)) for slug in seen}
    find_provider = partial(find_provider_slug, shared_domains=config.feeds.shared_domains)
    own = set(map(topic_slug if kind == "topics" else find_provider, said))
    known = config.topics if kind == "topics" else config.providers
    for slug, about in sorted(known.items()):
        if slug in own and id(about) not in used:
            from difflib import get_close_matches  # which few runs need

            near = get_close_matches(slug, sorted(seen), 1)
            hint = f"; did you mean {show(near[0])}?" if near else ""
            yield f'{kind}."{slug}": no record names it{hint}'


def _list_excluded(
    config: Config, listed: Iterable[IndexedRecord | IndexedRelated]
) -> Iterator[str]:
    exclude = config.exclude
    if not (exclude.urls or exclude.providers or exclude.domains):
        return
    keys = {one.key for one in listed}
    names = {identity(one.provider_name) for one in listed if one.provider_name}
    owners = _list_domains(one.provider.partition("_")[0] for one in listed)
    # What has moved is known by its new address alone.
    urls = (*keys, *map(article_key, config.moved))
    hosts = _list_domains(key.partition("/")[0].partition(":")[0] for key in urls)
    found: dict[str, tuple[Sequence[str], Callable[[str], bool]]] = {
        "urls": (exclude.urls, lambda key: not keys.isdisjoint(move_keys(config, (key,)))),
        "providers": (
            exclude.providers,
            lambda name: identity(name) in names or clean_domain(name) in owners,
        ),
        "domains": (
            exclude.domains,
            lambda domain: identity(domain) in names or domain in owners | hosts,
        ),
    }
    for key, (entries, is_matched) in found.items():
        for entry in entries:
            if not is_matched(entry):
                yield f"exclude.{key}: nothing is withheld by {show(entry)}"


def list_idle_values(config: Config, rows: Sequence[IndexedRecord]) -> Iterator[str]:
    """Yield a line for each unknown value of ``[records] withhold`` that no record has."""
    from difflib import get_close_matches  # which few runs need

    states = {fold_word(row.state) for row in rows}
    for word, values in config.records.withhold.items():
        known = VALUES.get(word, ()) if isinstance(values, tuple) else ()
        for value in values if isinstance(values, tuple) else ():
            if value in map(fold_word, known) or fold_word(f"{word}: {value}") in states:
                continue
            near = get_close_matches(value, known, 1)
            hint = f"; did you mean {show(near[0])}?" if near else ""
            yield f"records.withhold.{word}: no record has {show(value)}{hint}"


def _list_domains(hosts: Iterable[str]) -> set[str]:
    """Return hosts and all domains above them."""
    found = set[str]()
    for host in set(hosts):
        parts = host.split(".")
        found.update(".".join(parts[start:]) for start in range(len(parts)))
    return found


def list_displaced(config: Config, feeds: Iterable[tuple[Kind, str]]) -> Iterator[str]:
    """Yield a line for each feed whose address the settings give to another feed.

    Args:
        config: The settings.
        feeds: The kind of each, and its slug as made of the name alone.
    """
    for kind, slug in feeds:
        placed = config.place_slug(kind, slug)
        if placed not in (slug, config.about(kind, slug).slug):
            path, own = (config.feeds.path_of(kind, one) for one in (placed, slug))
            known = config.topics if kind == "topics" else config.providers
            other = next(name for name, about in known.items() if about.slug == slug)
            yield f'{path}: stands here since {kind}."{other}" has the address {own}'


class RenamedFeed(NamedTuple):
    """A published feed whose name is read differently now."""

    old: str
    """Its path, and that of the feed that it serves."""
    new: str
    name: str
    """Its name as it was read then."""


def find_renamed(published: Iterable[PublishedFeed], config: Config) -> list[RenamedFeed]:
    """Return published feeds whose address changed because names are decoded, by path.

    Args:
        published: What the manifest names; there an old address keeps the name that it had.
        config: The settings, whose redirects have precedence.
    """
    found = (
        renamed
        for feed in published
        if (name := _find_name(feed)) and feed.path not in config.redirects
        for renamed in _follow_name(feed.path, name, config)
    )
    return sorted(set(found))


def _find_name(feed: PublishedFeed) -> str:
    """Return the name of a feed if it may be read otherwise now, else nothing."""
    name = feed.was or ("" if feed.gone or feed.redirect is not None else feed.title)
    return name if "&" in name and len(name) <= SETTING_CHARACTERS else ""


def _follow_name(path: str, name: str, config: Config) -> Iterator[RenamedFeed]:
    text = decode_references(name)
    kind, _ = config.find_place(path)
    if text == name or kind == "all":
        return
    for domain in ("", *config.feeds.shared_domains) if kind == "providers" else ("",):
        old, new = (_find_path(kind, one, domain, config) for one in (name, text))
        if old == path and new not in (None, path):
            yield RenamedFeed(old, str(new), name)


def _find_path(kind: Kind, name: str, domain: str, config: Config) -> str | None:
    shared = config.feeds.shared_domains
    slug = provider_slug(name, clean_domain(domain), shared) if domain else topic_slug(name)
    return config.feeds.path_of(kind, config.place_slug(kind, slug))
