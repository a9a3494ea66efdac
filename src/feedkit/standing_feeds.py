"""The manifest and the feeds in OUT, read from disk and checked."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import msgspec

from .addresses import is_feed_name, is_feed_path
from .errors import PublishError
from .files import read_file, read_start
from .guard import Published
from .limits import PUBLISHED_BYTES
from .model import Format
from .pages.manifest import MANIFEST, Manifest, decode_manifest
from .provenance import HEAD, is_feed
from .scan import is_there
from .shown import Shown, decode_shown
from .text import clean_text


def read_published(out: Path) -> Manifest:
    """Return what the manifest below `out` says, one without feeds where there is none.

    Raises:
        PublishError: There is one, and it cannot be read; what it names could not be withdrawn.
    """
    path = out / MANIFEST
    try:
        return decode_published(read_file(path, PUBLISHED_BYTES), os.fspath(path))
    except FileNotFoundError:
        _check_strange(out)
        return Manifest([])
    except OSError as error:
        raise PublishError(f"{path}: {error.strerror}") from error


def decode_published(data: bytes, where: str) -> Manifest:
    """Return what a manifest says.

    Args:
        data: The manifest.
        where: What errors call it.

    Raises:
        PublishError: It is none.
    """
    try:
        published = decode_manifest(data)
    except ValueError as error:
        wanted = "the one that feedkit wrote, or none"
        raise PublishError(f"{where}: expected {wanted}, got something else ({error})") from error
    if odd := [feed.path for feed in published.feeds if not _is_below(feed)]:
        raise PublishError(f"{where}: expected files below it, got {odd[0]!r}")
    published.feeds, published.strange = _leave_strange(published.feeds)
    return published


def _leave_strange(feeds: list[Published]) -> tuple[list[Published], list[str]]:
    """Return the files that any settings can have given, and the names of the others."""
    kept, strange = list[Published](), list[str]()
    for feed in feeds:
        if is_feed_path(feed.path) and all(map(is_feed_name, feed.files)):
            kept.append(feed)
            continue
        is_place = is_feed_path(feed.path)
        files = {name: sha for name, sha in feed.files.items() if is_place and is_feed_name(name)}
        if files:
            kept.append(msgspec.structs.replace(feed, files=files))
        others = (name for name in feed.files if name not in files)
        strange += [f"{feed.path}/{name}" if feed.path else name for name in others]
    return kept, strange


def _check_strange(out: Path) -> None:
    """Raise where there are feeds of earlier builds, or another's page where theirs would be.

    Nobody knows then which feeds there are, and what they show could not be withdrawn.
    """
    for path in sorted(out.rglob("*")):
        if _is_feed(path):
            wanted = f"{out / MANIFEST}, which names the feeds that feedkit wrote"
            raise PublishError(f"{path}: expected {wanted}; restore it, or empty {out} and build")
    page = out / "index.html"
    if is_there(os.fspath(page)):
        raise PublishError(
            f"{page}: expected a folder for feeds alone, got a page of something else"
        )


def _is_feed(path: Path) -> bool:
    """Return whether a file is a feed that feedkit wrote."""
    if path.name.startswith("."):  # what a build that died had staged
        return False
    with suppress(OSError):
        return is_feed(read_start(path, HEAD))
    return False


def read_shown(out: Path, feed: Published, format: Format) -> list[Shown] | None:
    """Return the entries of a published feed, None where it cannot be read in this format."""
    for name in feed.files:
        if feed.format_of(name) == format:
            with suppress(OSError, ValueError):
                return decode_shown(read_file(out / feed.path / name, PUBLISHED_BYTES), format)
    return None


def _is_below(feed: Published) -> bool:
    parts = feed.path.split("/") if feed.path else []
    names = {name for name in feed.files if "/" in name or "\\" in name}
    return clean_text(feed.path) == feed.path and {"", ".", ".."}.isdisjoint(parts) and not names


def load_published(out: Path, name: str) -> bytes | None:
    """Return the bytes of a published file, None where it cannot be read."""
    try:
        return read_file(out / name, PUBLISHED_BYTES)
    except OSError:
        return None
