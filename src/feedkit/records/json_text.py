"""JSON text to records and the lines that they begin on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cached_property

from ..limits import RECORD_BYTES
from .json_places import find_repeated, iterate_members, skip_space

#: Characters that are never too many bytes (RFC 3629: four at most).
_MIN_LONG = RECORD_BYTES // 4


class JsonError(Exception):
    """Text that is not JSON: the reason, and its line counted from 1."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.reason, self.line = reason, line


class JsonRecords:
    """The records of a file that holds one, a list of them, or ``{"value": [...]}``.

    One that cannot be decoded, though it is JSON, has a JsonError among the `values`: it repeats
    a key, is nested too deep, or has a number of too many digits.

    Args:
        text: The file.
        is_record: Whether one object is a record itself, and none that holds a list.

    Raises:
        JsonError: It is no JSON, or it is one record and cannot be decoded.
    """

    def __init__(self, text: str, is_record: Callable[[dict[str, object]], bool]) -> None:
        self._text = text
        failed: dict[int, JsonError] = {}
        try:
            value = _decode(text)
        except _ValueError as error:
            value, failed = _decode_each(text, error)
        listed = value
        if isinstance(value, dict) and not is_record(value):  # which may hold any key besides
            listed = value.get("value")
        self._is_list = isinstance(listed, list)
        self.values: list[object] = listed if isinstance(listed, list) else [value]
        for index, failure in {**failed, **dict(self._find_long())}.items():
            if not self._is_list:
                raise failure
            self.values[index] = failure

    def _find_long(self) -> Iterator[tuple[int, JsonError]]:
        """Yield the records that are too long, and their errors."""
        if len(self._text) <= _MIN_LONG:
            return
        places = self._places if self._is_list else [(0, len(self._text), 1)]
        for index, (start, end, line) in enumerate(places):
            if end - start > _MIN_LONG:
                size = len(self._text[start:end].encode("utf-8", "surrogatepass"))
                if size > RECORD_BYTES:
                    reason = f"expected at most {RECORD_BYTES:,} bytes of one record, got {size:,}"
                    yield index, JsonError(reason, line)

    def locate(self, index: int) -> tuple[str, int]:
        """Return the text of one record and the line on which it begins."""
        if not self._is_list:
            return self._text, 1
        start, end, line = self._places[index]
        return self._text[start:end], line

    @cached_property
    def _places(self) -> list[tuple[int, int, int]]:
        return list(_find_places(self._text))


class _ValueError(Exception):
    """A value that is JSON and cannot be decoded."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def locate(self, text: str, line: int = 1) -> JsonError:
        """Return the error of a text that begins on `line`."""
        if self.reason:
            return JsonError(self.reason, line)
        key, place = find_repeated(text)
        return JsonError(f"duplicate mapping key: {key!r}", line - 1 + place)


def _make_mapping(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _ValueError("")  # `locate` finds the key
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_make_mapping)


def _decode(text: str) -> object:
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise JsonError(error.msg, error.lineno) from error
    except RecursionError as error:
        raise _ValueError("nested too deep") from error
    except ValueError as error:
        raise _ValueError("a number of too many digits") from error


def _decode_each(text: str, error: _ValueError) -> tuple[object, dict[int, JsonError]]:
    """Return the value of a text without the records that cannot be decoded, and their errors.

    Args:
        text: What cannot be decoded as a whole.
        error: Why.

    Raises:
        JsonError: It is no JSON, or none of its records is to blame.
    """
    parts: list[str] = []
    failed: dict[int, JsonError] = {}
    above = 0
    for index, (start, end, line) in enumerate(_find_places(text)):
        try:
            _decode(text[start:end])
        except _ValueError as own:
            failed[index] = own.locate(text[start:end], line)
            lines = "\n" * text.count("\n", start, end)
            parts += text[above:start], "null", lines
            above = end
        except JsonError:  # of which the whole text says the line
            continue
    try:
        if failed:
            return _decode("".join((*parts, text[above:]))), failed
    except _ValueError as own:
        error = own
    raise error.locate(text)


def _find_places(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield where each record of a list begins and ends, and on which line it begins.

    They end where the text is no JSON; there are none where it has no list.
    """
    above, line = 0, 1
    try:
        for member in iterate_members(text, _find_list(text)):
            line += text.count("\n", above, member.value)
            above = member.value
            yield member.value, member.end, line
    except (ValueError, IndexError):
        return


def _find_list(text: str) -> int:
    """Return where the list of records begins.

    Raises:
        ValueError: There is none.
    """
    start = skip_space(text, 0)
    if text[start] == "[":
        return start
    for member in iterate_members(text, start):
        if member.key == "value" and text[member.value] == "[":
            return member.value
    raise ValueError("no list")
