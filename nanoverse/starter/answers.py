"""The questions about the facts of a scene: what the starter must be able to answer.

Each is a function from a scene to an `Exchange`.
"""

from __future__ import annotations

from nanoverse.starter.exchange import Asker
from nanoverse.starter.oneself import (
    ask_agreed,
    ask_count,
    ask_did,
    ask_for_item,
    ask_holding,
    ask_home,
    ask_name,
    ask_unknown,
    ask_whether_did,
    ask_whom,
)
from nanoverse.starter.surroundings import (
    ask_biome,
    ask_near,
    ask_night,
    ask_place,
    ask_time,
    ask_weather,
    ask_where,
)

# Asked as often as they stand here: what a small model finds hardest, to list all and to know the times of day, most.
ASKERS: tuple[Asker, ...] = (
    *[ask_holding, ask_near, ask_night] * 5,
    *[ask_place, ask_did, ask_agreed] * 3,
    *[ask_for_item] * 2,
    *[
        ask_biome,
        ask_count,
        ask_home,
        ask_time,
        ask_weather,
        ask_whether_did,
        ask_name,
        ask_unknown,
        ask_where,
        ask_whom,
    ],
)
