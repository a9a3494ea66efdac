"""YAML 1.2 text to plain values, and values back to their lines.

yaml-rs where it installs. It bounds aliases and depth, where PyYAML shares or crashes, and is
ten times as fast. PyYAML, which python-frontmatter brings, reads the same elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import yaml

from .pyyaml_text import MAX_ALIASED, MAX_ALIASED_TEXT, YamlError, compose_yaml, load_with_pyyaml

try:
    import yaml_rs
except ImportError:  # no wheel for this machine
    yaml_rs = None  # type: ignore[assignment]

__all__ = ["Lines", "YamlError", "load_with_pyyaml", "load_yaml"]

_LIMITS = None if yaml_rs is None else yaml_rs.AliasLimits(max_total_replayed_events=MAX_ALIASED)
_PLACE = re.compile(r"YAML parse error at line (\d+), column \d+")
# yaml-rs bounds the depth of flow collections alone: block collections of some thousand levels,
# on one line as `- - - a` or each indented more than the last, end the process. A run of 400
# such characters shows five times in every 80th of a text, which costs a microsecond to see.
_DEEP = re.compile(r"\n(?:[ \t]{400}|[ \t]*+(?:[-?:][ \t]++){200})")
_RUN = re.compile(r"[-?: \t]{5}")
# A second's worth: in a longer text, lines are not looked for.
_LONGEST = 2**20


def load_yaml(text: str) -> object:
    """Return the value of one YAML document; dates stay text.

    Raises:
        YamlError: It is no YAML, repeats a key, or aliases or nests too much.
    """
    return _load_with_rust(text) if yaml_rs is not None else load_with_pyyaml(text)


def _load_with_rust(text: str) -> object:
    if _RUN.search(text[::80]) and _DEEP.search("\n" + text):
        return load_with_pyyaml(text)
    if "\0" in text:  # yaml-rs would stop reading there without a word
        text = text.replace("\0", "\1")
    try:
        return yaml_rs.loads(text, parse_datetime=False, alias_limits=_limit_aliases(text))
    except yaml_rs.YAMLDecodeError as error:
        first, _, rest = str(error).partition("\n")
        # PyYAML keeps the halves of pairs for `clean_text` to mend, and measures aliases.
        if "surrogate" in rest or "alias replay limit" in first:
            return load_with_pyyaml(text)
        if place := _PLACE.fullmatch(first):
            raise YamlError(rest.rpartition("\n")[2], int(place[1])) from error
        raise YamlError(first, _ask_line(text)) from error
    except UnicodeEncodeError:  # half a surrogate pair
        return load_with_pyyaml(text)


def _limit_aliases(text: str) -> Any:
    """Return how many events aliases may replay: no one of these is longer than the text."""
    if "&" not in text or "*" not in text:
        return _LIMITS
    most = min(MAX_ALIASED, max(1, MAX_ALIASED_TEXT // len(text)))
    return yaml_rs.AliasLimits(max_total_replayed_events=most)


def _ask_line(text: str) -> int:
    """Return the line of a fault of which yaml-rs says no line, as of a key that stands twice."""
    try:
        load_with_pyyaml(text)
    except YamlError as error:
        return error.line
    return 0


class Lines:
    """Where the values of one text stand.

    For errors alone: PyYAML's tree of nodes costs a hundred times what reading the values does,
    and is made once, when the first line is asked for.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    def find(self, path: Sequence[str | int], above: int = 0) -> int:
        """Return the line of the value at `path`, or of its nearest parent.

        Args:
            path: Keys and places from the top.
            above: Lines above the text.

        Returns:
            Counted from 1; 0 in a text that is too long.
        """
        if len(self._text) > _LONGEST:
            return 0
        line = 1
        for found in _walk(self._root, path):
            line = found
        return above + line

    @cached_property
    def _root(self) -> yaml.Node | None:
        try:
            return compose_yaml(self._text.replace("\t", " "))  # with which JSON may be indented
        except (YamlError, ValueError, RecursionError):
            return None


def _walk(node: yaml.Node | None, path: Sequence[str | int]) -> Iterator[int]:
    for part in path:
        if part == 0 and not isinstance(node, yaml.SequenceNode):
            continue  # a lone value stands for a list of one
        if isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == part), None)
            if pair is None:
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
