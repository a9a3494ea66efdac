"""Identities and slugs of the names of topics and providers.

Two names belong to one feed if their identities are equal. A slug depends on the identity alone,
so that no feed moves because another name appeared (Unicode Standard Annex 15, NFKC).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from hashlib import sha256

from ..errors import UrlError
from ..limits import DOMAIN_CHARACTERS, SLUG_BYTES
from .urls import clean_host

_READ_AS = str.maketrans({"&": " and ", "+": " plus ", "#": " sharp ", "@": " at "})
_HASHED = re.compile(r".*-[0-9a-f]{8}", re.DOTALL)
_DEVICES = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")
_DOMAIN = re.compile(r"(?:[a-z0-9_-]+\.)+[a-z0-9-]+", re.ASCII)
_READ = re.compile(r"[&+#@]")
_ASCII_WORDS = (
    "".join(char.lower() if char.isalnum() else " " for char in map(chr, range(128)))
    .encode()
    .ljust(256)
)


@lru_cache(maxsize=8192)
def identity(name: str) -> str:
    """Return a value that is equal for names that mean the same: ``C#`` and ``c sharp``."""
    text = (name if name.isascii() else _fold(name)).strip()
    if text[:1] in ("#", "@"):
        text = text[1:]
    if _READ.search(text):
        text = text.translate(_READ_AS)
    # As bytes in a quarter of the time.
    ascii = text.isascii()
    words = text.encode().translate(_ASCII_WORDS).decode() if ascii else text.translate(_WORDS)
    return " ".join(words.split()) or unicodedata.normalize("NFKC", name)


def _fold(name: str) -> str:
    # Format characters go first: one between a letter and its accent would keep them two.
    # None of them is printable.
    visible = name.isprintable()
    text = name if visible else "".join(c for c in name if unicodedata.category(c) != "Cf")
    while (folded := unicodedata.normalize("NFKC", text).casefold()) != text:
        text = folded  # an accent after ß composes with its second s, and only then
    return text


class _Words(dict[int, str]):
    """Letters, marks and digits by code point, everything else a space, found out once each."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = char if unicodedata.category(char)[0] in "LMN" else " "
        return self[code]


_WORDS = _Words()


@lru_cache(maxsize=8192)
def slug(identity: str) -> str:
    """Return the folder name of an `identity`: at most 89 bytes, never a path, never reserved."""
    digest = sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    if not any(unicodedata.category(c)[0] in "LN" for c in identity):
        return f"x-{digest}"
    text = identity.replace(" ", "-")
    encoded = text.encode()
    if len(encoded) > SLUG_BYTES or _DEVICES.fullmatch(text) or _HASHED.fullmatch(text):
        text = encoded[:71].decode("utf-8", "ignore") + "-" + digest
    return text


@lru_cache(maxsize=8192)
def provider_slug(name: str, domain: str, shared_domains: tuple[str, ...]) -> str:
    """Return the folder name of a provider's feed, empty if there is nothing to go by.

    Args:
        name: The name as people read it.
        domain: As `clean_domain` returns it, or empty.
        shared_domains: Domains under which many publish; there the name tells them apart.
    """
    if domain in shared_domains and name not in ("", domain):  # the domain stands for no name
        return f"{domain_slug(domain)}_{slug(identity(name))}"
    if domain:
        return domain_slug(domain)
    return slug(identity(name)) if name else ""


def domain_slug(domain: str) -> str:
    """Return the folder name of a domain."""
    if len(domain) <= SLUG_BYTES:
        return domain
    return f"{domain[:71]}-{sha256(domain.encode()).hexdigest()[:8]}"


@lru_cache(maxsize=8192)
def clean_domain(text: str) -> str:
    """Return a provider's domain in lower case, as A-labels, without ``www.``, else nothing."""
    try:
        host = clean_host(text.strip()).removeprefix("www.")
    except UrlError:
        return ""
    return host if _DOMAIN.fullmatch(host) and len(host) <= DOMAIN_CHARACTERS else ""
