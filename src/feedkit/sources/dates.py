"""Dates as people write them, parsed to instants in UTC. The only module that uses dateutil."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import cast

from ..limits import DATE_CHARACTERS
from ..syntax import REAL, make_plain

WANTED = "a date such as 2026-01-31T12:00:00Z"
# What `fromisoformat` reads besides is left out: weeks without a day, any character before the
# time, as in 1712013001234, a time without T and colons, which may be a year, and 24:00.
_ISO = re.compile(r"[0-9]{4}(-?)[0-9]{2}\1[0-9]{2}(?:(?:[Tt]| (?![0-9]{4}))(?!24).+)?")
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})(?![0-9])")
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY = re.compile(rf"(?<![a-z])({'|'.join(_WEEK)})", re.IGNORECASE)
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_MONTH = re.compile(rf"(?<![a-z])(?:{_MONTHS})", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+")
# A time with its offset, as 12:00:00.5 +0200 and 5 pm.
_CLOCK = re.compile(
    r"(?<![0-9])[0-9]{1,2}(?:(?::[0-9]{1,2}){1,2}(?:[.,][0-9]+)?(?: ?[ap]m)?| ?[ap]m)"
    r"(?: ?(?:UTC|GMT|Z))?(?: ?[-+][0-9]{1,2}(?::?[0-9]{2})?)?(?![0-9])",
    re.IGNORECASE,
)
# To dateutil, as to POSIX, GMT+3 is three hours behind, and to those who write it, ahead.
_POSIX_ZONE = re.compile(rf"(?<![a-z])(?!{_MONTHS}|am|pm)[a-z]{{1,5}}[-+][0-9]", re.IGNORECASE)
# Two days that share no year, month, day or week: what a date leaves out comes from these and
# differs.
_DEFAULTS = (datetime(2004, 1, 1), datetime(2008, 2, 20))  # noqa: DTZ001 (naive, as dateutil asks)


def read_date(value: object, zone: tzinfo) -> tuple[datetime, bool]:
    """Return the instant in UTC, cut to seconds, and whether `zone` had to be assumed.

    Args:
        value: A text, a date, a datetime, or an integer such as 20260131.
        zone: The time zone of dates without one.

    Raises:
        ValueError: It names no single instant: a part is missing, impossible, or could be
            read in two ways, as 01/02/2024.
    """
    if isinstance(value, str):
        found = _read_text(value.strip())
    elif type(value) is int and 0 < value < 10**8:  # YAML reads 20260131 as a number
        found = _read_text(str(value))
    elif isinstance(value, datetime):
        found = value
    elif isinstance(value, date):
        found = datetime.combine(value, time())
    else:
        raise ValueError(WANTED)
    found, assumed = (found, False) if found.tzinfo is UTC else _move_to_utc(found, zone)
    found = found.replace(microsecond=0) if found.microsecond else found
    if type(found) is not REAL.datetime:  # a subclass, or freezegun is active
        found = cast("datetime", make_plain(found))
    return found, assumed


def read_readings(value: object, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return the earliest and the latest instant that a date may mean, as 01/02/2024 does.

    Args:
        value: See `read_date`.
        zone: See `read_date`.

    Raises:
        ValueError: It is no date.
    """
    try:
        readings = [read_date(value, zone)[0]]
    except _AmbiguousError as error:
        readings = [read_date(reading, zone)[0] for reading in error.readings]
    return min(readings), max(readings)


def _move_to_utc(found: datetime, zone: tzinfo) -> tuple[datetime, bool]:
    try:
        assumed = found.utcoffset() is None
        return (found.replace(tzinfo=zone) if assumed else found).astimezone(UTC), assumed
    except Exception as error:  # OverflowError, or whatever another's time zone raises
        raise ValueError(WANTED) from error


def _read_text(text: str) -> datetime:
    if _ISO.fullmatch(text):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    return _guess_date(text)


def _guess_date(text: str) -> datetime:
    """Return the date that dateutil reads, if every reading gives the same."""
    if len(text) > DATE_CHARACTERS or text.isdigit() or not (text.isascii() and text.isprintable()):
        raise ValueError(WANTED)
    if _POSIX_ZONE.search(text):
        raise ValueError(f"{WANTED}, with an offset such as -05:00")
    parts = _YEAR_FIRST.match(text)
    if parts:
        text = f"{parts[1]}-{parts[3]:0>2}-{parts[4]:0>2}{text[parts.end() :]}"
    readings = _read_every_way(text, (False,) if parts else (False, True))
    if len(readings) > 1:
        reason = f"{WANTED}, which can be read in one way only"
        is_complete = all(_is_all_read(text, reading) for reading in readings)
        raise _AmbiguousError(reason, readings) if is_complete else ValueError(reason)
    found = readings.pop()
    # dateutil reads 2024-13-01 as 13 January.
    if (parts and found.date().isoformat() != text[:10]) or not _is_all_read(text, found):
        raise ValueError(WANTED)
    if any(found.weekday() != _WEEK.index(day.lower()) for day in _WEEKDAY.findall(text)):
        raise ValueError(f"{WANTED}, on the day of the week that it names")
    return found


def _is_all_read(text: str, found: datetime) -> bool:
    """Return whether `text` has the year in four digits, the day, one time and no other number.

    dateutil takes the century of 3/5/24 from the clock, and 122026 for 20:26 on the 12th.
    """
    rest, clocks = _CLOCK.subn(" ", text)
    numbers = _NUMBER.findall(rest)
    others = [number for number in numbers if len(number) < 3]
    years = [number for number in numbers if len(number) > 2]
    wanted = 1 if _MONTH.search(text) else 2
    return clocks < 2 and years == [f"{found.year:04}"] and len(others) == wanted


def _read_every_way(text: str, orders: tuple[bool, ...]) -> set[datetime]:
    from dateutil import parser  # 20 ms that most builds never need

    try:
        return {
            parser.parse(text, default=default, dayfirst=first, yearfirst=year, tzinfos=_find_zone)
            for default in _DEFAULTS
            for first in orders
            for year in orders
        }
    except _ZoneNameError:
        raise
    except (ValueError, ArithmeticError, TypeError, AttributeError) as error:
        raise ValueError(WANTED) from error


class _ZoneNameError(ValueError):
    pass


class _AmbiguousError(ValueError):
    """A date whose day and month could be exchanged."""

    def __init__(self, reason: str, readings: Iterable[datetime]) -> None:
        super().__init__(reason)
        self.readings = readings


def _find_zone(name: str | None, offset: int | None) -> tzinfo | None:
    """Return a zone that says its offset; names such as EST mean several.

    dateutil would take the names of this machine's own zone, and drop others with a warning.
    """
    if offset is not None:
        return timezone(timedelta(seconds=offset))
    if name is None:
        return None
    if name in ("UTC", "GMT", "Z"):
        return UTC
    raise _ZoneNameError(
        f"{WANTED}, with an offset such as -05:00: {name} may be one of several time zones"
    )
