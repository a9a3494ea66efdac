"""YAML 1.2 text to plain values, and values back to their lines. The only room of YAML parsers.

yaml-rs where it installs. It bounds aliases and depth, where PyYAML shares or crashes, and says
the line. PyYAML, which python-frontmatter brings, with the same reading of YAML 1.2, elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

try:
    import yaml_rs
except ImportError:  # no wheel for this machine
    yaml_rs = None  # type: ignore[assignment]

#: Nodes that aliases may add to one record, and levels that it may be deep.
MAX_ALIASED, MAX_DEPTH = 10_000, 200


_LIMITS = None if yaml_rs is None else yaml_rs.AliasLimits(max_total_replayed_events=MAX_ALIASED)


class YamlError(Exception):
    """Text that is not YAML 1.2: the reason, and its line counted from 1 (0: unknown)."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.reason, self.line = reason, line


def load_yaml(text: str) -> object:
    """Return the value of one YAML document; dates stay text.

    Raises:
        YamlError: It is no YAML, repeats a key, or aliases or nests too much.
    """
    return _load_with_rust(text) if yaml_rs is not None else load_with_pyyaml(text)


def _load_with_rust(text: str) -> object:
    try:
        return yaml_rs.loads(text, parse_datetime=False, alias_limits=_LIMITS)
    except yaml_rs.YAMLDecodeError as error:
        first, _, rest = str(error).partition("\n")
        place = re.fullmatch(r"YAML parse error at line (\d+), column \d+", first)
        if place:
            raise YamlError(rest.rpartition("\n")[2], int(place[1])) from error
        raise YamlError(first, _find_repeated(text, first)) from error


def _find_repeated(text: str, reason: str) -> int:
    """Return the line of the key that stands twice, of which yaml-rs says no line."""
    key = re.fullmatch(r"duplicate mapping key: '(.*)'", reason)
    if key is None:
        return 0
    pattern = re.compile(rf"\s*(?:- )?['\"]?{re.escape(key[1])}['\"]?\s*:")
    lines = [number for number, line in enumerate(text.split("\n"), 1) if pattern.match(line)]
    return lines[1] if len(lines) > 1 else 0


class _Loader(yaml.SafeLoader):
    """PyYAML reading YAML 1.2's core schema: no dates, no octal 010, NO is text."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 (as the base declares it)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping; a key that stands twice is an error, as it is in YAML 1.2."""
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if (key.tag, key.value) in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"duplicate mapping key: {key.value!r}", key.start_mark
                    )
                seen.add((key.tag, key.value))
        return super().construct_mapping(node, deep)


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("float", r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", "-+."),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), list(_first)
    )


def _construct_int(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    text = str(loader.construct_scalar(node))
    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)


_Loader.add_constructor("tag:yaml.org,2002:int", _construct_int)


def load_with_pyyaml(text: str) -> object:
    """Return what `load_yaml` does, with PyYAML alone."""
    try:
        _check_size(text)
        return yaml.load(text, _Loader)  # noqa: S506 (a SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise YamlError(reason, mark.line + 1 if mark else 0) from error
    except (ValueError, TypeError, RecursionError) as error:
        raise YamlError(str(error)) from error


def _check_size(text: str) -> None:
    """Count what aliases would replay and how deep it goes, before anything is built."""
    depth = replayed = 0
    sizes: dict[str, int] = {}
    open_anchors: list[tuple[str | None, int]] = []
    total = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        total += 1
        if isinstance(event, yaml.AliasEvent):
            replayed += sizes.get(event.anchor or "", 1)
            total += sizes.get(event.anchor or "", 1)
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            open_anchors.append((event.anchor, total))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
            anchor, start = open_anchors.pop()
            if anchor:
                sizes[anchor] = total - start
        if replayed > MAX_ALIASED:
            raise ValueError(f"aliases add more than {MAX_ALIASED} nodes")
        if depth > MAX_DEPTH:
            raise ValueError(f"nested deeper than {MAX_DEPTH} levels")


def find_line(text: str, path: Sequence[str | int]) -> int:
    """Return the line, counted from 1, of the value at `path`, or of its nearest parent.

    For errors alone: PyYAML's tree of nodes costs a hundred times what reading the values does.
    """
    try:
        node = yaml.compose(text, yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return 1
    line = 1
    for found in _walk(node, path):
        line = found
    return line


def _walk(node: yaml.Node | None, path: Sequence[str | int]) -> Iterator[int]:
    for part in path:
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
