"""Scrolls, finds and the leaderboard over real sockets: told once committed, kept over a restart, and never minted."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from house import House, build, give, open_house, settle

from nanoverse.bench.bot import Bot, Refused
from nanoverse.chat.limits import RANKS
from nanoverse.store import accounts, finds, scrolls
from nanoverse.store.database import Database
from nanoverse.store.finds import POINTS
from nanoverse.world.simulation import Simulation

pytestmark = pytest.mark.asyncio

SEED = 5
X, Y = Simulation(SEED).spawn
SPOT = (X + 3, Y)
CALM = {"seed": SEED, "away_seconds": 3600, "commons": 0}


async def furnish(folder: Path) -> dict[str, int]:
    """Ada with two scrolls, and Ben six tiles to the east, on bare grass."""
    people = await settle(folder / "data", "Ada", "Ben")
    await build(folder / "data", X - 4, Y - 3, *["." * 20] * 7)
    await give(folder / "data", people["Ada"], X, Y, ("scroll", 2))
    await give(folder / "data", people["Ben"], X + 8, Y, ("stone", 5))
    return people


async def walk(bot: Bot, steps: int, dx: int) -> None:
    for _ in range(steps):
        await bot.send("move", bot.next_ref(), dx, 0)
        await asyncio.sleep(0.06)  # the server walks twenty a second, and drops what comes faster
    await asyncio.sleep(0.2)
    await bot.ask("select", 0)


async def as_player(house: House, name: str, path: str) -> dict[str, Any]:
    async with house.http(Cookie=f"nanoverse=token-of-{name}") as http:
        status, content = await http.get(path)
        assert status == 200
        return content


async def points(house: House, name: str) -> int:
    ranks = (await as_player(house, name, "api/leaderboard"))["ranks"]
    return next((rank["points"] for rank in ranks if rank["you"]), 0)


async def test_a_scroll_is_hidden_found_listed_and_goes_with_its_author(tmp_path: Path) -> None:
    people = await furnish(tmp_path)
    async with open_house(tmp_path, **CALM) as house:
        house.people |= people
        async with house.player("Ada") as ada, house.player("Ben") as ben:
            await ada.ask("hide", *SPOT, "  <b>Dig\u202e deeper</b>\x07 ")
            with pytest.raises(Refused, match="There is nothing in this message"):
                await ada.ask("hide", X + 1, Y, "\u200b")
            with pytest.raises(Refused, match="Write something"):
                await ada.ask("hide", X + 1, Y, "  ")
            waiting = ben.expect("discovered", lambda fields: fields["kind"] == "scroll")
            await walk(ben, 20, -1)
            find = await waiting
            assert (find["text"], find["by"], find["points"]) == (
                "<b>Dig deeper</b>",
                "Ada",
                POINTS["scroll"],
            )
        before = await points(house, "Ben")
    async with open_house(tmp_path, **CALM) as house:
        house.people |= people
        async with house.player("Ben") as ben:
            await walk(ben, 20, 1)
            await walk(ben, 20, -1)
        own = await as_player(house, "Ben", "api/me/finds")
        assert [(s["text"], s["by"], s["x"], s["y"]) for s in own["found"]] == [
            ("<b>Dig deeper</b>", "Ada", *SPOT)
        ]
        expected = POINTS["scroll"] + sum(
            own[f"{kind}s"] * POINTS[kind] for kind in ("place", "biome", "ruin")
        )
        assert await points(house, "Ben") == expected >= before
        hidden = (await as_player(house, "Ada", "api/me/finds"))["hidden"]
        assert [(s["text"], s["finders"]) for s in hidden] == [("<b>Dig deeper</b>", 1)]
    async with await Database.open(tmp_path / "data") as db:
        await db.write(lambda c: accounts.delete(c, people["Ada"]))
        assert await db.read(scrolls.hidden) == []
        assert await db.read(lambda c: finds.scrolls(c, people["Ben"], 9)) == []


async def test_what_somebody_hid_who_is_locked_by_now_is_not_shown_until_they_are_unlocked(
    tmp_path: Path,
) -> None:
    people = await furnish(tmp_path)
    async with open_house(tmp_path, **CALM) as house:
        house.people |= people
        async with house.player("Ada") as ada:
            await ada.ask("hide", *SPOT, "hello")
        async with house.player("Ben") as ben:
            await ben.post("api/admin/claim", token=str(house.admin_link).partition("token=")[2])
            await ben.post("api/admin/lock", player="Ada", locked=True)
            told = asyncio.ensure_future(ben.expect("discovered", lambda fields: fields["kind"] == "scroll"))
            await walk(ben, 20, -1)
            assert not told.done()
            told.cancel()
            assert (await as_player(house, "Ben", "api/me/finds"))["found"] == []
            await ben.post("api/admin/lock", player="Ada", locked=False)
            own = await as_player(house, "Ben", "api/me/finds")
            assert [s["text"] for s in own["found"]] == ["hello"]


async def test_two_windows_and_hiding_again_and_again_mint_nothing(tmp_path: Path) -> None:
    people = await furnish(tmp_path)
    async with open_house(tmp_path, **CALM) as house:
        house.people |= people
        async with house.player("Ada") as ada:
            await ada.ask("hide", *SPOT, "hello")
            one, two = house.bot("Ben"), house.bot("Ben")
            await asyncio.gather(one.connect(), two.connect(), return_exceptions=True)
            await asyncio.gather(walk(one, 20, -1), walk(two, 20, -1), return_exceptions=True)
            await asyncio.gather(one.close(), two.close(), return_exceptions=True)
            async with house.player("Ben") as ben:
                await walk(ben, 20, -1)
                await walk(ben, 20, 1)
                await walk(ada, 20, 1)  # over it, herself
                own = await as_player(house, "Ada", "api/me/finds")
                assert own["found"] == []
                await ada.ask("recover", own["hidden"][0]["id"])
                with pytest.raises(Refused, match="no such scroll of yours"):
                    await ada.ask("recover", own["hidden"][0]["id"])
        own = await as_player(house, "Ben", "api/me/finds")
        assert [s["text"] for s in own["found"]] == ["hello"]  # whoever found it keeps its words
        gained = sum(own[f"{kind}s"] * POINTS[kind] for kind in ("place", "biome", "ruin"))
        assert await points(house, "Ben") == POINTS["scroll"] + gained


async def test_a_map_names_what_its_player_has_discovered_and_nothing_else(tmp_path: Path) -> None:
    people = await furnish(tmp_path)
    world = Simulation(SEED)
    async with open_house(tmp_path, **CALM) as house:
        house.people |= people
        fresh = await as_player(house, "Ben", "api/me/landmarks")
        assert (fresh["landmarks"], fresh["spawn"]) == ([], {"x": X, "y": Y})
        async with house.player("Ben") as ben:
            await walk(ben, 20, -1)
        told = await as_player(house, "Ben", "api/me/landmarks")
        assert {mark["name"] for mark in told["landmarks"]} == {
            world.place_name(X + dx, Y) for dx in (2, 8)
        }, "it is told where one has been"
        assert told["atlas"] == fresh["atlas"]
        ada = await as_player(house, "Ada", "api/me/landmarks")
        assert ada["landmarks"] == [] and ada["atlas"] != told["atlas"]


async def test_who_is_not_logged_in_reads_no_leaderboard(tmp_path: Path) -> None:
    async with open_house(tmp_path, **CALM) as house, house.http() as http:
        assert (await http.get("api/leaderboard"))[0] == 401
        assert (await http.get("api/me/finds"))[0] == 401
        assert (await http.get("api/me/landmarks"))[0] == 401


async def test_whoever_asks_for_the_leaderboard_over_and_over_has_to_wait(tmp_path: Path) -> None:
    """It sums all finds of all players, and everybody's reads wait for it."""
    await settle(tmp_path / "data", "Ada", "Ben")
    async with open_house(tmp_path, **CALM) as house, house.http(Cookie="nanoverse=token-of-Ada") as ada:
        answers = await asyncio.gather(*(ada.get("api/leaderboard") for _ in range(2 * RANKS.count)))
        refused = [content for status, content in answers if status == 429]
        assert refused and refused[0] == {"error": RANKS.refusal}
        assert await points(house, "Ben") == 0, "and nobody else"
