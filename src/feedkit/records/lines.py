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
