"""Land in a real browser: claimed and given back by key, mouse and finger, shown to all, kept from others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from nanoverse.world.constants import PLOT, PLOTS
from nanoverse.world.simulation import Simulation
from tests.browser.conftest import SEED
from tests.browser.visitors import PHONE, Visitors, say_goodbye
from tests.web.house import build, give, settle
from tests.world_server import WorldProcess, running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

# A clearing in the middle of a plot beyond the commons; Cleo's is the plot to the east of it.
X, Y = (at // PLOT * PLOT + 2 * PLOT + 5 for at in Simulation(int(SEED)).spawn)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(
    chromium_path: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[WorldProcess]:
    folder: Path = tmp_path_factory.mktemp("country")
    people = await settle(folder / "data", "Ada", "Ben", "Cleo")
    await build(folder / "data", X - 5, Y - 5, *["." * 32] * 12)
    for name, x in (("Ada", X), ("Ben", X + 2), ("Cleo", X + PLOT)):
        await give(folder / "data", people[name], x, Y, ("stone", 5))
    async with running_world(folder, "--seed", SEED, "--away-seconds", "3600") as world:
        yield world


@pytest_asyncio.fixture(loop_scope="module")
async def visitors(browser: Browser, country: WorldProcess) -> AsyncIterator[Visitors]:
    visitors = Visitors(browser, country.url)
    yield visitors
    await say_goodbye(visitors.here)


async def test_claimed_by_keys_it_is_shown_to_others_and_only_guests_build_there(visitors: Visitors) -> None:
    ada, ben = await visitors.comes("Ada"), await visitors.comes("Ben")
    await ada.page.keyboard.press("l")
    panel = ada.page.get_by_role("dialog", name="Land")
    await expect(panel.locator("p.note")).to_have_text("Nobody has claimed this land.")
    await ada.page.keyboard.press("Tab")
    await ada.page.keyboard.press("Tab")
    await expect(panel.get_by_role("button", name="Claim this land")).to_be_focused()
    await ada.page.keyboard.press("Enter")
    await expect(panel.locator("p.note")).to_have_text("This is your land.")
    await expect(panel).to_contain_text(f"1 of {PLOTS} plots")

    await expect(ben.page.locator("#whose")).to_have_text("This is Ada's land.")
    await ben.page.keyboard.press("f")
    await expect(ben.page.locator(".toast", has_text="This is Ada's land.")).to_be_visible()
    assert await ben.known(f"world.at({X + 2}, {Y + 1}, 1)") == 0

    await panel.get_by_label("A player's name").fill("ben")
    await ada.page.keyboard.press("Enter")
    await expect(panel.get_by_role("button", name="No longer let Ben build")).to_be_visible()
    await expect(ben.page.locator("#whose")).to_have_text("This is Ada's land. You may build here.")
    await ben.page.keyboard.press("f")
    await ada.until(f"world.at({X + 2}, {Y + 1}, 1) > 0")

    await panel.get_by_role("button", name="No longer let Ben build").click()
    await expect(ben.page.locator("#whose")).to_have_text("This is Ada's land.")
    await panel.get_by_label("A player's name").fill("Nobody")
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.locator(".toast", has_text="There is no player called Nobody.")).to_be_visible()


async def test_where_everybody_arrives_and_on_anothers_land_there_is_no_claiming(visitors: Visitors) -> None:
    ben = await visitors.comes("Ben")
    await ben.page.click("#open-land")
    panel = ben.page.get_by_role("dialog", name="Land")
    await expect(panel.locator("p.note")).to_have_text("This is Ada's land.")
    await expect(panel.get_by_role("button", name="Claim this land")).to_be_disabled()
    x, y = Simulation(int(SEED)).spawn
    assert await ben.known(f"land.kind({x}, {y})") == "common"


async def test_a_phone_claims_and_gives_back_with_a_finger(visitors: Visitors) -> None:
    cleo = await visitors.comes("Cleo", **PHONE)
    await cleo.page.tap("#open-land")
    panel = cleo.page.get_by_role("dialog", name="Land")
    await panel.get_by_role("button", name="Claim this land").tap()
    await expect(panel.locator("p.note")).to_have_text("This is your land.")
    await expect(panel.locator(".people").first).to_contain_text("Here")
    assert await cleo.page.evaluate("document.documentElement.scrollWidth") <= 360, "nothing sticks out"
    await panel.locator(".people").first.get_by_role("button", name="Give back").tap()
    await expect(panel.locator("p.note")).to_have_text("Nobody has claimed this land.")
    assert await cleo.known("land.mine.plots.length") == 0


async def test_an_owner_counts_and_then_takes_back_what_a_guest_built(visitors: Visitors) -> None:
    ada = await visitors.comes("Ada")
    await ada.page.keyboard.press("l")
    panel = ada.page.get_by_role("dialog", name="Land")
    undo = panel.get_by_role("button", name="Roll back")
    await expect(undo).to_be_disabled()
    await panel.get_by_label("Whose changes; nothing for everybody's").fill("Ben")
    await panel.get_by_role("button", name="Count first").click()
    await expect(panel.locator(".rollback")).to_contain_text("1 tile would be as it was")
    await expect(panel.locator(".rollback li")).to_contain_text("Ben: air → stone")
    assert await ada.known(f"world.at({X + 2}, {Y + 1}, 1)") > 0
    await undo.click()
    await expect(panel.locator(".rollback")).to_contain_text("1 tile is as it was.")
    await ada.until(f"world.at({X + 2}, {Y + 1}, 1) === 0")
