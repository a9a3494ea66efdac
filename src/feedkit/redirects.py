"""Old addresses that serve the feeds of new ones: checked, followed, and set against the feeds.

Pure.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import NamedTuple

from .addresses import check_old, check_path, fold
from .errors import ConfigError


class Served(NamedTuple):
    """What the redirects come to, the feeds of one build being known."""

    #: By the path of a feed: the old addresses that serve it too.
    olds: dict[str, list[str]]
    #: By old address: why it serves no other feed.
    problems: dict[str, str]
    #: By old address that settings do not name: the name that its feed had there.
    names: dict[str, str]


def check_redirects(
    given: Mapping[str, str], templates: Mapping[str, str], names: Iterable[str]
) -> dict[str, str]:
    """Return the redirects, from old paths to new ones, no slash at their ends.

    Args:
        given: As they stand in the settings: old paths to new ones.
        templates: By setting: where feeds of each kind stand.
        names: Every file name in a feed's folder.

    Raises:
        ConfigError: An address cannot be one, meets another's files, or leads round in a loop.
    """
    keys = {old: f'redirects."{old}"' for old in given}
    olds = {keys[old]: check_path(keys[old], old, slug=False) for old in given}
    check_old(olds, templates, names)
    steps = {olds[keys[old]]: check_path(keys[old], new, slug=False) for old, new in given.items()}
    for key, old in olds.items():
        _check_way(key, old, steps)
    return steps


def _check_way(key: str, old: str, steps: Mapping[str, str]) -> None:
    way = {old: None}
    while (new := steps.get(old)) is not None:
        if new in way:
            loop = " → ".join(map(_show, (*way, new)))
            raise ConfigError("", 0, key, f"a loop ({loop})", "an address that leads to a feed")
        way[new] = None
        old = new


def serve_redirects(
    redirects: Mapping[str, str], paths: Iterable[str], renamed: Iterable[Sequence[str]] = ()
) -> Served:
    """Return which feeds the old addresses serve.

    A feed keeps its address for as long as it has an article, whatever is said of that address.

    Args:
        redirects: As `check_redirects` returns them.
        paths: Where feeds stand today.
        renamed: Old addresses that no setting names, each with the new one and the old name.
    """
    paths = [*paths]
    standing = {fold(path): path for path in paths}
    known, served = set(paths), Served({}, {}, {})
    for old in sorted(redirects):
        new = _follow(redirects, old, known)
        if (own := standing.get(fold(old))) is not None:
            found = f"redirected to {_show(new)}, but the feed at {_show(own)} has articles"
        elif new not in known:
            found = f"redirected to {_show(new)}, where no feed with an article is"
        else:
            served.olds.setdefault(new, []).append(old)
            continue
        served.problems[old] = found
    for old, new, name in renamed:
        if new in known and fold(old) not in standing:
            served.olds.setdefault(new, []).append(old)
            served.names[old] = name
    for olds in served.olds.values():
        olds.sort()
    return served


def _follow(redirects: Mapping[str, str], old: str, known: Container[str]) -> str:
    """Return the first feed on the way of an old address, else the end of that way."""
    new = redirects[old]
    while new not in known and new in redirects:
        new = redirects[new]
    return new


def _show(path: str) -> str:
    return path or "."  # the top, as in reports
