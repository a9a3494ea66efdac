"""The lines of values in a text of YAML or JSON: for errors alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import yaml

from ..limits import LOCATED_CHARACTERS
from .pyyaml_text import compose_yaml
from .yaml_bounds import YamlError


class Lines:
    """Where the values of one text stand.

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
