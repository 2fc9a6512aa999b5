"""What one's own agent built or dug is undone from the digest: just that, by nobody else, and nothing multiplies."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from house import House, build, give, open_house, settle

from nanoverse.agents.diary import Diary
from nanoverse.agents.memory import Memory
from nanoverse.bench.bot import Bot, Refused
from nanoverse.protocol import AGENT
from nanoverse.store import accounts, changes, deeds, digests
from nanoverse.store.changes import Change
from nanoverse.store.database import FILE, Database
from nanoverse.store.deeds import Deed
from nanoverse.web.interest import Interest
from nanoverse.web.ticker import Ticker
from nanoverse.world.blocks import AIR, by_name
from nanoverse.world.bodies import BodyState
from nanoverse.world.constants import SLOTS, STACK, UNIT
from nanoverse.world.inputs import Dig, Input, Place
from nanoverse.world.simulation import Simulation

SEED = 5
X, Y = (at + 200 for at in Simulation(SEED).spawn)
PLANKS, WOOD, OAK, STONE = (by_name(name).id for name in ("planks", "wood", "oak", "stone"))
NOW = time.time_ns() // 1_000_000
BEGAN = NOW - 60_000


def change(player: int, x: int, before: int, after: int, **more: int) -> Change:
    """At tile x, Y, in the first second of the absence unless `time` says when."""
    told = {"by_agent": True, "gave": AIR, "cost": AIR, "time": BEGAN} | more
    return Change(x, Y, 1, before, after, player, **told)  # type: ignore[arg-type]


def log(folder: Path, found: list[Change], *done: Deed) -> None:
    connection = sqlite3.connect(folder / "data" / FILE, isolation_level=None)
    changes.put(connection, found)
    deeds.add(connection, done)
    connection.close()


def deed(player: int, verb: str, what: str, count: int, since: int = BEGAN) -> Deed:
    return Deed(player, since, verb, what, count, X, Y, since + 30_000)


@asynccontextmanager
async def farm(folder: Path, *things: tuple[str, int]) -> AsyncIterator[House]:
    """Ann was away: her agent put down three planks, of which one stands as another block now, and felled an oak."""
    people = await settle(folder / "data", "Ann", "Bob")
    await build(folder / "data", X - 3, Y - 1, "........", "...PPS..", "........", P="planks", S="stone")
    await give(folder / "data", people["Ann"], X + 1, Y + 1, *things)
    await give(folder / "data", people["Bob"], X - 2, Y + 1, ("stone", 5))
    ann, bob = people["Ann"], people["Bob"]
    log(
        folder,
        [
            *(change(ann, X + i, AIR, PLANKS, cost=PLANKS) for i in range(3)),
            change(bob, X + 2, PLANKS, STONE, by_agent=False, time=BEGAN + 5000),
            change(ann, X - 1, OAK, AIR, gave=WOOD),
            # Not of this absence, and not by the agent.
            change(ann, X + 4, AIR, PLANKS, cost=PLANKS, time=BEGAN - 5000),
            change(ann, X + 4, AIR, PLANKS, cost=PLANKS, by_agent=False),
        ],
        deed(ann, "placed", "planks", 3),
        deed(ann, "gathered", "wood", 1),
        deed(ann, "made", "planks", 8),
    )
    async with open_house(folder, seed=SEED, commons=0, away_seconds=3600) as house:
        house.people |= people
        yield house


async def undo(bot: Bot, verb: str, what: str, since: int = BEGAN) -> dict[str, Any]:
    return await bot.post("api/me/digest/undo", since=since, verb=verb, what=what)


async def carried(bot: Bot) -> dict[int, int]:
    told = bot.expect("inventory")
    await bot.ask("swap", 25, 26)
    counts: dict[int, int] = {}
    for block, count in (await told)["slots"]:
        counts[block] = counts.get(block, 0) + count
    return {block: count for block, count in counts.items() if count}


async def shown(bot: Bot, verb: str, what: str) -> tuple[int, int]:
    """How the line of a deed in the digest stands: changes that stand, and that were taken back."""
    (line,) = [
        line
        for line in (await bot.get("api/me/digest"))["deeds"]
        if (line["verb"], line["what"]) == (verb, what)
    ]
    return line["standing"], line["undone"]


async def test_just_what_the_agent_built_in_that_absence_goes_back_and_the_line_says_so(
    tmp_path: Path,
) -> None:
    async with farm(tmp_path, ("wood", 1)) as house, house.player("Ann") as ann, house.player("Bob") as bob:
        assert await shown(ann, "placed", "planks") == (3, 0)
        seen = bob.expect("block", lambda f: f["x"] == X and f["block"] == AIR)
        done = await undo(ann, "placed", "planks")
        assert done == {"tiles": 2, "left": {"somebody changed it since": 1}, "standing": 1, "undone": 2}
        await seen
        assert await carried(ann) == {WOOD: 1, PLANKS: 2}
        assert await shown(ann, "placed", "planks") == (1, 2)
        again = await undo(ann, "placed", "planks")
        assert again["tiles"] == 0 and again["undone"] == 2
        assert await carried(ann) == {WOOD: 1, PLANKS: 2}, "nothing is given twice"


async def test_what_was_dug_is_there_again_and_the_thing_is_taken_for_it(tmp_path: Path) -> None:
    async with farm(tmp_path, ("wood", 1)) as house, house.player("Ann") as ann:
        assert await undo(ann, "gathered", "wood") == {"tiles": 1, "left": {}, "standing": 0, "undone": 1}
        assert await carried(ann) == {}
        with pytest.raises(Refused, match="There is nothing left of it to undo"):
            await undo(ann, "gathered", "wood")


async def test_what_is_gone_or_finds_no_room_stays_as_it_is_and_says_why(tmp_path: Path) -> None:
    async with farm(tmp_path) as house, house.player("Ann") as ann:
        gone = await undo(ann, "gathered", "wood")
        assert gone == {"tiles": 0, "left": {"what was taken is gone": 1}, "standing": 1, "undone": 0}
    full = tmp_path / "full"
    async with farm(full, *[("stone", STACK)] * SLOTS) as house, house.player("Ann") as ann:
        left = (await undo(ann, "placed", "planks"))["left"]
        assert left == {"there is no room for what was placed": 2, "somebody changed it since": 1}


async def test_asked_for_twice_at_once_it_is_done_once(tmp_path: Path) -> None:
    async with farm(tmp_path) as house, house.player("Ann") as ann:
        answers = await asyncio.gather(
            *(undo(ann, "placed", "planks") for _ in range(4)), return_exceptions=True
        )
        done = [answer["tiles"] for answer in answers if isinstance(answer, dict)]
        refused = [str(answer) for answer in answers if isinstance(answer, Refused)]
        assert sum(done) == 2 and len(done) + len(refused) == 4
        assert all("Another roll-back is under way" in sentence for sentence in refused)
        assert await carried(ann) == {PLANKS: 2}


async def test_nobody_undoes_anothers_deeds_and_what_makes_no_sense_gets_a_sentence(tmp_path: Path) -> None:
    async with (
        farm(tmp_path) as house,
        house.player("Ann") as ann,
        house.player("Bob") as bob,
        house.http() as stranger,
    ):
        assert (await stranger.post("api/me/digest/undo", since=BEGAN, verb="placed", what="planks"))[
            0
        ] == 401
        with pytest.raises(Refused, match="Your agent has done no such thing"):
            await undo(bob, "placed", "planks")
        for asked, sentence in (
            ({"since": BEGAN, "verb": "made", "what": "planks"}, "What was made cannot be undone"),
            ({"since": BEGAN - 1, "verb": "placed", "what": "planks"}, "Your agent has done no such thing"),
            ({"since": -1, "verb": "placed", "what": "planks"}, "since must be whole numbers"),
            ({"since": BEGAN, "verb": 7, "what": "planks"}, "A deed is told by"),
            ({}, "A deed is told by"),
        ):
            with pytest.raises(Refused, match=sentence):
                await ann.post("api/me/digest/undo", **asked)
        asked_often = await asyncio.gather(
            *(undo(bob, "placed", "planks") for _ in range(20)), return_exceptions=True
        )
        assert "Too many roll-backs at once; wait a minute." in {str(answer) for answer in asked_often}


async def test_on_land_that_is_anothers_by_now_nothing_is_touched(tmp_path: Path) -> None:
    async with farm(tmp_path) as house, house.player("Ann") as ann, house.player("Bob") as bob:
        await bob.ask("claim", X - 2, Y + 1)
        his = sum((X + i) // 16 == (X - 2) // 16 for i in range(2))
        done = await undo(ann, "placed", "planks")
        assert done["tiles"] == 2 - his
        assert done["left"].get("it is somebody else's land now", 0) == his


@pytest.mark.parametrize("bound", ["MOST", "MOST_CHANGES"])
async def test_what_is_too_much_at_once_is_refused_with_a_way_that_there_is_and_goes_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    """A deed has no time or area to choose; a roll-back has. The log of the tile that Bob changed holds two changes."""
    monkeypatch.setattr(f"nanoverse.web.rollback.{bound}", 2)
    async with farm(tmp_path) as house, house.player("Ann") as ann:
        with pytest.raises(Refused) as told:
            await undo(ann, "placed", "planks")
        assert str(told.value) == (
            "That is too much to undo at once. On your own land you can roll back what your agent did around you, and"
            " the admin can anywhere, area by area."
        )
        assert await carried(ann) == {}
        with closing(sqlite3.connect(tmp_path / "data" / FILE, isolation_level=None)) as connection:
            accounts.make_admin(connection, house.people["Ann"])
        by_area = [
            await ann.post(
                "api/admin/rollback", player="Ann", agent=True, minutes=1440, x=x, y=Y, radius=0, do=True
            )
            for x in range(X, X + 3)
        ]
        assert [done["tiles"] for done in by_area] == [1, 1, 0]
        assert await carried(ann) == {PLANKS: 2}


async def test_the_log_and_the_diary_agree_on_what_an_agent_did_in_an_absence(db: Database) -> None:
    """The real parts that write both: a deed finds the changes that it was, those of its first tick among them."""
    mira = (await db.write(lambda c: accounts.create(c, "Mira", "mira", "", 0, 1))).id
    lawn = [
        (x, y, layer, by_name("grass").id if layer == 0 else AIR)
        for x in range(-9, 9)
        for y in range(-9, 9)
        for layer in (0, 1)
    ]
    world = Simulation(SEED, [*lawn, (2, 0, 1, by_name("poppy").id)])
    slots = [(PLANKS, 5)] + [(AIR, 0)] * (SLOTS - 1)
    body = world.add_body(mira, "Mira", 0, BodyState(UNIT // 2, UNIT // 2, 0, 0, slots))
    todo: list[tuple[int, Input]] = []
    ticker = Ticker(world, Interest(world), db, lambda: [todo.pop(0)] if todo else [])
    memory = Memory(world)
    diary = Diary(world, db, lambda player: body.driver == AGENT, lambda: time.time_ns() // 1_000_000)
    memory.noted = diary.note
    memory.meet(body)
    ticker.sinks.append(memory.notice)

    async def live(*given: Input, ticks: int = 12) -> None:
        todo.extend((mira, one) for one in given)
        for _ in range(ticks):
            ticker.tick()
        await ticker.ledger.commit(everything=True)

    await live(Place(1, 0, 2, 0))  # in person
    body.driver = AGENT
    await live(Place(2, 1, 2, 0), Place(3, 2, 2, 0), Dig(4, 2, 0), ticks=40)
    diary.came(mira)
    body.driver = 1
    await live(Place(5, 1, 1, 0))
    found = await db.write(lambda c: deeds.between(c, mira, 0, 10**15, 9))
    stand = {one.verb: await db.read(lambda c, one=one: digests.traced(c, one)) for one in found}
    assert {verb: (did.deed.count, did.standing, did.undone) for verb, did in stand.items()} == {
        "placed": (2, 2, 0),
        "gathered": (1, 1, 0),
    }
