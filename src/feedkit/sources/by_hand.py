"""Articles made in Python, cleaned as records are."""

from __future__ import annotations

from collections.abc import Sized
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from typing import Any

import msgspec

from ..limits import (
    EXCERPT_CHARACTERS,
    IMAGES,
    PIXELS,
    PROVIDER_CHARACTERS,
    RELATED,
    TITLE_CHARACTERS,
    TOPIC_CHARACTERS,
    TOPICS,
    TOPICS_CHARACTERS,
)
from ..models import Article, Html, Image, Markdown, Provider, RelatedArticle
from ..syntax import REAL, FieldError, Path, describe, make_plain, take_text
from ..text import clean_category, clean_text
from ..text.slugs import clean_domain, identity
from ..text.urls import is_canonical
from .article import check_extensions, read_article
from .coercion import Notes, refuse_set
from .dates import read_date

#: Attributes that no record has so.
_APART = ("body", "state", "extensions")
_STATES = ("published", "unpublished", "draft", "removed", "deleted")


def clean_by_hand(article: Article, zone: tzinfo) -> tuple[Article, Notes]:
    """Return a reading of `article` with every field typed, clean and complete.

    Raises:
        FieldError: A field that an article needs is missing, or one cannot be used.
    """
    notes = Notes(zone)
    with suppress(Exception):  # what another's class raises is looked at below
        if _is_clean(article):
            return article, notes
    body, state = _take_body(article.body), take_text(article.state)
    if state not in _STATES:
        raise FieldError(("state",), describe(article.state), f"one of {', '.join(_STATES)}")
    names = (name for name in Article.__struct_fields__ if name not in _APART)
    record = {name: make_plain(getattr(article, name)) for name in names}
    _refuse_sets(record)
    cleaned = read_article(record, notes, body)
    own = {
        "state": state,
        "extensions": _check_extensions(article.extensions, zone),
        "available": _read_instant(record["available"], "available", zone),
        "expires": _read_instant(record["expires"], "expires", zone),
    }
    return msgspec.structs.replace(cleaned, **own), notes


def _read_instant(value: object, name: str, zone: tzinfo) -> datetime | None:
    if value is None:
        return None
    try:
        return read_date(value, zone)[0]
    except ValueError as error:
        raise FieldError((name,), describe(value), str(error)) from error


def _take_body(body: Any) -> Html | Markdown | None:
    if body is None:
        return None
    kind = next((one for one in (Html, Markdown) if issubclass(type(body), one)), None)
    if kind is None:
        raise FieldError(("body",), describe(body), "an Html or a Markdown")
    if (text := take_text(body.text)) is None:
        raise FieldError(("body", "text"), describe(body.text), "text")
    return kind(text)


def _check_extensions(extensions: object, zone: tzinfo) -> dict[str, object]:
    try:
        return check_extensions(extensions, zone)
    except FieldError:
        raise
    except Exception as error:  # what another's class raises
        raise FieldError(("extensions",), describe(extensions), "what JSON can hold") from error


def _refuse_sets(record: dict[str, Any]) -> None:
    """Raise if topics or pictures are a set, which has no order."""
    for name in ("topics", "related", "enclosures"):
        refuse_set(record[name], (name,))
    _refuse_picture_sets(record, ())
    if isinstance(record["related"], list):
        for place, item in enumerate(record["related"]):
            if isinstance(item, dict):
                _refuse_picture_sets(item, ("related", place))


def _refuse_picture_sets(item: dict[str, Any], path: Path) -> None:
    refuse_set(item.get("images"), (*path, "images"))
    if isinstance(provider := item.get("provider"), dict):
        refuse_set(provider.get("images"), (*path, "provider", "images"))


def _is_clean(article: Article) -> bool:
    """Return whether cleaning would change nothing; True only if a quick check tells.

    Most Articles were read from records, or might as well have been; cleaning them takes five
    times as long as to see that.
    """
    return (
        _is_clean_item(article)
        and article.body is None
        and _is_empty(article.featured, str)
        and _is_empty(article.enclosures, tuple)
        and _is_empty(article.extensions, dict)
        and _is_empty(article.id, str)
        and article.language is None
        and article.heat is None
        and article.available is None
        and article.expires is None
        and type(article.state) is str
        and article.state in _STATES
        and _are_clean_topics(article.topics)
        and type(article.related) is tuple
        and len(article.related) <= RELATED
        and all(type(item) is RelatedArticle and _is_clean_item(item) for item in article.related)
    )


def _is_clean_item(item: Article | RelatedArticle) -> bool:
    return (
        _is_clean_text(item.title, TITLE_CHARACTERS)
        and item.title != ""
        and _is_clean_text(item.summary, EXCERPT_CHARACTERS)
        and is_canonical(item.url)
        and (_is_empty(item.amp_url, str) or is_canonical(item.amp_url))
        and _is_instant(item.published)
        and (item.updated is None or (_is_instant(item.updated) and item.updated > item.published))
        and item.quality is None
        and (item.provider is None or _is_clean_provider(item.provider))
        and _are_clean_images(item.images)
    )


def _is_empty(value: object, kind: type[Sized]) -> bool:
    """Return whether a value is empty and of this very type: others may equal what they are not."""
    return type(value) is kind and not value


def _is_clean_text(text: object, most: int) -> bool:
    return type(text) is str and len(text) <= most and clean_text(text) is text


def _is_instant(instant: object) -> bool:
    return type(instant) is REAL.datetime and instant.tzinfo is UTC and not instant.microsecond


def _are_clean_images(images: object) -> bool:
    return (
        type(images) is tuple
        and len(images) <= IMAGES
        and all(type(image) is Image and _is_clean_image(image) for image in images)
        and (len(images) < 2 or len({image.url for image in images}) == len(images))
    )


def _is_clean_image(image: Image) -> bool:
    return is_canonical(image.url) and all(
        size is None or (type(size) is int and 0 < size <= PIXELS)
        for size in (image.width, image.height)
    )


def _are_clean_topics(topics: object) -> bool:
    return (
        type(topics) is tuple
        and len(topics) <= TOPICS
        and all(
            _is_clean_text(topic, TOPIC_CHARACTERS) and clean_category(topic) == topic != ""
            for topic in topics
        )
        and sum(map(len, topics)) <= TOPICS_CHARACTERS
        and len(set(map(identity, topics))) == len(topics)
    )


def _is_clean_provider(provider: object) -> bool:
    return (
        type(provider) is Provider
        and _is_clean_name(provider.name, provider.domain)
        and _are_clean_images(provider.images)
    )


def _is_clean_name(name: object, domain: object) -> bool:
    return (
        _is_clean_text(name, PROVIDER_CHARACTERS)
        and name != ""
        and type(domain) is str
        and (domain == "" or clean_domain(domain) == domain)
    )
