"""What the words of other programs say of a record: that it is withheld, or until or from when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

import msgspec

from ..model import LIVE, Article
from ..text import clean_text
from ..words import FLAGS, LONGEST, OPENING, PASSWORD, PUBLIC, VALUES, WORDS, find_word, fold_word
from .dates import read_readings
from .field_errors import FieldError, describe
from .fields import Notes, ReadSettings
from .mend import is_plainly_false, read_bool
from .schema import RawRecord

_FIELDS = frozenset(RawRecord.__struct_fields__)
_DEFAULTS = {word: frozenset(map(fold_word, values)) for word, values in VALUES.items()}
#: Words of feedkit's own that have only one spelling.
_OWN = ("draft", "removed", "deleted")
_FOLDED = frozenset((*_OWN, *map(fold_word, WORDS)))


class Verdict(NamedTuple):
    """What one word says of a record."""

    #: The word with its value, if it withholds the record.
    state: str = ""
    #: The record is withheld before and from these instants on.
    opens: datetime | None = None
    closes: datetime | None = None
    #: Two readings of a date, between which it is not clear whether that has come.
    doubt: tuple[datetime, datetime] | None = None


CLEAR = Verdict()


def list_words(values: Mapping[str, object]) -> tuple[str, ...]:
    """Return the keys of a record that spell words of other programs, or its own otherwise."""
    return _find_words(tuple(values))


# A site's records have few sets of keys; a key may be as long as its record.
@lru_cache(maxsize=16)
def _find_words(keys: tuple[object, ...]) -> tuple[str, ...]:
    return tuple(
        key
        for key in keys
        if isinstance(key, str)
        and len(key) <= LONGEST
        and key not in _FIELDS
        and fold_word(key) in _FOLDED
    )


def judge_words(
    article: Article,
    values: Mapping[str, object],
    keys: Iterable[str],
    settings: ReadSettings,
    notes: Notes,
) -> Article:
    """Return the article as these words withhold it; what they are is noted.

    Args:
        article: As the record's own fields make it.
        values: The record.
        keys: Those of its words, as `list_words` returns them.
        settings: Say which words withhold.
        notes: Take what is to be said besides.

    Raises:
        FieldError: It is not clear whether a word withholds it.
    """
    for key in keys:
        value = values[key]
        if not (word := find_word(key)):
            name = fold_word(key)
            if key.lower() == name or not is_plainly_false(value):
                raise FieldError((key,), f"{key!r}", f"{name!r}, in lower case")
        elif word in FLAGS and value and _is_collection(value):
            if settings.withhold.get(word, True):
                notes.leave_out((key,), describe(value), "true or false")
        else:
            article = _apply(article, word, key, judge_word(word, key, value, settings), notes)
    return article


def _apply(article: Article, word: str, key: str, found: Verdict, notes: Notes) -> Article:
    replace = msgspec.structs.replace
    if found.doubt:
        said = FieldError((key,), "a day and a month in either order", "a date such as 2026-01-31")
        notes.doubts.append((*found.doubt, said))
    if found.state and article.state in LIVE:
        notes.word = found.state
        return replace(article, state="draft")
    if found.opens and (article.available is None or found.opens > article.available):
        return replace(article, available=found.opens)
    if found.closes and (article.expires is None or found.closes < article.expires):
        notes.closing = word
        return replace(article, expires=found.closes)
    return article


def judge_word(word: str, key: str, value: object, settings: ReadSettings) -> Verdict:
    """Return what a word of another program says with this value.

    Raises:
        FieldError: That is not clear.
    """
    rule = settings.withhold.get(word, True)
    if rule is False or value is None or value is False or value == "":
        return CLEAR
    if word in VALUES:
        return _judge_value(word, value, _DEFAULTS[word] if rule is True else rule)
    if word in FLAGS:
        return _judge_flag(word, key, value)
    if word == PASSWORD:
        is_empty = (
            not value if _is_collection(value) else isinstance(value, str) and not value.strip()
        )
        return CLEAR if is_empty else Verdict(word)
    return _judge_date(word, key, value, settings)


def _judge_value(word: str, value: object, withheld: Iterable[str]) -> Verdict:
    for one in value if isinstance(value, list | tuple) else [value]:
        if isinstance(one, str) and fold_word(one) in withheld and fold_word(one):
            return Verdict(f"{word}: {clean_text(one)}")
    return CLEAR


def _judge_flag(word: str, key: str, value: object) -> Verdict:
    if _is_collection(value) or (isinstance(value, str) and not value.strip()):
        return CLEAR
    truth = read_bool(value)
    if truth is None:
        raise FieldError((key,), describe(value), "true or false")
    return Verdict(word) if truth else CLEAR


def _judge_date(word: str, key: str, value: object, settings: ReadSettings) -> Verdict:
    if isinstance(value, str) and (not value.strip() or read_bool(value) is False):
        return CLEAR
    try:
        first, last = read_readings(value, settings.zone)
    except ValueError as error:
        raise FieldError((key,), describe(value), str(error)) from error
    doubt = (first, last) if first < last else None
    return (
        Verdict(opens=last, doubt=doubt) if word == OPENING else Verdict(closes=first, doubt=doubt)
    )


def _is_collection(value: object) -> bool:
    return isinstance(value, list | tuple | Mapping | set | frozenset)


def is_unfinished(values: Mapping[str, object], settings: ReadSettings) -> bool:
    """Return whether a record says that it is not to be one yet, so that it may lack fields."""
    if read_bool(values.get("draft")):
        return True
    for key in list_words(values):
        with suppress(FieldError):
            if (word := find_word(key)) and judge_word(word, key, values[key], settings).state:
                return True
    return False


def find_others(values: Mapping[str, object], settings: ReadSettings) -> Iterable[FieldError]:
    """Yield the fields whose values withhold nothing, and are not known to mean that."""
    for key in list_words(values):
        word, value = find_word(key), values[key]
        if word not in VALUES or value is None or not settings.withhold.get(word, True):
            continue
        is_known = isinstance(value, str) and fold_word(value) in PUBLIC
        if is_known or judge_word(word, key, value, settings) != CLEAR:
            continue
        if word not in settings.withhold:
            way = f"[records] withhold = {{ {word} = [...] }} names what does"
            yield FieldError((key,), f"{describe(value)} withholds nothing; {way}", "")
        elif _judge_value(word, value, _DEFAULTS[word]) != CLEAR:  # most likely a slip of the list
            way = "since [records] withhold leaves it out"
            yield FieldError((key,), f"{describe(value)} withholds nothing, {way}", "")
