"""Printed lines, one for each thing, and how every command ends: one line and an exit status.

Nothing is printed that a terminal would obey.
"""

from __future__ import annotations

import errno
import gc
import json
import os
import re
import signal
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import click

from ..errors import BusyError, FeedkitError
from ..models import EMPTIED

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

    from ..build.analysis import Progress

#: What a terminal would obey, show as several lines or in another order, or cannot be shown.
_UNSHOWN = "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
_INDEX, _LINE = r"\[[0-9]+\]", r":[0-9]+$"
#: Of what has the same problem, so many are named.
_NAMED = 3
#: How tables call what a Report counts, in this order.
_LABELS = {
    "articles": "articles",
    "rejected": "rejected",
    "other": "no record",
    "unpublished": "unpublished",
    "withheld": "withheld",
    "duplicates": "duplicates",
    "retold": "re-tellings kept as links",
    "repaired": "repaired",
    "feeds": "feeds",
    "written": "files written",
    "unchanged": "files unchanged",
}


def say(text: str) -> None:
    """Print one line on stderr; nothing fails if it is closed or full."""
    try:
        click.echo(fit(escape(text), sys.stderr), err=True)
    except OSError:
        _abandon(sys.stderr)


def print_lines(lines: Iterable[str]) -> bool:
    """Print lines on stdout, and return whether that could be done."""
    return print_text("".join(f"{escape(line)}\n" for line in lines))


def print_text(text: str) -> bool:
    """Print text, if any, as it is, and return whether that could be done."""
    if not text:
        return True
    try:
        if sys.stdout is None:  # it is closed, and click would print nowhere
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        click.echo(fit(text, sys.stdout), nl=False)
    except OSError as error:
        _abandon(sys.stdout)
        if not isinstance(error, BrokenPipeError):  # who closes a pipe has seen enough
            say(f"feedkit: the report cannot be printed: {error.strerror}")
        return False
    return True


def make_json(said: Mapping[str, Any], status: int, error: str = "") -> str:
    """Return the output of `--json`: the exit status, the error, and the results."""
    return json.dumps({"exit_status": status, "error": error or None, **said})


def group_problems(problems: Iterable[str]) -> list[str]:
    """Return a line for each reason: of equal ones how many files have it, and the first of them.

    Args:
        problems: The problems of a Report, ``path:line: field: reason`` each.
    """
    groups: dict[str, list[str]] = {}
    for problem in problems:
        _, colon, reason = problem.partition(": ")
        # Which item of a list it is differs from file to file.
        groups.setdefault(re.sub(_INDEX, "[]", reason) if colon else problem, []).append(problem)
    return [line for reason, alike in groups.items() for line in _sum_up(reason, alike)]


def _sum_up(reason: str, alike: list[str]) -> Iterator[str]:
    if len(alike) == 1:
        yield alike[0]
        return
    places = [problem.partition(": ")[0] for problem in alike]
    names = {re.sub(_LINE, "", place) for place in places}
    what = "feeds" if reason == EMPTIED else "files"
    count = f"{len(names):,} {what if len(names) > 1 else what[:-1]}"
    if len(names) < len(alike):
        count = f"{len(alike):,} times in {count}"
    yield f"{count}: {reason}, first: {', '.join(places[:_NAMED])}"


def list_counts(counts: Mapping[str, Any], *, is_planned: bool = False) -> list[str]:
    """Return a table of the counts that are not zero.

    Args:
        counts: The counts of a Report; `withheld` by reason, the others whole numbers.
        is_planned: Whether the files are still to be written.
    """
    rows: dict[str, int] = {}
    labels = _LABELS | ({"written": "files to write"} if is_planned else {})
    for name, label in labels.items():
        count = counts.get(name, 0)
        if name == "withheld":
            rows |= {f"{label}: {reason}": number for reason, number in count.items()}
        else:
            rows[label] = count
    shown = {label: f"{count:,}" for label, count in rows.items() if count or label == "articles"}
    left, right = (max(map(len, column)) for column in (shown, shown.values()))
    return [f"{label:<{left}}  {count:>{right}}" for label, count in shown.items()]


def render_table(heads: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table as the terminal on stdout takes it; the second and third column are counts."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for place, head in enumerate(heads):
        table.add_column(head, justify="right" if place in (1, 2) else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))  # as it is: a title may look like rich's own markup
    console = Console()
    with console.capture() as capture:
        console.print(table)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def escape(text: str) -> str:
    """Return `text` with escapes for characters that must not be printed."""
    if text.isprintable():  # the pattern takes a fiftieth of the command's start
        return text
    return re.sub(_UNSHOWN, lambda found: ascii(found[0])[1:-1], text)


def fit(text: str, stream: TextIO | None) -> str:
    """Return `text` with escapes for characters that the encoding of a stream lacks."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def is_shown(stream: TextIO | None) -> bool:
    """Return whether someone looks at `stream`."""
    return stream is not None and stream.isatty()


def _abandon(stream: TextIO | None) -> None:
    """Discard buffered output, which Python would try to write once more at its end."""
    with suppress(OSError):
        if stream is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def show_progress(*, is_wanted: bool) -> Iterator[Progress]:
    """Yield a function that shows the progress of a build, as bars if stderr is a terminal."""
    if not (is_wanted and is_shown(sys.stderr)):
        yield lambda hop, done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    if console.is_dumb_terminal:  # it cannot go back to draw a bar anew
        yield lambda hop, done, total: None
        return
    # It must not start a thread to draw with: build forks.
    with Bars(console=console, auto_refresh=False, transient=True) as bars:
        yield _draw_on(bars)


def _draw_on(bars: Bars) -> Progress:
    tasks = {}

    def draw(hop: str, done: int, total: int) -> None:
        if hop not in tasks:
            tasks[hop] = bars.add_task(hop, total=total)
        bars.update(tasks[hop], completed=done, refresh=True)

    return draw


#: sysexits.h: EX_TEMPFAIL, the user is invited to retry.
_BUSY = 75


class StopSignal(BaseException):
    """A signal asked the command to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.signal = signal.Signals(number)


def end_with(run: Callable[[], int], *, as_json: bool = False) -> NoReturn:
    """End the process with the exit status that `run` returns, or with that of its error.

    Args:
        run: Does all that there is to do.
        as_json: Whether the error is printed as JSON too.
    """
    # A build makes hundreds of thousands of objects that live to its end, and few cycles: to
    # look through them at every 700th costs a twentieth of its time.
    gc.set_threshold(50_000, 20, 50)
    try:
        with _end_on_signals():
            status, reason = _run(run)
    except StopSignal as stop:
        status, reason = 128 + stop.signal, f"stopped by {stop.signal.name}"
    if reason:
        say(f"feedkit: {reason}")
        if as_json:
            print_lines([make_json({}, status, reason)])
    gc.freeze()  # or Python looks through all objects again, for a hundredth of a first build
    sys.exit(status)


def _run(run: Callable[[], int]) -> tuple[int, str]:
    """Return the exit status, and the error that ended the command, if any did."""
    try:
        return run(), ""
    except (FeedkitError, OSError) as error:
        return find_status(error), describe_error(error)


def find_status(error: Exception) -> int:
    """Return the exit status of a command that an error stopped."""
    return _BUSY if isinstance(error, BusyError) else 2


def describe_error(error: Exception) -> str:
    """Return an error in one line."""
    # A note says at which record the user's own function failed.
    return ", ".join([str(error), *getattr(error, "__notes__", ())])


def run_endless(rounds: Generator[None, None, None]) -> int:
    """Run until a signal ends it, and return the exit status."""
    # watchfiles says KeyboardInterrupt for whatever a signal's handler raised; a module that is
    # just being loaded, such as lxml's, may let nothing of it through.
    with _end_on_signals() as heard, suppress(StopSignal, KeyboardInterrupt), closing(rounds):
        for _ in rounds:
            if heard:
                break
    return 0


@contextmanager
def _end_on_signals() -> Iterator[list[int]]:
    """Raise an exception in the block on a signal that asks the process to end.

    Yields:
        Where the number of that signal will stand.
    """
    heard: list[int] = []
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    before = {kind: signal.getsignal(kind) for kind in signal.Signals if kind.name in names}
    heeded = [kind for kind, handler in before.items() if handler != signal.SIG_IGN]  # nohup

    def stop(number: int, frame: FrameType | None) -> None:
        for kind in heeded:  # the end itself is not to be ended
            signal.signal(kind, signal.SIG_IGN)
        heard.append(number)
        raise StopSignal(number)

    try:
        for kind in heeded:
            signal.signal(kind, stop)
        yield heard
    finally:
        for kind in heeded:
            signal.signal(kind, before[kind])
