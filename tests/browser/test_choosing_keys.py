"""Other keys than the ones one finds: chosen in the settings, told of wherever keys are, kept, and given back."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.reach import grave
from tests.browser.visitors import Visit, Visitor, come, say_goodbye, speak
from tests.world_server import WorldProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ben(browser: Browser, place: WorldProcess) -> AsyncIterator[Visitor]:
    """Who leaves no panel open, for the tests after which others find their keys."""
    visitor = await come(browser, place.url, "Ben", False, {})
    yield visitor
    await say_goodbye([visitor])


def key(page: Page, does: str, called: str) -> Locator:
    return page.get_by_role("button", name=f"{does}: {called}. Choose another key", exact=True)


def said(page: Page) -> Locator:
    return page.locator(".keys [role=status]")


async def change(page: Page, does: str, called: str, to: str) -> None:
    await key(page, does, called).click()
    await expect(said(page)).to_contain_text(f"new key for “{does}”")
    await page.keyboard.press(to)


async def test_a_chosen_key_does_it_is_told_of_and_is_kept(visit: Visit) -> None:
    ada = await visit("Ada")
    page = ada.page
    await page.click("#open-settings")
    await change(page, "bag and crafting", "E", "KeyX")
    await expect(said(page)).to_have_text("“bag and crafting” is now on X.")
    await change(page, "walk up", "W", "KeyT")
    await change(page, "talk", "Enter", "KeyY")
    await page.keyboard.press("Escape")

    for visit_ in ("this one", "the next"):
        await expect(page.locator("#open-bag")).to_have_attribute("title", "Bag and crafting (X)")
        await expect(page.locator("#hints")).to_contain_text("Walk: T A S D, ↑ ← ↓ →")
        assert "T A S D" in str(await page.get_attribute("#world", "aria-label")), visit_
        await page.keyboard.press("KeyE")
        await expect(page.locator(".panel")).to_have_count(0)
        for _ in ("opens", "closes"):
            await page.keyboard.press("KeyX")
        await expect(page.locator(".panel")).to_have_count(0)
        await page.keyboard.press("KeyX")
        await expect(page.locator(".panel h2")).to_have_text("Bag and crafting")
        await page.keyboard.press("Escape")
        await page.keyboard.press("KeyY")
        await expect(page.locator("#chat-input")).to_be_focused()
        assert await page.input_value("#chat-input") == "", "the key itself is not written"
        await expect(page.locator("#chat-input")).to_have_attribute("placeholder", "Press Y to talk")
        await page.keyboard.press("Escape")
        await page.reload()
        await ada.until("world.me !== undefined")

    await page.keyboard.down("KeyT")
    await ada.until("figures.own.facing === 2")  # north, whatever stands in the way
    await page.keyboard.up("KeyT")


async def test_a_key_that_is_taken_or_needed_is_refused_with_a_sentence(ben: Visitor) -> None:
    page = ben.page
    await page.click("#open-settings")
    await change(page, "dig", "Space", "KeyM")
    await expect(said(page)).to_have_text("M is taken: it is for “map”. Press another one.")
    await expect(said(page)).to_be_in_viewport(ratio=1)
    await page.keyboard.press("Digit3")
    await expect(said(page)).to_have_text("3 is taken: it is for “choose a slot”. Press another one.")
    await page.keyboard.press("F5")
    await expect(said(page)).to_have_text("F5 cannot be chosen: the page or the browser needs it.")
    await page.keyboard.press("Escape")
    await expect(
        key(page, "dig", "Space")
    ).to_be_focused()  # the panel is still there, and nothing has changed
    await change(page, "dig", "Space", "Space")
    await expect(said(page)).to_have_text("“dig” is now on Space.")
    await page.keyboard.press("Escape")


async def test_the_defaults_come_back(ben: Visitor) -> None:
    page = ben.page
    await page.click("#open-settings")
    await change(page, "map", "M", "KeyO")
    await change(page, "zoom in", "Num +", "BracketRight")
    await expect(said(page)).to_be_in_viewport(ratio=1)  # far down in the list
    await page.click("text=Back to the defaults")
    await expect(said(page)).to_have_text("All keys are as they were at first.")
    await expect(key(page, "map", "M")).to_be_visible()
    await expect(key(page, "zoom in", "Num +")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.keyboard.press("KeyM")
    await expect(page.locator(".panel h2")).to_have_text("Map")
    await page.keyboard.press("Escape")


async def test_keys_are_chosen_by_keyboard_alone_and_tab_leads_on(visit: Visit) -> None:
    page = (await visit("Dora")).page
    await page.focus("#open-settings")
    await page.keyboard.press("Enter")
    land = key(page, "land", "L")
    while not await land.evaluate("(node) => node === document.activeElement"):
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.keyboard.press("KeyK")
    land = key(page, "land", "K")
    await expect(land).to_be_focused()
    await page.keyboard.press("Space")
    await expect(page.locator(".keys .waits")).to_have_count(1)
    await page.keyboard.press("Tab")
    await expect(page.locator(".keys .waits")).to_have_count(0)
    await expect(land).not_to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator(".panel")).to_have_count(0)
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.press("KeyK")
    await expect(page.locator(".panel h2")).to_have_text("Land")


async def test_a_key_in_another_script_is_called_by_what_is_printed_on_it_for_latin(ben: Visitor) -> None:
    page = ben.page
    await page.click("#open-settings")
    await key(page, "map", "M").click()
    await page.evaluate(
        "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { code: 'KeyO', key: 'щ', bubbles: true }))"
    )
    await expect(said(page)).to_have_text("“map” is now on O.")
    await page.keyboard.press("Escape")


@pytest.mark.parametrize("locale", ["en", "de", "es", "he", "ar"])
async def test_axe_finds_nothing_serious_while_a_key_is_awaited_and_all_of_it_is_in_view(
    ben: Visitor, locale: str
) -> None:
    page = ben.page
    await speak(page, locale)
    await page.click("#open-settings")
    await page.locator(".keys .key").nth(8).click()
    await expect(page.locator(".keys .waits")).to_have_count(1)
    assert await grave(page) == []
    wide = "(node) => [node.scrollWidth, node.clientWidth]"
    assert len(set(await page.locator(".panel-body").evaluate(wide))) == 1
