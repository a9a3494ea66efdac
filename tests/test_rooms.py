"""Which room may import what: change the tables here first, then the source.

A room is a module of feedkit, or a folder of them. What each may do is read from its syntax, so
that what runs only on some path is seen too.
"""

import ast
import builtins
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import feedkit

SOURCE = Path(feedkit.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))
#: Each room, after all that it may import: the arrows point upwards.
ARROWS: dict[str, tuple[str, ...]] = {
    "errors": (),
    "version": (),
    "limits": (),
    "plain": ("errors",),
    "explain": (),
    "checked": ("errors", "limits", "plain", "explain"),
    "files": (),
    "model": (),
    "source": ("model",),
    "text": (),
    "words": (),
    "urls": ("errors", "limits"),
    "names": ("errors", "limits", "urls"),
    "about": ("errors", "checked", "limits", "model", "names", "text", "urls"),
    "out_names": (),
    "copies": ("out_names",),
    "installed": ("files",),
    "globs": (),
    "provenance": ("copies", "out_names"),
    "addresses": ("errors", "limits", "out_names"),
    "settings": (
        *(
            "errors",
            "limits",
            "globs",
            "checked",
            "model",
            "about",
            "addresses",
            "names",
            "text",
            "urls",
        ),
        "words",
    ),
    "redirects": ("errors", "addresses"),
    "ids": ("errors", "limits", "checked", "text", "urls"),
    "scan": ("errors", "files"),
    "config": ("checked", "model", "about", "addresses", "names", "redirects", "settings", "ids"),
    "records": (
        "errors",
        "limits",
        "plain",
        "model",
        "config",
        "settings",
        "names",
        "text",
        "urls",
        "words",
    ),
    "toml_lines": (),
    "known": ("errors", "limits", "model", "about", "names", "text", "records", "explain"),
    "data_files": ("limits", "files", "errors", "about", "config", "records", "known"),
    "config_file": (
        *("limits", "files"),
        *("errors", "about", "config", "settings", "ids", "data_files", "explain"),
        "toml_lines",
    ),
    "feed": ("model", "config", "settings"),
    "frames": (),
    "guard": ("model", "settings"),
    "topics": ("config", "guard"),
    "renamed": ("about", "limits", "config", "guard", "names", "settings", "text"),
    "seen": ("errors", "model", "names", "urls", "guard"),
    "shown": ("model", "seen"),
    "planned": ("errors", "shown", "urls"),
    "compare": (
        *("model", "about", "addresses", "config", "settings", "ids", "guard", "seen", "urls"),
    ),
    "past_dates": ("model", "config", "guard", "compare"),
    "selection": (
        "errors",
        "plain",
        "model",
        "config",
        "settings",
        "about",
        "feed",
        "names",
        "text",
        "urls",
        "words",
        "records",
        "ids",
    ),
    "fragment": ("errors", "limits", "urls"),
    "body": ("limits", "model", "fragment"),
    "render": ("limits", "model", "config", "settings", "feed", "frames", "body", "text"),
    "pages": (
        *("model", "config", "settings", "feed", "frames", "guard", "render", "text", "limits"),
    ),
    "workers": (),
    "lock": ("errors", "files"),
    "read": (
        *("errors", "model", "config", "settings", "records", "scan", "source"),
        *("limits", "files", "globs"),
    ),
    "standing_feeds": (
        *("errors", "model", "guard", "pages", "scan", "text", "shown", "limits", "files"),
        *("addresses", "provenance"),
    ),
    "previous": (
        *("errors", "version", "limits", "pages", "standing_feeds", "compare", "config"),
        "past_dates",
    ),
    "publish": ("errors", "copies", "limits", "files", "out_names", "provenance"),
    "mirror": (),
    "spool": ("errors", "files", "model", "selection"),
    "catalogue": ("errors", "files", "config", "lock", "scan", "selection", "spool"),
    "gather": (
        *(
            "errors",
            "globs",
            "plain",
            "model",
            "config",
            "urls",
            "records",
            "selection",
            "scan",
            "read",
            "spool",
        ),
        "catalogue",
    ),
    "survey": (
        *("errors", "config", "redirects", "selection", "scan", "source", "workers", "spool"),
        *("gather", "catalogue"),
    ),
    "standing": (
        *("errors", "model", "config", "ids", "names", "urls", "words", "selection"),
        *("catalogue", "survey"),
    ),
    "unmatched": ("errors", "about", "config", "names", "selection", "settings", "urls", "words"),
    "starter": ("config", "settings", "names", "selection"),
    "encode": ("model", "config", "settings", "selection", "render", "pages", "spool"),
    "assemble": (
        *(
            "model",
            "addresses",
            "config",
            "settings",
            "feed",
            "frames",
            "guard",
            "selection",
            "render",
            "pages",
        ),
        *("publish", "scan", "encode", "compare", "out_names", "provenance", "past_dates"),
    ),
    "building": (
        "installed",
        *("errors", "version", "model", "source", "addresses", "config", "settings", "urls"),
        *("redirects", "renamed", "guard", "selection", "pages", "workers", "lock", "scan", "read"),
        *("frames", "limits", "words"),
        *("publish", "spool", "catalogue", "gather", "survey", "encode", "assemble", "ids"),
        *("planned", "shown", "compare", "previous", "copies", "mirror", "unmatched", "topics"),
        *("out_names", "standing_feeds"),
    ),
    "websub": (
        *("errors", "limits", "model", "config", "settings", "standing_feeds", "topics"),
        "catalogue",
    ),
    "watch": ("errors", "scan"),
    "media": (),
    "live": (),
    "serve": (
        *("errors", "limits", "files", "live", "media", "model", "out_names", "pages"),
        *("scan", "standing_feeds"),
    ),
    "doctor": ("errors", "version", "limits", "model", "guard", "pages", "seen", "text"),
    "cli": (
        *("errors", "globs", "model", "config", "settings", "config_file", "publish", "selection"),
        *("gather", "survey", "starter", "about", "data_files", "building", "planned"),
        *("scan", "standing", "unmatched", "watch", "serve", "doctor", "websub", "read", "words"),
    ),
    "__main__": ("cli",),
    "__init__": (
        "errors",
        "version",
        "source",
        "model",
        "about",
        "config",
        "settings",
        "config_file",
        "ids",
        "feed",
        "selection",
        "render",
        "read",
        "planned",
        "building",
        "websub",
    ),
}
#: Arrows that point back, inside a function: `Article.from_record` is where users look for it.
BACK = {("model", "records")}
#: Packages that are not everyone's, each with its rooms. The rest of the standard library that
#: computes and touches nothing is everyone's, as is msgspec.
PACKAGES: dict[str, tuple[str, ...]] = {
    "feedgen": ("render",),
    "lxml": ("render", "seen", "shown", "doctor"),
    "frontmatter": ("records",),
    "dateutil": ("records",),
    "yaml": ("records",),
    "yaml_rs": ("records",),
    "markdown_it": ("body",),
    "nh3": ("body",),
    "jinja2": ("pages",),
    "markupsafe": ("pages",),
    "idna": ("urls",),
    "httpx": ("doctor", "websub"),
    "jsonschema": ("doctor",),
    "click": ("cli",),
    "rich": ("cli",),
    "watchfiles": ("watch",),
    "starlette": ("serve",),
    "uvicorn": ("serve",),
    "zoneinfo": ("settings",),
    "tomllib": ("config_file", "toml_lines"),
    "os": (
        *(
            "files",
            "globs",
            "lock",
            "workers",
            "source",
            "scan",
            "read",
            "standing_feeds",
            "publish",
            "spool",
            "catalogue",
            "gather",
        ),
        *("building", "cli", "previous", "watch", "serve", "mirror", "websub", "installed"),
    ),
    "sys": ("cli", "__init__"),  # __init__: a name that is a room and a function
    "pathlib": (
        *(
            "data_files",
            "config_file",
            "lock",
            "read",
            "standing_feeds",
            "publish",
            "spool",
            "scan",
            "catalogue",
            "gather",
            "survey",
            "encode",
            "assemble",
            "previous",
            "mirror",
        ),
        *("building", "cli", "serve", "websub", "installed"),
    ),
    "tempfile": ("catalogue",),
    "multiprocessing": ("workers",),
    "pickle": ("workers",),
    "time": ("lock", "previous", "publish", "cli"),  # to wait, and no longer than they may
    "fcntl": ("lock",),
    **dict.fromkeys(("random", "secrets", "calendar", "locale", "getpass", "platform"), ()),
    "io": ("previous",),  # answers read in time
    "shutil": ("catalogue",),  # folders of runs that were killed
    **dict.fromkeys(("glob", "fileinput", "mmap", "dbm"), ()),
    "sqlite3": ("catalogue", "building"),  # building: what a damaged one raises
    "socket": ("serve", "previous"),
    **dict.fromkeys(("ssl", "ftplib", "smtplib", "subprocess", "ctypes"), ()),
    "signal": ("workers", "cli"),  # the command ends cleanly, and its processes with it
    # To notice that the parent died; to wait for several fsyncs, or answers, at once.
    "threading": ("workers", "publish", "serve", "doctor", "websub"),
    "asyncio": ("serve", "doctor"),
    "queue": ("doctor",),
    **dict.fromkeys(("concurrent", "logging"), ()),
    "importlib": (
        "__init__",
        "cli",
        "doctor",
        "websub",
        "installed",
    ),  # what is asked for; extras; schemas
    "http": ("previous",),  # what a broken answer raises
    "urllib.request": (),
}
#: Calls that touch files, by the rooms that may make them.
IO = {
    # cli: where output then goes; previous: an address, not a file.
    "open": ("files", "cli", "previous"),
    "fdopen": ("files", "spool"),
    "read_text": (),
    "scandir": ("scan", "installed"),
    "exists": ("scan", "catalogue", "cli"),
    "isdir": ("lock", "scan", "catalogue", "cli", "watch"),
    "is_file": ("scan", "spool", "catalogue", "cli", "serve"),
    "is_dir": ("installed", "scan", "data_files", "catalogue", "cli", "previous", "serve"),
    "stat": ("publish", "data_files", "scan", "spool", "catalogue", "cli", "watch", "serve"),
    "realpath": ("lock", "scan", "catalogue", "watch", "serve", "publish", "building"),
    "pread": ("spool",),
    "rmdir": ("publish",),
    "makedirs": ("publish", "mirror"),
    "unlink": ("publish", "spool", "catalogue"),
    "fsync": ("files",),
    "fstat": ("files",),
    "read_bytes": ("doctor",),  # of the package itself
    **dict.fromkeys(("write_text", "write_bytes", "rename"), ()),
    "touch": ("catalogue",),
    **dict.fromkeys(
        (
            "symlink_to",
            "chmod",
            "iterdir",
        ),
        (),
    ),
    "utime": ("publish",),
    "rglob": ("data_files", "standing_feeds"),
    "glob": ("catalogue", "spool"),
    "mkdir": ("lock", "catalogue"),
}
#: What differs from one run to the next.
CLOCK = {
    **dict.fromkeys(("now", "utcnow", "today"), ("cli",)),
    **dict.fromkeys(("environ", "getenv", "uuid1", "uuid4", "getlocale", "getcwd", "cwd"), ()),
    "urandom": ("lock",),  # the lock file's own text, which is in no output
}


class Use(NamedTuple):
    """Something that a module does, and where."""

    what: str
    line: int


def find_room(path: Path) -> str:
    return path.relative_to(SOURCE).with_suffix("").parts[0]


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


def find_trespasses(uses: Iterator[Use], table: dict[str, tuple[str, ...]], room: str) -> list[Use]:
    return [use for use in uses if use.what in table and room not in table[use.what]]


def count_lines(function: ast.FunctionDef) -> int:
    """Return the lines of a function's body, less its docstring and the functions in it."""
    first = function.body[1:] if ast.get_docstring(function) is not None else function.body
    if not first:
        return 0
    lines = (function.end_lineno or 0) - first[0].lineno + 1
    inner = [node for node in first if isinstance(node, ast.FunctionDef)]
    return lines - sum((node.end_lineno or 0) - node.lineno + 1 for node in inner)


def test_the_table_of_arrows_points_one_way() -> None:
    rooms = list(ARROWS)
    back = [
        (room, to) for room in rooms for to in ARROWS[room] if rooms.index(to) >= rooms.index(room)
    ]
    assert back == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_a_module_imports_only_the_rooms_above_it(path: Path) -> None:
    room = find_room(path)
    assert room in ARROWS
    allowed = {room, *ARROWS[room], *(to for origin, to in BACK if origin == room)}
    assert [use for use in find_arrows(parse(path), path) if use.what not in allowed] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_a_module_imports_only_the_packages_of_its_room(path: Path) -> None:
    packages = list(find_packages(parse(path)))
    assert find_trespasses(iter(packages), PACKAGES, find_room(path)) == []
    known = {*PACKAGES, *sys.stdlib_module_names, "msgspec"}
    assert [use for use in packages if use.what.partition(".")[0] not in known] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_a_module_touches_files_and_asks_the_clock_only_where_its_room_may(path: Path) -> None:
    tree, room = parse(path), find_room(path)
    assert find_trespasses(find_calls(tree), IO, room) == []
    assert find_trespasses(find_attributes(tree), CLOCK, room) == []
    assert [use for use in find_calls(tree) if use.what == "hash"] == []  # it has a seed


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_a_module_has_at_most_500_lines_and_its_functions_40(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 500
    functions = [node for node in ast.walk(parse(path)) if isinstance(node, ast.FunctionDef)]
    assert [node.name for node in functions if count_lines(node) > 40] == []


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
    uses = find_trespasses(find_packages(ast.parse(source)), PACKAGES, "names")
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
    assert count_lines(function) == 4
