"""Making and arranging things over a real socket, and what of it is on the disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from house import give, open_house, settle

from nanoverse.bench.bot import Bot, Refused
from nanoverse.store import bodies
from nanoverse.store.database import Database
from nanoverse.world.blocks import by_name
from nanoverse.world.constants import SLOTS
from nanoverse.world.recipes import RECIPES
from nanoverse.world.simulation import Simulation

pytestmark = pytest.mark.asyncio

RECIPE = {recipe.name: recipe.id for recipe in RECIPES}
WOOD, PLANKS, STICK = (by_name(name).id for name in ("wood", "planks", "stick"))
SEED = 5


async def ask(bot: Bot, *question: str | int) -> list[list[int]]:
    """An input that takes effect; returns the slots as the player is told of them."""
    inventory = bot.expect("inventory")
    name, *values = question
    assert (await bot.ask(str(name), *values))[0] == "done"
    slots: list[list[int]] = [list(slot) for slot in (await inventory)["slots"]]
    return slots


async def test_a_player_makes_and_arranges_things_and_finds_them_again(tmp_path: Path) -> None:
    data = tmp_path / "data"
    people = await settle(data, "Ada")
    await give(data, people["Ada"], *Simulation(SEED).spawn, ("wood", 2), ("coal", 1))
    async with open_house(tmp_path, seed=SEED, away_seconds=3600) as house:
        house.people |= people
        async with house.player("Ada") as ada:
            slots = await ask(ada, "craft", RECIPE["planks"])
            assert len(slots) == SLOTS and slots[0] == [WOOD, 1] and slots[2] == [PLANKS, 4]
            assert (await ask(ada, "craft", RECIPE["stick"]))[2:4] == [[PLANKS, 2], [STICK, 4]]
            with pytest.raises(Refused, match="For a workbench you still need 2 planks"):
                await ada.ask("craft", RECIPE["workbench"])
            await ask(ada, "craft", RECIPE["planks"])
            with pytest.raises(Refused, match="For a stool a workbench must stand within your reach"):
                await ada.ask("craft", RECIPE["stool"])
            slots = await ask(ada, "swap", 2, SLOTS - 1)
            assert (slots[2], slots[SLOTS - 1]) == ([0, 0], [PLANKS, 2 + 4])
    async with await Database.open(data) as db:
        kept = await db.read(lambda c: bodies.get(c, people["Ada"]))
    assert kept is not None and [list(slot) for slot in kept.slots] == slots
