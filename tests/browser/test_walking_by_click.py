"""Click-to-move in a real browser: by mouse, by finger at 360 pixels, and from the map by keyboard."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from nanoverse.world.simulation import Simulation
from tests.browser.conftest import SEED
from tests.browser.visitors import PHONE, Visitor, Visitors
from tests.web.house import build, give, settle
from tests.world_server import WorldProcess, running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

X, Y = Simulation(int(SEED)).spawn
WIDE, ROWS = 16, 12


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WorldProcess]:
    """Lawns below one another, each with a player, a wall to the east and a closed room behind it."""
    folder: Path = tmp_path_factory.mktemp("lawns")
    people = await settle(folder / "data", "Ada", "Cleo", "Ben")
    for number, player in enumerate(people.values()):
        top = Y + ROWS * number
        plan = ["." * WIDE] * ROWS
        for row in range(1, 6):
            plan[row] = "....." + "W" + "." * (WIDE - 6)
        for row, room in zip((1, 2, 3), ("WWW", "W.W", "WWW"), strict=True):
            plan[row] = plan[row][:10] + room + plan[row][13:]
        await build(folder / "data", X, top, *plan, W="planks")
        await give(folder / "data", player, X + 3, top + 3, ("stone", 5))
    async with running_world(folder, "--seed", SEED, "--away-seconds", "3600", "--commons", "0") as world:
        yield world


async def at(visitor: Visitor, x: int, y: int) -> tuple[float, float]:
    """Where the middle of a tile is in the window."""
    spot = await visitor.known(f"camera.toWindow({x} * 16 + 8, {y} * 16 + 8)")
    return spot["x"], spot["y"]


async def arrived(visitor: Visitor, x: int, y: int) -> None:
    await visitor.until(
        f"!world.goal && Math.floor(figures.own.x / 16) === {x} && Math.floor(figures.own.y / 16) === {y}"
    )


async def picture(visitor: Visitor, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        await visitor.page.screenshot(path=f"{folder}/{name}.png")


async def test_a_click_out_of_reach_walks_there_around_a_wall_and_one_within_reach_digs(
    visitors: Visitors,
) -> None:
    ada = await visitors.comes("Ada")
    goal = X + 8, Y + 3
    await ada.page.mouse.click(*await at(ada, *goal))
    assert await ada.known("world.goal") == {"x": goal[0], "y": goal[1]}, "a mark shows where one goes"
    await ada.until(f"figures.own.x > {X + 3} * 16 + 12")
    await picture(ada, "walking-by-click")
    await arrived(ada, *goal)

    await ada.page.mouse.click(*await at(ada, X + 11, Y + 2))  # within reach: its wall is raised
    assert await ada.known("world.goal") is None
    await ada.page.mouse.click(*await at(ada, X + 2, Y + 3))
    await ada.until("world.goal")
    await ada.page.keyboard.press("a")  # an own step
    await ada.until("!world.goal")
    start = await ada.known("[figures.own.x, figures.own.y]")
    await ada.page.wait_for_timeout(400)
    moved = await ada.known("Math.hypot(figures.own.x - args[0], figures.own.y - args[1])", *start)
    assert moved < 16, "it stays where it was stopped"


async def test_a_tap_out_of_reach_walks_there_on_a_phone(visitors: Visitors) -> None:
    cleo = await visitors.comes("Cleo", **PHONE)
    top = Y + ROWS
    goal = X + 3, top + 9
    await cleo.page.touchscreen.tap(*await at(cleo, *goal))
    assert await cleo.known("world.goal") == {"x": goal[0], "y": goal[1]}
    await picture(cleo, "walking-by-tap")
    await arrived(cleo, *goal)
    assert await cleo.known("world.slots[0].count") == 5, "nothing was placed"
    await cleo.page.touchscreen.tap(*await at(cleo, X + 3, top + 8))  # within reach a tap places, as before
    await cleo.until("world.slots[0].count === 4")


async def test_from_the_map_a_button_leads_to_the_mark_by_keyboard(visitors: Visitors) -> None:
    ben = await visitors.comes("Ben")
    page, top = ben.page, Y + 2 * ROWS
    await page.keyboard.press("m")
    panel = page.get_by_role("dialog", name="Map")
    lead = panel.get_by_role("button", name="Go there")
    await expect(lead).to_be_hidden()
    await ben.known(f"(() => {{ world.mark = {{ x: {X + 3}, y: {top + 10} }}; world.emit('land'); }})()")
    await lead.focus()
    await page.keyboard.press("Enter")
    await expect(panel).to_have_count(0)
    await arrived(ben, X + 3, top + 10)

    await page.keyboard.press("m")
    await ben.known(f"(() => {{ world.mark = {{ x: {X + 11}, y: {top + 2} }}; world.emit('land'); }})()")
    await lead.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#toasts").get_by_text("There is no way there.")).to_be_visible()
    assert await ben.known("world.goal") is None
