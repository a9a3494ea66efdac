"""feeds.json, which says what is published: written, and read back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import msgspec

from ..guard import USUAL_FORMATS, Published
from ..limits import PUBLISHED_FEEDS
from ..text import clean_text, escape_json

#: The file that says what is published.
MANIFEST = "feeds.json"
#: Bytes of a manifest whose feeds are counted first.
_MANY_BYTES = 2**24
_UNSAID = {"formats": {}, "settings": "", "gone": False, "redirect": None, "was": ""}


class Manifest(msgspec.Struct):
    """What ``feeds.json`` says."""

    feeds: list[Published]
    #: Whether there may be a gzipped copy beside each file, those that list all feeds among them.
    precompressed: bool = False
    #: Words of other programs that its build looked for in records; none if it knew none.
    words: list[str] = []
    #: Files that it names and that no feed can be called: set by who reads it, whatever it says.
    strange: list[str] = []


class _Raw(msgspec.Struct):
    feeds: list[msgspec.Raw]


def render_manifest(
    feeds: Iterable[Published], *, words: Sequence[str], precompressed: bool
) -> bytes:
    """Return ``feeds.json``, which says of each feed what is published.

    Args:
        feeds: All there are.
        words: As of a `Manifest`.
        precompressed: As of a `Manifest`.
    """
    listed = [msgspec.structs.asdict(feed) for feed in feeds]
    for feed in listed:
        for name, default in _UNSAID.items():
            if feed[name] == default:
                del feed[name]
    said: dict[str, object] = {"precompressed": True} if precompressed else {}
    said |= {"words": words, "feeds": listed}
    return msgspec.json.format(escape_json(msgspec.json.encode(said)), indent=2) + b"\n"


def decode_manifest(data: bytes) -> Manifest:
    """Return what a ``feeds.json`` says.

    Raises:
        ValueError: It is no manifest, or not one from which a feed can be written again.
    """
    try:
        if len(data) > _MANY_BYTES:  # before so many feeds are in memory
            _check_count(len(msgspec.json.decode(data, type=_Raw).feeds))
        manifest = msgspec.json.decode(data, type=Manifest)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    _check_count(len(manifest.feeds))
    manifest.feeds = [_check_published(feed) for feed in manifest.feeds]
    return manifest


def _check_count(count: int) -> None:
    if count > PUBLISHED_FEEDS:
        raise ValueError(f"{count:,} feeds, and {PUBLISHED_FEEDS:,} are the most")


def _check_published(feed: Published) -> Published:
    try:
        newest = datetime.fromisoformat(feed.newest)
        if newest.tzinfo is None:
            raise ValueError("no time zone")
        newest.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"newest of {feed.path!r}: {feed.newest!r} is no instant") from error
    if not (title := clean_text(feed.title)):
        raise ValueError(f"title of {feed.path!r}: there is none")
    if unknown := sorted(set(feed.files).difference(USUAL_FORMATS, feed.formats)):
        raise ValueError(f"files of {feed.path!r}: {unknown[0]!r} is no feed")
    return msgspec.structs.replace(feed, title=title)
