"""Markdown and HTML that are short and would become much: what is rendered is bounded.

Counted are the bytes that were in memory at once and the calls that were made, never time.
"""

import sys
import tracemalloc
from datetime import UTC, datetime
from types import FrameType

import pytest

import feedkit
from feedkit.bodies import render_body
from feedkit.limits import QUOTED_LINES, REFERENCE_CHARACTERS
from feedkit.models import Html, Markdown

BASE = "https://example.org/"
LONG = 60_000
MEMORY = 100 * 2**20
CALLS = 8_000_000


def fill(part: str, before: str = "", length: int = 130_000) -> str:
    return before + part * ((length - len(before)) // len(part))


def define(address: str = "/a", title: str = "") -> str:
    return f'[a]: {address} "{title}"\n\n' if title else f"[a]: {address}\n\n"


def draw_table(columns: int, rows: int, mark: str = "") -> str:
    lines = ["|a" * columns, "|-" * columns, *["|a|"] * rows]
    return "".join(f"{mark}{line}\n" for line in lines) + "\n"


ADDRESS = f"https://example.org/{'x' * LONG}"
#: Each is one definition, and what refers to it as often as may be.
REFERENCES = {
    "addresses": fill("[a] ", define(ADDRESS), 120_000),
    "pictures": fill("![a] ", define(ADDRESS), 120_000),
    "titles": fill("[a] ", define(title="t" * LONG), 120_000),
    "escaped titles": fill("[a] ", define(title="&" * LONG), 120_000),
    "addresses that are encoded": fill("[a] ", define(f"/{'é' * LONG}"), 120_000),
    "texts of their own": fill("[b][a] ", define(ADDRESS), 110_000),
    "collapsed": fill("[a][] ", define(ADDRESS), 90_000),
    "a paragraph each": fill("[a]\n\n", define(ADDRESS), 120_000),
    "a list": fill("- [a]\n", define(ADDRESS)),
    "headings": fill("# [a]\n", define(ADDRESS)),
    "quotations": fill("> [a]\n", define(ADDRESS)),
    "cells": fill("|[a]|[a]|\n", define(ADDRESS) + "|a|b|\n|-|-|\n"),
    "in emphasis": fill("*[a]* ", define(ADDRESS)),
    "several definitions": fill(
        "[a0] [a1] [a2] [a3] ",
        "".join(f"[a{number}]: /{'x' * LONG}\n\n" for number in range(4))[:70_000],
    ),
}
TABLES = {
    "one table": "|a" * 20_000 + "|\n" + "|-" * 20_000 + "|\n" + "|a|\n" * 12_000,
    "a table of short rows": "|a" * 300 + "|\n" + "|-" * 300 + "|\n" + "a\n" * 60_000,
    "many tables": draw_table(256, 256) * 60,
    "many quoted tables": draw_table(256, 256, "> ") * 50,
}
QUOTATIONS = {
    "lines that continue a deep quotation": fill("a\n", "> " * 40 + "a\n"),
    "without spaces": fill("a\n", ">" * 40 + "a\n"),
    "with tabs": fill("a\n", ">\t" * 40 + "a\n"),
    "in lists": fill("a\n", "- > " * 20 + "a\n"),
    "in numbered lists": fill("a\n", "1) > " * 20 + "a\n"),
    "again and again": ("> " * 40 + "a\n" + "a\n" * 200) * 260,
    "lines of tags": fill("<a\n", "> " * 40 + "a\n"),
}
#: What is slow, or much, in other programs.
OTHERS = {
    "nested lists": "".join(f"{'  ' * level}- a\n" for level in range(350)),
    "nested lists on one line": fill("- "),
    "nested quotations on one line": ">" * 130_000,
    "growing quotations": "".join(f"{'> ' * level}a\n" for level in range(350)),
    "deep lists of many lines": fill("a\n", "- " * 20 + "a\n"),
    "addresses in pointed brackets": fill("<http://a.bc> "),
    "such that stay open": fill("<http://a"),
    "bare addresses": fill("http://a.bc ", length=4_000),
    "entities": fill("&amp;"),
    "entities that stay open": fill("&a"),
    "attributes": "<a " + fill("b='1' ") + ">",
    "attributes that stay open": fill("<a b='"),
    "elements that stay open": fill("<div>"),
    "formatting that stays open": fill("<b>"),
    "brackets": "[" * 15_900 + "a" + "]" * 15_900,
    "nested pictures": ("![" * 100 + "a" + "](b)" * 100) * 75,
    "addresses that stay open": fill("[a](<b", length=90_000),
    "definitions": fill("[a]: b\n", length=100_000),
    "a title that stays open": fill("t\n", "[a]: b '", 65_000),
    "emphasis that stays open": fill("*a _b "),
    "code that stays open": "".join("`" * level + " " for level in range(500)),
}


class Budget:
    """Counts calls, and raises where there are more than may be."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, frame: FrameType, event: str, value: object) -> None:
        self.calls += event == "call"
        if self.calls > CALLS:
            sys.setprofile(None)
            raise RuntimeError(f"more than {CALLS:,} calls")


def count_calls(text: str) -> tuple[str, int]:
    """Return what Markdown shows, and how many functions were called for it."""
    budget = Budget()
    render_body(Markdown("what is loaded and made once"), BASE)
    sys.setprofile(budget)
    try:
        return render_body(Markdown(text), BASE), budget.calls
    finally:
        sys.setprofile(None)


def measure_memory(body: Html | Markdown) -> tuple[str, int]:
    """Return what a body shows, and how many bytes were in memory at once for it."""
    render_body(Markdown("what is loaded and made once"), BASE)
    tracemalloc.start()
    try:
        return render_body(body, BASE), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", OTHERS)
def test_hostile_markdown_is_rendered_or_left_out_in_few_calls(kind: str) -> None:
    assert count_calls(OTHERS[kind])[1] <= CALLS


@pytest.mark.parametrize("kind", QUOTATIONS)
def test_quotations_that_would_be_read_again_and_again_show_nothing(kind: str) -> None:
    shown, calls = count_calls(QUOTATIONS[kind])
    assert shown == ""
    assert calls < 1000


@pytest.mark.parametrize("kind", [*REFERENCES, *TABLES])
def test_short_markdown_that_would_become_much_shows_nothing(kind: str) -> None:
    shown, most = measure_memory(Markdown({**REFERENCES, **TABLES}[kind]))
    assert shown == ""
    assert most < MEMORY


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        # One definition, in a text that refers to it as texts do.
        (define("/x" * 500) + "[a]\n\n" * 200, '<a href="https://example.org/x/x/'),
        (define(title="t" * 900) + "[a]\n\n" * 60, 'title="ttt'),
        (
            "".join(f"[{n}]: /{n}\n" for n in range(2000)) + "\n[7]",
            '<a href="https://example.org/7">',
        ),
        # Tables as large as a body may be, and with rows that are short.
        ("|a" * 20 + "|\n" + "|-" * 20 + "|\n" + ("|b" * 20 + "|\n") * 300, "<td>b</td>"),
        ("|a|b|c|\n|-|-|-|\n" + "|x|\n" * 1500, "<td>x</td><td></td><td></td>"),
        (draw_table(4, 8) * 100, "<td>a</td>"),
        # A thread of letters, each of which quotes those before; a poem; many short lines.
        ("".join(f"{'> ' * (n % 12)}line {n}\n" for n in range(4000)), "<blockquote>"),
        ("Roses\n" * 15_000, "Roses Roses"),
        ("- a\n" * 5_000, "<li>a</li>"),
        ("a -> b\n" * 9_000, "a -&gt; b"),
        ("> quoted\n" * 6_000, "<blockquote><p>quoted quoted"),
    ],
)
def test_what_people_write_is_rendered(text: str, shown: str) -> None:
    assert shown in render_body(Markdown(text), BASE)


def test_references_are_bounded_by_all_that_they_repeat_together() -> None:
    # A picture that no reader is shown, of which nothing stays.
    picture = "data:image/png;base64," + "A" * 100_000
    most = REFERENCE_CHARACTERS // len(picture)
    for count, shown in ((1, "<p>Text</p>"), (most, "<p>Text</p>"), (most + 1, "")):
        text = f"[a]: {picture}\n\nText{' ![][a]' * count}"
        assert render_body(Markdown(text), BASE) == shown


@pytest.mark.parametrize(("levels", "is_shown"), [(16, True), (17, False)])
def test_lines_of_quotations_count_once_for_each_level(levels: int, is_shown: bool) -> None:
    lines = QUOTED_LINES // 16
    text = "> " * levels + "a\n" + "b\n" * (lines - 1)
    assert bool(render_body(Markdown(text), BASE)) == is_shown


def test_a_body_that_is_left_out_gives_way_to_the_excerpt() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    article = feedkit.Article(
        url="https://example.org/a",
        title="A",
        published=now,
        summary="What it is about.",
        body=Markdown(REFERENCES["addresses"]),
    )
    site = feedkit.Site(title="Harbour", url="https://feeds.example.org/")
    feed = feedkit.make_feed([article], site, title="All", path="all")
    assert b"&lt;p&gt;What it is about.&lt;/p&gt;" in feedkit.render(feed, "atom").body
    assert len(feedkit.render(feed, "atom").body) < 2_000


@pytest.mark.parametrize("part", ["<b>", "<a href=x>", "<table><tr><td>", "&amp;", "<p><b>x", "&a"])
def test_html_is_bounded_too(part: str) -> None:
    assert measure_memory(Html(fill(part, length=500_000)))[1] < MEMORY
