"""Changes of files and folders, as they happen: the only module that uses watchfiles.

Folders are watched by the system. Single files are looked at now and then: editors replace a file
by another one, which a watch of the first does not notice.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import watchfiles

from ..errors import PublishError
from ..files.discovery import find_stamp

#: Milliseconds between two looks at files; those without a change after which changes are told.
_TICK, _QUIET = 200, 50
#: A hidden name in a path. By those with two dots Kubernetes keeps the versions of a ConfigMap.
_HIDDEN = re.compile(rf"{re.escape(os.sep)}\.(?!\.)")


class Places(NamedTuple):
    """The watched paths, existing or not."""

    folders: frozenset[str]
    """With all below them, but for hidden names and what editors stored."""
    files: frozenset[str]
    ignored: frozenset[str]
    """Folders in which nothing counts, wherever they are; real paths."""


def watch_changes(find_places: Callable[[], Places]) -> Iterator[set[str] | None]:
    """Yield the paths that changed, several times each second, none if none did.

    None in place of paths says that watching begins, or begins anew: anything may have changed.

    Args:
        find_places: Returns what is to be watched now.

    Raises:
        PublishError: The system watches no more folders.
    """
    while True:
        yield from _watch(find_places(), find_places)


def _watch(places: Places, find_places: Callable[[], Places]) -> Iterator[set[str] | None]:
    stamps, inodes = _find_stamps(places), _find_inodes(places)
    folders = sorted({os.path.realpath(path) for path, inode in inodes.items() if inode})
    batches = watchfiles.watch(
        *folders,
        watch_filter=_make_filter(folders, places.ignored),
        step=_QUIET,
        rust_timeout=_TICK,
        yield_on_timeout=True,
        ignore_permission_denied=True,
    )
    try:
        next(batches)  # from now on nothing is missed
        yield None
        for batch in batches:
            before, stamps = stamps, _find_stamps(places)
            files = {path for path, stamp in stamps.items() if stamp != before[path]}
            yield files | {path for _, path in batch}
            # A folder that was put in another's place is not the one that is watched.
            if places != find_places() or inodes != _find_inodes(places):
                return
    except FileNotFoundError:  # a folder went at this moment
        return
    except (OSError, RuntimeError) as error:  # RuntimeError: what its other half failed with
        raise PublishError(f"{', '.join(folders)}: cannot be watched: {error}") from error
    finally:
        batches.close()


def _find_stamps(places: Places) -> dict[str, bytes | None]:
    return {path: find_stamp(path) for path in places.files}


def _find_inodes(places: Places) -> dict[str, int]:
    """Return the inode of each folder, 0 if there is none."""
    return {path: _find_inode(path) for path in places.folders}


def _find_inode(path: str) -> int:
    try:
        return os.stat(path).st_ino  # noqa: PTH116
    except OSError:
        return 0


def _make_filter(
    folders: list[str], ignored: frozenset[str]
) -> Callable[[watchfiles.Change, str], bool]:
    tops = [os.path.join(folder, "") for folder in folders]  # noqa: PTH118
    skipped = tuple(os.path.join(folder, "") for folder in ignored)  # noqa: PTH118

    def is_wanted(change: watchfiles.Change, path: str) -> bool:
        # Folders are watched through links too, one of which may lead to what is ignored.
        if os.path.join(os.path.realpath(path), "").startswith(skipped):  # noqa: PTH118
            return False
        inner = [path[len(top) - 1 :] for top in tops if path.startswith(top)]
        is_copy = path.endswith("~") and not os.path.isdir(path)  # noqa: PTH112
        return not is_copy and not all(map(_HIDDEN.search, inner))

    return is_wanted
