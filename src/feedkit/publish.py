"""Bytes to files, all or nothing per file. The only module that writes where readers look.

First every file of a build is written beside its target and fsynced, then all are renamed, then
their folders are fsynced: whoever reads sees an old file or a new one, whole (rename(2), fsync(2)).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from .errors import PublishError


class Staged(NamedTuple):
    """One file of a build, not yet where readers look."""

    #: Below OUT, with slashes.
    name: str
    sha256: str
    #: Whether its bytes differ from those published; only then there is anything to rename.
    is_changed: bool


def stage_file(out: Path, name: str, body: bytes) -> Staged:
    """Write `body` beside its target, unless the target holds these bytes.

    Raises:
        PublishError: The file cannot be written.
    """
    target = out / name
    digest = sha256(body).hexdigest()
    try:
        if _holds(target, body):
            return Staged(name, digest, False)
        target.parent.mkdir(parents=True, exist_ok=True)
        _write_synced(_beside(target), body)
    except OSError as error:
        raise PublishError(f"{target}: {error.strerror}") from error
    return Staged(name, digest, True)


def publish_files(out: Path, staged: Iterable[Staged]) -> None:
    """Rename every changed file to its target, in the order given, then fsync their folders.

    Raises:
        PublishError: A file cannot be renamed; those before it are published.
    """
    folders: dict[Path, None] = {}
    for file in staged:
        if file.is_changed:
            target = out / file.name
            try:
                _beside(target).replace(target)
            except OSError as error:
                raise PublishError(f"{target}: {error.strerror}") from error
            folders.update(dict.fromkeys((target.parent, target.parent.parent)))
    for folder in folders:
        _sync_folder(folder)


def discard_files(out: Path, names: Iterable[str]) -> None:
    """Remove what `stage_file` wrote for these names, where it is there."""
    for name in names:
        with suppress(OSError):
            _beside(out / name).unlink()


def _holds(target: Path, body: bytes) -> bool:
    """Return whether the file at `target` has these bytes; a folder there is an error."""
    try:
        with target.open("rb", buffering=0) as file:
            if os.fstat(file.fileno()).st_size != len(body):
                return False
            return file.read() == body
    except FileNotFoundError:
        return False


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name}.new")


def _write_synced(path: Path, body: bytes) -> None:
    # Never through a link that someone put there; what an earlier build left is written over.
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0), 0o666)
    with open(descriptor, "wb", buffering=0) as file:  # noqa: PTH123 (of a descriptor)
        view = memoryview(body)
        while view:
            view = view[file.write(view) :]
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # elsewhere folders cannot be opened, nor need be
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
