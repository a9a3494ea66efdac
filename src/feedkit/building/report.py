"""What a build did, from its counts, its units and its files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec

from ..catalogue.unit import Unit
from ..errors import RecordError, make_line
from ..model import EMPTIED, Report
from ..selection.made import explain_few
from .last import Tally
from .release import Release


def note_problem(report: Report, problem: str) -> Report:
    """Return a report that says why a catalogue could not be kept, if it could not."""
    if not problem:
        return report
    note = f"{make_line(problem)}; without it the next build reads all records again"
    return msgspec.structs.replace(report, notes=(*report.notes, note))


def make_report(
    tally: Tally,
    units: Iterable[Unit],
    clashes: Iterable[RecordError],
    release: Release | None = None,
    redirects: Mapping[str, str] = {},
    few: Collection[str] = (),
    *,
    is_held: bool = False,
    refusal: str = "",
) -> Report:
    """Return the report of a build.

    Args:
        tally: Of all records.
        units: At least those of which there is anything to say.
        clashes: Why records were rejected whose id is another's, and why feeds are not made.
        release: What was published, if anything.
        redirects: By old address: why it serves no feed.
        few: The paths of feeds of few articles that are not made.
        is_held: Whether nothing was since all feeds would have gone.
        refusal: Another reason why nothing was published; empty if there is none.
    """
    units = list(units)
    feeds, staged = (release.feeds, release.staged) if release else ([], [])
    errors = [error for unit in units for error in unit.errors] + list(clashes)
    errors.sort(key=lambda error: (error.name, error.line, str(error)))
    written = sum(file.is_changed for file in staged)
    gone = [feed.listed.path for feed in feeds if feed.listed.gone]
    emptied = dict.fromkeys(gone, EMPTIED)
    reasons = sorted({**emptied, **redirects}.items())
    return Report(
        articles=tally.articles,
        rejected=tally.rejected + sum(unit.rejected for unit in units),
        other=sum(unit.other for unit in units),
        unpublished=tally.unpublished,
        retold=tally.retold,
        duplicates=tally.duplicates,
        repaired=sum(unit.repaired for unit in units),
        feeds=sum(feed.listed.is_shown for feed in feeds),
        files=len(staged),
        written=written,
        unchanged=len(staged) - written,
        withheld=dict(sorted(tally.withheld.items())),
        problems=(
            *map(str, errors),
            *(make_line(f"{path or '.'}: {reason}") for path, reason in reasons),
        ),
        notes=(
            *(
                make_line(f"{', '.join(names)}: records of one URL; the first counts")
                for names in sorted(tally.shared)
            ),
            *map(make_line, explain_few(few)),
            *(make_line(note) for feed in feeds for note in feed.notes),
            *(map(make_line, release.displaced + release.notes) if release else ()),
        ),
        held=tuple(_list_held(release)) if release else (refusal,) if refusal else (),
        changed=release.changed if release else (),
        warnings=tuple(map(make_line, release.warnings)) if release else (),
        is_held=is_held or bool(refusal),
    )


def _list_held(release: Release) -> Iterator[str]:
    held = {feed.path: feed.held for feed in release.feeds if feed.held} | release.unborn
    for path, reason in sorted(held.items()):
        yield make_line(f"{path or '.'}: {reason}")
