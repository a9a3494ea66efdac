"""A full build: all feeds from all rows."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ..cache.build_state import (
    Facts,
    Tally,
    encode_error,
    encode_facts,
    encode_report,
    encode_sources,
)
from ..cache.source_files import Unit
from ..cache.writer import Votes, Writer, complete_catalogue
from ..config.addresses import Served
from ..files.discovery import find_stamps
from ..files.spill import measure_parts, open_spools
from ..models import Report
from ..published.manifest import MANIFEST
from ..selection import list_sources
from ..selection.entries import Recipe, make_recipe
from ..selection.feeds import Selected
from ..selection.neighbours import count_names
from ..selection.resolve import find_withheld
from .analysis import Survey, survey_units
from .assemble import Assembled, Job
from .cache_writer import Keep
from .context import Run
from .encode import Shelf
from .holding import Knowledge, encode_feeds, encode_frames, find_refusal
from .release import Release, make_report, note_problem, publish_feeds


def build_whole(run: Run, units: list[Unit], keep: Keep | None) -> Report:
    """Publish the feeds of all units.

    Args:
        run: The build.
        units: All there are; emptied, since they are the bulk of what is in memory.
        keep: What a catalogue is kept by; None: none is kept.
    """
    found = survey_units(units, run.records, run.config, run.list_published(), run.renamed)
    said = [unit for unit in units if unit.is_said]
    tally, clashes = Tally(), found.resolved.errors
    tally.add(found.resolved)
    if run.strict and found.errors:
        return make_report(tally, said, clashes)
    if not found.selected and not (run.past.feeds and found.rows):
        # No record at all: rather a folder that is not mounted than all articles withdrawn.
        few = found.made.few_paths
        return make_report(tally, said, clashes, few=few, is_held=bool(run.past.feeds))
    if refusal := find_refusal(run, found):
        return make_report(tally, said, clashes, refusal=refusal)
    has_unread = any(unit.is_unread for unit in said)
    run = msgspec.structs.replace(run, has_unread=has_unread)
    problems, clashes = found.served.problems, [*clashes, *found.beyond]
    sources = list_sources(found.selected)
    recipes, work = plan_work(found.resolved.ids, found.selected, sources, found.served)
    facts = _describe_build(run, found, tally, keep.fingerprint if keep else b"")
    votes = _count_names(run, found) if keep else {}
    # Of a first build nobody asks.
    rows = found.rows if run.past.feeds else []
    withheld = find_withheld(found.resolved, rows, rows)
    knowledge = Knowledge(withheld.intersection, _find_primaries(run, found).intersection)
    units.clear()
    found.resolved.untie()
    del found, rows
    shares = run.encode(recipes)
    with open_spools(run.entries, "entries") as read:
        shelf = Shelf(read, run.config.feeds.formats, shares)
        release = publish_feeds(run, shelf, work, knowledge, (), {})
    report = make_report(tally, said, clashes, release, problems, facts.few)
    if keep is None:
        return report
    with complete_catalogue(run.records, keep.aside.wait) as writer:
        writer.add_votes(votes)
        write_release(run, writer, release, facts, report, release.feeds)
    return note_problem(report, writer.problem)


def _find_primaries(run: Run, found: Survey) -> set[str]:
    """Return the keys of published articles, none unless a published feed has ended."""
    wanted = {feed.path for feed in found.selected}
    if run.past.find_standing().keys() <= wanted:
        return set()
    return {node.key for node in found.resolved.nodes.values() if node.is_primary}


def plan_work(
    ids: dict[str, str], selected: list[Selected], sources: dict[str, str], served: Served
) -> tuple[list[Recipe], list[Job]]:
    """Return what every entry is made of, newest first, and which of them each feed holds.

    Args:
        ids: Those that records name themselves, by key.
        selected: The feeds.
        sources: The paths of all providers' feeds, by slug.
        served: The old addresses that serve them too.
    """
    nodes = {node.order: node for feed in selected for node in feed.nodes}
    numbers = {order: number for number, order in enumerate(sorted(nodes))}
    recipes = [make_recipe(nodes[order], ids, sources) for order in numbers]
    # Without its nodes, by which all others, and all rows, would stay in memory.
    jobs = [
        Job(
            feed._replace(nodes=[]),
            [numbers[node.order] for node in feed.nodes],
            served.olds.get(feed.path, []),
            served.names,
        )
        for feed in selected
    ]
    return recipes, jobs


def _count_names(run: Run, found: Survey) -> Votes:
    shows_related = run.config.feeds.related_of("providers") == "entries"
    return count_names(found.resolved.nodes.values(), shows_related=shows_related)


def _describe_build(run: Run, found: Survey, tally: Tally, fingerprint: bytes) -> Facts:
    rows, resolved = found.rows, found.resolved
    parts = sorted({row.place.part for row in rows})
    size = measure_parts(run.records, parts)
    return Facts(
        fingerprint=fingerprint,
        sources=encode_sources(run.sources),
        at=run.at.timestamp(),
        tally=tally,
        clashed=sorted(resolved.clashed),
        few=found.made.few_paths,
        has_beyond=bool(found.made.beyond),
        clashes=list(map(encode_error, resolved.errors)),
        parts=parts,
        size=size,
        dead=size - sum(row.place.length for row in rows),
    )


def write_release(
    run: Run,
    writer: Writer,
    release: Release,
    facts: Facts,
    report: Report,
    feeds: Iterable[Assembled],
    removed: Iterable[str] = (),
) -> None:
    """Keep what was published.

    Args:
        run: The build.
        writer: Of the catalogue.
        release: What was published.
        facts: Of the build, with how files stood before it; completed here.
        report: Of what was done.
        feeds: Those of which something else is kept.
        removed: Names of feeds, as `name_feed` gives them, that are no longer published.
    """
    known = facts.stamps
    same = [file.name for file in release.staged if file.name in known and not file.is_changed]
    stamps = {name: known[name] for name in same}
    stamps |= find_stamps(run.out, (one.name for one in release.staged if one.name not in stamps))
    # No stamp: the next build looks at these files again, and names those that are still there.
    stamps |= dict.fromkeys(release.left, b"")
    facts = msgspec.structs.replace(
        facts,
        stamps=stamps,
        lists=[file.name for file in release.lists],
        generation=release.generation,
        manifest=next(file.sha256 for file in release.lists if file.name == MANIFEST),
        has_gone=any(feed.listed.gone for feed in release.feeds),
        has_unborn=bool(release.unborn),
        report=encode_report(report, release.notes),
    )
    writer.set_feeds(encode_feeds(feeds), removed)
    writer.set_frames(encode_frames(release.frames))
    writer.set_facts({"last": encode_facts(facts)})
