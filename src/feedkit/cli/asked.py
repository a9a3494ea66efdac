"""What `build` and `update` are both asked, and how they say what was done."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
import msgspec

from ..config import Config
from ..errors import FeedkitError
from ..model import Report
from .options import (
    PATH,
    count_processes,
    take_config,
    take_json,
    take_prepare,
    take_prepare_version,
)
from .prepare import load_prepare, name_version
from .say import group_problems, is_shown, list_counts, make_json, print_lines, say

if TYPE_CHECKING:
    from ..config import Config
    from ..planned import FeedChanges


class Asked(NamedTuple):
    """The options of both."""

    out: Path
    cache: Path | None = None
    config_path: Path | None = None
    wait: float = 0
    prune: bool = False
    precompress: bool = False
    strict: bool = False
    previous: str | None = None
    previous_timeout: float = 600
    allow_resurface: bool = False
    allow_shrink: bool = False
    prepare: str | None = None
    prepare_version: str = ""
    quiet: bool = False
    verbose: bool = False
    as_json: bool = False
    ping: bool = False

    def complete(self, config: Config) -> Config:
        """Return settings with what the command line says instead."""
        if not self.precompress:
            return config
        publish = msgspec.structs.replace(config.publish, precompress=True)
        return msgspec.structs.replace(config, publish=publish)

    def list_arguments(self) -> dict[str, Any]:
        """Return what they are to the functions of the same names."""
        return {
            "now": datetime.now(UTC),
            "prepare": load_prepare(self.prepare),
            "prepare_version": name_version(self.prepare, self.prepare_version),
            "jobs": count_processes(),
            "wait": self.wait,
            "prune": self.prune,
            "strict": self.strict,
            "previous": self.previous,
            "previous_timeout": self.previous_timeout,
            "allow_resurface": self.allow_resurface,
            "allow_shrink": self.allow_shrink,
            "cache": self.cache or True,
        }


_OPTIONS = (
    click.option("--out", required=True, type=PATH, help="The folder to publish into."),
    take_config,
    click.option("--cache", type=PATH, help="The folder that keeps what was read, not beside OUT."),
    click.option(
        "--wait",
        metavar="SECONDS",
        type=click.FloatRange(min=0),
        default=0,
        help="How long to wait for another build of OUT; without it, not at all.",
    ),
    click.option(
        "--prune", is_flag=True, help="Delete the files of feeds that have no article left."
    ),
    click.option(
        "--precompress", is_flag=True, help="Write NAME.gz beside each file, as [publish] may say."
    ),
    click.option("--strict", is_flag=True, help="Publish nothing where a record is rejected."),
    click.option(
        "--previous",
        metavar="DIR|URL",
        help="Where the feeds are published, if not in OUT: compare with those.",
    ),
    click.option(
        "--previous-timeout",
        metavar="SECONDS",
        type=click.FloatRange(min=0, min_open=True),
        default=600,
        help="How long the server of --previous may take in all, by default 600.",
    ),
    click.option(
        "--allow-resurface", is_flag=True, help="Publish feeds that show entries as new again."
    ),
    click.option("--allow-shrink", is_flag=True, help="Publish feeds that lose most entries."),
    take_prepare,
    take_prepare_version,
    click.option("--quiet", is_flag=True, help="Say problems only, on a terminal too."),
    click.option("--verbose", is_flag=True, help="Say counts and notes, in a pipe too."),
    take_json,
    click.option("--ping", is_flag=True, help="Tell the hub of feeds whose bytes changed."),
)


def take_asked(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of both to a command, which is given them as `asked`."""

    @wraps(command)
    def collect(**given: Any) -> None:
        asked = Asked(**{name: given.pop(name) for name in Asked._fields})
        if asked.quiet and asked.verbose:
            raise click.UsageError("--quiet and --verbose cannot be used together")
        command(asked=asked, **given)

    for option in reversed(_OPTIONS):
        collect = option(collect)
    return collect


def say_report(
    report: Report,
    asked: Asked,
    explain: Callable[[], str],
    changes: Sequence[FeedChanges] | None = None,
) -> int:
    """Say what was done, and return the exit status.

    Args:
        report: What was done.
        asked: Says how.
        explain: Tells why nothing was published.
        changes: What would have changed, where nothing was done.
    """
    reason = say_faults(report, asked, explain)
    if asked.as_json:
        said = report if changes is None else {"changes": changes, "report": report}
        lines = [make_json(msgspec.to_builtins(said), report.exit_status, reason)]
    else:
        lines = _list_lines(report, asked, changes)
    return report.exit_status if print_lines(lines) else max(report.exit_status, 1)


def say_faults(report: Report, asked: Asked, explain: Callable[[], str]) -> str:
    """Print problems and warnings, if any, and return why nothing was published.

    The arguments are those of `say_report`.
    """
    for problem in (*group_problems(report.problems), *(report.held if report.files else ())):
        say(problem)
    for warning in report.warnings:
        say(f"note: {warning}")
    reason = ""
    if not report.files:
        refused = asked.strict and report.problems
        reason = "not every record can be used, and --strict asks for all" if refused else ""
        reason = f"nothing published: {reason or '; '.join(report.held) or explain()}"
        say(f"feedkit: {reason}")
    return reason


def check_ping(asked: Asked, config: Config) -> None:
    """Refuse to build where a hub is to be told and cannot be.

    Raises:
        FeedkitError: There is no hub, or what it is told with is not installed.
    """
    if asked.ping:
        from ..websub import check_hub

        check_hub(config)


def tell_hub(
    report: Report, asked: Asked, config: Config, cache: Path | bool, said: str = ""
) -> str:
    """Tell the hub what it is owed, if asked; that it fails is said, and fails nothing.

    Returns:
        What is wrong, in a line; where that is what was `said` before, it is not said again.
    """
    if not asked.ping:
        return ""
    from ..websub import Ping, ping

    try:
        done = ping(report, asked.out, config, cache=cache)
    except FeedkitError as error:
        done, line = Ping(), f"feedkit: {error}"
    else:
        owed = f"feedkit: {done.problem}; feeds owed until the next --ping: {len(done.owed)}"
        line = owed if done.owed else ""
    if line and line != said:
        say(line)
    if done.told and asked.verbose and not asked.as_json:
        print_lines([f"Told {config.websub.hub} of {len(done.told)}"])
    return line


def _list_lines(report: Report, asked: Asked, changes: Sequence[FeedChanges] | None) -> list[str]:
    lines = [] if changes is None or asked.quiet else list(_list_changes(changes))
    if asked.verbose or (changes is None and is_shown(sys.stdout) and not asked.quiet):
        lines += list_counts(msgspec.structs.asdict(report), is_planned=changes is not None)
        lines += [f"note: {note}" for note in report.notes if note not in report.warnings]
        if changes is None and report.files:
            lines.append(f"Published in {asked.out}")
    return lines


def _list_changes(changes: Iterable[FeedChanges]) -> Iterator[str]:
    from ..planned import KINDS

    for feed in changes:
        entries = {kind: getattr(feed, kind) for kind in KINDS}
        counts = ", ".join(f"{len(held)} {kind}" for kind, held in entries.items() if held)
        yield f"{feed.path or '.'}: {counts}"
        for kind, held in entries.items():
            for one in held:
                before = f", until now {one.was}" if one.was else ""
                yield f"  {kind}: {one.title}, {one.link}{before}"
