"""A decoder's complaint in the words of an error. Pure."""

from __future__ import annotations

import re

_TYPES = {
    "int": "a whole number",
    "float": "a number",
    "str": "text in quotes",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "null": "nothing",
}


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
        return key, "less", f"{least[1]} or more"
    return key, found, ""
