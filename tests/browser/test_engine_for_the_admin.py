"""The admin's page says what the engine is doing, and that it has failed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from nanoverse.store import accounts
from nanoverse.store.database import Database
from tests.browser.reach import grave
from tests.browser.visitors import Visitors, say_goodbye
from tests.web.house import settle
from tests.world_server import ROOT, RUN, WorldProcess, running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

# A fault in the engine's own thread, outside of any step.
RUN_WITH_A_BROKEN_ENGINE = (
    "-c",
    f"""
import runpy, sys
sys.path.insert(0, {str(ROOT)!r})
from nanoverse.engine.worker import Worker
Worker._take_mail = None
runpy.run_path({RUN[0]!r}, run_name="__main__")
""",
)


async def settle_admin(folder: Path) -> None:
    people = await settle(folder / "data", "Ada")
    async with await Database.open(folder / "data") as db:
        await db.write(lambda c: accounts.make_admin(c, people["Ada"]))


async def admins_page(visitors: Visitors, world: WorldProcess, language: str) -> Page:
    page = (await visitors.comes("Ada", locale=language)).page
    await page.goto(f"{world.url}admin")
    return page


async def test_the_admin_sees_what_the_engine_is_doing(browser: Browser, tmp_path: Path) -> None:
    await settle_admin(tmp_path)
    async with running_world(tmp_path) as world:
        visitors = Visitors(browser, world.url)
        page = await admins_page(visitors, world, "en")
        await page.get_by_role("heading", name="The engine").wait_for()
        facts = page.locator("#engine-facts")
        await expect(facts).to_contain_text("cpu")
        await expect(facts).to_contain_text(re.compile(r"being written: \d of 8; waiting: \d"))
        await expect(facts).to_contain_text(re.compile(r"in main memory: \d+; found there: \d+; read from"))
        memory = re.compile(r"model .?(\d+) MB.?, conversations .?\d+ MB.?, adapters at work .?\d+ MB")
        await expect(facts).to_contain_text(memory)
        await expect(page.locator("#engine-failure")).to_be_hidden()
        assert await grave(page) == []
        await say_goodbye(visitors.here)


async def test_the_admin_sees_that_the_engine_has_failed(browser: Browser, tmp_path: Path) -> None:
    await settle_admin(tmp_path)
    async with running_world(tmp_path, python=RUN_WITH_A_BROKEN_ENGINE) as world:
        visitors = Visitors(browser, world.url)
        page = await admins_page(visitors, world, "de")
        failure = page.get_by_role("alert").filter(has_text="Die Engine ist ausgefallen")
        await expect(failure).to_contain_text("neu gestartet werden")
        await expect(page.locator("#engine-facts")).to_be_empty()
        await say_goodbye(visitors.here)
