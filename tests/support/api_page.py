"""The page of the Python API, docs/api.md, from the public names and their docstrings.

`make api-page` writes it anew.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import feedkit
from paths import ROOT

PAGE = ROOT / "docs/api.md"
HEAD = """\
# Python API

All public names of `feedkit`, made from their docstrings. Every other name may change without
notice. Functions that read or write files raise a `FeedkitError`; each section names which.
"""
#: Types whose values are named where they are used.
_ALIASES = {
    "Format": '`"atom"`, `"rss"` or `"json"`.',
    "Problem": "Another name of `RecordError`: what was left out, and why.",
    "Related": '`"entries"`, `"links"` or `"none"`.',
    "Source": "A folder or file, several of them, or Articles.",
    "FORMATS": "All formats, in the order in which feeds are written.",
}


def write_page() -> str:
    """Return docs/api.md."""
    names = sorted(feedkit.__all__, key=lambda name: (not name.islower(), name.lower()))
    return "\n".join([HEAD, *(line for name in names for line in _describe(name))]) + "\n"


def _describe(name: str) -> Iterator[str]:
    value: Any = getattr(feedkit, name)
    yield f"## `{name}`\n"
    if name in _ALIASES:
        yield f"{_ALIASES[name]}\n"
    elif inspect.isfunction(value):
        yield from _describe_function(name, value)
    else:
        yield from _describe_class(value)


def _describe_function(name: str, function: Any) -> Iterator[str]:
    signature = re.sub(r"(: |-> )'([^']*)'", r"\1\2", str(inspect.signature(function)))
    yield f"```python\n{name}{signature}\n```\n"
    yield f"{_format(function.__doc__)}\n"


def _describe_class(cls: type) -> Iterator[str]:
    yield f"{_format(cls.__doc__)}\n"
    if rows := list(_list_fields(cls)):
        yield "| field | type | default | meaning |\n|---|---|---|---|"
        yield "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"
    for name, member in vars(cls).items():
        function = getattr(member, "__func__", member)  # of a class method
        if name.startswith("_") or not (
            inspect.isfunction(function) or isinstance(member, property)
        ):
            continue
        document = _format(function.__doc__)
        if isinstance(member, property):
            yield f"`{name}`: {document}\n"
        else:
            yield f"### `{cls.__name__}.{name}`\n"
            yield from _describe_function(name, function)


def _list_fields(cls: type) -> Iterator[tuple[str, ...]]:
    """Yield the name, the type, the default and the docstring of each public field."""
    source = Path(inspect.getfile(cls)).read_text("utf-8")
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)]
    for (body,) in [[node.body] for node in nodes if node.name == cls.__name__]:
        for node, after in pairwise([*body, ast.Pass()]):
            if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
                continue
            name, text = node.target.id, ""
            if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
                text = " ".join(str(after.value.value).split()).replace("``", "`")
            default = ast.unparse(node.value) if node.value else "required"
            if not name.startswith("_") and hasattr(cls, "__struct_fields__"):
                kind = ast.unparse(node.annotation)
                yield (
                    f"`{name}`",
                    _code(kind),
                    _code(default) if node.value else default,
                    _cell(text),
                )


def _code(text: str) -> str:
    return f"`{_cell(text)}`"


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def _format(document: str | None) -> str:
    """Return a docstring in Google's style as Markdown: sections become lists."""
    lines, is_list = [], False
    for line in inspect.cleandoc(document or "").replace("``", "`").split("\n"):
        if re.fullmatch(r"(Args|Attributes|Returns|Raises):", line):
            lines += [f"**{line[:-1]}**", ""]
            is_list = True
        elif entry := re.fullmatch(r"    (\w+): (.*)", line) if is_list else None:
            lines.append(f"* `{entry[1]}`: {entry[2]}")
        elif is_list and line.startswith("    "):
            lines.append(f"  {line.strip()}")
        else:
            is_list = is_list and not line.strip()
            lines.append(line)
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(write_page(), "utf-8")
