"""`feedkit build`: the feeds of records, as files."""

from __future__ import annotations

from pathlib import Path

import click

from ..building.build import build
from ..model import Report
from .asked import Asked, say_report, take_asked
from .ending import end_with
from .look import explain_nothing
from .options import read_config, take_content
from .say import show_progress


@click.command("build")
@take_content
@take_asked
@click.option("--no-cache", is_flag=True, help="Keep nothing for the next build.")
@click.option("--dry-run", is_flag=True, help="Say what would change in each feed, change nothing.")
def build_command(content: tuple[Path, ...], asked: Asked, no_cache: bool, dry_run: bool) -> None:
    """Build the feeds of every record in CONTENT, folders or files.

    Exit status: 0, all records used; 1, published, some records rejected or feeds left without
    articles; 2, nothing published; 3, some feeds are held back, or all, since no record is left;
    75, nothing published, since another build of OUT goes on.
    """
    if no_cache and asked.cache:
        raise click.UsageError("--cache and --no-cache exclude each other")

    def run() -> int:
        config = read_config(asked.config_path, content)
        arguments = asked.list_arguments()
        if no_cache:
            arguments["cache"] = False
        with show_progress(is_wanted=not (asked.as_json or asked.quiet)) as tell:
            if dry_run:
                from ..building.plan import plan

                found = plan(content, asked.out, config, on_progress=tell, **arguments)
                report, changes = found.report, found.changes
            else:
                report, changes = (
                    build(content, asked.out, config, on_progress=tell, **arguments),
                    None,
                )
        return say_report(report, asked, lambda: _explain(report, content), changes)

    end_with(run)


def _explain(report: Report, content: tuple[Path, ...]) -> str:
    if report.is_held:
        places = ", ".join(map(str, content))
        return f"no record in {places}, but feeds in OUT; is a folder not mounted?"
    hidden = report.unpublished + sum(report.withheld.values())
    return explain_nothing(hidden, report.other, content)
