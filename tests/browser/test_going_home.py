"""Beds and signs in a real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

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
    folder: Path = tmp_path_factory.mktemp("inn")
    people = await settle(folder / "data", "Ada", "Ben", "Cleo")
    await build(folder / "data", X - 1, Y - 1, ".....", "..S..", "..B..", ".....", S="sign", B="bed")
    for x, player in ((X, people["Ada"]), (X + 2, people["Ben"]), (X + 40, people["Cleo"])):
        await give(folder / "data", player, x, Y, ("stone", 5))
    async with running_world(folder, "--seed", SEED, "--away-seconds", "3600") as world:
        yield world


async def test_one_writes_on_a_sign_and_another_reads_it_there(visitors: Visitors) -> None:
    ada, ben = await visitors.comes("Ada"), await visitors.comes("Ben", **PHONE)
    place = await ada.known(f"camera.toWindow(({X} + 1) * 16 + 8, {Y} * 16 + 8)")
    await ada.page.mouse.click(place["x"], place["y"], button="right")
    await expect(ada.page.get_by_placeholder("What stands on the sign")).to_be_focused()
    assert await grave(ada.page) == []
    await ada.page.get_by_label("What stands on the sign").fill("<b>Ada's inn</b> שלום")
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.get_by_role("dialog")).to_have_count(0)
    words = ben.page.locator(".sign-words")
    await expect(words).to_have_text("<b>Ada's inn</b> שלום")  # markup is text
    place = await ben.known(f"camera.toWindow(({X} + 1) * 16 + 8, {Y} * 16 + 8)")
    await ben.page.touchscreen.tap(place["x"], place["y"])
    await expect(ben.page.get_by_text("Written by Ada.")).to_be_visible()
    assert await grave(ben.page) == []
    await ben.page.get_by_label("What stands on the sign").fill("x" * 130)
    assert await ben.page.get_by_label("What stands on the sign").input_value() == "x" * 120


@pytest.mark.parametrize(
    ("name", "locale", "sentence"),
    [
        ("Ben", "en", "this is where everybody arrives. Use a bed, and it is your home."),
        ("Cleo", "de", "Hier kommen alle an. Benutze ein Bett, dann ist es dein Zuhause."),
    ],
)
async def test_who_has_no_home_is_asked_and_comes_to_where_everybody_arrives_and_is_told_how_to_get_one(
    visitors: Visitors, name: str, locale: str, sentence: str
) -> None:
    visitor = await visitors.comes(name, locale=locale)
    page, at = visitor.page, await visitor.known("[figures.own.x, figures.own.y]")
    question = page.get_by_role("dialog", name={"en": "Go home", "de": "Nach Hause gehen"}[locale])
    stay = question.get_by_role("button").nth(1)  # the first one closes
    await page.keyboard.press("h")
    await expect(stay).to_be_focused()
    assert await grave(page) == []
    box = await question.bounding_box()
    assert box and box["height"] < 200, "no taller than what is in it"
    await page.keyboard.press("Enter")
    await expect(question).to_have_count(0)
    await page.evaluate("fetch('/api/me').then(() => {})")
    assert await visitor.known("[figures.own.x, figures.own.y]") == at
    await page.keyboard.press("h")
    await expect(stay).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator(".toast", has_text=sentence)).to_be_visible()
    await expect(question).to_have_count(0)
    await visitor.until(f"Math.abs(figures.own.x - {X} * 16) < 20 * 16")


async def test_a_bed_is_a_home_that_one_goes_back_to(visitors: Visitors) -> None:
    ada = await visitors.comes("Ada")
    place = await ada.known(f"camera.toWindow(({X} + 1) * 16 + 8, ({Y} + 1) * 16 + 8)")
    await ada.page.mouse.click(place["x"], place["y"], button="right")
    await expect(ada.page.get_by_text("This bed is your home now.")).to_be_visible()
    await ada.page.keyboard.down("a")
    await ada.until(f"figures.own.x < ({X} - 1) * 16")
    await ada.page.keyboard.up("a")
    await ada.page.click("#go-home")
    await ada.until(f"Math.abs(figures.own.x - ({X} * 16 + 8)) <= 16 && figures.own.x >= {X} * 16")
    await ada.page.keyboard.press("h")
    await expect(ada.page.get_by_text("You returned a moment ago; wait")).to_be_visible()
