"""Scrolls and the journal in a real browser: hidden by keyboard, found by walking, read on a phone."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from nanoverse.store.finds import COUNTED, POINTS
from nanoverse.world.simulation import Simulation
from tests.browser.conftest import SEED
from tests.browser.reach import grave
from tests.browser.visitors import PHONE, Visitors
from tests.web.house import build, give, settle
from tests.world_server import WorldProcess, running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

X, Y = Simulation(int(SEED)).spawn


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WorldProcess]:
    folder: Path = tmp_path_factory.mktemp("field")
    people = await settle(folder / "data", "Ada", "Ben")
    await build(folder / "data", X - 4, Y - 3, *["." * 20] * 7)
    await give(folder / "data", people["Ada"], X, Y, ("scroll", 2), ("stone", 5))
    await give(folder / "data", people["Ben"], X + 7, Y, ("stone", 5))
    async with running_world(folder, "--seed", SEED, "--away-seconds", "3600", "--commons", "0") as world:
        yield world


async def test_one_hides_a_scroll_and_another_finds_and_reads_it(visitors: Visitors) -> None:
    ada, ben = await visitors.comes("Ada"), await visitors.comes("Ben", **PHONE)
    await ada.page.keyboard.press("f")  # the scroll in the hand, on the tile ahead
    await expect(ada.page.get_by_label("What the scroll says")).to_be_focused()
    assert await grave(ada.page) == []
    await ada.page.get_by_label("What the scroll says").fill("<b>Well</b> met שלום")
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.get_by_text("The scroll is hidden.")).to_be_visible()
    await ben.page.keyboard.down("a")
    found = ben.page.locator("#toasts").get_by_text(
        re.compile("You found a scroll by .*Ada.*<b>Well</b> met שלום.*3")
    )
    await expect(found).to_be_visible()
    await ben.page.keyboard.up("a")
    await ben.page.tap("#open-journal")
    journal = ben.page.get_by_role("dialog")
    await expect(journal.locator("q")).to_have_text("<b>Well</b> met שלום")  # markup is text
    await expect(journal.locator(".rank.own")).to_contain_text("Ben")
    assert await grave(ben.page) == []
    await expect(journal.get_by_text(re.compile("Your place: .*1"))).to_be_visible()
    await expect(
        journal.get_by_text(f"a scroll {POINTS['scroll']} (of one author {COUNTED} a day)")
    ).to_be_visible()
    if folder := os.environ.get("SHOTS"):
        await ben.page.screenshot(path=f"{folder}/journal-phone.png")
    await journal.get_by_role("button", name="More").tap()
    await journal.get_by_role("button", name="Report").tap()
    await journal.get_by_label("What is wrong with it").fill("It is rude.")
    await journal.get_by_role("button", name="Send").tap()
    await expect(journal.get_by_text("Reported. The admin will look at it.")).to_be_visible()
    await ada.page.keyboard.press("j")
    own = ada.page.get_by_role("dialog")
    await expect(own.get_by_text("found by 1 player")).to_be_visible()
    if folder := os.environ.get("SHOTS"):
        await ada.page.set_viewport_size({"width": 1280, "height": 800})
        await ada.page.screenshot(path=f"{folder}/journal-desktop.png")
    await own.get_by_role("button", name="Take back the scroll").click()
    await expect(own.get_by_text("None. Make a scroll of two reeds")).to_be_visible()
    await ada.page.keyboard.press("j")
    await expect(own).to_have_count(0)
