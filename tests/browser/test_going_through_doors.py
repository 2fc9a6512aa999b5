"""Doors in a real browser: opened by key, by mouse and by finger, and by a walk that leads through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from nanoverse.world.simulation import Simulation
from tests.browser.conftest import SEED
from tests.browser.visitors import PHONE, Visitors
from tests.web.house import build, give, settle
from tests.world_server import WorldProcess, running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

X, Y = Simulation(int(SEED)).spawn
SHUT, OPEN = "door", "open door"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WorldProcess]:
    """Four houses in a row, each with a player in front of its door."""
    folder: Path = tmp_path_factory.mktemp("street")
    people = await settle(folder / "data", "Ada", "Ben", "Cleo", "Dana")
    house = (".....", ".WWWW", ".D..W", ".WWWW", ".....")
    for row, player in enumerate(people.values()):
        await build(folder / "data", X, Y + 5 * row, *house, W="planks", D=SHUT)
        await give(folder / "data", player, X, Y + 5 * row + 2, ("stone", 5))
    await build(folder / "data", X - 6, Y + 15, *["......"] * 5)
    await give(folder / "data", people["Dana"], X - 4, Y + 17)  # out of reach of her house
    async with running_world(folder, "--seed", SEED, "--away-seconds", "3600") as world:
        yield world


def block(row: int) -> str:
    return f"world.kinds[world.at({X + 1}, {Y + 5 * row + 2}, 1)].name"


async def test_one_walks_up_to_a_door_opens_it_by_key_and_walks_in(visitors: Visitors) -> None:
    ada = await visitors.comes("Ada")
    await ada.page.keyboard.down("d")
    await ada.until(f"figures.own.x > {X} * 16 + 11")  # its side touches the door
    await asyncio.sleep(0.3)
    await ada.page.keyboard.up("d")
    assert await ada.known(f"figures.own.x < {X + 1} * 16")
    await ada.page.keyboard.press("f")
    await ada.until(f"{block(0)} === args[0]", OPEN)
    await ada.page.keyboard.down("d")
    await ada.until(f"figures.own.x > ({X} + 2) * 16")
    await ada.page.keyboard.up("d")
    assert await ada.known("world.slots[0].count") == 5, "what is in the hand was not placed"


async def test_a_right_click_opens_and_shuts_a_door(visitors: Visitors) -> None:
    ben = await visitors.comes("Ben")
    for expected in (OPEN, SHUT):
        place = await ben.known(f"camera.toWindow(({X} + 1) * 16 + 8, ({Y} + 7) * 16)")
        await ben.page.mouse.click(place["x"], place["y"], button="right")
        await ben.until(f"{block(1)} === args[0]", expected)


async def test_a_tap_opens_a_door_on_a_phone(visitors: Visitors) -> None:
    cleo = await visitors.comes("Cleo", **PHONE)
    place = await cleo.known(f"camera.toWindow(({X} + 1) * 16 + 8, ({Y} + 12) * 16)")
    await cleo.page.touchscreen.tap(place["x"], place["y"])
    await cleo.until(f"{block(2)} === args[0]", OPEN)


async def test_a_walk_opens_the_door_on_its_way_and_shuts_it_behind(visitors: Visitors) -> None:
    dana = await visitors.comes("Dana")
    house = await dana.known(f"camera.toWindow(({X} + 2) * 16 + 8, ({Y} + 17) * 16)")
    await dana.page.mouse.click(house["x"], house["y"])
    await dana.until(f"{block(3)} === args[0]", OPEN)
    await dana.until(f"{block(3)} === args[0]", SHUT)
    await dana.until(f"world.goal === null && figures.own.x > {X + 2} * 16")
