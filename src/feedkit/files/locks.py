"""A lock beside OUT, so that one build runs at a time; it is released when its process ends.

The lock file holds the generation of the published files: a random text that every build which
publishes replaces. A cache that holds another generation was not written by the last build.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import BusyError, PublishError
from . import PRIVATE, close_to_others, open_lock, read_file, sync, write_file

try:
    import fcntl
except ImportError:  # Windows: two builds at once are the user's to prevent
    fcntl = None  # type: ignore[assignment]

#: Seconds between two attempts.
_PAUSE = 0.05
#: Bytes of a generation; in the lock file it has two hexadecimal digits for each.
_GENERATION = 16


@contextmanager
def lock_folder(out: Path, wait: float) -> Iterator[None]:
    """Hold the lock of `out`, whatever its spelling, until the block ends.

    Args:
        out: Need not exist; the folder that it stands in is made.
        wait: Seconds to wait for who holds it.

    Raises:
        BusyError: It is still held after that time.
        PublishError: There is no place for it.
    """
    if fcntl is None:
        yield
        return
    with _hold(_take_lock(out, wait)):
        yield


def _take_lock(out: Path, wait: float) -> int:
    try:
        return _lock(_open_lock(out, os.O_RDONLY), out, wait)
    except PublishError as error:
        # NFS locks only what is open for writing (flock(2)); elsewhere nothing need be.
        if getattr(error.__cause__, "errno", None) != errno.EBADF:
            raise
    return _lock(_open_lock(out, os.O_RDWR), out, wait)


@contextmanager
def lock_cache(folder: Path, wait: float) -> Iterator[None]:
    """Hold the lock of a cache, which is a folder that is there, until the block ends.

    Args:
        folder: That of one published folder, or of several by the user's choice.
        wait: Seconds to wait for who holds it.

    Raises:
        BusyError: It is still held after that time.
        PublishError: It cannot be locked.
    """
    if fcntl is None:
        yield
        return
    descriptor = open_lock(folder, os.O_RDONLY)
    with _hold(_lock(descriptor, folder, wait)):
        yield


def hold_folder(folder: Path, wait: float = 0) -> int | None:
    """Return a descriptor that holds the lock of a folder, None if that cannot be had.

    Args:
        folder: That is there.
        wait: Seconds to wait for who holds it.
    """
    if fcntl is None:
        return None
    try:
        return _lock(open_lock(folder, os.O_RDONLY), folder, wait)
    except (OSError, BusyError):
        return None


def release_folder(descriptor: int | None) -> None:
    """Release the lock that `hold_folder` returned."""
    if descriptor is not None:
        os.close(descriptor)


def _lock(descriptor: int, name: Path, wait: float) -> int:
    """Return the descriptor of a file that is locked now."""
    try:
        _wait_for(descriptor, name, wait)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


@contextmanager
def _hold(descriptor: int) -> Iterator[None]:
    try:
        yield
    finally:
        # A process forked meanwhile may have it open still.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def has_lock(out: Path) -> bool:
    """Return whether `out` was ever locked by a file beside it, as a build that goes on has."""
    return fcntl is None or os.path.lexists(_name_lock(os.path.realpath(out)))


def read_generation(out: Path) -> str:
    """Return the generation of the published state, empty if it is unknown."""
    with suppress(OSError):
        data = read_file(_name_lock(os.path.realpath(out)), 2 * _GENERATION, follow=False)
        return data.decode("ascii", "replace")
    return ""


def begin_generation(out: Path) -> str:
    """Store a new generation in the lock file of `out`, and return it.

    It is on disk before anything is published, so that a cache of an earlier build is known as
    such even if this one dies. It is empty if there is no file beside `out` to store it in.

    Raises:
        PublishError: The file holds the generation of another build and cannot be written: the
            cache of that build would still be taken for the last one's.
    """
    path, generation = _name_lock(os.path.realpath(out)), os.urandom(_GENERATION).hex()
    try:
        write_file(path, generation.encode(), mode=PRIVATE)
        sync(path)
    except OSError as error:
        if read_generation(out):
            wanted = "expected a file that can be written, or none"
            raise PublishError(f"{path}: {wanted}, got {error.strerror}") from error
        return ""
    return generation


def _name_lock(real: str) -> str:
    parent, name = os.path.split(real)
    return os.path.join(parent, f".{name}.feedkit.lock")  # noqa: PTH118


def _open_lock(out: Path, access: int) -> int:
    """Return the opened lock file, which is beside `out`, never in it.

    It stays when the build has ended: who waits has it open, and would then hold a file without
    a name while the next build makes and locks another. Where nothing can be written beside
    `out`, as in a web server's folder, the folder itself is locked.
    """
    real = os.path.realpath(out)
    path = _name_lock(real)
    try:
        _make_folder(os.path.dirname(real))  # noqa: PTH120
        descriptor = open_lock(path, access | os.O_CREAT)
    except OSError as error:
        for other in (path, real):
            try:
                return open_lock(other, os.O_RDONLY)
            except OSError as reason:
                # To lock something else would not keep that user's builds away.
                if reason.errno == errno.EACCES and os.path.lexists(other):
                    raise PublishError(f"{other}: the lock of another user's builds") from reason
        raise PublishError(f"{error.filename}: {error.strerror}") from error
    close_to_others(descriptor)  # who may open it can hold it
    return descriptor


def _make_folder(path: str) -> None:
    """Create a folder and its parents, safe from a power cut (fsync(2))."""
    if os.path.isdir(path):  # noqa: PTH112
        return
    above = os.path.dirname(path)  # noqa: PTH120
    _make_folder(above)
    with suppress(FileExistsError):
        os.mkdir(path)  # noqa: PTH102
    sync(above)


def _wait_for(descriptor: int, out: Path, wait: float) -> None:
    end = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            left = end - time.monotonic()
            if not left > 0:  # nor where it is no number
                raise BusyError(f"{out}: another build is publishing there") from error
            time.sleep(min(_PAUSE, left))
        else:
            return
