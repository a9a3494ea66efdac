"""Where the feeds are that subscribers have: OUT, another folder, or a site that serves them.

The only room that asks a server, and none but the one that the user named: it follows no
redirect, and takes neither proxies nor credentials from its surroundings.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import quote

from .compare import Past
from .errors import PublishError, show
from .limits import PREVIOUS_BYTES
from .pages.manifest import MANIFEST, Manifest
from .read import decode_published, load_published, read_published

if TYPE_CHECKING:
    from http.client import HTTPResponse

#: For one file: seconds, and bytes taken at once.
_PATIENCE, _CHUNK = 30, 64 * 1024
#: What says that there is no such file, as a first build finds.
_NOT_THERE = (404, 410)


def find_past(out: Path, previous: str | os.PathLike[str] | None) -> Past:
    """Return the feeds below `out`, or where there are none those that `previous` names.

    Args:
        out: The folder to publish into.
        previous: A folder that was published, or the http(s) address of one.

    Raises:
        PublishError: There is a manifest that cannot be read, or no such folder or server.
    """
    here = read_published(out)
    if here.feeds or previous is None:
        read = partial(load_published, out)
        return Past(here.feeds, read, True, here.precompressed, here.strange, here.words)
    where = os.fspath(previous)
    if not where.lower().startswith(("http://", "https://")):
        folder = Path(where)
        if not (where and folder.is_dir()):
            wanted = "a folder of feeds or its http(s) address"
            raise PublishError(f"previous: expected {wanted}, got {show(where)}")
        there, read = read_published(folder), partial(load_published, folder)
        return Past(there.feeds, read, is_here=False, strange=there.strange, words=there.words)
    if "@" in where.split("/")[2]:
        wanted = "an address without user information"
        raise PublishError(f"previous: expected {wanted}, got {show(where)}")
    fetch = partial(_fetch, where if where.endswith("/") else f"{where}/")
    manifest = fetch(MANIFEST)
    there = Manifest([]) if manifest is None else decode_published(manifest, where)
    return Past(there.feeds, fetch, is_here=False, strange=there.strange, words=there.words)


def _fetch(base: str, name: str) -> bytes | None:
    """Return what is served, None where the server says that it is not there."""
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import (
        HTTPDefaultErrorHandler,
        HTTPErrorProcessor,
        HTTPHandler,
        HTTPSHandler,
        OpenerDirector,
    )

    opener = OpenerDirector()
    for handler in (HTTPHandler, HTTPSHandler, HTTPErrorProcessor, HTTPDefaultErrorHandler):
        opener.add_handler(handler())
    url = base + quote(name)
    try:
        with opener.open(url, timeout=_PATIENCE) as answer:
            return _read_answer(answer)
    except HTTPError as error:
        with error:
            if error.code in _NOT_THERE:
                return None
            raise PublishError(f"{url}: expected a file, got status {error.code}") from error
    except (OSError, HTTPException, ValueError) as error:
        raise PublishError(f"{url}: {getattr(error, 'reason', error)}") from error


def _read_answer(answer: HTTPResponse) -> bytes:
    data, end = bytearray(), monotonic() + _PATIENCE
    while chunk := answer.read1(_CHUNK):
        data += chunk
        if len(data) > PREVIOUS_BYTES:
            raise ValueError(f"expected at most {PREVIOUS_BYTES} bytes, got more")
        if monotonic() > end:
            raise ValueError(f"expected all within {_PATIENCE} s, got a part")
    if answer.length:  # read1 tells no early end
        raise ValueError(f"expected {answer.length} bytes more, got an end")
    return bytes(data)
