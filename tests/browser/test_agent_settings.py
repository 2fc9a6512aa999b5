"""A player says how much their agent may do, and sends what it only drafted."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from nanoverse.protocol import WORLD
from nanoverse.store import accounts, conducts
from nanoverse.store.database import FILE
from tests.browser.visitors import come, say_goodbye
from tests.world_server import running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")


def two_drafts(data: Path) -> None:
    connection = sqlite3.connect(data / FILE, isolation_level=None)
    (ada,) = accounts.everyone(connection)
    for text in ("north of here", "I am a teapot"):
        conducts.draft(connection, ada.id, WORLD, 0, 0, text, 0, "{}", 1)
    connection.close()


async def test_what_an_agent_may_do_is_chosen_and_kept(browser: Browser, tmp_path: Path) -> None:
    async with running_world(tmp_path, "--model", "none such") as world:
        ada = await come(browser, world.url, "Ada", False, {})
        page = ada.page
        await page.click("#open-agent")
        levels = page.get_by_role("radiogroup", name="What your agent may do")
        await expect(levels.get_by_label("Everything")).to_be_checked()
        await levels.get_by_label("Only draft").check()
        await expect(page.locator(".toast", has_text="Your agent will keep to that.")).to_be_visible()
        await page.get_by_label("Quiet hours").check()
        await page.get_by_label("Quiet until").fill("06:30")
        await page.keyboard.press("Tab")
        await ada.until("(await (await fetch('/api/me/agent/conduct')).json()).quiet_to === 390")
        await ada.until(
            "(await (await fetch('/api/me/agent/conduct')).json()).zone"
            " === Intl.DateTimeFormat().resolvedOptions().timeZone"
        )
        # To write another; until then the one that was kept holds.
        await page.get_by_label("Quiet from").fill("")
        learns = page.get_by_label("Learn from what I write")
        await learns.uncheck()
        await expect(page.locator(".panel")).to_contain_text("It learns nothing, as you wish.")
        await page.reload()
        await page.wait_for_selector("#hud:not([hidden])")
        await page.click("#open-agent")
        await expect(levels.get_by_label("Only draft")).to_be_checked()
        await expect(learns).not_to_be_checked()
        await expect(page.get_by_label("Quiet from")).to_have_value("22:00")
        await expect(page.get_by_label("Quiet until")).to_have_value("06:30")

        two_drafts(tmp_path / "data")
        await page.reload()
        await expect(page.locator("#homecoming-words")).to_contain_text("2 answers wait")
        await page.click("#homecoming-show")
        drafts = page.locator(".drafted")
        await drafts.first.get_by_label("Draft").fill("south of here")
        await drafts.first.get_by_role("button", name="Send").press("Enter")
        await expect(drafts.first).to_have_text("Sent.")
        await expect(drafts.last.get_by_label("Draft")).to_be_focused()
        await drafts.last.get_by_role("button", name="Throw away").press("Enter")
        await expect(drafts.last).to_have_text("Thrown away.")
        await expect(page.get_by_role("dialog")).to_be_focused()
        await page.get_by_role("tab", name="World").click()
        await expect(page.locator("#chat-log .message", has_text="south of here")).to_have_count(1)
        await say_goodbye([ada])
