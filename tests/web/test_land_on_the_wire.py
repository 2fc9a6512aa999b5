"""Claims on the wire and on the disk: told to who sees the land and to whom it concerns, kept over a restart."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from house import give, open_house, settle

from nanoverse.bench.bot import Bot, Refused
from nanoverse.chat.limits import ALLOW
from nanoverse.chat.moderation import BLOCKED, MUTED
from nanoverse.store import accounts, land
from nanoverse.store.database import Database
from nanoverse.world.constants import PLOT
from nanoverse.world.simulation import Simulation

SEED = 5
SPOT = tuple(at + 200 for at in Simulation(SEED).spawn)
PLOT_HERE = SPOT[0] // PLOT, SPOT[1] // PLOT


async def beside_each_other(folder: Path, *names: str) -> None:
    people = await settle(folder / "data", *names)
    for number, name in enumerate(names):
        await give(folder / "data", people[name], SPOT[0] + number, SPOT[1], ("stone", 9))


async def come(bot: Bot) -> dict[str, object]:
    """Connect; what the player is told of their land."""
    told = bot.expect("land")
    await bot.connect()
    return dict(await told)


async def test_a_claim_is_seen_by_those_around_and_still_there_after_a_restart(tmp_path: Path) -> None:
    await beside_each_other(tmp_path, "Ana", "Ben")
    async with open_house(tmp_path, seed=SEED) as house:
        house.people.update(Ana=1, Ben=2)
        async with house.player("Ana") as ana, house.player("Ben") as ben:
            seen, own = ben.expect("plots"), ana.expect("land")
            assert (await ana.ask("claim", *SPOT))[0] == "done"
            chunk = await seen
            assert chunk["plots"] == [[*PLOT_HERE, ana.id, "Ana"]]
            assert (chunk["cx"], chunk["cy"]) == (SPOT[0] // 32, SPOT[1] // 32)
            assert (await own)["plots"] == [list(PLOT_HERE)]
            with pytest.raises(Refused, match="This is Ana's land"):
                await ben.ask("claim", *SPOT)
            guest = ben.expect("land")
            await ana.ask("allow", ben.id, True)
            assert (await guest)["hosts"] == [[ana.id, "Ana"]]
    async with open_house(tmp_path, seed=SEED) as house:
        house.people.update(Ana=1, Ben=2)
        ana, ben = house.bot("Ana"), house.bot("Ben")
        seen = ben.expect("plots")
        assert (await come(ana))["guests"] == [[ben.id, "Ben"]]
        assert (await come(ben))["hosts"] == [[ana.id, "Ana"]]
        assert (await seen)["plots"] == [[*PLOT_HERE, ana.id, "Ana"]]
        free = ben.expect("plots")
        await ana.ask("release", *SPOT)
        assert (await free)["plots"] == []
        await ana.ask("allow", ben.id, False)
        await ana.close()
        await ben.close()
    async with await Database.open(tmp_path / "data") as db:
        assert await db.read(lambda c: (land.claims(c), land.guests(c))) == ([], [])


async def test_who_is_blocked_is_a_guest_no_more_and_who_is_muted_is(tmp_path: Path) -> None:
    await beside_each_other(tmp_path, "Ana", "Ben")
    async with open_house(tmp_path, seed=SEED) as house:
        house.people.update(Ana=1, Ben=2)
        async with house.player("Ana") as ana, house.player("Ben") as ben:
            await ana.ask("claim", *SPOT)
            await ana.ask("allow", ben.id, True)
            await ben.ask("allow", ana.id, True)
            await ana.ask("shun", ben.id, MUTED)
            assert (await ben.ask("place", SPOT[0], SPOT[1] + 1, 0))[0] == "done"
            own, guest = ana.expect("land"), ben.expect("land")
            await ana.ask("shun", ben.id, BLOCKED)
            assert (await own)["guests"] == []
            told = await guest
            assert (told["guests"], told["hosts"]) == ([[ana.id, "Ana"]], [])
            with pytest.raises(Refused, match="This is Ana's land"):
                await ben.ask("dig", SPOT[0], SPOT[1] + 1)
            await ben.ask("shun", ana.id, BLOCKED)  # whose guest he is not
            await ana.ask("allow", ben.id, True)  # which nobody is kept from
            await ana.ask("shun", ben.id, MUTED)
    async with await Database.open(tmp_path / "data") as db:
        assert await db.read(land.guests) == [(1, 2)]


async def test_who_lets_somebody_build_and_forbids_it_again_and_again_is_asked_to_wait(
    tmp_path: Path,
) -> None:
    await beside_each_other(tmp_path, "Ana", "Ben")
    async with open_house(tmp_path, seed=SEED) as house:
        house.people.update(Ana=1, Ben=2)
        async with house.player("Ana") as ana, house.player("Ben") as ben:
            asked = [ana.ask("allow", ben.id, number % 2 == 0) for number in range(2 * ALLOW.count)]
            answers = await asyncio.gather(*asked, return_exceptions=True)
    refused = [str(answer) for answer in answers if isinstance(answer, Refused)]
    assert refused and set(refused) == {"Too many changes of mind at once; wait a moment."}
    assert len(answers) - len(refused) >= ALLOW.count


async def test_nobody_builds_where_everybody_arrives_unless_the_setting_says_so(tmp_path: Path) -> None:
    x, y = Simulation(SEED).spawn
    people = await settle(tmp_path / "data", "Ana")
    await give(tmp_path / "data", people["Ana"], x, y, ("stone", 9))
    async with open_house(tmp_path, seed=SEED) as house:
        house.people["Ana"] = people["Ana"]
        ana = house.bot("Ana")
        assert (await come(ana))["commons"] == 8
        with pytest.raises(Refused, match="Everybody arrives here: nobody builds"):
            await ana.ask("place", x + 1, y, 0)
        await ana.close()
    async with open_house(tmp_path, seed=SEED, commons=0) as house:
        house.people["Ana"] = people["Ana"]
        async with house.player("Ana") as ana:
            assert (await ana.ask("place", x + 1, y, 0))[0] == "done"


async def test_who_is_gone_owns_nothing_and_is_nobodys_guest(tmp_path: Path) -> None:
    people = await settle(tmp_path, "Ana", "Ben")

    def write(connection: sqlite3.Connection) -> None:
        land.put_claims(connection, [((1, 2), people["Ana"]), ((3, 4), people["Ben"]), ((5, 6), 99)], 1)
        land.put_guests(connection, [((people["Ana"], people["Ben"]), True), ((people["Ben"], 99), True)])
        accounts.delete(connection, people["Ana"])

    async with await Database.open(tmp_path) as db:
        await db.write(write)
        assert await db.read(lambda c: (land.claims(c), land.guests(c))) == ([(3, 4, people["Ben"])], [])
