"""`feedkit build`: write the feeds of records as files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from ..build.api import build
from .look import explain_report
from .options import (
    BuildArguments,
    check_ping,
    need_extra,
    read_config,
    say_report,
    take_asked,
    take_content,
    tell_hub,
)
from .output import end_with, run_endless, show_progress


@click.command("build")
@take_content
@take_asked
@click.option("--no-cache", is_flag=True, help="Build without a cache.")
@click.option(
    "--dry-run", is_flag=True, help="Print what would change in each feed, and change nothing."
)
@click.option("--watch", is_flag=True, help="Build again at every change, until Ctrl-C.")
def build_command(
    content: tuple[Path, ...], asked: BuildArguments, no_cache: bool, dry_run: bool, watch: bool
) -> None:
    """Build the feeds of every record in CONTENT, folders or files.

    Exit status: 0, all records used; 1, published, some records rejected or feeds left without
    articles; 2, nothing published; 3, some feeds are held back, or all, since no record is left;
    75, nothing published, since another build of OUT is running. With --watch: 0, ended by a
    signal; 2, not begun.
    """
    if no_cache and asked.cache:
        raise click.UsageError("--cache and --no-cache cannot be used together")
    if dry_run and watch:
        raise click.UsageError("--dry-run and --watch cannot be used together")
    if dry_run and asked.ping:
        raise click.UsageError("--dry-run and --ping cannot be used together")

    def run() -> int:
        config = asked.complete(read_config(asked.config_path, content))
        check_ping(asked, config)
        options = asked.make_options()
        if no_cache:
            options["cache"] = False
        if watch:
            with need_extra("watch"):
                from .rounds import watch_content
            return run_endless(watch_content(content, asked, options))
        with show_progress(is_wanted=not (asked.as_json or asked.quiet)) as tell:
            call = (content, asked.out, config)
            options["on_progress"] = tell
            if dry_run:
                from ..build.plan import plan

                found = plan(*call, now=datetime.now(UTC), **options)
                report, changes = found.report, found.changes
            else:
                report, changes = build(*call, now=datetime.now(UTC), **options), None
        status = say_report(report, asked, lambda: explain_report(report, content), changes)
        tell_hub(report, asked, config, options["cache"])
        return status

    end_with(run, as_json=asked.as_json)
