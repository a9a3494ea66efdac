"""The native schema: a mapping to an Article, typed, clean and complete."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

import msgspec

from ..errors import UrlError
from ..model import (
    Article,
    Enclosure,
    Html,
    Image,
    Markdown,
    Provider,
    RelatedArticle,
    State,
)
from ..names import clean_domain, identity
from ..urls import canonical_url, clean_url
from .dates import read_date
from .fields import FieldError, Notes, Path, describe
from .mend import mend_record, read_bool
from .schema import RawEnclosure, RawImage, RawItem, RawProvider, RawRecord
from .text import clean_block, clean_category, clean_text

_URLS = ("webUrl", "web_url", "url", "originalUrl", "original_url")
_PUBLISHED = ("publishedDateTime", "published_date_time", "published", "date")
# RFC 5646, 2.1, and RFC 9110, 8.3.1, as far as feeds' schemas look.
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_MEDIA_TYPE = re.compile(r"[^\s/;]+/[^\s/;]+(?:\s*;.*)?")
_UPDATED = ("updatedDateTime", "updated_date_time", "updated")


def is_record(values: Mapping[str, object]) -> bool:
    """Return whether there is a title, a URL or a date: other front matter is no record."""
    for name in ("title", *_URLS, *_PUBLISHED):
        value = values.get(name)
        if value is not None and not isinstance(value, bool):
            return True
    return False


def find_address(values: Mapping[str, object]) -> str:
    """Return what names a record that has no name, as it stands there; empty if nothing does."""
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
    try:
        raw = msgspec.convert(values, RawRecord)
    except (msgspec.ValidationError, UnicodeEncodeError):  # the latter of a key
        raw = msgspec.convert(mend_record(values, notes), RawRecord)
    url, title, published, updated = _read_core(raw, notes, ())
    return Article(
        url=url,
        title=title,
        published=published,
        updated=updated,
        id=_read_text(raw.id, notes),
        summary=_read_text(raw.excerpt or raw.summary, notes),
        body=_clean_body(body, notes) if body else _read_body(raw, notes),
        featured=_read_block(raw.featuredContent or raw.featured_content or raw.featured, notes),
        provider=_read_provider(raw.provider, url, notes),
        topics=_read_topics(raw.topics or (), notes),
        images=_read_images(raw.images, url, notes),
        related=_read_related(raw.related, notes) if raw.related else (),
        enclosures=_read_enclosures(raw.enclosures, url) if raw.enclosures else (),
        language=_read_language(raw.language, notes) if raw.language else None,
        amp_url=_read_url(
            raw.ampWebUrl or raw.amp_web_url or raw.ampUrl or raw.amp_url, url, notes
        ),
        quality=raw.quality,
        heat=raw.heat,
        state=_read_state(raw, notes),
    )


def _read_core(
    raw: RawItem, notes: Notes, path: Path
) -> tuple[str, str, datetime, datetime | None]:
    """Return what records and related items both need: URL, title and dates."""
    url = _read_article_url(raw, path)
    title = _read_text(raw.title, notes)
    if not title:
        raise FieldError((*path, "title"), "nothing", "some text")
    published = _read_date(raw, _PUBLISHED, notes, path)
    if published is None:
        raise FieldError((*path, "publishedDateTime"), "nothing", "a date")
    updated = _read_date(raw, _UPDATED, notes, path)
    return url, title, published, updated if updated and updated > published else None


def _read_article_url(raw: RawItem, path: Path) -> str:
    wanted = "an absolute http(s) URL"
    for name in _URLS:
        if address := getattr(raw, name):
            try:
                return canonical_url(address)
            except UrlError as error:
                if not clean_text(address):
                    continue
                raise FieldError((*path, name), f"{describe(address)} ({error})", wanted) from error
    raise FieldError((*path, "webUrl"), "nothing", wanted)


def _read_related(items: list[RawItem], notes: Notes) -> tuple[RelatedArticle, ...]:
    found = []
    failed = {error.path[1] for error in notes.errors if len(error.path) > 1}
    for place, raw in enumerate(items):
        if place not in failed:
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
        summary=_read_text(raw.excerpt or raw.summary, notes),
        provider=_read_provider(raw.provider, url, notes),
        images=_read_images(raw.images, url, notes),
        amp_url=_read_url(
            raw.ampWebUrl or raw.amp_web_url or raw.ampUrl or raw.amp_url, url, notes
        ),
        quality=raw.quality,
    )


def _read_text(value: str | None, notes: Notes) -> str:
    if not value:
        return ""
    text = clean_text(value)
    if text is not value:
        notes.repaired = True
    return text


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


def _read_language(value: str, notes: Notes) -> str | None:
    """Return the tag; where it can be none, the feed's own language holds."""
    tag = value.replace("_", "-")
    if tag != value:
        notes.repaired = True
    tag = _read_text(tag, notes)
    if _LANGUAGE.fullmatch(tag):
        return tag
    notes.repaired = True
    return None


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


def _read_url(value: str | None, base: str, notes: Notes) -> str:
    """Return the address of something that an article can do without, empty if unusable."""
    if not value:
        return ""
    try:
        return clean_url(value, base)
    except UrlError:
        notes.repaired = True
        return ""


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
    for place, value in enumerate(values):
        topic = clean_category(clean_text(value))
        if not topic:
            raise FieldError(("topics", place), describe(value), "some text")
        if topic is not value:
            notes.repaired = True
        topics.setdefault(identity(topic), topic)
    return tuple(topics.values())


def _read_provider(raw: RawProvider | None, url: str, notes: Notes) -> Provider | None:
    if raw is None:
        return None
    domain = clean_domain(raw.domain) if raw.domain else ""
    name = _read_text(raw.name, notes) or domain
    if not name:
        return None
    return Provider(name=name, domain=domain, images=_read_images(raw.images, url, notes))


def _read_images(raws: list[RawImage] | None, url: str, notes: Notes) -> tuple[Image, ...]:
    if not raws:
        return ()
    images: dict[str, Image] = {}
    for raw in raws:
        if address := _read_url(raw.url, url, notes):
            width, height = _read_size(raw.width, notes), _read_size(raw.height, notes)
            images.setdefault(address, Image(url=address, width=width, height=height))
    return tuple(images.values())


def _read_size(value: int | None, notes: Notes) -> int | None:
    if value is None or 0 < value < 2**31:
        return value
    notes.repaired = True
    return None


def _read_enclosures(raws: list[RawEnclosure], url: str) -> tuple[Enclosure, ...]:
    found = []
    for place, raw in enumerate(raws):
        media_type = clean_text(raw.mediaType or raw.media_type or raw.type)
        if not _MEDIA_TYPE.fullmatch(media_type):
            found_type = describe(media_type) if media_type else "nothing"
            raise FieldError(("enclosures", place, "type"), found_type, "one such as audio/mpeg")
        try:
            address = clean_url(raw.url, url)
        except UrlError as error:
            path: Path = ("enclosures", place, "url")
            raise FieldError(path, describe(raw.url), "an http(s) URL") from error
        length = raw.length if raw.length is not None and raw.length >= 0 else None
        found.append(Enclosure(url=address, media_type=media_type, length=length))
    return tuple(found)
