"""Dates as people write them to instants in UTC. The only room of dateutil."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

WANTED = "a date such as 2026-01-31T12:00:00Z"
# Two days that share no year, month or day: what a date leaves out comes from these and differs.
_DEFAULTS = (datetime(2004, 1, 1), datetime(2008, 2, 2))  # noqa: DTZ001 (naive, as dateutil asks)


def read_date(value: object, zone: tzinfo) -> tuple[datetime, bool]:
    """Return the instant in UTC, cut to seconds, and whether `zone` had to be assumed.

    Args:
        value: A text, a date, a datetime, or an integer such as 20260131.
        zone: Of dates that name none.

    Raises:
        ValueError: It names no single instant: a part is missing, impossible, or could be
            read in two ways, as 01/02/2024.
    """
    if type(value) is int:  # YAML reads 20260131 as a number
        value = str(value)
    if isinstance(value, str):
        found = _read_text(value.strip())
    elif isinstance(value, datetime):
        found = value
    elif isinstance(value, date):
        found = datetime.combine(value, time())
    else:
        raise ValueError(WANTED)
    assumed = found.tzinfo is None
    try:
        found = (found.replace(tzinfo=zone) if assumed else found).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(WANTED) from error
    return (found.replace(microsecond=0) if found.microsecond else found), assumed


def _read_text(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return _guess_date(text)


def _guess_date(text: str) -> datetime:
    """Return what dateutil reads, if every way to read it gives the same."""
    from dateutil import parser  # 20 ms that most builds never need

    if text.isdigit() or not text.isprintable():
        raise ValueError(WANTED)
    try:
        readings = {
            parser.parse(text, default=default, dayfirst=first, yearfirst=year, tzinfos=_find_zone)
            for default in _DEFAULTS
            for first in (False, True)
            for year in (False, True)
        }
    except (ValueError, OverflowError, TypeError, AttributeError) as error:
        raise ValueError(WANTED) from error
    if len(readings) > 1:
        raise ValueError(f"{WANTED}, which can be read in one way only")
    return readings.pop()


def _find_zone(name: str | None, offset: int | None) -> tzinfo:
    """Return a zone that says its offset; names such as EST mean several.

    dateutil would take the names of this machine's own zone, and drop others with a warning.
    """
    if offset is not None:
        return timezone(timedelta(seconds=offset))
    if name in ("UTC", "GMT", "Z"):
        return UTC
    raise ValueError(f"unknown time zone {name!r}")
