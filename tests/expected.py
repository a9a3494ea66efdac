"""What feeds must hold by sections 3 to 6 of the encoding, at default settings, from records alone:
python tests/expected.py FOLDER... [--related links]. Equal records stand in order of file name."""

import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unicodedata import category, normalize
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

import idna
import yaml

SHARED = ("youtube.com", "medium.com", "github.com", "linkedin.com", "substack.com")
SITE, TITLE = "https://example.org/feeds/", "Example News"


def clean(value: object) -> str:
    text = (value if isinstance(value, str) else "").encode("utf-16", "surrogatepass")
    text = re.sub("[\u202a-\u202e\u2066-\u2069\ufffe\uffff]", "", text.decode("utf-16", "replace"))
    return " ".join(re.sub("[\0-\x1f\x7f-\x9f]", " ", text).split())


def canonical(text: str) -> str:
    pattern = r"(?ai)^(https?)://(\[[\da-f:.]+]|[^][\s.@:/?#\\][^][\s@:/?#\\]*)(?::(\d*))?"
    pattern += r"(?:/([^?#]*))?(?:\?([^#]*))?(?:#(?::~:.*)?|#(.+))?$"
    text = re.sub("[\0-\x1f\x7f-\x9f]", "", text).strip()
    [(scheme, host, port, path, query, mark)] = re.findall(pattern, text)
    host = host.lower() if host.isascii() else idna.encode(host, uts46=True).decode()
    port = f":{port}" if port and int(port) != (443 if scheme[4:] else 80) else ""
    kept = [p for p in query.split("&") if not re.match("(?ai)utm_|(fbcl|gcl)id(=|$)", p)]
    tail = f"/{path}?{'&'.join(kept)}".removesuffix("?" * (kept in ([], [""])))
    tail += "#" * bool(mark) + mark.replace("#", "%23")
    tail = quote(re.sub("%(?![0-9A-Fa-f]{2})", "%25", tail), safe="!#$&'()*+,;=:@/?%")
    return f"{scheme.lower()}://{host.removesuffix('.')}{port}{tail}"


def slug(name: str) -> str:
    """Of a topic or title; equal where, and only where, their identities are."""
    name = normalize("NFKC", name)
    text = re.sub("^[#@]", "", "".join(c for c in name.casefold() if category(c) != "Cf"))
    text = text.translate({38: " and ", 43: " plus ", 35: " sharp ", 64: " at "})
    text = "".join(c if category(c)[0] in "LM" or c.isdigit() else " " for c in text)
    text = " ".join(text.split()) or name
    made, digest = text.replace(" ", "-"), hashlib.sha256(text.encode()).hexdigest()[:8]
    odd = re.fullmatch(r"[\W_]+|con|prn|aux|nul|(com|lpt)[1-9]|.*-[0-9a-f]{8}", made)
    start = re.sub(r"^[\W_]+$", "x", made.encode()[:71].decode(errors="ignore"))
    return f"{start}-{digest}" if odd or len(made.encode()) > 80 else made


def article(row: Any, now: datetime) -> SimpleNamespace | None:
    """A record or an item of a related list; None without a usable title, URL or date."""
    try:
        text = {name: kept for name, value in row.items() if (kept := clean(value))}
        url = canonical(row["webUrl" if "webUrl" in text else "originalUrl"])
        stamps = text["publishedDateTime"], text.get("updatedDateTime", "0001-01-01T00Z")
        dates = [datetime.fromisoformat(stamp) for stamp in stamps]
        dates = [d.replace(tzinfo=d.tzinfo or UTC).astimezone(UTC) for d in dates]
        ...
