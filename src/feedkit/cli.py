"""Arguments to build to exit status: results on stdout, problems on stderr.

The only module that reads the clock.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from .build import Progress, build
from .config import Config
from .config_file import load_config
from .errors import ConfigError, FeedkitError, PublishError
from .lock import BusyError
from .model import Report

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

CONFIG_NAME = "feedkit.toml"
_FOLDER = click.Path(path_type=Path)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="feedkit-publisher")
def main() -> None:
    """Publish articles as Atom 1.0, RSS 2.0 and JSON Feed 1.1."""


@main.command("build")
@click.argument("content", nargs=-1, required=True, type=_FOLDER)
@click.option("--out", required=True, type=_FOLDER, help="The folder to publish into.")
@click.option(
    "--config",
    "config_path",
    type=_FOLDER,
    help=f"Settings; otherwise {CONFIG_NAME} in CONTENT or its parent.",
)
@click.option(
    "--wait",
    metavar="SECONDS",
    type=click.FloatRange(min=0),
    default=0,
    help="How long to wait for another build of OUT; without it, not at all.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def build_command(
    content: tuple[Path, ...], out: Path, config_path: Path | None, wait: float, as_json: bool
) -> None:
    """Build the feeds of every record in CONTENT, folders or files.

    Exit status: 0, all records used; 1, published, some records rejected or feeds left without
    articles; 2, nothing published; 3, nothing changed, since no record is left for any feed;
    75, nothing published, since another build of OUT goes on.
    """
    try:
        config = load_config(config_path or find_config(content))
        report = _build(content, out, config, show_bars=not as_json and sys.stderr.isatty())
    except (FeedkitError, OSError) as error:
        click.echo(f"feedkit: {error}", err=True)
        sys.exit(2)
    for problem in report.problems:
        click.echo(problem, err=True)
    if not report.files:
        click.echo(f"feedkit: nothing published: {_explain_nothing(report, content)}", err=True)
    if as_json:
        # Escaped, since the name of a file may be no Unicode text.
        click.echo(json.dumps(msgspec.to_builtins(report)))
    elif sys.stdout.isatty():
        _show_table(report, out)
    sys.exit(report.exit_status)


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


def find_config(content: tuple[Path, ...]) -> Path:
    """Return the settings' file that stands in a content folder or in its parent.

    Raises:
        ConfigError: There is none.
        PublishError: There is no such content.
    """
    for path in content:
        if not path.exists():
            raise PublishError(f"{path}: No such file or directory")
        folder = path.absolute()
        for place in (folder, folder.parent):
            if (place / CONFIG_NAME).is_file():
                return place / CONFIG_NAME
    found = f"none in {content[0]} or its parent; it needs [site] with title and url"
    raise ConfigError(CONFIG_NAME, 0, "", found)


def _build(content: tuple[Path, ...], out: Path, config: Config, *, show_bars: bool) -> Report:
    # A build makes hundreds of thousands of objects that live to its end, and few cycles: to
    # look through them at every 700th costs a twentieth of its time.
    gc.set_threshold(50_000, 20, 50)
    jobs = min(2, os.cpu_count() or 1)
    now = datetime.now(UTC)
    if not show_bars:
        return build(content, out, config, now=now, jobs=jobs)
    from rich.console import Console
    from rich.progress import Progress as Bars

    # It must not start a thread to draw with: build forks.
    with Bars(console=Console(stderr=True), auto_refresh=False, transient=True) as bars:
        return build(content, out, config, now=now, jobs=jobs, on_progress=_draw_on(bars))


def _draw_on(bars: Bars) -> Progress:
    tasks = {}

    def draw(hop: str, done: int, total: int) -> None:
        if hop not in tasks:
            tasks[hop] = bars.add_task(hop, total=total)
        bars.update(tasks[hop], completed=done, refresh=True)

    return draw


def _show_table(report: Report, out: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("", "", show_header=False, box=None)
    rows = {
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
    for name, count in rows.items():
        if count or name == "articles":
            table.add_row(name, f"{count:,}")
    console = Console()
    console.print(table)
    for note in report.notes:
        console.print(f"note: {note}", markup=False, highlight=False)
    console.print(f"Published in {out}", markup=False, highlight=False)
