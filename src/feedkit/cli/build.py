"""`feedkit build`: the feeds of records, as files."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from ..building import build
from ..model import Report
from .ending import end_with
from .look import explain_nothing
from .options import (
    PATH,
    count_processes,
    read_config,
    take_config,
    take_content,
    take_json,
    take_prepare,
)
from .prepare import load_prepare
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
@click.option("--strict", is_flag=True, help="Publish nothing where a record is rejected.")
@take_prepare
@click.option("--quiet", is_flag=True, help="Say problems only, on a terminal too.")
@click.option("--verbose", is_flag=True, help="Say counts and notes, in a pipe too.")
@take_json
def build_command(
    content: tuple[Path, ...],
    out: Path,
    config_path: Path | None,
    wait: float,
    prune: bool,
    strict: bool,
    prepare: str | None,
    quiet: bool,
    verbose: bool,
    as_json: bool,
) -> None:
    """Build the feeds of every record in CONTENT, folders or files.

    Exit status: 0, all records used; 1, published, some records rejected or feeds left without
    articles; 2, nothing published; 3, nothing changed, since no record is left for any feed;
    75, nothing published, since another build of OUT goes on.
    """
    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose exclude each other")

    def run() -> int:
        config, function = read_config(config_path, content), load_prepare(prepare)
        with show_progress(is_wanted=not (as_json or quiet)) as tell:
            report = build(
                content,
                out,
                config,
                now=datetime.now(UTC),
                prepare=function,
                jobs=count_processes(),
                wait=wait,
                prune=prune,
                strict=strict,
                on_progress=tell,
            )
        for problem in report.problems:
            say(problem)
        if not report.files:
            say(f"feedkit: nothing published: {_explain(report, content, strict)}")
        lines = []
        if as_json:
            lines = [json.dumps(msgspec.to_builtins(report))]
        elif verbose or (is_shown(sys.stdout) and not quiet):
            lines = _list_report(report, out)
        return report.exit_status if print_lines(lines) else max(report.exit_status, 1)

    end_with(run)


def _explain(report: Report, content: tuple[Path, ...], strict: bool) -> str:
    if strict and report.problems:
        return "not every record can be used, and --strict asks for all"
    if report.is_held:
        places = ", ".join(map(str, content))
        return f"no record in {places}, but feeds in OUT; is a folder not mounted?"
    hidden = report.unpublished + sum(report.withheld.values())
    return explain_nothing(hidden, report.other, content)


def _list_report(report: Report, out: Path) -> list[str]:
    lines = list_counts(msgspec.structs.asdict(report))
    lines += [f"note: {note}" for note in report.notes]
    return [*lines, f"Published in {out}"] if report.files else lines
