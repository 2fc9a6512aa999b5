"""Day, night and weather."""

from __future__ import annotations

import pytest

from nanoverse.world import sky
from nanoverse.world.constants import DAY_START, DAY_TICKS, TICK_HZ
from nanoverse.world.simulation import Simulation

HOUR = DAY_TICKS // 24


def at(hour: int) -> int:
    return (hour * HOUR - DAY_START) % DAY_TICKS


def test_a_day_takes_twenty_minutes() -> None:
    assert DAY_TICKS == 20 * 60 * TICK_HZ
    assert sky.day_fraction(123) == sky.day_fraction(123 + DAY_TICKS)


def test_the_fraction_is_zero_at_midnight_and_half_at_noon_and_fits_two_bytes() -> None:
    assert sky.day_fraction(at(0)) == 0 and sky.day_fraction(at(12)) == 32768
    assert 65500 < sky.day_fraction(at(0) - 1) <= 65535


@pytest.mark.parametrize(
    ("hour", "time"),
    [
        (0, "night"),
        (4, "night"),
        (5, "dawn"),
        (7, "morning"),
        (11, "noon"),
        (13, "afternoon"),
        (18, "evening"),
        (21, "night"),
    ],
)
def test_every_hour_has_its_name(hour: int, time: str) -> None:
    assert sky.time_of_day(at(hour)) == time
    assert sky.time_of_day(at(hour) + 1) == time


def test_a_new_world_begins_on_a_clear_morning() -> None:
    world = Simulation(seed=77)
    assert (world.time_of_day(), world.weather()) == ("morning", "clear")
    assert {sky.weather(seed, 0) for seed in range(50)} == {"clear"}


def test_ticks_pass_the_day_and_a_world_goes_on_where_it_stopped() -> None:
    world = Simulation(seed=77, tick=at(12) - 2 * HOUR - 1)
    assert world.time_of_day() == "morning"
    for _ in range(HOUR + 1):
        world.tick([])
    assert world.time_of_day() == "noon"
    assert world.day_fraction() == sky.day_fraction(world.tick_number)


def test_each_weather_comes_and_clear_sky_is_most_common() -> None:
    spells = [sky.weather(3, spell * sky.WEATHER_TICKS) for spell in range(400)]
    assert set(spells) == {"clear", "rain", "fog", "snow"}
    assert max(spells, key=spells.count) == "clear"
    assert spells != [sky.weather(4, spell * sky.WEATHER_TICKS) for spell in range(400)]


def test_the_weather_holds_for_a_while() -> None:
    start = 17 * sky.WEATHER_TICKS
    assert len({sky.weather(3, start + tick) for tick in range(0, sky.WEATHER_TICKS, 100)}) == 1
