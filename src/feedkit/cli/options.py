"""Arguments that several commands share, `--prepare`, and how `build` and `update` end.

The function of `--prepare module:function` is imported and made safe to call.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from hashlib import sha256
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import click
import msgspec

from ..config import Config
from ..config.loader import load_config
from ..errors import ConfigError, FeedkitError, PublishError
from ..models import Article, Report
from .output import StopSignal, group_problems, is_shown, list_counts, make_json, print_lines, say

if TYPE_CHECKING:
    from ..build.indexing import Prepare
    from ..build.options import BuildOptions
    from ..build.plan import FeedChanges

CONFIG_NAME = "feedkit.toml"


class _NamedPath(click.Path):
    """A path that is not empty: that would be the folder in which the command runs."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Path:  # type: ignore[override]
        if not value:
            self.fail("expected a path, got nothing", param, ctx)
        return Path(value)


PATH = _NamedPath()

take_content = click.argument("content", nargs=-1, required=True, type=PATH)
take_config = click.option(
    "--config",
    "config_path",
    type=PATH,
    help=f"The settings. Default: {CONFIG_NAME} in CONTENT or its parent.",
)
take_prepare = click.option(
    "--prepare",
    metavar="NAME",
    help="module:function that changes or withholds each Article.",
)
take_prepare_version = click.option(
    "--prepare-version",
    metavar="TEXT",
    default="",
    help="Change this text if anything but NAME's own module changed.",
)
take_json = click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print one line of JSON on standard output; problems still go to standard error.",
)


def read_config(config_path: Path | None, content: tuple[Path, ...]) -> Config:
    """Return the named settings, or those in a content folder or its parent.

    Raises:
        ConfigError: There are none, or they cannot be used.
        PublishError: There is no such content.
    """
    if path := config_path or find_config(content):
        return load_config(path)
    raise _miss_config(f"{content[0]} or its parent")


def read_config_above(config_path: Path | None, path: Path) -> Config:
    """Return the settings that are named, or those in the next folder above `path` with any.

    Raises:
        ConfigError: There are none, or they cannot be used.
    """
    folder = path.absolute()
    for place in (folder, *folder.parents):
        if not config_path and (place / CONFIG_NAME).is_file():
            config_path = place / CONFIG_NAME
    if config_path:
        return load_config(config_path)
    raise _miss_config(f"{path} or a folder above it")


def _miss_config(places: str) -> ConfigError:
    found = f"none in {places}; feedkit init writes one"
    return ConfigError(CONFIG_NAME, 0, "", found)


def find_config(content: tuple[Path, ...]) -> Path | None:
    """Return the settings file in a content folder or its parent, None if there is none.

    Raises:
        PublishError: There is no such content.
    """
    for path in content:
        if not path.exists():
            raise PublishError(f"{path}: No such file or directory")
        folder = path.absolute()
        for place in (folder, folder.parent):
            if (place / CONFIG_NAME).is_file():
                return place / CONFIG_NAME
    return None


def count_processes() -> int:
    """Return how many processes a command uses at most."""
    return min(2, os.cpu_count() or 1)


class BuildArguments(NamedTuple):
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
        """Return the settings with those of the command line."""
        if not self.precompress:
            return config
        publish = msgspec.structs.replace(config.publish, precompress=True)
        return msgspec.structs.replace(config, publish=publish)

    def make_options(self) -> BuildOptions:
        """Return the options of the functions of the same names."""
        return {
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
    click.option(
        "--cache", type=PATH, help="The folder of the cache. Default: a folder beside OUT."
    ),
    click.option(
        "--wait",
        metavar="SECONDS",
        type=click.FloatRange(min=0),
        default=0,
        help="Wait so long for another build of OUT. Default: do not wait.",
    ),
    click.option(
        "--prune", is_flag=True, help="Delete the files of feeds that have no article left."
    ),
    click.option("--precompress", is_flag=True, help="Write a gzipped copy beside each file."),
    click.option("--strict", is_flag=True, help="Publish nothing if a record is rejected."),
    click.option(
        "--previous",
        metavar="DIR|URL",
        help="If OUT has no feeds, compare with those that are published here.",
    ),
    click.option(
        "--previous-timeout",
        metavar="SECONDS",
        type=click.FloatRange(min=0, min_open=True),
        default=600,
        help="How long the server of --previous may take in all. Default: 600.",
    ),
    click.option(
        "--allow-resurface", is_flag=True, help="Publish feeds that show entries as new again."
    ),
    click.option("--allow-shrink", is_flag=True, help="Publish feeds that lose most entries."),
    take_prepare,
    take_prepare_version,
    click.option("--quiet", is_flag=True, help="Print problems only, on a terminal too."),
    click.option("--verbose", is_flag=True, help="Print counts and notes, in a pipe too."),
    take_json,
    click.option("--ping", is_flag=True, help="Notify the hub of feeds whose bytes changed."),
)


def take_asked(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of both to a command, which is given them as `asked`."""

    @wraps(command)
    def collect(**given: Any) -> None:
        asked = BuildArguments(**{name: given.pop(name) for name in BuildArguments._fields})
        if asked.quiet and asked.verbose:
            raise click.UsageError("--quiet and --verbose cannot be used together")
        command(asked=asked, **given)

    for option in reversed(_OPTIONS):
        collect = option(collect)
    return collect


def say_report(
    report: Report,
    asked: BuildArguments,
    explain: Callable[[], str],
    changes: Sequence[FeedChanges] | None = None,
) -> int:
    """Print the report, and return the exit status.

    Args:
        report: What was done.
        asked: The options of the command.
        explain: Returns why nothing was published.
        changes: What would have changed, if nothing was done.
    """
    reason = say_faults(report, asked, explain)
    if asked.as_json:
        said = report if changes is None else {"changes": changes, "report": report}
        lines = [make_json(msgspec.to_builtins(said), report.exit_status, reason)]
    else:
        lines = _list_lines(report, asked, changes)
    return report.exit_status if print_lines(lines) else max(report.exit_status, 1)


def say_faults(report: Report, asked: BuildArguments, explain: Callable[[], str]) -> str:
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


def check_ping(asked: BuildArguments, config: Config) -> None:
    """Refuse to build if a hub is to be notified and cannot be.

    Raises:
        FeedkitError: There is no hub, or what it is told with is not installed.
    """
    if asked.ping:
        from ..websub import check_hub

        check_hub(config)


def tell_hub(
    report: Report,
    asked: BuildArguments,
    config: Config,
    cache: str | os.PathLike[str] | bool,
    said: str = "",
) -> str:
    """Notify the hub if asked to; a failure is printed, and changes no exit status.

    Returns:
        What is wrong, in a line; if that is what was `said` before, it is not said again.
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


def _list_lines(
    report: Report, asked: BuildArguments, changes: Sequence[FeedChanges] | None
) -> list[str]:
    lines = [] if changes is None or asked.quiet else list(_list_changes(changes))
    if asked.verbose or (changes is None and is_shown(sys.stdout) and not asked.quiet):
        lines += list_counts(msgspec.structs.asdict(report), is_planned=changes is not None)
        lines += [f"note: {note}" for note in report.notes if note not in report.warnings]
        if changes is None and report.files:
            lines.append(f"Published in {asked.out}")
    return lines


def _list_changes(changes: Iterable[FeedChanges]) -> Iterator[str]:
    from ..build.plan import KINDS

    for feed in changes:
        entries = {kind: getattr(feed, kind) for kind in KINDS}
        counts = ", ".join(f"{len(held)} {kind}" for kind, held in entries.items() if held)
        yield f"{feed.path or '.'}: {counts}"
        for kind, held in entries.items():
            for one in held:
                before = f", until now {one.was}" if one.was else ""
                yield f"  {kind}: {one.title}, {one.link}{before}"


class PrepareError(FeedkitError):
    """A function that cannot be found, or failed."""


def load_prepare(name: str | None) -> Prepare | None:
    """Return the function that `name` names, None if none is named.

    What it raises, and what it returns wrongly, becomes a PrepareError, to which a build adds
    the name of the record.

    Raises:
        PrepareError: There is no such function, or its module cannot be imported.
    """
    if name is None:
        return None
    function = _find_function(name)

    def prepare(article: Article) -> Article | None:
        with _convert_failures(name):
            after: object = function(article)
        if after is None or isinstance(after, Article):
            return after
        found = type(after).__name__
        raise PrepareError(f"--prepare {name}: expected an Article or None, got {found}")

    return prepare


def name_version(name: str | None, text: str) -> str:
    """Return a text that changes whenever the file of the user's function does.

    Args:
        name: As `load_prepare` has loaded it.
        text: The user's own name for the version of what its module imports.
    """
    if name is None:
        return text
    spec = sys.modules[name.partition(":")[0]].__spec__
    read = getattr(spec and spec.loader, "get_data", None)
    data = read(spec.origin) if spec and read else b""
    return f"{name} {sha256(data).hexdigest()} {text}"


def _find_function(name: str) -> Prepare:
    module, colon, attribute = name.partition(":")
    if not (module and colon and attribute):
        raise PrepareError(f"--prepare: expected module:function, got {name!r}")
    with _convert_failures(name):
        imported = _import_here(module)
        try:
            function: object = attrgetter(attribute)(imported)
        except AttributeError as error:
            raise PrepareError(f"--prepare {name}: no {attribute!r} in {module!r}") from error
    if not callable(function):
        found = type(function).__name__
        raise PrepareError(f"--prepare {name}: expected a function, got {found}")
    return function


@contextmanager
def _convert_failures(name: str) -> Iterator[None]:
    """Raise a PrepareError for any exception of the user's code but those that end the command."""
    try:
        yield
    except (PrepareError, StopSignal, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise PrepareError(f"--prepare {name}: {_describe(error)}") from error


def _import_here(module: str) -> ModuleType:
    """Import a module of the current folder, before others of its name."""
    sys.path.insert(0, "")
    try:
        return import_module(module)
    finally:
        # What feedkit imports later is not the user's; what the user's function does, is.
        sys.path.remove("")
        sys.path.append("")


def _describe(error: BaseException) -> str:
    try:
        text = str(error)
    except BaseException:  # noqa: BLE001 (its own method fails, in whatever way)
        text = ""
    short = text if len(text) <= 200 else f"{text[:200]}..."
    return ": ".join(part for part in (type(error).__name__, short) if part)


#: The packages of each extra: no package index has this project, so that to name the extra of an
#: installed one would install nothing.
EXTRAS = {
    "doctor": ("httpx", "jsonschema"),
    "serve": ("starlette", "uvicorn"),
    "watch": ("watchfiles",),
}


@contextmanager
def need_extra(name: str) -> Iterator[None]:
    """Raise an error that tells how to install a missing package.

    Raises:
        FeedkitError: There is something to install.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        advice = f"pip install {' '.join(EXTRAS[name])}"
        raise FeedkitError(f"{error.name} is not installed: {advice}") from error
