"""Feed files as trees of one kind, for XML and JSON alike, so that one comparison serves all.

What may differ between equal files is gone here: white space between elements, prefixes, and in a
frame the order of attributes and the spelling of dates. Children without order are marked so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Any

from lxml import etree

ATOM = "http://www.w3.org/2005/Atom"
PREFIXES = {
    ATOM: "atom",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://search.yahoo.com/mrss/": "media",
    "http://www.w3.org/XML/1998/namespace": "xml",
}
XML_SPACE = " \t\r\n"  # XML 1.0, 2.3: a no-break space is text
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
RFC822 = re.compile(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d (GMT|[+-]\d{4})", re.ASCII)
DATES = {"updated": RFC3339, "atom:updated": RFC3339, "lastBuildDate": RFC822, "pubDate": RFC822}


@dataclass(frozen=True)
class Node:
    """An element of XML, or a value of JSON under its key."""

    name: str
    text: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple[Node, ...] = ()
    tail: str = ""
    ordered: bool = field(default=True, compare=False)
    label: str = field(default="", compare=False)

    @property
    def key(self) -> tuple[str, ...]:
        """What tells it from its siblings, even where the rest of it differs."""
        marks = [value for name, value in self.attributes if name == "rel"]
        return (self.name, *marks, *(c.text for c in self.children if c.name in ("id", "guid")))


@dataclass(frozen=True)
class Parsed:
    """One file: what is outside of entries, and the entries."""

    #: Without a name; its children are the root and what stands around that.
    frame: Node
    entries: tuple[Node, ...] = ()


def parse_file(path: Path) -> Parsed:
    """Return what stands in a feed file.

    Raises:
        ValueError: It is no JSON in UTF-8.
        XMLSyntaxError: It is no XML.
    """
    data = path.read_bytes()
    return _parse_json(data) if path.suffix == ".json" else _parse_xml(data)


def _parse_json(data: bytes) -> Parsed:
    text = data.decode()  # json.loads would take UTF-16 and a BOM from bytes
    root = json.loads(text, object_pairs_hook=_unique_keys)
    items = root.get("items") if isinstance(root, dict) else None
    if not isinstance(items, list):
        return Parsed(_value("", root, ordered=False))
    frame = _value("", {**root, "items": []}, ordered=False)
    return Parsed(frame, _label([_value("item", item) for item in items], "{} {}"))


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("an object holds one key twice")
    return made


def _value(name: str, value: Any, *, ordered: bool = True) -> Node:
    """Return a value as a node; what tells 640 from "640" is its spelling."""
    if isinstance(value, list):
        children = [_value("", item, ordered=ordered) for item in value]
        return Node(name, "[]", children=_label(children, "{}[{}]"))
    if isinstance(value, dict):
        members = [_value(key, item, ordered=ordered) for key, item in value.items()]
        return Node(name, "{}", children=_label(members), ordered=ordered)
    return Node(name, json.dumps(value, ensure_ascii=False))


def _parse_xml(data: bytes) -> Parsed:
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    home = etree.QName(root).namespace or ""
    found = root.findall(f"{{{ATOM}}}entry") or root.findall("channel/item")
    entries = _label([_element(entry, home) for entry in found], "{} {}")
    for entry in found:
        parent = entry.getparent()
        assert parent is not None
        parent.remove(entry)
    ordered = root.tag == "opml"
    around = [*root.itersiblings(preceding=True), root, *root.itersiblings()]
    children = _label([_element(part, home, ordered=ordered) for part in around])
    return Parsed(Node("", "", _prolog(data, root, home), children, ordered=ordered), entries)


def _prolog(data: bytes, root: etree._Element, home: str) -> tuple[tuple[str, str], ...]:
    """Return what a parser does not keep as elements, and some readers stumble over."""
    return (
        ("encoding", (root.getroottree().docinfo.encoding or "").lower()),
        ("doctype", str(b"<!DOCTYPE" in data)),
        ("byte-order-mark", str(data.startswith(b"\xef\xbb\xbf"))),
        ("cdata", str(b"<![CDATA[" in data)),
        ("namespace", home),
    )


def _element(element: etree._Element, home: str, *, ordered: bool = True) -> Node:
    if not isinstance(element.tag, str):  # a comment, a processing instruction, an entity
        return Node(f"<{type(element).__name__}>", str(element), tail=_text(element.tail))
    name = _name(element.tag, home)
    attributes = tuple((_name(str(key), ""), str(text)) for key, text in element.attrib.items())
    children = _label([_element(child, home, ordered=ordered) for child in element])
    # White space alone is text in a leaf only: elsewhere it stands between elements.
    text = _text(element.text) if children else element.text or ""
    if not ordered:
        text = _instant(text, DATES[name]) if name in DATES else text
        attributes = tuple(sorted(attributes))
    tail = _text(element.tail)
    return Node(name, text, attributes, children, tail, ordered=ordered)


def _name(tag: str, home: str) -> str:
    name = etree.QName(tag)
    space = name.namespace or ""
    if space == home:
        return name.localname
    return f"{PREFIXES.get(space, f'{{{space}}}')}:{name.localname}"


def _text(text: str | None) -> str:
    return text if text and text.strip(XML_SPACE) else ""


def _instant(text: str, form: re.Pattern[str]) -> str:
    """Return a valid date in one spelling, anything else as it is."""
    if not form.fullmatch(text):
        return text
    try:
        if form is RFC3339:
            return datetime.fromisoformat(text).astimezone(UTC).isoformat()
        instant = parsedate_to_datetime(text)
    except ValueError:
        return text
    # The parser takes any weekday, and any zone: -0000 says that there is none.
    valid = instant.tzinfo and format_datetime(instant) == text.replace("GMT", "+0000")
    return instant.astimezone(UTC).isoformat() if valid else text


def _label(nodes: Sequence[Node], form: str = "") -> tuple[Node, ...]:
    """Number siblings of one name, by `form` where each of them has a number."""
    names = [node.name for node in nodes]
    labels = []
    for position, name in enumerate(names):
        number = names[:position].count(name) + 1
        spelling = form or ("{}[{}]" if names.count(name) > 1 else "{}")
        labels.append(spelling.format(name, number))
    return tuple(replace(node, label=label) for node, label in zip(nodes, labels, strict=True))
