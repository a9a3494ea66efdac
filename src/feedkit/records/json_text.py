"""JSON text to records and the lines that they begin on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from .native import is_record
from .yaml_text import YamlError, load_with_pyyaml

_SPACE = re.compile(r"[\s,:]*")


class JsonError(Exception):
    """Text that is not JSON: the reason, and its line counted from 1."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.reason, self.line = reason, line


class JsonRecords:
    """The records of a file that holds one, a list of them, or ``{"value": [...]}``.

    One that repeats a key has a JsonError among the `values`.

    Raises:
        JsonError: It is no JSON, or is nested too deep.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        repeated = None
        try:
            value = _decode(text, _STRICT)
        except _RepeatedKeyError as error:
            repeated, value = error, _decode(text, _LENIENT)
        listed = value
        if isinstance(value, dict) and not is_record(value):  # which may hold any key besides
            listed = value.get("value")
        self._is_list = isinstance(listed, list)
        self.values: list[object] = listed if isinstance(listed, list) else [value]
        if repeated:
            self.values = self._check_each(repeated)

    def locate(self, index: int) -> tuple[str, int]:
        """Return the text of one record and the line on which it begins."""
        if not self._is_list:
            return self._text, 1
        try:
            start, end, line = self._places[index]
        except RecursionError:  # read just so, and asked for from a deeper place
            return "", 1
        return self._text[start:end], line

    def _check_each(self, repeated: _RepeatedKeyError) -> list[object]:
        """Return the records again, so that one that repeats a key does not cost the others."""
        try:
            values = [self._check(index) for index in range(len(self.values))]
        except (ValueError, IndexError):  # the list itself stands twice
            values = []
        if not any(isinstance(value, JsonError) for value in values):
            raise JsonError(repeated.reason, 1) from repeated
        return values

    def _check(self, index: int) -> object:
        block, line = self.locate(index)
        try:
            return _STRICT.decode(block)
        except _RepeatedKeyError as error:
            return JsonError(error.reason, line - 1 + _find_repeated(block))

    @cached_property
    def _places(self) -> list[tuple[int, int, int]]:
        return list(self._find_places())

    def _find_places(self) -> Iterator[tuple[int, int, int]]:
        place, above, line = _find_list(self._text), 0, 1
        for _ in self.values:
            start = _skip_space(self._text, place)
            line += self._text.count("\n", above, start)
            _, place = _LENIENT.raw_decode(self._text, start)
            yield start, place, line
            above = start


class _RepeatedKeyError(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.reason = f"duplicate mapping key: {key!r}"


def _make_mapping(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _RepeatedKeyError(_find_second(key for key, _ in pairs))
    return found


def _find_second(keys: Iterable[str]) -> str:
    """Return the first key that stood before."""
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            break
        seen.add(key)
    return key


_STRICT = json.JSONDecoder(object_pairs_hook=_make_mapping)
_LENIENT = json.JSONDecoder()


def _decode(text: str, decoder: json.JSONDecoder) -> object:
    try:
        return decoder.decode(text)
    except json.JSONDecodeError as error:
        raise JsonError(error.msg, error.lineno) from error
    except RecursionError as error:
        raise JsonError("nested too deep", 1) from error
    except ValueError as error:
        raise JsonError("a number of too many digits", 1) from error


def _find_list(text: str) -> int:
    """Return where the first record of a list begins, in a text that is known to hold one."""
    start = _skip_space(text, 0)
    key, place = "value" if text[start] == "[" else "", start + 1
    while key != "value":
        key, place = _LENIENT.raw_decode(text, _skip_space(text, place))
        start = _skip_space(text, place)
        _, place = _LENIENT.raw_decode(text, start)
    return start + 1


def _find_repeated(block: str) -> int:
    """Return the line of the key that stands twice; JSON is YAML but for tabs."""
    try:
        load_with_pyyaml(block.replace("\t", " "))
    except YamlError as error:
        return max(error.line, 1)
    return 1


def _skip_space(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    return match.end() if match else place
