"""What is kept of each published feed, so that the next build need not make it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from ..addresses import is_feed_path
from ..assemble import Assembled
from ..frames import Frame
from .hold import Kept


def encode_feeds(feeds: Iterable[Assembled]) -> dict[str, bytes]:
    """Return what is kept of published feeds, by path; of one that is gone, by another."""
    encode = msgspec.msgpack.Encoder().encode
    kept = {}
    for feed in feeds:
        staged = [file._replace(is_changed=False) for file in feed.staged]
        kept[name_feed(feed)] = encode(msgspec.structs.replace(feed, staged=staged))
    return kept


def decode_feeds(kept: Iterable[bytes], base: str) -> list[Assembled]:
    """Return the feeds that were kept.

    Args:
        kept: What is kept of them.
        base: The site's address.

    Raises:
        EOFError: One has an address that no settings can give: something else than feedkit
            wrote it, and it would stand in the index.
    """
    feeds = list(map(msgspec.msgpack.Decoder(Assembled).decode, kept))
    for feed in feeds:
        one = feed.listed
        # An old address has the bytes, and so the files' addresses, of the feed that it serves.
        own = base + one.href
        if (
            (one.url if one.redirect is None else own) != own
            or not one.url.startswith(base)
            or ":" in one.href
            or not is_feed_path(one.path)
            or not all(file.url.startswith(own) for file in one.files)
        ):
            raise EOFError(f"a feed that was kept has an address that it cannot have: {one.url}")
    return feeds


def name_feed(feed: Assembled) -> str:
    """Return what a feed is kept under: its path may stand for what is gone there too."""
    return f"{feed.listed.gone:d} {feed.listed.path}"


def encode_frames(frames: Kept) -> dict[str, bytes]:
    """Return frames as they are kept, by the path of their feed."""
    return {path: msgspec.msgpack.encode(kept) for path, kept in frames.items()}


def decode_frames(kept: Mapping[str, bytes]) -> Kept:
    """Return frames that were kept."""
    decode = msgspec.msgpack.Decoder(dict[bytes, Frame]).decode
    return {path: decode(data) for path, data in kept.items()}
