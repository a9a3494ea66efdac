"""The native schema as types: what a record may hold, before anything is known to make sense.

`msgspec.convert` fills these a hundred times faster than fields can be asked for one by one.
Dates stay as they came, since YAML and JSON disagree on what a date is. Attributes are the
record's own keys, in both spellings: to look for the other one costs more than the whole rest.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from ..limits import INTEGER

Integer = Annotated[int, msgspec.Meta(ge=-INTEGER, le=INTEGER)]


class RawImage(msgspec.Struct, gc=False):
    url: str = ""
    width: int | None = None
    height: int | None = None


class RawEnclosure(msgspec.Struct, gc=False):
    url: str = ""
    type: str = ""
    mediaType: str = ""
    media_type: str = ""
    length: Integer | None = None


class RawProvider(msgspec.Struct, gc=False):
    name: str | None = None
    domain: str | None = None
    images: list[RawImage] | None = None


class RawItem(msgspec.Struct, gc=False):
    """What an item of a related list and a record have in common."""

    title: str | None = None
    webUrl: str | None = None
    web_url: str | None = None
    url: str | None = None
    originalUrl: str | None = None
    original_url: str | None = None
    publishedDateTime: Any = None
    published_date_time: Any = None
    published: Any = None
    date: Any = None
    updatedDateTime: Any = None
    updated_date_time: Any = None
    updated: Any = None
    excerpt: str | None = None
    summary: str | None = None
    provider: RawProvider | None = None
    images: list[RawImage] | None = None
    ampWebUrl: str | None = None
    amp_web_url: str | None = None
    ampUrl: str | None = None
    amp_url: str | None = None
    quality: Integer | None = None


class RawRecord(RawItem, gc=False):
    id: str | None = None
    body: str | None = None
    bodyHtml: str | None = None
    body_html: str | None = None
    featuredContent: str | None = None
    featured_content: str | None = None
    featured: str | None = None
    topics: list[str] | None = None
    related: list[RawItem] | None = None
    enclosures: list[RawEnclosure] | None = None
    language: str | None = None
    heat: Integer | None = None
    draft: bool | None = None
    removed: bool | None = None
    deleted: bool | None = None


FIELDS = frozenset(RawRecord.__struct_fields__)
"""The keys of a record that are read."""
