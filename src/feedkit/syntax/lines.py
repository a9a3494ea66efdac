"""Line numbers of values in YAML, JSON and TOML text, for error messages."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cached_property

import yaml

from ..limits import LOCATED_CHARACTERS
from . import Path
from .pyyaml import compose_yaml
from .yaml import YamlError


class Lines:
    """The line numbers of the values of one text.

    PyYAML's tree of nodes costs a hundred times what reading the values does,
    and is made once, when the first line is asked for.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._pairs: dict[int, dict[object, tuple[yaml.Node, yaml.Node]]] = {}

    def find(self, path: Sequence[str | int], above: int = 0) -> int:
        """Return the line of the value at `path`, or of its nearest parent.

        Args:
            path: Keys and places from the top.
            above: Lines above the text.

        Returns:
            Counted from 1; 0 in a text that is too long.
        """
        if len(self._text) > LOCATED_CHARACTERS:
            return 0
        line = 1
        for found in self._walk(path):
            line = found
        return above + line

    @cached_property
    def _root(self) -> yaml.Node | None:
        try:
            return compose_yaml(self._text.replace("\t", " "))  # with which JSON may be indented
        except (YamlError, ValueError, RecursionError):
            return None

    def _walk(self, path: Sequence[str | int]) -> Iterator[int]:
        node: yaml.Node | None = self._root
        for part in path:
            if part == 0 and not isinstance(node, yaml.SequenceNode):
                continue  # a lone value stands for a list of one
            if isinstance(node, yaml.MappingNode):
                if (pair := self._index_pairs(node).get(part)) is None:
                    return
                yield pair[0].start_mark.line + 1
                node = pair[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
                if part >= len(node.value):
                    return
                node = node.value[part]
                yield node.start_mark.line + 1
            else:
                return

    def _index_pairs(self, node: yaml.MappingNode) -> dict[object, tuple[yaml.Node, yaml.Node]]:
        """Return the pairs of a mapping by key, the first of those that repeat one."""
        if id(node) not in self._pairs:
            scalars = (pair for pair in reversed(node.value) if isinstance(pair[0].value, str))
            self._pairs[id(node)] = {pair[0].value: pair for pair in scalars}
        return self._pairs[id(node)]


"""Names of tables and keys; the places of tables in arrays."""

_STRING = (
    r'"""(?:[^\\]|\\[\s\S])*?"{3,5}'
    r"|'''[\s\S]*?'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
)
_NAME = re.compile(r'[\w-]+|"(?:[^"\\]|\\.)*"|\'[^\']*\'')
_NAMES = rf"(?:{_NAME.pattern})(?:[ \t]*\.[ \t]*(?:{_NAME.pattern}))*"
_STATEMENT = re.compile(rf"(?:(\[\[?)[ \t]*)?({_NAMES})[ \t]*(?:\]\]?|=)")
_BLANK = re.compile(r"(?:\s|#[^\n]*)*")
_TOKEN = re.compile(rf"{_STRING}|#[^\n]*|[^\"'#\[\]{{}}\n]+|[\s\S]")


def find_line(text: str, key: str) -> int:
    """Return the line in which `key` is set, or else that of the nearest table above it.

    Args:
        text: Valid TOML.
        key: As errors write it: ``feeds.limit``, ``topics."C#".images[1].url``.

    Returns:
        Counted from 1; 0 if nothing of it stands there.
    """
    lines: dict[str, int] = {}
    for path, line in _list_statements(text):
        for end in range(1, len(path) + 1):
            lines.setdefault(_write_path(path[:end]), line)
    key = _strip_quotes(key)
    while key and key not in lines:
        key = key[: max(key.rfind("."), key.rfind("["), 0)]
    return lines.get(key, 0)


def _write_path(path: Path) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return _strip_quotes("".join(parts)[1:])


def _strip_quotes(key: str) -> str:
    """Return a key without quotes, which errors write otherwise than files do."""
    return re.sub("[\"']", "", key)


def _list_statements(text: str) -> Iterator[tuple[Path, int]]:
    """Yield the path and line of every table header and every key."""
    above, line, last = Path(), 1, 0
    arrays: dict[Path, int] = {}
    place = _skip_blank(text, 0)
    while statement := _STATEMENT.match(text, place):
        brackets, names = statement.groups()
        line, last = line + text.count("\n", last, place), place
        path = _read_names(names)
        if brackets:
            path = _number_arrays(path, arrays, is_next=brackets == "[[")
            above, place = path, statement.end()
        else:
            path, place = (*above, *path), _skip_value(text, statement.end())
        yield path, line
        place = _skip_blank(text, place)


def _number_arrays(path: Path, arrays: dict[Path, int], *, is_next: bool) -> Path:
    """Return the path of a head with the place of each array's table that it is in."""
    found = Path()
    for end, part in enumerate(path, 1):
        found = (*found, part)
        if is_next and end == len(path):
            arrays[found] = arrays.get(found, -1) + 1
        if found in arrays:
            found = (*found, arrays[found])
    return found


def _read_names(names: str) -> Path:
    parts = _NAME.findall(names)
    return tuple(tomllib.loads(f"x = {p}")["x"] if p[0] in "\"'" else p for p in parts)


def _skip_blank(text: str, place: int) -> int:
    blank = _BLANK.match(text, place)
    return blank.end() if blank else place


def _skip_value(text: str, place: int) -> int:
    depth = 0
    while token := _TOKEN.match(text, place):
        if token[0] == "\n" and not depth:
            break
        depth += (token[0] in "[{") - (token[0] in "]}")
        place = token.end()
    return place
