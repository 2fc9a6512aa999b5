"""Signs and homes over a real socket: the rules of chat hold for signs, and all of it is there after a restart."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from house import build, give, open_house, settle

from nanoverse.bench.bot import Refused
from nanoverse.chat.limits import WRITE
from nanoverse.store import accounts, signs
from nanoverse.store.database import Database
from nanoverse.web.talk import Talk
from nanoverse.world.constants import UNIT
from nanoverse.world.simulation import Simulation

pytestmark = pytest.mark.asyncio

SEED = 5
X, Y = Simulation(SEED).spawn
SIGN, BED = (X + 1, Y - 1), (X + 1, Y + 1)


async def furnish(folder: Path) -> dict[str, int]:
    data = folder / "data"
    people = await settle(data, "Ada", "Ben")
    await build(data, X - 1, Y - 2, ".....", "..S..", ".....", "..B..", ".....", S="sign", B="bed")
    await give(data, people["Ada"], X, Y, ("stone", 5))
    await give(data, people["Ben"], X + 2, Y, ("stone", 5))
    return people


async def test_a_sign_is_cleaned_told_kept_and_goes_with_its_writer(tmp_path: Path) -> None:
    people = await furnish(tmp_path)
    async with open_house(tmp_path, seed=SEED, away_seconds=3600) as house:
        house.people |= people
        async with house.player("Ada") as ada, house.player("Ben") as ben:
            told = ben.expect("sign")
            # On lines of their own a few words would cover the world around.
            await ada.ask("write", *SIGN, "  Hollow\u202e\n\n Ford\x07 ")
            assert await told == {"x": SIGN[0], "y": SIGN[1], "text": "Hollow Ford", "by": "Ada"}
            for _ in range(WRITE.count - 1):
                await ada.ask("write", *SIGN, "Hollow Ford")
            with pytest.raises(Refused, match="You are writing too fast"):
                await ada.ask("write", *SIGN, "Hollow Ford")
            with pytest.raises(Refused, match="There is nothing in this message"):
                await ben.ask("write", *SIGN, "\u200b")
    async with open_house(tmp_path, seed=SEED, away_seconds=3600) as house:
        house.people |= people
        async with house.player("Ben") as ben:
            told = ben.expect("sign")
            await ben.send("look", *SIGN)
            assert (await told)["text"] == "Hollow Ford"
            await ben.send("look", X + 4000, Y)  # far away: no answer, and no harm
            await ben.ask("select", 0)
    async with await Database.open(tmp_path / "data") as db:
        await db.write(lambda c: accounts.delete(c, people["Ada"]))
        assert await db.read(signs.everything) == []


async def test_what_somebody_wrote_whom_one_shuns_is_not_read_from_signs(tmp_path: Path) -> None:
    people = await furnish(tmp_path)
    place = {"x": SIGN[0], "y": SIGN[1]}
    nothing, words = {**place, "text": "", "by": ""}, {**place, "text": "Rude", "by": "Ada"}
    async with open_house(tmp_path, seed=SEED, away_seconds=3600) as house:
        house.people |= people
        async with house.player("Ada") as ada:
            async with house.player("Ben") as ben:
                await ada.ask("write", *SIGN, "Rude")
                for level, told in ((1, nothing), (0, words), (2, nothing)):
                    shown = ben.expect("sign", lambda sign, told=told: sign == told)
                    await ben.ask("shun", ada.id, level)
                    await shown
                    looked = ben.expect("sign")
                    await ben.send("look", *SIGN)
                    assert await looked == told
                shown, heard = ada.expect("sign"), ben.expect("sign")
                await ada.ask("write", *SIGN, "Ruder")
                assert (await shown)["text"] == "Ruder"
                assert await heard == nothing
            async with house.player("Ben") as ben:
                looked = ben.expect("sign")
                await ben.send("look", *SIGN)
                assert await looked == nothing


async def test_whom_one_shuns_while_another_window_opens_is_not_read_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = await furnish(tmp_path)
    asked, shunned = asyncio.Event(), asyncio.Event()
    look_up = Talk.shunned

    async def slowly(self: Talk, player: int) -> frozenset[int]:
        known = await look_up(self, player)
        asked.set()
        await shunned.wait()
        return known

    async with open_house(tmp_path, seed=SEED, away_seconds=3600) as house:
        house.people |= people
        async with house.player("Ada") as ada, house.player("Ben") as ben:
            await ada.ask("write", *SIGN, "Rude")
            monkeypatch.setattr(Talk, "shunned", slowly)
            other = house.bot("Ben")
            told = other.expect("shunned")
            await other.open()
            await asked.wait()
            await ben.ask("shun", ada.id, 1)
            shunned.set()
            assert (await told)["shunned"] == [[ada.id, "Ada", False]]
            looked = other.expect("sign")
            await other.send("look", *SIGN)
            assert (await looked)["text"] == ""
            await other.close()


async def test_a_home_is_told_on_arrival_and_led_back_to(tmp_path: Path) -> None:
    people = await furnish(tmp_path)
    async with open_house(tmp_path, seed=SEED, away_seconds=3600) as house:
        house.people |= people
        async with house.player("Ada") as ada:
            told = ada.expect("home")
            await ada.ask("use", *BED)
            assert await told == {"x": BED[0], "y": BED[1], "known": True}
    async with open_house(tmp_path, seed=SEED, away_seconds=3600) as house:
        house.people |= people
        bot = house.bot("Ada")
        told = bot.expect("home")
        await bot.connect()
        assert (await told)["known"]
        for _ in range(30):
            await bot.send("move", bot.next_ref(), -1, 0)
        here = bot.expect("you")
        await bot.ask("return")
        while abs((await here)["x"] // UNIT - BED[0]) > 1:
            here = bot.expect("you")
        await bot.close()
