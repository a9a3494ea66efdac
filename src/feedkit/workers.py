"""One function over several parts, each in a process of its own where the system can fork."""

from __future__ import annotations

import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

_PROTOCOL = pickle.HIGHEST_PROTOCOL
#: Elements of a list that are sent at once.
_PIECE = 4096

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def run_parts(function: Callable[[_In], _Out], parts: Sequence[_In]) -> list[_Out]:
    """Return what `function` makes of each part, in order.

    The first part is done in this process. A forked child inherits its part, so that neither
    it nor the function needs to travel; results do. Without fork all is done here.

    Raises:
        Exception: What the function raised, from the first part that failed.
    """
    if len(parts) < 2 or not hasattr(os, "fork"):
        return [function(part) for part in parts]
    import multiprocessing  # 10 ms that a small build saves

    context = multiprocessing.get_context("fork")
    children: list[tuple[BaseProcess, Connection]] = []
    alive = context.Pipe(duplex=False)
    try:
        with _hold_signals() as mask:
            for part in parts[1:]:
                receiver, sender = context.Pipe(duplex=False)
                arguments = (function, part, mask, alive, sender)
                child: BaseProcess = context.Process(target=_answer, args=arguments, daemon=True)
                child.start()
                sender.close()  # so that a child that dies is an end of file here
                children.append((child, receiver))
        results = [function(parts[0])]
        results += [_receive(receiver) for _, receiver in children]
    except BaseException:  # the user's Ctrl-C too, of which children know nothing
        for child, _ in children:
            child.terminate()
        raise
    finally:
        for child, receiver in children:
            receiver.close()
            child.join()
        for end in alive:
            end.close()
    return results


@contextmanager
def _hold_signals() -> Iterator[set[signal.Signals]]:
    """Keep signals waiting, so that each finds all children started, and ready for it."""
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
    value, failure = None, None
    try:
        value = function(part)
    except Exception as error:  # noqa: BLE001 (raised again in the parent)
        failure = _make_portable(error)
    with suppress(BrokenPipeError):  # the parent failed first
        # A long list goes piece by piece, or all of it would be in memory three times.
        while isinstance(value, list) and len(value) > _PIECE:
            sender.send_bytes(pickle.dumps((value[:_PIECE], None, True), _PROTOCOL))
            del value[:_PIECE]
        sender.send_bytes(pickle.dumps((value, failure, False), _PROTOCOL))


def _end_with_parent(alive: Connection) -> None:
    """Wait for the end of file that is the parent's death: a lock that it held is ours too."""
    alive.poll(None)
    os._exit(1)


def _make_portable(error: Exception) -> Exception:
    """Return what the parent can raise: not every error comes out of a pickle as it went in."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 (made here)
    except Exception:  # noqa: BLE001 (whatever its own methods raise)
        return ChildProcessError(f"{type(error).__name__}: {error}")
    return error


def _receive(receiver: Connection) -> Any:
    pieces: list[Any] = []
    goes_on = True
    while goes_on:
        try:
            value, error, goes_on = pickle.loads(receiver.recv_bytes())  # noqa: S301 (our child's)
        except EOFError as end:
            raise ChildProcessError("a worker process ended before its work was done") from end
        if error is not None:
            raise error
        if goes_on or pieces:
            pieces += value
    return pieces or value
