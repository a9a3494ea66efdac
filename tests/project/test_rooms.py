"""Which room may import what: change the tables here first, then the source.

A room is a package of feedkit, or a module beside them. What each may do is read from its syntax,
so that code that runs only on some path is seen too. The tables name rooms, as ``cache``, which
stand for all modules in them, or single modules, as ``files/opening``.
"""

import ast
import builtins
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import feedkit
from count_source import (
    count_body,
    find_long_functions,
    find_repeated_types,
    find_undocumented,
    read_modules,
)
from paths import ROOT, TESTS

SOURCE = Path(feedkit.__file__).parent
DESIGN = ROOT / "docs/design.md"
FILES = sorted(SOURCE.rglob("*.py"))
#: Every room: one may import those before it, and none behind it.
ROOMS = (
    *("errors", "version", "limits", "text", "models", "syntax", "files", "config", "sources"),
    *("selection", "bodies", "render", "published", "pages", "cache", "websub", "build", "serve"),
    *("doctor", "cli", "__main__", "__init__"),
)
#: The import that points back, inside a function: `Article.from_record` is where users look for it.
BACK = {("models", "sources")}
#: Packages that are not everyone's. The rest of the standard library that computes and touches
#: nothing is everyone's, as is msgspec.
PACKAGES: dict[str, tuple[str, ...]] = {
    "feedgen": ("render",),
    "lxml": ("doctor/answers", "doctor/parsing", "published/feeds", "render/envelope"),
    "frontmatter": ("syntax/front_matter",),
    "dateutil": ("sources/dates",),
    "yaml": ("syntax/lines", "syntax/pyyaml"),
    "yaml_rs": ("syntax/yaml",),
    "markdown_it": ("bodies",),
    "nh3": ("bodies",),
    "jinja2": ("pages/templates",),
    "markupsafe": ("pages/templates",),
    "idna": ("text/urls",),
    "httpx": ("doctor", "websub"),
    "jsonschema": ("doctor/parsing",),
    "click": ("cli",),
    "rich": ("cli/output",),
    "watchfiles": ("serve/watch",),
    "starlette": ("serve",),
    "uvicorn": ("serve",),
    "zoneinfo": ("config/settings",),
    "tomllib": ("config/loader", "syntax/lines"),
    "os": ("build", "cache", "cli", "files", "models", "published", "serve", "websub"),
    "sys": ("__init__", "cli"),  # __init__: two names that are rooms and functions
    "pathlib": ("build", "cache", "cli", "config", "files", "published", "serve", "websub"),
    "tempfile": ("cache/writer",),
    "multiprocessing": ("build/workers",),
    "pickle": ("build/workers",),
    "time": (
        "cli/serve",
        "files/locks",
        "files/publishing",
        "published/previous",
    ),  # to wait, and no longer than they may
    "fcntl": ("files/locks",),
    "io": ("published/previous",),  # answers read in time
    "shutil": ("cache/writer",),  # folders of runs that were killed
    "sqlite3": (
        "build/noop",
        "cache/database",
        "cache/store",
        "cache/writer",
        "websub",
    ),  # build/noop: what a damaged one raises
    "socket": ("published/previous", "serve"),
    "signal": (
        "build/workers",
        "cli/output",
    ),  # the command ends cleanly, and its processes with it
    "threading": (
        "build/workers",
        "doctor",
        "files/publishing",
        "serve",
        "websub",
    ),  # the parent died; to wait for several fsyncs or answers at once
    "asyncio": ("doctor", "serve"),
    "queue": ("doctor",),
    "importlib": (
        "__init__",
        "cache/build_state",
        "cli",
        "doctor/parsing",
        "websub",
    ),  # what is asked for; extras; schemas
    "http": ("published/previous",),  # what a broken answer raises
    **dict.fromkeys(
        (
            "random",
            "secrets",
            "calendar",
            "locale",
            "getpass",
            "platform",
            "glob",
            "fileinput",
            "mmap",
            "dbm",
            "ssl",
            "ftplib",
            "smtplib",
            "subprocess",
            "ctypes",
            "concurrent",
            "logging",
            "urllib.request",
        ),
        (),
    ),
}
#: Calls that touch files, by the modules that may make them.
IO: dict[str, tuple[str, ...]] = {
    "open": ("cli/output", "files"),  # cli/output: where output then goes
    "fdopen": ("files",),
    "scandir": ("cache/build_state", "files/discovery"),
    "exists": ("cache", "cli/options"),
    "isdir": ("cache", "files/discovery", "files/locks", "serve/watch"),
    "is_file": ("cache/database", "cli/options", "cli/rounds", "files/spill", "serve"),
    "is_dir": (
        "cache/build_state",
        "cache/writer",
        "cli/init",
        "config/taxonomy",
        "files/discovery",
        "published/previous",
        "serve",
    ),
    "stat": (
        "cache",
        "config/taxonomy",
        "files/discovery",
        "files/publishing",
        "files/spill",
        "serve",
    ),
    "realpath": (
        "build/context",
        "cache",
        "files/discovery",
        "files/locks",
        "files/publishing",
        "serve",
    ),
    "pread": ("files/spill",),
    "rmdir": ("files/publishing",),
    "makedirs": ("build/plan", "files/publishing"),
    "unlink": ("cache", "files/publishing", "files/spill", "websub"),
    "fsync": ("files",),
    "fstat": ("files",),
    "read_bytes": ("doctor/parsing",),  # of the package itself
    "touch": ("cache",),
    "utime": ("files/publishing",),
    "rglob": ("config/taxonomy", "published/previous"),
    "glob": ("cache", "files/spill"),
    "mkdir": ("cache", "files/locks"),
    **dict.fromkeys(
        ("read_text", "write_text", "write_bytes", "rename", "symlink_to", "chmod", "iterdir"), ()
    ),
}
#: What differs from one run to the next.
CLOCK: dict[str, tuple[str, ...]] = {
    "now": ("cli/build", "cli/check", "cli/doctor", "cli/look", "cli/rounds", "cli/update"),
    "urandom": ("files/locks",),  # the lock file's own text, which is in no output
    **dict.fromkeys(
        ("utcnow", "today", "environ", "getenv", "uuid1", "uuid4", "getlocale", "getcwd", "cwd"), ()
    ),
}


class Use(NamedTuple):
    """Something that a module does, and where."""

    what: str
    line: int


def find_room(path: Path) -> str:
    return path.relative_to(SOURCE).with_suffix("").parts[0]


def name_module(path: Path) -> str:
    """Return what the tables call a module: ``files/opening``, or ``cache`` for the room itself."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return "/".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def find_packages(tree: ast.Module) -> Iterator[Use]:
    """Yield every package that is imported, and every module of it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from _name_packages([alias.name for alias in node.names], node.lineno)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            module = node.module or ""
            names = [module, *(f"{module}.{alias.name}" for alias in node.names)]
            yield from _name_packages(names, node.lineno)


def _name_packages(names: list[str], line: int) -> Iterator[Use]:
    for name in names:
        yield from (Use(what, line) for what in {name.partition(".")[0], name})


def find_arrows(tree: ast.Module, path: Path) -> Iterator[Use]:
    """Yield every other room that is imported, but for what only type checkers see."""
    blocks = (node for node in ast.walk(tree) if isinstance(node, ast.If) and _is_typing(node))
    typed = {id(node) for block in blocks for node in ast.walk(block)}
    depth = len(path.relative_to(SOURCE).parts)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == depth and id(node) not in typed:
            names = [node.module] if node.module else [alias.name for alias in node.names]
            for name in names:
                yield Use(str(name).partition(".")[0], node.lineno)


def _is_typing(node: ast.If) -> bool:
    return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def find_calls(tree: ast.Module) -> Iterator[Use]:
    """Yield the methods and built-in functions that are called; the package's own are its own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield Use(node.func.attr, node.lineno)
            elif isinstance(node.func, ast.Name) and hasattr(builtins, node.func.id):
                yield Use(node.func.id, node.lineno)


def find_attributes(tree: ast.Module) -> Iterator[Use]:
    """Yield what is taken from something else, called or not."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield Use(node.attr, node.lineno)


def find_trespasses(
    uses: Iterator[Use], table: dict[str, tuple[str, ...]], module: str
) -> list[Use]:
    names = {module, module.partition("/")[0]}
    return [use for use in uses if use.what in table and names.isdisjoint(table[use.what])]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_a_module_imports_only_the_rooms_before_it(path: Path) -> None:
    room = find_room(path)
    before = {*ROOMS[: ROOMS.index(room)], *(to for origin, to in BACK if origin == room)}
    assert [use for use in find_arrows(parse(path), path) if use.what not in before] == []


def test_the_design_names_every_room_and_module() -> None:
    text = DESIGN.read_text("utf-8").partition("## Rooms")[2].partition("\n## ")[0]
    modules = {name_module(path) for path in FILES} - {"__init__", "__main__"}
    assert [name for name in sorted(modules) if f"`{name}`" not in text] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_a_module_imports_only_the_packages_of_its_room(path: Path) -> None:
    packages = list(find_packages(parse(path)))
    assert find_trespasses(iter(packages), PACKAGES, name_module(path)) == []
    known = {*PACKAGES, *sys.stdlib_module_names, "msgspec"}
    assert [use for use in packages if use.what.partition(".")[0] not in known] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_a_module_touches_files_and_asks_the_clock_only_where_its_room_may(path: Path) -> None:
    tree, module = parse(path), name_module(path)
    assert find_trespasses(find_calls(tree), IO, module) == []
    assert find_trespasses(find_attributes(tree), CLOCK, module) == []
    assert [use for use in find_calls(tree) if use.what == "hash"] == []  # it has a seed


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_a_module_has_at_most_500_lines(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 500


def test_every_folder_of_tests_is_a_room_or_of_the_project_as_a_whole() -> None:
    folders = {path.parent.relative_to(TESTS).as_posix() for path in TESTS.rglob("test_*.py")}
    assert folders - set(ROOMS) == {"project"}


def test_functions_are_short_public_names_documented_and_types_without_namesakes() -> None:
    modules = read_modules()
    assert find_long_functions(modules) == []
    assert find_undocumented(modules) == []
    assert find_repeated_types(modules) == {}


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("import lxml.etree", ["lxml"]),
        ("def f():\n    from feedgen import feed", ["feedgen"]),
        ("from urllib import request", ["urllib.request"]),
        ("from urllib.request import urlopen", ["urllib.request"]),
        ("from os.path import join", ["os"]),
        ("from urllib.parse import quote", []),
    ],
)
def test_imports_are_seen_in_every_spelling(source: str, seen: list[str]) -> None:
    uses = find_trespasses(find_packages(ast.parse(source)), PACKAGES, "text/slugs")
    assert sorted({use.what for use in uses}) == seen


@pytest.mark.parametrize("source", ["open('a')", "path.open('wb')", "path.write_text('a')"])
def test_what_touches_files_is_seen_in_every_spelling(source: str) -> None:
    assert find_trespasses(find_calls(ast.parse(source)), IO, "selection") != []


@pytest.mark.parametrize("source", ["datetime.now(UTC)", "make = datetime.now", "os.environ['A']"])
def test_what_asks_the_clock_or_the_machine_is_seen_in_every_spelling(source: str) -> None:
    assert find_trespasses(find_attributes(ast.parse(source)), CLOCK, "selection") != []


def test_arrows_are_seen_but_for_those_of_types() -> None:
    tree = ast.parse(
        "from ..read import a\nfrom . import view\nfrom .. import build\n"
        "if TYPE_CHECKING:\n    from ..cli import b\ndef f():\n    from ..gather import c\n"
    )
    arrows = find_arrows(tree, SOURCE / "render" / "atom.py")
    assert [use.what for use in arrows] == ["read", "build", "gather"]


def test_lines_are_counted_less_docstrings_and_inner_functions() -> None:
    inner = "    def g():\n        pass\n\n"
    source = f'def f():\n    """Say.\n\n    More."""\n    a = 1\n\n{inner}    return g\n'
    (function,) = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    assert count_body(function) == 4
