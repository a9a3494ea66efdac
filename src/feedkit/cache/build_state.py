"""The state of the last build as a whole: settings, counts, stamps of published files.

A digest of feedkit's own files and of the libraries that shape its output is a part of it.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import suppress
from hashlib import blake2b, sha256
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ..config import Config
from ..errors import RecordError, make_line
from ..files import PRIVATE, read_file, write_file
from ..files.discovery import Stamp, find_real
from ..models import Report
from ..version import __version__
from . import CacheFolders

if TYPE_CHECKING:
    from ..selection.resolve import Resolution


class Counts(msgspec.Struct):
    """Counts of records, and the names of those that share a URL."""

    articles: int = 0
    rejected: int = 0
    unpublished: int = 0
    duplicates: int = 0
    retold: int = 0
    withheld: dict[str, int] = {}
    shared: list[tuple[str, ...]] = []

    def add(self, resolved: Resolution) -> None:
        """Add the counts of resolved records."""
        self._count(resolved, 1)
        self.shared += resolved.shared

    def subtract(self, resolved: Resolution) -> None:
        """Subtract the counts of records as they were resolved before."""
        self._count(resolved, -1)
        # Of several addresses in the same files each has its line.
        left = Counter(self.shared)
        left.subtract(resolved.shared)
        self.shared = list(left.elements())

    def _count(self, resolved: Resolution, sign: int) -> None:
        self.articles += sign * resolved.articles
        self.rejected += sign * resolved.rejected
        self.unpublished += sign * resolved.unpublished
        self.duplicates += sign * resolved.duplicates
        self.retold += sign * resolved.retold
        withheld = Counter(self.withheld)
        for reason, count in resolved.withheld.items():
            withheld[reason] += sign * count
        self.withheld = {reason: count for reason, count in withheld.items() if count}


class BuildState(msgspec.Struct, kw_only=True):
    """The state of the last build as a whole."""

    fingerprint: bytes
    """Of all that the output depends on besides the records and the time."""
    sources: dict[bytes, bytes]
    """Folders and files in which records were found: real paths, and as they were spelt."""
    at: float
    """In seconds since 1970: when it was."""
    counts: Counts
    clashed: list[str]
    """Articles that claim one id, and why some of them were rejected."""
    clashes: list[tuple[str, int, str, str, str]]
    parts: list[int]
    """The numbers of the files of encoded records."""
    size: int
    """Bytes in these, and those of them that no row points to any more."""
    unused: int
    stamps: dict[str, Stamp] = {}
    """All files that were published, and how they stood then."""
    lists: list[str] = []
    """Those that list all feeds."""
    generation: str = ""
    """As `begin_generation` returned it for the build that these facts are of."""
    manifest: str = ""
    """The sha256 of the manifest that was published with these facts."""
    has_emptied: bool = False
    """Whether there are feeds without any article left, which may be pruned."""
    has_deferred: bool = False
    """Whether there are feeds that wait for others before they are published at all."""
    few: list[str] = []
    """The paths of feeds that are not made since they have few articles."""
    has_beyond: bool = False
    """Whether feeds are not made since there are too many."""
    report: str = ""

    @property
    def errors(self) -> list[RecordError]:
        """Errors of records that were rejected because another one has their id."""
        return [RecordError(*clash) for clash in self.clashes]


def encode_state(state: BuildState) -> bytes:
    """Return the encoded state; texts with file names are JSON, since a name may be no Unicode."""
    said = json.dumps([state.counts.shared, state.clashes])
    counts = msgspec.structs.replace(state.counts, shared=[])
    return msgspec.msgpack.encode((msgspec.structs.replace(state, counts=counts, clashes=[]), said))


def decode_state(data: bytes) -> BuildState:
    """Return facts that were kept."""
    state, said = msgspec.msgpack.decode(data, type=tuple[BuildState, str])
    shared, clashes = json.loads(said)
    state.counts.shared = list(map(tuple, shared))
    state.clashes = list(map(tuple, clashes))
    return state


def encode_sources(sources: dict[str, str]) -> dict[bytes, bytes]:
    """Return sources as they are stored: a path may be no Unicode text."""
    return {os.fsencode(real): os.fsencode(name) for real, name in sources.items()}


def decode_sources(state: BuildState) -> dict[str, str]:
    """Return sources that were kept, by real path; spelt as they were if that still leads there."""
    known = state.sources.items()
    kept = {real: name if find_real(os.fsdecode(name)) == real else real for real, name in known}
    return {os.fsdecode(real): os.fsdecode(name) for real, name in kept.items()}


def make_fingerprint(
    config: Config, out: Path, prepare_version: str, folders: CacheFolders
) -> bytes | None:
    """Return a digest of everything but the records that decides the published files.

    Args:
        config: The settings.
        out: The published folder.
        prepare_version: See `build`.
        folders: The folders of the cache; None is returned if nothing is stored.
    """
    if not folders.is_kept:
        return None
    state = (
        __version__,
        digest_installed(folders.records / "installed"),
        find_real(out),
        prepare_version,
        config,
    )
    return sha256(msgspec.msgpack.encode(state)).digest()


def encode_report(report: Report, passing: Collection[str]) -> str:
    """Return a report as it is stored; as JSON, since a file's name may be no Unicode text.

    Args:
        report: The report of the build.
        passing: Notes that are of no other build.
    """
    left_out = set(map(make_line, passing))
    notes = tuple([note for note in report.notes if note not in left_out])
    kept = msgspec.structs.replace(report, notes=notes, changed=(), warnings=())
    return json.dumps(msgspec.structs.asdict(kept))


def decode_report(text: str) -> Report:
    """Return the stored report, as that of a build without changes."""
    report = msgspec.convert(json.loads(text), Report)
    return msgspec.structs.replace(report, written=0, unchanged=report.files, changed=())


def encode_error(error: RecordError) -> tuple[str, int, str, str, str]:
    """Return an error as it is stored."""
    return error.name, error.line, error.field, error.found, error.wanted


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
    """Return a digest of the files of feedkit and the versions of its libraries.

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
    """Return the version of an installed library, empty if it cannot be found.

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
