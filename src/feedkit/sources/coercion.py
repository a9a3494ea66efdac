"""The types of a record's fields, repairs of values that have others, and notes about both.

`msgspec.convert` fills these types a hundred times faster than code in Python could. The table of
media types is feedkit's own: Python's ``mimetypes`` reads files of the machine that it runs on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Any, NamedTuple, TypeAlias
from urllib.parse import urlsplit

import msgspec

from ..limits import INTEGER
from ..syntax import FieldError, Path, describe


class ReadSettings(NamedTuple):
    """The settings that reading needs."""

    zone: tzinfo = UTC
    """Of dates that name none."""
    extensions: Mapping[str, str | Mapping[str, str]] = {}
    """By key of the JSON Feed item: the record's key, or several by their names in an object."""
    withhold: Mapping[str, bool | tuple[str, ...]] = {}
    """By word of other programs: whether it withholds a record, or the values that do, folded."""
    at: datetime | None = None
    """The time of the build; if it is given, dates that are still to come are said."""
    has_remarks: bool = False
    """Whether it is to be said what was not read, and what was repaired."""
    is_left_out: bool = False
    """Whether settings leave the file out, so that whatever stands in it is withheld."""
    follow_links: bool = False
    """Whether links that lead out of CONTENT are followed."""


class Notes:
    """Errors, repairs and doubts of reading one record."""

    __slots__ = (
        *("closing", "doubts", "errors", "failed", "has_references", "repaired", "word", "zone"),
    )

    def __init__(self, zone: tzinfo, *, has_references: bool = False) -> None:
        #: Of dates that name none.
        self.zone = zone
        #: Whether ``&amp;`` stands for a character, as in files that other programs write.
        self.has_references = has_references
        #: Of whatever was left out.
        self.errors: list[FieldError] = []
        #: Paths of related items and enclosures that were left out before they were read.
        self.failed: set[Path] = set()
        self.repaired = False
        #: The word of another program that withholds the record, with its value.
        self.word = ""
        #: The word whose date is that from which on the record is withheld.
        self.closing = ""
        #: Two readings of a date, between which it is not clear, and what is to be said then.
        self.doubts: list[tuple[datetime, datetime, FieldError]] = []

    def leave_out(self, path: Path, found: str, wanted: str) -> None:
        """Note that the value at `path` was left out."""
        self.errors.append(FieldError(path, found, wanted))


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
    """Return the media type for the ending of a URL path, empty if it is unknown."""
    return _TYPES.get(urlsplit(url).path.rpartition(".")[2].lower(), "")


Integer = Annotated[int, msgspec.Meta(ge=-INTEGER, le=INTEGER)]


class RawImage(msgspec.Struct, gc=False):
    """A picture as a record gives it."""

    url: str = ""
    width: int | None = None
    height: int | None = None


class RawEnclosure(msgspec.Struct, gc=False):
    """An enclosure as a record gives it."""

    url: str = ""
    type: str = ""
    mediaType: str = ""
    media_type: str = ""
    length: Integer | None = None


class RawProvider(msgspec.Struct, gc=False):
    """A provider as a record gives it."""

    name: str | None = None
    domain: str | None = None
    images: list[RawImage] | None = None


class RawItem(msgspec.Struct, gc=False):
    """The fields that records and related items share."""

    title: str | None = None
    webUrl: str | None = None
    web_url: str | None = None
    url: str | None = None
    originalUrl: str | None = None
    original_url: str | None = None
    publishedDateTime: Any = None
    published_date_time: Any = None
    published: Any = None
    date: Any = None
    updatedDateTime: Any = None
    updated_date_time: Any = None
    updated: Any = None
    excerpt: str | None = None
    summary: str | None = None
    provider: RawProvider | None = None
    images: list[RawImage] | None = None
    ampWebUrl: str | None = None
    amp_web_url: str | None = None
    ampUrl: str | None = None
    amp_url: str | None = None
    quality: Integer | None = None


class RawRecord(RawItem, gc=False):
    """A record, with every key that is read."""

    id: str | None = None
    body: str | None = None
    bodyHtml: str | None = None
    body_html: str | None = None
    featuredContent: str | None = None
    featured_content: str | None = None
    featured: str | None = None
    topics: list[str] | None = None
    related: list[RawItem] | None = None
    enclosures: list[RawEnclosure] | None = None
    language: str | None = None
    heat: Integer | None = None
    draft: bool | None = None
    removed: bool | None = None
    deleted: bool | None = None


FIELDS = frozenset(RawRecord.__struct_fields__)
"""The keys of a record that are read."""


_TRUE = frozenset(("true", "yes", "on", "1", "y"))
_FALSE = frozenset(("false", "no", "off", "0", "n"))
_TEXTS = (
    *("title", "webUrl", "url", "originalUrl", "excerpt", "summary", "ampWebUrl", "ampUrl", "id"),
    *("body", "bodyHtml", "featuredContent", "featured", "language", "name", "domain"),
    *("type", "mediaType"),
)


def mend_record(values: Mapping[str, object], notes: Notes) -> dict[str, object]:
    """Return the fields of a record, each of its type; related items that fail are left out.

    Raises:
        FieldError: A value is neither of its type nor stands for one that is.
    """
    return _mend_fields(RawRecord, values, notes, ())


def read_bool(value: object) -> bool | None:
    """Return the truth value that `value` is or spells, None if it is neither.

    YAML 1.2 reads ``no`` as text.
    """
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        value = str(value) if 0 <= value <= 1 else ""  # others may have too many digits to print
    text = value.strip().lower() if isinstance(value, str) else ""
    return True if text in _TRUE else False if text in _FALSE else None


def is_plainly_false(value: object) -> bool:
    """Return whether the value of a word that withholds says that it does not."""
    return value is None or value == "" or read_bool(value) is False


def _mend_fields(
    struct: type[msgspec.Struct], value: object, notes: Notes, path: Path
) -> dict[str, object]:
    """Return the fields that `struct` knows, in the spelling that they have."""
    if not isinstance(value, Mapping):
        raise FieldError(path, describe(value), "a mapping of fields")
    menders = _FIELDS[struct]
    return {
        key: menders[key](found, notes, (*path, key))
        for key, found in value.items()
        if key in menders and found is not None
    }


def _mend_text(value: object, notes: Notes, path: Path) -> str:
    if isinstance(value, str):
        return value
    wanted = "text (in quotes)" if isinstance(value, int | float) else "text"
    raise FieldError(path, describe(value), wanted)


def _mend_bool(value: object, notes: Notes, path: Path) -> bool:
    found = False if value == "" else read_bool(value)
    if found is None:
        raise FieldError(path, describe(value), "true or false")
    return found


def _mend_int(value: object, notes: Notes, path: Path) -> int | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is int and abs(value) <= INTEGER:
        return value
    if type(value) is not int:
        raise FieldError(path, describe(value), "a whole number")
    notes.leave_out(path, describe(value), f"at most {INTEGER}")
    return None


def _mend_length(value: object, notes: Notes, path: Path) -> int | None:
    """Return a number of bytes, None if it is none: that of an enclosure may be unknown."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is int and 0 <= value <= INTEGER:
        return value
    notes.repaired = True
    text = value.strip() if isinstance(value, str) and len(value) < 100 else ""
    found = int(text) if text.isascii() and text.isdigit() else INTEGER + 1
    return found if found <= INTEGER else None


def _mend_size(value: object, notes: Notes, path: Path) -> int | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is int:
        return value  # `native.py` looks whether it can be one
    notes.repaired = True
    text = value.removesuffix("px").strip() if isinstance(value, str) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _keep(value: object, notes: Notes, path: Path) -> object:
    return value


def _mend_topics(value: object, notes: Notes, path: Path) -> list[str]:
    if isinstance(value, str) and "," in value:  # a list as people write it
        return [name for name in map(str.strip, value.split(",")) if name]
    return [_mend_text(item, notes, place) for item, place in _iterate(value, path)]


def _mend_images(value: object, notes: Notes, path: Path) -> list[dict[str, object]]:
    return [
        _mend_fields(RawImage, {"url": item} if isinstance(item, str) else item, notes, place)
        for item, place in _iterate(value, path)
    ]


def _mend_provider(value: object, notes: Notes, path: Path) -> dict[str, object]:
    return _mend_fields(
        RawProvider, {"name": value} if isinstance(value, str) else value, notes, path
    )


def _mend_enclosures(value: object, notes: Notes, path: Path) -> list[dict[str, object]]:
    return _mend_each(RawEnclosure, _iterate(value, path), notes)


def _mend_related(value: object, notes: Notes, path: Path) -> list[dict[str, object]]:
    return _mend_each(RawItem, _iterate(value, path), notes)


def _mend_each(
    struct: type[msgspec.Struct], items: Iterator[tuple[object, Path]], notes: Notes
) -> list[dict[str, object]]:
    """Return the items of a list, each at its place; one that cannot be used is empty."""
    found: list[dict[str, object]] = []
    for item, place in items:
        try:
            found.append(_mend_fields(struct, item, notes, place))
        except FieldError as error:
            notes.errors.append(error)
            notes.failed.add(place)
            found.append({})
    return found


def refuse_set(value: object, path: Path) -> None:
    """Raise a FieldError for a set, in which no order is the record's."""
    if isinstance(value, set | frozenset):
        raise FieldError(path, describe(value), "a list")


def _iterate(value: object, path: Path) -> Iterator[tuple[object, Path]]:
    """Yield the items of a list with their paths; a lone value is a list of one."""
    refuse_set(value, path)
    if not isinstance(value, list | tuple):
        value = [value]
    for place, item in enumerate(value):
        yield item, (*path, place)


_Mender: TypeAlias = Callable[[object, Notes, Path], object]
_MENDERS: dict[str, _Mender] = {
    **dict.fromkeys(_TEXTS, _mend_text),
    **dict.fromkeys(("quality", "heat"), _mend_int),
    "length": _mend_length,
    **dict.fromkeys(("width", "height"), _mend_size),
    **dict.fromkeys(("draft", "removed", "deleted"), _mend_bool),
    **dict.fromkeys(
        ("publishedDateTime", "published", "date", "updatedDateTime", "updated"), _keep
    ),
    "topics": _mend_topics,
    "images": _mend_images,
    "provider": _mend_provider,
    "related": _mend_related,
    "enclosures": _mend_enclosures,
}


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


# Each struct's own keys: a provider's `id` is nobody's business, whatever it holds.
_FIELDS: dict[type[msgspec.Struct], dict[str, _Mender]] = {
    struct: {key: _MENDERS[_camel_case(key)] for key in struct.__struct_fields__}
    for struct in (RawRecord, RawItem, RawProvider, RawEnclosure, RawImage)
}
