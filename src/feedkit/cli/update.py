"""`feedkit update`: publish changed records without looking for other changes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from ..build.update import FORGOTTEN, update
from ..models import Report
from .options import (
    PATH,
    BuildArguments,
    check_ping,
    read_config_above,
    say_report,
    take_asked,
    tell_hub,
)
from .output import end_with, say


@click.command("update")
@click.argument("paths", metavar="PATH...", nargs=-1, type=PATH)
@click.option(
    "--removed", metavar="PATH", multiple=True, type=PATH, help="A file or folder that was deleted."
)
@take_asked
def update_command(
    paths: tuple[Path, ...], removed: tuple[Path, ...], asked: BuildArguments
) -> None:
    """Publish the changes in PATH, without looking for others.

    PATH is a file or folder. OUT must be as build left it, with its cache. The result is the same
    as that of build. A PATH that does not exist counts as deleted, and one that build would not
    read is not read. If settings changed, everything is read. The default of --config is
    feedkit.toml in a folder above the first PATH.

    Exit status: as of build; also 2, if there is no earlier build to follow.
    """
    named = (*paths, *removed)
    if not named:
        raise click.UsageError("Missing argument 'PATH...': what changed, or --removed PATH")

    def run() -> int:
        config = asked.complete(read_config_above(asked.config_path, named[0]))
        check_ping(asked, config)
        now, options = datetime.now(UTC), asked.make_options()
        report = update(asked.out, config, now=now, changed=paths, removed=removed, **options)
        status = say_report(report, asked, lambda: _explain(report))
        if not report.files:
            say(f"feedkit: {FORGOTTEN}")
        tell_hub(report, asked, config, asked.cache or True)
        return status

    end_with(run, as_json=asked.as_json)


def _explain(report: Report) -> str:
    if report.is_held:
        return "no record is left, but feeds in OUT; is a folder not mounted?"
    return "no record is of use"
