"""Published feeds, read back and compared with what a build would publish.

Takes bytes of feeds and of the manifest, returns PublishedFeeds and what the guard says of them.
`published` itself writes and reads feeds.json, the manifest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import msgspec

from ..config.settings import Kind
from ..limits import PUBLISHED_FEEDS
from ..models import Format
from ..text import clean_text, escape_json
from .guard import USUAL_FORMATS, PublishedFeed

#: The file that says what is published.
MANIFEST = "feeds.json"
#: Bytes of a manifest whose feeds are counted first.
_MANY_BYTES = 2**24
_UNSAID = {"formats": {}, "settings": "", "gone": False, "redirect": None, "was": ""}


class Manifest(msgspec.Struct):
    """The contents of ``feeds.json``."""

    feeds: list[PublishedFeed]
    precompressed: bool = False
    """Whether there may be a gzipped copy beside each file, those that list all feeds among them.
    """
    words: list[str] = []
    """Words of other programs that its build looked for in records; none if it knew none."""
    strange: list[str] = []
    """Files that it names and that no feed can be called: set by who reads it, whatever it says."""


class _Raw(msgspec.Struct):
    feeds: list[msgspec.Raw]


def render_manifest(
    feeds: Iterable[PublishedFeed], *, words: Sequence[str], precompressed: bool
) -> bytes:
    """Return ``feeds.json``, the manifest of all published feeds.

    Args:
        feeds: All there are.
        words: See `Manifest`.
        precompressed: See `Manifest`.
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
    """Return the manifest in a ``feeds.json``.

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


def _check_published(feed: PublishedFeed) -> PublishedFeed:
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


class FeedFile(msgspec.Struct, frozen=True):
    """One feed in one format: its address and the digest of its bytes."""

    name: str
    url: str
    format: Format
    media_type: str
    sha256: str
    is_second: bool
    """Whether it is a second address of what has another: readers are shown the first."""


class ListedFeed(msgspec.Struct, frozen=True, kw_only=True):
    """A feed as the index, OPML and the manifest list it."""

    kind: Kind
    path: str
    title: str
    url: str
    """Of its page."""
    href: str
    """The same, relative to the index."""
    entries: int
    articles: int
    """Those of them that its page would show, were it long enough."""
    newest: str
    """RFC 3339; the greatest `updated` of its entries."""
    files: tuple[FeedFile, ...]
    settings: str = ""
    """As in `PublishedFeed`."""
    gone: bool = False
    """Whether it is published empty, since no article is left."""
    redirect: str | None = None
    """The path of the feed that it serves, if it is an old address."""
    was: str = ""
    """As in `PublishedFeed`."""

    @property
    def is_shown(self) -> bool:
        """Whether people are shown it, in the index and in OPML."""
        return not self.gone and self.redirect is None

    @property
    def published(self) -> PublishedFeed:
        """The feed as the manifest lists it."""
        return PublishedFeed(
            path=self.path,
            title=self.title,
            url=self.url,
            entries=self.entries,
            newest=self.newest,
            files={file.name: file.sha256 for file in self.files},
            formats={
                file.name: file.format
                for file in self.files
                if USUAL_FORMATS.get(file.name) != file.format
            },
            settings=self.settings,
            gone=self.gone,
            redirect=self.redirect,
            was=self.was,
        )

    @property
    def addresses(self) -> list[FeedFile]:
        """The files that readers are shown."""
        return [file for file in self.files if not file.is_second]
