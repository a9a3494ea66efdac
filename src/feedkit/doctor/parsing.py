"""Bytes of any feed parsed to what is judged of it; nothing is loaded. Pure.

The schemas are read from the package: those in `schemas/` describe what feedkit writes,
rfc4287.rng what anybody may write.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from jsonschema import Draft202012Validator

from ..models import Format
from ..published.feeds import parse_xml

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

_ATOM = "{http://www.w3.org/2005/Atom}"
_VERSION = "https://jsonfeed.org/version/"


class ParsedFeed(NamedTuple):
    """The parts of a feed that are judged."""

    format: Format
    self_url: str
    """Its own address as it says it; empty: it says none."""
    repeated: tuple[str, ...]
    """The ids that stand more than once."""
    newest: datetime | None
    """The latest of its own date and its entries'; None: it says none."""
    fault: str
    """What is first wrong by the schema; empty: nothing."""


class _CheckedItem(msgspec.Struct):
    id: object = None
    date_published: str | None = None
    date_modified: str | None = None


class _CheckedFeed(msgspec.Struct):
    version: str
    items: list[_CheckedItem] = []
    feed_url: str = ""


def parse_content(body: bytes, *, is_own: bool) -> ParsedFeed:
    """Return the parts of a feed that are judged.

    Args:
        body: In any of the three formats.
        is_own: Whether feedkit wrote it, as its manifest says; a feed may say so itself.

    Raises:
        ValueError: It is no feed.
    """
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _parse_json(body, is_own=is_own)
    root = parse_xml(body)
    if root.tag == f"{_ATOM}feed":
        return _parse_atom(root, is_own=is_own)
    if root.tag == "rss":
        return _parse_rss(root, is_own=is_own)
    raise ValueError(f"its root is {root.tag}")


def _parse_json(body: bytes, *, is_own: bool) -> ParsedFeed:
    try:
        feed = msgspec.json.decode(body, type=_CheckedFeed)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not feed.version.startswith(_VERSION):
        raise ValueError(f"its version is {feed.version!r}")
    dates = [one for item in feed.items for one in (item.date_published, item.date_modified)]
    return ParsedFeed(
        "json",
        feed.feed_url,
        _find_repeated(str(item.id) for item in feed.items if item.id is not None),
        _find_newest(datetime.fromisoformat, dates),
        _check_json(body) if is_own or b'"_feedkit"' in body else "",
    )


def _parse_atom(root: _Element, *, is_own: bool) -> ParsedFeed:
    is_own = is_own or root.findtext(f"{_ATOM}generator") == "feedkit"
    dates = [one.text for name in ("updated", "published") for one in root.iter(_ATOM + name)]
    return ParsedFeed(
        "atom",
        _find_self(root),
        _find_repeated(one.text or "" for one in root.iterfind(f"{_ATOM}entry/{_ATOM}id")),
        _find_newest(datetime.fromisoformat, dates),
        _check_xml(root, "atom.rng" if is_own else "rfc4287.rng"),
    )


def _parse_rss(root: _Element, *, is_own: bool) -> ParsedFeed:
    is_own = is_own or root.findtext("channel/generator") == "feedkit"
    channel = root.find("channel")
    dates = [one.text for name in ("lastBuildDate", "pubDate") for one in root.iter(name)]
    return ParsedFeed(
        "rss",
        "" if channel is None else _find_self(channel),
        _find_repeated(one.text or "" for one in root.iterfind("channel/item/guid")),
        _find_newest(parsedate_to_datetime, dates),
        _check_xml(root, "rss.rng") if is_own else "",
    )


def _find_self(parent: _Element) -> str:
    links = parent.iterfind(f"{_ATOM}link[@rel='self']")
    return next((link.get("href", "") for link in links), "")


def _find_repeated(ids: Iterator[str]) -> tuple[str, ...]:
    return tuple(id for id, count in Counter(ids).items() if count > 1)


def _find_newest(read: Callable[[str], datetime], texts: list[str | None]) -> datetime | None:
    """Return the latest date that can be read; one without a zone is taken for UTC."""
    found = []
    for text in texts:
        try:
            date = read((text or "").strip())
            found.append((date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC))
        except (ValueError, TypeError, OverflowError):
            continue  # the schema says so
    return max(found, default=None)


def _load_schema(name: str) -> bytes:
    return files("feedkit").joinpath("schemas", name).read_bytes()


@cache
def _load_grammar(name: str) -> Callable[[_Element], str]:
    from lxml import etree

    grammar = etree.RelaxNG(etree.fromstring(_load_schema(name)))

    def check(root: _Element) -> str:
        if grammar.validate(root):
            return ""
        first = next(iter(grammar.error_log), None)
        return f"line {first.line}: {first.message}" if first else "it does not hold to the schema"

    return check


def _check_xml(root: _Element, name: str) -> str:
    return _load_grammar(name)(root)


def _check_json(body: bytes) -> str:
    schema = json.loads(_load_schema("jsonfeed.schema.json"))
    try:
        first = next(Draft202012Validator(schema).iter_errors(json.loads(body)), None)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    return "" if first is None else f"{first.json_path}: {first.message}"
