"""Ids of articles that settings or several spellings of one address determine."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeAlias

from ..config import Config
from ..config.ids import Ids, Moves
from ..text.urls import article_id, article_key
from .index import IndexedRecord

IdOrigin: TypeAlias = tuple[bool, str]
"""What one record or listing says of the URL that an id is made of: whether others come before
it, and the URL, empty if it is the one that the key spells."""


def has_ids(config: Config) -> bool:
    """Return whether an id may be made of more than its article's key, records and listings."""
    return bool(config.moved) or config.ids != Ids()


def name_records(
    by_key: Mapping[str, Sequence[IndexedRecord]],
    own: dict[str, str],
    config: Config,
    spelt: Collection[str],
) -> dict[str, str]:
    """Return the ids of articles with records that are not made of their keys.

    Args:
        by_key: All rows.
        own: The ids that records name themselves, by key.
        config: The ids that it gives come first.
        spelt: Keys that are not as an address of the article spells them.
    """
    keys: Iterable[str] = by_key if has_ids(config) else (key for key in spelt if key in by_key)
    made = {key: _make(key, list_origins(by_key[key]), config) for key in keys}
    return {**own, **_name(made, own, config)} if made else own


def name_listed(
    by_key: Mapping[str, Sequence[IndexedRecord]],
    config: Config,
    spelt: Collection[str],
    rejected: Collection[str],
) -> dict[str, str]:
    """Return the ids of articles that are only listed, if these are not made of their keys.

    Args:
        by_key: All rows. The lists of those that are published and not excluded count.
        config: See `name_records`.
        spelt: See `name_records`.
        rejected: Keys of articles whose id is another's: their lists do not count either.
    """
    is_any = has_ids(config)
    origins: dict[str, set[IdOrigin]] = {}
    for rows in by_key.values() if is_any or spelt else ():
        for row in rows:
            is_shown = row.state == "published" and not row.excluded and row.key not in rejected
            for item in row.items if is_shown else ():
                if item.key not in by_key and (is_any or item.key in spelt):
                    # An id does not change because someone lists the article by http too.
                    origin = item.origin.startswith("http:"), item.origin
                    origins.setdefault(item.key, set()).add(origin)
    return _name({key: _make(key, [*all_], config) for key, all_ in origins.items()}, {}, config)


def list_origins(rows: Iterable[IndexedRecord]) -> list[IdOrigin]:
    """Return the URLs from which the id of one key may be made."""
    return [(row.state != "published", row.origin) for row in rows]


def make_id(key: str, rows: Iterable[IndexedRecord], config: Config) -> str:
    """Return the id that is made of an article's address, whatever it is given or names."""
    return _make(key, list_origins(rows), config) or article_id(f"https://{key}")


def _make(key: str, origins: list[IdOrigin], config: Config) -> str:
    """Return the id that is made of one of these, empty if it is the one made of the key."""
    url = origins[0][1] if len(origins) == 1 else _choose_origin(key, origins, config)
    return url if config.ids.style == "url" or not url else article_id(url)


def _choose_origin(key: str, origins: list[IdOrigin], config: Config) -> str:
    """Return the URL that an id is made of.

    Of addresses that became one that of a published record comes first, then the smallest id. Of
    the spellings of one address the smallest counts, in whichever state its record is.
    """

    def rank_address(origin: IdOrigin) -> IdOrigin:
        folded = _find_key(key, origin)
        if config.ids.style == "url":
            return origin[0], f"{origin[1].partition('://')[0]}://{folded}"
        return origin[0], "" if folded == key else article_id(f"https://{folded}")

    def rank_spelling(origin: IdOrigin) -> tuple[str, bool, str]:
        return origin[1].partition("://")[2] or key, *origin

    address = _find_key(key, min(origins, key=rank_address))
    return min((one for one in origins if _find_key(key, one) == address), key=rank_spelling)[1]


def _find_key(key: str, origin: IdOrigin) -> str:
    return article_key(origin[1]) if origin[1] else key


def _name(made: dict[str, str], own: dict[str, str], config: Config) -> dict[str, str]:
    given = list_given(config)
    named = {key: given.get(key) or own.get(key) or id for key, id in made.items()}
    return {key: id for key, id in named.items() if id}


def list_given(config: Config) -> dict[str, str]:
    """Return the ids that settings give, by key."""
    given = config.ids.given
    if not (config.moved and given):
        return given
    moves = Moves(config.moved)
    old = sorted((key for key in given if moves.find(key)), reverse=True)
    moved = {article_key(moves.follow(f"https://{key}")): given[key] for key in old}
    return {**moved, **{key: id for key, id in given.items() if not moves.find(key)}}
