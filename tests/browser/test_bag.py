"""The bag: a player makes things and arranges them by mouse, by finger and by keys alone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from nanoverse.world.simulation import Simulation
from tests.browser.conftest import SEED
from tests.browser.visitors import PHONE, Visitors
from tests.web.house import give, settle
from tests.world_server import WorldProcess, running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

DESKTOP: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
THINGS = ("wood", 12), ("coal", 3), ("workbench", 1), ("iron axe", 60), ("poppy", 2), ("stone", 40)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WorldProcess]:
    """A world whose players have something in their bags."""
    folder: Path = tmp_path_factory.mktemp("workshop")
    people = await settle(folder / "data", "Ada", "Ben", "Cleo")
    for player in people.values():
        await give(folder / "data", player, *Simulation(int(SEED)).spawn, *THINGS)
    async with running_world(folder, "--seed", SEED, "--away-seconds", "3600") as world:
        yield world


async def test_what_is_carried_goes_with_a_panel_that_closes_meanwhile(visitors: Visitors) -> None:
    page = (await visitors.comes("Ben", **DESKTOP)).page
    await page.keyboard.press("e")
    slot = await page.locator(".bag-grid [data-slot='0']").bounding_box()
    assert slot
    await page.mouse.move(slot["x"] + 5, slot["y"] + 5)
    await page.mouse.down()
    await page.mouse.move(slot["x"] - 60, slot["y"] - 40, steps=4)
    await expect(page.locator(".ghost")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.mouse.up()
    await expect(page.locator(".panel")).to_have_count(0)
    await expect(page.locator(".ghost")).to_have_count(0)


async def test_planks_are_made_of_wood_and_lie_in_the_hot_bar(visitors: Visitors) -> None:
    ada = await visitors.comes("Ada", **DESKTOP)
    page = ada.page
    await page.keyboard.press("e")
    panel = page.get_by_role("dialog", name="Bag and crafting")
    await expect(panel.locator(".bag-grid .slot")).to_have_count(27)
    await expect(panel.locator(".recipes h3").first).to_have_text("You can make")
    await expect(panel.locator(".recipes")).to_contain_text("missing: planks × 3, stick × 2")
    await expect(panel.get_by_role("button", name="Make wooden axe")).to_be_disabled()
    await panel.get_by_role("button", name="Make planks × 4").click()
    await expect(page.locator("#hotbar .slot >> nth=6")).to_have_attribute("aria-label", "Slot 7: planks × 4")
    await expect(page.locator("#hotbar .slot >> nth=0")).to_have_attribute("aria-label", "Slot 1: wood × 11")
    await expect(page.locator("#hotbar .slot >> nth=3")).to_have_attribute(
        "aria-label", "Slot 4: iron axe, 60 of 240 uses left"
    )
    await expect(page.locator("#hotbar .wear:visible")).to_have_count(1)

    # A click on what was possible a moment ago: the server has the last word, and it is shown.
    axe = panel.get_by_role("button", name="Make wooden axe")
    await axe.evaluate("(button) => { button.disabled = false; button.click(); }")
    await expect(page.locator(".toast", has_text="For a wooden axe you still need 2 sticks.")).to_be_visible()

    await panel.locator("[data-slot='6']").drag_to(panel.locator("[data-slot='20']"))
    await expect(panel.locator("[data-slot='20']")).to_have_attribute("aria-label", "Slot 21: planks × 4")
    await panel.locator("[data-slot='20']").click()
    await panel.locator("[data-slot='1']").click()
    await expect(page.locator("#hotbar .slot >> nth=1")).to_have_attribute("aria-label", "Slot 2: planks × 4")
    await panel.locator("[data-slot='1']").hover()
    await page.mouse.down()
    await page.locator("#hotbar .slot >> nth=8").hover()
    await page.mouse.up()
    await expect(page.locator("#hotbar .slot >> nth=8")).to_have_attribute("aria-label", "Slot 9: planks × 4")

    # What is dragged from the list is made, and lies where it was dropped, unless it joins a stack; what cannot be made
    # is not carried.
    async def drag(thing: str, slot: int) -> None:
        made = panel.locator(".recipe", has_text=re.compile(f"^{thing} × 4")).locator("canvas")
        await made.drag_to(panel.locator(f"[data-slot='{slot}']"))

    await drag("stick", 24)
    await expect(panel.locator("[data-slot='24']")).to_have_attribute("aria-label", "Slot 25: stick × 4")
    await expect(page.locator("#hotbar .slot >> nth=8")).to_have_attribute("aria-label", "Slot 9: planks × 2")
    await drag("planks", 25)
    await expect(page.locator("#hotbar .slot >> nth=8")).to_have_attribute("aria-label", "Slot 9: planks × 6")
    bed = panel.locator("li.cannot").first.locator("canvas")
    await bed.hover()
    await page.mouse.down()
    await panel.locator("[data-slot='25']").hover()
    await expect(page.locator(".ghost")).to_have_count(0)
    await page.mouse.up()
    await expect(panel.locator("[data-slot='25']")).to_have_attribute("aria-label", "Slot 26: empty")
    await page.keyboard.press("e")
    await expect(panel).to_have_count(0)


async def test_everything_is_done_by_keys_alone(visitors: Visitors) -> None:
    ben = await visitors.comes("Ben", **DESKTOP)
    page = ben.page
    await page.keyboard.press("i")
    panel = page.get_by_role("dialog", name="Bag and crafting")
    await page.keyboard.press("Tab")  # the button that closes
    await page.keyboard.press("Tab")
    await expect(panel.locator("[data-slot='0']")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(panel.locator(".bag-hint")).to_have_text("Now choose where to put the wood.")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await expect(panel.locator("[data-slot='18']")).to_have_attribute("aria-label", "Slot 19: wood × 12")
    await page.keyboard.press("Tab")
    await expect(panel.get_by_role("button", name="Make planks × 4")).to_be_focused()
    for _ in range(12):
        await page.keyboard.press("Enter")
    await expect(panel.locator("[data-slot='0']")).to_have_attribute("aria-label", "Slot 1: planks × 48")
    await expect(panel.get_by_role("button", name="Make planks × 4")).to_be_disabled()
    await expect(panel.locator("button:focus")).to_have_count(1)
    await page.keyboard.press("Escape")
    await expect(panel).to_have_count(0)


async def test_a_phone_makes_and_arranges_with_a_finger(visitors: Visitors) -> None:
    cleo = await visitors.comes("Cleo", **PHONE)
    page = cleo.page
    await page.tap("#open-bag")
    panel = page.get_by_role("dialog", name="Bag and crafting")
    await panel.get_by_role("button", name="Make planks × 4").tap()
    planks = panel.locator("[data-slot='6']")
    await expect(planks).to_have_attribute("aria-label", "Slot 7: planks × 4")
    await planks.tap()
    await panel.locator("[data-slot='9']").tap()
    await expect(panel.locator("[data-slot='9']")).to_have_attribute("aria-label", "Slot 10: planks × 4")

    fingers = await cleo.context.new_cdp_session(page)
    start, end = await planks.bounding_box(), await panel.locator("[data-slot='9']").bounding_box()
    assert start and end
    middle = [{"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2} for box in (start, end)]
    await fingers.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": middle[1:]})
    await fingers.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": middle[:1]})
    await fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    await expect(planks).to_have_attribute("aria-label", "Slot 7: planks × 4")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360, "nothing sticks out"
    for button in await panel.get_by_role("button").all():
        box = await button.bounding_box()
        assert box and min(box["width"], box["height"]) >= 28, "a finger hits it"
        assert box["x"] >= 8 and box["x"] + box["width"] <= 352, "and it lies within the panel"


async def test_escape_closes_a_panel_also_after_a_click_in_it(visitors: Visitors) -> None:
    ada = await visitors.comes("Ada", **DESKTOP)
    await ada.page.click("#open-settings")
    panel = ada.page.get_by_role("dialog", name="Settings")
    await panel.get_by_role("button", name="Closer").click()
    await ada.page.keyboard.press("Escape")
    await expect(panel).to_have_count(0)
