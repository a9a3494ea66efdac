"""What only some commands need, and not everybody has installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import FeedkitError


@contextmanager
def need_extra(name: str) -> Iterator[None]:
    """Raise what says how to install what the block's imports do not find.

    Raises:
        FeedkitError: There is something to install.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        advice = f"pip install 'feedkit-publisher[{name}]'"
        raise FeedkitError(f"{error.name} is not installed: {advice}") from error
