"""Drive for me: the agent walks one's body while one watches, and a key takes it back."""

from __future__ import annotations

import os

import pytest
from playwright.async_api import expect

from tests.browser.visitors import PHONE, Visit

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_ones_agent_drives_before_all_eyes_until_a_key_is_pressed(visit: Visit) -> None:
    una, vic = await visit("Una"), await visit("Vic", **PHONE)
    await una.page.keyboard.press("b")
    await una.page.wait_for_selector("#driven:not([hidden])")
    await expect(una.page.locator("#drive")).to_have_attribute("aria-pressed", "true")
    assert '"drive"' in await una.known("localStorage.getItem('nanoverse.hints')")  # no longer hinted at
    await vic.until("world.bodies.get(args[0])?.driver === 2", await una.known("world.you"))
    x, y = await una.known("[figures.own.x, figures.own.y]")
    await una.until("figures.own.x !== args[0] || figures.own.y !== args[1]", x, y, timeout=300)
    await una.page.keyboard.press("ArrowRight")
    await una.page.wait_for_selector("#driven", state="hidden")
    await vic.until("world.bodies.get(args[0])?.driver === 1", await una.known("world.you"))

    await vic.page.tap("#drive")
    await vic.page.wait_for_selector("#driven:not([hidden])")
    if folder := os.environ.get("SHOTS"):
        await vic.page.screenshot(path=f"{folder}/drive-phone.png")
        await una.page.set_viewport_size({"width": 1280, "height": 800})
        await una.page.keyboard.press("b")
        await una.page.wait_for_selector("#driven:not([hidden])")
        await una.page.screenshot(path=f"{folder}/drive.png")
    await vic.page.tap("#take-wheel")
    await vic.page.wait_for_selector("#driven", state="hidden")
    assert await vic.page.evaluate("document.documentElement.scrollWidth") <= 360
