"""The previously published feeds, in OUT, in another folder, or on a server.

The only module that requests anything from a server: from the one that the user named, without
following redirects, without proxies and without credentials of the environment.
"""

from __future__ import annotations

import os
from contextlib import closing, suppress
from datetime import datetime
from functools import partial
from io import BufferedReader, RawIOBase
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import msgspec

from ..config import Config
from ..config.addresses import is_feed_name, is_feed_path
from ..errors import PublishError, show
from ..files import read_file, read_start
from ..files.discovery import is_there
from ..files.publishing import HEAD, is_feed
from ..limits import PREVIOUS_BYTES, PUBLISHED_BYTES
from ..models import Format
from ..text import clean_text
from ..version import __version__
from . import MANIFEST, Manifest, decode_manifest
from .compare import PublishedState, limit_newest
from .feeds import Follow, decode_entries
from .guard import PublishedEntry, PublishedFeed

if TYPE_CHECKING:
    from http.client import HTTPResponse
    from socket import socket


def read_published(out: Path) -> Manifest:
    """Return the manifest below `out`, one without feeds if there is none.

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
    """Return a manifest, checked.

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


def _leave_strange(feeds: list[PublishedFeed]) -> tuple[list[PublishedFeed], list[str]]:
    """Return the files that any settings can have given, and the names of the others."""
    kept, strange = list[PublishedFeed](), list[str]()
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
    """Raise if OUT holds feeds without a manifest, or a page of another program.

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


def read_published_entries(
    out: Path, feed: PublishedFeed, format: Format, follow: Follow
) -> list[PublishedEntry] | None:
    """Return the entries of a published feed with their bytes, None if it cannot be read so."""
    for name in feed.files:
        if feed.format_of(name) == format:
            with suppress(OSError, ValueError):
                data = read_file(out / feed.path / name, PUBLISHED_BYTES)
                return decode_entries(data, format, follow, has_content=True)
    return None


def _is_below(feed: PublishedFeed) -> bool:
    parts = feed.path.split("/") if feed.path else []
    names = {name for name in feed.files if "/" in name or "\\" in name}
    return clean_text(feed.path) == feed.path and {"", ".", ".."}.isdisjoint(parts) and not names


def load_published(out: Path, name: str) -> bytes | None:
    """Return the bytes of a published file, None if it cannot be read."""
    try:
        return read_file(out / name, PUBLISHED_BYTES)
    except OSError:
        return None


#: Seconds within which the headers of an answer arrive, and then each part of its body.
_PATIENCE = 30
#: Bytes that are taken at once.
_CHUNK = 64 * 1024
#: What says that there is no such file, as a first build finds.
_NOT_THERE = (404, 410)


def find_published_state(
    out: Path,
    previous: str | os.PathLike[str] | None,
    timeout: float,
    config: Config,
    now: datetime,
) -> PublishedState:
    """Return the feeds below `out`, or if there are none those that `previous` names.

    Args:
        out: The folder to publish into.
        previous: A folder that was published, or the http(s) address of one.
        timeout: Seconds that the server there may take in all.
        config: The settings.
        now: Aware; no feed is said to have changed after it.

    Raises:
        PublishError: There is a manifest that cannot be read, or no such folder or server.
    """
    return limit_newest(_find_published_state(out, previous, timeout), config, now)


def _find_published_state(
    out: Path, previous: str | os.PathLike[str] | None, timeout: float
) -> PublishedState:
    here = read_published(out)
    if here.feeds or previous is None:
        read = partial(load_published, out)
        return PublishedState(here.feeds, read, True, here.precompressed, here.strange, here.words)
    where = os.fspath(previous)
    if not where.lower().startswith(("http://", "https://")):
        folder = Path(where)
        if not (where and folder.is_dir()):
            wanted = "a folder of feeds or its http(s) address"
            raise PublishError(f"previous: expected {wanted}, got {show(where)}")
        there, read = read_published(folder), partial(load_published, folder)
        return PublishedState(
            there.feeds, read, is_here=False, strange=there.strange, words=there.words
        )
    if "@" in where.split("/")[2]:
        wanted = "an address without user information"
        raise PublishError(f"previous: expected {wanted}, got {show(where)}")
    fetch = _Server(where if where.endswith("/") else f"{where}/", timeout).fetch
    manifest = fetch(MANIFEST)
    there = Manifest([]) if manifest is None else decode_published(manifest, where)
    return PublishedState(
        there.feeds, fetch, is_here=False, strange=there.strange, words=there.words
    )


class _Server:
    """A site that serves the published feeds, and the time that it may take."""

    def __init__(self, base: str, total: float) -> None:
        self._base, self._total, self._left = base, total, total

    def fetch(self, name: str) -> bytes | None:
        """Return the bytes of a file on the server, None if it is not there.

        Raises:
            PublishError: It says something else, or nothing in time.
        """
        from http.client import BadStatusLine, HTTPException, RemoteDisconnected

        url, start = self._base + quote(name), monotonic()
        try:
            return self._ask(url, start)
        except TimeoutError as error:
            idle = min(_PATIENCE, self._total)
            wanted = f"an answer that goes on within {idle:g} s, in {self._total:g} s for all files"
            raise PublishError(f"{url}: expected {wanted}, got none") from error
        except (OSError, HTTPException, ValueError) as error:
            reason = str(error)
            if isinstance(error, BadStatusLine) and not isinstance(error, RemoteDisconnected):
                reason = f"expected an answer in HTTP, got one that begins {show(reason)}"
            raise PublishError(f"{url}: {reason}") from error
        finally:
            self._left -= monotonic() - start

    def _ask(self, url: str, start: float) -> bytes | None:
        from http.client import HTTPConnection, HTTPSConnection

        end, parts = start + self._left, urlsplit(url)
        kind = HTTPSConnection if parts.scheme.lower() == "https" else HTTPConnection
        wait = _Wait(end, min(end, start + _PATIENCE))
        connection = kind(parts.hostname or "", parts.port, timeout=wait.find_left())
        connection.response_class = partial(_make_answer, wait)  # type: ignore[assignment]
        with closing(connection):
            own = {"User-Agent": f"feedkit/{__version__}", "Connection": "close"}
            connection.request("GET", parts.path, headers=own)
            with connection.getresponse() as answer:
                wait.has_headers = True
                if answer.status in _NOT_THERE:
                    return None
                if not 200 <= answer.status < 300:
                    raise ValueError(f"expected a file, got status {answer.status}")
                return _read_answer(answer)


class _Wait:
    """Until when bytes are waited for: headers as a whole, and then each part of the body."""

    def __init__(self, end: float, headers_end: float) -> None:
        self._end, self._headers_end = end, headers_end
        self.has_headers = False

    def find_left(self) -> float:
        """Return for how many seconds the next bytes are waited for.

        Raises:
            TimeoutError: For none.
        """
        now = monotonic()
        end = min(self._end, now + _PATIENCE) if self.has_headers else self._headers_end
        if end <= now:
            raise TimeoutError
        return end - now


def _make_answer(wait: _Wait, sock: socket, **more: Any) -> HTTPResponse:
    """Return an answer that is read from a socket in time, its headers too."""
    from http.client import HTTPResponse

    return HTTPResponse(_Socket(sock, wait), **more)  # type: ignore[arg-type]


class _Socket:
    """The part of a socket that a response needs: a file whose reads end in time."""

    def __init__(self, sock: socket, wait: _Wait) -> None:
        self._sock, self._wait = sock, wait

    def makefile(self, mode: str) -> BufferedReader:
        """Return a file of the bytes that arrive."""
        return BufferedReader(_Bytes(self._sock, self._wait))


class _Bytes(RawIOBase):
    def __init__(self, sock: socket, wait: _Wait) -> None:
        super().__init__()
        self._sock, self._wait = sock, wait
        # By which the socket stays open though its connection is done with it.
        self._file = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        """Return whether it can be read."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read the bytes that arrive."""
        self._sock.settimeout(self._wait.find_left())
        return self._file.readinto(buffer)

    def close(self) -> None:
        """Close the socket too."""
        self._file.close()
        super().close()


def _read_answer(answer: HTTPResponse) -> bytes:
    data = bytearray()
    while chunk := answer.read1(_CHUNK):
        data += chunk
        if len(data) > PREVIOUS_BYTES:
            raise ValueError(f"expected at most {PREVIOUS_BYTES} bytes, got more")
    if answer.length:  # read1 tells no early end
        raise ValueError(f"expected {answer.length} bytes more, got an end")
    return bytes(data)
