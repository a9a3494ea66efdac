"""Plain text to text of XML and HTML, and instants as the formats write them."""

from __future__ import annotations

from datetime import datetime
from html import escape

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def escape_text(text: str) -> str:
    """Return `text` as it stands between two tags."""
    # Most text holds none of them, and looking costs a third of escaping.
    if "&" in text or "<" in text or ">" in text:
        return escape(text, quote=False)
    return text


def escape_value(text: str) -> str:
    """Return `text` as it stands in an attribute."""
    if "&" in text or "<" in text or ">" in text or '"' in text or "'" in text:
        return escape(text)
    return text


def format_instant(instant: datetime) -> str:
    """Return `instant`, which is in UTC, as RFC 3339 with a Z."""
    return instant.isoformat()[:19] + "Z"


def format_rfc822(instant: datetime) -> str:
    """Return `instant`, which is in UTC, as RSS has it; `email.utils` costs twice as much."""
    day, month = _DAYS[instant.weekday()], _MONTHS[instant.month - 1]
    return f"{day}, {instant.day:02} {month} {instant.isoformat()[:4]} {instant.time()} GMT"
