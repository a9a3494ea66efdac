"""Records that cannot be used, as far as they withhold their address all the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

from ..errors import UrlError
from ..model import Article, State
from ..plain import make_plain
from ..urls import canonical_url
from ..words import CLOSING, OPENING, find_word, fold_word
from .dates import read_date
from .field_errors import FieldError
from .fields import ReadSettings
from .front_matter import MERGE_KEY
from .mend import is_plainly_false
from .native import PUBLISHED
from .publicity import Verdict, judge_word
from .salvage import Field

#: The keys of addresses, as `fold_word` returns them; the first that is one counts.
_ADDRESSES = ("weburl", "url", "originalurl", "id")
#: The words of feedkit's own that withhold; the first counts.
_STATES: tuple[State, ...] = ("removed", "deleted", "draft")
_UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)


class Withheld(NamedTuple):
    """What a record that cannot be used withholds."""

    #: Nothing but its address, state and dates.
    article: Article
    #: The word of another program that withholds it, if one does.
    word: str = ""


def find_withheld(fields: Iterable[Field], settings: ReadSettings) -> tuple[Withheld, ...]:
    """Return what is withheld by a record that cannot be used.

    Whoever indexes these leaves out those that are published by now: of a record that no word
    withholds only its dates can.

    Args:
        fields: Those of the record, keys in any spelling; one may stand more than once.
        settings: The zone of dates that name none, and which words withhold.
    """
    urls: dict[str, list[str]] = {}
    dates: dict[str, list[datetime]] = {}
    found = _Found()
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


class _Found:
    """What the words of a record that cannot be used say."""

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
        """Take a word of another program; one that cannot be read withholds."""
        try:
            verdict = judge_word(word, word, value, settings)
        except FieldError:
            verdict = Verdict(word)
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
    """Return what is withheld by an Article that cannot be used; see `find_withheld`."""
    names = ("state", "url", "id", "published", "available", "expires")
    word, url, id, date, opens, closes = (make_plain(getattr(article, name)) for name in names)
    state = word if isinstance(word, str) and word in _STATES else "draft"
    is_live = word in ("published", "unpublished")
    fields: list[Field] = [
        *(("url", url), ("id", id), ("date", date)),
        *((state, not is_live), (OPENING, opens), (CLOSING[0], closes)),
    ]
    return find_withheld(fields, ReadSettings(zone))


def hide_text(article: Article) -> Article:
    """Return what must be known of an article that nobody may read yet, or any more."""
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
