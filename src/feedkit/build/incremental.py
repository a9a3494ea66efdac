"""An incremental build: only the feeds that the changes concern."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from functools import partial
from typing import NamedTuple

import msgspec

from ..cache.build_state import Facts, decode_report, encode_facts
from ..cache.source_files import Unit, make_sheet
from ..cache.store import Reader
from ..cache.writer import Writer
from ..config import Config
from ..config.addresses import Served, serve_redirects
from ..config.settings import KINDS
from ..files.discovery import find_stamps
from ..files.locks import read_generation
from ..files.spill import measure_parts, open_articles, open_spools
from ..models import LIVE, Report
from ..selection import list_sources, resolve
from ..selection.entries import Load, make_hasher
from ..selection.feeds import Made, Selected, choose_made, find_path
from ..selection.identity import list_given
from ..selection.incremental import (
    Change,
    IsWorth,
    Overlay,
    compare_rows,
    find_sources,
    select_slots,
)
from ..selection.index import Place, Row
from ..selection.neighbours import Slot, resolve_around
from ..selection.resolve import Resolved
from ..text.urls import article_id
from .assemble import Assembled
from .changes import Changes
from .context import Run
from .encode import Shelf
from .full import plan_work, write_release
from .holding import Knowledge, decode_feeds, decode_frames, name_feed
from .indexing import Part
from .release import LISTS, make_report, note_problem, publish_feeds

#: Units that may have changed; more are read faster than they are followed up.
_MOST_CHANGES = 100
_MOST_SHARE = 50
#: Rows that may be read and looked at, or a half of all: with more a build of all costs less.
_MOST_ROWS = 1000


class Last(NamedTuple):
    """What the last build left."""

    reader: Reader
    writer: Writer
    facts: Facts


def renew_feeds(run: Run, last: Last, changes: Changes) -> Report | None:
    """Publish what changed since the last build.

    Args:
        run: The build.
        last: What that one left.
        changes: What became of its files.

    Returns:
        The same report as that of a build from all rows, or None where only such can tell.
    """
    facts = last.facts
    if run.strict and any(unit.errors for unit in last.reader.list_outcomes()):
        return None
    stamps = find_stamps(run.out, facts.stamps)
    differing = {name for name, stamp in stamps.items() if stamp != facts.stamps[name]}
    same = decode_report(facts.report)
    is_allowed = bool(same.held) and (run.allow_resurface or run.allow_shrink)
    if not (changes.stale or changes.articles or changes.gone or differing or is_allowed):
        return _repeat_last(run, last, changes, same)
    # What words withhold that the published state did not know may be too much.
    has_words = set(run.past.words).issuperset(run.config.records.words)
    if not (has_words and differing.isdisjoint(facts.lists)):
        return None
    feeds = decode_feeds(last.reader.read_feeds().values(), run.config.site.url)
    damaged = [feed for feed in feeds if any(file.name in differing for file in feed.staged)]
    most = max(_MOST_CHANGES, facts.tally.articles // _MOST_SHARE)
    counts = (len(changes.stale), len(changes.articles), len(changes.gone), len(damaged))
    if max(counts) > most or facts.clashed or facts.has_unborn or facts.has_beyond:
        return None
    units = run.gather(Part(facts.parts[-1], changes.stale, changes.articles, append=True))
    units += changes.woken
    if run.strict and any(unit.errors for unit in units):
        return None
    has_unread = last.reader.has_unread(changes.gone) or any(unit.is_unread for unit in units)
    run = msgspec.structs.replace(run, has_unread=has_unread)
    with open_articles(run.records) as load:
        # What a held feed shows may have been withdrawn by any of the changes.
        again = [*damaged, *(feed for feed in feeds if feed.held)]
        found = _select_changes(run, last, units, changes.gone, feeds, again, load)
    last.facts.stamps = stamps
    report = found and _publish_changes(run, last, units, changes.gone, feeds, found)
    return report and _keep_changes(last.writer, changes, report)


def _repeat_last(run: Run, last: Last, changes: Changes, same: Report) -> Report | None:
    """Return the last build's report, None where a build of all that changed nothing says more.

    If another build came between, all files were looked at: what is published is as it is known.
    """
    if not same.feeds or (run.prune and last.facts.has_gone):
        return None
    if (generation := read_generation(run.out)) != last.facts.generation:
        facts = msgspec.structs.replace(last.facts, generation=generation)
        last.writer.set_facts({"last": encode_facts(facts)})
    return _keep_changes(last.writer, changes, same)


def _keep_changes(writer: Writer, changes: Changes, report: Report) -> Report:
    writer.set_stamps(changes.stamps)
    writer.commit()
    return note_problem(report, writer.problem)


class _Found(NamedTuple):
    """What changes come to."""

    change: Change
    overlay: Overlay
    #: Rows that gave way.
    old: list[Row]
    #: Whose feeds may hold other entries.
    slots: set[Slot]
    selected: list[Selected]
    resolved: Resolved
    #: The paths of all providers' feeds, by slug.
    sources: dict[str, str]
    served: Served
    #: The paths of all feeds that are not made since they have few articles.
    few: list[str]


def _select_changes(
    run: Run,
    last: Last,
    units: list[Unit],
    removed: Set[int],
    feeds: list[Assembled],
    again: list[Assembled],
    load: Load,
) -> _Found | None:
    """Return the feeds that changes concern, None where other articles may be concerned too."""
    config, reader, hash_of = run.config, last.reader, make_hasher(load)
    most = max(_MOST_ROWS, last.facts.tally.articles // 2)

    def is_worth(steps: int) -> bool:
        return reader.count_read() + steps <= most

    old = [row for unit in removed for row in reader.find_rows(unit)]
    new = [row for unit in units for row in unit.rows]
    overlay = Overlay(reader, old, new)
    change = _compare_rows(run, reader, overlay, [*old, *new], load, is_worth)
    if change is None:
        return None
    select = partial(
        _select_made,
        run,
        partial(
            select_slots, overlay, config=config, hash_of=hash_of,
            count_votes=_make_counter(reader, change), is_worth=is_worth,
        ),
    )  # fmt: skip
    standing = [feed for feed in feeds if feed.listed.is_shown]
    places = {feed.listed.path: _find_slot(feed) for feed in standing}
    slots = change.slots | set(_find_own_slots(again, places))
    if (chosen := select(slots, places)) is None:
        return None
    before = _list_sources(standing)
    sources = {slug: path for slug, path in before.items() if Slot("providers", slug) not in slots}
    sources.update(list_sources(chosen.made.feeds))
    # Entries name their provider's feed, which came to be or is no more.
    others = find_sources(overlay, sources.keys() ^ before.keys(), config, hash_of)
    kept = [path for path, slot in places.items() if slot not in slots]
    served = _serve(run, [*kept, *(feed.path for feed in chosen.made.feeds)])
    others.update(places[path] for path in _find_moved(feeds, served, kept))
    if not others <= slots:
        slots |= others
        if (chosen := select(slots, places)) is None:
            return None
    few = _count_few(config, last.facts.few, slots, chosen.made)
    return _Found(
        change, overlay, old, slots, chosen.made.feeds, chosen.resolved, sources, served, few
    )


def _compare_rows(
    run: Run, reader: Reader, overlay: Overlay, rows: list[Row], load: Load, is_worth: IsWorth
) -> Change | None:
    """Return what these rows, gone or new, come to; None where all rows must tell."""
    keys = {key for row in rows for key in (row.key, *(item.key for item in row.items))}
    if _may_clash(reader, rows, keys, run.config, load):
        return None
    change = compare_rows(reader, overlay, keys, run.config, make_hasher(load), is_worth)
    return None if change is None or change.may_clash else change


class _Chosen(NamedTuple):
    """The feeds of some slots."""

    made: Made
    resolved: Resolved


def _select_made(
    run: Run,
    select: Callable[[Set[Slot]], tuple[list[Selected], Resolved] | None],
    slots: Set[Slot],
    places: Mapping[str, Slot],
) -> _Chosen | None:
    """Return the feeds of these slots, None if all rows must tell which of them are made."""
    if (chosen := select(slots)) is None:
        return None
    kept = sum(slot not in slots for slot in places.values())
    made = choose_made(chosen[0], run.config.feeds, run.list_published(), kept)
    return None if made.beyond else _Chosen(made, chosen[1])


def _count_few(config: Config, before: list[str], slots: Set[Slot], made: Made) -> list[str]:
    """Return the paths of all feeds that are not made since they have few articles."""
    few = {feed.path for feed in made.few}
    if before or few:
        known = {
            find_path(config, kind, slot.slug) for kind in KINDS for slot in slots
            if slot.kind == kind
        }  # fmt: skip
        few.update(path for path in before if path not in known)
    return sorted(few)


def _make_counter(reader: Reader, change: Change) -> Callable[[Slot], Counter[str]]:
    """Return what counts how many records spell a slot's name how, the changed ones too."""
    moved: dict[Slot, Counter[str]] = {}
    for (slot, name), number in change.votes.items():
        moved.setdefault(slot, Counter())[name] = number

    def count_votes(slot: Slot) -> Counter[str]:
        votes = reader.count_votes(slot)
        votes.update(moved.get(slot, {}))
        return +votes

    return count_votes


def _serve(run: Run, paths: Iterable[str]) -> Served:
    return serve_redirects(run.config.redirects, paths, run.renamed)


def _find_own_slots(again: Iterable[Assembled], places: Mapping[str, Slot]) -> Iterator[Slot]:
    """Yield whose feeds these are; what is gone is staged anyway."""
    for feed in again:
        if feed.path in places and not feed.listed.gone:
            yield places[feed.path]


def _find_moved(feeds: Iterable[Assembled], served: Served, kept: Iterable[str]) -> Iterator[str]:
    """Yield the paths of those of the kept feeds that old addresses came to serve, or ceased to."""
    olds: dict[str | None, set[str]] = {}
    for feed in feeds:
        if not feed.listed.gone:
            olds.setdefault(feed.listed.redirect, set()).add(feed.listed.path)
    for path in kept:
        if set(served.olds.get(path, ())) != olds.get(path, set()):
            yield path


def _may_clash(reader: Reader, rows: list[Row], keys: Set[str], config: Config, load: Load) -> bool:
    """Return whether one id may be claimed by articles that are not looked at."""
    given = list_given(config)
    values, known = set(given.values()), reader.find_own(keys)
    # A draft claims nothing until another record of its URL is published.
    claims = {(row.id, row.key): row for row in (*rows, *known) if row.id}
    for (id, key), row in claims.items():
        if id in values or _may_be_made(row, config, load):
            return True
        if any(other.key != key for other in reader.find_explicit(id)):
            return True
    claiming = {row.key for row in known if row.state in LIVE}
    if any(key in given and key not in claiming for key in keys):
        return True  # it may have been given what another record names, or is made from its URL
    urls = {f"https://{key}" for key in keys}
    urls.update(row.origin for row in rows if row.origin)
    urls.update(item.origin for row in rows for item in row.items if item.origin)
    made = urls if config.ids.style == "url" else map(article_id, urls)
    return any(id in values or reader.find_explicit(id) for id in made)


def _may_be_made(row: Row, config: Config, load: Load) -> bool:
    """Return whether the id that a record names may be the one that is made from another's URL."""
    if config.ids.style == "url":
        return row.id.startswith(("http://", "https://"))
    # Of version 5, and named as it is: others are made of a text.
    return row.id[:24:23] == "u5" and row.id.endswith(load(row.place).id.lower())


def _find_slot(feed: Assembled) -> Slot:
    return Slot(feed.listed.kind, feed.slug)


def _list_sources(feeds: Iterable[Assembled]) -> dict[str, str]:
    return {feed.slug: feed.listed.path for feed in feeds if feed.listed.kind == "providers"}


def _publish_changes(
    run: Run,
    last: Last,
    units: list[Unit],
    removed: Set[int],
    feeds: list[Assembled],
    found: _Found,
) -> Report | None:
    shown = (feed for feed in feeds if feed.listed.is_shown)
    paths = {feed.listed.path for feed in shown if _find_slot(feed) not in found.slots}
    kept = [feed for feed in feeds if not feed.listed.gone and feed.path in paths]
    if not kept and not found.selected:
        return None  # what that means is told by all records

    asked = [LISTS, *(feed.path for feed in found.selected)]
    frames = decode_frames(last.reader.read_frames(asked))
    recipes, work = plan_work(found.resolved.ids, found.selected, found.sources, found.served)
    shares = run.encode(recipes)
    with open_spools(run.entries, "entries") as read:
        shelf = Shelf(read, run.config.feeds.formats, shares)
        release = publish_feeds(run, shelf, work, _know(run, found.overlay), kept, frames)
    last.writer.remove_units(removed)
    last.writer.add_sheet(make_sheet(units))
    last.writer.move_places(found.overlay.lost, found.overlay.gained)
    last.writer.add_votes(found.change.votes)
    places = {row.place for unit in units for row in unit.rows}
    facts = _count_changes(run, last.facts, found, places)
    names = {name_feed(feed) for feed in release.feeds}
    known = {id(feed) for feed in kept}
    fresh = [feed for feed in release.feeds if id(feed) not in known]
    gone = [name for feed in feeds if (name := name_feed(feed)) not in names]
    said = last.reader.list_outcomes()
    report = make_report(facts.tally, said, (), release, found.served.problems, found.few)
    write_release(run, last.writer, release, facts, report, fresh, gone)
    return report


def _know(run: Run, rows: Overlay) -> Knowledge:
    """Return what guards ask, answered from the rows around the keys that are asked about."""

    def resolve_near(keys: set[str]) -> Resolved:
        with open_articles(run.records) as load:
            return resolve_around(rows, keys, run.config, make_hasher(load))

    def find_withheld(keys: set[str]) -> Set[str]:
        near = resolve_near(keys)
        return keys & resolve.find_withheld(near, rows.find_own(keys), rows.find_listing(keys))

    def find_standing(keys: set[str]) -> Set[str]:
        nodes = resolve_near(keys).nodes if keys else {}
        return {key for key in keys if key in nodes and nodes[key].is_primary}

    return Knowledge(find_withheld, find_standing)


def _count_changes(run: Run, facts: Facts, found: _Found, places: Set[Place]) -> Facts:
    facts.tally.subtract(found.change.before)
    facts.tally.add(found.change.after)
    dead = facts.dead + sum(row.place.length for row in found.old if row.place not in places)
    size = measure_parts(run.records, facts.parts)
    return msgspec.structs.replace(
        facts, at=run.at.timestamp(), size=size, dead=dead, few=found.few
    )
