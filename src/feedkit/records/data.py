"""A file of data to the mappings in it, each with the lines of its fields."""

from __future__ import annotations

from typing import NamedTuple

from ..errors import ConfigError
from ..text import clean_text
from .field_errors import Path, describe
from .front_matter import FrontMatterError, has_front_matter, split_document
from .lines import Lines
from .yaml_text import YamlError, load_yaml


class Datum(NamedTuple):
    """What a file says of one thing."""

    #: The file, or what errors call it.
    name: str
    values: dict[str, object]
    lines: Lines
    #: Lines above those.
    start: int = 0
    #: Where it stands among them.
    path: Path = ()

    def find_line(self, path: Path) -> int:
        """Return the line of the field at `path`, or of its nearest parent."""
        return self.lines.find((*self.path, *path), self.start)


def read_front_matter(text: str, name: str) -> list[Datum]:
    r"""Return what a file's front matter says; nothing where it has none.

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
    return [Datum(name, found.values, Lines(found.block), found.start)]


def read_yaml(text: str, name: str) -> list[Datum]:
    r"""Return what a YAML file says of one thing, or in a list of several.

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
        found.append(Datum(name, values, lines, 0, path))
    return found
