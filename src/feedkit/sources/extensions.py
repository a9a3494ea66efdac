"""Extension objects of JSON Feed items, from a record's own fields or an Article's `extensions`.

Only fields that the settings name are read (JSON Feed 1.1, Extensions: custom objects).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime, tzinfo

from ..limits import EXTENSIONS_CHARACTERS, EXTENSIONS_LEVELS
from ..syntax.values import FieldError, Path, describe, make_scalar, take_text
from ..text.plain import clean_block
from .coercion import ReadSettings
from .dates import read_date


def read_extensions(values: Mapping[str, object], settings: ReadSettings) -> dict[str, object]:
    """Return the own fields that the settings name and the record has.

    Raises:
        FieldError: One holds what JSON cannot, or all hold too much.
    """
    reader = _Reader(settings.zone)
    found: dict[str, object] = {}
    for name, key in settings.extensions.items():
        if isinstance(key, str):
            value = reader.read(values.get(key), (key,))
        else:
            own = {inner: reader.read(values.get(key[inner]), (key[inner],)) for inner in key}
            value = {inner: one for inner, one in own.items() if one is not None} or None
        if value is not None:
            found[name] = value
    return found


def check_extensions(extensions: object, zone: tzinfo) -> dict[str, object]:
    """Return what an Article made by hand says besides.

    Raises:
        FieldError: It is no mapping, a key is not one, or it holds what JSON cannot.
    """
    if not isinstance(extensions, Mapping):
        raise FieldError(("extensions",), describe(extensions), "a mapping of fields")
    found: dict[str, object] = {}
    reader = _Reader(zone)
    for name, value in extensions.items():
        key = take_text(name)
        if key is None or not key.startswith("_"):
            raise FieldError(("extensions",), describe(name), "keys that begin with _")
        if key == "_feedkit":
            raise FieldError(("extensions",), describe(key), "another key: feedkit writes that one")
        found[clean_block(key)] = reader.read(value, ("extensions", key))
    return found


class _Reader:
    """Makes JSON of an article's own fields, and counts how much there is of it."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        #: Counted before anything is copied: a small record may name one list a million times.
        self._left = EXTENSIONS_CHARACTERS

    def read(self, value: object, path: Path, depth: int = 0) -> object:
        """Return `value` of what JSON and MessagePack both have: it travels as one to the other."""
        self._spend(1, path, depth)
        if not isinstance(value, list | tuple | Mapping):
            value = make_scalar(value)
        if isinstance(value, str):
            self._spend(len(value), path, depth)
            return clean_block(value)
        if isinstance(value, list | tuple):
            self._check_depth(value, path, depth)
            return [self.read(one, (*path, place), depth + 1) for place, one in enumerate(value)]
        if isinstance(value, Mapping):
            return self._read_mapping(value, path, depth)
        if isinstance(value, float) and not math.isfinite(value):
            raise FieldError(path, describe(value), "a number that JSON has")
        if isinstance(value, int) and not -(2**63) <= value < 2**64:
            raise FieldError(path, describe(value), "a number of at most 64 bits")
        if isinstance(value, int | float) and not isinstance(value, bool):
            return int(value) if isinstance(value, int) else float(value)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, date):
            return self._read_date(value, path)
        raise FieldError(path, describe(value), "what JSON can hold")

    def _read_mapping(
        self, value: Mapping[object, object], path: Path, depth: int
    ) -> dict[str, object]:
        self._check_depth(value, path, depth)
        found = {}
        for name, one in value.items():
            key = take_text(name)
            if key is None:
                raise FieldError(path, describe(value), "what JSON can hold")
            self._spend(len(key), path, depth)
            found[clean_block(key)] = self.read(one, (*path, key), depth + 1)
        return found

    def _check_depth(self, value: object, path: Path, depth: int) -> None:
        if depth >= EXTENSIONS_LEVELS:
            own = path[: len(path) - depth]
            raise FieldError(own, describe(value), f"at most {EXTENSIONS_LEVELS} levels")

    def _spend(self, count: int, path: Path, depth: int) -> None:
        self._left -= count
        if self._left < 0:
            wanted = f"own fields of at most {EXTENSIONS_CHARACTERS} characters in all"
            raise FieldError(path[: len(path) - depth], "more", wanted)

    def _read_date(self, value: date, path: Path) -> str:
        """Return a day, or an instant in UTC, as RFC 3339, 5.6 has it."""
        if not isinstance(value, datetime):
            return value.isoformat()
        try:
            instant, _ = read_date(value, self._zone)
        except ValueError as error:
            raise FieldError(path, describe(value), str(error)) from error
        return instant.isoformat()[:19] + "Z"
