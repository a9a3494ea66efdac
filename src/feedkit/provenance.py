"""The bytes of a file to whether feedkit wrote it. Pure.

A manifest may name any file below OUT: only one that holds what feedkit writes is written over, or
deleted, for being named there.
"""

from __future__ import annotations

import re

from .copies import unpack_start
from .out_names import COPY

#: Bytes at the beginning of a feed, or of any file of ours unpacked, that are looked at.
HEAD = 65_536
_UNPACKED = 16 * HEAD
_JSON = b'{"version":"https://jsonfeed.org/version/1.1","title":'
_GENERATOR = b"<generator>feedkit</generator>"
_PAGE = b"<!doctype html>\n<html lang="
_STYLE = re.compile(rb'<link rel="stylesheet" href="[^"<>]*feedkit\.css">')
#: How the files begin that list all feeds.
_LISTS = (
    b'<?xml version="1.0" encoding="utf-8"?>\n<opml version="2.0">\n  <head><title>',
    b'{\n  "feeds": [',
    b'{\n  "precompressed": ',
)


def is_feed(data: bytes) -> bool:
    """Return whether a file is a feed that feedkit wrote; its first `HEAD` bytes will do."""
    return data.startswith(_JSON) or (data.startswith(b"<?xml") and _GENERATOR in data[:HEAD])


def is_own(name: str, data: bytes) -> bool:
    """Return whether a file is a feed, a page, or a gzipped copy that feedkit wrote.

    An empty file counts as one, since a power cut may leave such, and nobody loses anything.
    """
    if not data:
        return True
    if name.endswith(COPY):
        start = unpack_start(data, _UNPACKED)
        return bool(start) and (start.startswith(_LISTS) or is_own("", start))
    return is_feed(data) or (data.startswith(_PAGE) and _STYLE.search(data) is not None)
