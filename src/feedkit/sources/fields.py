"""What records and related items have in common: texts, addresses, providers and pictures."""

from __future__ import annotations

import re
from datetime import UTC
from functools import lru_cache

from ..errors import UrlError
from ..limits import (
    ENCLOSURES,
    IMAGES,
    LANGUAGE_CHARACTERS,
    MEDIA_TYPE_CHARACTERS,
    PIXELS,
    PROVIDER_CHARACTERS,
    URL_CHARACTERS,
)
from ..models import Enclosure, Image, Provider
from ..syntax import FieldError, Path, describe
from ..text import clean_text, cut_text, decode_references
from ..text.slugs import clean_domain
from ..text.urls import TOO_LONG, clean_url, is_canonical
from .coercion import Notes, RawEnclosure, RawImage, RawProvider, guess_enclosure_type

# RFC 5646, 2.1, as far as feeds' schemas look.
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
# RFC 9110, 8.3.1: two tokens (5.6.2) and their parameters (5.6.6).
_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_VALUE = rf'(?:{_WORD}|"(?:[^"\\]|\\.)*")'
#: Characters of a provider that is remembered.
_LONG_PROVIDER = 2_000
_MEDIA_TYPE = re.compile(rf"{_WORD}/{_WORD}(?: *+; *+(?:{_WORD}={_VALUE})?)*+")


def read_line(value: str | None, notes: Notes) -> str:
    """Return `value` as `clean_text` does, and note whether it had to be mended."""
    if not value:
        return ""
    text = clean_text(value)
    if text is not value:
        notes.repaired = True
    return text


def read_plain(value: str | None, most: int, notes: Notes) -> str:
    """Return the plain text of a title or an excerpt, cut to at most `most` characters."""
    if not value:
        return ""
    if "&" in value and notes.has_references:
        value = read_references(value, notes)
    text = clean_text(value)
    if text is not value:
        notes.repaired = True
    if len(text) > most:
        notes.repaired = True
        return cut_text(text, most)
    return text


def read_references(value: str, notes: Notes) -> str:
    """Return `value` as `decode_references` does, and note whether there were any."""
    decoded = decode_references(value)
    if decoded != value:
        notes.repaired = True
    return decoded


def read_language(value: str, notes: Notes) -> str | None:
    """Return the tag; if it can be none, the feed's own language holds."""
    if len(value) > LANGUAGE_CHARACTERS:
        value = ""
    tag = value.replace("_", "-")
    if tag != value:
        notes.repaired = True
    tag = read_line(tag, notes)
    if _LANGUAGE.fullmatch(tag):
        return tag
    notes.repaired = True
    return None


def read_url(value: str | None, base: str, notes: Notes, path: Path) -> str:
    """Return the address of something that an article can do without, empty if unusable."""
    if not value:
        return ""
    try:
        return clean_url(value, base)
    except UrlError as error:
        _note_url(error, notes, path)
        return ""


def _note_url(error: UrlError, notes: Notes, path: Path) -> None:
    """Note an address that is not used; one that is too long is named."""
    notes.repaired = True
    if str(error) == TOO_LONG:
        notes.leave_out(path, TOO_LONG, f"at most {URL_CHARACTERS:,}")


def read_provider(raw: RawProvider | None, url: str, notes: Notes, path: Path) -> Provider | None:
    """Return the provider, None if there is neither name nor domain."""
    if raw is None:
        return None
    if (
        raw.images
        and len(raw.images) == 1
        and (known := _recall_provider(raw, raw.images[0], notes))
    ):
        return known
    return _read_provider(raw, url, notes, path)


def _read_provider(raw: RawProvider, url: str, notes: Notes, path: Path) -> Provider | None:
    name, domain = raw.name or "", raw.domain or ""
    if "&" in name and notes.has_references:
        name = read_references(name, notes)
    if len(name) > PROVIDER_CHARACTERS:
        name = _shorten_name(name, notes, (*path, "provider", "name"))
    if len(domain) > URL_CHARACTERS:
        domain = domain[: URL_CHARACTERS + 1]
    provider, repaired = _make_provider(name, domain)
    if repaired:
        notes.repaired = True
    if provider is None or not raw.images:
        return provider
    images = read_images(raw.images, url, notes, (*path, "provider"))
    return Provider(name=provider.name, domain=provider.domain, images=images)


def _recall_provider(raw: RawProvider, image: RawImage, notes: Notes) -> Provider | None:
    """Return a provider with one picture if there is nothing to note; few publish most articles."""
    name, domain, address = raw.name or "", raw.domain or "", image.url
    if len(name) + len(domain) + len(address) > _LONG_PROVIDER:
        return None
    return _make_pictured(name, domain, address, image.width, image.height, notes.has_references)


@lru_cache(maxsize=4096)
def _make_pictured(
    name: str,
    domain: str,
    address: str,
    width: int | None,
    height: int | None,
    has_references: bool,
) -> Provider | None:
    if not is_canonical(address):  # it may be relative to the article's
        return None
    notes = Notes(UTC, has_references=has_references)
    raw = RawProvider(name, domain, [RawImage(address, width, height)])
    provider = _read_provider(raw, "", notes, ())
    return None if notes.repaired or notes.errors else provider


def _shorten_name(name: str, notes: Notes, path: Path) -> str:
    """Return a cleaned name, empty if it is still too long."""
    notes.repaired = True
    name = clean_text(name)
    if len(name) <= PROVIDER_CHARACTERS:
        return name
    notes.leave_out(path, count_characters(name), f"at most {PROVIDER_CHARACTERS}")
    return ""


def count_characters(text: str) -> str:
    """Return the length of a text, in words for an error."""
    return f"{len(text):,} characters"


@lru_cache(maxsize=8192)
def _make_provider(raw_name: str, raw_domain: str) -> tuple[Provider | None, bool]:
    """Return one without pictures, and whether its name was mended; few publish most articles."""
    domain = clean_domain(_find_host(raw_domain)) if raw_domain else ""
    name = clean_text(raw_name)
    provider = Provider(name=name or domain, domain=domain) if name or domain else None
    return provider, name is not raw_name


def _find_host(domain: str) -> str:
    """Return the host of a domain that is given as an address."""
    return re.sub(r"(?s)^\s*[a-z]+://([^/?#]*).*", r"\1", domain) if "://" in domain else domain


def read_images(raws: list[RawImage], url: str, notes: Notes, path: Path) -> tuple[Image, ...]:
    """Return the pictures that have an address, each once; relative ones are to `url`."""
    images: dict[str, Image] = {}
    for place, raw in enumerate(raws):
        if not raw.url:
            continue
        try:
            address = clean_url(raw.url, url)
        except UrlError as error:
            _note_url(error, notes, (*path, "images", place, "url"))
            continue
        if len(images) == IMAGES and address not in images:
            notes.leave_out((*path, "images"), f"{len(raws)}", f"at most {IMAGES} of them")
            break
        width, height = raw.width, raw.height
        if not (width is None or 0 < width <= PIXELS):
            width, notes.repaired = None, True
        if not (height is None or 0 < height <= PIXELS):
            height, notes.repaired = None, True
        images.setdefault(address, Image(url=address, width=width, height=height))
    return tuple(images.values())


def read_enclosures(raws: list[RawEnclosure], url: str, notes: Notes) -> tuple[Enclosure, ...]:
    """Return the enclosures; those without an address or a media type are left out."""
    found: list[Enclosure] = []
    failed = {path[1] for path in notes.failed if path[0] == "enclosures"}
    for place, raw in enumerate(raws):
        if place in failed:
            continue
        if len(found) == ENCLOSURES:
            notes.leave_out(("enclosures",), f"{len(raws)}", f"at most {ENCLOSURES} of them")
            break
        try:
            found.append(_read_enclosure(raw, url, notes, ("enclosures", place)))
        except FieldError as error:
            notes.errors.append(error)
    return tuple(found)


def _read_enclosure(raw: RawEnclosure, url: str, notes: Notes, path: Path) -> Enclosure:
    try:
        address = clean_url(raw.url, url)
    except UrlError as error:
        found = TOO_LONG if str(error) == TOO_LONG else describe(raw.url)
        raise FieldError((*path, "url"), found, "an http(s) URL") from error
    media_type = clean_text(raw.mediaType or raw.media_type or raw.type)
    if not media_type and (media_type := guess_enclosure_type(address)):
        notes.repaired = True
    if len(media_type) > MEDIA_TYPE_CHARACTERS or not _MEDIA_TYPE.fullmatch(media_type):
        found = describe(media_type) if media_type else "nothing"
        raise FieldError((*path, "type"), found, "one such as audio/mpeg")
    length = raw.length if raw.length is not None and raw.length >= 0 else None
    if length != raw.length:
        notes.repaired = True
    return Enclosure(url=address, media_type=media_type, length=length)
