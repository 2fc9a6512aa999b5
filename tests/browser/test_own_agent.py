"""A player's page of their own agent: what speaks for them is theirs to choose, and they are told what was learnt."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from playwright.async_api import Browser

from nanoverse.store import accounts, adapters, nights
from nanoverse.store.database import FILE
from tests.browser.visitors import come, say_goodbye
from tests.world_server import running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")


def two_versions_of_which_the_older_is_chosen(data: Path) -> tuple[int, int]:
    connection = sqlite3.connect(data / FILE, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    (ada,) = accounts.everyone(connection)
    older, newer = (adapters.add(connection, ada.id, "base", 40, 0.3, "", 1).id for _ in range(2))
    adapters.offer(connection, ada.id, older, 1)
    adapters.offer(connection, ada.id, newer, 1)
    adapters.choose(connection, ada.id, older, 1)
    night = nights.start(connection, "", 1)
    left_out = {"password": 2, "repeat": 1}
    result = nights.NightResult(night, ada.id, nights.OFFERED, "It waits.", 0.3, 9.0, "", 57, left_out)
    nights.record(connection, result)
    connection.close()
    return older, newer


async def test_a_choice_is_shown_with_what_waits_and_can_be_taken_back(
    browser: Browser, tmp_path: Path
) -> None:
    async with running_world(tmp_path) as world:
        ada = await come(browser, world.url, "Ada", False, {})
        older, newer = two_versions_of_which_the_older_is_chosen(tmp_path / "data")
        await world.wait_for_line("agents are awake", 120)
        page = ada.page
        await page.click("#open-agent")
        report = await page.inner_text(".report")
        assert "went by 57 messages of yours and left out 3" in report
        assert "2 looked like a password or a key" in report and "It waits." in report
        chosen = await page.inner_text(".chosen")
        assert f"You chose version {older}" in chosen and f"Version {newer} is waiting." in chosen
        assert f"Version {older}" in await page.inner_text(".version.live")
        await page.click(".chosen button")
        await page.wait_for_selector(".chosen", state="detached")
        assert f"Version {newer}" in await page.inner_text(".version.live")
        words = tmp_path / "words.jsonl"
        words.write_text('{"text": "from elsewhere", "time": 1, "channel": "world"}\nno line\n')
        await page.set_input_files(".bring input >> nth=0", words)
        await page.wait_for_selector(".told li:nth-child(2)")
        told = await page.inner_text(".told >> nth=0")
        assert "1 message was taken." in told and "Not taken, being no JSON objects" in told
        await page.click("text='Forget what I brought'")
        await page.click("text='Forget it for good'")
        await page.wait_for_selector("text='Forget what I brought'", state="detached")
        await say_goodbye([ada])
