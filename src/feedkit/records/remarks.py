"""What a record says that no feed shows, or shows otherwise: for who asks, and never an error."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ..errors import show
from ..model import Html, Markdown
from .fields import FieldError, Notes, Path, ReadSettings
from .native import read_article
from .schema import RawRecord

#: Fields that mean the same: where one is there, nobody misses the others.
_ALIKE = (
    ("webUrl", "web_url", "url", "originalUrl", "original_url"),
    ("excerpt", "summary"),
    ("publishedDateTime", "published_date_time", "published", "date"),
    ("updatedDateTime", "updated_date_time", "updated"),
)
#: What other programs call them in their front matter (Hugo, Jekyll, Eleventy), as `_fold` does.
_ELSEWHERE = {
    "tag": "topics",
    "category": "topics",
    "categorie": "topics",
    "description": "excerpt",
    "link": "webUrl",
    "permalink": "webUrl",
    "lastmod": "updated",
    "modified": "updated",
    "lastmodifiedat": "updated",
}
_EMPTY: tuple[object, ...] = (None, "", [], {})
#: A record in which nothing is repaired, to try one field at a time in.
_PLAIN = {"title": "A", "url": "https://example.org/", "date": "2000-01-01T00:00:00Z"}


def find_unread(values: Mapping[str, object], settings: ReadSettings) -> Iterator[FieldError]:
    """Yield the keys that are most likely meant as a field which the record goes without."""
    own = {name for key in settings.extensions.values() for name in _list_keys(key)}
    for key, value in values.items():
        field = _NEAR.get(_fold(key)) if isinstance(key, str) else None  # YAML has other keys
        is_own = value in _EMPTY or key in _FIELDS or key in own
        if field and not is_own and values.keys().isdisjoint(_find_alike(field)):
            yield FieldError((key,), f"no field of feedkit's; {field} is", "")


def _list_keys(key: str | Mapping[str, str]) -> list[str]:
    return [key] if isinstance(key, str) else list(key.values())


def find_repairs(
    values: Mapping[str, object], body: Html | Markdown | None, settings: ReadSettings
) -> Iterator[FieldError]:
    """Yield the fields of a record in which reading it repairs something."""
    for path, value in _split_fields(values):
        if _is_repaired({str(path[0]): value}, None, settings):
            yield FieldError(path, _explain_repair(path, value), "")
    if body and _is_repaired({}, body, settings):
        yield FieldError(("body",), "repaired", "")


def _explain_repair(path: Path, value: object) -> str:
    if not isinstance(value, str):
        return "repaired"
    is_date = _find_alike(str(path[0]))[0] in ("publishedDateTime", "updatedDateTime")
    found = show(value)
    return f"{found} names no time zone: the site's" if is_date else f"repaired from {found}"


def _split_fields(values: Mapping[str, object]) -> Iterator[tuple[Path, object]]:
    """Yield each field, or item of a related list, with where it stands."""
    for key, value in values.items():
        if key == "related" and isinstance(value, list):
            yield from (((key, place), [item]) for place, item in enumerate(value))
        elif key in _FIELDS:
            yield (key,), value


def _is_repaired(
    field: dict[str, object], body: Html | Markdown | None, settings: ReadSettings
) -> bool:
    """Return whether reading repairs this, in a record that needs no repair otherwise."""
    alike = {name for key in field for name in _find_alike(key)}
    record = {name: one for name, one in _PLAIN.items() if name not in alike} | field
    notes = Notes(settings.zone, has_references=True)
    try:
        read_article(record, notes, body)
    except FieldError:  # what `published` says may need a date beside it
        return False
    return notes.repaired


def _find_alike(field: str) -> tuple[str, ...]:
    return next((names for names in _ALIKE if field in names), (field,))


def _fold(key: str) -> str:
    return re.sub("[-_ ]", "", key).lower().removesuffix("s")


_FIELDS = frozenset(RawRecord.__struct_fields__)
_NEAR = {**_ELSEWHERE, **{_fold(name): name for name in reversed(RawRecord.__struct_fields__)}}
