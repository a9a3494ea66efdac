"""The address of each feed below the site, and old addresses that lead to new ones. Pure.

An address is a template with one ``{slug}``, or none. Whether two templates can meet is decided
from the templates alone, never from the topics that exist: a new topic moves no feed.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations, pairwise, product
from typing import NamedTuple
from unicodedata import normalize

from ..errors import ConfigError, show
from ..files import COPY, PAGE, TOP_FILES
from ..limits import FOLDERS, SEGMENT_BYTES, TEMPLATE_BYTES

SLUG = "{slug}"
_TOP = f"{', '.join(TOP_FILES[:-1])} and {TOP_FILES[-1]}"
#: Endings that no feed's file name may have, the last or any other: servers run such files, or
#: browsers take them for pages, scripts and styles (Apache's mod_mime looks at every ending).
_SERVED = (
    r"ph(?:p[0-9s]?|t|tml|ar)|inc|[fm]?cgi|pl|p[my]|rb|lua|as[acphm]x?|as[ap]|ce?r|cfm|jsp[xf]?|do"
    r"|[jsx]?html?|xht|svgz?|xslt?|[cm]?js|css|wasm|swf|sh|exe|bat|toml|config|ini"
)
#: Names of files that say how a host serves a folder.
_HOSTS = ("_headers", "_redirects", "cname", "robots.txt")
#: File systems take 255 bytes between two slashes: a template's, with a slug.
_NAME_BYTES = 255
#: A path that needs no closer look: most are such.
_PLAIN = r"[a-z0-9][a-z0-9_-]{0,99}(?:/[a-z0-9][a-z0-9_-]{0,99}){0,7}"


def check_path(key: str, path: str, *, slug: bool) -> str:
    """Return an address's template without slashes at its ends.

    Args:
        key: The setting, for the error.
        path: The path as settings have it; empty: the top.
        slug: Whether it must hold ``{slug}``, or must not.

    Raises:
        ConfigError: It leaves the top, or holds what no address should.
    """
    clean = path.strip("/")
    segments = clean.split("/") if clean else []
    if clean.count(SLUG) != slug:
        wanted = "an address with {slug} once" if slug else "an address without {slug}"
        raise ConfigError("", 0, key, show(path), wanted)
    for segment in segments:
        if not _is_segment(segment):
            raise ConfigError("", 0, key, show(path), "an address below the site's")
        if SLUG in segment and len(segment.encode()) > TEMPLATE_BYTES:
            wanted = f"at most {TEMPLATE_BYTES} bytes between slashes, {SLUG} among them"
            raise ConfigError("", 0, key, show(path), wanted)
    if len(segments) > FOLDERS:
        raise ConfigError("", 0, key, show(path), f"at most {FOLDERS} folders")
    return clean


def check_name(key: str, name: str) -> str:
    """Return a feed's file name.

    Raises:
        ConfigError: It is none, see `is_feed_name`.
    """
    if not is_feed_name(name):
        wanted = "a file name such as 'atom.xml'"
        if _is_name(name):
            wanted += ", of no kind that servers run, or show as a page"
        raise ConfigError("", 0, key, show(name), wanted)
    return name


@lru_cache(maxsize=1024)  # a manifest holds the same few names for each feed
def is_feed_name(name: str) -> bool:
    """Return whether a feed's file can be called so, by any settings.

    One function for the settings and for manifests that are read back: what stands in these may
    be anybody's.
    """
    if not _is_name(name):
        return False
    folded = fold(name)
    endings = folded.split(".")[1:]
    return folded not in _HOSTS and not any(re.fullmatch(_SERVED, one) for one in endings)


def _is_name(name: str) -> bool:
    return _is_segment(name) and SLUG not in name and fold(name) not in TOP_FILES


def is_feed_path(path: str) -> bool:
    """Return whether any settings and records can give a feed the address `path`."""
    if not path or re.fullmatch(_PLAIN, path):
        return True
    segments = path.split("/")
    return (
        len(segments) <= FOLDERS
        and fold(segments[0]) not in TOP_FILES
        and all(_is_segment(segment, _NAME_BYTES) for segment in segments)
    )


def check_meetings(templates: Mapping[str, str], names: Iterable[str]) -> None:
    """Raise a ConfigError if files of two addresses could be at one path.

    Args:
        templates: By setting: checked templates.
        names: Every file name in a feed's folder.
    """
    files = {"": [[name] for name in TOP_FILES]}
    for key, template in templates.items():
        files[key] = _list_files(template, names)
    for (one, first), (other, second) in combinations(files.items(), 2):
        if any(_meet(a, b) for a in first for b in second):
            found = show(templates[other])
            wanted = f"an address that never meets {f'that of {one}' if one else _TOP}"
            raise ConfigError("", 0, other, found, wanted)


def check_old(olds: Mapping[str, str], templates: Mapping[str, str], names: Iterable[str]) -> None:
    """Raise a ConfigError if a file of an old address could be at the path of another.

    One that is an address of a template, as ``topics/old`` is of ``topics/{slug}``, is allowed:
    whether a feed stands there only the records say.

    Args:
        olds: By setting: checked paths.
        templates: By setting: checked templates, that never meet.
        names: Every file name in a feed's folder.
    """
    names = [*names]
    fixed = {key: path for key, path in templates.items() if SLUG not in path}
    places = [([fold(name)], "") for name in TOP_FILES]
    for key, path in (*fixed.items(), *olds.items()):
        places += [([*map(fold, file)], key) for file in _list_files(path, names)]
    places.sort()
    # What begins with a file's path, as if it were a folder, follows it at once.
    for (a, one), (b, other) in pairwise(places):
        if one != other and _meet(a, b):
            old, known = (other, one) if other in olds else (one, other)
            _refuse_old(known, old, olds)
    for (key, template), (old, path) in product(templates.items(), olds.items()):
        if key not in fixed and _meets_otherwise(template, path, names):
            _refuse_old(key, old, olds)


def _meets_otherwise(template: str, path: str, names: Iterable[str]) -> bool:
    """Return whether files of `path` can meet a feed's though it is no address of the template."""
    if path.count("/") == template.count("/") and _meet(path.split("/"), template.split("/")):
        return False
    files, others = _list_files(path, names), _list_files(template, names)
    return any(_meet(a, b) for a, b in product(files, others))


def _refuse_old(other: str, key: str, olds: Mapping[str, str]) -> None:
    wanted = f"an address that never meets {f'that of {other}' if other else _TOP}"
    raise ConfigError("", 0, key, show(olds[key]), wanted)


def fold(path: str) -> str:
    """Return a value that is equal for paths that could be one file.

    Some file systems tell no case, some write é as e and an accent: Unicode Standard, D145.
    """
    return normalize("NFD", normalize("NFD", path).casefold())


def _list_files(path: str, names: Iterable[str]) -> list[list[str]]:
    """Return all files of an address; at the top, the page is the index itself."""
    folder = path.split("/") if path else []
    return [[*folder, name] for name in (*names, *([PAGE] if folder else []))]


def _is_segment(text: str, most: int = SEGMENT_BYTES) -> bool:
    return (
        len(text) <= most  # before normalisation, which is quadratic
        and text not in ("", ".", "..")
        and not text.startswith(".")
        and text.isprintable()
        and not set('\\:*?"<>|/') & set(text)
        and not fold(text).endswith(COPY)  # where a file's gzipped copy could stand
        and len(text.encode("utf-8", "surrogatepass")) <= most
    )


def _meet(one: list[str], other: list[str]) -> bool:
    """Return whether one path can equal the other, or be a folder above it."""
    return all(_can_be(a, b) for a, b in zip(one, other, strict=False))


def _can_be(one: str, other: str) -> bool:
    """Return whether two segments can be one name, for any value of ``{slug}``."""
    (start, slug, end), (begin, also, stop) = _cut(one), _cut(other)
    if not slug and not also:
        return start == begin
    if slug and also:
        heads = start.startswith(begin) or begin.startswith(start)
        return heads and (end.endswith(stop) or stop.endswith(end))
    if also:
        start, begin, end, stop = begin, start, stop, end
    return begin.startswith(start) and begin.endswith(end) and len(begin) > len(start) + len(end)


def _cut(segment: str) -> Iterator[str]:
    return iter(fold(segment).partition(SLUG))


class ServedRedirects(NamedTuple):
    """The effect of the redirects on the feeds of one build."""

    old_paths: dict[str, list[str]]
    """By the path of a feed: the old addresses that serve it too."""
    problems: dict[str, str]
    """By old address: why it serves no other feed."""
    names: dict[str, str]
    """By old address that settings do not name: the name that its feed had there."""


def check_redirects(
    given: Mapping[str, str], templates: Mapping[str, str], names: Iterable[str]
) -> dict[str, str]:
    """Return the redirects, from old paths to new ones, no slash at their ends.

    Args:
        given: The redirects in the settings, old paths to new ones.
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
) -> ServedRedirects:
    """Return which feeds the old addresses serve.

    A feed keeps its address for as long as it has an article, whatever is said of that address.

    Args:
        redirects: As `check_redirects` returns them.
        paths: The paths of all feeds.
        renamed: Old addresses that no setting names, each with the new one and the old name.
    """
    paths = [*paths]
    standing = {fold(path): path for path in paths}
    known, served = set(paths), ServedRedirects({}, {}, {})
    for old in sorted(redirects):
        new = _follow(redirects, old, known)
        if (own := standing.get(fold(old))) is not None:
            found = f"redirected to {_show(new)}, but the feed at {_show(own)} has articles"
        elif new not in known:
            found = f"redirected to {_show(new)}, where no feed with an article is"
        else:
            served.old_paths.setdefault(new, []).append(old)
            continue
        served.problems[old] = found
    for old, new, name in renamed:
        if new in known and fold(old) not in standing:
            served.old_paths.setdefault(new, []).append(old)
            served.names[old] = name
    for olds in served.old_paths.values():
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
