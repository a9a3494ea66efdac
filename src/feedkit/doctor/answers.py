"""Requests to a site, its answers, and what caches may do with these (RFC 9111). Pure."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from ..limits import ANSWER_BYTES
from ..models import Format

#: Redirects after which no more are followed.
MOST_HOPS = 10
#: Members of a gzip body: nobody sends more than a few, and each costs a copy of the rest.
_MEMBERS = 100
#: What a first byte says of a body that gzip made (RFC 1952, 2.3.1), to zlib.
_PACKED = 31
#: A comment ends at its first mark, in one way: many would be tried in more ways than can be.
_HTML = re.compile(
    rb"[\s\xef\xbb\xbf]*(<\?xml[^>]*>\s*)?(?><!--.*?-->\s*)*<(!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)


class Target(NamedTuple):
    """An address to look at: a feed in one format or, where it has none, a page."""

    url: str
    #: What findings call it.
    name: str
    #: Its feed's, one for all formats.
    feed: str
    #: None: whatever it turns out to be.
    format: Format | None = None
    is_page: bool = False
    #: Of the bytes, as the manifest says; empty: not known.
    sha256: str = ""
    #: The addresses that serve the same bytes: the feed may call itself any of these.
    same: frozenset[str] = frozenset()
    #: Whether `sha256` may be that of before: a cache kept the manifest.
    is_kept: bool = False


class Redirect(NamedTuple):
    """A redirect: from where, how (RFC 9110, 15.4), and to where."""

    url: str
    status: int
    to: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back from an address, after `hops`."""

    url: str
    hops: tuple[Redirect, ...] = ()
    status: int = 0
    #: By lower-case names.
    headers: Mapping[str, str] = {}
    #: How those were decoded; each may hold bytes beyond ASCII (RFC 9110, 5.5).
    encoding: str = "ascii"
    #: As sent.
    body: bytes = b""
    #: Whether there was more than `ANSWER_BYTES` of it.
    is_cut: bool = False
    #: Why there is no whole answer; empty: there is.
    error: str = ""
    #: Whether the time was over before.
    is_late: bool = False

    def header(self, name: str) -> str:
        """Return the value of a header, empty where there is none."""
        return self.headers.get(name, "").strip(" \t")

    def send_back(self, name: str) -> bytes:
        """Return the bytes of a header as they came."""
        return self.header(name).encode(self.encoding)

    @property
    def media_type(self) -> str:
        """The type without parameters, in lower case."""
        return self.header("content-type").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str:
        """The charset that the type names, in lower case; empty: none."""
        for part in self.header("content-type").split(";")[1:]:
            name, _, value = part.partition("=")
            if name.strip().lower() == "charset":
                return value.strip().strip("\"'").lower()
        return ""

    @property
    def coding(self) -> str:
        """How the body is encoded; empty: not at all."""
        coding = self.header("content-encoding").lower()
        return "" if coding == "identity" else coding


class TargetAnswers(NamedTuple):
    """All that was asked of one target; None where there was no reason to."""

    target: Target
    #: Asked without any encoding.
    plain: Answer
    #: Asked as readers do, with gzip.
    zipped: Answer | None = None
    #: Asked again with the ETag that came with `zipped`.
    by_tag: Answer | None = None
    #: Likewise with its date.
    by_date: Answer | None = None
    #: With a tag and a date that no feed has, where either of those was known again.
    by_none: Answer | None = None


def decode_body(answer: Answer) -> bytes:
    """Return a body without its encoding.

    Raises:
        ValueError: It is not what it says, or larger than `ANSWER_BYTES`.
    """
    if not answer.coding:
        return answer.body
    if answer.coding not in ("gzip", "x-gzip"):
        raise ValueError(f"encoded as {answer.coding}")
    body, rest = b"", answer.body
    for _ in range(_MEMBERS):
        if not rest:
            return body
        decoder = zlib.decompressobj(_PACKED)
        try:
            body += decoder.decompress(rest, ANSWER_BYTES + 1 - len(body))
        except zlib.error as error:
            raise ValueError(str(error)) from error
        if len(body) > ANSWER_BYTES:
            raise ValueError(f"more than {ANSWER_BYTES:,} bytes, decoded")
        if not decoder.eof:
            raise ValueError("it ends in the middle")
        rest = decoder.unused_data
    if rest:
        raise ValueError(f"more than {_MEMBERS} members")
    return body


def is_html(body: bytes) -> bool:
    """Return whether it begins as pages do."""
    return bool(_HTML.match(body[:4096]))


_DAY = 86_400


def is_sensible(answer: Answer) -> bool:
    """Return whether caches keep a feed for a while, and ask again within a day."""
    said = _read_directives(answer)
    if {"no-store", "private", "immutable"} & said.keys():
        return False
    ages = [_read_seconds(said[name]) for name in ("max-age", "s-maxage") if name in said]
    if not ages:
        return "no-cache" in said
    return all(age is not None and age <= _DAY for age in ages)


def is_kept(answer: Answer) -> bool:
    """Return whether a cache gave it, and may, though another was published meanwhile.

    Its age (RFC 9111, 5.1) is within max-age and stale-while-revalidate (RFC 5861, 3).
    """
    said = _read_directives(answer)
    fresh = said.get("s-maxage", said.get("max-age", ""))
    most = [_read_seconds(one) or 0 for one in (fresh, said.get("stale-while-revalidate", ""))]
    return 0 < (_read_seconds(answer.header("age")) or 0) <= sum(most)


def is_varied(answer: Answer) -> bool:
    """Return whether it tells caches that another coding gets another answer."""
    said = {one.strip().lower() for one in answer.header("vary").split(",")}
    return not said.isdisjoint({"accept-encoding", "*"})


def share_tag(one: Answer, other: Answer) -> bool:
    """Return whether a strong ETag says that both are the same bytes."""
    tag = one.header("etag")
    return bool(tag) and not tag.startswith("W/") and tag == other.header("etag")


def _read_directives(answer: Answer) -> dict[str, str]:
    parts = [one.partition("=") for one in answer.header("cache-control").lower().split(",")]
    return {name.strip(): value.strip(' \t"') for name, _, value in parts}


def _read_seconds(text: str) -> int | None:
    """Return a number of seconds, None where it is none; nine digits are for ever."""
    return int(text[:9]) if text.isdecimal() else None
