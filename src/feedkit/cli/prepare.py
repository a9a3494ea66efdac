"""`--prepare module:function`, imported and made safe to call; optional packages."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from importlib import import_module
from operator import attrgetter
from types import ModuleType
from typing import TYPE_CHECKING

from ..errors import FeedkitError
from ..models import Article
from .output import StopSignal

if TYPE_CHECKING:
    from ..build.indexing import Prepare


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
    """Return what changes whenever the function that `name` names does.

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
    """Raise a PrepareError for whatever the user's code raises, but for what ends the command."""
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
    """Raise what says how to install what the block's imports do not find.

    Raises:
        FeedkitError: There is something to install.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        advice = f"pip install {' '.join(EXTRAS[name])}"
        raise FeedkitError(f"{error.name} is not installed: {advice}") from error
