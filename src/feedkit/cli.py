"""Arguments to build to exit status: results on stdout, problems on stderr.

The only module that reads the clock.
"""

from __future__ import annotations

import errno
import gc
import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, TextIO

import click
import msgspec

from .build import Progress, build
from .config import Config
from .config_file import load_config
from .errors import BusyError, ConfigError, FeedkitError, PublishError
from .model import Report

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

CONFIG_NAME = "feedkit.toml"
#: sysexits.h: EX_TEMPFAIL, the user is invited to retry.
_BUSY = 75
#: What a terminal would obey, show as several lines or in another order, or cannot be shown.
_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class _Stop(BaseException):
    """A signal asked the command to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.signal = signal.Signals(number)


class _Path(click.Path):
    """A path that is not empty: that would be the folder in which the command runs."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Path:  # type: ignore[override]
        if not value:
            self.fail("expected a path, got nothing", param, ctx)
        return Path(value)


_FOLDER = _Path()


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
    try:
        with _end_on_signals():
            status = _run(content, out, config_path, wait, prune=prune, as_json=as_json)
    except _Stop as stop:
        _say(f"feedkit: stopped by {stop.signal.name}")
        status = 128 + stop.signal
    sys.exit(status)


@contextmanager
def _end_on_signals() -> Iterator[None]:
    """Raise what ends the block, and removes what it set aside, on a signal that asks for it."""
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    before = {kind: signal.getsignal(kind) for kind in signal.Signals if kind.name in names}
    heeded = [kind for kind, handler in before.items() if handler != signal.SIG_IGN]  # nohup

    def stop(number: int, frame: FrameType | None) -> None:
        for kind in heeded:  # the end itself is not to be ended
            signal.signal(kind, signal.SIG_IGN)
        raise _Stop(number)

    try:
        for kind in heeded:
            signal.signal(kind, stop)
        yield
    finally:
        for kind in heeded:
            signal.signal(kind, before[kind])


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
    try:
        config = load_config(config_path or find_config(content))
        show_bars = not as_json and _is_shown(sys.stderr)
        report = _build(content, out, config, wait, prune=prune, show_bars=show_bars)
    except BusyError as error:
        _say(f"feedkit: {error}")
        return _BUSY
    except (FeedkitError, OSError) as error:
        _say(f"feedkit: {error}")
        return 2
    for problem in report.problems:
        _say(problem)
    if not report.files:
        _say(f"feedkit: nothing published: {_explain_nothing(report, content)}")
    try:
        if as_json:
            # Escaped, since the name of a file may be no Unicode text.
            _print(json.dumps(msgspec.to_builtins(report)))
        elif _is_shown(sys.stdout):
            _show_table(report, out)
    except OSError as error:
        _abandon(sys.stdout)
        _say(f"feedkit: the report cannot be printed: {error.strerror}")
        return max(report.exit_status, 1)
    return report.exit_status


def _say(text: str) -> None:
    """Print one line on stderr; that it is closed or full changes nothing of what was done."""
    try:
        click.echo(_escape(text), err=True)
    except OSError:
        _abandon(sys.stderr)


def _print(text: str) -> None:
    if sys.stdout is None:  # it is closed, and click would print nowhere
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    encoding = sys.stdout.encoding
    click.echo(_escape(text).encode(encoding, "backslashreplace").decode(encoding))


def _escape(text: str) -> str:
    return _UNSHOWN.sub(lambda found: ascii(found[0])[1:-1], text)


def _is_shown(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def _abandon(stream: TextIO | None) -> None:
    """Let what waits to be written go nowhere: Python would try, and fail, once more at its end."""
    with suppress(OSError):
        if stream is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


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


def _build(
    content: tuple[Path, ...],
    out: Path,
    config: Config,
    wait: float,
    *,
    prune: bool,
    show_bars: bool,
) -> Report:
    # A build makes hundreds of thousands of objects that live to its end, and few cycles: to
    # look through them at every 700th costs a twentieth of its time.
    gc.set_threshold(50_000, 20, 50)
    jobs = min(2, os.cpu_count() or 1)
    run = partial(
        build, content, out, config, now=datetime.now(UTC), jobs=jobs, wait=wait, prune=prune
    )
    if not show_bars:
        return run()
    from rich.console import Console
    from rich.progress import Progress as Bars

    # It must not start a thread to draw with: build forks.
    with Bars(console=Console(stderr=True), auto_refresh=False, transient=True) as bars:
        return run(on_progress=_draw_on(bars))


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
    Console().print(table)
    for note in report.notes:
        _print(f"note: {note}")
    if report.files:
        _print(f"Published in {out}")
