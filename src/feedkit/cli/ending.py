"""How every command ends: the errors that end it in one line, and its exit status."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from types import FrameType
from typing import NoReturn

from ..errors import BusyError, FeedkitError
from .output import make_json, print_lines, say

#: sysexits.h: EX_TEMPFAIL, the user is invited to retry.
_BUSY = 75


class StopSignal(BaseException):
    """A signal asked the command to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.signal = signal.Signals(number)


def end_with(run: Callable[[], int], *, as_json: bool = False) -> NoReturn:
    """End the process with the exit status that `run` returns, or that of what stopped it.

    Args:
        run: Does all that there is to do.
        as_json: Whether what stopped it is printed as an object of JSON too.
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
    """Return the exit status, and what stopped the command, if anything did."""
    try:
        return run(), ""
    except (FeedkitError, OSError) as error:
        return find_status(error), describe_error(error)


def find_status(error: Exception) -> int:
    """Return the exit status of a command that an error stopped."""
    return _BUSY if isinstance(error, BusyError) else 2


def describe_error(error: Exception) -> str:
    """Return what stopped a command, in one line."""
    # A note says at which record the user's own function failed.
    return ", ".join([str(error), *getattr(error, "__notes__", ())])


def run_endless(rounds: Generator[None, None, None]) -> int:
    """Go through what only a signal ends, and return the exit status: that end is no failure."""
    # watchfiles says KeyboardInterrupt for whatever a signal's handler raised; a module that is
    # just being loaded, such as lxml's, may let nothing of it through.
    with _end_on_signals() as heard, suppress(StopSignal, KeyboardInterrupt), closing(rounds):
        for _ in rounds:
            if heard:
                break
    return 0


@contextmanager
def _end_on_signals() -> Iterator[list[int]]:
    """Raise what ends the block, and removes what it set aside, on a signal that asks for it.

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
