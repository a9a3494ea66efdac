"""The nouns: articles, entries, feeds, documents, reports and sources.

Every datetime is aware, in UTC and whole seconds; every URL is absolute. An article that was made
by hand may differ; selection cleans it first. The docstring of a field says what it
becomes in Atom 1.0 (RFC 4287), RSS 2.0 and JSON Feed 1.1.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

import msgspec

if TYPE_CHECKING:
    from .config import Config
    from .config.settings import Site

Format: TypeAlias = Literal["atom", "rss", "json"]
Related: TypeAlias = Literal["entries", "links", "none"]
State: TypeAlias = Literal["published", "unpublished", "draft", "removed", "deleted"]
EMPTIED = "no article is left; published empty until --prune deletes it or [redirects] leads on"
"""Why a feed that has ended is among a Report's problems."""
LIVE: tuple[State, ...] = ("published", "unpublished")
"""The states that withhold nothing."""
JsonValue: TypeAlias = Any
"""None, a truth value, a number, a text, or a list or mapping of these."""


class Html(msgspec.Struct, frozen=True, tag="html"):
    """A body in HTML; it is sanitised before it is published."""

    text: str
    """The HTML source."""


class Markdown(msgspec.Struct, frozen=True, tag="markdown"):
    """A body in CommonMark with tables, strikethrough and bare links."""

    text: str
    """The Markdown source."""


class Image(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """A picture."""

    url: str
    """An absolute http(s) address."""
    width: int | None = None
    """In pixels; None: unknown."""
    height: int | None = None
    """In pixels; None: unknown."""


class Enclosure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file that belongs to an article, mostly audio."""

    url: str
    """An absolute http(s) address."""
    media_type: str
    """For example ``audio/mpeg``."""
    length: int | None = None
    """In bytes; None: unknown."""


class Provider(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The first publisher of an article: its author in every format."""

    name: str
    """Atom ``author/name``, ``dc:creator``, JSON Feed ``authors``."""
    domain: str = ""
    """As ``zdnet.com``; names the provider's feed, and Atom ``author/uri``."""
    images: tuple[Image, ...] = ()
    """One picture in one size or several: ``icon``, ``logo``, ``<image>`` and the avatar."""


class RelatedArticle(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An item of an article's related list: a link there, and an entry of its own."""

    url: str
    """The address of the related article."""
    title: str
    """Plain text."""
    published: datetime
    """Aware; a date after now withholds the item."""
    updated: datetime | None = None
    """Aware; None: never changed."""
    summary: str = ""
    """Plain text."""
    provider: Provider | None = None
    """Who published it first; None: unknown."""
    images: tuple[Image, ...] = ()
    """Pictures, in any number of sizes."""
    amp_url: str = ""
    """The address of its AMP page; never published."""
    quality: int | None = None
    """Chooses among listings of one URL; never published."""


class Article(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One record: an *entry* in Atom, an *item* in RSS and JSON Feed.

    `url`, `title` and `published` are all it needs.
    """

    url: str
    """Atom ``link rel=alternate``, RSS ``link``, JSON Feed ``url``."""
    title: str
    """Plain text in all three."""
    published: datetime
    """Atom ``published``, RSS ``pubDate``, JSON Feed ``date_published``."""
    id: str = ""
    """Atom ``id``, RSS ``guid``, JSON Feed ``id``; empty: made from the URL."""
    updated: datetime | None = None
    """Atom ``updated``, RSS ``atom:updated``, JSON ``date_modified``; not before `published`."""
    summary: str = ""
    """Plain text: Atom ``summary``, RSS ``description``, JSON Feed ``summary``."""
    body: Html | Markdown | None = None
    """Atom ``content``, RSS ``content:encoded``, JSON Feed ``content_html``."""
    featured: str = ""
    """HTML shown above the summary if there is no body."""
    provider: Provider | None = None
    """Who published it first; None: unknown."""
    topics: tuple[str, ...] = ()
    """Human names: Atom and RSS ``category``, JSON Feed ``tags``."""
    images: tuple[Image, ...] = ()
    """One picture in several sizes, or several pictures."""
    related: tuple[RelatedArticle, ...] = ()
    """Related articles, in the order in which they are shown."""
    enclosures: tuple[Enclosure, ...] = ()
    """Atom ``link rel=enclosure``, RSS ``enclosure``, JSON Feed ``attachments``."""
    language: str | None = None
    """A BCP 47 tag: ``xml:lang`` on the entry, JSON Feed ``language``."""
    amp_url: str = ""
    """The address of its AMP page; never published."""
    quality: int | None = None
    """Chooses among records of one URL; never published."""
    heat: int | None = None
    """Never published."""
    state: State = "published"
    """Whether it is published, or why its URL is withheld; never published."""
    available: datetime | None = None
    """Withheld before this instant; never published."""
    expires: datetime | None = None
    """Withheld from this instant on; never published."""
    extensions: Mapping[str, JsonValue] = {}
    """Keys that begin with ``_``, on the JSON Feed item; by code or ``[records.extensions]``."""

    @classmethod
    def from_record(
        cls,
        record: Mapping[str, object],
        *,
        name: str = "",
        config: Config | Site | None = None,
    ) -> Article:
        """Return the article that a record in the native schema describes.

        A related item without title, URL or date is left out. Unknown keys are not looked at,
        but for those that ``[records.extensions]`` names.

        Args:
            record: Keys in camelCase or snake_case, values as YAML or JSON gives them.
            name: What errors call the record; its URL where empty.
            config: The settings for dates without a time zone (UTC if left out) and for extensions.

        Raises:
            RecordError: A field that an article needs is missing, or one cannot be used.
        """
        from .sources.records import article_from_record  # this module imports no room

        return article_from_record(record, name=name, config=config)


#: What proxies add to the tag of what they compress: Apache's mod_deflate and mod_brotli ``-gzip``
#: and ``-br``, Jetty ``--gzip``, others ``;gzip``. Not all of them take it off again.
_CODED = r'(?:(?:--?|;)(?:gzip|deflate|br|zstd))+"$'


class Headers(Protocol):
    """A request's headers as any web framework gives them: names and values."""

    def items(self) -> Iterable[tuple[str, str]]:
        """Return each name with its value."""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One feed in one format, as a web server sends it."""

    body: bytes
    """The bytes of the feed, in UTF-8."""
    media_type: str
    """The media type without its charset, for example ``application/atom+xml``."""
    last_modified: datetime
    """The feed's `updated`."""

    @property
    def etag(self) -> str:
        """The strong entity tag of the bytes, in its quotes (RFC 9110, 8.8.3)."""
        return f'"{sha256(self.body).hexdigest()[:32]}"'

    @property
    def headers(self) -> dict[str, str]:
        """The headers of an answer of 200 or 304; a 304 needs all but the type."""
        from email.utils import format_datetime  # which brings sockets, and builds need none

        return {
            "Content-Type": f"{self.media_type}; charset=utf-8",
            "ETag": self.etag,
            "Last-Modified": format_datetime(self.last_modified, usegmt=True),
        }

    def not_modified(self, headers: Headers) -> bool:
        """Return whether the client that sent these request headers has this document.

        A tag counts as the document's with what proxies that compress write at its end too: ``W/``
        before it, or ``-gzip``, ``--gzip``, ``;br`` and the like within its quotes.

        A date tells less than a tag: a client that sends nothing else learns of an article
        withdrawn or changed under its old date when the feed's date next changes.

        Args:
            headers: The headers of the request; names in any case.
        """
        from email.utils import parsedate_to_datetime

        sent: dict[str, str] = {}
        for name, value in headers.items():  # a name that stands twice is a list (RFC 9110, 5.3)
            known = sent.get(name.lower())
            sent[name.lower()] = value if known is None else f"{known},{value}"
        tags = sent.get("if-none-match")
        if tags is not None:  # then the date is not asked (RFC 9110, 13.2.2)
            given = [tag.strip().removeprefix("W/") for tag in tags.split(",")]
            return self.etag in [re.sub(_CODED, '"', tag) for tag in given] or given == ["*"]
        try:
            since = parsedate_to_datetime(sent.get("if-modified-since", ""))
        except (ValueError, TypeError, OverflowError):
            return False
        since = since if since.tzinfo else since.replace(tzinfo=UTC)
        # Equal, not earlier: a withdrawn article takes the feed's date back, and clients send
        # the date that they were given (RFC 9110, 13.1.3).
        return self.last_modified == since


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a build did. Counts are of records but for `feeds` and the three of files."""

    articles: int
    """Published articles."""
    rejected: int
    """Records that cannot be used."""
    other: int
    """Files that hold no record."""
    unpublished: int
    """Records that say that they are not published, and withhold nothing."""
    retold: int
    """Related items that have the title of the article that lists them."""
    duplicates: int
    """Records whose URL another record has too."""
    repaired: int
    """Records with values that were corrected."""
    feeds: int
    """Feeds that have articles."""
    files: int
    """Published files."""
    written: int
    """Published files whose bytes changed."""
    unchanged: int
    """Published files whose bytes stayed the same."""
    withheld: Mapping[str, int]
    """Withheld records, by the word that withholds them."""
    problems: tuple[str, ...]
    """One line each: what was left out, and why."""
    notes: tuple[str, ...] = ()
    """One line each: what may surprise, such as a large feed, and the warnings."""
    held: tuple[str, ...] = ()
    """One line each: a feed that stays as it was published, why, and how to go on."""
    changed: tuple[str, ...] = ()
    """Addresses of the feeds whose bytes differ from those published before."""
    is_held: bool = False
    """Whether nothing was changed because every published feed would have gone; `held` says why,
    unless no record was found at all."""
    warnings: tuple[str, ...] = ()
    """Those of the notes that ask somebody to act: the clock went back, or ``[site] url`` changed.
    """

    @property
    def exit_status(self) -> int:
        """0: all is well; 1: published, with problems; 2: no usable record; 3: held back."""
        if self.is_held or self.held:
            return 3
        if not self.feeds and not self.files:
            return 2
        return 1 if self.problems else 0


class Link(msgspec.Struct, frozen=True):
    """Another entry as an entry links to it: Atom ``link rel=related``, ``_feedkit.related``."""

    id: str
    """The id of the other entry."""
    url: str
    """Its address."""
    title: str
    """Plain text."""
    provider: str
    """The name of its provider; empty if it has none."""
    published: datetime
    """Aware."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One article as every feed that holds it shows it."""

    id: str
    """Atom ``id``, RSS ``guid``, JSON Feed ``id``."""
    article: Article
    """The records of one URL, merged; for a related article what its parent says of it."""
    related: tuple[Link, ...] = ()
    """The related articles, in the order of the record."""
    related_to: tuple[Link, ...] = ()
    """The articles that list this one, newest first, at most ten."""
    source: str = ""
    """The path of its provider's feed, as ``providers/zdnet.com``; empty: not published."""
    is_related: bool = False
    """Whether the article has no record of its own, only related lists that name it."""


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """One feed, in no format yet."""

    config: Config
    """The settings of the site."""
    path: str
    """Below the site's address, not percent-encoded: ``topics/ai``."""
    title: str
    """Plain text."""
    description: str
    """Plain text; empty: none."""
    language: str
    """A BCP 47 tag."""
    updated: datetime
    """The latest date of its entries."""
    entries: tuple[Entry, ...] = ()
    """The entries, newest first."""
    pictures: tuple[Image, ...] = ()
    """The picture of its topic or provider, in one size or several."""
    home: str = ""
    """The address of its page; empty: that of its folder."""

    @property
    def page_url(self) -> str:
        """The address of its page for people."""
        return self.home or self.config.site.page_url(self.path)


Source: TypeAlias = "str | os.PathLike[str] | Iterable[str | os.PathLike[str] | Article]"
"""A folder or file, several of them, or Articles."""

_WANTED = "source: expected paths or Articles"


def split_source(source: Source) -> tuple[list[str], Iterable[Article]]:
    """Return the paths of `source` and its Articles; one of them is empty.

    Raises:
        TypeError: It holds something else.
    """
    if isinstance(source, str | os.PathLike):
        return [os.fspath(source)], ()
    try:
        items = iter(source)
    except TypeError:
        raise TypeError(f"{_WANTED}, got one {type(source).__name__}") from None
    first = next(items, None)
    if isinstance(first, str | os.PathLike):
        return [_check_path(item) for item in chain((first,), items)], ()
    return [], () if first is None else map(_check_article, chain((first,), items))


def _check_path(item: object) -> str:
    if not isinstance(item, str | os.PathLike):
        raise TypeError(f"{_WANTED}, got {_name_kind(item)} among paths")
    return os.fspath(item)


def _check_article(item: object) -> Article:
    if not isinstance(item, Article):
        raise TypeError(f"{_WANTED}, got {_name_kind(item)}")
    return item


def _name_kind(item: object) -> str:
    return type(item).__name__
