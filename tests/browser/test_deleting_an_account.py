"""A player deletes their account from the settings; the others see them go, and their words with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser.visitors import PASSWORD, come, say_goodbye
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
        await ada.page.click("summary")
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
