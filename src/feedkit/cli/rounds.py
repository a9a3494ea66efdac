"""`--watch`: one build after another, of what changes."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ..build.api import build
from ..build.options import BuildOptions
from ..build.update import update
from ..config import Config
from ..errors import BusyError, FeedkitError, PublishError
from ..models import Report
from ..serve.watch import Places, watch_changes
from .look import explain_report
from .options import CONFIG_NAME, BuildArguments, read_config, say_faults, say_report, tell_hub
from .output import (
    describe_error,
    find_status,
    is_shown,
    make_json,
    print_lines,
    say,
    show_progress,
)

#: How long nothing is done where nothing changes: then an article's time may have come, or
#: something changed that no system tells, on a network's disk for instance.
_PAUSE = timedelta(minutes=1)
#: The same after a round that failed.
_RETRY = timedelta(seconds=2)
#: Paths beyond which looking at all files is faster.
_MANY = 100


def watch_content(
    content: tuple[Path, ...], asked: BuildArguments, options: BuildOptions
) -> Generator[None, None, None]:
    """Publish now and whenever something changed, and yield several times a second, endlessly.

    Args:
        content: Folders and files of records.
        asked: What else was asked.
        options: The options of `build` and `update`.
    """
    rounds = WatchRounds(content, asked, options)
    for changed in watch_changes(lambda: rounds.places):
        if changed or changed is None or datetime.now(UTC) >= rounds.due:
            rounds.publish(changed or set())
        yield


class WatchRounds:
    """The state that one round leaves to the next."""

    def __init__(
        self, content: tuple[Path, ...], asked: BuildArguments, options: BuildOptions
    ) -> None:
        self._content, self._asked = content, asked
        # A process with a watcher has threads, which forked ones would miss.
        self._options: BuildOptions = {**options, "jobs": 1}
        self._config: Config | None = None
        self._said: object = None
        self._told = ""
        #: Paths that changed since a round last published anything.
        self._owed: set[str] = set()
        self.due = datetime.now(UTC)

    @property
    def places(self) -> Places:
        """The paths that concern the next round."""
        return _list_places(self._content, self._asked, self._config)

    def publish(self, changed: set[str]) -> None:
        """Publish these changes and those that time makes, and print the results."""
        self._owed |= changed
        try:
            self._config = self._asked.complete(read_config(self._asked.config_path, self._content))
            report = self._publish(self._config, self._owed if changed else changed)
        except (FeedkitError, OSError) as error:
            text = describe_error(error)
            if changed or text != self._said:
                say(f"feedkit: {text}")
                if self._asked.as_json:
                    print_lines([make_json({}, find_status(error), text)])
            self._said, pause = text, _RETRY
        else:
            if report.files:
                self._owed = set()
            self._say(report, changed)
            told = "" if changed else self._told
            cache = self._options["cache"]
            self._told = tell_hub(report, self._asked, self._config, cache, told)
            pause = _PAUSE
        self.due = datetime.now(UTC) + pause

    def _publish(self, config: Config, changed: set[str]) -> Report:
        asked, now, options = self._asked, datetime.now(UTC), self._options
        if 0 < len(changed) <= _MANY:
            try:
                return update(asked.out, config, now=now, changed=sorted(changed), **options)
            except BusyError:
                raise
            except PublishError:  # there is no build that it could follow
                pass
        with show_progress(is_wanted=not (asked.as_json or asked.quiet)) as tell:
            options = {**options, "on_progress": tell}
            return build(self._content, asked.out, config, now=now, **options)

    def _say(self, report: Report, changed: set[str]) -> None:
        is_first, faults = self._said is None, (report.problems, report.held, report.is_held)
        is_same = not (changed or report.written) and faults == self._said
        self._said = faults
        if is_first or (self._asked.as_json and not is_same):
            say_report(report, self._asked, lambda: explain_report(report, self._content))
        elif not is_same:
            say_faults(report, self._asked, lambda: explain_report(report, self._content))
            if self._asked.verbose or (is_shown(sys.stdout) and not self._asked.quiet):
                print_lines([_describe(report, changed)])


def _describe(report: Report, changed: set[str]) -> str:
    files = sum(bool(Path(path).suffix) for path in changed)  # folders are no news
    return f"{files:,} changed, {report.written:,} files written"


def _list_places(content: tuple[Path, ...], asked: BuildArguments, config: Config | None) -> Places:
    """Return the paths to watch; `config` is the last that could be read."""
    named = [asked.config_path] if asked.config_path else []
    beside = (folder for path in content for folder in (path.absolute(), path.absolute().parent))
    settings = named or [folder / CONFIG_NAME for folder in beside]
    ids = [path.with_name((config and config.ids.file) or "ids.json") for path in settings]
    data = map(Path, config.data.places if config else ())
    records = [*content, *data]
    files = [*settings, *ids, *(path for path in records if path.is_file())]
    folders = [path for path in records if not path.is_file()]
    out = [asked.out, *([asked.cache] if asked.cache else [])]
    return Places(_name(folders), _name(files), frozenset(str(path.resolve()) for path in out))


def _name(paths: Iterable[Path]) -> frozenset[str]:
    return frozenset(str(path.absolute()) for path in paths)
