"""Where records come from, as users say it: paths, or Articles."""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import chain
from typing import TypeAlias

from .model import Article

Source: TypeAlias = "str | os.PathLike[str] | Iterable[str | os.PathLike[str] | Article]"
"""A folder or file, several of them, or Articles."""

_WANTED = "source: expected paths or Articles"


def split_source(source: Source) -> tuple[list[str], Iterable[Article]]:
    """Return the paths of `source` and its Articles, of which there is one or the other.

    Raises:
        TypeError: It holds something else.
    """
    if isinstance(source, str | os.PathLike):
        return [os.fspath(source)], ()
    try:
        items = iter(source)
    except TypeError:
        raise TypeError(f"{_WANTED}, got one {type(source).__name__}") from None
    first = next(items, None)
    if isinstance(first, str | os.PathLike):
        return [_check_path(item) for item in chain((first,), items)], ()
    return [], () if first is None else map(_check_article, chain((first,), items))


def _check_path(item: object) -> str:
    if not isinstance(item, str | os.PathLike):
        raise TypeError(f"{_WANTED}, got {_name_kind(item)} among paths")
    return os.fspath(item)


def _check_article(item: object) -> Article:
    if not isinstance(item, Article):
        raise TypeError(f"{_WANTED}, got {_name_kind(item)}")
    return item


def _name_kind(item: object) -> str:
    return type(item).__name__
