"""Error messages of msgspec, reworded as feedkit words its own. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, get_args, get_origin

_TYPES = {
    "int": "a whole number",
    "float": "a number",
    "str": "text in quotes",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "null": "nothing",
}

LESS = "less"
"""What was found if a number is too small: the complaint does not say which number."""


def explain(reason: str) -> tuple[str, str, str]:
    """Return the key, what was found and what was wanted.

    Args:
        reason: The text of a ``msgspec.ValidationError``.
    """
    found, mark, where = reason.rpartition(" - at `$")
    if not mark:
        found, where = reason, ""
    key = where.rstrip("`").lstrip(".")
    if missing := re.fullmatch("Object missing required field `(.*)`", found):
        return f"{key}.{missing[1]}".lstrip("."), "nothing", "a value"
    if types := re.fullmatch(r"Expected `([a-z |]+)`, got `([a-z]+)`", found):
        kinds = types[1].replace("array", "a list in brackets").split(" | ")
        wanted = " or ".join(_TYPES.get(kind, kind) for kind in kinds)
        return key, _TYPES.get(types[2], types[2]), wanted
    if least := re.fullmatch(r"Expected `int` >= (\d+)", found):
        return key, LESS, f"{least[1]} or more"
    return key, found, ""


def name_unknown(section: str, name: str, known: list[str]) -> tuple[str, str, str]:
    """Return the key, what was found and what was wanted of a name that is no setting."""
    from difflib import get_close_matches  # which few runs need

    near = get_close_matches(name, known, 1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{section}.{name}".lstrip("."), f"no such setting{hint}", ""


def list_words(kind: object, place: str) -> Iterator[str]:
    """Yield the words that a type allows for a value, or for its ``key`` or ``member``."""
    origin, args = get_origin(kind), get_args(kind)
    if origin is Literal:
        yield from () if place else args
    elif origin in (dict, tuple):
        own = args[origin is dict and place != "key"]
        yield from list_words(own, "") if place else ()
    else:
        for one in args:
            yield from list_words(one, place)
