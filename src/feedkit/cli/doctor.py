"""`feedkit doctor`: list what readers meet at a live site, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from .options import need_extra, take_json
from .output import end_with, make_json, print_lines, say, show_progress

if TYPE_CHECKING:
    from ..doctor import Examination

_SECONDS = click.FloatRange(min=0, min_open=True)
_COUNT = click.IntRange(min=1)


@click.command("doctor")
@click.argument("url")
@click.option(
    "--also",
    multiple=True,
    metavar="HOST",
    help="Another server that may be requested, host[:port].",
)
@click.option(
    "--limit", type=_COUNT, default=100, show_default=True, help="Request at most so many feeds."
)
@click.option(
    "--max-age",
    type=click.IntRange(1, 36_500),
    metavar="DAYS",
    help="Report feeds whose newest entry is older. Off by default.",
)
@click.option(
    "--timeout",
    type=_SECONDS,
    default=20,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for each answer.",
)
@click.option(
    "--user-agent", metavar="TEXT", help="The user agent of requests. Default: feedkit-doctor."
)
@click.option("--quiet", is_flag=True, help="Print nothing if all is well.")
@take_json
def doctor_command(
    url: str,
    also: tuple[str, ...],
    limit: int,
    max_age: int | None,
    timeout: float,
    user_agent: str | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Request the feeds of a live site as readers do, and report what is wrong.

    URL is a site's index page, its feeds.json or OPML file, any page with autodiscovery, or a
    feed. No other server is requested; there are at most four requests at once, for 15 minutes.

    Exit status: 0, all is well; 1, something is wrong; 2, nothing could be looked at.
    """

    def run() -> int:
        with need_extra("doctor"):
            from ..doctor import DoctorOptions, examine

        age = None if max_age is None else timedelta(days=max_age)
        asked = DoctorOptions(url, also, timeout, limit, age)
        if user_agent is not None:
            asked = asked._replace(user_agent=user_agent)
        with show_progress(is_wanted=not (as_json or quiet)) as tell:
            found = examine(asked, now=datetime.now(UTC), tell=tell)
        for note in found.notes:
            say(f"note: {note}")
        if as_json:
            lines = iter([make_json(_describe(found), int(bool(found.findings)))])
        else:
            lines = iter(()) if quiet and not found.findings else _list_lines(found)
        return 1 if not print_lines(lines) or found.findings else 0

    end_with(run, as_json=as_json)


def _list_lines(found: Examination) -> Iterator[str]:
    from ..doctor.judging import list_lines

    lines = list(list_lines(found.findings))
    yield from lines
    verdict = _count(len(lines), "finding") if lines else "all well"
    yield f"{_count(found.feeds, 'feed')}, {_count(found.addresses, 'address', 'es')}: {verdict}"


def _count(number: int, word: str, ending: str = "s") -> str:
    return f"{number:,} {word}{'' if number == 1 else ending}"


def _describe(found: Examination) -> dict[str, Any]:
    from ..doctor.judging import FINDINGS

    findings = [
        {**one._asdict(), "says": one.text, "do": FINDINGS[one.kind].do} for one in found.findings
    ]
    return {
        "feeds": found.feeds,
        "addresses": found.addresses,
        "findings": findings,
        "notes": list(found.notes),
    }
