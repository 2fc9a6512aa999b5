"""When the night is due and until when: once per local date, within its window, whatever clocks do."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from nanoverse.learning import schedule
from nanoverse.learning.schedule import Window, closing, newest, next_time, parse, settled

AT = parse("03:30")
NOV = 11
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1))
NIGHT = Window(AT, timedelta(hours=6))
LONG_AGO = datetime(2020, 1, 1)


def due(now: datetime, at: time, last: date) -> date | None:
    """What is due on a machine that has just come on."""
    return schedule.due(now, Window(at, timedelta(hours=6)), last, now)


def test_a_night_that_was_not_held_in_its_window_is_not_begun_by_day() -> None:
    last = date(2026, NOV, 22)
    for moment in (datetime(2026, NOV, 23, 3, 30), datetime(2026, NOV, 23, 9, 29)):
        assert schedule.due(moment, NIGHT, last, LONG_AGO) == date(2026, NOV, 23)
    for moment in (datetime(2026, NOV, 23, 9, 30), datetime(2026, NOV, 24, 3, 29)):
        assert schedule.due(moment, NIGHT, last, LONG_AGO) is None
    assert schedule.due(datetime(2026, NOV, 24, 3, 30), NIGHT, last, LONG_AGO) == date(2026, NOV, 24)


def test_a_window_may_pass_midnight() -> None:
    late = Window(parse("22:00"), timedelta(hours=6))
    for moment, night in (
        (datetime(2026, NOV, 23, 22, 0), date(2026, NOV, 23)),
        (datetime(2026, NOV, 24, 3, 59), date(2026, NOV, 23)),
        (datetime(2026, NOV, 24, 4, 0), None),
    ):
        assert schedule.due(moment, late, date(2026, NOV, 22), LONG_AGO) == night


def test_a_machine_that_was_off_until_the_window_had_closed_has_one_as_long_when_it_comes_on() -> None:
    last, since = date(2026, NOV, 22), datetime(2026, NOV, 23, 14, 0)
    assert closing(date(2026, NOV, 23), NIGHT, since) == datetime(2026, NOV, 23, 20, 0)
    assert schedule.due(since, NIGHT, last, since) == date(2026, NOV, 23)
    assert schedule.due(datetime(2026, NOV, 23, 20, 0), NIGHT, last, since) is None


def test_a_machine_that_comes_on_within_the_window_keeps_to_it() -> None:
    since = datetime(2026, NOV, 23, 9, 0)
    assert closing(date(2026, NOV, 23), NIGHT, since) == datetime(2026, NOV, 23, 9, 30)


def test_no_window_reaches_into_the_next_night() -> None:
    night, tomorrow = date(2026, NOV, 23), datetime(2026, NOV, 24, 3, 30)
    assert closing(night, NIGHT, datetime(2026, NOV, 24, 1, 0)) == tomorrow
    assert closing(night, Window(AT, timedelta(hours=24)), LONG_AGO) == tomorrow


def test_a_window_that_summer_time_skips_as_a_whole_is_made_up_for() -> None:
    # 2026-03-29 in Berlin: 01:59 is followed by 03:00, and who looks at the clock takes that for a sleep.
    half_an_hour, woke = Window(parse("02:15"), timedelta(minutes=30)), datetime(2026, 3, 29, 3, 0)
    assert schedule.due(woke, half_an_hour, date(2026, 3, 28), woke) == date(2026, 3, 29)


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
    assert next_time(now, AT) == datetime(2026, NOV, 24, 3, 30)


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
def test_the_next_time_is_when_the_night_after_this_one_becomes_due(now: datetime, last: date) -> None:
    at = next_time(now, AT)
    assert at > now
    held = settled(now, AT, last)
    assert schedule.due(at, NIGHT, held, LONG_AGO) == newest(now, AT) + timedelta(days=1)
    assert schedule.due(at - timedelta.resolution, NIGHT, newest(now, AT), LONG_AGO) is None


@given(MOMENTS, MOMENTS)
def test_a_window_is_as_long_as_was_said_or_ends_with_the_next_night(now: datetime, since: datetime) -> None:
    night = newest(now, AT)
    opening, closes = datetime.combine(night, AT), closing(night, NIGHT, min(since, now))
    assert opening < closes <= opening + timedelta(days=1)
    assert closes in (
        opening + NIGHT.length,
        min(since, now) + NIGHT.length,
        opening + timedelta(days=1),
    )
