"""Every reader on every feed of a site: a table, and what is wrong that is not known."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from clients import ATOM, FORMS, RSS
from readers import in_python, newsboat, npm, rss2email, sfeed
from readers.shown import FIELDS, Read, Shown, Values, find_wrong, shows

_XML = (ATOM, RSS)
#: How each reads, and which formats: those of Python need nothing but the packages of tests.
IN_PYTHON: dict[str, tuple[Read, tuple[str, ...]]] = {
    "reader": (in_python.reader_entries, FORMS),
    "feedparser": (in_python.feedparser_entries, _XML),
    "fastfeedparser": (in_python.fastfeedparser_entries, FORMS),
}
READERS: dict[str, tuple[Read, tuple[str, ...]]] = {
    "newsboat": (newsboat.read, _XML),
    "sfeed": (sfeed.read, _XML),
    "rss2email": (rss2email.read, _XML),
    **IN_PYTHON,
    "npm rss-parser": (npm.reads_with("rss-parser"), _XML),
    "npm feedparser": (npm.reads_with("feedparser"), _XML),
    "@rowanmanning/feed-parser": (npm.reads_with("@rowanmanning/feed-parser"), _XML),
    "@extractus/feed-extractor": (npm.reads_with("@extractus/feed-extractor"), FORMS),
    "feedsmith": (npm.reads_with("feedsmith"), FORMS),
}


class Cell(NamedTuple):
    """What a reader makes of a field in a format: by the table, `word`."""

    word: str
    problems: list[str]


Row = dict[str, Cell]
Key = tuple[str, str]


def read_site(
    readers: Mapping[str, tuple[Read, tuple[str, ...]]],
    url: str,
    wanted: Mapping[str, Mapping[str, Values]],
    folder: Path,
) -> Iterator[tuple[Key, Row]]:
    """Yield by reader and format what each shows of the site's feeds."""
    for name, (read, forms) in readers.items():
        for form in forms:
            urls = {f"{url}{path}/{form}": path for path in wanted}
            place = folder / name.replace("/", "-") / form
            place.mkdir(parents=True)
            found = read(list(urls), place)
            yield (name, form), _judge({path: found[one] for one, path in urls.items()}, wanted)


def _judge(found: Mapping[str, list[Shown]], wanted: Mapping[str, Mapping[str, Values]]) -> Row:
    problems: dict[str, list[str]] = {field: [] for field in FIELDS}
    for path, entries in found.items():
        for field, wrong in find_wrong(entries, wanted[path]).items():
            problems[field] += [f"{path}: {one}" for one in wrong]
    everything = [entry for entries in found.values() for entry in entries]
    return {
        field: Cell("right" if not wrong else "wrong" if shows(everything, field) else "–", wrong)
        for field, wrong in problems.items()
    }


def load_faults(file: Path) -> dict[tuple[str, str, str], str]:
    """Return the word that is known to stand in a cell that is not right."""
    faults = tomllib.loads(file.read_text("utf-8"))["fault"]
    return {
        (fault["reader"], form, field): "wrong" if fault["wrong"] else "–"
        for fault in faults
        for form in fault["formats"]
        for field in fault["fields"]
    }


def check(rows: Mapping[Key, Row], faults: Mapping[tuple[str, str, str], str]) -> Iterator[str]:
    """Yield what is wrong and not known, and what is known and no longer so."""
    names = {name for name, _ in rows}
    known = {key: word for key, word in faults.items() if key[0] in names}
    for (name, form), row in rows.items():
        for field, cell in row.items():
            word = known.pop((name, form, field), "right")
            if word != cell.word:
                first = f": {cell.problems[0]}" if cell.problems else ""
                yield f"{name}, {form}, {field}: {cell.word}, expected {word}{first}"
    yield from (f"{', '.join(key)}: in faults.toml, but nobody reads that" for key in known)


def draw(rows: Mapping[Key, Row]) -> Iterator[str]:
    """Yield the lines of a table."""
    lines: list[Iterable[Any]] = [("reader", "format", *FIELDS)]
    lines += [(*key, *(cell.word for cell in row.values())) for key, row in rows.items()]
    widths = [max(len(str(value)) for value in column) for column in zip(*lines, strict=True)]
    for line in lines:
        yield "  ".join(
            f"{value:{width}}" for value, width in zip(line, widths, strict=True)
        ).rstrip()
