"""A folder that stands in for the published one: links to its files, and what is written there."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def link_files(out: Path, copy: Path, names: Iterable[str]) -> None:
    """Let files stand below `copy` as they do below `out`; one written there takes a link's place.

    What cannot be linked is missing there.
    """
    for name in names:
        target = os.path.abspath(os.path.join(out, name))  # noqa: PTH100, PTH118
        if os.path.lexists(target):
            link = os.path.join(copy, name)  # noqa: PTH118
            os.makedirs(os.path.dirname(link), exist_ok=True)  # noqa: PTH103, PTH120
            with suppress(OSError):
                os.symlink(target, link)  # noqa: PTH211


def is_linked(copy: Path, name: str) -> bool:
    """Return whether a file below `copy` is the one that was linked: nothing else was written."""
    return os.path.islink(os.path.join(copy, name))  # noqa: PTH114, PTH118
