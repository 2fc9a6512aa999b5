"""Paint over real sockets: seen by others, there again after a restart, and taken back by its land's owner."""

from __future__ import annotations

from pathlib import Path

import pytest
from house import build, give, open_house, settle

from nanoverse.bench.bot import Refused
from nanoverse.world.constants import CHUNK, PLOT
from nanoverse.world.simulation import Simulation

pytestmark = pytest.mark.asyncio

SEED = 5
X, Y = (PLOT * (at // PLOT) + PLOT // 2 for at in Simulation(SEED).spawn)  # the middle of a plot
CALM = {"seed": SEED, "away_seconds": 3600, "commons": 0}


async def test_paint_is_seen_kept_over_a_restart_and_rolled_back(tmp_path: Path) -> None:
    people = await settle(tmp_path / "data", "Ada", "Ben")
    await build(tmp_path / "data", X - 4, Y - 3, *["." * 9] * 7)
    await give(tmp_path / "data", people["Ada"], X, Y, ("stone", 1))
    await give(tmp_path / "data", people["Ben"], X + 2, Y, ("brush", 1))
    async with open_house(tmp_path, **CALM) as house:
        house.people |= people
        async with house.player("Ada") as ada, house.player("Ben") as ben:
            await ada.ask("claim", X, Y)
            with pytest.raises(Refused, match="This is Ada's land"):
                await ben.ask("paint", X + 1, Y, 64)
            await ada.ask("allow", people["Ben"], True)
            seen = ada.expect("block", lambda fields: fields["layer"] == 2)
            await ben.ask("paint", X + 1, Y, 64)
            told = await seen
            assert (told["x"], told["y"], told["block"], told["by"]) == (X + 1, Y, 64, people["Ben"])
            assert not any(rank["points"] for rank in (await ben.get("api/leaderboard"))["ranks"])
    async with open_house(tmp_path, **CALM) as house:
        house.people |= people
        chunks: dict[tuple[int, int], bytes] = {}
        ada = house.bot("Ada")
        ada.on_message = lambda name, v: chunks.update({(v[0], v[1]): v[4]}) if name == "chunk" else None
        await ada.connect()
        counted = await ada.post("api/me/rollback", player="Ben", minutes=60)
        assert {at for at, paint in chunks.items() if paint} == {((X + 1) // CHUNK, Y // CHUNK)}
        assert counted["tiles"] == 1 and counted["newest"][0]["layer"] == 2
        newest = counted["newest"][0]
        assert (newest["before"], newest["after"]) == (None, {"hue": "grey", "shade": "pale"})
        seen = ada.expect("block", lambda fields: fields["layer"] == 2)
        assert (await ada.post("api/me/rollback", player="Ben", minutes=60, do=True))["tiles"] == 1
        assert (await seen)["block"] == 0
        await ada.close()
