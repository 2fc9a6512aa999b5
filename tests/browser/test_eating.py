"""Bread in the hand is eaten by a key or a tap, and what it is good for is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from nanoverse.world.simulation import Simulation
from tests.browser.conftest import SEED
from tests.browser.visitors import PHONE, Visitors, say_goodbye
from tests.web.house import build, give, settle
from tests.world_server import running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

X, Y = Simulation(int(SEED)).spawn


async def test_bread_is_eaten_by_key_and_by_finger(browser: Browser, tmp_path: Path) -> None:
    people = await settle(tmp_path / "data", "Ada", "Ben")
    await build(tmp_path / "data", X - 4, Y - 3, *["." * 12] * 7)
    await give(tmp_path / "data", people["Ada"], X, Y, ("bread", 2))
    await give(tmp_path / "data", people["Ben"], X + 2, Y, ("bread", 1))
    async with running_world(tmp_path, "--seed", SEED, "--away-seconds", "3600") as world:
        visitors = Visitors(browser, world.url)
        ada = await visitors.comes("Ada")
        await ada.page.keyboard.press("f")
        await expect(ada.page.locator(".toast", has_text="You eat the bread.")).to_be_visible()
        await ada.until("world.slots[0].count === 1")
        await ada.page.keyboard.press("f")
        await expect(ada.page.locator(".toast", has_text="not hungry")).to_be_visible()
        assert await ada.known("world.slots[0].count") == 1

        await ada.page.reload()
        await expect(ada.page.locator(".toast", has_text="You have eaten. For")).to_be_visible()
        assert await ada.known("world.slots[0].count") == 1

        ben = await visitors.comes("Ben", **PHONE)
        await ben.page.touchscreen.tap(250, 300)
        await expect(ben.page.locator(".toast", has_text="You eat the bread.")).to_be_visible()
        await ben.until("world.slots[0].count === 0")
        await say_goodbye(visitors.here)
