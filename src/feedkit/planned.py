"""What subscribers of a feed would see of a build: its entries as they are, and as they will be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from .errors import UrlError
from .shown import Shown
from .urls import article_key, canonical_url

KINDS = ("new", "changed", "resurfaced", "withdrawn", "dropped")
"""What may become of entries: the fields of FeedChanges that hold them."""


class EntryChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry that readers will see otherwise than now."""

    id: str
    link: str
    title: str
    #: The id that it has had so far, where that is another.
    was: str = ""


class FeedChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What a build changes of one feed; all else of it stays."""

    path: str
    title: str
    #: Not published so far.
    new: tuple[EntryChange, ...] = ()
    #: Published, and in other bytes.
    changed: tuple[EntryChange, ...] = ()
    #: Published under an id that goes: of the same address, or the same title and date. Readers
    #: show them as new.
    resurfaced: tuple[EntryChange, ...] = ()
    #: No longer there: withheld, without a record, or no more of this topic or provider.
    withdrawn: tuple[EntryChange, ...] = ()
    #: No longer there, since newer ones fill the feed.
    dropped: tuple[EntryChange, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is any change."""
        return any(getattr(self, kind) for kind in KINDS)


def compare_entries(
    path: str,
    title: str,
    before: Sequence[Shown],
    after: Sequence[Shown],
    *,
    is_beyond: Callable[[str], bool],
    follow: Callable[[str], str],
) -> FeedChanges:
    """Return what changes.

    Args:
        path: The feed's.
        title: Likewise.
        before: Its published entries.
        after: Those that it will have, in the same format.
        is_beyond: Tells of an id whether the feed would hold that entry if it were longer.
        follow: Gives the address of now of a canonical URL.
    """
    old, kept = {one.id: one for one in before}, {one.id for one in after}
    leaving = [one for one in before if one.id not in kept]
    traces = {trace: one.id for one in leaving for trace in _list_traces(one, follow)}
    was = {
        one.id: id
        for one in after
        for trace in (*_list_traces(one, follow),)
        if one.id not in old and (id := traces.get(trace))
    }
    gone = [one for one in leaving if one.id not in was.values()]
    return FeedChanges(
        path=path,
        title=title,
        new=_list_changes(one for one in after if one.id not in old and one.id not in was),
        changed=_list_changes(
            one for one in after if one.id in old and old[one.id].content != one.content
        ),
        resurfaced=_list_changes((one for one in after if one.id in was), was),
        withdrawn=_list_changes(one for one in gone if not is_beyond(one.id)),
        dropped=_list_changes(one for one in gone if is_beyond(one.id)),
    )


def _list_traces(one: Shown, follow: Callable[[str], str]) -> list[tuple[str, ...]]:
    """Return what tells that an entry is another one under a new id."""
    try:
        key = article_key(follow(canonical_url(one.link)))
    except UrlError:
        return [(one.title, one.published)]
    return [(key,), (one.title, one.published)]


def _list_changes(entries: Iterable[Shown], was: Mapping[str, str] = {}) -> tuple[EntryChange, ...]:
    return tuple(EntryChange(one.id, one.link, one.title, was.get(one.id, "")) for one in entries)
