"""What an answer says to caches, and what they may have made of it (RFC 9111). Pure."""

from __future__ import annotations

from .answers import Answer

_DAY = 86_400


def is_sensible(answer: Answer) -> bool:
    """Return whether caches keep a feed for a while, and ask again within a day."""
    said = _read_directives(answer)
    if {"no-store", "private", "immutable"} & said.keys():
        return False
    ages = [_read_seconds(said[name]) for name in ("max-age", "s-maxage") if name in said]
    if not ages:
        return "no-cache" in said
    return all(age is not None and age <= _DAY for age in ages)


def is_kept(answer: Answer) -> bool:
    """Return whether a cache gave it, and may, though another was published meanwhile.

    Its age (RFC 9111, 5.1) is within max-age and stale-while-revalidate (RFC 5861, 3).
    """
    said = _read_directives(answer)
    fresh = said.get("s-maxage", said.get("max-age", ""))
    most = [_read_seconds(one) or 0 for one in (fresh, said.get("stale-while-revalidate", ""))]
    return 0 < (_read_seconds(answer.header("age")) or 0) <= sum(most)


def is_varied(answer: Answer) -> bool:
    """Return whether it tells caches that another coding gets another answer."""
    said = {one.strip().lower() for one in answer.header("vary").split(",")}
    return not said.isdisjoint({"accept-encoding", "*"})


def share_tag(one: Answer, other: Answer) -> bool:
    """Return whether a strong ETag says that both are the same bytes."""
    tag = one.header("etag")
    return bool(tag) and not tag.startswith("W/") and tag == other.header("etag")


def _read_directives(answer: Answer) -> dict[str, str]:
    parts = [one.partition("=") for one in answer.header("cache-control").lower().split(",")]
    return {name.strip(): value.strip(' \t"') for name, _, value in parts}


def _read_seconds(text: str) -> int | None:
    """Return a number of seconds, None where it is none; nine digits are for ever."""
    return int(text[:9]) if text.isdecimal() else None
