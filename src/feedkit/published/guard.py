"""The guard: feeds that would show old entries as new, or would lose most entries. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Literal, NamedTuple

import msgspec

from ..config.settings import FeedSettings
from ..models import Format, Provider

USUAL_FORMATS: dict[str, Format] = {"atom.xml": "atom", "rss.xml": "rss", "feed.json": "json"}


class PublishedFeed(msgspec.Struct, frozen=True, kw_only=True):
    """One feed as ``feeds.json`` says it was published."""

    path: str
    title: str
    url: str = ""
    """Of its page."""
    entries: int = 0
    newest: str
    """RFC 3339: the feed's `updated`."""
    files: Mapping[str, str]
    """By name: their sha256."""
    formats: Mapping[str, Format] = {}
    """Of the files that are not called as usual."""
    settings: str = ""
    """What `make_settings_hasher` of `compare` returned for it; empty: not known."""
    gone: bool = False
    """Whether it was published empty, since no article was left."""
    redirect: str | None = None
    """The path of the feed that it serves in place of its own."""
    was: str = ""
    """Of an old address that is one since the feed's name is read otherwise: the name until then.
    """

    def format_of(self, name: str) -> Format:
        """Return the format of one of its files."""
        return self.formats.get(name) or USUAL_FORMATS[name]


class PublishedEntry(NamedTuple):
    """One entry of a feed, as far as reader programs tell entries apart."""

    id: str
    link: str
    """The key of its address of now; empty if that is none."""
    title: str
    published: int
    """Seconds since 1970."""
    provider: Provider | None = None
    related: tuple[str, ...] = ()
    """The links that it shows, as of this one: what it lists, and what lists it."""
    parents: tuple[str, ...] = ()
    """Those that list it, or may: not every format tells."""
    url: str = ""
    """Its address of now as it is spelt; empty if that is none."""
    address: str = ""
    """Its address as the feed has it."""
    content: bytes = b""
    """All of it in its format, if that was asked for."""


class GuardFinding(NamedTuple):
    """Why a feed is not to be published as it is wanted."""

    guard: Literal["resurfaced", "shrunk", "unread"]
    number: int
    among: int
    """Among how many."""
    move: str = ""
    """What the table of the settings that names moves would say of them all, where one line does.
    """
    is_ended: bool = False
    """Whether nothing is wanted in its place."""


ResurfacedPair = tuple[PublishedEntry, PublishedEntry]
"""A wanted entry, and the same as it is published, under another id."""

#: Fewer entries that are missing are no cause to hold a feed back.
MANY = 5
_WAYS = {
    "resurfaced": "{} of {} entries would be shown as new again, under other ids; {}, give the"
    " records their old id, or pass --allow-resurface",
    "shrunk": "{} of {} entries would be missing, and no record withholds any; bring the records"
    " back, or pass --allow-shrink",
    "unread": "{} of {} entries would be missing while records cannot be read, and no record"
    " withholds any; let them be read, or pass --allow-shrink",
}
_WAY_ENDED = (
    "{} of {} entries would be missing, and the feed empty, though no record withholds any; bring"
    " the records back, name under [redirects] the feed that takes its place, or pass"
    " --allow-shrink"
)


def judge_feed(
    published: Sequence[PublishedEntry],
    wanted: Sequence[PublishedEntry],
    *,
    most: int | None,
    limit: int | None,
    unread: int | None = None,
) -> list[GuardFinding]:
    """Return the changes of a feed that would startle its subscribers.

    Args:
        published: Its entries as they have it.
        wanted: Those of the one that is to take its place, newest first.
        most: How many of these may resurface, if not all of them moved alike; None: all.
        limit: How many entries make a feed full, so that each new one displaces another; None:
            any may be missing.
        unread: The same if records cannot be read: then none may be missing; None: all can be.
    """
    found = []
    if most is not None and (again := find_resurfaced(published, wanted)):
        finding = GuardFinding("resurfaced", len(again), len(wanted), find_move(again))
        if len(again) > most or (finding.move and _is_whole(again, published, wanted)):
            found.append(finding)
    if unread is not None:
        newer = _find_newer(published, wanted, unread)
        if missing := find_missing(newer, wanted):
            found.append(GuardFinding("unread", len(missing), len(newer)))
    elif limit is not None:
        newer = _find_newer(published, wanted, limit)
        missing = find_missing(newer, wanted)
        if len(missing) >= MANY and 2 * len(missing) > len(newer):
            found.append(GuardFinding("shrunk", len(missing), len(newer)))
    return found


def _find_newer(
    published: Iterable[PublishedEntry], wanted: Sequence[PublishedEntry], limit: int
) -> list[PublishedEntry]:
    """Return the published entries that no newer one may have displaced."""
    # Below that place stand articles that are listed, of any age.
    since = wanted[limit - 1].published if len(wanted) >= limit else None
    return [one for one in published if since is None or one.published > since]


def _is_whole(
    again: Sequence[ResurfacedPair],
    published: Iterable[PublishedEntry],
    wanted: Iterable[PublishedEntry],
) -> bool:
    """Return whether several entries resurface, and no other one stays: the site has moved."""
    ids = {one.id for one in wanted}
    return len(again) > 1 and ids.isdisjoint(one.id for one in published)


def judge_ended(
    published: Iterable[PublishedEntry],
    again: Container[str],
    standing: Container[str],
    *,
    has_unread: bool,
) -> GuardFinding | None:
    """Return why ending a feed would startle its subscribers, None if it would not.

    Args:
        published: Its entries as they have it.
        again: Ids of entries that are wanted elsewhere under other ids: the other guard's concern.
        standing: Keys of published articles; what one of these no longer lists is no loss.
        has_unread: Whether records cannot be read.
    """
    seen = {one.id: one for one in published}
    missing = [
        one
        for one in seen.values()
        if one.id not in again and not any(parent in standing for parent in one.parents)
    ]
    if has_unread and missing:
        return GuardFinding("unread", len(missing), len(seen))
    if len(missing) >= MANY and 2 * len(missing) > len(seen):
        return GuardFinding("shrunk", len(missing), len(seen), is_ended=True)
    return None


def find_resurfaced(
    published: Sequence[PublishedEntry], wanted: Iterable[PublishedEntry]
) -> list[ResurfacedPair]:
    """Return the wanted entries that are published under another id: readers take them for new."""
    ids = {one.id for one in published}
    olds: dict[object, PublishedEntry] = {(one.title, one.published): one for one in published}
    olds |= {one.link: one for one in published if one.link}
    return [
        (one, old)
        for one in wanted
        if one.id not in ids and (old := olds.get(one.link) or olds.get((one.title, one.published)))
    ]


def find_move(again: Iterable[ResurfacedPair]) -> str:
    """Return how the settings would say that entries moved, empty if no one line does."""
    moves = {_find_places(old.link, new.link) for new, old in again}
    (before, after), *others = sorted(moves)
    return f'"https://{before}" = "https://{after}"' if before and not others else ""


def _find_places(old: str, new: str) -> tuple[str, str]:
    """Return two addresses without the path that both end with."""
    if not (old and new) or old == new:
        return "", ""
    before, after = old.split("/"), new.split("/")
    while len(before) > 1 and len(after) > 1 and before[-1] == after[-1]:
        before.pop()
        after.pop()
    return "/".join(before) + "/", "/".join(after) + "/"


def find_missing(
    published: Iterable[PublishedEntry], wanted: Sequence[PublishedEntry]
) -> list[PublishedEntry]:
    """Return the published entries that are not wanted.

    Neither those that are wanted under another id, nor those that one left out which lists them.
    """
    ids, links = {one.id for one in wanted}, {one.link for one in wanted if one.link}
    titles = {(one.title, one.published) for one in wanted}
    return [
        one
        for one in published
        if one.id not in ids
        and one.link not in links
        and (one.title, one.published) not in titles
        and links.isdisjoint(one.parents)
    ]


def explain_findings(findings: Iterable[GuardFinding]) -> str:
    """Return why a feed is held back, and how to go on."""
    return f"held back, {'; '.join(map(_explain, findings))}"


def _explain(one: GuardFinding) -> str:
    moved = f"say [moved] {one.move} if they moved so" if one.move else "name what moved in [moved]"
    way = _WAY_ENDED if one.is_ended else _WAYS[one.guard]
    return f"{one.guard}: {way.format(one.number, one.among, moved)}"


def hash_settings(feeds: FeedSettings) -> str:
    """Return a digest of ``[feeds]``."""
    usual = msgspec.structs.asdict(FeedSettings())
    # Those alone that are set: a later feedkit may have more.
    own = msgspec.structs.asdict(feeds)
    said = {name: own[name] for name in own if own[name] != usual[name]}
    for name in ("max_resurfaced", "max_listed"):  # which change no feed's entries
        said.pop(name, None)
    return sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()[:8]


def find_gone(
    published: Iterable[PublishedFeed], wanted: Mapping[str, Container[str]]
) -> list[PublishedFeed]:
    """Return the feeds, or those files of feeds, that are published and no longer wanted.

    They must not stay as they are: what they hold may have been withdrawn.

    Args:
        published: What the manifest names.
        wanted: By path: the names of the files that are wanted there.
    """
    gone = (
        msgspec.structs.replace(feed, entries=0, gone=True)
        for feed in _select_files(published, wanted)
    )
    return sorted(gone, key=lambda feed: feed.path)


def find_new(
    feeds: Iterable[PublishedFeed], published: Iterable[PublishedFeed]
) -> list[PublishedFeed]:
    """Return the feeds, or those files of feeds, that are to be published for the first time."""
    named: dict[str, set[str]] = {}
    for feed in published:
        named.setdefault(feed.path, set()).update(feed.files)
    return _select_files(feeds, named)


def _select_files(
    feeds: Iterable[PublishedFeed], named: Mapping[str, Container[str]]
) -> list[PublishedFeed]:
    """Return those files of `feeds` that are not named, each feed once."""
    kept: dict[str, PublishedFeed] = {}
    for feed in feeds:
        others = named.get(feed.path, ())
        if files := {name: sha for name, sha in feed.files.items() if name not in others}:
            formats = feed.formats
            if known := kept.get(feed.path):
                files, formats = {**known.files, **files}, {**known.formats, **formats}
            kept[feed.path] = msgspec.structs.replace(feed, files=files, formats=formats)
    return list(kept.values())
