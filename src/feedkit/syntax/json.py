"""JSON text parsed to records, and the positions of values in JSON text.

Positions are found without decoding any value: they serve error messages and damaged records. No
function that finds them recurses, and each is linear in the length of the text. For text that is
not JSON they raise ValueError or return a position of little use; the decoder reports the error.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from typing import NamedTuple

from ..limits import RECORD_BYTES

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
    """Yield the start, the end and the first line of each record of a list.

    They end where the text is no JSON; there are none if it has no list.
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
    """Return the position of the list of records.

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


_SPACE = re.compile(r"[ \t\n\r]*+")
_TEXT = r'"(?:[^"\\]++|\\.)*+"'
_STRING = re.compile(_TEXT, re.DOTALL)
_SCALAR = re.compile(r'[^\s,:"\[\]{}]++')
#: The next bracket outside of texts.
_BRACKET = re.compile(rf'(?:[^"\[\]{{}}]++|{_TEXT})*+([\[\]{{}}])', re.DOTALL)
#: The next bracket or key, and any other text.
_MARK = re.compile(rf"({_TEXT})(?:{_SPACE.pattern}(:))?|[\[\]{{}}]", re.DOTALL)


class Member(NamedTuple):
    """A member of an object or an item of a list; an item has no key."""

    key: str
    start: int
    """Where the key stands, or the item."""
    value: int
    """Where its value begins and ends."""
    end: int


def skip_space(text: str, place: int) -> int:
    """Return the first place from `place` on that is no white space."""
    match = _SPACE.match(text, place)
    return match.end() if match else place


def skip_value(text: str, place: int) -> int:
    """Return the end of the value that begins at `place`, however deep it is.

    Raises:
        ValueError: None begins there, or it does not end.
    """
    if text[place : place + 1] not in ("[", "{"):
        match = (_STRING if text[place : place + 1] == '"' else _SCALAR).match(text, place)
        return _need(match).end()
    depth = 0
    while True:
        match = _need(_BRACKET.match(text, place))
        place = match.end()
        depth += 1 if match[1] in "[{" else -1
        if not depth:
            return place


def iterate_members(text: str, place: int) -> Iterator[Member]:
    """Yield the members of the object, or the items of the list, that begins at `place`.

    Raises:
        ValueError: It is no JSON, or ends in the middle.
    """
    is_object = text[place] == "{"
    place = skip_space(text, place + 1)
    while text[place : place + 1] not in ("]", "}"):
        start, key = place, ""
        if is_object:
            place = _need(_STRING.match(text, place)).end()
            key = read_key(text[start:place])
            place = skip_space(text, place)
            place = skip_space(text, place + 1)  # behind the colon
        end = skip_value(text, place)
        yield Member(key, start, place, end)
        place = skip_space(text, end)
        if text[place : place + 1] == ",":
            place = skip_space(text, place + 1)


def find_repeated(text: str) -> tuple[str, int]:
    """Return the first key that its object has twice, and its line counted from 1."""
    above: list[set[str]] = []
    for match in _MARK.finditer(text):
        if match[2] and above:
            key = read_key(match[1])
            if key in above[-1]:
                return key, text.count("\n", 0, match.start()) + 1
            above[-1].add(key)
        elif match[0] in ("[", "{"):
            above.append(set())
        elif match[0] in ("]", "}") and above:
            above.pop()
    return "", 1


class JsonLines:
    """The lines of the values in one text of JSON."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._members: dict[int, dict[str | int, Member]] = {}

    def find(self, path: Sequence[str | int], above: int = 0) -> int:
        """Return the line of the value at `path`, or of its nearest parent, counted from 1.

        Args:
            path: Keys and places from the top.
            above: Lines above the text.
        """
        start = value = skip_space(self._text, 0)
        with suppress(ValueError):  # of YAML that begins as JSON does
            for part in path:
                if part == 0 and self._text[value : value + 1] != "[":
                    continue  # a lone value stands for a list of one
                if (member := self._list_members(value).get(part)) is None:
                    break
                start, value = member.start, member.value
        return above + bisect_left(self._breaks, start) + 1

    def _list_members(self, place: int) -> dict[str | int, Member]:
        """Return the members of the object or list at `place`, by key or by their own places."""
        if place not in self._members:
            found: dict[str | int, Member] = {}
            if self._text[place : place + 1] in ("[", "{"):
                for index, member in enumerate(iterate_members(self._text, place)):
                    found.setdefault(member.key if self._text[place] == "{" else index, member)
            self._members[place] = found
        return self._members[place]

    @cached_property
    def _breaks(self) -> list[int]:
        return [match.start() for match in re.finditer("\n", self._text)]


def read_key(text: str) -> str:
    """Return the text of a JSON string in its quotes."""
    key: str = json.loads(text, strict=False) if "\\" in text else text[1:-1]
    return key


def _need(found: re.Match[str] | None) -> re.Match[str]:
    if found is None:
        raise ValueError("no JSON")
    return found
