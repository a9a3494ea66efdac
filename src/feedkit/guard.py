"""What subscribers would see: what is published against what is wanted. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """One feed as ``feeds.json`` says it was published."""

    path: str
    title: str
    #: RFC 3339: the feed's `updated`.
    newest: str
    #: By name: their sha256.
    files: Mapping[str, str]
    entries: int = 0
    #: Whether it was published empty, since no article was left.
    gone: bool = False


def find_gone(published: Iterable[Published], wanted: Mapping[str, set[str]]) -> list[Published]:
    """Return the feeds, or those files of feeds, that are published and no longer wanted.

    They must not stay as they are: what they hold may have been withdrawn.

    Args:
        published: What the manifest names.
        wanted: By path: the names of the files that are wanted there.
    """
    gone: dict[str, Published] = {}
    for feed in published:
        files = {
            name: digest
            for name, digest in feed.files.items()
            if name not in wanted.get(feed.path, ())
        }
        if files:
            known = gone.get(feed.path)
            files = {**known.files, **files} if known else files
            gone[feed.path] = msgspec.structs.replace(feed, files=files, entries=0, gone=True)
    return [gone[path] for path in sorted(gone)]
