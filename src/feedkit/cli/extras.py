"""What only some commands need, and not everybody has installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import FeedkitError

#: The packages of each extra: no package index has this project, so that to name the extra of an
#: installed one would install nothing.
EXTRAS = {
    "doctor": ("httpx", "jsonschema"),
    "serve": ("starlette", "uvicorn"),
    "watch": ("watchfiles",),
}


@contextmanager
def need_extra(name: str) -> Iterator[None]:
    """Raise what says how to install what the block's imports do not find.

    Raises:
        FeedkitError: There is something to install.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        advice = f"pip install {' '.join(EXTRAS[name])}"
        raise FeedkitError(f"{error.name} is not installed: {advice}") from error
