"""The admin locks an account at a report and by name; its player reads why, and comes back when it is unlocked."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from nanoverse.store import accounts, land, reports
from nanoverse.store.database import Database
from nanoverse.world.constants import PLOT
from nanoverse.world.simulation import Simulation
from tests.browser.reach import grave
from tests.browser.visitors import PHONE, Visitors, say_goodbye
from tests.web.house import give, settle
from tests.world_server import running_world

WHY = "You spam, " + "and spam, " * 16 + "and write to me if I am wrong."  # longer than a close frame holds

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def shoot(page: Page, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        await page.screenshot(path=f"{folder}/{name}.png", full_page=True)


async def test_the_admin_locks_at_a_report_by_keys_and_unlocks_in_the_list(
    browser: Browser, tmp_path: Path
) -> None:
    people = await settle(tmp_path / "data", "Ada", "Bob", "Eve")
    async with await Database.open(tmp_path / "data") as db:
        await db.write(lambda c: accounts.make_admin(c, people["Ada"]))
        await db.write(
            lambda c: reports.add(c, people["Eve"], people["Bob"], None, "", False, "He spams.", 1)
        )
    async with running_world(tmp_path) as world:
        visitors = Visitors(browser, world.url)
        bob, ada = await visitors.comes("Bob"), await visitors.comes("Ada")
        page = ada.page
        await page.goto(f"{world.url}admin")
        at_report = page.locator("#reported").get_by_role("button", name="Lock this account: Bob")
        await at_report.focus()
        await page.keyboard.press("Enter")
        reason = page.get_by_label("Reason, for the player to read; or nothing")
        await expect(reason).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(at_report).to_be_focused()
        await page.keyboard.press("Enter")
        await page.keyboard.type(WHY)
        assert await grave(page) == []
        await shoot(page, "lock-report")
        await page.keyboard.press("Enter")

        await bob.page.wait_for_selector("#account-error:not(:empty)")
        assert await bob.page.inner_text("#account-error") == f"Your account is locked: {WHY}"
        await bob.page.reload()
        await expect(bob.page.locator("#account-error")).to_have_text(f"Your account is locked: {WHY}")
        left = bob.page.locator("#account-locked")
        async with bob.page.expect_download() as download:
            await left.get_by_role("link", name="Everything you wrote (a .jsonl file)").press("Enter")
        assert (await download.value).suggested_filename == "my-words.jsonl"
        await left.locator("summary", has_text="Delete my account").press("Space")
        await expect(left.get_by_label("Your password")).to_be_visible()
        assert await grave(bob.page) == []
        await shoot(bob.page, "locked-out")
        bob.complaints = [line for line in bob.complaints if "403" not in line]

        await expect(page.locator("#reported").get_by_role("button", name="Unlock: Bob")).to_be_focused()
        await expect(page.locator("#locked li")).to_contain_text(f"Bob: {WHY}")
        assert await grave(page) == []
        await shoot(page, "locked")
        await page.set_viewport_size(PHONE["viewport"])  # type: ignore[arg-type]
        await page.locator("#locked").get_by_role("button", name="Unlock: Bob").click()
        await shoot(page, "unlock-phone")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
        await page.locator("#locked").get_by_role("button", name="Unlock", exact=True).click()
        await expect(page.locator("#lock-name")).to_be_focused()
        await expect(page.get_by_text("Nobody.")).to_be_visible()
        await bob.page.reload()
        await bob.page.wait_for_selector("#hud:not([hidden])")

        await page.fill("#lock-name", "Ada")
        await page.press("#lock-name", "Enter")
        await page.locator("#lock-sure").get_by_role("button", name="Lock this account").click()
        await expect(page.locator("#lock-sure").get_by_role("alert")).to_have_text(
            "You cannot lock yourself or another admin."
        )
        await shoot(page, "lock-by-name-phone")
        ada.complaints = [line for line in ada.complaints if "403" not in line]
        await page.locator("#lock-sure").get_by_role("button", name="Leave it").click()
        await page.fill("#lock-name", "Eve")
        await page.press("#lock-name", "Enter")
        await page.keyboard.press("Enter")
        await expect(page.locator("#locked li")).to_contain_text("Eve")
        await say_goodbye(visitors.here)


async def test_the_land_of_who_is_locked_is_freed_by_keys_in_the_list(
    browser: Browser, tmp_path: Path
) -> None:
    x, y = (at + 200 for at in Simulation(5).spawn)
    people = await settle(tmp_path / "data", "Ada", "Bob", "Gus")
    await give(tmp_path / "data", people["Bob"], x, y)
    claims = [((x // PLOT + i, y // PLOT), people["Gus"]) for i in range(3)]
    async with await Database.open(tmp_path / "data") as db:
        await db.write(lambda c: accounts.make_admin(c, people["Ada"]))
        await db.write(lambda c: accounts.lock(c, people["Gus"], "You spam."))
        await db.write(lambda c: land.put_claims(c, claims, 1))
    async with running_world(tmp_path, "--seed", "5") as world:
        visitors = Visitors(browser, world.url)
        bob, ada = await visitors.comes("Bob"), await visitors.comes("Ada")
        await expect(bob.page.locator("#whose")).to_have_text("This is Gus's land.")
        page = ada.page
        await page.goto(f"{world.url}admin")
        free = page.get_by_role("button", name="Free their land: Gus")
        await free.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("group", name="Free all 3 plots of Gus?")).to_be_visible()
        assert await grave(page) == []
        await page.keyboard.press("Escape")
        await expect(free).to_be_focused()
        await page.keyboard.press("Enter")
        await page.set_viewport_size(PHONE["viewport"])  # type: ignore[arg-type]
        await shoot(page, "free-land-phone")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
        await page.get_by_role("button", name="Free their land", exact=True).click()
        await expect(page.locator("#locked").get_by_role("button", name="Unlock: Gus")).to_be_focused()
        await expect(free).to_have_count(0)
        await expect(bob.page.locator("#whose")).not_to_contain_text("Gus")
        await bob.page.keyboard.press("l")
        await bob.page.get_by_role("button", name="Claim this land").click()
        await expect(bob.page.get_by_role("dialog", name="Land")).to_contain_text("This is your land.")
        await say_goodbye(visitors.here)


async def test_the_name_of_who_deleted_their_account_while_locked_is_freed_in_the_list(
    browser: Browser, tmp_path: Path
) -> None:
    people = await settle(tmp_path / "data", "Ada", "Gus")

    def leave(connection: sqlite3.Connection) -> None:
        accounts.make_admin(connection, people["Ada"])
        accounts.lock(connection, people["Gus"], "You spam.")
        accounts.delete(connection, people["Gus"])

    async with await Database.open(tmp_path / "data") as db:
        await db.write(leave)
    async with running_world(tmp_path) as world:
        visitors = Visitors(browser, world.url)
        page = (await visitors.comes("Ada")).page
        await page.goto(f"{world.url}admin")
        await expect(page.locator("#locked li")).to_contain_text("Gus: deleted while it was locked")
        await page.get_by_role("button", name="Free the name: Gus").click()
        assert await grave(page) == []
        await page.set_viewport_size(PHONE["viewport"])  # type: ignore[arg-type]
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
        await page.locator("#locked").get_by_role("button", name="Free the name", exact=True).click()
        await expect(page.get_by_text("Nobody.")).to_be_visible()
        await say_goodbye(visitors.here)
