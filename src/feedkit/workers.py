"""One function over several parts, each in a process of its own where the system can fork."""

from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, TypeVar

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def run_parts(function: Callable[[_In], _Out], parts: Sequence[_In]) -> list[_Out]:
    """Return what `function` makes of each part, in order.

    The first part is done in this process. A forked child inherits its part, so that neither
    it nor the function needs to travel; results do. Without fork all is done here.

    Raises:
        Exception: What the function raised, from the first part that failed.
    """
    if len(parts) < 2 or "fork" not in multiprocessing.get_all_start_methods():
        return [function(part) for part in parts]
    context = multiprocessing.get_context("fork")
    children = []
    for part in parts[1:]:
        receiver, sender = context.Pipe(duplex=False)
        child = context.Process(target=_answer, args=(function, part, sender), daemon=True)
        child.start()
        sender.close()  # so that a child that dies is an end of file here
        children.append((child, receiver))
    try:
        results = [function(parts[0])]
        results += [_receive(receiver) for _, receiver in children]
    finally:
        for child, receiver in children:
            receiver.close()  # a child that is still writing ends here
            child.join()
    return results


def _answer(function: Callable[[Any], Any], part: Any, sender: Connection) -> None:
    answer: tuple[Any, Exception | None]
    try:
        answer = (function(part), None)
    except Exception as error:  # noqa: BLE001 (raised again in the parent)
        answer = (None, _make_portable(error))
    with suppress(BrokenPipeError):  # the parent failed first
        sender.send_bytes(pickle.dumps(answer, pickle.HIGHEST_PROTOCOL))


def _make_portable(error: Exception) -> Exception:
    """Return what the parent can raise: not every error comes out of a pickle as it went in."""
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
