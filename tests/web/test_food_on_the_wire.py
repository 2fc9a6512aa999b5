"""A meal lasts over a new connection and over a restart, and the page is told for how long."""

from __future__ import annotations

from pathlib import Path

from house import House, give, open_house, settle

from nanoverse.bench.bot import Bot
from nanoverse.world.constants import FED
from nanoverse.world.simulation import Simulation

SEED = 3


async def fed(house: House) -> tuple[Bot, int]:
    """Ana, who connects, and for how many ticks she is told that her meal still lasts."""
    ana = house.bot("Ana")
    told = ana.expect("fed")
    await ana.connect()
    return ana, (await told)["ticks"]


async def test_who_has_eaten_is_still_fed_when_they_come_back_and_after_a_restart(tmp_path: Path) -> None:
    people = await settle(tmp_path / "data", "Ana")
    await give(tmp_path / "data", people["Ana"], *Simulation(SEED).spawn, ("bread", 1))
    async with open_house(tmp_path, "Ben", seed=SEED) as house:
        house.people |= people
        ana, ticks = await fed(house)
        assert ticks == 0
        assert (await ana.ask("eat"))[0] == "done"
        await ana.close()
        ana, before = await fed(house)
        assert FED // 2 < before <= FED
        await ana.close()
    async with open_house(tmp_path, "Eve", seed=SEED) as house:
        house.people |= people
        ana, after = await fed(house)
        assert FED // 2 < after <= before
        await ana.close()
