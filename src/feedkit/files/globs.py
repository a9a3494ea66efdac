"""Patterns of file paths, as ``[exclude] files`` has them, compiled and matched. Pure."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator

_CLASS = r"\[(!?)(\]?[^\]]*)\]"


def compile_glob(pattern: str) -> re.Pattern[str]:
    """Return a pattern that matches relative paths with slashes.

    ``*`` stands for any characters of one name, ``?`` for one, ``[a-z]`` and ``[!a-z]`` for one of
    these or of all others; ``**`` for folders at any depth, none included, or as the last part for
    whatever is below. Upper and lower case differ.

    Raises:
        ValueError: It can match nothing.
    """
    parts = pattern.split("/")
    if not {"", ".", ".."}.isdisjoint(parts):
        raise ValueError("a path below CONTENT, with one slash between its parts")
    if any("**" in part and part != "**" for part in parts):
        raise ValueError("** between slashes alone")
    *folders, last = parts
    found = ["(?:[^/]+/)*" if part == "**" else f"{_translate(part)}/" for part in folders]
    found.append(".+" if last == "**" else _translate(last))
    try:
        return re.compile("".join(found), re.DOTALL)
    except re.error as error:
        raise ValueError("signs or ranges such as a-z between brackets") from error


def _translate(part: str) -> str:
    return "".join(_translate_signs(part))


def _translate_signs(part: str) -> Iterator[str]:
    place = 0
    while place < len(part):
        if found := re.compile(_CLASS).match(part, place):
            chosen = re.sub(r"([\\\[&~|^])", r"\\\1", found[2]).replace("]", r"\]")
            yield f"[{'^/' if found[1] else ''}{chosen}]"
            place = found.end()
            continue
        sign = part[place]
        yield {"*": "[^/]*", "?": "[^/]"}.get(sign) or re.escape(sign)
        place += 1


def make_matcher(patterns: Iterable[str], tops: Iterable[str]) -> Callable[[str], bool] | None:
    """Return a function that matches a name against all patterns, None if there are none.

    Args:
        patterns: As `compile_glob` takes them.
        tops: The folders, and files, of records, as the names of files below begin.
    """
    compiled = [compile_glob(pattern) for pattern in patterns]
    if not compiled:
        return None
    folders = [os.path.join(top, "") for top in tops]  # noqa: PTH118

    def is_meant(name: str) -> bool:
        below = [name[len(folder) :] for folder in folders if name.startswith(folder)]
        paths = [path.replace(os.sep, "/") for path in below or [os.path.basename(name)]]  # noqa: PTH119
        return any(one.fullmatch(path) for one in compiled for path in paths)

    return is_meant
