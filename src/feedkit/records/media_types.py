"""Media types of enclosures that name none, by the endings of their addresses.

The table is feedkit's own: Python's ``mimetypes`` reads files of the machine it runs on.
"""

from __future__ import annotations

from urllib.parse import urlsplit

_TYPES = {
    **dict.fromkeys(("mp3", "mpga"), "audio/mpeg"),
    **dict.fromkeys(("m4a", "m4b"), "audio/mp4"),
    **dict.fromkeys(("ogg", "oga", "opus"), "audio/ogg"),
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "weba": "audio/webm",
    **dict.fromkeys(("mp4", "m4v"), "video/mp4"),
    "mov": "video/quicktime",
    "ogv": "video/ogg",
    "webm": "video/webm",
    **dict.fromkeys(("jpg", "jpeg"), "image/jpeg"),
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "epub": "application/epub+zip",
    "zip": "application/zip",
}


def guess_enclosure_type(url: str) -> str:
    """Return the media type that the ending of a URL's path stands for, empty if it is unknown."""
    return _TYPES.get(urlsplit(url).path.rpartition(".")[2].lower(), "")
