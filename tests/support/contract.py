"""What feedkit writes against a reference output: one line for each difference.

``contract.py SHARED`` builds SHARED/corpus/articles and compares the files with
SHARED/samples, and the tables there with what `feedkit.text.urls` and `feedkit.text.slugs`
return. Exit status: 0 equal, 1 different, 2 nothing to compare.

An entry equals the sample's in every element, attribute and text, in their order; only white
space between elements is free. A frame is feedgen's, so its order is free too, and its dates are
compared as instants. Prefixes of namespaces are free everywhere.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from difflib import SequenceMatcher
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory

from lxml import etree

import feedkit
from contract_nodes import XML_SPACE, Node, Parsed, parse_file
from feedkit.errors import UrlError
from feedkit.text.slugs import identity, slug
from feedkit.text.urls import article_id, canonical_url

SUFFIXES = (".xml", ".json", ".opml")
MANIFEST = "feeds.json"
TABLES = ("canonical.tsv", "slugs.tsv")
SITE = feedkit.Site(title="Example News", url="https://example.org/feeds/")
NOW = datetime(2026, 1, 1, tzinfo=UTC)

Build = Callable[[Path, Path], Sequence[str]]
"""Writes the feeds of a folder of records into another folder; returns what went wrong."""


def compare_outputs(found: Path, wanted: Path) -> list[str]:
    """Return how the feed files of one folder differ from those of another, a line for each."""
    ours, theirs = _feed_files(found), _feed_files(wanted)
    lines = [f"{name}: file: missing" for name in sorted(theirs - ours)]
    lines += [f"{name}: file: not expected" for name in sorted(ours - theirs)]
    for name in sorted(ours & theirs):
        try:
            parsed = parse_file(found / name)
        except (etree.XMLSyntaxError, ValueError) as error:
            lines.append(f"{name}: file: cannot be read: {' '.join(str(error).split())}")
        else:
            lines += _compare_files(name, parsed, parse_file(wanted / name))
    return lines


def compare_tables(samples: Path) -> list[str]:
    """Return how feedkit's URLs, ids and slugs differ from the frozen tables."""
    checks = {"canonical.tsv": _check_url, "slugs.tsv": _check_name}
    lines = []
    for table, check in checks.items():
        if not (samples / table).is_file():
            lines.append(f"{table}: file: missing")
            continue
        for number, cells in _rows(samples / table):
            place = f"{table}: line {number}"
            if len(cells) == 3:
                lines += [f"{place}: {text}" for text in check(*cells)]
            else:
                lines.append(f"{place}: {len(cells)} cells, expected 3")
    return lines


def _feed_files(folder: Path) -> set[str]:
    paths = (p for p in folder.rglob("*") if p.suffix in SUFFIXES and p.is_file())
    return {p.relative_to(folder).as_posix() for p in paths} - {MANIFEST}


def _rows(table: Path) -> Iterator[tuple[int, list[str]]]:
    # str.splitlines would also end a row at U+0085 and its like.
    lines = table.read_bytes().decode().removesuffix("\n").split("\n")
    for number, line in enumerate(lines[1:], 2):
        yield number, line.split("\t")


def _check_url(text: str, wanted: str, wanted_id: str) -> Iterator[str]:
    try:
        found = canonical_url(text)
        found_id = article_id(found)
    except UrlError as error:
        found, found_id = f"REFUSED: {error}", ""
    if found != wanted:
        yield f"canonical_url({text!r}): {_show(found, wanted)}"
    if found_id != wanted_id:
        yield f"article_id of {text!r}: {_show(found_id, wanted_id)}"


def _check_name(name: str, wanted: str, wanted_slug: str) -> Iterator[str]:
    found = identity(name)
    if found != wanted:
        yield f"identity({name!r}): {_show(found, wanted)}"
    if slug(found) != wanted_slug:
        yield f"slug of {name!r}: {_show(slug(found), wanted_slug)}"


def _compare_files(name: str, found: Parsed, wanted: Parsed) -> Iterator[str]:
    frame = (name,) if name.endswith(".opml") else (name, "frame")
    yield from _compare(found.frame, wanted.frame, frame)
    yield from _compare_children(found.entries, wanted.entries, (name,), ordered=True)


def _compare(found: Node, wanted: Node, steps: tuple[str, ...]) -> Iterator[str]:
    place = _write_place(steps)
    # An element that lost its children keeps the white space that stood between them.
    blank = not (found.text + wanted.text).strip(XML_SPACE)
    if found.text != wanted.text and not (blank and (found.children or wanted.children)):
        yield f"{place}: {_show(found.text, wanted.text)}"
    yield from _compare_attributes(dict(found.attributes), dict(wanted.attributes), steps)
    yield from _compare_children(found.children, wanted.children, steps, ordered=wanted.ordered)
    if found.tail != wanted.tail:
        yield f"{place}: text after it: {_show(found.tail, wanted.tail)}"


def _compare_attributes(
    found: dict[str, str], wanted: dict[str, str], steps: tuple[str, ...]
) -> Iterator[str]:
    for name in {**wanted, **found}:
        if found.get(name) != wanted.get(name):
            shown = _show(found.get(name), wanted.get(name))
            yield f"{_write_place((*steps, '@' + name))}: {shown}"
    if found == wanted and list(found) != list(wanted):
        orders = f"{' '.join(found)}, expected {' '.join(wanted)}"
        yield f"{_write_place(steps)}: attributes in the order {orders}"


def _compare_children(
    found: Sequence[Node], wanted: Sequence[Node], steps: tuple[str, ...], *, ordered: bool
) -> Iterator[str]:
    pairs = _match(found, wanted, ordered=ordered)
    lost = [theirs for ours, theirs in pairs if ours is None and theirs is not None]
    for ours, theirs in pairs:
        if ours is None:
            continue
        here = (*steps, ours.label)
        twin = theirs or next((node for node in lost if node.key == ours.key), None)
        if twin is None:
            yield f"{_write_place(here)}: not expected"
            continue
        if theirs is None:
            lost.remove(twin)
            before = ("nothing", *(node.label for node in wanted))[wanted.index(twin)]
            yield f"{_write_place(here)}: out of place, expected after {before}"
        yield from _compare(ours, twin, here)
    for node in lost:
        yield f"{_write_place((*steps, node.label))}: missing"


Pair = tuple[Node | None, Node | None]
Keys = Sequence[Callable[[Node], object]]


def _match(found: Sequence[Node], wanted: Sequence[Node], *, ordered: bool) -> list[Pair]:
    """Pair equal nodes, then those of one key, then those of one name; None is no partner."""
    keys: Keys = (lambda node: node, attrgetter("key"), attrgetter("name"))
    match = _match_in_order if ordered else _match_in_any_order
    return list(match(found, wanted, keys))


def _match_in_order(found: Sequence[Node], wanted: Sequence[Node], keys: Keys) -> Iterator[Pair]:
    key, *rest = keys
    ours, theirs = list(map(key, found)), list(map(key, wanted))
    steps = SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes()
    for step, start, end, start_wanted, end_wanted in steps:
        gap = found[start:end], wanted[start_wanted:end_wanted]
        if step == "equal":
            yield from zip(*gap, strict=True)
        elif rest:
            yield from _match_in_order(*gap, rest)
        else:
            yield from ((node, None) for node in gap[0])
            yield from ((None, node) for node in gap[1])


def _match_in_any_order(
    found: Sequence[Node], wanted: Sequence[Node], keys: Keys
) -> Iterator[Pair]:
    ours, theirs = list(found), list(wanted)
    for key in keys:
        for node in list(theirs):
            twin = next((other for other in ours if key(other) == key(node)), None)
            if twin is not None:
                ours.remove(twin)
                theirs.remove(node)
                yield twin, node
    yield from ((node, None) for node in ours)
    yield from ((None, node) for node in theirs)


def _write_place(steps: Sequence[str]) -> str:
    """Return ``topics/ai/atom.xml: entry 2: link[3]/@href``."""
    path = "/".join(steps[2:]).replace("/[", "[")
    return ": ".join([*steps[:2], path] if path else steps[:2])


def _show(found: str | None, wanted: str | None) -> str:
    """Return both from shortly before the first character that differs."""
    if found is None:
        return f"missing, expected {wanted!r:.90}"
    if wanted is None:
        return f"{found!r:.90}, not expected"
    same = 0
    while found[same : same + 1] == wanted[same : same + 1] != "":
        same += 1
    start = max(0, same - 20) if max(len(found), len(wanted)) > 90 else 0
    shown = [repr("…" * bool(start) + text[start : same + 70]) for text in (found, wanted)]
    return ", expected ".join(shown)


def count_compared(found: Path, wanted: Path) -> str:
    """Return how much of two folders and the tables stands on both sides."""
    names = _feed_files(found) & _feed_files(wanted)
    parsed = [parse_file(wanted / name) for name in names]
    entries = sum(len(file.entries) for file in parsed)
    nodes = (node for file in parsed for node in (*file.frame.children, *file.entries))
    elements = sum(map(_count, nodes))
    rows = sum(1 for table in TABLES if (wanted / table).is_file() for _ in _rows(wanted / table))
    return f"{len(names)} files, {entries} entries, {elements} elements and values, {rows} rows"


def _count(node: Node) -> int:
    return 1 + sum(map(_count, node.children))


def build_feeds(articles: Path, out: Path) -> Sequence[str]:
    """Build with feedkit, as the samples were made."""
    report = feedkit.build(articles, out, SITE, now=NOW)
    return report.problems


def run(shared: Path, build: Build = build_feeds) -> int:
    """Build, compare, print, and return the exit status."""
    samples, articles = shared / "samples", shared / "corpus" / "articles"
    if not _feed_files(samples) or not any(articles.glob("**/*.*")):
        print(f"{shared}: nothing to compare in samples and corpus/articles", file=sys.stderr)
        return 2
    with TemporaryDirectory() as folder:
        out = Path(folder)
        lines = [f"build: {problem}" for problem in build(articles, out)]
        lines += compare_outputs(out, samples) + compare_tables(samples)
        for line in lines:
            print(line)
        print(f"compared {count_compared(out, samples)}: {len(lines)} differences")
    return 1 if lines else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print("usage: python tests/support/contract.py SHARED", file=sys.stderr)
        sys.exit(2)
    sys.exit(run(Path(sys.argv[1])))
