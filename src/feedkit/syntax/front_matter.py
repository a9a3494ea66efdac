"""Files split into front matter and body, and data files parsed to mappings with lines.

The only module that uses python-frontmatter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice
from typing import Any, NamedTuple

import frontmatter
from frontmatter.default_handlers import YAMLHandler

from ..errors import ConfigError
from ..text import clean_text
from . import Path, describe
from .lines import Lines
from .yaml import YamlError, load_yaml

_OPENING = re.compile(r"\s*---[ \t]*\n")
_KEY = r"[ ]*(?:-[ ]+)*[\w-]+:[ ]+"
_TAB = re.compile(r"[ ]*\t")
#: What people write into front matter that YAML takes for something else, and what helps.
_SLIPS = (
    (_TAB, "YAML is indented with spaces"),
    (re.compile(_KEY + r"[^\s'\"\[{].*:(?:[ ]|$)"), "a text with ': ' in it stands in quotes"),
    (re.compile(_KEY + r"[@`%*&|>]"), "a text that begins with such a sign stands in quotes"),
    (re.compile(_KEY + r"(['\"]).*\1\s*[^\s#]"), "a quote within quotes of its kind ends the text"),
)


MERGE_KEY = "<<"
"""The key of YAML 1.1 that stands for the fields of another mapping."""


class FrontMatterError(Exception):
    """Front matter that cannot be read: the line in the file, the reason, and its lines."""

    def __init__(self, line: int, reason: str, wanted: str = "", block: str = "") -> None:
        super().__init__(reason)
        self.line, self.reason, self.wanted, self.block = line, reason, wanted, block


class _Handler(YAMLHandler):
    """Splits with two searches; the library's own split costs as much as reading the YAML.

    It keeps the body as it stands, since `frontmatter.parse` trims it, and with it the
    indentation that makes its first lines code.
    """

    def __init__(self, blank_lines: int) -> None:
        super().__init__()
        self.block, self.body, self.start = "", "", blank_lines
        self.values: object = None

    def split(self, text: str) -> tuple[str, str]:
        opening = _OPENING.match(text)
        closing = _find_closing(text, opening.end()) if opening else -1
        if opening is None or closing < 0:
            found, wanted = "front matter that is not closed", "a second line of ---"
            block = text[opening.end() :] if opening else ""
            raise FrontMatterError(self.start + 1, found, wanted, block)
        self.start += text.count("\n", 0, opening.end())
        self.block = text[opening.end() : closing]
        self.body = text[closing:].partition("\n")[2]
        return self.block, ""

    def load(self, fm: str, **_: object) -> Any:
        self.values = load_yaml(fm)  # parse() drops what is no mapping without a word
        return self.values


def _find_closing(text: str, start: int) -> int:
    """Return the position of the next line of three hyphens, -1 if there is none."""
    place = start - 1  # of a line break
    while place >= 0:
        end = text.find("\n", place + 1)
        if text[place + 1 : end if end >= 0 else None].rstrip(" \t") == "---":
            return place + 1
        place = text.find("\n---", place + 1)
    return -1


def _explain_line(block: str, line: int) -> str:
    """Return the usual mistake in a line that is no YAML, empty if none is known."""
    text, *after = [*islice(block.split("\n"), line - 1, line + 1)] or [""]
    if after and _TAB.match(after[0]):  # of which some parsers name the line before
        text = after[0]
    return next((f" ({hint})" for slip, hint in _SLIPS if slip.match(text)), "")


class SplitFile(NamedTuple):
    """One file's front matter, its body, and the number of lines above the front matter."""

    values: dict[str, object]
    block: str
    body: str
    start: int


def has_front_matter(text: str) -> bool:
    """Return whether `text` begins with a line of three hyphens."""
    return _OPENING.match(text) is not None


def split_document(text: str) -> SplitFile:
    r"""Return the parts of a file that begins with front matter; lines end with ``\n``.

    Raises:
        FrontMatterError: It is not closed, no YAML, or no mapping.
    """
    handler = _Handler(text.count("\n", 0, len(text) - len(text.lstrip())))
    try:
        frontmatter.parse(text, handler=handler)
    except YamlError as error:
        line = max(error.line, 1)
        reason = clean_text(error.reason)[:200] + _explain_line(handler.block, line)
        raise FrontMatterError(handler.start + line, reason, "", handler.block) from error
    values = {} if handler.values is None else handler.values
    if not isinstance(values, dict):
        wanted = "a mapping of fields"
        raise FrontMatterError(handler.start + 1, describe(values), wanted, handler.block)
    return SplitFile(values, handler.block, handler.body, handler.start)


def find_merge_key(values: Mapping[str, object]) -> Path:
    """Return the path of a merge key in front matter, empty if there is none."""
    waiting: list[tuple[Path, object]] = [((), values)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            if MERGE_KEY in value:
                return (*path, MERGE_KEY)
            waiting += [((*path, key), one) for key, one in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, place), one) for place, one in enumerate(value)]
    return ()


def list_merged(values: Mapping[str, object]) -> list[tuple[str, object]]:
    """Return the fields that a merge key adds to a record."""
    value = values.get(MERGE_KEY)
    others = value if isinstance(value, list) else [value]
    return [field for one in others if isinstance(one, dict) for field in one.items()]


class DataItem(NamedTuple):
    """One item of a data file."""

    name: str
    """The file, or what errors call it."""
    values: dict[str, object]
    lines: Lines
    start: int = 0
    """Lines above those."""
    path: Path = ()
    """Where it stands among them."""

    def find_line(self, path: Path) -> int:
        """Return the line of the field at `path`, or of its nearest parent."""
        return self.lines.find((*self.path, *path), self.start)


def read_front_matter(text: str, name: str) -> list[DataItem]:
    r"""Return the front matter of a file as one item, none if it has no front matter.

    Args:
        text: Its lines end in ``\n``.
        name: What errors call it.

    Raises:
        ConfigError: It cannot be read.
    """
    if not has_front_matter(text):
        return []
    try:
        found = split_document(text)
    except FrontMatterError as error:
        raise ConfigError(name, error.line, "", error.reason, error.wanted) from error
    return [DataItem(name, found.values, Lines(found.block), found.start)]


def read_yaml(text: str, name: str) -> list[DataItem]:
    r"""Return the items of a YAML file, which holds one or a list of several.

    Args:
        text: Its lines end in ``\n``.
        name: What errors call it.

    Raises:
        ConfigError: It cannot be read.
    """
    try:
        value = load_yaml(text)
    except YamlError as error:
        raise ConfigError(name, error.line, "", clean_text(error.reason)[:200]) from error
    lines, several = Lines(text), isinstance(value, list)
    found = []
    for place, values in enumerate(value if isinstance(value, list) else [value]):
        if values is None:  # all is commented out, or an empty document behind a last line of ---
            continue
        path = (place,) if several else ()
        if not isinstance(values, dict):
            line = lines.find(path)
            raise ConfigError(name, line, "", describe(values), "a mapping of fields")
        found.append(DataItem(name, values, lines, 0, path))
    return found
