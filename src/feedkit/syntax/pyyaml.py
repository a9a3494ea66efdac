"""YAML 1.2 text parsed with PyYAML, to the values that yaml-rs returns, and to nodes with lines.

PyYAML reads YAML 1.1, in which NO is false, 010 is eight and 12:30:45 is a number. Only its
scanner, parser and composer are used; values are made here.
https://yaml.org/spec/1.2.2/#103-core-schema
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple, TypeAlias

import yaml

from ..limits import YAML_ALIASED_CHARACTERS, YAML_ALIASED_NODES, YAML_LEVELS
from .yaml import YamlError

_TAG = "tag:yaml.org,2002:"
_KINDS: dict[type[yaml.Node], str] = {
    yaml.ScalarNode: "str",
    yaml.SequenceNode: "seq",
    yaml.MappingNode: "map",
}
_INF = re.compile(r"[-+]?\.inf|\.nan", re.IGNORECASE | re.ASCII)
# Line breaks in YAML 1.1 and not in 1.2; meanwhile three of Unicode's noncharacters stand for them.
_HIDDEN = str.maketrans("\x85\u2028\u2029\0", "\ufdd0\ufdd1\ufdd2\1")
_SHOWN = str.maketrans("\ufdd0\ufdd1\ufdd2", "\x85\u2028\u2029")


def load_with_pyyaml(text: str) -> object:
    """Return what `load_yaml` does, with PyYAML alone.

    Raises:
        YamlError: It is no YAML, repeats a key, or aliases or nests too much.
    """
    try:
        return _build(compose_yaml(text))
    except (ValueError, RecursionError) as error:
        raise YamlError(str(error)) from error


def compose_yaml(text: str) -> yaml.Node | None:
    """Return the tree of one YAML document, None if it is empty."""
    try:
        return _Composer(text.translate(_HIDDEN)).get_single_node()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise YamlError(reason, mark.line + 1 if mark else 0) from error


class _Size(NamedTuple):
    """The size of a node in events: one of a scalar, two and its own of a collection."""

    events: int
    characters: int

    def plus(self, other: _Size) -> _Size:
        return _Size(self.events + other.events, self.characters + other.characters)

    def less(self, other: _Size) -> _Size:
        return _Size(self.events - other.events, self.characters - other.characters)


class _Composer(yaml.SafeLoader):
    """Counts the nodes that aliases would copy, and the depth, before anything is built."""

    def __init__(self, text: str) -> None:
        self.depth = 0
        self.size, self.replayed = _Size(0, 0), _Size(0, 0)
        self.sizes: dict[str, _Size | None] = {}  # of what has an anchor; None while inside it
        super().__init__(text)

    def check_printable(self, data: str) -> None:
        """Accept control characters, which are repaired later; PyYAML would refuse them."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        """Return the tag of an untagged node, by YAML 1.2."""
        if kind is yaml.ScalarNode and implicit[0]:
            found = (tag for tag, (is_one, _) in _SCALARS.items() if is_one(value))
            return next(found, _TAG + "str")
        return _TAG + _KINDS[kind]

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Return the next node; an alias inside its own anchor is null."""
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            return self._compose_alias(event, parent, index)
        start, is_scalar = self.size, isinstance(event, yaml.ScalarEvent)
        if event.anchor:
            self.anchors.pop(event.anchor, None)  # YAML 1.2 lets a later one take its place
            self.sizes[event.anchor] = None
        self.depth += not is_scalar
        if self.depth > YAML_LEVELS:
            raise _composer_error(f"nested deeper than {YAML_LEVELS} levels", event)
        node = super().compose_node(parent, index)
        self.depth -= not is_scalar
        self.size = self.size.plus(_Size(1, len(event.value)) if is_scalar else _Size(2, 0))
        if event.anchor:
            self.sizes[event.anchor] = self.size.less(start)
        return node

    def _compose_alias(self, event: Any, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        size = self.sizes.get(event.anchor, _Size(1, 0))
        if size is None:
            self.get_event()  # type: ignore[no-untyped-call]
            return yaml.ScalarNode(_TAG + "null", "", event.start_mark)
        self.size, self.replayed = self.size.plus(size), self.replayed.plus(size)
        if self.replayed.events > YAML_ALIASED_NODES:
            raise _composer_error(f"aliases add more than {YAML_ALIASED_NODES} nodes", event)
        if self.replayed.characters > YAML_ALIASED_CHARACTERS:
            raise _composer_error(
                f"aliases add more than {YAML_ALIASED_CHARACTERS} characters", event
            )
        return super().compose_node(parent, index)


def _composer_error(reason: str, event: Any) -> yaml.YAMLError:
    return yaml.composer.ComposerError(None, None, reason, event.start_mark)


def _build(node: yaml.Node | None) -> object:
    if isinstance(node, yaml.SequenceNode):
        return [_build(item) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        return _build_mapping(node)
    return None if node is None else _build_scalar(node)


def _build_mapping(node: yaml.MappingNode) -> object:
    found: dict[Hashable, object] = {}
    for key_node, value_node in node.value:
        key = _freeze(_build(key_node))
        if key in found:
            line = key_node.start_mark.line + 1
            raise YamlError(f"duplicate mapping key: {key!r}", line)
        found[key] = _build(value_node)
    return set(found) if node.tag == _TAG + "set" else found


def _freeze(key: Any) -> Hashable:
    if isinstance(key, list):
        return tuple(map(_freeze, key))
    if isinstance(key, dict):
        return frozenset((name, _freeze(value)) for name, value in key.items())
    return frozenset(key) if isinstance(key, set) else key


def _build_scalar(node: yaml.Node) -> object:
    tag, line = node.tag, node.start_mark.line + 1
    if tag in _SCALARS:
        is_one, read = _SCALARS[tag]
        if is_one(node.value):
            return read(node.value)
        raise YamlError(f"Invalid value {node.value!r} for '!!{tag.removeprefix(_TAG)}' tag", line)
    if tag.startswith(_TAG) and tag not in (_TAG + "str", _TAG + "binary"):
        raise YamlError(f"Invalid tag: '!!{tag.removeprefix(_TAG)}'", line)
    text: str = node.value.translate(_SHOWN)
    # "\ud83d\ude00", as JSON writes what lies beyond U+FFFF, comes as two halves.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _read_int(text: str) -> int:
    digits = text.replace("_", "").lower()
    return int(digits, 0 if re.match("[-+]?0[box]", digits) else 10)


def _read_float(text: str) -> float:
    return float(text.replace(".", "", 1) if _INF.fullmatch(text) else text.replace("_", ""))


def _is_float(text: str) -> bool:
    pattern = r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
    if re.search(r"_[-+]", text):  # to yaml-rs no sign
        return False
    return bool(re.fullmatch(pattern, text.replace("_", "")) or _INF.fullmatch(text))


def _matcher(pattern: str) -> Callable[[str], object]:
    return re.compile(pattern, re.ASCII).fullmatch


_Scalar: TypeAlias = tuple[Callable[[str], object], Callable[[str], object]]
# What a tag's texts look like, and how they are read. yaml-rs takes underscores and 0b as well.
_SCALARS: dict[str, _Scalar] = {
    _TAG + "null": (_matcher(r"~|null|Null|NULL|"), lambda _: None),
    _TAG + "bool": (_matcher(r"[tT]rue|TRUE|[fF]alse|FALSE"), lambda text: text[0] in "tT"),
    _TAG + "int": (
        _matcher(
            r"[-+]?(_*[0-9][0-9_]*|0[xX]_*[0-9a-fA-F][0-9a-fA-F_]*"
            r"|0[oO]_*[0-7][0-7_]*|0[bB]_*[01][01_]*)"
        ),
        _read_int,
    ),
    _TAG + "float": (_is_float, _read_float),
}
