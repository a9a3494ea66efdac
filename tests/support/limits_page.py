"""The page of limits, docs/limits.md, from the constants and comments of feedkit.limits.

`make limits-page` writes it anew.
"""

import inspect
import re
from collections.abc import Iterator
from typing import NamedTuple

from feedkit import limits
from paths import ROOT

PAGE = ROOT / "docs/limits.md"
HEAD = """\
# Limits

Every text, list and file that feedkit reads is bounded, so that one record costs nobody else
anything. What has exactly the limit is used whole. Characters are Unicode code points, bytes are
those of UTF-8. Whatever is left out is a problem that the build and `feedkit check` name, and
whatever is cut counts as repaired.
"""


class Limit(NamedTuple):
    """One row of the page."""

    section: str
    name: str
    most: int
    unit: str
    text: str


def find_limits() -> Iterator[Limit]:
    """Yield every limit in the order of the module; one without a comment has no text."""
    section, comment = "", ""
    for line in inspect.getsource(limits).splitlines():
        if line.startswith("#: "):
            comment += " " + line.removeprefix("#: ")
        elif line.startswith("# "):
            section = line.removeprefix("# ")
        elif constant := re.match("([A-Z_]+) = ", line):
            unit, _, text = comment.strip().partition(": ")
            yield Limit(section, constant[1], getattr(limits, constant[1]), unit, text)
            comment = ""


def write_page() -> str:
    """Return docs/limits.md."""
    parts, last = [HEAD], ""
    for limit in find_limits():
        if limit.section != last:
            last = limit.section
            parts.append(f"\n## {last}\n\n| of what | at most |\n| --- | --- |\n")
        parts.append(f"| {limit.text} | {limit.most:,} {limit.unit} |\n")
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(write_page(), "utf-8")
