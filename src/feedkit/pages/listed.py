"""What the index, OPML and the manifest say of each feed."""

from __future__ import annotations

import msgspec

from ..guard import USUAL_FORMATS, Published
from ..model import Format
from ..settings import Kind


class FeedFile(msgspec.Struct, frozen=True):
    """One feed in one format: where it is and, once it is known, what its bytes are."""

    name: str
    url: str
    format: Format
    media_type: str
    sha256: str
    #: Whether it is a second address of what has another: readers are shown the first.
    is_second: bool


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """What the index, OPML and the manifest say of a feed."""

    kind: Kind
    path: str
    title: str
    #: Of its page.
    url: str
    #: The same, relative to the index.
    href: str
    entries: int
    #: Those of them that its page would show, were it long enough.
    articles: int
    #: RFC 3339; the greatest `updated` of its entries.
    newest: str
    files: tuple[FeedFile, ...]
    #: As in `Published`.
    settings: str = ""
    #: Whether it is published empty, since no article is left.
    gone: bool = False
    #: The path of the feed that it serves, where it is an old address.
    redirect: str | None = None
    #: As in `Published`.
    was: str = ""

    @property
    def is_shown(self) -> bool:
        """Whether people are shown it, in the index and in OPML."""
        return not self.gone and self.redirect is None

    @property
    def published(self) -> Published:
        """What the manifest says of it."""
        return Published(
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
