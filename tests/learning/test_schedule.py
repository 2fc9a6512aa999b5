"""When the night is due: once per local date, whatever clocks do."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from nanoverse.learning.schedule import due, newest, next_time, parse, settled

AT = parse("03:30")
NOV = 11
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1))


def test_a_night_is_due_from_its_time_on() -> None:
    assert due(datetime(2026, NOV, 23, 3, 29), AT, date(2026, NOV, 22)) is None
    assert due(datetime(2026, NOV, 23, 3, 30), AT, date(2026, NOV, 22)) == date(2026, NOV, 23)


def test_a_night_that_was_held_is_not_due_again_that_day() -> None:
    for hour in (3, 12, 23):
        assert due(datetime(2026, NOV, 23, hour, 45), AT, date(2026, NOV, 23)) is None
    assert due(datetime(2026, NOV, 24, 3, 45), AT, date(2026, NOV, 23)) == date(2026, NOV, 24)


def test_missed_nights_are_made_up_by_one() -> None:
    assert due(datetime(2026, NOV, 23, 20, 0), AT, date(2026, NOV, 1)) == date(2026, NOV, 23)
    assert due(datetime(2026, NOV, 23, 1, 0), AT, date(2026, NOV, 20)) == date(2026, NOV, 22)


def test_a_time_that_summer_time_skips_is_due_when_the_clock_has_passed_it() -> None:
    # 2026-03-29 in Berlin: 01:59 is followed by 03:00.
    at, last = parse("02:30"), date(2026, 3, 28)
    assert due(datetime(2026, 3, 29, 1, 59), at, last) is None
    assert due(datetime(2026, 3, 29, 3, 0), at, last) == date(2026, 3, 29)


def test_a_time_that_comes_twice_is_held_once() -> None:
    # 2026-10-25 in Berlin: 02:59 is followed by 02:00.
    at = parse("02:30")
    assert due(datetime(2026, 10, 25, 2, 30), at, date(2026, 10, 24)) == date(2026, 10, 25)
    assert due(datetime(2026, 10, 25, 2, 0), at, date(2026, 10, 25)) is None
    assert due(datetime(2026, 10, 25, 2, 30), at, date(2026, 10, 25)) is None


def test_a_clock_set_back_does_not_repeat_a_night() -> None:
    assert due(datetime(2026, NOV, 20, 12, 0), AT, date(2026, NOV, 23)) is None


def test_after_a_clock_that_ran_ahead_the_next_night_comes_in_its_time() -> None:
    now, last = datetime(2026, NOV, 23, 12, 0), date(2099, 1, 1)
    assert settled(now, AT, last) == date(2026, NOV, 23)
    assert next_time(now, AT, last) == datetime(2026, NOV, 24, 3, 30)


@given(MOMENTS, st.dates(date(2025, 1, 1), date(2027, 1, 1)))
def test_holding_what_is_due_leaves_nothing_due(now: datetime, last: date) -> None:
    night = due(now, AT, last)
    if night is not None:
        assert night <= now.date()
        assert due(now, AT, night) is None


@given(MOMENTS)
def test_every_date_has_exactly_one_night(start: datetime) -> None:
    last, held = newest(start, AT), []
    for minutes in range(0, 10 * 24 * 60, 37):
        night = due(start + timedelta(minutes=minutes), AT, last)
        if night is not None:
            held.append(night)
            last = night
    assert held == [newest(start, AT) + timedelta(days=i) for i in range(1, len(held) + 1)]
    assert len(held) in (9, 10)


@given(MOMENTS, st.dates(date(2025, 1, 1), date(2028, 1, 1)))
def test_the_next_time_is_when_a_night_becomes_due(now: datetime, last: date) -> None:
    at = next_time(now, AT, last)
    assert at >= now
    assert due(at, AT, settled(now, AT, last)) is not None
