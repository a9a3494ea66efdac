"""Text, URLs and slugs: pure normalisation of strings. The only room of idna.

`text` itself has text as feeds can carry it: on one line, without control characters and without
what XML forbids.
"""

from __future__ import annotations

import re
from unicodedata import category

# Patterns are compiled when they are used: those of characters beyond Latin-1 take a fiftieth of
# the command's start, and most texts are seen to be clean without them.
# Line breaks of every kind; the rest of Unicode's white space may be typography.
_BREAKS = "[\x00-\x1f\x7f-\x9f\u2028\u2029]"
_RUNS = r"\s{2,}"
# Unbalanced embeddings, overrides and isolates (Unicode Standard Annex 9) reorder a reader's
# whole list of titles; the two noncharacters are in no XML document (XML 1.0, 2.2).
_REMOVED = "[\u202a-\u202e\u2066-\u2069\ufffe\uffff]"
_CONTROLS = bytes((*range(9), 11, 12, *range(14, 32)))
_LONG_WORD = 40
_REFERENCE = r"&(?:#(?:[0-9]{1,7}|[xX][0-9A-Fa-f]{1,6})|([A-Za-z][A-Za-z0-9]{1,31}));"
_FLAG = frozenset(map(chr, range(0x1F1E6, 0x1F200)))
_NOT_XML = "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"


def clean_text(text: str) -> str:
    """Return `text` on one line, trimmed, white space single, with no character XML forbids.

    What is clean already comes back as the same object.
    """
    if text.isprintable() and "  " not in text and text.strip(" ") == text:
        return text
    cleaned = re.sub(_BREAKS, " ", re.sub(_REMOVED, "", _mend_surrogates(text)))
    cleaned = re.sub(_RUNS, " ", cleaned).strip()
    return text if cleaned == text else cleaned


def clean_block(text: str) -> str:
    """Return `text` with its lines, without the characters that XML forbids.

    What is clean already comes back as the same object.
    """
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return re.sub(_NOT_XML, "", _mend_surrogates(text))
    # A hundred times as fast as the expression, and bodies are long.
    if data.isascii() or not (b"\xef\xbf\xbe" in data or b"\xef\xbf\xbf" in data):
        if len(data.translate(None, _CONTROLS)) == len(data):
            return text
    return re.sub(_NOT_XML, "", text)


def clean_category(text: str) -> str:
    """Return `text` without commas, at which tt-rss and FreshRSS would split it."""
    return re.sub(_RUNS, " ", text.replace(",", " ")).strip() if "," in text else text


def escape_json(data: bytes) -> bytes:
    """Return JSON without ``<``, which cannot be read as markup under any type."""
    return data.replace(b"<", b"\\u003c")  # it stands in strings alone (RFC 8259, 7)


def cut_text(text: str, most: int) -> str:
    """Return at most so many characters of a text, if it has more: none that is shown is halved.

    It ends with a word where one ends near there; Chinese, say, has no spaces.
    """
    if len(text) <= most:
        return text
    space = text.rfind(" ", most - _LONG_WORD, most + 1)
    if space > 0:
        return text[:space]
    end = most
    while end and _is_joined(text, end):
        end -= 1
    return text[: end or most].rstrip()  # what has no end before that is no text


def _is_joined(text: str, place: int) -> bool:
    """Return whether the characters around a position are shown as one (UAX 29, in part)."""
    before, after = text[place - 1], text[place]
    if before in _FLAG and after in _FLAG:  # two letters are one flag
        run = place
        while run and text[run - 1] in _FLAG:
            run -= 1
        return (place - run) % 2 == 1
    is_mark = category(after) in ("Mn", "Mc", "Me") or "\U0001f3fb" <= after <= "\U0001f3ff"
    is_tag = "\U000e0020" <= after <= "\U000e007f"  # of the flags of regions
    return is_mark or is_tag or "\u200d" in (before, after)


def _mend_surrogates(text: str) -> str:
    """Return `text` with the halves of pairs joined and lone ones replaced by U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def decode_references(text: str) -> str:
    """Return `text` with the character references of HTML that end in a semicolon decoded once.

    https://html.spec.whatwg.org/multipage/named-characters.html
    """
    if "&" not in text:
        return text
    from html import unescape  # with a table of names, which most builds never need
    from html.entities import html5

    def decode(match: re.Match[str]) -> str:
        name = match[1]
        return unescape(match[0]) if name is None else html5.get(f"{name};", match[0])

    return re.sub(_REFERENCE, decode, text)
