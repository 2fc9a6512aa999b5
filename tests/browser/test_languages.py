"""The client speaks the browser's language or the one chosen, and is mirrored for those written from the right."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.browser.visitors import Visit
from tests.world_server import WorldProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_title_speaks_the_browsers_language(browser: Browser, place: WorldProcess) -> None:
    for locale, direction, words in (
        ("de-AT", "ltr", "Anmelden"),
        ("ar-EG", "rtl", "دخول"),
        ("fr", "ltr", "Log in"),
    ):
        page = await browser.new_page(locale=locale)
        await page.goto(place.url)
        await expect(page.locator("#account-login")).to_have_text(words)
        assert await page.evaluate("document.documentElement.dir") == direction
        await page.close()


async def test_a_chosen_language_stays_chosen_and_the_player_stays_in_the_world(visit: Visit) -> None:
    page = (await visit("Lina")).page
    await page.click("#open-settings")
    await page.locator(".panel select").select_option("he")
    await expect(page.locator("html[lang=he][dir=rtl] #hud")).to_be_visible()
    await page.reload()
    await expect(page.locator("#hud")).to_be_visible()
    await page.get_by_role("button", name="הגדרות").click()
    await expect(page.get_by_role("dialog", name="הגדרות")).to_contain_text("נכנסת בשם \u2068Lina\u2069.")
