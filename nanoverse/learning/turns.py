"""In which order a night takes the players: the policy, over plain data."""

from __future__ import annotations

import math
from collections.abc import Iterable

from nanoverse.store.turns import Need


def in_turn(needs: Iterable[Need]) -> list[int]:
    """The players: who has something new to learn first, then by need.

    Among equals whom a night did not get to comes first, the one who has waited longest before the others: so all have
    their turn even where no window is long enough for everybody. Then comes who has no version that
    may speak, then the lowest gain, then the oldest version.
    """
    return [need.player for need in sorted(needs, key=_rank)]


def _rank(need: Need) -> tuple[bool, float, float, int, int]:
    waited = need.had if need.left else math.inf
    gain = -math.inf if need.gain is None else need.gain
    return not need.fresh, waited, gain, need.made or 0, need.player
