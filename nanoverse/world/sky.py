"""Time of day and weather: functions of the seed and the tick alone."""

from __future__ import annotations

import numpy as np

from nanoverse.world.constants import DAY_START, DAY_TICKS
from nanoverse.world.noise import hashed, salted

WEATHER_TICKS = DAY_TICKS // 6  # how long the sky stays the same at least
_WEATHERS = ("clear",) * 10 + ("rain",) * 3 + ("fog",) * 2 + ("snow",)
_TIMES = (
    (5, "night"),
    (7, "dawn"),
    (11, "morning"),
    (13, "noon"),
    (18, "afternoon"),
    (21, "evening"),
    (24, "night"),
)


def day_fraction(tick: int) -> int:
    """How far the day has come, 0 to 65535: 0 is midnight, 32768 noon."""
    return (tick + DAY_START) % DAY_TICKS * 65536 // DAY_TICKS


def time_of_day(tick: int) -> str:
    """dawn, morning, noon, afternoon, evening or night."""
    hour = (tick + DAY_START) % DAY_TICKS * 24 // DAY_TICKS
    return next(name for until, name in _TIMES if hour < until)


def weather(seed: int, tick: int) -> str:
    """clear, rain, fog or snow; a new world begins under a clear sky."""
    spell = tick // WEATHER_TICKS
    if spell == 0:
        return "clear"
    bits = hashed(np.array([spell]), np.array([0]), np.array([salted(seed, "weather")], np.uint64))
    return _WEATHERS[int(bits[0]) % len(_WEATHERS)]
