"""Sanitised HTML to the fragment that is published; needs the tokens that nh3 writes.

White space is collapsed, addresses are made absolute, and elements without content are removed.
"""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import quote

from ..errors import UrlError
from ..limits import HTML_LEVELS
from ..text.urls import clean_url

#: In the order in which they are written.
ATTRIBUTES = {
    "a": ("href", "title"),
    "img": ("src", "alt", "width", "height"),
    "audio": ("src", "controls"),
    "video": ("src", "controls"),
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
GONE = {
    "button", "datalist", "head", "iframe", "math", "noembed", "noframes", "noscript", "script",
    "select", "style", "svg", "template", "textarea", "title",
}  # fmt: skip

#: What is to be let through to `write_fragment`.
ELEMENTS = _INLINE | _VOID | _BLOCK | _LINES

# XML 1.0, 2.2; a character reference in HTML can name them.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TOKEN = re.compile(r'(<(/?)([a-z0-9]+)((?: [a-z]+="[^"]*")*)>)|([^<]+)')
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')
_SPACE = re.compile(r"[ \t\n\f]+")
# Newsletters pad their first line with these, and layouts their cells.
_BLANK = re.compile(r"(?:[\s\u00ad\u034f\u200b-\u200d\u2060\ufeff]|&nbsp;)*")
_NUMBER = re.compile(r"-?[0-9]{1,9}")


def write_fragment(html: str, base: str) -> tuple[str, bool]:
    """Return the fragment, empty if it would show nothing, and whether it is settled.

    If so, the same is written for it again. It is not where text has moved together.

    Args:
        html: Elements and attributes as named here; others must be gone.
        base: What relative addresses are relative to.
    """
    writer = _Writer(base)
    return writer.write(html), writer.is_settled


def keep_text(html: str) -> str:
    """Return the text alone, as HTML."""
    return _SPACE.sub(" ", " ".join(text for *_, text in _TOKEN.findall(html))).strip(" ")


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
        follows = self.pre > 0 or (self.has_text and not self.is_broken)
        if self.pre:
            # The parser drops a line break that follows the tag.
            text = "\n" + text if text[0] == "\n" and self.out[-1] == "<pre>" else text
        else:
            text = _collapse(text)
            if text[0] == " " and (not follows or self.out[-1][-1] == " "):
                text = text[1:]
        if not _BLANK.fullmatch(text):
            self.add_shown(text)
        elif follows and text:
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
        # Some readers' parsers refuse or overflow at 256 (libxml2) and deeper.
        is_deep = len(self.open) > HTML_LEVELS
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
        """Remove an empty element; of an inline element or a medium, only the tag."""
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
        for key in ATTRIBUTES.get(name, ()):
            if key == "controls":  # without them a reader shows no way to start it
                tag += ' controls=""'
            elif key in found:
                value = _clean_value(key, found[key], self.base)
                tag += "" if value is None else f' {key}="{value}"'
        return tag + ">"


def _collapse(text: str) -> str:
    # The tests cost a twentieth of what the expression does, and most text has no such run.
    if "\n" in text or "  " in text or "\t" in text or "\f" in text:
        return _SPACE.sub(" ", text)
    return text


def _clean_value(key: str, value: str, base: str) -> str | None:
    """Return an attribute's value, escaped as it came; None if it says nothing."""
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
