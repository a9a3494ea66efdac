"""JSON text to records and the lines that they begin on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cached_property

_SPACE = re.compile(r"[\s,]*")
_LIST = re.compile(r'\s*(?:\{.*?"value"\s*:\s*)?\[', re.DOTALL)


class JsonError(Exception):
    """Text that is not JSON: the reason, and its line counted from 1."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.reason, self.line = reason, line


class JsonRecords:
    """The records of a file that holds one, a list of them, or ``{"value": [...]}``."""

    def __init__(self, text: str) -> None:
        self._text = text
        value = load_json(text)
        listed = value.get("value") if isinstance(value, dict) else value
        self._is_list = isinstance(listed, list)
        self.values: list[object] = listed if isinstance(listed, list) else [value]

    def locate(self, index: int) -> tuple[str, int]:
        """Return the text of one record and the line on which it begins."""
        if not self._is_list:
            return self._text, 1
        start, end = self._places[index]
        return self._text[start:end], self._text.count("\n", 0, start) + 1

    @cached_property
    def _places(self) -> list[tuple[int, int]]:
        return list(self._find_places())

    def _find_places(self) -> Iterator[tuple[int, int]]:
        opening = _LIST.match(self._text)
        place = opening.end() if opening else 0
        for _ in self.values:
            start = _end(_SPACE.match(self._text, place), place)
            _, place = _DECODER.raw_decode(self._text, start)
            yield start, place


def load_json(text: str) -> object:
    """Return the value of a JSON text.

    Raises:
        JsonError: It is no JSON, repeats a key, or is nested too deep.
    """
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise JsonError(error.msg, error.lineno) from error
    except _RepeatedKeyError as error:
        raise JsonError(f"duplicate mapping key: {error}", _find_key(text, error.key)) from error
    except RecursionError as error:
        raise JsonError("nested too deep", 1) from error


class _RepeatedKeyError(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(repr(key))
        self.key = key


def _make_mapping(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _RepeatedKeyError(next(key for key in keys if keys.count(key) > 1))
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_make_mapping)


def _find_key(text: str, key: str) -> int:
    places = [match.start() for match in re.finditer(re.escape(json.dumps(key)) + r"\s*:", text)]
    return text.count("\n", 0, places[1]) + 1 if len(places) > 1 else 1


def _end(match: re.Match[str] | None, default: int) -> int:
    return match.end() if match else default
