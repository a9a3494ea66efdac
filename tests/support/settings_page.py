"""The settings' own page, docs/settings.md, from the structs that feedkit.toml decodes to.

`make settings-page` writes it anew.
"""

import ast
import inspect
import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from msgspec import inspect as types

import feedkit
from paths import ROOT

PAGE = ROOT / "docs/settings.md"
#: What stands on top: every other setting may be left out.
EXAMPLE = """\
[site]
title = "Harbour News"
url = "https://example.org/feeds/"

[feeds]
limit = 30
formats = ["atom", "json"]
related = { topics = "links" }
topics = "tags/{slug}"
also = { "feed.xml" = "atom.xml" }

[topics."C#"]
slug = "csharp"
title = "C# and .NET"
parent = "Programming"

[redirects]
"tags/dotnet" = "tags/csharp"

[records.extensions]
_example = { rating = "stars" }

[exclude]
domains = ["spam.example"]
"""
HEAD = f"""\
# Settings

`feedkit.toml` stands in the folder of records or in its parent, or where `--config` says.
It is TOML; `title` and `url` of `[site]` are all it needs. In Python the same is a
`feedkit.Config`. An example:

```toml
{EXAMPLE}```
"""
SIMPLE = {
    types.StrType: "text",
    types.BoolType: "true or false",
    types.FloatType: "number",
    types.IntType: "whole number",
}


#: How what one table may not say begins, though the other of the same class may.
_OTHERS = {'topics."NAME"': "Of a provider ", 'providers."NAME"': "Of a topic:"}


class Setting(NamedTuple):
    """One key of one table."""

    key: str
    type: str
    default: str
    text: str


class Table(NamedTuple):
    """One table of feedkit.toml."""

    header: str
    text: str
    settings: list[Setting]


def find_tables() -> Iterator[Table]:
    """Yield every table that may stand in feedkit.toml, in the order of `Config`."""
    config = types.type_info(feedkit.Config)
    assert isinstance(config, types.StructType)
    texts = read_texts(config.cls)
    for field in config.fields:
        yield from _find_tables(field.encode_name, texts.get(field.name, ""), field.type)


def _find_tables(header: str, text: str, kind: types.Type) -> Iterator[Table]:
    if isinstance(kind, types.StructType):
        yield from _describe_struct(header, text, kind)
    elif isinstance(kind, types.DictType) and isinstance(kind.value_type, types.StructType):
        yield from _describe_struct(f'{header}."NAME"', text, kind.value_type)
    else:
        assert isinstance(kind, types.DictType), f"{header} is no table"
        any_key = Setting('"…"', describe_type(kind.value_type), "–", text)
        yield Table(header, "", [any_key])


def _describe_struct(header: str, text: str, kind: types.StructType) -> Iterator[Table]:
    texts, own, below = read_texts(kind.cls), [], []
    for field in kind.fields:
        said = texts.get(field.name, "")
        if said.startswith(_OTHERS.get(header, "\0")):
            continue
        if _has_struct(field.type):
            below.append((f"{header}.{field.encode_name}", said, field.type))
        else:
            default = describe_default(kind.cls, field)
            own.append(Setting(field.encode_name, describe_type(field.type), default, said))
    first = inspect.cleandoc(kind.cls.__doc__ or "").partition("\n\n")[0].replace("\n", " ")
    if own:
        yield Table(header, f"{first} {text}".strip(), own)
    for one in below:
        yield from _find_tables(*one)


def _has_struct(kind: types.Type) -> bool:
    if isinstance(kind, types.DictType):
        kind = kind.value_type
    return isinstance(kind, types.StructType)


def read_texts(cls: type) -> dict[str, str]:
    """Return the docstrings of a class's fields, as Markdown."""
    tree = ast.walk(ast.parse(Path(inspect.getfile(cls)).read_text("utf-8")))
    (body,) = (
        node.body for node in tree if isinstance(node, ast.ClassDef) and node.name == cls.__name__
    )
    found: dict[str, str] = {}
    for node, after in pairwise(body):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            text = _read_text(after)
            if not text.startswith("The table ``["):
                found[node.target.id] = " ".join(text.split()).replace("``", "`")
    return found


def _read_text(node: ast.stmt) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return str(node.value.value)
    return ""


def describe_type(kind: types.Type) -> str:
    """Return in words what a value may be."""
    if isinstance(kind, types.IntType) and kind.ge is not None:
        return f"whole number, {kind.ge} or more"
    if type(kind) in SIMPLE:
        return SIMPLE[type(kind)]
    if isinstance(kind, types.LiteralType):
        return _join(f"`{json.dumps(value)}`" for value in kind.values)
    if isinstance(kind, types.VarTupleType | types.ListType):
        return f"list of {_pluralise(describe_type(kind.item_type))}"
    if isinstance(kind, types.DictType):
        value = describe_type(kind.value_type)
        # In a table of words each may be switched on as well as off.
        value = value.replace("`false`", "`true`, `false`")
        if not isinstance(kind.key_type, types.LiteralType):
            return f"table of {_pluralise(value)}"
        keys = ", ".join(f"`{key}`" for key in kind.key_type.values)
        return f"table: {value} for some of {keys}"
    if isinstance(kind, types.StructType):
        return f"table with {', '.join(f'`{field.encode_name}`' for field in kind.fields)}"
    if isinstance(kind, types.UnionType):
        # A truth value beside something else is only ever false: true says no more than that.
        return _join(
            "`false`" if isinstance(one, types.BoolType) else describe_type(one)
            for one in kind.types
            if not isinstance(one, types.NoneType)
        )
    raise TypeError(f"no words for {kind}")


def _join(parts: Iterator[str]) -> str:
    *first, last = parts
    return f"{', '.join(first)} or {last}" if first else last


def _pluralise(words: str) -> str:
    return re.sub(r"(^|\bor )(text|table|number)\b", r"\1\2s", words)


def describe_default(cls: type, field: types.Field) -> str:
    """Return what holds where nothing is said, as it would be written."""
    if field.required:
        return "**required**"
    try:  # a struct may complete what it is given
        value = getattr(cls(), field.name)
    except TypeError:
        value = field.default
    return f"`{write_toml(value)}`" if value or value in (0, False) else "–"


def write_toml(value: object) -> str:
    """Return a value in one line of TOML."""
    if isinstance(value, dict):
        pairs = ", ".join(f"{_write_key(key)} = {write_toml(own)}" for key, own in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(write_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _write_key(key: str) -> str:
    return key if re.fullmatch("[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)


def write_page() -> str:
    """Return docs/settings.md."""
    parts = [HEAD]
    for table in find_tables():
        parts.append(f"## `[{table.header}]`\n")
        if table.text:
            parts.append(f"{table.text}\n")
        rows = [("key", "value", "default", "meaning"), ("---",) * 4]
        rows += [(f"`{one.key}`", one.type, one.default, one.text) for one in table.settings]
        parts.append("".join(f"| {' | '.join(_escape(row))} |\n" for row in rows))
    return "\n".join(parts)


def _escape(cells: tuple[str, ...]) -> Iterator[str]:
    return (cell.replace("|", r"\|") for cell in cells)


if __name__ == "__main__":
    PAGE.write_text(write_page(), "utf-8")
