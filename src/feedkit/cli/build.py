"""`feedkit build`: the feeds of records, as files."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click
import msgspec

from ..build import build
from ..model import Report
from .ending import end_with
from .options import PATH, count_processes, read_config, take_config, take_content
from .say import is_shown, list_counts, print_lines, say, show_progress


@click.command("build")
@take_content
@click.option("--out", required=True, type=PATH, help="The folder to publish into.")
@take_config
@click.option(
    "--wait",
    metavar="SECONDS",
    type=click.FloatRange(min=0),
    default=0,
    help="How long to wait for another build of OUT; without it, not at all.",
)
@click.option("--prune", is_flag=True, help="Delete the files of feeds that have no article left.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def build_command(
    content: tuple[Path, ...],
    out: Path,
    config_path: Path | None,
    wait: float,
    prune: bool,
    as_json: bool,
) -> None:
    """Build the feeds of every record in CONTENT, folders or files.

    Exit status: 0, all records used; 1, published, some records rejected or feeds left without
    articles; 2, nothing published; 3, nothing changed, since no record is left for any feed;
    75, nothing published, since another build of OUT goes on.
    """
    end_with(partial(_run, content, out, config_path, wait, prune=prune, as_json=as_json))


def _run(
    content: tuple[Path, ...],
    out: Path,
    config_path: Path | None,
    wait: float,
    *,
    prune: bool,
    as_json: bool,
) -> int:
    """Build, say what came of it, and return the exit status."""
    config = read_config(config_path, content)
    now, jobs = datetime.now(UTC), count_processes()
    with show_progress(is_wanted=not as_json) as tell:
        report = build(
            content, out, config, now=now, jobs=jobs, wait=wait, prune=prune, on_progress=tell
        )
    for problem in report.problems:
        say(problem)
    if not report.files:
        say(f"feedkit: nothing published: {_explain_nothing(report, content)}")
    lines: Iterable[str] = ()
    if as_json:
        # Escaped, since the name of a file may be no Unicode text.
        lines = [json.dumps(msgspec.to_builtins(report))]
    elif is_shown(sys.stdout):
        lines = _list_report(report, out)
    return report.exit_status if print_lines(lines) else max(report.exit_status, 1)


def _explain_nothing(report: Report, content: tuple[Path, ...]) -> str:
    if report.is_held:
        return f"no record in {_join(content)}, but feeds in OUT; is a folder not mounted?"
    if hidden := report.unpublished + sum(report.withheld.values()):
        return f"no record is of use ({hidden} withheld or unpublished)"
    if report.other:
        return f"no record is of use ({report.other} files have no title, date or address)"
    return f"no record is of use in {_join(content)} (JSON is read where a file is named)"


def _join(content: tuple[Path, ...]) -> str:
    return ", ".join(map(str, content))


def _list_report(report: Report, out: Path) -> Iterator[str]:
    yield from list_counts(
        {
            "articles": report.articles,
            "rejected": report.rejected,
            "no record": report.other,
            "unpublished": report.unpublished,
            **{f"withheld: {reason}": count for reason, count in report.withheld.items()},
            "duplicates": report.duplicates,
            "re-tellings kept as links": report.retold,
            "repaired": report.repaired,
            "feeds": report.feeds,
            "files written": report.written,
            "files unchanged": report.unchanged,
        }
    )
    for note in report.notes:
        yield f"note: {note}"
    if report.files:
        yield f"Published in {out}"
