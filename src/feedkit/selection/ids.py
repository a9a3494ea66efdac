"""The ids of articles where settings say more than their records."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ..config import Config
from ..ids import Ids, Moves
from ..urls import article_key
from .index import Row


def name_records(
    by_key: Mapping[str, Sequence[Row]], own: dict[str, str], config: Config
) -> dict[str, str]:
    """Return the ids of articles with records that are not made of their keys.

    Args:
        by_key: All rows.
        own: What records name themselves, by key.
        config: What it gives comes first. Of several ids made of URLs the smallest counts, as
            of records' own, that of a published record before others'.
    """
    if not has_ids(config):
        return own
    made = {key: min(map(_rank_made, rows))[1] for key, rows in by_key.items()}
    return _name(made, own, config)


def name_listed(
    by_key: Mapping[str, Sequence[Row]], hidden: Collection[str], config: Config
) -> dict[str, str]:
    """Return such ids of articles that are only listed, as they stand in the lists that count."""
    made: dict[str, tuple[bool, str]] = {}
    for key, rows in by_key.items() if has_ids(config) else ():
        for row in rows if key not in hidden else ():
            for item in row.items if row.state == "published" else ():
                if item.key not in by_key:
                    # An id does not change because someone lists the article by http too.
                    rank = item.made.startswith("http:"), item.made
                    made[item.key] = min(made.get(item.key, rank), rank)
    return _name({key: id for key, (_, id) in made.items()}, {}, config)


def _rank_made(row: Row) -> tuple[bool, str]:
    return row.state != "published", row.made


def has_ids(config: Config) -> bool:
    """Return whether an id may be made of more than its article's key and records."""
    return bool(config.moved) or config.ids != Ids()


def _name(made: dict[str, str], own: dict[str, str], config: Config) -> dict[str, str]:
    given = _list_given(config)
    named = {key: given.get(key) or own.get(key) or id for key, id in made.items()}
    return {key: id for key, id in named.items() if id}


def _list_given(config: Config) -> dict[str, str]:
    """Return the ids that settings give, by key; what they say of the URL of now comes first."""
    given = config.ids.given
    if not (config.moved and given):
        return given
    moves = Moves(config.moved)
    old = sorted((key for key in given if moves.find(key)), reverse=True)
    moved = {article_key(moves.follow(f"https://{key}")): given[key] for key in old}
    return {**moved, **{key: id for key, id in given.items() if not moves.find(key)}}
