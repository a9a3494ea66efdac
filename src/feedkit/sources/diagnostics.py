"""Fields of a record that no feed shows, or shows otherwise: what `feedkit check` lists."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress

from ..config.settings import VALUES, fold_word
from ..errors import show
from ..models import Html, Markdown
from ..syntax import FieldError, Path
from ..text import clean_text
from ..text.urls import explicit_id, is_iri, is_uuid
from .article import MISSPELT, UPDATED, read_article
from .coercion import FIELDS, Notes, RawItem, RawProvider, RawRecord, ReadSettings, read_bool
from .dates import read_date
from .withholding import find_others

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
#: What people write to withhold a record, folded, and the field that does; values of another kind
#: mean something else. No program's own word is among them, so that none of them withholds.
_MEANT: dict[str, tuple[str, str]] = {
    spelling: (field, kind)
    for field, kind, spellings in (
        ("published", "false", "publish public visible ispublished ispublic isvisible"),
        ("draft", "true", "unpublished unpublish notpublished"),
        ("private", "true", "isprivate"),
        ("hidden", "true", "ishidden hide"),
        ("unlisted", "true", "isunlisted"),
        ("status", "word", "state poststatus workflow workflowstate"),
        ("visibility", "word", "access audience"),
        ("post_password", "text", "password passwd passphrase"),
        ("expiryDate", "date", "expire expired expireson expiresat expiry expiration"),
        ("expiryDate", "date", "expiredate expiresdate expirationdate expirydatetime"),
        ("unpublishDate", "date", "unpublishat unpublishon"),
        ("publishDate", "date", "embargo embargoed embargodate embargountil golive"),
        ("publishDate", "date", "publishat publishon publishafter publishfrom scheduledfor"),
    )
    for spelling in spellings.split()
}
#: Words that are near a field's name and no slip of it, folded.
_WORDS = frozenset(("publisher", "feature", "provided", "update", "topical", "imagery"))
#: Letters of a key: of so few only those that change places are taken for a slip, and of more than
#: the longest field has none are.
_SHORT, _LONGEST = 4, 24
_EMPTY: tuple[object, ...] = (None, "", [], {})
#: A record in which nothing is repaired, to try one field at a time in.
_PLAIN = {"title": "A", "url": "https://example.org/", "date": "2000-01-01T00:00:00Z"}


def find_unread(values: Mapping[str, object], settings: ReadSettings) -> Iterator[FieldError]:
    """Yield the keys that are most likely meant as a field which the record goes without.

    And the `id` if feeds cannot write it as it is.
    """
    own = {name for key in settings.extensions.values() for name in _list_keys(key)}
    for key, value in values.items():
        field = _NEAR.get(_fold(key)) if isinstance(key, str) else None  # YAML has other keys
        # A field in other letters is an error already.
        is_own = value in _EMPTY or key in FIELDS or key in own or key in MISSPELT
        if field and not is_own and values.keys().isdisjoint(_find_alike(field)):
            yield FieldError((key,), f"not read; did you mean {field}?", "")
    yield from _find_meant(values, settings, own)
    yield from find_others(values, settings)
    yield from _find_early(values, settings, ())
    items = values.get("related")
    for place, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, Mapping):
            yield from _find_early(item, settings, ("related", place))
    yield from find_misspelt(values, settings)
    yield from _find_id(values.get("id"))


def _find_meant(
    values: Mapping[str, object], settings: ReadSettings, own: set[str]
) -> Iterator[FieldError]:
    """Yield the keys that are most likely meant to withhold the record, and do not."""
    for key, value in values.items():
        if not isinstance(key, str) or key in own or key in FIELDS or value in _EMPTY:
            continue
        field, kind = _MEANT.get(_strip(key)) or _MEANT.get(_fold(key)) or ("", "")
        if field and _is_meant(field, kind, value, settings):
            yield FieldError((key,), f"not read; did you mean {field}?", "")


def _is_meant(field: str, kind: str, value: object, settings: ReadSettings) -> bool:
    if kind in ("true", "false"):
        return read_bool(value) is (kind == "true")
    if kind == "word":
        word = fold_word(value) if isinstance(value, str) else ""
        return {word, word.removesuffix("s")} & {*map(fold_word, VALUES[field])} != set()
    if kind == "date":
        with suppress(ValueError):
            return bool(read_date(value, settings.zone))
        return False
    return isinstance(value, str | int) and not isinstance(value, bool)


def _find_id(value: object) -> Iterator[FieldError]:
    id = clean_text(value) if isinstance(value, str) else ""
    if id and not (is_uuid(id) or is_iri(id)):
        found = f"{show(id)}, of which feeds make {explicit_id(id)}"
        yield FieldError(("id",), found, "an absolute URI or a UUID")


def _find_early(
    values: Mapping[str, object], settings: ReadSettings, path: Path
) -> Iterator[FieldError]:
    """Yield the dates of change that are to come."""
    for key in UPDATED if settings.at else ():
        with suppress(ValueError):
            if settings.at and read_date(values.get(key), settings.zone)[0] > settings.at:
                reason = f"{show(values[key])} is in the future and is ignored until then"
                yield FieldError((*path, key), reason, "")


def find_misspelt(values: Mapping[str, object], settings: ReadSettings) -> Iterator[FieldError]:
    """Yield the keys of a record, its provider and its related items that are nearly a field."""
    own = {name for key in settings.extensions.values() for name in _list_keys(key)}
    yield from _find_near({key: one for key, one in values.items() if key not in own}, (), FIELDS)
    if isinstance(provider := values.get("provider"), Mapping):
        yield from _find_near(provider, ("provider",), _PROVIDER)
    items = values.get("related")
    for place, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, Mapping):
            yield from _find_near(item, ("related", place), _ITEM)


def _find_near(
    values: Mapping[str, object], path: Path, fields: frozenset[str]
) -> Iterator[FieldError]:
    plain = {_strip(name): name for name in sorted(fields, reverse=True)}
    for key, value in values.items():
        if not isinstance(key, str) or value in _EMPTY or key in fields:
            continue
        field = _guess_field(key, plain)
        # A date beside it takes the place of another date, and not of a word that withholds.
        is_flag = field == "published" and isinstance(value, bool)
        alike = (field,) if is_flag else _find_alike(field)
        if field and values.keys().isdisjoint(alike):
            yield FieldError((*path, key), f"did you mean {field}?", "")


def _guess_field(key: str, fields: Mapping[str, str]) -> str:
    """Return the field that a key is a slip of, empty if it is most likely no slip.

    Args:
        key: The key as the record has it.
        fields: By their names as `_strip` returns them.
    """
    from difflib import get_close_matches  # which no build needs

    folded, plain = _fold(key), _strip(key)
    if folded in _NEAR or folded in _WORDS or plain in fields or len(plain) > _LONGEST:
        return ""
    near = [name for name in fields if name[0] == plain[:1] and abs(len(name) - len(plain)) < 2]
    if swapped := [name for name in near if sorted(name) == sorted(plain)]:
        return fields[swapped[0]]
    long = [name for name in near if min(len(name), len(plain)) > _SHORT]
    found = get_close_matches(plain, long, 1, 0.8)
    return fields[found[0]] if found else ""


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
    """Yield each field, or item of a related list, with its path."""
    for key, value in values.items():
        if key == "related" and isinstance(value, list):
            yield from (((key, place), [item]) for place, item in enumerate(value))
        elif key in FIELDS:
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


def _strip(key: str) -> str:
    return re.sub("[-_ ]", "", key).lower()


def _fold(key: str) -> str:
    return _strip(key).removesuffix("s")


_ITEM = frozenset(RawItem.__struct_fields__)
_PROVIDER = frozenset(RawProvider.__struct_fields__)
_NEAR = {**_ELSEWHERE, **{_fold(name): name for name in reversed(RawRecord.__struct_fields__)}}
