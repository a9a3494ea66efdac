"""Markdown or HTML to the fragment of HTML that readers show. The only room of both libraries.

What goes out is a fixed point: read again by an HTML parser and cleaned again it is the same
text, so no reader sees other elements in it than those that were let through. Nothing here is
imported or made before the first body, since many builds have none.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import quote

from .errors import UrlError
from .model import Html, Markdown
from .urls import clean_url

if TYPE_CHECKING:
    import nh3
    from markdown_it import MarkdownIt

#: In the order in which they are written.
_ATTRIBUTES = {
    "a": ("href", "title"),
    "img": ("src", "alt", "width", "height"),
    "audio": ("src",),
    "video": ("src",),
    "source": ("src", "type"),
    "td": ("colspan", "rowspan"),
    "th": ("colspan", "rowspan"),
    "ol": ("start",),
}
_MEDIA = {"audio", "video"}
_VOID = {"br", "hr", "img", "source"}
_INLINE = {
    "a", "strong", "em", "b", "i", "code", "del", "s", "sub", "sup", "kbd", "ruby", "rt", "rp",
    "audio", "video",
}  # fmt: skip
_BLOCK = {
    "p", "ul", "ol", "li", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "figure",
    "figcaption", "table", "thead", "tbody", "tr", "th", "td", "caption", "dl", "dt", "dd",
    "details", "summary",
}  # fmt: skip
#: They stay though empty: they number, or hold the place of, those beside them.
_PLACES = {"li", "dt", "dd", "td", "th"}
#: They only begin and end a line; the line break stays when they go.
_LINES = {
    "address", "article", "aside", "center", "div", "fieldset", "footer", "form", "header",
    "hgroup", "legend", "main", "nav", "section",
}  # fmt: skip
#: Gone with what is in them.
_GONE = {
    "button", "datalist", "head", "iframe", "math", "noembed", "noframes", "noscript", "script",
    "select", "style", "svg", "template", "textarea", "title",
}  # fmt: skip

# Both parsers have inputs on which their time grows with the square of the length: elements left
# open, brackets, the attributes of one tag. Without these bounds a megabyte costs minutes; with
# them seconds at most. A fragment over 64 KiB is not published anyway.
_LONG = _MAX_MARKDOWN = 1 << 17
_MAX_HTML = 1 << 19
_MANY = 2_000
_TOO_MANY = 16_000
_MANY_LINKS = 400
#: Some readers' parsers refuse or overflow at 256 (libxml2) and deeper.
_MAX_DEPTH = 100
_MAX_ROUNDS = 6

# XML 1.0, 2.2: no reference brings these back.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TOKEN = re.compile(r'(<(/?)([a-z0-9]+)((?: [a-z]+="[^"]*")*)>)|([^<]+)')
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')
_SPACE = re.compile(r"[ \t\n\f]+")
# Newsletters pad their first line with these, and layouts their cells.
_BLANK = re.compile(r"(?:[\s\u00ad\u034f\u200b-\u200d\u2060\ufeff]|&nbsp;)*")
_NUMBER = re.compile(r"-?[0-9]{1,9}")
_DATA = re.compile(r"\b(data:[^\s\"'<>(),]{0,64},)[^\s\"'<>()]{64,}+")
_FORMATTING = re.compile(
    r"(?i)<(/?)(b|code|em|i|s|strong|big|font|nobr|small|span|strike|tt|u)(?=[\s/>])[^>]*>?"
)
_DOCUMENT = re.compile(r"(?i)\s*<(?:!doctype\s|html[\s>])")


def render_body(body: Html | Markdown, base: str) -> str:
    """Return the fragment that shows `body`; empty where it would show nothing.

    Args:
        body: Markdown that is a whole HTML document is read as HTML. Over 128 Ki characters of
            Markdown or 512 Ki of HTML, embedded pictures not counted, or over 16,000 tags or
            brackets, show nothing.
        base: The article's absolute URL; links and pictures are made absolute against it.
    """
    text = _drop_surrogates(body.text)
    if isinstance(body, Html) or _DOCUMENT.match(text):
        return clean_html(text, base)
    text = _drop_data(text)
    if len(text) > _MAX_MARKDOWN or text.count("[") > _TOO_MANY:
        return ""
    # The rule for bare links reads the rest of the text at each of them.
    parser = _parser(linkify=0 < text.count("://") < _MANY_LINKS)
    return clean_html(parser.render(text), base)


def clean_html(html: str, base: str) -> str:
    """Return of `html`, a fragment or a whole document, what readers show.

    Args:
        html: Too much shows nothing, as for `render_body`.
        base: As for `render_body`.
    """
    html = _drop_surrogates(html)
    for _ in range(_MAX_ROUNDS):
        writer = _Writer(base)
        written = writer.write(_cleaner().clean(_bound(html)))
        if written == html:
            return written
        if writer.is_settled and _cleaner().clean(_bound(written)) == written:
            return written
        html = written
    # Elements that a parser moves about again and again: nobody can say what they show.
    return _SPACE.sub(" ", " ".join(text for *_, text in _TOKEN.findall(html))).strip(" ")


def _drop_surrogates(text: str) -> str:
    return text.encode("utf-8", "ignore").decode()


@lru_cache(maxsize=2)
def _parser(*, linkify: bool) -> MarkdownIt:
    """Return CommonMark with tables, strikethrough and bare http(s) links."""
    from markdown_it import MarkdownIt

    options = {"html": True, "linkify": linkify, "maxNesting": 40}
    parser = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    if linkify:
        # The rule of the same name in `core` costs more than all others together.
        parser.inline.ruler.enable("linkify")
    return parser


@lru_cache(maxsize=1)
def _cleaner() -> nh3.Cleaner:
    import nh3

    return nh3.Cleaner(
        tags={*_INLINE, *_VOID, *_BLOCK, *_LINES},
        clean_content_tags=_GONE,
        attributes={
            tag: {*names, "controls"} if tag in _MEDIA else set(names)
            for tag, names in _ATTRIBUTES.items()
        },
        link_rel=None,
        url_schemes={"http", "https", "mailto"},
    )


def _bound(html: str) -> str:
    """Return `html` without what makes its parsing slow; empty if too much is left.

    Formatting elements with different attributes, left open, are opened again in each block
    that follows; the same without attributes at most three times (the HTML standard, 13.2.4.3).
    """
    html = _drop_data(html)
    if html.count("<") > _MANY:
        html = _FORMATTING.sub(r"<\1\2>", html)
    return "" if len(html) > _MAX_HTML or html.count("<") > _TOO_MANY else html


def _drop_data(text: str) -> str:
    """Shorten embedded pictures, which are not shown, where they are much of the text."""
    return _DATA.sub(r"\1", text) if len(text) > _LONG else text


class _Element:
    """One that is open."""

    __slots__ = ("has_source", "is_filled", "name", "place")

    def __init__(self, name: str, place: int) -> None:
        self.name = name
        #: Where its tag stands; below 0: it has none, being too deep.
        self.place = place
        #: Whether anything is shown in it, and whether a medium can be fetched.
        self.is_filled = self.has_source = False


class _Writer:
    """Writes well-formed tokens anew: white space collapsed, URLs whole, empty elements gone."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.out: list[str] = []
        self.open = [_Element("", -1)]
        #: Whether anything stands on the present line, and whether the line ended after it.
        self.has_text = self.is_broken = False
        self.pre = 0
        self.is_shown = self.has_spans = False
        #: Whether the same comes out of what is written; not so where text has moved together.
        self.is_settled = True

    def write(self, html: str) -> str:
        html = _FORBIDDEN.sub("", html.replace("\r", "\n"))
        for tag, closes, name, attributes, text in _TOKEN.findall(html):
            if text:
                if self.has_text or self.pre or text != "\n":
                    self.add_text(text)
            elif name in _LINES:
                self.is_broken = self.has_text
            elif closes:
                self.close_element(tag)
            else:
                add = self.add_void if name in _VOID else self.open_element
                is_bare = not attributes and name not in _MEDIA
                add(name, tag if is_bare else self.rewrite_tag(name, attributes))
        self.end_line()
        return "".join(self.out) if self.is_shown else ""

    def add_text(self, text: str) -> None:
        if self.pre:
            # The parser drops a line break that follows the tag.
            text = "\n" + text if text[0] == "\n" and self.out[-1] == "<pre>" else text
        else:
            text = _collapse(text)
            follows = self.has_text and not self.is_broken
            if text[0] == " " and not (follows and self.out[-1][-1] != " "):
                text = text[1:]
            if not follows and _BLANK.fullmatch(text):
                return
        if not _BLANK.fullmatch(text):
            self.add_shown(text)
        elif text:
            self.out.append(text)

    def add_shown(self, text: str) -> None:
        if self.is_broken:
            self.end_line()
            self.out.append("<br>")
        self.out.append(text)
        self.has_text = self.is_shown = self.open[-1].is_filled = True

    def add_void(self, name: str, tag: str) -> None:
        if name == "img":
            if " src=" in tag:
                self.add_shown(tag)
        elif name == "source":
            parent = self.open[-1]
            if parent.name in _MEDIA and parent.place >= 0 and " src=" in tag:
                parent.has_source = True
                self.out.append(tag)
        else:
            self.end_line()
            self.out.append(tag)
            self.open[-1].is_filled |= name == "hr"

    def open_element(self, name: str, tag: str) -> None:
        if name not in _INLINE:
            self.end_line()
            self.pre += name == "pre"
        is_deep = len(self.open) > _MAX_DEPTH
        element = _Element(name, -1 if is_deep else len(self.out))
        self.open.append(element)
        if is_deep:
            return
        self.out.append(tag)
        if name in _MEDIA:
            element.has_source = " src=" in tag
        elif " rowspan=" in tag:
            element.is_filled = self.has_spans = True

    def close_element(self, tag: str) -> None:
        element = self.open.pop()
        if element.name not in _INLINE:
            self.end_line()
            self.pre -= element.name == "pre"
        if element.has_source:
            element.is_filled = self.has_text = self.is_shown = True
        self.open[-1].is_filled |= element.is_filled
        if element.place < 0:
            return
        if element.is_filled and (element.has_source or element.name not in _MEDIA):
            self.out.append(tag)
        else:
            self.drop_element(element, tag)

    def drop_element(self, element: _Element, tag: str) -> None:
        """Take out one that is empty; of an inline one, and of a medium, the tag alone."""
        if element.name in _INLINE:
            del self.out[element.place]
            self.is_settled = False
        # Once a cell spans rows, a row that is taken out would shift those below it.
        elif element.name in _PLACES or (element.name == "tr" and self.has_spans):
            self.out.append(tag)
        else:
            del self.out[element.place :]

    def end_line(self) -> None:
        self.has_text = self.is_broken = False
        while not self.pre and self.out and self.out[-1][0] != "<":
            self.out[-1] = self.out[-1].rstrip(" ")
            if self.out[-1]:
                break
            self.out.pop()

    def rewrite_tag(self, name: str, attributes: str) -> str:
        tag = "<" + name
        found = dict(_ATTRIBUTE.findall(attributes))
        for key in _ATTRIBUTES.get(name, ()):
            value = _clean_value(key, found[key], self.base) if key in found else None
            if value is not None:
                tag += f' {key}="{value}"'
        return tag + (' controls="">' if name in _MEDIA else ">")


def _collapse(text: str) -> str:
    # The tests cost a twentieth of what the expression does, and most text has no such run.
    if "\n" in text or "  " in text or "\t" in text or "\f" in text:
        return _SPACE.sub(" ", text)
    return text


def _clean_value(key: str, value: str, base: str) -> str | None:
    """Return an attribute's value, escaped as it came; None where it says nothing."""
    if key in {"href", "src"}:
        url = _clean_address(unescape(value).strip(), base, is_link=key == "href")
        return url and url.replace("&", "&amp;")
    if key in {"alt", "title", "type"}:
        value = _SPACE.sub(" ", value).strip()
        return value.replace("<", "&lt;").replace(">", "&gt;") if value or key == "alt" else None
    return value if _NUMBER.fullmatch(value) else None


def _clean_address(url: str, base: str, *, is_link: bool) -> str | None:
    scheme, colon, rest = url.partition(":")
    if is_link and colon and scheme.lower() == "mailto":
        return f"mailto:{quote(rest, safe='%/?@!$&()*+,;=:')}" if rest else None
    try:
        return clean_url(url, base) if url else None
    except UrlError:
        return None
