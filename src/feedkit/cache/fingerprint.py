"""A digest of feedkit's own files and of the libraries that shape its output.

A cache that another version of feedkit wrote holds that version's results. Reading all files at
each build would take longer than a build without changes: the digest is stored beside the status
of each file, and made again if any status differs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

import msgspec

from ..files.opening import PRIVATE, read_file, write_file

#: What shapes output, by module: the sanitiser, the Markdown engine, feeds, pages, host names, and
#: the parsers of records.
_LIBRARIES = {
    "nh3": "nh3",
    "markdown_it": "markdown_it_py",
    "feedgen": "feedgen",
    "lxml": "lxml",
    "jinja2": "jinja2",
    "markupsafe": "markupsafe",
    "idna": "idna",
    "yaml": "pyyaml",
    "yaml_rs": "yaml_rs",
    "frontmatter": "python_frontmatter",
    "dateutil": "python_dateutil",
}
_SIZE = 16
_PACKAGE = Path(__file__).parents[1]
#: Bytes of a file of the package, or of a library that names no version.
_MOST = 2**26


def digest_installed(memo: Path) -> bytes:
    """Return what differs if a file of feedkit, or the version of a library, does.

    Args:
        memo: The file that keeps it for the next build; a failure to write it is ignored.
    """
    places = [__file__, msgspec.__file__]  # where Python finds the package, and others beside it
    with suppress(OSError, ValueError, TypeError):  # of what is damaged
        known, paths, stats, digest = msgspec.msgpack.decode(read_file(memo, _MOST))
        if known == places and stats == _find_stats(paths) and len(digest) == _SIZE:
            return bytes(digest)
    own, others = sorted(_list_files(os.fspath(_PACKAGE))), _find_libraries()
    paths = [*own, *others.values()]
    try:
        stats = _find_stats(paths)  # before they are read
        digest = _digest(own, others)
    except OSError:  # the package is no folder, or changes at this moment
        return b""
    with suppress(OSError, OverflowError):
        new = memo.with_name(f"{memo.name}.new")
        write_file(new, msgspec.msgpack.encode((places, paths, stats, digest)), mode=PRIVATE)
        new.replace(memo)
    return digest


def _find_stats(paths: list[str]) -> list[int]:
    """Return the two times, the size and the inode of each file."""
    found = map(os.stat, paths)
    return [
        number
        for one in found
        for number in (one.st_mtime_ns, one.st_ctime_ns, one.st_size, one.st_ino)
    ]


def _list_files(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                if entry.name != "__pycache__":
                    yield from _list_files(entry.path)
            elif not entry.name.endswith((".pyc", ".pyo")):
                yield entry.path


def _find_libraries() -> dict[str, str]:
    """Return the file that each library begins with, of those that there are."""
    from importlib.machinery import PathFinder  # seldom needed

    specs = {module: PathFinder.find_spec(module) for module in _LIBRARIES}
    return {module: spec.origin for module, spec in specs.items() if spec and spec.origin}


def _digest(own: list[str], libraries: dict[str, str]) -> bytes:
    digest = blake2b(digest_size=_SIZE)
    for path in own:
        body = read_file(path, _MOST)
        digest.update(b"%s\0%d\0" % (os.fsencode(os.path.relpath(path, _PACKAGE)), len(body)))
        digest.update(body)
    for module, origin in libraries.items():
        version = _find_version(module, origin).encode() or read_file(origin, _MOST)
        digest.update(b"%s\0%d\0" % (module.encode(), len(version)))
        digest.update(version)
    return digest.digest()


def _find_version(module: str, origin: str) -> str:
    """Return what an installer calls a library beside its files, empty if nothing is there.

    The names of its folders tell in no time what takes `importlib.metadata` longer to load than a
    build without changes.
    """
    above = Path(origin).parent
    folder = above.parent if above.name == module else above
    return " ".join(
        name
        for name in sorted(os.listdir(folder))  # noqa: PTH208
        if name.endswith((".dist-info", ".egg-info"))
        and name.lower().partition("-")[0].replace(".", "_") == _LIBRARIES[module]
    )
