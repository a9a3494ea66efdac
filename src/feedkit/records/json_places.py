"""Places in a text of JSON, found without reading its values: for errors, and for bad records.

No function here recurses, and each is linear in the length of the text. What is no JSON gives
a ValueError or a place that means little; the decoder has said then what is wrong with it.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from typing import NamedTuple

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
    #: Where the key stands, or the item.
    start: int
    #: Where its value begins and ends.
    value: int
    end: int


def skip_space(text: str, place: int) -> int:
    """Return the first place from `place` on that is no white space."""
    match = _SPACE.match(text, place)
    return match.end() if match else place


def skip_value(text: str, place: int) -> int:
    """Return where the value that begins at `place` ends, however deep it is.

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
    """Return the first key that stands twice in its object, and its line counted from 1."""
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
