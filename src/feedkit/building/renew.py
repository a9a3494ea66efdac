"""The feeds that a few changes concern, and no others: what most builds do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import NamedTuple

import msgspec

from ..assemble import Assembled
from ..catalogue import Reader, Unit, Writer
from ..config import Config
from ..encode import Shelf
from ..gather import Part
from ..model import Report
from ..redirects import Served, serve_redirects
from ..selection import list_sources, resolve
from ..selection.again import Change, compare_rows, find_sources, select_slots
from ..selection.around import Slot, resolve_around
from ..selection.compose import Load, make_hasher
from ..selection.index import Place, Row
from ..selection.node import Resolved
from ..selection.overlay import Overlay
from ..selection.select import Selected
from ..spool import measure_parts, open_articles, open_spools
from ..urls import article_id
from .changes import Changes
from .last import Facts, decode_feeds, name_feed, stamp_files
from .release import Release, publish_feeds
from .report import make_report, note_problem
from .run import Run
from .whole import plan_work, write_release

#: Units that may have changed; more are read faster than they are followed up.
_MOST_CHANGES = 100
_MOST_SHARE = 50


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
    feeds = decode_feeds(last.reader.read_feeds().values())
    damaged = [feed for feed in feeds if feed.stamps != stamp_files(run.out, feed.staged)]
    if run.strict and any(unit.errors for unit in last.reader.list_outcomes()):
        return None
    are_lists_there = last.facts.stamps == stamp_files(run.out, last.facts.lists)
    held = [feed for feed in feeds if feed.held]
    is_allowed = bool(held) and (run.allow_resurface or run.allow_shrink)
    is_same = not (changes.stale or changes.articles or changes.gone or damaged or is_allowed)
    if is_same and are_lists_there:
        if run.prune and any(feed.listed.gone for feed in feeds):
            return None
        release = Release(feeds, last.facts.lists)
        said = last.reader.list_outcomes()
        served = _serve(run.config, [feed.listed.path for feed in feeds if feed.listed.is_shown])
        tally, errors = last.facts.tally, last.facts.errors
        same = make_report(tally, said, errors, release, served.problems)
        return _keep_changes(last.writer, changes, same)
    most = max(_MOST_CHANGES, last.facts.tally.articles // _MOST_SHARE)
    counts = (len(changes.stale), len(changes.articles), len(changes.gone), len(damaged))
    is_much = max(counts) > most
    if is_much or last.facts.clashed or not are_lists_there:
        return None
    units = run.gather(Part(last.facts.parts[-1], changes.stale, changes.articles, append=True))
    units += changes.woken
    if run.strict and any(unit.errors for unit in units):
        return None
    with open_articles(run.records) as load:
        # What a held feed shows may have been withdrawn by any of the changes.
        again = [*damaged, *held]
        found = _select_changes(run, last, units, changes.gone, feeds, again, load)
    report = found and _publish_changes(run, last, units, changes.gone, feeds, found)
    return report and _keep_changes(last.writer, changes, report)


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
    old = [row for unit in removed for row in reader.find_rows(unit)]
    new = [row for unit in units for row in unit.rows]
    keys = {key for row in (*old, *new) for key in (row.key, *(item.key for item in row.items))}
    if _may_clash(reader, [*old, *new], keys, config, load):
        return None
    overlay = Overlay(reader, old, new)
    change = compare_rows(reader, overlay, keys, config, hash_of)
    if change.may_clash:
        return None

    def count_votes(slot: Slot) -> Counter[str]:
        votes = reader.count_votes(slot)
        votes.update({name: n for (one, name), n in change.votes.items() if one == slot})
        return +votes

    standing = [feed for feed in feeds if feed.listed.is_shown]
    places = {feed.listed.path: _find_slot(feed) for feed in standing}
    slots = change.slots | set(_find_own_slots(again, places))
    selected, resolved = select_slots(overlay, slots, config, hash_of, count_votes)
    before = _list_sources(standing)
    sources = {slug: path for slug, path in before.items() if Slot("providers", slug) not in slots}
    sources.update(list_sources(selected))
    # Entries name their provider's feed, which came to be or is no more.
    others = find_sources(overlay, sources.keys() ^ before.keys(), config, hash_of)
    kept = [path for path, slot in places.items() if slot not in slots]
    served = _serve(config, [*kept, *(feed.path for feed in selected)])
    others.update(places[path] for path in _find_moved(feeds, served, kept))
    if not others <= slots:
        slots |= others
        selected, resolved = select_slots(overlay, slots, config, hash_of, count_votes)
    return _Found(change, overlay, old, slots, selected, resolved, sources, served)


def _serve(config: Config, paths: Iterable[str]) -> Served:
    return serve_redirects(config.redirects, paths)


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
    for row in rows:
        if row.id and any(other.key != row.key for other in reader.find_explicit(row.id)):
            return True
        # A record may name as its own what is made from another's URL, and only as it is.
        if row.id and row.id.endswith(load(row.place).id.lower()):
            return True
    given = config.ids.given
    values = set(given.values())
    if any(key in given and not reader.find_own({key}) for key in keys):
        return True  # it may have been given what is made from another's URL
    made = {article_id(f"https://{key}") for key in keys}
    made.update(row.made for row in rows)
    made.update(item.made for row in rows for item in row.items)
    return any(id in values or reader.find_explicit(id) for id in made if id)


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

    def find_withheld(keys: set[str]) -> Set[str]:
        rows = found.overlay
        with open_articles(run.records) as load:
            near = resolve_around(rows, keys, run.config, make_hasher(load))
        return keys & resolve.find_withheld(near, rows.find_own(keys), rows.find_listing(keys))

    recipes, work = plan_work(found.resolved.ids, found.selected, found.sources, found.served)
    shares = run.encode(recipes)
    with open_spools(run.entries, "entries") as read:
        shelf = Shelf(read, run.config.feeds.formats, shares)
        release = publish_feeds(run, shelf, work, find_withheld, kept)
    last.writer.remove_units(removed)
    last.writer.add_units(units)
    last.writer.move_places(found.overlay.lost, found.overlay.gained)
    last.writer.add_votes(found.change.votes)
    places = {row.place for unit in units for row in unit.rows}
    facts = _count_changes(run, last.facts, found, places)
    names = {name_feed(feed) for feed in release.feeds}
    gone = [name for feed in feeds if (name := name_feed(feed)) not in names]
    write_release(run, last.writer, release, facts, gone)
    return make_report(facts.tally, last.reader.list_outcomes(), (), release, found.served.problems)


def _count_changes(run: Run, facts: Facts, found: _Found, places: Set[Place]) -> Facts:
    facts.tally.subtract(found.change.before)
    facts.tally.add(found.change.after)
    dead = facts.dead + sum(row.place.length for row in found.old if row.place not in places)
    size = measure_parts(run.records, facts.parts)
    return msgspec.structs.replace(facts, at=run.at.timestamp(), size=size, dead=dead)
