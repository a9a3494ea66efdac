"""Articles made by hand to what reading a record would have made of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo

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
from ..model import Article, Html, Image, Markdown, Provider, RelatedArticle
from ..names import clean_domain, identity
from ..text import clean_category, clean_text
from ..urls import is_canonical
from .extensions import check_extensions
from .fields import FieldError, Notes, Path, describe
from .mend import refuse_set
from .native import read_article

_DATES = (datetime, date)
_STATES = ("published", "unpublished", "draft", "removed", "deleted")


def clean_by_hand(article: Article, zone: tzinfo) -> tuple[Article, Notes]:
    """Return `article` with every field typed, clean and complete, and what that brought up.

    Raises:
        FieldError: A field that an article needs is missing, or one cannot be used.
        TypeError, ValueError, RecursionError: It holds what no record can.
    """
    notes = Notes(zone)
    if _is_clean(article):
        return article, notes
    if not (article.body is None or isinstance(article.body, Html | Markdown)):
        raise FieldError(("body",), describe(article.body), "an Html or a Markdown")
    if article.state not in _STATES:
        raise FieldError(("state",), describe(article.state), f"one of {', '.join(_STATES)}")
    _refuse_sets(article)
    record = msgspec.to_builtins(
        msgspec.structs.replace(article, body=None, extensions={}, state="published"),
        builtin_types=_DATES,
    )
    cleaned = read_article(record, notes, article.body)
    extensions = check_extensions(article.extensions, zone)
    return msgspec.structs.replace(cleaned, state=article.state, extensions=extensions), notes


def _refuse_sets(article: Article) -> None:
    """Raise where a set of topics or pictures stands, of which msgspec would make a list."""
    for name in ("topics", "related", "enclosures"):
        refuse_set(getattr(article, name), (name,))
    _refuse_picture_sets(article, ())
    if isinstance(article.related, list | tuple):
        for place, item in enumerate(article.related):
            if isinstance(item, RelatedArticle):
                _refuse_picture_sets(item, ("related", place))


def _refuse_picture_sets(item: Article | RelatedArticle, path: Path) -> None:
    refuse_set(item.images, (*path, "images"))
    if isinstance(item.provider, Provider):
        refuse_set(item.provider.images, (*path, "provider", "images"))


def _is_clean(article: Article) -> bool:
    """Return whether cleaning would change nothing: True only where a glance tells.

    Most Articles were read from records, or might as well have been; cleaning them takes five
    times as long as to see that.
    """
    return (
        _is_clean_item(article)
        and article.body is None
        and article.featured == ""
        and article.enclosures == ()
        and article.extensions == {}
        and article.id == ""
        and article.language is None
        and article.heat is None
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
        and (item.amp_url == "" or is_canonical(item.amp_url))
        and _is_instant(item.published)
        and (item.updated is None or (_is_instant(item.updated) and item.updated > item.published))
        and item.quality is None
        and (item.provider is None or _is_clean_provider(item.provider))
        and (item.images == () or _are_clean_images(item.images))
    )


def _is_clean_text(text: object, most: int) -> bool:
    return type(text) is str and len(text) <= most and clean_text(text) is text


def _is_instant(instant: object) -> bool:
    return type(instant) is datetime and instant.tzinfo is UTC and not instant.microsecond


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
