"""Dates as people write them: read as one instant, or not at all."""

import time
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feedkit.sources.dates import read_date

BERLIN = ZoneInfo("Europe/Berlin")
WANTED = "a date such as 2026-01-31T12:00:00Z"
AMBIGUOUS = f"{WANTED}, which can be read in one way only"


class Unknown(tzinfo):
    """A zone that does not know its offset."""

    def utcoffset(self, moment: datetime | None) -> None:
        return None

    dst = tzname = utcoffset


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("2026-03-01T12:00:00Z", "2026-03-01T12:00:00"),
        ("2026-03-01T12:00:00.999999Z", "2026-03-01T12:00:00"),
        ("2026-03-01T12:00+02:00", "2026-03-01T10:00:00"),
        ("2026-03-01 12:00:00+0200", "2026-03-01T10:00:00"),
        ("20260301T120000Z", "2026-03-01T12:00:00"),
        ("2026-03-01 12:00:00 UTC", "2026-03-01T12:00:00"),
        ("2026-3-1 12:00 +0200", "2026-03-01T10:00:00"),
        ("Sun, 01 Mar 2026 12:00:00 GMT", "2026-03-01T12:00:00"),
        ("Sun, 01 Mar 2026 12:00:00 -0500 (EST)", "2026-03-01T17:00:00"),
        ("Sun Mar  1 12:00:00 +0000 2026", "2026-03-01T12:00:00"),
        ("1-MAR-2026 5:00:00.5 PM+02", "2026-03-01T15:00:00"),
        (datetime(2026, 3, 1, 12, 0, 0, 5, UTC), "2026-03-01T12:00:00"),
        (datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=1))), "2026-03-01T11:00:00"),
    ],
)
def test_a_date_with_a_zone_is_that_instant_in_utc(value: object, wanted: str) -> None:
    assert read_date(value, BERLIN) == (datetime.fromisoformat(wanted + "+00:00"), False)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("2026-03-01T12:00:00", "2026-03-01T11:00:00"),
        ("2026-07-01T12:00:00", "2026-07-01T10:00:00"),
        (" 2026-03-01 ", "2026-02-28T23:00:00"),
        ("20260301", "2026-02-28T23:00:00"),
        (20260301, "2026-02-28T23:00:00"),
        ("2026-3-1", "2026-02-28T23:00:00"),
        ("2026/03/01", "2026-02-28T23:00:00"),
        ("2026.03.02", "2026-03-01T23:00:00"),
        ("1 March 2026", "2026-02-28T23:00:00"),
        ("Mar 1st, 2026", "2026-02-28T23:00:00"),
        ("Sunday, March 1, 2026 at 5pm", "2026-03-01T16:00:00"),
        ("1 March 2026 12:00 PM", "2026-03-01T11:00:00"),
        ("13/01/2026", "2026-01-12T23:00:00"),
        ("2026-03-29T02:30", "2026-03-29T01:30:00"),  # an hour that clocks skip
        (date(2026, 3, 1), "2026-02-28T23:00:00"),
        (datetime(2026, 3, 1, 12), "2026-03-01T11:00:00"),  # noqa: DTZ001
        (datetime(2026, 3, 1, 12, tzinfo=Unknown()), "2026-03-01T11:00:00"),
    ],
)
def test_a_date_without_a_zone_is_in_the_sites(value: object, wanted: str) -> None:
    assert read_date(value, BERLIN) == (datetime.fromisoformat(wanted + "+00:00"), True)


@pytest.mark.parametrize(
    "value",
    [
        *("", "soon", "today", "12", "2026", "2026-13-01", "2026-02-30", "2026-03-01T25:00"),
        *("2026-03-01T24:00", "2016-12-31T23:59:60Z", "2026-W05", "2026-060", "1712013001234"),
        *("1712013001", "2026-03-01x12:00", "2026-03-01 12:00 EST", "2026-03-01 12:00 CET"),
        *("3/4/26", "3 mars 2026", "2026-03-01T12:00+24:00", "1" * 5000, "٢٠٢٦-٠٣-٠١"),
        *(12, 2026, -20260301, 1712013001234, 10**5000, True, 1.5, None, [], {}),
        *("0001-01-01T00:00+01:00", "9999-12-31T23:59-01:00"),
        *(",122026", "122026at", "T122026", "2026-03-01 2026", "20260301 2026", "31.Jan02026'"),
        *("1 March 2026 3", "1 3 2026 3", "1 March 2026 10:00 12:00", "1\tMarch 2026"),
        *("1 March 2\x00026", "1 March 2026\x00", "1 March 2026 １pm"),
    ],
    ids=lambda value: str(value)[:20] if isinstance(value, str) else type(value).__name__,
)
def test_what_names_no_day_is_no_date(value: object) -> None:
    with pytest.raises(ValueError, match=f"^{WANTED}"):
        read_date(value, UTC)


@pytest.mark.parametrize("zone", ["GMT+3", "UTC-5", "Z+3", " EST+5", " GMT+0300"])
def test_a_zone_with_a_sign_of_its_own_is_ahead_or_behind(zone: str) -> None:
    with pytest.raises(ValueError, match=f"^{WANTED}, with an offset such as -05:00$"):
        read_date(f"2026-03-01 12:00{zone}", UTC)


def test_a_zone_that_only_has_a_name_is_said_to_be_the_reason() -> None:
    reason = "with an offset such as -05:00: EST may be one of several time zones"
    with pytest.raises(ValueError, match=f"^{WANTED}, {reason}$"):
        read_date("2026-05-01 08:30 EST", UTC)


@pytest.mark.parametrize("text", ["Mon, 01 Mar 2026 12:00:00 GMT", "2026-03-01, saturday"])
def test_a_date_on_another_day_of_the_week_than_it_names_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{WANTED}, on the day of the week that it names$"):
        read_date(text, UTC)


@pytest.mark.parametrize(
    "text", ["May", "May 2026", "3 May", "Friday May 2026", "01/02/2026", "3.5.2026", "10:00"]
)
def test_a_date_that_leaves_a_part_to_the_reader_is_ambiguous(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{AMBIGUOUS}$"):
        read_date(text, UTC)


TEXTS = st.text("0123456789-/:.TZ +,aMpJnuryWed", max_size=24) | st.text(max_size=24)


@given(TEXTS | st.datetimes().map(str) | st.dates().map("{:%d %B %Y}".format))
@example("3 May 2026 10:00 EST")
@example("10:00 3/3/26")
def test_a_date_is_the_same_wherever_and_whenever_it_is_read(text: str) -> None:
    found = []
    for name in ("UTC", "EST5EDT", "Asia/Tokyo"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TZ", name)
            time.tzset()
            try:
                found.append(str(read_date(text, UTC)))
            except ValueError as error:
                found.append(str(error))
    time.tzset()
    assert len(set(found)) == 1


@given(TEXTS | st.integers() | st.floats() | st.datetimes(timezones=st.timezones()))
def test_an_instant_is_in_utc_and_whole_seconds(value: object) -> None:
    try:
        found, _ = read_date(value, BERLIN)
    except ValueError:
        return
    assert (found.tzinfo, found.microsecond) == (UTC, 0)
