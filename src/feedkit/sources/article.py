"""The native schema: a mapping of fields to a clean Article, with its extension objects."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime, tzinfo

import msgspec

from ..errors import UrlError
from ..limits import (
    EXCERPT_CHARACTERS,
    EXTENSIONS_CHARACTERS,
    EXTENSIONS_LEVELS,
    ID_CHARACTERS,
    RELATED,
    TITLE_CHARACTERS,
    TOPIC_CHARACTERS,
    TOPICS,
    TOPICS_CHARACTERS,
)
from ..models import Article, Html, Markdown, RelatedArticle, State
from ..syntax import FieldError, Path, describe, make_scalar, take_text
from ..text import clean_block, clean_category, clean_text
from ..text.slugs import identity
from ..text.urls import NO_URL, canonical_url, is_canonical
from .coercion import Notes, RawItem, RawRecord, ReadSettings, mend_record, read_bool, refuse_set
from .dates import read_date
from .fields import (
    count_characters,
    read_enclosures,
    read_images,
    read_language,
    read_line,
    read_plain,
    read_provider,
    read_references,
    read_url,
)

_URLS = ("webUrl", "web_url", "url", "originalUrl", "original_url")
PUBLISHED = ("publishedDateTime", "published_date_time", "published", "date")
UPDATED = ("updatedDateTime", "updated_date_time", "updated")


_PLACED = (*_URLS, *PUBLISHED)
_NAMED = ("title", *_PLACED)


def is_record(values: Mapping[str, object], *, is_page: bool = False) -> bool:
    """Return whether there is a URL or a date, or a title unless it is the front matter of a page.

    Pages about a site have a title too; what stands in a file of records is meant as one.
    """
    for name in _PLACED if is_page else _NAMED:
        value = values.get(name)
        if value is not None and value != "" and not isinstance(value, bool):
            return True
    return False


# A draft whose `Draft` went unseen would be published; no other slip costs as much.
MISSPELT = frozenset(
    spelt
    for name in ("draft", "removed", "deleted", "published")
    for spelt in (name.capitalize(), name.upper())
)


def _refuse_misspelt(values: Mapping[str, object]) -> None:
    key = next(key for key in values if key in MISSPELT)
    raise FieldError((key,), f"{key!r}", f"{key.lower()!r}, in lower case")


def find_address(values: Mapping[str, object]) -> str:
    """Return the address of a record, for errors; empty if it has none."""
    found = (values.get(name) for name in (*_URLS, "id", "title"))
    return next(
        (text for value in found if isinstance(value, str) and (text := clean_text(value))), ""
    )


def read_article(
    values: Mapping[str, object], notes: Notes, body: Html | Markdown | None
) -> Article:
    """Return the article; related items that cannot be used are noted and left out.

    Raises:
        FieldError: A field that an article needs is missing, or one cannot be used.
    """
    refuse_set(values.get("topics"), ("topics",))  # in which msgspec would see a list
    try:
        raw = msgspec.convert(values, RawRecord)
    except (msgspec.ValidationError, UnicodeEncodeError):  # the latter of a key
        raw = msgspec.convert(mend_record(values, notes), RawRecord)
    if not MISSPELT.isdisjoint(values):
        _refuse_misspelt(values)
    url, title, published, updated = _read_core(raw, notes, ())
    return Article(
        url=url,
        title=title,
        published=published,
        updated=updated,
        id=_read_id(raw.id, notes) if raw.id else "",
        summary=read_plain(raw.excerpt or raw.summary, EXCERPT_CHARACTERS, notes),
        body=_clean_body(body, notes) if body else _read_body(raw, notes),
        featured=_read_block(raw.featuredContent or raw.featured_content or raw.featured, notes),
        provider=read_provider(raw.provider, url, notes, ()),
        topics=_read_topics(raw.topics or (), notes),
        images=read_images(raw.images, url, notes, ()) if raw.images else (),
        related=_read_related(raw.related, notes) if raw.related else (),
        enclosures=read_enclosures(raw.enclosures, url, notes) if raw.enclosures else (),
        language=read_language(raw.language, notes) if raw.language else None,
        amp_url=_read_amp_url(raw, url, notes, ()),
        quality=raw.quality,
        heat=raw.heat,
        state=_read_state(raw, notes),
    )


def _read_core(
    raw: RawItem, notes: Notes, path: Path
) -> tuple[str, str, datetime, datetime | None]:
    """Return URL, title and dates, which records and related items both need."""
    url = _read_article_url(raw, path)
    title = read_plain(raw.title, TITLE_CHARACTERS, notes)
    if not title:
        raise FieldError((*path, "title"), "nothing", "some text")
    published = _read_date(raw, PUBLISHED, notes, path)
    if published is None:
        raise FieldError((*path, "publishedDateTime"), "nothing", "a date")
    if raw.updatedDateTime is raw.updated_date_time is raw.updated is None:  # as nearly always
        return url, title, published, None
    updated = _read_date(raw, UPDATED, notes, path)
    return url, title, published, updated if updated and updated > published else None


def _read_article_url(raw: RawItem, path: Path) -> str:
    if raw.webUrl and is_canonical(raw.webUrl):
        return raw.webUrl
    wanted = "an absolute http(s) URL"
    for name in _URLS:
        if address := getattr(raw, name):
            try:
                return canonical_url(address)
            except UrlError as error:
                if not clean_text(address):
                    continue
                reason = "" if str(error) == NO_URL else f" ({error})"  # what is wanted says it
                raise FieldError((*path, name), f"{describe(address)}{reason}", wanted) from error
    raise FieldError((*path, "webUrl"), "nothing", wanted)


def _read_amp_url(raw: RawItem, url: str, notes: Notes, path: Path) -> str:
    address = raw.ampWebUrl or raw.amp_web_url or raw.ampUrl or raw.amp_url
    if not address or is_canonical(address):
        return address or ""
    return read_url(address, url, notes, (*path, "ampWebUrl"))


def _read_id(value: str, notes: Notes) -> str:
    id = read_line(value, notes)
    if len(id) > ID_CHARACTERS:
        raise FieldError(("id",), count_characters(id), f"at most {ID_CHARACTERS:,}")
    return id


def _read_related(items: list[RawItem], notes: Notes) -> tuple[RelatedArticle, ...]:
    found: list[RelatedArticle] = []
    failed = {path[1] for path in notes.failed if path[0] == "related"}
    for place, raw in enumerate(items):
        if place in failed:
            continue
        if len(found) == RELATED:
            notes.leave_out(("related",), f"{len(items)}", f"at most {RELATED} of them")
            break
        try:
            found.append(_read_item(raw, notes, ("related", place)))
        except FieldError as error:
            notes.errors.append(error)
    return tuple(found)


def _read_item(raw: RawItem, notes: Notes, path: Path) -> RelatedArticle:
    url, title, published, updated = _read_core(raw, notes, path)
    return RelatedArticle(
        url=url,
        title=title,
        published=published,
        updated=updated,
        summary=read_plain(raw.excerpt or raw.summary, EXCERPT_CHARACTERS, notes),
        provider=read_provider(raw.provider, url, notes, path),
        images=read_images(raw.images, url, notes, path) if raw.images else (),
        amp_url=_read_amp_url(raw, url, notes, path),
        quality=raw.quality,
    )


def _read_block(value: str | None, notes: Notes) -> str:
    if not value:
        return ""
    text = clean_block(value)
    if text is not value:
        notes.repaired = True
    return text if text and not text.isspace() else ""


def _clean_body(body: Html | Markdown, notes: Notes) -> Html | Markdown | None:
    text = _read_block(body.text, notes)
    return body if text is body.text else type(body)(text) if text else None


def _read_body(raw: RawRecord, notes: Notes) -> Html | Markdown | None:
    if text := _read_block(raw.bodyHtml or raw.body_html, notes):
        return Html(text)
    text = _read_block(raw.body, notes)
    return Markdown(text) if text else None


def _read_date(raw: RawItem, names: tuple[str, ...], notes: Notes, path: Path) -> datetime | None:
    """Return the first of these dates that is there."""
    for name in names:
        value = getattr(raw, name)
        if value is None or (name == "published" and read_bool(value) is not None):
            continue  # `published` is a date in some records, a truth value in others
        try:
            found, assumed = read_date(value, notes.zone)
        except ValueError as error:
            if isinstance(value, str) and not clean_text(value):
                continue
            raise FieldError((*path, name), describe(value), str(error)) from error
        if assumed:
            notes.repaired = True
        return found
    return None


def _read_state(raw: RawRecord, notes: Notes) -> State:
    if raw.removed:
        return "removed"
    if raw.deleted:
        return "deleted"
    if raw.draft:
        return "draft"
    value = raw.published
    if value is None or value is True:
        return "published"
    if (truth := read_bool(value)) is not None:
        return "published" if truth else "unpublished"
    try:  # what is neither must not publish anything
        _read_date(raw, ("published",), notes, ())
    except FieldError as error:
        raise FieldError(error.path, error.found, f"true, false or {error.wanted}") from error
    return "published"


def _read_topics(values: list[str] | tuple[()], notes: Notes) -> tuple[str, ...]:
    topics: dict[str, str] = {}
    left = TOPICS_CHARACTERS
    for place, value in enumerate(values):
        topic = _read_topic(value, notes, place)
        if len(topic) > TOPIC_CHARACTERS:  # before normalisation, which is quadratic
            found, wanted = count_characters(topic), f"at most {TOPIC_CHARACTERS}"
            notes.leave_out(("topics", place), found, wanted)
            continue
        if topics.setdefault(identity(topic), topic) is not topic:
            continue
        left -= len(topic)
        if left < 0 or len(topics) > TOPICS:
            topics.popitem()
            wanted = f"at most {TOPICS} of them"
            if left < 0:
                wanted = f"at most {TOPICS_CHARACTERS:,} characters of them in all"
            notes.leave_out(("topics",), f"{len(values)}", wanted)
            break
    return tuple(topics.values())


def _read_topic(value: str, notes: Notes, place: int) -> str:
    text = read_references(value, notes) if "&" in value and notes.has_references else value
    topic = clean_category(clean_text(text))
    if not topic:
        raise FieldError(("topics", place), describe(value), "some text")
    if topic is not value:
        notes.repaired = True
    return topic


def read_extensions(values: Mapping[str, object], settings: ReadSettings) -> dict[str, object]:
    """Return the own fields that the settings name and the record has.

    Raises:
        FieldError: One holds what JSON cannot, or all hold too much.
    """
    reader = _Reader(settings.zone)
    found: dict[str, object] = {}
    for name, key in settings.extensions.items():
        if isinstance(key, str):
            value = reader.read(values.get(key), (key,))
        else:
            own = {inner: reader.read(values.get(key[inner]), (key[inner],)) for inner in key}
            value = {inner: one for inner, one in own.items() if one is not None} or None
        if value is not None:
            found[name] = value
    return found


def check_extensions(extensions: object, zone: tzinfo) -> dict[str, object]:
    """Return the extensions of an Article that was made in Python.

    Raises:
        FieldError: It is no mapping, a key is not one, or it holds what JSON cannot.
    """
    if not isinstance(extensions, Mapping):
        raise FieldError(("extensions",), describe(extensions), "a mapping of fields")
    found: dict[str, object] = {}
    reader = _Reader(zone)
    for name, value in extensions.items():
        key = take_text(name)
        if key is None or not key.startswith("_"):
            raise FieldError(("extensions",), describe(name), "keys that begin with _")
        if key == "_feedkit":
            raise FieldError(("extensions",), describe(key), "another key: feedkit writes that one")
        found[clean_block(key)] = reader.read(value, ("extensions", key))
    return found


class _Reader:
    """Makes JSON of an article's own fields, and counts how much there is of it."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        #: Counted before anything is copied: a small record may name one list a million times.
        self._left = EXTENSIONS_CHARACTERS

    def read(self, value: object, path: Path, depth: int = 0) -> object:
        """Return `value` of what JSON and MessagePack both have: it travels as one to the other."""
        self._spend(1, path, depth)
        if not isinstance(value, list | tuple | Mapping):
            value = make_scalar(value)
        if isinstance(value, str):
            self._spend(len(value), path, depth)
            return clean_block(value)
        if isinstance(value, list | tuple):
            self._check_depth(value, path, depth)
            return [self.read(one, (*path, place), depth + 1) for place, one in enumerate(value)]
        if isinstance(value, Mapping):
            return self._read_mapping(value, path, depth)
        if isinstance(value, float) and not math.isfinite(value):
            raise FieldError(path, describe(value), "a number that JSON has")
        if isinstance(value, int) and not -(2**63) <= value < 2**64:
            raise FieldError(path, describe(value), "a number of at most 64 bits")
        if isinstance(value, int | float) and not isinstance(value, bool):
            return int(value) if isinstance(value, int) else float(value)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, date):
            return self._read_date(value, path)
        raise FieldError(path, describe(value), "what JSON can hold")

    def _read_mapping(
        self, value: Mapping[object, object], path: Path, depth: int
    ) -> dict[str, object]:
        self._check_depth(value, path, depth)
        found = {}
        for name, one in value.items():
            key = take_text(name)
            if key is None:
                raise FieldError(path, describe(value), "what JSON can hold")
            self._spend(len(key), path, depth)
            found[clean_block(key)] = self.read(one, (*path, key), depth + 1)
        return found

    def _check_depth(self, value: object, path: Path, depth: int) -> None:
        if depth >= EXTENSIONS_LEVELS:
            own = path[: len(path) - depth]
            raise FieldError(own, describe(value), f"at most {EXTENSIONS_LEVELS} levels")

    def _spend(self, count: int, path: Path, depth: int) -> None:
        self._left -= count
        if self._left < 0:
            wanted = f"own fields of at most {EXTENSIONS_CHARACTERS} characters in all"
            raise FieldError(path[: len(path) - depth], "more", wanted)

    def _read_date(self, value: date, path: Path) -> str:
        """Return a day, or an instant in UTC, as RFC 3339, 5.6 has it."""
        if not isinstance(value, datetime):
            return value.isoformat()
        try:
            instant, _ = read_date(value, self._zone)
        except ValueError as error:
            raise FieldError(path, describe(value), str(error)) from error
        return instant.isoformat()[:19] + "Z"
