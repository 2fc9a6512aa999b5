"""Land in a real browser: claimed and given back by key, mouse and finger, shown to all, kept from others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from nanoverse.store import accounts
from nanoverse.store.database import Database
from nanoverse.world.constants import PLOT, PLOTS
from nanoverse.world.simulation import Simulation
from tests.browser.conftest import SEED
from tests.browser.reach import grave
from tests.browser.visitors import PHONE, Visitors
from tests.web.house import build, give, settle
from tests.world_server import WorldProcess, running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

# A clearing in the middle of a plot beyond the commons; Cleo's is the plot to the east of it.
X, Y = (at // PLOT * PLOT + 2 * PLOT + 5 for at in Simulation(int(SEED)).spawn)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WorldProcess]:
    folder: Path = tmp_path_factory.mktemp("country")
    people = await settle(folder / "data", "Ada", "Ben", "Cleo")
    async with await Database.open(folder / "data") as db:
        await db.write(lambda c: accounts.make_admin(c, people["Ada"]))
    await build(folder / "data", X - 5, Y - 5, *["." * 32] * 12)
    for name, x in (("Ada", X), ("Ben", X + 2), ("Cleo", X + PLOT)):
        await give(folder / "data", people[name], x, Y, ("stone", 5))
    async with running_world(folder, "--seed", SEED, "--away-seconds", "3600") as world:
        yield world


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


async def test_the_key_that_opens_the_panel_closes_it_again_but_can_be_typed_in_a_name(
    visitors: Visitors,
) -> None:
    ada = await visitors.comes("Ada")
    await ada.page.keyboard.press("l")
    name = ada.page.get_by_label("A player's name")
    await name.focus()
    await ada.page.keyboard.type("Cleo, Lil")
    await expect(name).to_have_value("Cleo, Lil")
    await ada.page.get_by_role("button", name="Close").focus()
    await ada.page.keyboard.press("Control+l")
    await expect(name).to_be_visible()
    await ada.page.keyboard.press("l")
    await expect(name).to_have_count(0)


async def test_whose_changes_are_to_be_taken_back_is_chosen_from_a_list_of_names(visitors: Visitors) -> None:
    ada = await visitors.comes("Ada")
    await ada.page.keyboard.press("l")
    await ada.page.get_by_label("Whose changes").focus()
    names = ada.page.locator("#land-names option")
    await expect(names).to_have_count(2)
    assert {await name.get_attribute("value") for name in await names.all()} == {"Ben", "Cleo"}


async def test_where_everybody_arrives_and_on_anothers_land_there_is_no_claiming(visitors: Visitors) -> None:
    ben = await visitors.comes("Ben")
    await ben.page.click("#open-land")
    panel = ben.page.get_by_role("dialog", name="Land")
    await expect(panel.locator("p.note")).to_have_text("This is Ada's land.")
    await expect(panel.get_by_role("button", name="Claim this land")).to_be_disabled()
    await expect(panel.locator(".rollback")).to_be_hidden()  # there is no land to be undone on
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
    release = panel.locator(".people").first.get_by_role("button", name="Give back")
    await release.tap()
    sure = panel.locator(".sure")
    await expect(sure).to_contain_text("can no longer be rolled back by you")
    assert await grave(cleo.page) == []
    await sure.get_by_role("button", name="Keep it").tap()
    await expect(panel.locator("p.note")).to_have_text("This is your land.")
    await release.tap()
    await sure.get_by_role("button", name="Give back").tap()
    await expect(panel.locator("p.note")).to_have_text("Nobody has claimed this land.")
    assert await cleo.known("land.mine.plots.length") == 0


async def test_an_owner_counts_and_then_takes_back_what_a_guest_built(visitors: Visitors) -> None:
    ada = await visitors.comes("Ada")
    await ada.page.keyboard.press("l")
    panel = ada.page.get_by_role("dialog", name="Land")
    undo = panel.get_by_role("button", name="Roll back")
    await expect(undo).to_be_disabled()
    await panel.get_by_label("Whose changes; nothing for everybody's").fill("Ben")
    count = panel.get_by_role("button", name="Count first")
    await panel.get_by_label("Who drove").select_option(label="Only by agent")
    await count.click()
    await expect(panel.locator(".rollback")).to_contain_text("0 tiles would be as they were")
    await expect(undo).to_be_disabled()
    await panel.get_by_label("Who drove").select_option(label="Only in person")
    await panel.get_by_label("Where").select_option(label="Around here, up to 8 tiles")
    await count.click()
    await expect(panel.locator(".rollback")).to_contain_text("1 tile would be as it was")
    await expect(panel.locator(".rollback li")).to_contain_text("Ben: air → stone")
    assert await ada.known(f"world.at({X + 2}, {Y + 1}, 1)") > 0
    await undo.click()
    await expect(panel.locator(".rollback")).to_contain_text("1 tile is as it was.")
    await ada.until(f"world.at({X + 2}, {Y + 1}, 1) === 0")


async def test_an_admin_who_gives_half_a_place_is_not_taken_to_mean_everywhere(visitors: Visitors) -> None:
    page = (await visitors.comes("Ada")).page
    await page.goto(page.url + "admin")
    form = page.locator("form.rollback")
    told, count = form.get_by_role("status"), form.get_by_role("button", name="Count first")
    await form.get_by_label("Who drove").select_option(label="Only in person")
    await form.get_by_label("Tiles around it").fill("8")
    await count.click()
    await expect(form.get_by_label("Place: x")).to_be_focused()  # asks for it
    await form.get_by_label("Place: x").fill("ten")
    await form.get_by_label("Place: y").fill(str(Y))
    await count.click()
    await expect(form.get_by_label("Place: x")).to_be_focused()
    await expect(told).to_be_empty()
    await form.get_by_label("Place: x").fill(str(X))
    await count.click()
    await expect(told).to_contain_text("would be as")
