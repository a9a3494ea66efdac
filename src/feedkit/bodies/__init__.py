"""Markdown or HTML to the sanitised HTML fragment that readers show.

The only room of the Markdown engine and of nh3. `bodies` itself converts Markdown, and sanitises
all HTML; `sanitize` makes the fragment of that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..limits import (
    BARE_LINKS,
    BODY_TAGS,
    HTML_CHARACTERS,
    MARKDOWN_CHARACTERS,
    MARKDOWN_LEVELS,
    MARKDOWN_TOKENS,
    QUOTED_LINES,
    REFERENCE_CHARACTERS,
)
from ..models import Html, Markdown
from .sanitize import ATTRIBUTES, ELEMENTS, GONE, keep_text, write_fragment

if TYPE_CHECKING:
    import nh3
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.token import Token

# Both parsers have inputs on which their time grows with the square of the length: elements left
# open, brackets, the attributes of one tag. Without these bounds a megabyte costs minutes; with
# them seconds at most. A fragment over 64 KiB is not published anyway.
_LONG = MARKDOWN_CHARACTERS
_MANY = 2_000
_MAX_ROUNDS = 6

_DATA = re.compile(r"\b(data:[^\s\"'<>(),]{0,64},)[^\s\"'<>()]{64,}+")
_FORMATTING = re.compile(
    r"(?i)<(/?)(b|code|em|i|s|strong|big|font|nobr|small|span|strike|tt|u)(?=[\s/>])[^>]*>?"
)
#: The markers that begin a line, up to the last quotation's.
_QUOTATION = re.compile(r"^[ \t>*+\-0-9.)]*>", re.MULTILINE)
_DOCUMENT = re.compile(r"(?i)\s*<(?:!doctype\s|html[\s>])")


def render_body(body: Html | Markdown, base: str) -> str:
    """Return the fragment that shows `body`; empty if it would show nothing.

    Args:
        body: Markdown that is a whole HTML document is read as HTML. More than the limits of
            bodies allow shows nothing.
        base: The article's absolute URL; links and pictures are made absolute against it.
    """
    text = _drop_surrogates(body.text)
    if isinstance(body, Html) or _DOCUMENT.match(text):
        return clean_html(text, base)
    text = _drop_data(text)
    if len(text) > MARKDOWN_CHARACTERS or text.count("[") > BODY_TAGS:
        return ""
    if _count_quoted_lines(text) > QUOTED_LINES:
        return ""
    return clean_html(_render_markdown(text), base)


def _count_quoted_lines(text: str) -> int:
    """Return the lines that the parser reads: in a quotation all that follow, at each level."""
    lines = text.count("\n")
    if lines * MARKDOWN_LEVELS <= QUOTED_LINES or ">" not in text:
        return lines
    deepest = max((one.count(">") for one in _QUOTATION.findall(text)), default=0)
    return lines * min(deepest, MARKDOWN_LEVELS)


def _render_markdown(text: str) -> str:
    """Return the HTML of Markdown; empty if it were too much, however short the text is."""
    # The rule for bare links reads the rest of the text at each of them.
    parser = _parser(linkify=0 < text.count("://") <= BARE_LINKS)
    found: dict[str, Any] = {}
    try:
        tokens = parser.parse(text, found)
    except _TooManyTokensError:
        return ""
    # Each reference repeats the address and the title of its definition.
    if "references" in found and _count_attributes(tokens) > REFERENCE_CHARACTERS:
        return ""
    return str(parser.renderer.render(tokens, parser.options, found))


def _count_attributes(tokens: Iterable[Token]) -> int:
    """Return the characters of all addresses and titles."""
    inline = (one for token in tokens for one in token.children or ())
    return sum(len(str(value)) for token in inline for value in token.attrs.values())


class _TooManyTokensError(Exception):
    """More blocks, and cells that the parser added to tables, than could be shown."""


def _limit_tokens(rule: Callable[..., bool]) -> Callable[..., bool]:
    """Return the rule of tables, which is tried at each block, so that it counts tokens."""

    def parse_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        is_table = rule(state, start, end, silent)
        if len(state.tokens) > MARKDOWN_TOKENS:
            raise _TooManyTokensError
        return is_table

    return parse_table


def clean_html(html: str, base: str) -> str:
    """Return the part of `html`, a fragment or a whole document, that readers show.

    Args:
        html: Too much shows nothing, as for `render_body`.
        base: As for `render_body`.
    """
    html = _drop_surrogates(html)
    for _ in range(_MAX_ROUNDS):
        written, is_settled = write_fragment(_cleaner().clean(_bound(html)), base)
        if written == html:
            return written
        if is_settled and _cleaner().clean(_bound(written)) == written:
            return written
        html = written
    # Elements that a parser moves about again and again: nobody can say what they show.
    return keep_text(html)


def _drop_surrogates(text: str) -> str:
    return text.encode("utf-8", "ignore").decode()


@lru_cache(maxsize=2)
def _parser(*, linkify: bool) -> MarkdownIt:
    """Return CommonMark with tables, strikethrough and bare http(s) links."""
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import table

    options = {"html": True, "linkify": linkify, "maxNesting": MARKDOWN_LEVELS}
    parser = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    parser.block.ruler.at("table", _limit_tokens(table), {"alt": ["paragraph", "reference"]})
    if linkify:
        # The rule of the same name in `core` costs more than all others together.
        parser.inline.ruler.enable("linkify")
    return parser


@lru_cache(maxsize=1)
def _cleaner() -> nh3.Cleaner:
    import nh3

    return nh3.Cleaner(
        tags=ELEMENTS,
        clean_content_tags=GONE,
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        link_rel=None,
        url_schemes={"http", "https", "mailto"},
    )


def _bound(html: str) -> str:
    """Return `html` without parts that make parsing slow; empty if too much is left.

    Formatting elements with different attributes, left open, are opened again in each block
    that follows; the same without attributes at most three times (the HTML standard, 13.2.4.3).
    """
    html = _drop_data(html)
    if html.count("<") > _MANY:
        html = _FORMATTING.sub(r"<\1\2>", html)
    return "" if len(html) > HTML_CHARACTERS or html.count("<") > BODY_TAGS else html


def _drop_data(text: str) -> str:
    """Shorten embedded pictures, which are not shown, if they are much of the text."""
    return _DATA.sub(r"\1", text) if len(text) > _LONG else text
