"""On return a player reads what their agent did and said, finds each of it, and judges it."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from nanoverse.protocol import WORLD
from nanoverse.store import accounts, deeds, messages
from nanoverse.store.database import FILE
from nanoverse.store.deeds import Deed
from tests.browser.visitors import come, say_goodbye
from tests.world_server import running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")


def meanwhile(data: Path) -> None:
    """Ben asked, Ada's agent answered, much was said after that, and the agent gathered some wood."""
    connection = sqlite3.connect(data / FILE, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    ada, ben = accounts.everyone(connection)
    now = time.time_ns() // 1_000_000
    asked = messages.insert(connection, WORLD, ben.id, "Ada, where is the ford?", now)
    messages.insert(connection, WORLD, ada.id, "north of here", now, by_agent=True, reply_to=asked.id)
    messages.insert(connection, WORLD, ada.id, "I am a teapot", now, by_agent=True)
    for number in range(70):
        messages.insert(connection, WORLD, ben.id, f"rain, day {number}", now)
    deeds.add(connection, [Deed(ada.id, now, "gathered", "wood", 12, 40, -9, now)], now)
    connection.close()


async def test_a_player_comes_home_and_reads_what_their_agent_did(browser: Browser, tmp_path: Path) -> None:
    async with running_world(tmp_path, "--model", "none such") as world:
        ada = await come(browser, world.url, "Ada", False, {})
        ben = await come(browser, world.url, "Ben", False, {})
        page = ada.page
        await expect(page.locator("#homecoming")).to_be_hidden()
        meanwhile(tmp_path / "data")
        await page.reload()
        await page.wait_for_selector("#homecoming:not([hidden])")
        words = page.locator("#homecoming-words")
        await expect(words).to_have_text(
            "Welcome back! Your agent spoke 2 times with Ben. What it did: gathered 12 wood."
        )
        await page.click("#homecoming-show")
        panel = page.locator(".panel")
        await expect(panel).to_contain_text("gathered 12 wood")
        answer = panel.locator(".word", has_text="north of here")
        await expect(answer.locator("blockquote")).to_contain_text("Ben Ada, where is the ford?")

        await panel.locator(".deeds button").click()
        await expect(page.locator(".toast", has_text="the map has a mark")).to_be_visible()

        await answer.get_by_role("button", name="Like").click()
        await expect(answer.get_by_role("button", name="Like")).to_have_attribute("aria-pressed", "true")
        await answer.get_by_role("button", name="Rewrite").click()
        await answer.get_by_label("I would have said").fill("follow the river")
        await answer.get_by_role("button", name="Teach").click()
        await expect(page.locator(".toast", has_text="will learn from this")).to_be_visible()

        await answer.get_by_role("button", name="Show in the chat").click()
        found = page.locator("#chat-log .message.found", has_text="north of here")
        await expect(found).to_be_in_viewport()
        await page.get_by_role("button", name="Back to the newest").click()
        await expect(page.locator("#chat-log .message", has_text="rain, day 69")).to_be_in_viewport()
        await expect(page.locator("#chat-log .message", has_text="north of here")).to_have_count(0)

        teapot = panel.locator(".word", has_text="teapot")
        await teapot.get_by_role("button", name="Take back").click()
        await expect(panel.locator(".word", has_text="Taken back")).to_be_visible()

        await panel.get_by_role("button", name="Close").click()
        await page.reload()
        await page.wait_for_selector("#hud:not([hidden])")
        await ada.until("world.me !== undefined")
        await page.click("#open-agent")
        await page.get_by_role("button", name="While you were away …").click()
        again = page.locator(".panel .word", has_text="north of here")
        await expect(again.get_by_label("Like")).to_have_attribute("aria-pressed", "true")
        await expect(page.locator(".panel .word")).to_have_count(1)
        await expect(page.locator("#homecoming")).to_be_hidden()
        await say_goodbye([ada, ben])


async def test_what_is_taken_back_vanishes_before_the_eyes_of_who_reads_it(
    browser: Browser, tmp_path: Path
) -> None:
    async with running_world(tmp_path, "--model", "none such") as world:
        ada = await come(browser, world.url, "Ada", False, {})
        ben = await come(browser, world.url, "Ben", False, {})
        meanwhile(tmp_path / "data")
        await ben.known("chat.showMessage({ channel: 1, peer: 0, name: '', id: 3 })")
        teapot = ben.page.locator("#chat-log .message", has_text="teapot")
        await expect(teapot).to_have_count(1)
        await ada.known("net.request('take_back', { message: 3 })")
        await expect(teapot).to_have_count(0)
        await say_goodbye([ada, ben])


async def test_an_agent_that_spoke_to_nobody_is_shown_with_its_words_and_nothing_else(
    browser: Browser, tmp_path: Path
) -> None:
    async with running_world(tmp_path, "--model", "none such") as world:
        ada = await come(browser, world.url, "Ada", False, {})
        connection = sqlite3.connect(tmp_path / "data" / FILE, isolation_level=None)
        now = time.time_ns() // 1_000_000
        messages.insert(
            connection, WORLD, accounts.everyone(connection)[0].id, "so quiet", now, by_agent=True
        )
        connection.close()
        await ada.page.reload()
        await ada.page.click("#homecoming-show")
        body = ada.page.locator(".panel-body")
        await expect(body.locator(".word")).to_contain_text("so quiet")
        await expect(body).not_to_contain_text("null")
        await say_goodbye([ada])
