"""Work divided among processes if the system can fork."""

from __future__ import annotations

import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def run_parallel(function: Callable[[_In], _Out], parts: Sequence[_In]) -> list[_Out]:
    """Return the results of `function` for all parts, in order.

    The first part is done in this process. A forked child inherits its part, so that neither
    it nor the function needs to travel; results do. Where there can be none all is done here.

    Raises:
        Exception: What the function raised, from the first part that failed.
    """
    if len(parts) < 2 or not can_fork():
        return [function(part) for part in parts]
    with _start_children(function, parts[1:]) as receivers:
        return [function(parts[0]), *map(_receive, receivers)]


def can_fork() -> bool:
    """Return whether this process may fork others.

    A lock that another thread holds, of a module that it loads or within SQLite, would never be
    released in a child; and a process of a pool may have none.
    """
    if not hasattr(os, "fork") or threading.active_count() > 1:
        return False
    import multiprocessing  # 10 ms that a small build saves

    return not multiprocessing.current_process().daemon


class BackgroundTask(Generic[_In, _Out]):
    """A function that runs in a process beside this one as soon as its argument is known."""

    def __init__(self, function: Callable[[_In], _Out]) -> None:
        self._function = function
        self._value: _In
        self._pipes: tuple[Connection, Connection] | None = None

    @contextmanager
    def stand_by(self, forget: Callable[[], object]) -> Iterator[None]:
        """Start the process, if there can be one; it ends with the block.

        Args:
            forget: Called in the child, which would keep all that is in memory now.
        """
        with ExitStack() as stack:
            if can_fork():
                with suppress(OSError):  # too many processes, or open files
                    self._pipes = stack.enter_context(self._start(forget))
            yield

    @contextmanager
    def _start(self, forget: Callable[[], object]) -> Iterator[tuple[Connection, Connection]]:
        import multiprocessing

        values, sender = multiprocessing.get_context("fork").Pipe(duplex=False)

        def work(values: Connection) -> _Out:
            forget()
            return self._function(values.recv())

        with values, sender, _start_children(work, [values]) as (receiver,):
            values.close()
            yield sender, receiver

    def start(self, value: _In) -> None:
        """Send the argument of the function."""
        self._value = value
        if self._pipes:
            with suppress(BrokenPipeError):  # `wait` says what became of the child
                self._pipes[0].send(value)

    def wait(self) -> _Out:
        """Return the result; if there is no process, the function runs here.

        Raises:
            Exception: What the function raised, or a ChildProcessError if its child was killed.
        """
        if not self._pipes:
            return self._function(self._value)
        found: _Out = _receive(self._pipes[1])
        return found


@contextmanager
def _start_children(
    function: Callable[[_In], _Out], parts: Sequence[_In]
) -> Iterator[list[Connection]]:
    """Start a process for each part, and yield the connections that receive their results."""
    import multiprocessing

    context = multiprocessing.get_context("fork")
    children: list[tuple[BaseProcess, Connection]] = []
    alive = context.Pipe(duplex=False)
    try:
        with _hold_signals() as mask:
            for part in parts:
                receiver, sender = context.Pipe(duplex=False)
                arguments = (function, part, mask, alive, sender)
                child: BaseProcess = context.Process(target=_answer, args=arguments, daemon=True)
                child.start()
                sender.close()  # so that a child that dies is an end of file here
                children.append((child, receiver))
        yield [receiver for _, receiver in children]
    finally:
        for child, _ in children:  # of the user's Ctrl-C they know nothing
            child.kill()  # a caller's mask, or a stop, keeps other signals waiting
        for child, receiver in children:
            receiver.close()
            child.join()
        for end in alive:
            end.close()


@contextmanager
def _hold_signals() -> Iterator[set[signal.Signals]]:
    """Block signals, so that each arrives after all children are started."""
    held = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    mask: set[signal.Signals] = signal.pthread_sigmask(signal.SIG_BLOCK, held)  # type: ignore[assignment]
    try:
        yield mask
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _answer(
    function: Callable[[Any], Any],
    part: Any,
    mask: set[signal.Signals],
    alive: tuple[Connection, Connection],
    sender: Connection,
) -> None:
    # A terminal sends Ctrl-C to the parent too, who ends its children; what the parent does on
    # the others is not for a child to do again.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if callable(signal.getsignal(signal.SIGHUP)):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    alive[1].close()
    threading.Thread(target=_end_with_parent, args=(alive[0],), daemon=True).start()
    answer: tuple[Any, Exception | None]
    try:
        answer = (function(part), None)
    except Exception as error:  # noqa: BLE001 (raised again in the parent)
        answer = (None, _make_portable(error))
    with suppress(BrokenPipeError):  # the parent failed first
        data = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
        del answer  # while the parent reads, all of it would be in memory three times
        sender.send_bytes(data)


def _end_with_parent(alive: Connection) -> None:
    """Wait for the end of file that is the parent's death: a lock that it held is ours too."""
    alive.poll(None)
    os._exit(1)


def _make_portable(error: Exception) -> Exception:
    """Return an error that the parent process can raise; not every error survives a pickle."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 (made here)
    except Exception:  # noqa: BLE001 (whatever its own methods raise)
        return ChildProcessError(f"{type(error).__name__}: {error}")
    return error


def _receive(receiver: Connection) -> Any:
    try:
        value, error = pickle.loads(receiver.recv_bytes())  # noqa: S301 (our own child's)
    except EOFError as end:
        raise ChildProcessError("a worker process ended before its work was done") from end
    if error is not None:
        raise error
    return value
