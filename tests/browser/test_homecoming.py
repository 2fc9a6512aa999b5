"""On return a player reads what their agent did and said, finds each of it, and judges it."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from nanoverse.protocol import WORLD
from nanoverse.store import accounts, changes, deeds, messages
from nanoverse.store.changes import Change
from nanoverse.store.database import FILE, Database
from nanoverse.store.deeds import Deed
from nanoverse.world.blocks import by_name
from nanoverse.world.simulation import Simulation
from tests.browser.test_accessibility import grave
from tests.browser.visitors import AT_BOTH, PHONE, Visitors, come, say_goodbye
from tests.web.house import build, give, settle
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
    deeds.add(connection, [Deed(ada.id, now, "gathered", "wood", 12, 40, -9, now)])
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
            "Welcome back! Your agent spoke 2 times. It talked with Ben (1). What it did: gathered wood × 12."
        )
        await page.click("#homecoming-show")
        panel = page.locator(".panel")
        await expect(panel).to_contain_text("gathered wood × 12")
        answer = panel.locator(".word", has_text="north of here")
        await expect(answer.locator("blockquote")).to_contain_text("Ben Ada, where is the ford?")

        await panel.locator(".deeds button").click()
        await expect(page.locator(".toast", has_text="the map has a mark")).to_be_visible()

        await answer.get_by_role("button", name="Like").click()
        await expect(answer.get_by_role("button", name="Like")).to_have_attribute("aria-pressed", "true")
        withdraw = answer.get_by_role("button", name="Withdraw this rewrite")
        await expect(withdraw).to_be_hidden()
        await answer.get_by_role("button", name="Rewrite").click()
        await answer.get_by_label("I would have said").fill("follow the river")
        await answer.get_by_role("button", name="Teach").click()
        await expect(page.locator(".toast", has_text="will learn from this")).to_be_visible()
        await expect(withdraw).to_be_visible()

        await answer.get_by_role("button", name="Show in the chat").click()
        found = page.locator("#chat-log .message.found", has_text="north of here")
        await expect(found).to_be_in_viewport()
        await page.get_by_role("button", name="Back to the newest").click()
        await expect(page.locator("#chat-log .message", has_text="rain, day 69")).to_be_in_viewport()
        await expect(page.locator("#chat-log .message", has_text="north of here")).to_have_count(0)

        teapot = panel.locator(".word", has_text="teapot")
        await teapot.get_by_role("button", name="Take back").press("Enter")
        await expect(panel.locator(".word", has_text="Taken back")).to_be_visible()
        await expect(answer.get_by_role("button", name="Show in the chat")).to_be_focused()

        await panel.get_by_role("button", name="Close").click()
        await page.reload()
        await page.wait_for_selector("#hud:not([hidden])")
        await ada.until("world.me !== undefined")
        await page.click("#open-agent")
        await page.get_by_role("button", name="While you were away …").click()
        again = page.locator(".panel .word", has_text="north of here")
        await expect(again.get_by_label("Like")).to_have_attribute("aria-pressed", "true")
        await again.get_by_role("button", name="Withdraw this rewrite").click()
        await again.get_by_role("button", name="Forget it for good").click()
        await expect(again.get_by_role("button", name="Withdraw this rewrite")).to_be_hidden()
        await again.get_by_role("button", name="Rewrite").click()
        await expect(again.get_by_label("I would have said")).to_have_value("north of here")
        await expect(page.locator(".panel .word")).to_have_count(1)
        await expect(page.locator("#homecoming")).to_be_hidden()
        await say_goodbye([ada, ben])


@AT_BOTH
async def test_the_card_is_shown_once_for_each_homecoming(
    browser: Browser, tmp_path: Path, options: dict[str, Any]
) -> None:
    people = await settle(tmp_path / "data", "Ada", "Ben")
    meanwhile(tmp_path / "data")
    async with running_world(tmp_path, "--model", "none such") as world:
        visitors = Visitors(browser, world.url)
        ada = await visitors.comes("Ada", **options)
        page, card = ada.page, ada.page.locator("#homecoming")

        async def comes_again(lose_line: bool) -> None:
            """The connection is lost, or the page loaded anew; and the page has asked what happened meanwhile."""
            async with page.expect_response("**/api/me/digest") as asked:
                await (ada.known("(net.socket.close(), true)") if lose_line else page.reload())
            await (await asked.value).finished()
            await ada.known("camera.scale")  # some frames later

        await comes_again(True)
        await expect(card).to_be_visible()  # nobody has answered it
        await shot(page, f"homecoming-{len(options)}")
        await page.click("#homecoming-close")
        for lose_line in (True, False):
            await comes_again(lose_line)
            await expect(card).to_be_hidden()

        def says(text: str) -> None:
            connection = sqlite3.connect(tmp_path / "data" / FILE, isolation_level=None)
            now = time.time_ns() // 1_000_000
            messages.insert(connection, WORLD, people["Ada"], text, now, by_agent=True)
            connection.close()

        says("and a kettle")
        await comes_again(True)
        await expect(page.locator("#homecoming-words")).to_contain_text("spoke 3 times")
        await page.click("#homecoming-show")
        await comes_again(True)
        await expect(page.locator(".panel")).to_contain_text("and a kettle")
        await expect(card).to_be_hidden()

        says("and a cup")  # while that is read
        await comes_again(True)
        await page.press("#homecoming-show", "Enter")
        await expect(page.locator(".panel")).to_contain_text("and a cup")
        says("and a spoon")
        async with page.expect_response("**/api/me/digest/read"):
            await comes_again(True)
            await page.keyboard.press("Escape")
        await comes_again(True)
        await expect(page.locator("#homecoming-words")).to_contain_text("spoke once")
        await page.click("#homecoming-show")
        await expect(page.locator(".panel .word")).to_have_text(re.compile("and a spoon"))
        await say_goodbye(visitors.here)


async def test_of_very_many_deeds_the_digest_says_how_many_there_are(
    browser: Browser, tmp_path: Path
) -> None:
    people = await settle(tmp_path / "data", "Ada")
    now = time.time_ns() // 1_000_000
    made = [Deed(people["Ada"], now - n, "made", "planks", 4, 0, 0, now - n) for n in range(45)]
    async with await Database.open(tmp_path / "data") as db:
        await db.write(lambda c: deeds.add(c, made))
    async with running_world(tmp_path, "--model", "none such") as world:
        visitors = Visitors(browser, world.url)
        page = (await visitors.comes("Ada")).page
        await expect(page.locator("#homecoming-words")).to_contain_text("42 more")
        await page.click("#homecoming-show")
        await expect(page.locator(".panel .deeds li")).to_have_count(40)
        await expect(page.locator(".panel")).to_contain_text("The newest 40 of 45 entries")
        await say_goodbye(visitors.here)


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
async def test_what_the_agent_built_is_undone_from_the_digest(
    browser: Browser, tmp_path: Path, options: dict[str, Any]
) -> None:
    x, y = (at + 100 for at in Simulation(5).spawn)
    people = await settle(tmp_path / "data", "Ada")
    await build(tmp_path / "data", x - 4, y - 3, *["." * 9] * 3, "......PP.", *["." * 9] * 3, P="planks")
    await give(tmp_path / "data", people["Ada"], x, y, ("stone", 5))
    built(tmp_path / "data", people["Ada"], x + 2, y)
    async with running_world(tmp_path, "--seed", "5", "--model", "none such") as world:
        visitors = Visitors(browser, world.url)
        ada = await visitors.comes("Ada", **options)
        page, planks = ada.page, by_name("planks").id
        await ada.until(f"world.at({x + 2}, {y}, 1) === {planks}")
        await page.click("#homecoming-show")
        line = page.locator(".deeds li", has_text="placed planks × 2")
        undo = line.get_by_role("button", name="Undo: placed planks × 2")
        await undo.click()
        await expect(line).to_contain_text("2 changes go back")
        assert await grave(page) == []
        await line.get_by_role("button", name="Leave it").click()
        await expect(undo).to_be_focused()
        await page.keyboard.press("Enter")
        await shot(page, f"undo-asks-{len(options)}")
        await page.keyboard.press("Enter")
        await expect(line.locator(".undone")).to_have_text("Undone.")
        await expect(undo).to_be_hidden()
        await shot(page, f"undo-done-{len(options)}")
        await ada.until(
            f"world.at({x + 2}, {y}, 1) === 0 && world.slots.some((s) => s.block === {planks} && s.count === 2)"
        )

        felled = page.locator(".deeds li", has_text="gathered wood")
        await felled.get_by_role("button", name="Undo: gathered wood").click()
        await felled.get_by_role("button", name="Undo", exact=True).click()
        await expect(felled).to_contain_text("1 left: what was taken is gone")
        made = page.locator(".deeds li", has_text="made planks × 8")
        await expect(made.get_by_role("button", name="Undo")).to_have_count(0)
        await say_goodbye(visitors.here)


def built(data: Path, player: int, x: int, y: int) -> None:
    """The agent made planks, placed two of them at x, y, and felled an oak south of there, whose wood is gone."""
    connection = sqlite3.connect(data / FILE, isolation_level=None)
    planks, oak, wood = (by_name(name).id for name in ("planks", "oak", "wood"))
    now = time.time_ns() // 1_000_000
    placed = [Change(x + i, y, 1, 0, planks, player, True, 0, planks, now) for i in (0, 1)]
    changes.put(connection, [*placed, Change(x, y + 2, 1, oak, 0, player, True, wood, 0, now)])
    done = (("placed", "planks", 2), ("gathered", "wood", 1), ("made", "planks", 8))
    deeds.add(connection, [Deed(player, now, verb, what, count, x, y, now) for verb, what, count in done])
    connection.close()


async def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        await page.screenshot(path=f"{folder}/{name}.png")


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
