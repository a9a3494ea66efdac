"""The tables of feedkit.toml, each checked and completed when it is made.

Beside them stand the field names and values by which other programs mark records as not public.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, tzinfo
from functools import lru_cache
from typing import Annotated, Literal
from urllib.parse import quote, urlsplit

import msgspec

from ..errors import ConfigError, UrlError, show
from ..limits import PROVIDER_CHARACTERS, SETTING_CHARACTERS
from ..models import Format, Related
from ..text import clean_category, clean_text
from ..text.slugs import clean_domain
from ..text.urls import article_key, canonical_url, uuid_urn
from .addresses import SLUG, check_meetings, check_name, check_path, fold
from .feed_info import LANGUAGE
from .validation import check_fields, check_length, check_lengths

FILE_NAMES: dict[Format, str] = {"atom": "atom.xml", "rss": "rss.xml", "json": "feed.json"}
Kind = Literal["all", "topics", "providers"]
_EXTENSION = re.compile(r"_[A-Za-z]\S*")
#: The first may list what is withheld; the others change by the hour, and no entry says so.
_NEVER_OWN = ("related", "heat", "quality")
KINDS: tuple[Kind, ...] = ("all", "topics", "providers")


def _check_url(key: str, text: str) -> str:
    try:
        return canonical_url(text)
    except UrlError as error:
        raise ConfigError("", 0, key, show(text), "an absolute http(s) URL") from error


def _check_domain(key: str, text: str) -> str:
    domain = clean_domain(text)
    if not domain:
        raise ConfigError("", 0, key, show(text), "a domain such as 'example.org'")
    return domain


class Site(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The publisher of the feeds, and their address.

    Raises:
        ConfigError: An address is no absolute http(s) URL, or a time zone is unknown.
    """

    title: str
    """Also that of the feed of all articles."""
    url: str
    """The address of the feeds; a final slash is added."""
    home: str = ""
    """The publisher's own page; the origin of `url` where left out."""
    author: str = ""
    """The feeds' author; `title` where left out."""
    language: str = "en"
    """A BCP 47 tag, as ``en`` or ``pt-BR``."""
    timezone: str = "UTC"
    """An IANA name, for dates without a zone."""

    def __post_init__(self) -> None:
        """Fill what was left out, so that a Site always says everything."""
        check_fields(self, "site")
        check_lengths(self, "site")
        url = _check_url("site.url", self.url).removesuffix("/") + "/"
        parts = urlsplit(url)
        if parts.query or parts.fragment:
            raise ConfigError("", 0, "site.url", show(url), "an address without ? and #")
        origin = f"{parts.scheme}://{parts.netloc}/"
        home = _check_url("site.home", self.home) if self.home else origin
        if not (title := clean_text(self.title)):
            raise ConfigError("", 0, "site.title", show(self.title), "some text")
        author = clean_text(self.author) or title
        values = {"title": title, "url": url, "home": home, "author": author}
        for field, value in values.items():
            msgspec.structs.force_setattr(self, field, value)
        if not LANGUAGE.fullmatch(self.language):
            raise ConfigError("", 0, "site.language", show(self.language), "a tag such as 'en'")
        find_timezone(self.timezone)

    def page_url(self, path: str) -> str:
        """Return the address of the folder `path`, percent-encoded, with a final slash."""
        return self.url + (quote(path) + "/" if path else "")

    def feed_id(self, path: str) -> str:
        """Return the id of the feed at `path`, the same in every format."""
        return uuid_urn(self.page_url(path))


class FeedSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The contents and addresses of feeds."""

    limit: Annotated[int, msgspec.Meta(ge=1)] = 50
    """Articles in a feed; as many related ones may stand beside them."""
    formats: tuple[Format, ...] = ("atom", "rss", "json")
    """In which each feed is written; the first is the one that OPML offers."""
    related: Related | dict[Kind, Literal["entries", "links"]] = "entries"
    """Whether related articles are entries of their own, links in their parents, or neither; for
    all feeds or by kind."""
    max_related: Annotated[int, msgspec.Meta(ge=0)] = 5
    """Entries that one record's related list may bring."""
    max_listed: Annotated[int, msgspec.Meta(ge=0)] = 5
    """Related articles in the list that an entry shows; its links (``rel=related``,
    ``_feedkit.related``) name all of them."""
    retold: Literal["links", "entries"] = "links"
    """Whether a related article without a record, which a parent lists under the parent's own
    title, is an entry of its own or stays a link."""
    roll_up: bool = False
    """Whether a topic's feed holds the articles of the topics below it too."""
    min_articles: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Articles of its own without which a topic's or provider's feed is not made. One that is
    published stays, however few are left."""
    max_feeds: Annotated[int, msgspec.Meta(ge=1)] = 20_000
    """Feeds beyond which no new one is made: those of most articles are made first. Published ones
    stay, and all withdrawals go on."""
    max_resurfaced: Annotated[int, msgspec.Meta(ge=0)] = 5
    """Published entries of one feed that may come back under other ids; more hold the feed back."""
    all: str | bool = "all"
    """Where the feed of all articles stands below ``site.url``; ``""``: at the top, ``false``:
    nowhere."""
    topics: str | bool = "topics/{slug}"
    """Where topics' feeds stand; ``false``: there are none."""
    providers: str | bool = "providers/{slug}"
    """Where providers' feeds stand; ``false``: there are none."""
    names: dict[Format, str] = {}
    """File names by format; what is left out keeps its own. Endings of pages, scripts and style
    sheets are refused."""
    also: dict[str, str] = {}
    """Second names of files, for the same bytes: ``{ "feed.xml" = "atom.xml" }``."""
    shared_domains: tuple[str, ...] = (
        "youtube.com",
        "medium.com",
        "github.com",
        "linkedin.com",
        "substack.com",
    )
    """Domains under which many publish: there each name has a feed of its own."""

    def __post_init__(self) -> None:
        """Refuse feeds in no format or in one twice, and bring domains into their one form."""
        check_fields(self, "feeds")
        if not self.formats or len(set(self.formats)) < len(self.formats):
            wanted = "one or more of 'atom', 'rss' and 'json', each once"
            raise ConfigError("", 0, "feeds.formats", show([*self.formats]), wanted)
        domains = tuple(_check_domain("feeds.shared_domains", one) for one in self.shared_domains)
        msgspec.structs.force_setattr(self, "shared_domains", domains)
        names = {**FILE_NAMES, **self.names}
        msgspec.structs.force_setattr(self, "names", names)
        self._check_addresses()

    def _check_addresses(self) -> None:
        """Refuse files that could meet each other, or leave the site's folder."""
        for format, name in self.names.items():
            check_name(f"feeds.names.{format}", name)
        taken = {fold(name) for name in self.names.values()}
        if len(taken) < len(self.names):
            wanted = "another name for each format"
            found = ", ".join(f"{format} = {show(name)}" for format, name in self.names.items())
            raise ConfigError("", 0, "feeds.names", found, wanted)
        for name, target in self.also.items():
            check_name(f"feeds.also.{name}", name)
            if target not in self.names.values():
                wanted = f"one of {', '.join(self.names.values())}"
                raise ConfigError("", 0, f"feeds.also.{name}", show(target), wanted)
            if fold(name) in taken:
                wanted = "a name that no other file has"
                raise ConfigError("", 0, f"feeds.also.{name}", show(name), wanted)
            taken.add(fold(name))
        for kind in KINDS:
            template = getattr(self, kind)
            if template is True:
                raise ConfigError("", 0, f"feeds.{kind}", "true", "an address, or false")
            if template is not False:
                path = check_path(f"feeds.{kind}", template, slug=kind != "all")
                msgspec.structs.force_setattr(self, kind, path)
        check_meetings(self.templates, self.file_names)

    @property
    def templates(self) -> dict[str, str]:
        """The address templates of the kinds of feeds that are made, by setting."""
        found = {f"feeds.{kind}": getattr(self, kind) for kind in KINDS}
        return {key: template for key, template in found.items() if template is not False}

    @property
    def file_names(self) -> tuple[str, ...]:
        """The names of all files in a feed's folder, but its page."""
        return (*self.names.values(), *self.also)

    def path_of(self, kind: Kind, slug: str = "") -> str | None:
        """Return the path of a feed, None if there are none of its kind.

        Args:
            kind: ``all``, ``topics`` or ``providers``.
            slug: Of the topic or the provider.
        """
        template = getattr(self, kind)
        return None if template is False else template.replace(SLUG, slug)

    def list_names(self, format: Format) -> list[str]:
        """Return the names of a format's files in a feed's folder, its own first."""
        name = self.names[format]
        return [name, *(also for also, target in sorted(self.also.items()) if target == name)]

    @property
    def has_entries(self) -> bool:
        """Whether feeds of any kind show related articles as entries."""
        return any(self.related_of(kind) == "entries" for kind in KINDS)

    def related_of(self, kind: Kind) -> Related:
        """Return how feeds of one kind show related articles."""
        if isinstance(self.related, str):
            return self.related
        return self.related.get(kind, "entries")


class RecordSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of reading records."""

    extensions: dict[str, str | dict[str, str]] = {}
    """What JSON Feed items say besides: ``_name = "key"`` writes that key of a record as ``_name``,
    ``_name = { a = "key" }`` as field ``a`` of an object ``_name``. At most 65,536 characters of an
    article, 100 levels deep; control characters go, but for lines and tabs."""
    withhold: dict[str, bool | tuple[str, ...]] = {}
    """Which words of other programs withhold a record. `status` and `visibility` take a list of the
    values that do, or `false` if none does. `unlisted`, `private`, `hidden`, `is_draft`,
    `headless`, `publishDate`, `expiryDate`, `unpublishDate` and `post_password` take `true` or
    `false`. A word that is not named here withholds as docs/reference/records.md says."""
    follow_links: bool = False
    """Whether a symbolic link below CONTENT is followed to a file outside. Otherwise it is a
    problem, and feeds that would lose entries by it are held back."""

    def __post_init__(self) -> None:
        """Refuse names that JSON Feed has or may have, and what would undo a withdrawal."""
        check_fields(self, "records")
        for name, key in self.extensions.items():
            where = f"records.extensions.{name}"
            check_length("records.extensions", name, SETTING_CHARACTERS)
            # JSON Feed 1.1, Extensions: an underscore, then a letter.
            is_name = _EXTENSION.fullmatch(name) and name.isprintable()
            if not is_name or name == "_feedkit":
                wanted = "a name such as '_example', other than '_feedkit'"
                raise ConfigError("", 0, where, show(name), wanted)
            for own in [key] if isinstance(key, str) else key.values():
                if own in ("", *_NEVER_OWN):
                    wanted = "a record's key, other than 'related', 'heat' and 'quality'"
                    raise ConfigError("", 0, where, show(own), wanted)
        withhold = dict(_check_word(*pair) for pair in self.withhold.items())
        msgspec.structs.force_setattr(self, "withhold", withhold)

    @property
    def words(self) -> list[str]:
        """The words of other programs that may withhold a record."""
        return [word for word in WORDS if self.withhold.get(word, True) not in (False, ())]


def _check_word(name: str, value: bool | tuple[str, ...]) -> tuple[str, bool | tuple[str, ...]]:
    """Return a word of other programs by its own name, and its values as they are compared."""
    where = f"records.withhold.{name}"
    if not (word := find_word(name)):
        raise ConfigError("", 0, where, show(name), f"one of {', '.join(WORDS)}")
    if isinstance(value, bool):
        return word, value
    if word not in VALUES:
        raise ConfigError("", 0, where, show([*value]), "true or false")
    return word, tuple(map(fold_word, value))


class PublishSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of publishing files."""

    precompress: bool = False
    """Whether a gzipped copy, NAME.gz, stands beside each file, for servers that send such."""
    stylesheet: bool = False
    """Whether Atom and RSS name a style sheet, for browsers that are told ``application/xml``."""

    def __post_init__(self) -> None:
        """Refuse values that feedkit.toml could not hold."""
        check_fields(self, "publish")


class WebSub(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The hub that notifies subscribers of changes (W3C WebSub)."""

    hub: str = ""
    """The hub that every feed names, and that `--ping` tells; none if left out."""

    def __post_init__(self) -> None:
        """Refuse what is no http(s) URL."""
        check_fields(self, "websub")
        msgspec.structs.force_setattr(self, "hub", self.hub and _check_url("websub.hub", self.hub))


class Labels(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The words that feedkit itself writes, for feeds in other languages."""

    source: str = "Source"
    """Before the provider's name; ``""``: no entry has the line. An entry whose provider is the
    site itself, by the domain of ``site.home``, has none."""
    related: str = "Related coverage"
    """Over the list of related articles."""
    related_category: str = "Related coverage"
    """The category of related articles that have no record of their own, by which readers can
    filter them; ``""``: none."""
    related_to: str = "Related to"
    """Over the list of the articles that list this one."""
    description: str = "{title}: news and related coverage"
    """Of feeds that have none; ``{title}`` stands for the feed's title."""

    def __post_init__(self) -> None:
        """Clean each as feeds' texts are cleaned, and refuse what would leave a place empty."""
        check_fields(self, "labels")
        check_lengths(self, "labels")
        for field in self.__struct_fields__:
            text = clean_text(getattr(self, field))
            if field == "related_category":
                text = clean_category(text)
            if not text and field not in ("source", "related_category"):
                raise ConfigError("", 0, f"labels.{field}", show(text), "some text")
            msgspec.structs.force_setattr(self, field, text)


class Exclude(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Articles that are withheld, whoever lists them, and files that are left out."""

    providers: tuple[str, ...] = ()
    """Of providers: names in any spelling, or domains, with those below them."""
    domains: tuple[str, ...] = ()
    """The same, and of articles' addresses."""
    urls: tuple[str, ...] = ()
    """Addresses of articles."""
    files: tuple[str, ...] = ()
    """Files of records, by patterns of their paths below CONTENT: ``*`` and ``?`` stand for
    characters of one name, ``**`` for folders at any depth: ``"about.md"``, ``"**/_index.md"``,
    ``"pages/**"``. Nothing is said of them, and the addresses that can be read in them are
    withheld."""

    def __post_init__(self) -> None:
        """Bring every entry into the form that it is compared in."""
        check_fields(self, "exclude")
        for name in self.providers:
            check_length("exclude.providers", name, PROVIDER_CHARACTERS)
        if self.files:
            _check_patterns(self.files)
        keys = tuple(article_key(_check_url("exclude.urls", url)) for url in self.urls)
        domains = tuple(_check_domain("exclude.domains", domain) for domain in self.domains)
        for field, value in (("urls", keys), ("domains", domains)):
            msgspec.structs.force_setattr(self, field, value)


def _check_patterns(patterns: Iterable[str]) -> None:
    from ..files.globs import compile_glob  # which most sites never need

    for pattern in patterns:
        try:
            compile_glob(pattern)
        except ValueError as error:
            raise ConfigError("", 0, "exclude.files", show(pattern), str(error)) from error


def find_timezone(name: str) -> tzinfo:
    """Return the time zone of an IANA name.

    Raises:
        ConfigError: There is none of that name.
    """
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo  # 2 ms that most sites save

    try:
        if name == "localtime":  # whatever this machine's is
            raise ValueError(name)
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        wanted = "an IANA time zone such as 'Europe/Berlin'"
        raise ConfigError("", 0, "site.timezone", show(name), wanted) from error


VALUES: dict[str, tuple[str, ...]] = {
    "status": (
        *("draft", "private", "pending", "hidden", "unlisted", "trash", "scheduled", "future"),
        "auto-draft",
    ),
    "visibility": ("private", "hidden", "unlisted", "password", "members", "paid", "draft"),
}
"""Fields of which some values withhold a record."""
PUBLIC = frozenset(("", "publish", "published", "public", "visible", "live"))
"""Values of these that are known to withhold nothing, folded."""
FLAGS = ("unlisted", "private", "hidden", "is_draft", "headless")
"""Fields that withhold a record if they are true."""
OPENING = "publishDate"
"""The field of a date before which a record is withheld."""
CLOSING = ("expiryDate", "unpublishDate")
"""Fields of dates from which on a record is withheld."""
PASSWORD = "post_password"  # noqa: S105 (a field's name)
"""The field that withholds a record if it is not empty."""
WORDS = (*VALUES, *FLAGS, OPENING, *CLOSING, PASSWORD)
#: Longer keys and values are none of these.
LONGEST = 60


def fold_word(text: str) -> str:
    """Return a value that is equal for spellings of a word: ``is_draft``, ``isDraft``."""
    return _fold(text) if len(text) <= LONGEST else ""


@lru_cache(maxsize=4096)
def _fold(text: str) -> str:
    folded = "".join(text.split()).replace("-", "").replace("_", "").lower()
    if folded.isascii():
        return folded
    from unicodedata import category  # which few records need

    # What nobody sees may come with a text that was copied: U+200B, U+FEFF (UAX 44, Cf).
    return "".join([one for one in folded if category(one) != "Cf"])


_NAMES = {fold_word(word): word for word in WORDS}


def find_word(key: str) -> str:
    """Return the word that a record's key spells, empty if it spells none."""
    return _NAMES.get(fold_word(key), "")


def name_word(state: str) -> str:
    """Return the word of a state such as ``status: private``."""
    return state.partition(":")[0]
