"""Fields that can still be read in text that does not parse.

A record with a syntax error may still withhold its address. No function here raises, and text
that can be read in two ways is read in both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

Field: TypeAlias = tuple[str, object]
"""A key of a record and its value; a key that stands twice is two fields."""

#: A key in quotes or not, as YAML, JSON and TOML write it, and what stands behind it.
_LINE = re.compile(
    r"""(?P<edge>[ \t]*)(["']?)(?P<key><<|\w[\w -]{0,60}?)\2[ \t]*[:=](?P<value>.*)"""
)
_INDENTATION = re.compile(r"^[ ]*(?=[^\s#])", re.MULTILINE)
#: What may stand before a YAML value: an anchor, a tag, the sign of a text of several lines.
_MARKS = re.compile(r"(?:[&!][^\s,\[\]{}]*[ \t]+|[|>][0-9+-]*[ \t]*(?=#|$))+")
_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)
# Of JSON: a text ends at a quote behind which a value may end, and before one that begins a key,
# so that one that is not escaped, or missing, does not turn texts inside out.
_KEY_BEHIND = r"""(?![\w-]{1,60}["']\s*:)"""
_END_BEHIND = r"\s*(?:[,:}\]\n]|\Z)"
_TOKEN = re.compile(
    r"(?P<open>[{\[])|(?P<close>[}\]])|(?P<comma>,)|(?P<colon>:)"
    rf"""|"(?P<text>(?:[^"\\\n]|\\.|"(?!{_END_BEHIND}){_KEY_BEHIND})*)(?:"{_KEY_BEHIND})?"""
    rf"""|'(?P<other>(?:[^'\\\n]|\\.|'(?!{_END_BEHIND}){_KEY_BEHIND})*)(?:'{_KEY_BEHIND})?"""
    r"""|(?P<bare>[^\s{}\[\],:"'](?:[^\s{}\[\],:]|:(?=//))*)"""
)
#: Brackets around what a record holds: its own, and those of lists and ``{"value": [...]}``.
_DEEPEST = 5
_WORDS: dict[str, object] = {"true": True, "false": False, "null": None, "none": None, "~": None}


def scan_lines(block: str) -> list[Field]:
    r"""Return the fields at the left edge of front matter.

    Args:
        block: Lines of YAML, or of TOML, that end with ``\n``.
    """
    if block.lstrip().startswith(("{", "[")):
        return [field for fields in scan_json(block) for field in fields]
    first = _INDENTATION.search(block)
    edge = len(first[0]) if first else 0
    found: list[tuple[str, list[str]]] = []
    for line in block.split("\n"):
        match = _LINE.match(line)
        # YAML is not indented with tabs: nobody can tell how deep these lines stand.
        if match and (len(match["edge"]) <= edge or "\t" in match["edge"]):
            found.append((match["key"], [match["value"]]))
        elif found and (line[:1].isspace() or line.startswith("- ")):  # it may go on
            found[-1][1].append(line)
    return [(key, _read_value(lines)) for key, lines in found]


def scan_toml(block: str) -> list[Field]:
    """Return the fields above the first table of TOML front matter."""
    table = _TABLE.search(block)
    return scan_lines(block[: table.start()] if table else block)


def _read_value(lines: list[str]) -> object:
    text = _MARKS.sub("", lines[0].strip(), count=1).strip()
    if not text or text.startswith("#"):
        others = (line.strip() for line in lines[1:])
        text = next((line for line in others if line and not line.startswith("#")), "")
        if text.startswith("- "):
            return [_read_scalar(text[2:])]
    if text[:1] in ("[", "{") and text.partition(" #")[0].rstrip(" \t,").endswith(("]", "}")):
        inner = text.partition(" #")[0].rstrip(" \t,")[1:-1].split(",")
        return [_read_scalar(one) for one in inner if one.strip()]
    return _read_scalar(text)


def _read_scalar(text: str) -> object:
    text = text.strip()
    if text[:1] == '"':  # YAML has the escapes of JSON, and those of two digits
        inner = re.match(r'(?:[^"\\]|\\.)*', text[1:])
        return _unescape(re.sub(r"\\x([0-9A-Fa-f]{2})", r"\\u00\1", inner[0] if inner else ""))
    if text[:1] == "'":
        return text[1:].partition("'")[0]
    text = re.sub(r"(?:^|[ \t])#.*", "", text).rstrip(" \t,")
    return _WORDS.get(text.lower(), text)


def scan_json(text: str) -> Iterator[list[Field]]:
    """Yield the fields of each record of a JSON text: alone, in a list or in ``{"value": [...]}``.

    Brackets that are missing or too many do not make one record part of another.
    """
    scanner = _JsonScanner()
    for match in _TOKEN.finditer(text):
        if match["open"]:
            scanner.open_bracket(match["open"])
        elif match["close"]:
            scanner.close_bracket(match["close"])
        elif match["comma"]:
            scanner.end_value()
        elif match["colon"]:
            scanner.begin_value()
        elif match["bare"] is not None:
            scanner.add(_read_bare(match["bare"]))
        else:
            scanner.add(_unescape(match["text"] if match["text"] is not None else match["other"]))
    scanner.end_value()  # a text that was cut
    yield from filter(None, scanner.records)


def _read_bare(text: str) -> object:
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text


class _Bracket(NamedTuple):
    """An open bracket, its key, and the values in it."""

    kind: str
    key: str
    fields: list[Field]
    items: list[object]


class _JsonScanner:
    """Collects the members of records, whatever of their brackets is there."""

    def __init__(self) -> None:
        #: The fields of each mapping that may be a record; those before any stand first.
        self.records: list[list[Field]] = [[]]
        self._open: list[_Bracket] = []
        self._key: str | None = None
        self._value: object = None
        self._has_value = False
        #: The last text, where it stands behind a value with no comma between.
        self._last: object = None

    def open_bracket(self, kind: str) -> None:
        """Process an opening bracket."""
        if kind == "{" and self._key is None and self._open and self._open[-1].kind == "{":
            self._open.pop()  # a mapping in one, and no key before it: that one was not closed
        bracket = _Bracket(kind, self._key or "", [], [])
        if self._key is not None:
            self._add_field(bracket.items if kind == "[" else {})
        self._open.append(bracket)
        if self._is_record():
            self.records.append(bracket.fields)
        self._key, self._has_value = None, False

    def close_bracket(self, kind: str) -> None:
        """Process a closing bracket; one that closes nothing is ignored."""
        self.end_value()
        wanted = "{" if kind == "}" else "["
        # What is open beyond that belongs to no record, nor does a bracket that closes it.
        if any(bracket.kind == wanted for bracket in self._open[-_DEEPEST:]):
            while self._open.pop().kind != wanted:
                pass

    def add(self, value: object) -> None:
        """Process a text, a number or a word."""
        if self._has_value:
            self._last = value
            return
        self._value, self._has_value, self._last = value, True, None
        if self._key is None and self._open:
            self._open[-1].items.append(value)

    def begin_value(self) -> None:
        """Process a colon, which follows a key."""
        if self._key is not None and isinstance(self._last, str):
            key = self._last
            self.end_value()
            self.add(key)
        if self._key is None and self._has_value and isinstance(self._value, str):
            while self._open and self._open[-1].kind == "[":
                self._open.pop()  # a key in a list, which was not closed
            self._key, self._has_value = self._value, False

    def end_value(self) -> None:
        """Process a comma, the end of a mapping, or the end of the text."""
        if self._key is not None and self._has_value:
            self._add_field(self._value)
        self._key, self._has_value = None, False

    def _add_field(self, value: object) -> None:
        # Behind a bracket that closes too much stands what belongs to the last record.
        fields = self._open[-1].fields if self._open else self.records[-1]
        fields.append((self._key or "", value))

    def _is_record(self) -> bool:
        """Return whether the innermost bracket may be that of a record."""
        if len(self._open) > _DEEPEST:
            return False
        path = [(bracket.kind, bracket.key) for bracket in self._open]
        if path[:2] == [("{", ""), ("[", "value")] and len(path) > 2:
            path = path[2:]
        while path and path[0] == ("[", ""):
            path.pop(0)
        return path == [("{", "")]
