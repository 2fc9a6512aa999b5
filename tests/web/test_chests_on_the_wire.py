"""Two players at one chest over real sockets, and what is on the disk after a crash in the middle of it."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import pytest
from house import build, give, open_house, settle

from nanoverse.bench.bot import Bot, Refused
from nanoverse.protocol import ELSEWHERE
from nanoverse.store import bodies, chests, edits
from nanoverse.store.database import FILE, Database
from nanoverse.world.blocks import by_name
from nanoverse.world.constants import CHEST_SLOTS, SLOTS
from nanoverse.world.simulation import Simulation
from tests.world_server import run_without, running_world

pytestmark = pytest.mark.asyncio

SEED = 5
X, Y = Simulation(SEED).spawn
CHEST = X + 1, Y
T = TypeVar("T")
TAKEOVERS = 40  # of one window by the other
STONE, COAL = by_name("stone").id, by_name("coal").id


async def furnish(folder: Path) -> dict[str, int]:
    """A chest, and Ada and Ben beside it with stones and coal."""
    data = folder / "data"
    people = await settle(data, "Ada", "Ben")
    await build(data, X - 1, Y - 1, ".....", "..C..", ".....", C="chest")
    await give(data, people["Ada"], X, Y, ("stone", 64), ("stone", 30))
    await give(data, people["Ben"], X + 2, Y, ("coal", 41), ("stone", 5))
    return people


async def on_disk(folder: Path) -> tuple[Counter[int], dict[tuple[int, int], tuple[tuple[int, int], ...]]]:
    """All that lies in bags and chests together, and the chests."""
    async with await Database.open(folder / "data") as db:
        everyone = await db.read(bodies.everyone)
        kept = {(chest.x, chest.y): chest.slots for chest in await db.read(chests.everything)}
    owned: Counter[int] = Counter()
    for slots in [*(body.slots for body in everyone), *kept.values()]:
        for block, count in slots:
            owned[block] += count
    return +owned, kept


def saved(folder: Path, read: Callable[[sqlite3.Connection], T]) -> T:
    """What `read` finds on the disk while the world runs."""
    address = f"file:{folder / 'data' / FILE}?mode=ro"
    with contextlib.closing(sqlite3.connect(address, uri=True)) as connection:
        return read(connection)


def stones(connection: sqlite3.Connection) -> int:
    """How many were placed in the world."""
    return sum(edit.block == STONE for edit in edits.everything(connection) if edit.layer)


async def test_what_one_puts_in_the_other_sees_and_takes_and_it_is_there_after_a_restart(
    tmp_path: Path,
) -> None:
    people = await furnish(tmp_path)
    async with open_house(tmp_path, seed=SEED, away_seconds=3600) as house:
        house.people |= people
        async with house.player("Ada") as ada, house.player("Ben") as ben:
            seen = ben.expect("chest")
            await ben.ask("use", *CHEST)
            assert await seen == {"x": X + 1, "y": Y, "slots": [[0, 0]] * CHEST_SLOTS}
            seen = ben.expect("chest")
            await ada.ask("stow", *CHEST, 0, SLOTS + 4, False)
            assert (await seen)["slots"][4] == [STONE, 64]
            inventory = ben.expect("inventory")
            await ben.ask("stow", *CHEST, SLOTS + 4, 8, True)
            assert (await inventory)["slots"][8] == [STONE, 32]
            with pytest.raises(Refused, match="There is something in this chest"):
                await ada.ask("dig", *CHEST)
            with pytest.raises(Refused, match="out of reach"):
                await ada.ask("stow", X + 40, Y, 0, SLOTS, False)
    owned, kept = await on_disk(tmp_path)
    assert owned == {STONE: 99, COAL: 41} and kept[CHEST][4] == (STONE, 32)
    async with open_house(tmp_path, seed=SEED, away_seconds=3600) as house:
        house.people |= people
        async with house.player("Ada") as ada:
            seen = ada.expect("chest")
            await ada.ask("use", *CHEST)
            assert (await seen)["slots"][4] == [STONE, 32]


async def test_a_race_at_a_chest_that_ends_by_lost_lines_and_kill_9_gains_and_loses_nothing(
    tmp_path: Path,
) -> None:
    await furnish(tmp_path)
    before, _ = await on_disk(tmp_path)
    draws = random.Random(3)
    answered = 0

    async def rummage(url: str, name: str, player: int) -> None:
        """Moves things at random, as fast as answers come, and loses the line now and then."""
        nonlocal answered
        while True:
            bot = Bot(url)
            bot.use_session(player, f"token-of-{name}")
            try:
                await bot.connect()
                for _ in range(draws.randrange(3, 12)):
                    a, b = draws.choice((0, 1, 2, SLOTS)), draws.choice((0, 3, SLOTS, SLOTS + 1))
                    with contextlib.suppress(Refused):
                        await bot.ask("stow", *CHEST, a, b, draws.random() < 0.4)
                    answered += 1
                for _ in range(5):  # and goes without waiting for the answers
                    await bot.send("stow", bot.next_ref(), *CHEST, 0, SLOTS + draws.randrange(3), True)
            except (OSError, aiohttp.ClientError):  # the world was killed in the middle of this
                return
            finally:
                await bot.close()

    for _ in range(3):
        async with running_world(
            tmp_path, "--seed", str(SEED), "--away-seconds", "3600", "--model", "no-model"
        ) as world:
            racing = [
                asyncio.create_task(rummage(world.url, name, i)) for i, name in ((1, "Ada"), (2, "Ben"))
            ]
            enough = answered + 40
            # Killed with something in the chest, as far as one can see from outside: what was saved in the last moment
            # before the kill is not known, and need not be.
            while answered < enough or not saved(tmp_path, chests.everything):
                assert not any(task.done() for task in racing)
                await asyncio.sleep(0.02)
            await world.stop(signal.SIGKILL)
            for task in racing:
                task.cancel()
            await asyncio.gather(*racing, return_exceptions=True)
        owned, _ = await on_disk(tmp_path)
        assert owned == before
    async with await Database.open(tmp_path / "data") as db:
        there = await db.read(lambda c: edits.within(c, *CHEST, 1, 1))
    assert [edit.block for edit in there if edit.layer] == [by_name("chest").id]


async def test_two_windows_of_one_account_that_act_at_once_gain_and_lose_nothing(tmp_path: Path) -> None:
    """Each takes over from the other again and again, sends on while it is told to go, and like a page that comes back
    sends once more what it had no answer to; in the end the world is killed."""
    await furnish(tmp_path)
    before, _ = await on_disk(tmp_path)
    draws = random.Random(4)
    heard: Counter[str] = Counter()

    def act() -> tuple[Any, ...]:
        a, b = draws.choice((0, 1, 2, SLOTS)), draws.choice((0, 3, SLOTS, SLOTS + 1))
        return draws.choice(
            (
                ("stow", *CHEST, a, b, draws.random() < 0.4),
                ("stow", *CHEST, b, a, False),
                ("split", a % SLOTS, b % SLOTS),
                ("place", X + draws.choice((-1, 0)), Y + draws.choice((-1, 1)), 0),
            )
        )

    async def window(url: str, page: int) -> None:
        bot = Bot(url)
        bot.on_message = lambda name, _: heard.update([name])
        bot.use_session(1, "token-of-Ada")
        acts: list[tuple[Any, ...]] = []
        while not enough():
            await bot.open(page)
            again = acts
            acts = [(name, bot.next_ref(), *values) for name, *values in (act() for _ in range(8))]
            with contextlib.suppress(OSError, aiohttp.ClientError):  # the other window was faster
                for name, *values in again + acts:
                    await bot.send(name, *values)
            assert bot._reader is not None
            await asyncio.wait([bot._reader], timeout=draws.random() / 10)
            heard[str(bot.close_code)] += 1
        await bot.close()

    def enough() -> bool:
        often = heard[str(ELSEWHERE)] >= TAKEOVERS and heard["inventory"] > heard["welcome"] + 10
        return often and saved(tmp_path, stones) > 0

    async with running_world(
        tmp_path,
        *("--seed", str(SEED), "--commons", "0", "--agents", "no", "--model", "no-model"),
        python=run_without("CONNECT"),
    ) as world:
        await asyncio.gather(window(world.url, 11), window(world.url, 12))
        await world.stop(signal.SIGKILL)
    owned, _ = await on_disk(tmp_path)
    async with await Database.open(tmp_path / "data") as db:
        built = await db.read(stones)
    assert owned + Counter({STONE: built}) == before and built
