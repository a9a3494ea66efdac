"""The native schema: a mapping to an Article, typed, clean and complete."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from ..errors import UrlError, show
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
from .fields import FieldError, Notes, Path
from .mend import mend_record, read_bool
from .schema import RawEnclosure, RawImage, RawItem, RawProvider, RawRecord
from .text import clean_block, clean_category, clean_text

_URLS = ("webUrl", "web_url", "url", "originalUrl", "original_url")
_PUBLISHED = ("publishedDateTime", "published_date_time", "published", "date")
_UPDATED = ("updatedDateTime", "updated_date_time", "updated")


def is_record(values: Mapping[str, object]) -> bool:
    """Return whether there is a title, a URL or a date: other front matter is no record."""
    return any(values.get(name) is not None for name in ("title", *_URLS, *_PUBLISHED))


def read_article(
    values: Mapping[str, object], notes: Notes, body: Html | Markdown | None
) -> Article:
    """Return the article; related items that cannot be used are noted and left out.

    Raises:
        FieldError: A field that an article needs is missing, or one cannot be used.
    """
    try:
        raw = msgspec.convert(values, RawRecord)
    except msgspec.ValidationError:
        raw = msgspec.convert(mend_record(values, notes), RawRecord)
    url, title, published, updated = _read_core(raw, notes, ())
    return Article(
        url=url,
        title=title,
        published=published,
        updated=updated,
        id=_read_text(raw.id, notes),
        summary=_read_text(raw.excerpt or raw.summary, notes),
        body=body or _read_body(raw, notes),
        featured=_read_block(raw.featuredContent or raw.featured_content or raw.featured, notes),
        provider=_read_provider(raw.provider, url, notes),
        topics=_read_topics(raw.topics or (), notes),
        images=_read_images(raw.images, url, notes),
        related=_read_related(raw.related, notes) if raw.related else (),
        enclosures=_read_enclosures(raw.enclosures, url) if raw.enclosures else (),
        language=_read_text(raw.language, notes) or None,
        amp_url=_read_url(
            raw.ampWebUrl or raw.amp_web_url or raw.ampUrl or raw.amp_url, url, notes
        ),
        quality=raw.quality,
        heat=raw.heat,
        state=_read_state(raw),
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
                raise FieldError((*path, name), f"{show(address)} ({error})", wanted) from error
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
    text = clean_block(value or "")
    if text != (value or ""):
        notes.repaired = True
    return text


def _read_body(raw: RawRecord, notes: Notes) -> Html | Markdown | None:
    if text := _read_block(raw.bodyHtml or raw.body_html, notes):
        return Html(text)
    text = _read_block(raw.body, notes)
    return Markdown(text) if text else None


def _read_date(raw: RawItem, names: tuple[str, ...], notes: Notes, path: Path) -> datetime | None:
    """Return the first of these dates that is there."""
    for name in names:
        value = getattr(raw, name)
        if value is None or value == "" or (name == "published" and read_bool(value) is not None):
            continue  # `published` is a date in some records, a truth value in others
        try:
            found, assumed = read_date(value, notes.zone)
        except ValueError as error:
            raise FieldError((*path, name), show(value), str(error)) from error
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


def _read_state(raw: RawRecord) -> State:
    if raw.removed:
        return "removed"
    if raw.deleted:
        return "deleted"
    if raw.draft:
        return "draft"
    if raw.published is None or raw.published is True:
        return "published"
    return "unpublished" if read_bool(raw.published) is False else "published"


def _read_topics(values: list[str] | tuple[()], notes: Notes) -> tuple[str, ...]:
    topics: dict[str, str] = {}
    for place, value in enumerate(values):
        topic = clean_category(clean_text(value))
        if not topic:
            raise FieldError(("topics", place), show(value), "some text")
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
        if not media_type:
            raise FieldError(("enclosures", place, "type"), "nothing", "a media type")
        try:
            address = clean_url(raw.url, url)
        except UrlError as error:
            path: Path = ("enclosures", place, "url")
            raise FieldError(path, show(raw.url), "an http(s) URL") from error
        length = raw.length if raw.length is not None and raw.length >= 0 else None
        found.append(Enclosure(url=address, media_type=media_type, length=length))
    return tuple(found)
