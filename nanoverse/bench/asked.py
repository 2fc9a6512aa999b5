"""What issue and design ask of the learning figures, and the table that shows them side by side."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

LATE_MS = 50  # that no tick may be late while a night goes on
TICK_MS = 10  # by which a night may move the tick's p99


@dataclass(frozen=True, slots=True)
class Aim:
    """What is asked of a figure: in words, and whether a value meets it, given all figures."""

    words: str
    met: Callable[[float, Mapping[str, float]], bool]


AIMS = {
    "gain_nats": Aim("at least 0.35", lambda value, _: value >= 0.35),
    "own_beats_others": Aim("at least 0.95", lambda value, _: value >= 0.95),
    "worse_than_base": Aim("0", lambda value, _: value == 0),
    "worse_than_base_at_8": Aim("0", lambda value, _: value == 0),
    "dpo_before": Aim("below 0.2", lambda value, _: value < 0.2),
    "dpo_after": Aim("above 0.7", lambda value, _: value > 0.7),
    "dpo_kept": Aim("at least 0.9", lambda value, _: value >= 0.9),
    "canary_leaks": Aim("0", lambda value, _: value == 0),
    "control_leaks": Aim("1", lambda value, _: value == 1),
    "deletion_equal": Aim("1", lambda value, _: value == 1),
    "tick_ms_p99_idle": Aim("", lambda value, _: True),
    "tick_ms_p99_training": Aim(
        f"idle + {TICK_MS} at most",
        lambda value, all: value < all.get("tick_ms_p99_idle", math.nan) + TICK_MS,
    ),
    "late_ms_max_training": Aim(f"at most {LATE_MS}", lambda value, _: value <= LATE_MS),
    "duplicated_bytes": Aim("0", lambda value, _: value == 0),
    "serving_unchanged": Aim("1", lambda value, _: value == 1),
    "players_per_hour": Aim("", lambda value, _: True),
}


def rows(figures: Mapping[str, float], missing: Mapping[str, str]) -> list[tuple[str, str, str, str]]:
    """Figure, measured, asked and the judgement; what nothing is asked of comes last."""
    found = []
    for name, aim in AIMS.items():
        if name in figures:
            judged = "" if not aim.words else "yes" if aim.met(figures[name], figures) else "NO"
            found.append((name, f"{figures[name]:,.3f}", aim.words, judged))
        else:
            found.append((name, "not measured", aim.words, missing.get(name, "")))
    found += [(name, f"{value:,.3f}", "", "") for name, value in figures.items() if name not in AIMS]
    return found


def show(figures: Mapping[str, float], missing: Mapping[str, str]) -> None:
    table = [("figure", "measured", "asked", "met"), *rows(figures, missing)]
    widths = [max(len(row[at]) for row in table) for at in range(3)]
    for name, measured, words, judged in table:
        print(f"{name:<{widths[0]}}  {measured:>{widths[1]}}  {words:<{widths[2]}}  {judged}".rstrip())
