"""A player deletes their account from the settings; the others see them go, and their words with them. And one who
chooses another password there logs everybody else out."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.reach import grave
from tests.browser.visitors import PASSWORD, PHONE, come, say_goodbye
from tests.world_server import running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_account_is_deleted_with_its_password_and_the_others_see_it_go(
    browser: Browser, tmp_path: Path
) -> None:
    async with running_world(tmp_path) as world:
        ada = await come(browser, world.url, "Ada", False, {})
        bob = await come(browser, world.url, "Bob", False, {})
        await ada.say("remember me")
        await bob.until("chat.open.messages.some((m) => m.text === 'remember me')")
        await ada.page.click("#open-settings")
        await ada.page.click("summary:text('Delete my account')")
        await ada.page.fill(".leaving input", "not my password")
        await ada.page.press(".leaving input", "Enter")
        await ada.page.wait_for_selector(".leaving .failure:not(:empty)")
        assert await ada.page.inner_text(".leaving .failure") == "That is not your password."
        await ada.page.fill(".leaving input", PASSWORD)
        await ada.page.press(".leaving input", "Enter")
        await bob.until("world.bodies.size === 1 && chat.open.messages.length === 0")
        await ada.page.wait_for_selector("#account:not([hidden])")
        assert [line for line in ada.complaints if "403" not in line] == []
        # From another window of his: this one is told why it closes.
        await bob.page.evaluate(
            """(password) => fetch('/api/me/delete', { method: 'POST', body: JSON.stringify({ password }),
                headers: { 'content-type': 'application/json', 'X-NanoVerse': '1' } })""",
            PASSWORD,
        )
        await bob.page.wait_for_selector("#account-error:not(:empty)")
        assert await bob.page.inner_text("#account-error") == "Your account is gone."
        await say_goodbye([bob])


async def test_a_new_password_is_chosen_on_a_phone_and_the_other_browser_is_logged_out(
    browser: Browser, tmp_path: Path
) -> None:
    async with running_world(tmp_path) as world:
        ada = await come(browser, world.url, "Ada", False, PHONE)
        page = ada.page
        await page.click("#open-settings")
        await page.click("summary:text('Change my password')")
        form = page.locator(".new-password")
        assert await grave(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
        for box in await form.locator("input, button").all():
            at = await box.bounding_box()
            assert at is not None and at["x"] >= 0 and at["x"] + at["width"] <= 360
        await form.get_by_label("Your password now").fill("not my password")
        await form.get_by_label("New password").fill("battery staple")
        await form.get_by_role("button").click()
        await expect(form.get_by_role("alert")).to_have_text("That is not your password.")
        other = await come(browser, world.url, "Ada", True, {})
        await page.wait_for_selector("#notice:not([hidden])")  # she is in another window now
        await form.get_by_label("Your password now").fill(PASSWORD)
        await form.get_by_role("button").press("Enter")
        await expect(page.locator(".toast", has_text="Your password is changed.")).to_be_visible()
        await expect(page.locator("summary:text('Change my password')")).to_be_focused()
        await other.page.wait_for_selector("#account:not([hidden])")
        await expect(other.page.locator("#account-error")).not_to_be_empty()
        await page.get_by_role("button", name="Play here").click()
        await ada.until("net.ready && net.welcomed")
        ada.complaints = [line for line in ada.complaints if "403" not in line]
        await say_goodbye([ada, other])
