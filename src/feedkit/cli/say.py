"""What is said, and how: one line for each thing, nothing that a terminal would obey."""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

import click

from ..build import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

#: What a terminal would obey, show as several lines or in another order, or cannot be shown.
_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def say(text: str) -> None:
    """Print one line on stderr; that it is closed or full changes nothing of what was done."""
    try:
        click.echo(escape(text), err=True)
    except OSError:
        _abandon(sys.stderr)


def print_lines(lines: Iterable[str]) -> bool:
    """Print lines on stdout; where that cannot be done, say so and return False."""
    text = "".join(f"{escape(line)}\n" for line in lines)
    return not text or print_text(text)


def print_text(text: str) -> bool:
    """Print text as it is; where that cannot be done, say so and return False."""
    try:
        if sys.stdout is None:  # it is closed, and click would print nowhere
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        encoding = sys.stdout.encoding
        click.echo(text.encode(encoding, "backslashreplace").decode(encoding), nl=False)
    except OSError as error:
        _abandon(sys.stdout)
        say(f"feedkit: the report cannot be printed: {error.strerror}")
        return False
    return True


def list_counts(counts: Mapping[str, int]) -> list[str]:
    """Return a table, a line for each count that is not 0, and for the first."""
    first = next(iter(counts))
    shown = {name: f"{count:,}" for name, count in counts.items() if count or name == first}
    left, right = (max(map(len, column)) for column in (shown.keys(), shown.values()))
    return [f"{name:<{left}}  {count:>{right}}" for name, count in shown.items()]


def escape(text: str) -> str:
    """Return `text` with what is not to be shown as Python writes it."""
    return _UNSHOWN.sub(lambda found: ascii(found[0])[1:-1], text)


def is_shown(stream: TextIO | None) -> bool:
    """Return whether someone looks at `stream`."""
    return stream is not None and stream.isatty()


def _abandon(stream: TextIO | None) -> None:
    """Let what waits to be written go nowhere: Python would try, and fail, once more at its end."""
    with suppress(OSError):
        if stream is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def show_progress(*, is_wanted: bool) -> Iterator[Progress]:
    """Give what is told of a build's hops: it draws bars where stderr is a terminal."""
    if not (is_wanted and is_shown(sys.stderr)):
        yield lambda hop, done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bars

    # It must not start a thread to draw with: build forks.
    with Bars(console=Console(stderr=True), auto_refresh=False, transient=True) as bars:
        yield _draw_on(bars)


def _draw_on(bars: Bars) -> Progress:
    tasks = {}

    def draw(hop: str, done: int, total: int) -> None:
        if hop not in tasks:
            tasks[hop] = bars.add_task(hop, total=total)
        bars.update(tasks[hop], completed=done, refresh=True)

    return draw
