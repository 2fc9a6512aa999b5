"""Chests and halved stacks in a real browser: by mouse, by keys alone and by finger, with another player looking in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from nanoverse.world.simulation import Simulation
from tests.browser.conftest import SEED
from tests.browser.reach import grave
from tests.browser.visitors import PHONE, Visitors
from tests.web.house import build, give, settle
from tests.world_server import WorldProcess, running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

X, Y = Simulation(int(SEED)).spawn
THINGS = ("wood", 12), ("coal", 3), ("iron axe", 60)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WorldProcess]:
    """A chest to the east of Ada and Ben, and one to the east of Cleo."""
    folder: Path = tmp_path_factory.mktemp("store")
    people = await settle(folder / "data", "Ada", "Ben", "Cleo")
    await build(folder / "data", X, Y - 1, "...", ".C.", "...", "...", "...", ".C.", "...", C="chest")
    for (dx, dy), player in zip(((0, 0), (1, 1), (0, 4)), people.values(), strict=True):
        await give(folder / "data", player, X + dx, Y + dy, *THINGS)
    async with running_world(folder, "--seed", SEED, "--away-seconds", "3600") as world:
        yield world


def slot(page: Page, index: int) -> Locator:
    return page.get_by_role("dialog", name="Chest").locator(f"[data-slot='{index}']")


async def shows(where: Locator, label: str) -> None:
    await expect(where).to_have_attribute("aria-label", label)


async def test_two_players_at_one_chest_by_mouse_and_by_keys(visitors: Visitors) -> None:
    ada, ben = (
        await visitors.comes("Ada", viewport={"width": 1280, "height": 800}),
        await visitors.comes("Ben"),
    )
    place = await ada.known(f"camera.toWindow(({X} + 1) * 16 + 8, {Y} * 16 + 8)")
    await ada.page.mouse.click(place["x"], place["y"], button="right")
    await expect(ada.page.get_by_role("dialog", name="Chest").locator(".slot")).to_have_count(54)
    assert await grave(ada.page) == []

    await ben.page.keyboard.down("w")  # up to the chest
    await ben.until(f"figures.own.y < ({Y} + 1) * 16 + 4")
    await ben.page.keyboard.up("w")
    await ben.page.keyboard.press("f")
    await shows(slot(ben.page, 27), "Chest 1: empty")

    await slot(ada.page, 0).drag_to(slot(ada.page, 29))
    await shows(slot(ada.page, 29), "Chest 3: wood × 12")
    await shows(slot(ben.page, 29), "Chest 3: wood × 12")
    await shows(ada.page.locator("#hotbar .slot >> nth=0"), "Slot 1: empty")

    # Ben takes half of it with keys alone.
    await ben.page.keyboard.press("Tab")
    await ben.page.keyboard.press("Tab")
    await expect(slot(ben.page, 0)).to_be_focused()
    for key in ("ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowRight", "ArrowRight"):
        await ben.page.keyboard.press(key)
    await expect(slot(ben.page, 29)).to_be_focused()
    await ben.page.keyboard.press("Shift+Enter")
    await expect(ben.page.get_by_text("Now choose where to put half of the wood.")).to_be_visible()
    for _ in range(3):
        await ben.page.keyboard.press("ArrowDown")
    await ben.page.keyboard.press("Enter")
    await shows(slot(ben.page, 11), "Slot 12: wood × 6")
    await shows(slot(ada.page, 29), "Chest 3: wood × 6")

    await ben.page.keyboard.press("Escape")
    await expect(ben.page.get_by_role("dialog", name="Chest")).to_have_count(0)
    await slot(ada.page, 1).click(button="right")
    await slot(ada.page, 4).click()
    await shows(slot(ada.page, 4), "Slot 5: coal")
    await ada.page.keyboard.down("a")
    await expect(ada.page.get_by_role("dialog", name="Chest")).to_have_count(1)  # keys belong to the panel


async def test_a_phone_fills_a_chest_and_halves_by_a_long_press(visitors: Visitors) -> None:
    cleo = await visitors.comes("Cleo", **PHONE)
    page = cleo.page
    place = await cleo.known(f"camera.toWindow(({X} + 1) * 16 + 8, ({Y} + 4) * 16 + 8)")
    await page.touchscreen.tap(place["x"], place["y"])
    await slot(page, 0).tap()
    await slot(page, 30).tap()
    await shows(slot(page, 30), "Chest 4: wood × 12")
    assert await grave(page) == []

    # On a page that is busy, what is put off for no time comes before the click that ends the long press.
    await cleo.known(
        """(() => {
            const later = setTimeout;
            window.setTimeout = (f, ms, ...rest) => (ms ? later(f, ms, ...rest) : f(...rest));
        })()"""
    )
    fingers = await cleo.context.new_cdp_session(page)
    box = await slot(page, 30).bounding_box()
    assert box
    point = [{"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}]
    await fingers.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": point})
    await expect(page.get_by_text("Now choose where to put half of the wood.")).to_be_visible()
    await fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    await slot(page, 8).tap()
    await shows(slot(page, 8), "Slot 9: wood × 6")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360, "nothing sticks out"
