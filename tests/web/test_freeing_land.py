"""The admin frees all land of one player: seen by those around it, told to its owner, and kept over a restart."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from house import give, open_house, settle

from nanoverse.bench.bot import Refused
from nanoverse.store import accounts, land
from nanoverse.store.database import FILE, Database
from nanoverse.world.constants import PLOT
from nanoverse.world.simulation import Simulation

SEED = 5
SPOT = tuple(at + 200 for at in Simulation(SEED).spawn)
HERE = SPOT[0] // PLOT, SPOT[1] // PLOT
PLOTS = [HERE, (HERE[0], HERE[1] + 1), (HERE[0] + 20, HERE[1])]  # the last is out of sight


async def country(folder: Path) -> dict[str, int]:
    """Eve's land, on which all stand, but for one plot of it that is Ben's; Ann is the admin."""
    people = await settle(folder / "data", "Ann", "Ben", "Eve")
    for number, player in enumerate(people.values()):
        await give(folder / "data", player, SPOT[0] + number, SPOT[1], ("stone", 9))
    claims = [(plot, people["Eve"]) for plot in PLOTS] + [((HERE[0] - 1, HERE[1]), people["Ben"])]
    async with await Database.open(folder / "data") as db:
        await db.write(lambda c: accounts.make_admin(c, people["Ann"]))
        await db.write(lambda c: land.put_claims(c, claims, 1))
        await db.write(lambda c: land.put_guests(c, [((people["Eve"], people["Ben"]), True)]))
    return people


async def test_all_land_of_a_player_is_anybodys_again(tmp_path: Path) -> None:
    people = await country(tmp_path)
    async with open_house(tmp_path, seed=SEED) as house:
        house.people.update(people)
        async with house.player("Ann") as ann, house.player("Ben") as ben, house.player("Eve") as eve:
            with pytest.raises(Refused, match="This is Eve's land"):
                await ann.ask("place", SPOT[0], SPOT[1] + 1, 0)
            seen, own = ben.expect("plots", lambda chunk: eve.id not in owners(chunk)), eve.expect("land")
            assert await ann.post("api/admin/release", player="eve") == {"plots": 3}
            assert owners(await seen) <= {people["Ben"]}
            told = await own
            assert (told["plots"], told["guests"]) == ([], [[ben.id, "Ben"]]), "guests are for the next claim"
            await ann.ask("place", SPOT[0], SPOT[1] + 1, 0)
            await ben.ask("claim", *SPOT)
            assert await ann.post("api/admin/release", player="Eve") == {"plots": 0}
    async with await Database.open(tmp_path / "data") as db:
        assert {owner for *_, owner in await db.read(land.claims)} == {people["Ben"]}


def owners(chunk: dict[str, Any]) -> set[int]:
    return {owner for _, _, owner, _ in chunk["plots"]}


async def test_what_is_freed_is_on_disk_when_it_is_answered(tmp_path: Path) -> None:
    people = await country(tmp_path)
    async with open_house(tmp_path, seed=SEED) as house:
        house.people.update(people)
        async with house.player("Ann") as ann:
            assert [one["plots"] for one in (await ann.get("api/admin/status"))["locked"]] == []
            await ann.post("api/admin/lock", player="Eve", locked=True)
            assert [one["plots"] for one in (await ann.get("api/admin/status"))["locked"]] == [3]
            await ann.post("api/admin/release", player="Eve")
            stored = sqlite3.connect(tmp_path / "data" / FILE)
            assert {owner for *_, owner in land.claims(stored)} == {people["Ben"]}
            stored.close()
            assert [one["plots"] for one in (await ann.get("api/admin/status"))["locked"]] == [0]


async def test_only_the_admin_frees_land_and_only_of_players_that_there_are(tmp_path: Path) -> None:
    people = await country(tmp_path)
    async with open_house(tmp_path, seed=SEED) as house:
        house.people.update(people)
        async with house.player("Ann") as ann, house.player("Ben") as ben, house.http() as stranger:
            with pytest.raises(Refused, match="Only the admin may do that"):
                await ben.post("api/admin/release", player="Eve")
            assert (await stranger.post("api/admin/release", player="Eve"))[0] == 401
            for name in ("Nobody", None, ["Eve"]):
                with pytest.raises(Refused, match="There is no player called"):
                    await ann.post("api/admin/release", player=name)
            assert (await ann.post("api/admin/release", player="Eve"))["plots"] == 3
