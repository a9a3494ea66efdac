"""Records that cannot be used, as far as they withhold their address all the same."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo

from ..errors import UrlError
from ..model import Article, State
from ..plain import make_plain
from ..urls import canonical_url
from .dates import read_date
from .mend import read_bool
from .native import PUBLISHED
from .salvage import Field

#: The keys of addresses, as `fold_key` returns them; the first that is one counts.
_ADDRESSES = ("weburl", "url", "originalurl", "id")
#: The words of feedkit's own that withhold; the first counts.
_STATES: tuple[State, ...] = ("removed", "deleted", "draft")
_UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)


def fold_key(key: str) -> str:
    """Return what is equal for spellings of one key: ``is_draft``, ``isDraft``, ``Is-Draft``."""
    return re.sub("[-_]", "", key).lower()


def find_withheld(fields: Iterable[Field], zone: tzinfo) -> tuple[Article, ...]:
    """Return what is withheld by a record that cannot be used, with nothing but its address.

    Whoever indexes these leaves out those that are published by now: of a record that no word
    withholds only its date can.

    Args:
        fields: Those of the record, keys in any spelling; one may stand more than once.
        zone: Of dates that name none.
    """
    urls: dict[str, list[str]] = {}
    states: set[State] = set()
    dates: dict[str, list[datetime]] = {}
    for key, value in fields:
        folded = fold_key(key) if isinstance(key, str) else ""
        if folded in _ADDRESSES and isinstance(value, str):
            urls.setdefault(folded, []).extend(_read_address(value))
        elif folded in _STATES and not is_plainly_false(value):
            states.add(folded)
        elif key in PUBLISHED:
            dates.setdefault(key, []).extend(_read_day(value, zone))
    found = next((urls[name] for name in _ADDRESSES if urls.get(name)), [])
    state = next((state for state in _STATES if state in states), None)
    days = next((dates[name] for name in PUBLISHED if dates.get(name)), [])
    if state is None and not days:
        return ()
    published = max(days, default=_UNKNOWN)
    return tuple(
        [
            Article(url=url, title="", published=published, state=state or "published")
            for url in dict.fromkeys(found)
        ]
    )


def find_withheld_article(article: Article, zone: tzinfo) -> tuple[Article, ...]:
    """Return what is withheld by an Article that cannot be used; see `find_withheld`."""
    word, url, id, date = map(
        make_plain, (article.state, article.url, article.id, article.published)
    )
    state = word if isinstance(word, str) and word in _STATES else "draft"
    is_live = word in ("published", "unpublished")
    fields = [("url", url), ("id", id), ("date", date)]
    return find_withheld([*fields, (state, not is_live)], zone)


def hide_text(article: Article) -> Article:
    """Return what must be known of an article that nobody may read yet, or any more."""
    return Article(
        url=article.url,
        title="",
        published=article.published,
        id=article.id,
        state=article.state,
    )


def is_plainly_false(value: object) -> bool:
    """Return whether the value of a word that withholds says that it does not."""
    return value is None or value == "" or read_bool(value) is False


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
