"""YAML 1.2 text parsed to plain values.

Uses yaml-rs if it is installed: it bounds aliases and depth, for which PyYAML shares values or
crashes, and is ten times as fast. PyYAML, which python-frontmatter requires, returns the same
values elsewhere.
"""

from __future__ import annotations

import re
from typing import Any

from ..limits import YAML_ALIASED_CHARACTERS, YAML_ALIASED_NODES

try:
    import yaml_rs
except ImportError:  # no wheel for this machine
    yaml_rs = None  # type: ignore[assignment]

__all__ = ["YamlError", "load_with_pyyaml", "load_yaml"]

_LIMITS = (
    None if yaml_rs is None else yaml_rs.AliasLimits(max_total_replayed_events=YAML_ALIASED_NODES)
)
_PLACE = re.compile(r"YAML parse error at line (\d+), column \d+")
# yaml-rs bounds the depth of flow collections alone: block collections of some thousand levels,
# on one line as `- - - a` or each indented more than the last, end the process. A run of 400
# such characters shows five times in every 80th of a text, which costs a microsecond to see.
_DEEP = re.compile(r"\n(?:[ \t]{400}|[ \t]*+(?:[-?:][ \t]++){200})")
_RUN = re.compile(r"[-?: \t]{5}")


def load_with_pyyaml(text: str) -> object:
    """Return what `load_yaml` does, with PyYAML alone; few records need it."""
    from .pyyaml import load_with_pyyaml

    return load_with_pyyaml(text)


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
    most = min(YAML_ALIASED_NODES, max(1, YAML_ALIASED_CHARACTERS // len(text)))
    return yaml_rs.AliasLimits(max_total_replayed_events=most)


def _ask_line(text: str) -> int:
    """Return the line of an error for which yaml-rs names none."""
    try:
        load_with_pyyaml(text)
    except YamlError as error:
        return error.line
    return 0


class YamlError(Exception):
    """Text that is not YAML 1.2: the reason, and its line counted from 1 (0: unknown)."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.reason, self.line = reason, line
