"""Words of other programs that withhold a record, and addresses that rejected records withhold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import NamedTuple

import msgspec

from ..config.settings import (
    CLOSING,
    FLAGS,
    LONGEST,
    OPENING,
    PASSWORD,
    PUBLIC,
    VALUES,
    WORDS,
    find_word,
    fold_word,
)
from ..errors import UrlError
from ..models import LIVE, Article, State
from ..syntax import FieldError, describe, make_plain
from ..syntax.front_matter import MERGE_KEY
from ..syntax.salvage import Field
from ..text import clean_text
from ..text.urls import canonical_url
from .article import PUBLISHED
from .coercion import Notes, RawRecord, ReadSettings, is_plainly_false, read_bool
from .dates import read_date, read_readings

_FIELDS = frozenset(RawRecord.__struct_fields__)
_DEFAULTS = {word: frozenset(map(fold_word, values)) for word, values in VALUES.items()}
#: Words of feedkit's own that have only one spelling.
_OWN = ("draft", "removed", "deleted")
_FOLDED = frozenset((*_OWN, *map(fold_word, WORDS)))


class WordVerdict(NamedTuple):
    """The effect of one word on a record."""

    state: str = ""
    """The word with its value, if it withholds the record."""
    opens: datetime | None = None
    """The record is withheld before and from these instants on."""
    closes: datetime | None = None
    doubt: tuple[datetime, datetime] | None = None
    """Two readings of a date, between which it is not clear whether that has come."""


CLEAR = WordVerdict()


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


def apply_words(
    article: Article,
    values: Mapping[str, object],
    keys: Iterable[str],
    settings: ReadSettings,
    notes: Notes,
) -> Article:
    """Return the article, withheld by these words, which are noted.

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


def _apply(article: Article, word: str, key: str, found: WordVerdict, notes: Notes) -> Article:
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


def judge_word(word: str, key: str, value: object, settings: ReadSettings) -> WordVerdict:
    """Return the effect of a word of another program with this value.

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
        return CLEAR if is_empty else WordVerdict(word)
    return _judge_date(word, key, value, settings)


def _judge_value(word: str, value: object, withheld: Iterable[str]) -> WordVerdict:
    for one in value if isinstance(value, list | tuple) else [value]:
        if isinstance(one, str) and fold_word(one) in withheld and fold_word(one):
            return WordVerdict(f"{word}: {clean_text(one)}")
    return CLEAR


def _judge_flag(word: str, key: str, value: object) -> WordVerdict:
    if _is_collection(value) or (isinstance(value, str) and not value.strip()):
        return CLEAR
    truth = read_bool(value)
    if truth is None:
        raise FieldError((key,), describe(value), "true or false")
    return WordVerdict(word) if truth else CLEAR


def _judge_date(word: str, key: str, value: object, settings: ReadSettings) -> WordVerdict:
    if isinstance(value, str) and (not value.strip() or read_bool(value) is False):
        return CLEAR
    try:
        first, last = read_readings(value, settings.zone)
    except ValueError as error:
        raise FieldError((key,), describe(value), str(error)) from error
    doubt = (first, last) if first < last else None
    return (
        WordVerdict(opens=last, doubt=doubt)
        if word == OPENING
        else WordVerdict(closes=first, doubt=doubt)
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
    """Yield fields with values that withhold nothing and are not known to be public."""
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


#: The keys of addresses, as `fold_word` returns them; the first that is one counts.
_ADDRESSES = ("weburl", "url", "originalurl", "id")
#: The words of feedkit's own that withhold; the first counts.
_STATES: tuple[State, ...] = ("removed", "deleted", "draft")
_UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)


class Withheld(NamedTuple):
    """An address that a record withholds although it cannot be used."""

    article: Article
    """Nothing but its address, state and dates."""
    word: str = ""
    """The word of another program that withholds it, if one does."""


def find_withheld_addresses(
    fields: Iterable[Field], settings: ReadSettings
) -> tuple[Withheld, ...]:
    """Return the addresses that a record withholds although it cannot be used.

    Whoever indexes these leaves out those that are published by now: of a record that no word
    withholds only its dates can.

    Args:
        fields: Those of the record, keys in any spelling; one may stand more than once.
        settings: The zone of dates that name none, and which words withhold.
    """
    urls: dict[str, list[str]] = {}
    dates: dict[str, list[datetime]] = {}
    found = _FoundFields()
    if settings.is_left_out:
        found.states.add("removed")
    for key, value in fields:
        folded = fold_word(key) if isinstance(key, str) else ""
        if folded in _ADDRESSES and isinstance(value, str):
            urls.setdefault(folded, []).extend(_read_address(value))
        elif folded in _STATES and not is_plainly_false(value):
            found.states.add(folded)
        elif key == MERGE_KEY:
            found.states.add("draft")  # what it stands for may say so
        elif key in PUBLISHED:
            dates.setdefault(key, []).extend(_read_day(value, settings.zone))
        elif folded and (word := find_word(str(key))):
            found.add_word(word, value, settings)
    days = next((dates[name] for name in PUBLISHED if dates.get(name)), [])
    if not (found.says_anything or days):
        return ()
    addresses = next((urls[name] for name in _ADDRESSES if urls.get(name)), [])
    published = max(days, default=_UNKNOWN)
    return tuple([found.withhold(url, published) for url in dict.fromkeys(addresses)])


class _FoundFields:
    """The words of a record that cannot be used."""

    def __init__(self) -> None:
        self.states: set[str] = set()
        self._word = ""
        self._opens: list[datetime] = []
        self._closes: list[datetime] = []

    @property
    def says_anything(self) -> bool:
        """Whether any word may withhold the record."""
        return bool(self.states or self._word or self._opens or self._closes)

    def add_word(self, word: str, value: object, settings: ReadSettings) -> None:
        """Add a word of another program; a value that cannot be read withholds."""
        try:
            verdict = judge_word(word, word, value, settings)
        except FieldError:
            verdict = WordVerdict(word)
        self._word = self._word or verdict.state
        self._opens += [verdict.opens] if verdict.opens else []
        self._closes += [verdict.closes] if verdict.closes else []

    def withhold(self, url: str, published: datetime) -> Withheld:
        """Return what these words withhold at an address."""
        state: State = "draft" if self._word else "published"
        state = next((own for own in _STATES if own in self.states), state)
        article = Article(
            url=url,
            title="",
            published=published,
            state=state,
            available=max(self._opens, default=None),
            expires=min(self._closes, default=None),
        )
        return Withheld(article, "" if self.states else self._word)


def find_withheld_article(article: Article, zone: tzinfo) -> tuple[Withheld, ...]:
    """Return what an Article withholds although it cannot be used."""
    names = ("state", "url", "id", "published", "available", "expires")
    word, url, id, date, opens, closes = (make_plain(getattr(article, name)) for name in names)
    state = word if isinstance(word, str) and word in _STATES else "draft"
    is_live = word in ("published", "unpublished")
    fields: list[Field] = [
        *(("url", url), ("id", id), ("date", date)),
        *((state, not is_live), (OPENING, opens), (CLOSING[0], closes)),
    ]
    return find_withheld_addresses(fields, ReadSettings(zone))


def hide_text(article: Article) -> Article:
    """Return a withheld article with only the fields that selection needs."""
    return Article(
        url=article.url,
        title="",
        published=article.published,
        id=article.id,
        state=article.state,
        available=article.available,
        expires=article.expires,
    )


def _read_address(text: str) -> list[str]:
    try:
        return [canonical_url(text)]
    except UrlError:
        return []


def _read_day(value: object, zone: tzinfo) -> list[datetime]:
    if isinstance(value, bool):
        return []
    try:
        return [read_date(value, zone)[0]]
    except (ValueError, TypeError, AttributeError, ArithmeticError):  # dates of other packages
        return []
