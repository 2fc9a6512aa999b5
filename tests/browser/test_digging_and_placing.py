"""Digging, placing and painting with a finger, and digging and placing by keys alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import CDPSession, expect

from nanoverse.world.blocks import by_name
from nanoverse.world.simulation import Simulation
from tests.browser.conftest import SEED
from tests.browser.visitors import PHONE, Visitor, Visitors
from tests.web.house import build, give, settle
from tests.world_server import WorldProcess, running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

X, Y = Simulation(int(SEED)).spawn
PLANKS, STONE, POPPY = (by_name(name).id for name in ("planks", "stone", "poppy"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WorldProcess]:
    """Ada stands between a poppy to the south and planks to the east; Ben has planks and a poppy at his right hand."""
    folder: Path = tmp_path_factory.mktemp("yard")
    people = await settle(folder / "data", "Ada", "Ben")
    plan = [*["." * 12] * 3, ".....P......", "....F.......", *["." * 12] * 2]
    plan += [*["." * 12] * 2, ".....PF.....", *["." * 12] * 3]
    await build(folder / "data", X - 4, Y - 3, *plan, P="planks", F="poppy")
    await give(folder / "data", people["Ada"], X, Y, ("stone", 5), ("planks", 2))
    await give(folder / "data", people["Ben"], X, Y + 6, ("stone", 5), ("brush", 1))
    async with running_world(folder, "--seed", SEED, "--away-seconds", "3600", "--commons", "0") as world:
        yield world


def block(x: int, y: int) -> str:
    return f"world.at({x}, {y}, 1)"


async def test_by_keys_one_digs_and_places_what_is_ahead_and_turns_by_walking_against_it(
    visitors: Visitors,
) -> None:
    ada = await visitors.comes("Ada")
    page = ada.page
    hint = page.locator("#hints li", has_text="Dig:")
    await expect(hint).to_be_visible()
    await page.keyboard.down("Space")
    await ada.until(f"{block(X, Y + 1)} === 0 && world.slots[2].block === {POPPY}")
    await page.keyboard.up("Space")
    await expect(hint).to_have_count(0)
    await page.keyboard.press("f")  # a stone, which is in the hand
    await ada.until(f"{block(X, Y + 1)} === {STONE} && world.slots[0].count === 4")

    await page.keyboard.down("ArrowRight")
    await ada.until("((await import('/static/js/index.js')).figures.predictor.facing) === 3")
    await page.keyboard.up("ArrowRight")
    await page.keyboard.down("Space")
    await ada.until(f"world.cracks.size > 0 && {block(X + 1, Y)} === {PLANKS}")
    await page.keyboard.up("Space")  # let go too early
    await ada.until(f"world.cracks.size === 0 && {block(X + 1, Y)} === {PLANKS}")
    await page.keyboard.down("Space")
    await ada.until(f"{block(X + 1, Y)} === 0 && world.slots[1].count === 3")
    await page.keyboard.up("Space")
    await page.keyboard.press("2")
    await page.keyboard.press("f")
    await ada.until(f"{block(X + 1, Y)} === {PLANKS} && world.slots[1].count === 2")


async def point(visitor: Visitor, x: int, y: int) -> dict[str, float]:
    """Where the middle of a tile is in the window."""
    found: dict[str, float] = await visitor.known("camera.toWindow(args[0] * 16 + 8, args[1] * 16 + 8)", x, y)
    return found


async def touch(fingers: CDPSession, kind: str, *points: dict[str, float]) -> None:
    await fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})


async def test_a_finger_that_is_held_digs_one_that_taps_places_one_that_is_drawn_along_paints(
    visitors: Visitors,
) -> None:
    ben = await visitors.comes("Ben", **PHONE)
    page, y = ben.page, Y + 6
    fingers = await ben.context.new_cdp_session(page)
    hint = page.locator("#hints li", has_text="Dig:")
    await expect(hint).to_be_visible()
    for x, taken in ((X + 2, POPPY), (X + 1, PLANKS)):
        await touch(fingers, "touchStart", await point(ben, x, y))
        await ben.until(f"{block(x, y)} === 0 && world.slots.some((slot) => slot.block === {taken})")
        await touch(fingers, "touchEnd")
    await expect(hint).to_have_count(0)

    at = await point(ben, X + 1, y)
    await page.touchscreen.tap(at["x"], at["y"])
    await ben.until(f"{block(X + 1, y)} === {STONE} && world.slots[0].count === 4")
    await page.touchscreen.tap(at["x"], at["y"])
    await expect(page.locator(".toast", has_text="Something stands there already.")).to_be_visible()
    assert await ben.known(block(X + 1, y)) == STONE, "a tap digs nothing"

    await page.tap("#hotbar [data-slot='1']")
    tiles = [(X + 1, y - 2), (X + 2, y - 2), (X + 2, y - 1)]
    places = [await point(ben, *tile) for tile in tiles]
    await touch(fingers, "touchStart", places[0])
    for place in places[1:]:
        await touch(fingers, "touchMove", place)
    await touch(fingers, "touchEnd")
    for x, y in tiles:
        await ben.until("world.at(args[0], args[1], 2) > 0", x, y)
    assert await ben.known(f"{block(X + 2, y)} === 0 && world.slots[0].count === 4"), "only painted"
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
