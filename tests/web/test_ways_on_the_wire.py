"""Click-to-move over real sockets: a way is asked for, answered, and walked with ordinary steps."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from house import build, give, open_house, settle

from nanoverse.bench.bot import Bot, Refused
from nanoverse.protocol import AGENT, PLAYER
from nanoverse.world.bodies import Body
from nanoverse.world.constants import FAR, UNIT
from nanoverse.world.paths import Tile, Walker

PLAN = ("..W......", "..W...WWW", "..W...W.W", "..W...WWW", ".........")
START, BEHIND_THE_WALL, IN_THE_ROOM = (1, 1), (4, 1), (7, 2)


@pytest.fixture
async def ann(tmp_path: Path) -> AsyncIterator[Bot]:
    """A player who stands in front of a wall."""
    people = await settle(tmp_path / "data", "Ann")
    await build(tmp_path / "data", 0, 0, *PLAN, W="stone")
    await give(tmp_path / "data", people["Ann"], *START)
    async with open_house(tmp_path, away_seconds=3600) as house:
        house.people.update(people)
        async with house.player("Ann") as bot:
            yield bot


async def walk(bot: Bot, start: Tile, way: list[list[int]]) -> Tile:
    """Walk a way, one step after the other; returns the tile where the server has the body then."""
    body = Body(bot.id, "Ann", 0, *(at * UNIT + UNIT // 2 for at in start))
    walker = Walker([(x, y) for x, y in way])
    while (step := walker.next_move(body)) is not None:
        moved = bot.expect("you")
        await bot.send("move", bot.next_ref(), *step)
        told = await moved
        body.x, body.y = told["x"], told["y"]
    assert walker.arrived
    return body.tile


async def test_a_bot_asks_for_a_way_around_a_wall_and_can_walk_it(ann: Bot) -> None:
    name, way = await ann.ask("go", *BEHIND_THE_WALL)
    assert name == "way" and way["arrives"]
    assert tuple(way["tiles"][-1]) == BEHIND_THE_WALL and len(way["tiles"]) > 3
    assert await walk(ann, START, way["tiles"]) == BEHIND_THE_WALL


async def test_one_sentence_says_why_there_is_no_way(ann: Bot) -> None:
    with pytest.raises(Refused, match=r"^There is no way there\.$"):
        await ann.ask("go", *IN_THE_ROOM)
    with pytest.raises(Refused, match=r"^That is too far\.$"):
        await ann.ask("go", START[0] + FAR + 1, 0)


async def test_whoever_asks_for_a_way_has_the_wheel_again(ann: Bot) -> None:
    for driver, name, *values in ((AGENT, "drive", True), (PLAYER, "go", *BEHIND_THE_WALL)):
        seen = ann.expect("driver", lambda told, driver=driver: told["driver"] == driver)
        await ann.ask(name, *values)
        await seen
