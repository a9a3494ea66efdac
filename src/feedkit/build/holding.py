"""Feeds that are held back until somebody has looked, and what the cache stores of each feed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Set
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from ..config.addresses import is_feed_path
from ..config.settings import Kind, name_word
from ..published.compare import (
    GuardResult,
    make_comparer,
    make_settings_hasher,
    read_entries,
    split_settings,
    stands_where_it_began,
)
from ..published.guard import (
    MANY,
    GuardFinding,
    PublishedFeed,
    explain_findings,
    find_move,
    judge_ended,
)
from ..render.frames import Frame
from ..selection.feeds import SelectedFeed
from ..selection.index import make_excluder
from ..text.urls import is_iri
from .analysis import Analysis, count_jobs
from .context import BuildContext
from .encode import (
    BuiltFeed,
    EncodedEntries,
    FeedAssembly,
    FeedJob,
    load_libraries,
    make_assembler,
    stage_held,
)
from .workers import run_parallel

FindKeys = Callable[[set[str]], Set[str]]
"""Returns those of some articles' keys of which something is so."""

FramesByPath = Mapping[str, Mapping[bytes, Frame]]
"""The frames of feeds, by path."""

_NONE = "no feeds were published before: nothing to compare these with"
_AGAIN = "{!r} is shown as new again, since its id was {}; {} keeps that"
_UNREAD = "what was published here cannot be read: nothing to compare with"
_NEW_WORDS = (
    "nothing is published: {0} of {1} published articles would be withheld by words of other"
    " programs that were not looked for before: {2}; say [records] withhold = {{ {3} = true }} if"
    " that is meant, {{ {3} = false }} if the word means something else, or pass --allow-shrink"
)
_FORGOTTEN = (
    "prepare returned None for all {} articles: did it forget to return? If it is meant to withhold"
    " them all, pass --allow-shrink"
)
_EARLIER = (
    "the clock went back: published entries are dated up to {}, and it is {}; records that are"
    " dated later are withheld until then"
)
_ELSEWHERE = (
    "[site] url was {} and is {}: the id and address of every feed change; redirect (301) each old"
    " address to the new one, or its subscribers receive nothing new"
)
_EMPTY = "held back: it would be published empty, while other feeds are held back"


class ArticleLookup(NamedTuple):
    """Answers to the questions of the guard about articles."""

    find_withheld: FindKeys
    """The keys that are withheld, though they may be published."""
    find_standing: FindKeys
    """The keys of published articles."""


class AssembledFeeds(NamedTuple):
    """The result of assembling all feeds, after the guard has judged them."""

    feeds: list[BuiltFeed]
    """Staged: as they are wanted, or as they were, where a guard holds them."""
    notes: list[str]
    """Of what could not be compared, and of what is shown as new again."""
    frames: FramesByPath
    deferred: dict[str, str]
    """By path: why a feed is not published for a first time yet."""
    resurfaced: set[str]
    """Published ids of entries that are wanted under others."""
    left: list[str]
    """Files that are left as they are: a manifest names them, and they are not feedkit's."""


def find_refusal(context: BuildContext, found: Analysis) -> str:
    """Return why nothing at all is to be published, empty if there is no reason."""
    if context.options["allow_shrink"]:
        return ""
    return _find_forgotten(context, found) or _find_new_words(context, found)


def _find_new_words(context: BuildContext, found: Analysis) -> str:
    """Return why words that the published state did not know are not heeded, or nothing.

    One that withholds more than half of what is published may mean something else here.
    """
    records = context.config.records
    new = set(records.words).difference(context.past.words, records.withhold)
    rows = found.rows if new and context.past.feeds else []
    words = {row.key: word for row in rows if (word := name_word(row.state)) in new}
    for row in rows if words else ():
        if row.excluded or name_word(row.state) not in new:
            words.pop(row.key, None)
    if not words:
        return ""
    published = {row.key for row in rows}.intersection(
        one.link
        for feed in context.past.find_standing().values()
        for one in read_entries(context.config, context.past, feed)
    )
    counts = Counter(words[key] for key in published if key in words)
    if 2 * counts.total() <= len(published):
        return ""
    said = ", ".join(f"{word} ({count:,})" for word, count in sorted(counts.items()))
    return _NEW_WORDS.format(f"{counts.total():,}", f"{len(published):,}", said, min(counts))


def _find_forgotten(context: BuildContext, found: Analysis) -> str:
    """Return why it seems that `prepare` forgot to return Articles, empty if it does not."""
    if found.selected:
        return ""
    rows, ids = [row for row in found.rows if not row.is_rejected], set[str]()
    if not rows or not all(row.is_dropped for row in rows):
        return ""
    for feed in context.past.find_standing().values():
        ids.update(one.id for one in read_entries(context.config, context.past, feed))
        if len(ids) >= MANY:
            return _FORGOTTEN.format(f"{len(rows):,}")
    return ""


def assemble_all(
    context: BuildContext,
    encoded: EncodedEntries,
    work: list[FeedJob],
    lookup: ArticleLookup,
    known: FramesByPath,
) -> AssembledFeeds:
    """Return all feeds, staged as they are to be, or as published if they are held back.

    What a guard finds is looked into here: parts of the work are done in other processes, to
    which no open database can be taken.

    Args:
        context: The build.
        encoded: The entries.
        work: The feeds.
        lookup: Answers questions about articles of feeds that would be held.
        known: Frames that are known.
    """
    compare = make_comparer(
        context.config,
        context.past,
        allow_resurface=context.options["allow_resurface"],
        allow_shrink=context.options["allow_shrink"],
        has_unread=context.has_unread,
    )
    assemble = make_assembler(context.out, context.config, encoded, compare, known)
    jobs = count_jobs(context.options["jobs"], sum(len(job.entries) for job in work))
    if jobs > 1:  # before processes part, each of which would load them itself
        load_libraries(context.config)
    parts = run_parallel(assemble, [work[number::jobs] for number in range(jobs)])
    done = [one for part in parts for one in part]
    wary = {one.path: one.verdict for one in done if one.verdict.is_wary}
    held = _find_held(
        {path: verdict for path, verdict in wary.items() if not _shows(context, verdict, lookup)}
    )
    unborn = _find_deferred(wary, held)
    waiting = held.keys() | unborn.keys()
    cleared = [job for job in work if job.selected.path in wary.keys() - waiting]
    done += make_assembler(context.out, context.config, encoded, None, known)(cleared)
    feeds = [feed for one in done for feed in one.feeds]
    reasons = (
        (job, explain_findings(held[job.selected.path]))
        for job in work
        if job.selected.path in held
    )
    left: list[str] = []
    feeds += stage_held(context.out, context.config, context.past, reasons, left, context.at)
    notes = _list_notes(context, [one for one in done if one.path not in waiting])
    frames = {one.path: one.frames for one in done if one.frames}
    resurfaced = {id for part in parts for one in part for id in one.verdict.resurfaced}
    return AssembledFeeds(feeds, notes, frames, unborn, resurfaced, left)


def _find_deferred(wary: Mapping[str, GuardResult], held: Iterable[str]) -> dict[str, str]:
    """Return new feeds that contain entries for which another feed is held back; they must wait."""
    again = {entry.id: (entry, old) for path in held for entry, old in wary[path].again}
    found = {}
    for path, verdict in wary.items():
        if pairs := [again[one.id] for one in verdict.new if one.id in again]:
            finding = GuardFinding("resurfaced", len(pairs), len(verdict.new), find_move(pairs))
            found[path] = explain_findings([finding])
    return found


def hold_ended_feeds(
    context: BuildContext,
    gone: list[PublishedFeed],
    lookup: ArticleLookup,
    done: AssembledFeeds,
    *,
    is_waiting: bool,
) -> tuple[list[BuiltFeed], list[PublishedFeed]]:
    """Return the feeds that are not emptied, staged as they were published, and those that are.

    A feed that would lose all of at least 5 entries is held as one that loses most is. With any
    feed that is held the others wait: what they lost may be what that one is held for, as a
    folder that is not mounted, or articles that stand elsewhere under new ids. A feed that may
    show what is withheld is emptied all the same.

    Args:
        context: The build.
        gone: As `find_gone` returns it.
        lookup: See `assemble_all`.
        done: What that returned.
        is_waiting: Whether any feed is held.
    """
    standing, hash_settings = context.past.find_standing(), make_settings_hasher(context.config)
    # Other settings may have ended it; and of one that goes on, some files may be given up.
    whole = [one for one in gone if _is_whole(one, standing)]
    lost: dict[str, str] = {}
    for one in whole if not context.options["allow_shrink"] else ():
        is_same = one.settings == hash_settings(one.path)
        if is_same or context.has_unread:
            feed = standing[one.path]
            finding = _judge_ended(context, feed, lookup, done.resurfaced, is_same=is_same)
            lost |= {one.path: explain_findings([finding])} if finding else {}
    held = [(one, lost[one.path]) for one in whole if one.path in lost]
    if held or is_waiting:
        common = split_settings(hash_settings(""))
        held += [
            (one, _EMPTY)
            for one in whole
            if one.path not in lost
            and split_settings(one.settings) == common
            and _shows_only_missing(context, standing[one.path], lookup)
        ]
    olds = {one.path: [old.path for old in gone if old.redirect == one.path] for one, _ in held}
    kept = {path for one, others in olds.items() for path in (one, *others)}
    names = {old.path: old.was for old in gone if old.was}
    jobs = (
        (FeedJob(_name_gone(context, one), [], olds[one.path], names), reason)
        for one, reason in held
    )
    feeds = stage_held(
        context.out, context.config, context.past, jobs, done.left, context.at, is_wanted=False
    )
    return feeds, [one for one in gone if one.path not in kept]


def _is_whole(gone: PublishedFeed, standing: Mapping[str, PublishedFeed]) -> bool:
    before = standing.get(gone.path)
    return before is not None and gone.files.keys() == before.files.keys()


def _judge_ended(
    context: BuildContext,
    feed: PublishedFeed,
    lookup: ArticleLookup,
    resurfaced: Container[str],
    *,
    is_same: bool,
) -> GuardFinding | None:
    """Return why a feed may not be emptied, None if it may be.

    Under other settings nobody knows of articles that may have moved what they are.
    """
    shown = read_entries(context.config, context.past, feed)
    if not is_same and not all(map(stands_where_it_began, shown)):
        return None
    parents = {key for one in shown for key in one.parents}
    standing = lookup.find_standing(parents)
    finding = judge_ended(shown, resurfaced, standing, has_unread=context.has_unread)
    is_held = finding is not None and not _shows(context, GuardResult(shown=shown), lookup)
    return finding if is_held else None


def _shows_only_missing(context: BuildContext, feed: PublishedFeed, lookup: ArticleLookup) -> bool:
    """Return whether a feed has entries, and it is certain that none of them is withheld.

    Of those published under another `[moved]` nobody knows by their addresses what they are.
    """
    shown = read_entries(context.config, context.past, feed)
    is_known = bool(shown) and all(map(stands_where_it_began, shown))
    return is_known and not _shows(context, GuardResult(shown=shown), lookup)


def _name_gone(context: BuildContext, feed: PublishedFeed) -> SelectedFeed:
    """Return an ended feed without entries; the manifest does not tell its kind."""
    folder, _, slug = feed.path.rpartition("/")
    kind: Kind = "providers" if folder == "providers" else "topics"
    if feed.path == context.config.feeds.path_of("all"):
        kind, slug = "all", ""
    return SelectedFeed(kind, feed.path, feed.title, [], slug)


def _find_held(wary: Mapping[str, GuardResult]) -> dict[str, list[GuardFinding]]:
    """Return the feeds to hold back: with one, all that would show the same entries as new."""
    held = {path: verdict.findings for path, verdict in wary.items() if verdict.findings}
    near = dict(held)
    while near:
        ids = {entry.id for path in near for entry, _ in wary[path].again}
        near = {
            path: [GuardFinding("resurfaced", len(one.again), one.count, find_move(one.again))]
            for path, one in wary.items()
            if path not in held and not ids.isdisjoint(entry.id for entry, _ in one.again)
        }
        held |= near
    return held


def _shows(context: BuildContext, verdict: GuardResult, lookup: ArticleLookup) -> bool:
    """Return whether a feed would go on showing a withheld article, which outweighs all else."""
    find_exclusion = make_excluder(context.config)
    linked = {key for one in verdict.shown for key in one.related}
    if any(find_exclusion(one.link, f"https://{one.link}", one.provider) for one in verdict.shown):
        return True
    if any(find_exclusion(key, f"https://{key}", None) for key in linked):
        return True
    keys = linked.union(one.link for one in verdict.shown)
    return not keys.isdisjoint(context.removed) or bool(lookup.find_withheld(keys))


def _list_notes(context: BuildContext, done: list[FeedAssembly]) -> list[str]:
    again = {(one.title, old.id) for each in done for one, old in each.verdict.again}
    notes = [_AGAIN.format(*one, _find_way(one[1])) for one in sorted(again)]
    if not context.past.feeds and not (
        context.options["allow_resurface"] and context.options["allow_shrink"]
    ):
        return [_NONE, *notes]
    unread = sorted(one.path for one in done if one.verdict.is_unread)
    return [*(f"{path or '.'}: {_UNREAD}" for path in unread), *notes]


def note_circumstances(context: BuildContext) -> list[str]:
    """Return a warning if the clock went back or the site moved since feeds were published."""
    standing = context.past.find_standing().values()
    notes = []
    if context.past.ahead is not None:
        notes.append(_EARLIER.format(_show_instant(context.past.ahead), _show_instant(context.at)))
    moved = {
        url for feed in standing if (url := _find_site(context, feed)) != context.config.site.url
    }
    notes += [_ELSEWHERE.format(url, context.config.site.url) for url in sorted(moved) if url]
    return notes


def _show_instant(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat()[:19] + "Z"


def _find_site(context: BuildContext, feed: PublishedFeed) -> str:
    """Return the site address under which a feed was published, empty if unknown."""
    site = context.config.site
    return feed.url.removesuffix(site.page_url(feed.path).removeprefix(site.url))


def _find_way(id: str) -> str:
    """Return how to keep an id of an article."""
    if id.startswith(("http:", "https:")):  # most of them were made of an address
        return "[moved] or ids.json"
    return "id: in its record" if is_iri(id) else "ids.json"


def encode_feeds(feeds: Iterable[BuiltFeed]) -> dict[str, bytes]:
    """Return the encoded feeds for the cache, by name."""
    encode = msgspec.msgpack.Encoder().encode
    kept = {}
    for feed in feeds:
        staged = [file._replace(is_changed=False) for file in feed.staged]
        kept[name_feed(feed)] = encode(msgspec.structs.replace(feed, staged=staged))
    return kept


def decode_feeds(kept: Iterable[bytes], base: str) -> list[BuiltFeed]:
    """Return the feeds that were kept.

    Args:
        kept: What is stored of them.
        base: The site's address.

    Raises:
        EOFError: One has an address that no settings can give: something else than feedkit
            wrote it, and it would stand in the index.
    """
    feeds = list(map(msgspec.msgpack.Decoder(BuiltFeed).decode, kept))
    for feed in feeds:
        one = feed.listed
        # An old address has the bytes, and so the files' addresses, of the feed that it serves.
        own = base + one.href
        if (
            (one.url if one.redirect is None else own) != own
            or not one.url.startswith(base)
            or ":" in one.href
            or not is_feed_path(one.path)
            or not all(file.url.startswith(own) for file in one.files)
        ):
            raise EOFError(f"a feed that was kept has an address that it cannot have: {one.url}")
    return feeds


def name_feed(feed: BuiltFeed) -> str:
    """Return the name of a feed in the cache; an ended feed at the same path has another."""
    return f"{feed.listed.gone:d} {feed.listed.path}"


def encode_frames(frames: FramesByPath) -> dict[str, bytes]:
    """Return frames as they are stored, by the path of their feed."""
    return {path: msgspec.msgpack.encode(kept) for path, kept in frames.items()}


def decode_frames(kept: Mapping[str, bytes]) -> FramesByPath:
    """Return frames that were kept."""
    decode = msgspec.msgpack.Decoder(dict[bytes, Frame]).decode
    return {path: decode(data) for path, data in kept.items()}
