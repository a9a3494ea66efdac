"""What records and related items have in common: texts, addresses, providers and pictures."""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape

from ..errors import UrlError
from ..model import Enclosure, Image, Provider
from ..names import clean_domain
from ..text import clean_text
from ..urls import clean_url
from .fields import FieldError, Notes, Path, describe
from .schema import RawEnclosure, RawImage, RawProvider

# RFC 5646, 2.1, as far as feeds' schemas look.
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_REFERENCE = re.compile(r"&#(?:[0-9]{1,7}|[xX][0-9A-Fa-f]{1,6});")
# RFC 9110, 8.3.1: two tokens (5.6.2) and their parameters (5.6.6).
_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_VALUE = rf'(?:{_WORD}|"(?:[^"\\]|\\.)*")'
_MEDIA_TYPE = re.compile(rf"{_WORD}/{_WORD}(?: *+; *+(?:{_WORD}={_VALUE})?)*+")


def read_line(value: str | None, notes: Notes) -> str:
    """Return `value` as `clean_text` does, and note whether it had to be mended."""
    if not value:
        return ""
    text = clean_text(value)
    if text is not value:
        notes.repaired = True
    return text


def read_excerpt(value: str | None, notes: Notes) -> str:
    """Return plain text of an excerpt, in which numeric character references are characters.

    They come from HTML, and no text means them literally; ``&amp;`` may be meant.
    """
    if value and "&#" in value:
        notes.repaired = True
        value = _REFERENCE.sub(lambda match: unescape(match[0]), value)
    return read_line(value, notes)


def read_language(value: str, notes: Notes) -> str | None:
    """Return the tag; where it can be none, the feed's own language holds."""
    tag = value.replace("_", "-")
    if tag != value:
        notes.repaired = True
    tag = read_line(tag, notes)
    if _LANGUAGE.fullmatch(tag):
        return tag
    notes.repaired = True
    return None


def read_url(value: str | None, base: str, notes: Notes) -> str:
    """Return the address of something that an article can do without, empty if unusable."""
    if not value:
        return ""
    try:
        return clean_url(value, base)
    except UrlError:
        notes.repaired = True
        return ""


def read_provider(raw: RawProvider | None, url: str, notes: Notes) -> Provider | None:
    """Return the provider, None where there is neither name nor domain."""
    if raw is None:
        return None
    provider, repaired = _make_provider(raw.name or "", raw.domain or "")
    if repaired:
        notes.repaired = True
    if provider is None or not raw.images:
        return provider
    images = read_images(raw.images, url, notes)
    return Provider(name=provider.name, domain=provider.domain, images=images)


@lru_cache(maxsize=8192)
def _make_provider(raw_name: str, raw_domain: str) -> tuple[Provider | None, bool]:
    """Return one without pictures, and whether its name was mended; few publish most articles."""
    domain = clean_domain(_find_host(raw_domain)) if raw_domain else ""
    name = clean_text(raw_name)
    provider = Provider(name=name or domain, domain=domain) if name or domain else None
    return provider, name is not raw_name


def _find_host(domain: str) -> str:
    """Return the host of what is meant as a domain and given as an address."""
    return re.sub(r"(?s)^\s*[a-z]+://([^/?#]*).*", r"\1", domain) if "://" in domain else domain


def read_images(raws: list[RawImage], url: str, notes: Notes) -> tuple[Image, ...]:
    """Return the pictures that have an address, each once; relative ones are to `url`."""
    images: dict[str, Image] = {}
    for raw in raws:
        if address := read_url(raw.url, url, notes):
            width, height = _read_size(raw.width, notes), _read_size(raw.height, notes)
            images.setdefault(address, Image(url=address, width=width, height=height))
    return tuple(images.values())


def _read_size(value: int | None, notes: Notes) -> int | None:
    if value is None or 0 < value < 2**31:
        return value
    notes.repaired = True
    return None


def read_enclosures(raws: list[RawEnclosure], url: str, notes: Notes) -> tuple[Enclosure, ...]:
    """Return audio and video; pictures and documents are none, since readers would play them.

    Raises:
        FieldError: One has no address or no media type.
    """
    found = []
    for place, raw in enumerate(raws):
        media_type = clean_text(raw.mediaType or raw.media_type or raw.type)
        if not _MEDIA_TYPE.fullmatch(media_type):
            found_type = describe(media_type) if media_type else "nothing"
            raise FieldError(("enclosures", place, "type"), found_type, "one such as audio/mpeg")
        try:
            address = clean_url(raw.url, url)
        except UrlError as error:
            path: Path = ("enclosures", place, "url")
            raise FieldError(path, describe(raw.url), "an http(s) URL") from error
        if not media_type.lower().startswith(("audio/", "video/")):
            notes.repaired = True
            continue
        length = raw.length if raw.length is not None and raw.length >= 0 else None
        found.append(Enclosure(url=address, media_type=media_type, length=length))
    return tuple(found)
