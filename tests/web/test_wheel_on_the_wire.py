"""Drive for me: one's own agent at the wheel while one watches, over real sockets."""

from __future__ import annotations

from pathlib import Path

import pytest
from house import open_house

from nanoverse.bench.bot import Refused
from nanoverse.protocol import AGENT, PLAYER, WORLD


async def test_any_input_takes_the_wheel_back_and_others_see_who_drives(tmp_path: Path) -> None:
    async with (
        open_house(tmp_path, "Ann", "Bob", away_seconds=3600) as house,
        house.player("Ann") as ann,
        house.player("Bob") as bob,
    ):
        for name, *values in (
            ("move", 1, 0),
            ("select", 2),
            ("say", WORLD, 0, "mine again"),
            ("drive", False),
        ):
            seen = bob.expect("driver", lambda told: told["id"] == ann.id and told["driver"] == AGENT)
            await ann.ask("drive", True)
            await seen
            seen = bob.expect("driver", lambda told: told["id"] == ann.id and told["driver"] == PLAYER)
            await ann.send(name, ann.next_ref(), *values)
            await seen


async def test_what_only_looks_leaves_the_agent_at_the_wheel(tmp_path: Path) -> None:
    async with open_house(tmp_path, "Ann", away_seconds=3600) as house, house.player("Ann") as ann:
        await ann.ask("drive", True)
        await ann.ask("history", WORLD, 0, 0)
        await ann.send("ping", 1)
        people = (await ann.ask("people"))[1]["people"]
        assert people == [[ann.id, "Ann", AGENT]]


async def test_a_world_without_agents_says_so(tmp_path: Path) -> None:
    async with open_house(tmp_path, "Ann", agents=False) as house, house.player("Ann") as ann:
        with pytest.raises(Refused, match="There are no agents in this world"):
            await ann.ask("drive", True)
