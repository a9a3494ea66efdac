"""YAML, TOML, JSON and front matter, parsed to plain values with the line of each.

Takes text, returns mappings, lists and scalars. The only room of the YAML, TOML and front-matter
parsers. `syntax` itself has the errors of single fields, error messages of msgspec reworded as
feedkit words its own, and the conversion of Python values to the exact types that parsers return.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Literal, NamedTuple, get_args, get_origin

import msgspec

from ..errors import show
from ..text import clean_text

Path = tuple[str | int, ...]
"""Where a field stands: ``("related", 1, "webUrl")``."""


class FieldError(Exception):
    """A field that cannot be used: its path, what was found and what was expected."""

    def __init__(self, path: Path, found: str, wanted: str) -> None:
        super().__init__(found, wanted)
        self.path, self.found, self.wanted = path, found, wanted

    @property
    def field(self) -> str:
        """The path as people write it: ``related[1].webUrl``."""
        parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path)
        return "".join(parts).lstrip(".")


def describe(value: object) -> str:
    """Return `value` in words for an error, whatever it is."""
    return clean_text(show(value))


class Real(NamedTuple):
    """The standard library's classes: while freezegun is active, names in modules mean its own."""

    datetime: type[datetime]
    date: type[date]


REAL = Real(
    *(next(k for k in kind.__mro__ if k.__module__ == "datetime") for kind in (datetime, date))
)
_EXACT = frozenset((str, int, float, bool, type(None), bytes, set, frozenset, *REAL))
#: Lazy texts that are no ``str``, by the module and the name of a class that they have.
_LAZY = frozenset(
    (
        ("django.utils.functional", "Promise"),
        ("babel.support", "LazyProxy"),
        ("flask_babel.speaklater", "LazyString"),
        ("speaklater", "_LazyString"),
    )
)
#: Levels of lists and mappings that are looked into; an Article has five.
_DEEPEST = 5


class Unusable:
    """Replaces a value that cannot be used, whose own methods are not called again."""

    def __init__(self, value: object) -> None:
        self._shown = show(value)

    def __repr__(self) -> str:
        return self._shown


def take_text(value: object) -> str | None:
    """Return the text that `value` is, None if it is none."""
    plain = make_plain(value)
    return plain if isinstance(plain, str) else None


def make_scalar(value: object) -> object:
    """Return `value` in an exact type, an `Unusable` for a list or a mapping too."""
    return make_plain(value, _DEEPEST)


def make_plain(value: object, depth: int = 0) -> object:
    """Return `value` in exact types; values of no use become `Unusable`.

    Args:
        value: Anything.
        depth: Levels of lists and mappings that it stands in.
    """
    if type(value) in _EXACT:
        return value
    try:
        return _convert(type(value), value, depth)
    except Exception:  # noqa: BLE001 (whatever its methods raise)
        return Unusable(value)


def _convert(kind: type, value: Any, depth: int) -> object:
    # By the type itself: a proxy may claim to be of any class, and fail when it is used so.
    for scalar, convert in _SCALARS:
        if issubclass(kind, scalar):
            return convert(value)
    if depth < _DEEPEST:
        if issubclass(kind, list | tuple):
            return [make_plain(one, depth + 1) for one in value]
        if issubclass(kind, Mapping):
            pairs = value.items()
            return {make_plain(key): make_plain(one, depth + 1) for key, one in pairs}
        if issubclass(kind, msgspec.Struct):
            names = kind.__struct_fields__
            return {name: make_plain(getattr(value, name), depth + 1) for name in names}
    if any((one.__module__, one.__name__) in _LAZY for one in kind.__mro__):
        return str.__str__(str(value))
    return Unusable(value)


def _convert_datetime(value: datetime) -> datetime | None:
    """Return an instant of the standard library's own class, None for pandas' ``NaT``."""
    if value.year != value.year:  # not a number
        return None
    return REAL.datetime(
        value.year,
        value.month,
        value.day,
        value.hour,
        value.minute,
        value.second,
        value.microsecond,
        value.tzinfo,
        fold=value.fold,
    )


_SCALARS: tuple[tuple[type, Callable[[Any], object]], ...] = (
    (str, str.__str__),
    (int, int.__int__),
    (float, float.__float__),
    (REAL.datetime, _convert_datetime),
    (REAL.date, lambda day: REAL.date(day.year, day.month, day.day)),
    (set, lambda _: set()),
    (frozenset, lambda _: set()),
)


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
    """Return the key, what was found and what was expected.

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
    """Return the key, what was found and what was expected, for an unknown setting."""
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
