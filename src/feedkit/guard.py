"""What subscribers would see: what is published against what is wanted. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

import msgspec

from .model import Format

USUAL_FORMATS: dict[str, Format] = {"atom.xml": "atom", "rss.xml": "rss", "feed.json": "json"}


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """One feed as ``feeds.json`` says it was published."""

    path: str
    title: str
    #: Of its page.
    url: str = ""
    entries: int = 0
    #: RFC 3339: the feed's `updated`.
    newest: str
    #: By name: their sha256.
    files: Mapping[str, str]
    #: Of the files that are not called as usual.
    formats: Mapping[str, Format] = {}
    #: Whether it was published empty, since no article was left.
    gone: bool = False
    #: The path of the feed that it serves in place of its own.
    redirect: str | None = None

    def format_of(self, name: str) -> Format:
        """Return the format of one of its files."""
        return self.formats.get(name) or USUAL_FORMATS[name]


def find_gone(
    published: Iterable[Published], wanted: Mapping[str, Container[str]]
) -> list[Published]:
    """Return the feeds, or those files of feeds, that are published and no longer wanted.

    They must not stay as they are: what they hold may have been withdrawn.

    Args:
        published: What the manifest names.
        wanted: By path: the names of the files that are wanted there.
    """
    gone = (
        msgspec.structs.replace(feed, entries=0, gone=True)
        for feed in _keep_files(published, wanted)
    )
    return sorted(gone, key=lambda feed: feed.path)


def find_new(feeds: Iterable[Published], published: Iterable[Published]) -> list[Published]:
    """Return the feeds, or those files of feeds, that are to be published for the first time."""
    named: dict[str, set[str]] = {}
    for feed in published:
        named.setdefault(feed.path, set()).update(feed.files)
    return _keep_files(feeds, named)


def _keep_files(feeds: Iterable[Published], named: Mapping[str, Container[str]]) -> list[Published]:
    """Return those files of `feeds` that are not named, each feed once."""
    kept: dict[str, Published] = {}
    for feed in feeds:
        others = named.get(feed.path, ())
        if files := {name: sha for name, sha in feed.files.items() if name not in others}:
            known = kept.get(feed.path)
            files = {**known.files, **files} if known else files
            kept[feed.path] = msgspec.structs.replace(feed, files=files)
    return list(kept.values())
