"""How large feedkit's source is: `python tests/support/count_source.py` prints the figures.

Lines of code and of imports are physical lines that hold neither a docstring, nor a comment alone,
nor nothing; an import that spans several lines counts as several.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import feedkit

SOURCE = Path(feedkit.__file__).parent
#: Lines of the body of a function, less its docstring and the functions in it.
MAX_FUNCTION = 40
_TOKENS = {tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Module(NamedTuple):
    """One parsed source file; its name is the path below the package, without the suffix."""

    name: str
    text: str
    tree: ast.Module


def read_modules(folder: Path = SOURCE) -> list[Module]:
    """Return all modules of the package, in order of path."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text("utf-8")
        name = path.relative_to(folder).with_suffix("").as_posix()
        found.append(Module(name, text, ast.parse(text)))
    return found


def count_lines(modules: Iterable[Module]) -> Counter[str]:
    """Return the number of lines by kind: docstring, import, code, comment or blank."""
    counts: Counter[str] = Counter()
    for module in modules:
        docs = {line for node in find_docstrings(module.tree) for line in _span(node)}
        imports = {
            line
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for line in _span(node)
        }
        code, comments = _find_token_lines(module.text)
        for number in range(1, len(module.text.splitlines()) + 1):
            kinds = {"docstring": docs, "import": imports, "code": code, "comment": comments}
            counts[next((kind for kind, lines in kinds.items() if number in lines), "blank")] += 1
    return counts


def _span(node: ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _find_token_lines(text: str) -> tuple[set[int], set[int]]:
    """Return the lines that hold code and those that hold comments."""
    code, comments = set[int](), set[int]()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            comments.add(token.start[0])
        elif token.type not in _TOKENS:
            code.update(range(token.start[0], token.end[0] + 1))
    return code, comments


def find_docstrings(tree: ast.Module) -> Iterator[ast.Expr]:
    """Yield the strings that document a module, class, function, field or constant."""
    for node in ast.walk(tree):
        body = node.body if isinstance(node, ast.Module | _Definition) else ()
        for statement in body:
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                yield statement


def find_repeated_types(modules: Iterable[Module]) -> dict[str, list[str]]:
    """Return names of classes and type aliases in several modules, underscores aside."""
    found = defaultdict(list)
    for module in modules:
        for node in module.tree.body:
            if isinstance(node, ast.ClassDef):
                found[node.name.lstrip("_")].append(module.name)
            elif isinstance(node, ast.Assign | ast.AnnAssign) and _is_alias(node):
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                if isinstance(target, ast.Name):
                    found[target.id.lstrip("_")].append(module.name)
    return {name: names for name, names in found.items() if len(names) > 1}


def _is_alias(node: ast.Assign | ast.AnnAssign) -> bool:
    """Return whether an assignment names a type: in CamelCase, and not a call's result."""
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    name = target.id.lstrip("_") if isinstance(target, ast.Name) else ""
    is_camel = name[:1].isupper() and not name.isupper()
    return is_camel and not isinstance(node.value, ast.Call)


def find_long_functions(modules: Iterable[Module]) -> list[str]:
    """Return the functions that do not fit on a screen, with the number of their lines."""
    return [
        f"{module.name}: {node.name}: {length} lines"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef) and (length := count_body(node)) > MAX_FUNCTION
    ]


def count_body(function: ast.FunctionDef) -> int:
    """Return the lines of a function's body, less its docstring and the functions in it."""
    first = function.body[1:] if ast.get_docstring(function) is not None else function.body
    if not first:
        return 0
    lines = (function.end_lineno or 0) - first[0].lineno + 1
    inner = [node for node in first if isinstance(node, ast.FunctionDef)]
    return lines - sum((node.end_lineno or 0) - node.lineno + 1 for node in inner)


def find_undocumented(modules: Iterable[Module]) -> list[str]:
    """Return the public names without documentation.

    These are modules, and classes, functions and methods whose names begin with no underscore.
    Of a class that `feedkit` exports also the fields, unless the docstring of the class has them
    below "Attributes:".
    """
    found: list[str] = []
    for module in modules:
        if not ast.get_docstring(module.tree):
            found.append(module.name)
        for node in module.tree.body:
            if isinstance(node, _Definition) and not node.name.startswith("_"):
                found += (f"{module.name}: {name}" for name in _find_bare(node, node.name))
    return found


def _find_bare(node: _Definition, name: str) -> Iterator[str]:
    document = ast.get_docstring(node)
    if not document:
        yield name
    if not isinstance(node, ast.ClassDef):
        return
    for place, one in enumerate(node.body):
        if isinstance(one, ast.FunctionDef) and not one.name.startswith("_"):
            yield from _find_bare(one, f"{name}.{one.name}")
        if name not in feedkit.__all__ or not isinstance(one, ast.AnnAssign):
            continue
        if isinstance(one.target, ast.Name):
            field = one.target.id
            after = node.body[place + 1] if place + 1 < len(node.body) else None
            is_said = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            is_listed = f"\n    {field}: " in (document or "")  # below "Attributes:"
            if not (field.startswith("_") or is_said or is_listed):
                yield f"{name}.{field}"


def main() -> None:
    """Print every figure in a line of its own."""
    modules = read_modules()
    counts = count_lines(modules)
    for kind in ("code", "import", "docstring", "comment", "blank"):
        print(f"{kind}: {counts[kind]:,} lines")
    print(f"code and imports: {counts['code'] + counts['import']:,} lines")
    print(f"modules: {len(modules)}")
    repeated = find_repeated_types(modules).items()
    for text, names in (
        ("types of one name", [f"{name}: {', '.join(places)}" for name, places in repeated]),
        (f"functions over {MAX_FUNCTION} lines", find_long_functions(modules)),
        ("public names without documentation", find_undocumented(modules)),
    ):
        print(f"{text}: {len(names)}")
        for name in names:
            print(f"  {name}")


if __name__ == "__main__":
    main()
