"""Settings of ids, and of addresses that have moved (docs/encoding.md, Ids). Pure."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, takewhile
from types import MappingProxyType
from typing import Generic, Literal, NamedTuple, TypeVar

import msgspec

from ..errors import ConfigError, UrlError, show
from ..limits import ID_CHARACTERS
from ..text import clean_text
from ..text.urls import article_key, canonical_url, prefix_key, replace_prefix
from .validation import check_fields

_T = TypeVar("_T")


class Ids(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ids of articles whose records name none."""

    style: Literal["uuid", "url"] = "uuid"
    """A UUID made of the URL, or the URL."""
    file: str = ""
    """A JSON file, beside feedkit.toml, of ids by URL: `{"https://…": "id"}`. Where left out
    ``ids.json`` is read, if there is one."""
    given: dict[str, str] = {}
    """The same here. An id that is given comes before a record's own and stays as it is."""

    def __post_init__(self) -> None:
        """Bring URLs into the form that they are compared in, and check the ids."""
        check_fields(self, "ids")
        given = check_given(self.given.items(), "ids.given.")
        msgspec.structs.force_setattr(self, "given", given)


def check_given(
    entries: Iterable[tuple[str, object]],
    section: str = "",
    said: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    """Return ids by key.

    Args:
        entries: URLs, with or without their scheme, and ids.
        section: What errors write before an entry.
        said: Ids by key that come before these.

    Raises:
        ConfigError: A URL or id cannot be used, or stands twice.
    """
    given: dict[str, str] = {}
    owners = {id: f"{key} in ids.given" for key, id in said.items()}
    for entry, id in entries:
        where = f'{section}"{entry}"'
        key = _read_key(where, entry)
        if not isinstance(id, str) or not id or clean_text(id) != id or len(id) > ID_CHARACTERS:
            wanted = "an id: text on one line, without spaces at its ends"
            if isinstance(id, str) and len(id) > ID_CHARACTERS:
                wanted = f"an id of at most {ID_CHARACTERS:,} characters"
            raise ConfigError("", 0, where, show(id), wanted)
        if key in given:
            wanted = "each URL once, http and https being one"
            raise ConfigError("", 0, where, show(entry), wanted)
        given[key] = id
        if key not in said:
            if id in owners:
                raise ConfigError("", 0, where, show(id), f"another id than that of {owners[id]}")
            owners[id] = entry
    return {**given, **said}


def _read_key(where: str, entry: str) -> str:
    has_scheme = re.match(r"\s*[a-z][a-z0-9+.-]*:/", entry, re.IGNORECASE)  # of any kind
    return article_key(_read_url(where, entry if has_scheme else f"https://{entry}"))


def _read_url(where: str, text: str) -> str:
    try:
        return canonical_url(text)
    except UrlError as error:
        raise ConfigError("", 0, where, show(text), "an absolute http(s) URL") from error


class Move(NamedTuple):
    """One line of ``[moved]``: the old and the new beginning of canonical URLs."""

    old: str
    new: str
    old_key: str
    """The same as keys begin."""
    new_key: str

    @property
    def is_below(self) -> bool:
        """Whether the new address is below the old one."""
        return self.new_key != self.old_key and self.new_key.startswith(self.old_key)

    def apply(self, url: str) -> str:
        """Return the canonical URL that the old address `url` has now."""
        return replace_prefix(url, self.old_key, self.new)

    def revert(self, url: str) -> str:
        """Return the canonical URL that the new address `url` had."""
        return replace_prefix(url, self.new_key, self.old)


class Moves:
    """All that has moved. Schemes are ignored, as in keys; the longest prefix counts."""

    def __init__(self, moved: dict[str, str]) -> None:
        moves = [Move(*pair, *map(prefix_key, pair)) for pair in moved.items()]
        self._olds = _Prefixes((move.old_key, move) for move in moves)
        self._news = _Prefixes((move.new_key, move) for move in moves)

    def find(self, key: str) -> Move | None:
        """Return the move that takes the address of `key` elsewhere, None if it stays."""
        move = next(self._olds.match(key), None)
        return None if move and move.is_below and key.startswith(move.new_key) else move

    def follow(self, url: str) -> str:
        """Return the new address of a canonical `url`; one move is applied."""
        used: set[Move] = set()
        while (move := self.find(article_key(url))) and move not in used:
            used.add(move)
            url = move.apply(url)
        return url

    def trace(self, url: str) -> str:
        """Return the first address that the article at `url`, be it old or new, has had."""
        used: set[Move] = set()
        while move := self._find_before(article_key(url)):
            if move in used:
                break
            used.add(move)
            url = move.revert(url)
        # With the scheme that the settings say it had, whatever a record says.
        move = self.find(article_key(url))
        return replace_prefix(url, move.old_key, move.old) if move else url

    def _find_before(self, key: str) -> Move | None:
        """Return the move that brought an article to the address of `key`.

        Of several places that became one the first counts.
        """
        following = self.find(key)
        for move in self._news.match(key):
            before = move.revert(f"https://{key}")
            if move is not following and self.find(article_key(before)) is move:
                if article_key(move.apply(before)) == key:  # nothing of it was dropped
                    return move
        return None


class _Prefixes(Generic[_T]):
    """Values by prefix, found without asking every prefix."""

    def __init__(self, pairs: Iterable[tuple[str, _T]]) -> None:
        self._table: dict[str, list[_T]] = {}
        for prefix, value in pairs:
            self._table.setdefault(prefix, []).append(value)
        self._lengths = sorted({len(prefix) for prefix in self._table}, reverse=True)

    def match(self, text: str) -> Iterator[_T]:
        """Yield the values of all prefixes of `text`, the longest first."""
        for length in self._lengths:
            if length <= len(text) and (values := self._table.get(text[:length])):
                yield from values


def check_moved(moved: dict[str, str]) -> dict[str, str]:
    """Return new prefixes by old ones, as canonical URLs.

    Raises:
        ConfigError: One is no URL, stands twice, or leads back to itself.
    """
    found: dict[str, str] = {}
    entries: dict[str, str] = {}  # as they are written, by key
    for entry, target in moved.items():
        where = f'moved."{entry}"'
        old, new = _read_url(where, entry), _read_url(where, target)
        if prefix_key(old) in entries:
            wanted = "each old address once, http and https being one"
            raise ConfigError("", 0, where, show(entry), wanted)
        if old == new:
            raise ConfigError("", 0, where, show(target), "another address")
        entries[prefix_key(old)], found[old] = entry, new
    if loop := _find_loop({prefix_key(old): prefix_key(new) for old, new in found.items()}):
        path = " to ".join(entries[old] for old in (*loop, loop[0]))
        wanted = "addresses that lead to an end"
        raise ConfigError("", 0, f'moved."{entries[loop[0]]}"', path, wanted)
    return found


def _find_loop(moved: dict[str, str]) -> list[str]:
    """Return old prefixes that lead from one to the next and back to the first."""
    ordered = sorted(moved)
    olds = _Prefixes((old, old) for old in ordered)
    left = {old: _list_next(old, new, olds, ordered) for old, new in moved.items()}
    while ends := [old for old, following in left.items() if left.keys().isdisjoint(following)]:
        for old in ends:
            del left[old]
    path: list[str] = []
    old = next(iter(left), "")
    while old and old not in path:
        path.append(old)
        old = next(one for one in left[old] if one in left)
    return path[path.index(old) :] if old else []


def _list_next(old: str, new: str, olds: _Prefixes[str], ordered: list[str]) -> list[str]:
    """Return the other old prefixes under which something that moves from `old` may come."""
    following = islice(ordered, bisect_left(ordered, new), None)
    below = takewhile(lambda one: one.startswith(new), following)
    above = islice(olds.match(new), 1)
    return [one for one in (*below, *above) if one != old]
