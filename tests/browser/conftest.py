"""Real Chromium pages on a real world."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.world_server import WorldProcess, running_world

NO_BROWSER = "no browser found: apt-get install chromium, or set NANOVERSE_CHROMIUM to the path of one"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SEED = "2"  # flowers grow where its newcomers arrive
PASSWORD = "correct horse battery"
DESKTOP = {"width": 760, "height": 560}  # small: without a GPU each pixel costs


@dataclass
class Visitor:
    """One player in a browser of their own; `complaints` are errors of the page, its console and its policy."""

    name: str
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    async def known(self, expression: str, *arguments: Any) -> Any:
        """Evaluates `expression` with the client's own `world`, `figures`, `camera` and `args` at hand."""
        return await self.page.evaluate(
            f"""async (args) => {{
                const {{ world, figures, camera, net }} = await import('/static/js/index.js');
                return ({expression});
            }}""",
            list(arguments),
        )

    async def until(self, expression: str, *arguments: Any, timeout: float = 15) -> None:
        """Waits until such an expression is true. (Playwright's own wait would use `eval`, which we forbid.)"""
        async with asyncio.timeout(timeout):
            while True:
                if await self.known(expression, *arguments):
                    return
                await asyncio.sleep(0.05)

    async def say(self, text: str) -> None:
        await self.page.fill("#chat-input", text)
        await self.page.press("#chat-input", "Enter")

    async def leave(self) -> None:
        await self.context.close()


Visit = Callable[..., Awaitable[Visitor]]


@pytest.fixture(scope="session")
def chromium_path() -> str:
    chosen = os.environ.get("NANOVERSE_CHROMIUM")
    found = chosen or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if not found or not Path(found).exists():
        pytest.skip(NO_BROWSER)
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(chromium_path: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WorldProcess]:
    """A world for all tests of a module; agents take over after a second."""
    folder = tmp_path_factory.mktemp("world")
    async with running_world(
        folder, "--away-seconds", "1", "--seed", SEED, "--register-per-hour", "1000"
    ) as world:
        yield world


async def come(browser: Browser, url: str, name: str, again: bool, options: dict[str, Any]) -> Visitor:
    """Opens the page as a new player, or as one who was here before, and waits until the land is there."""
    context = await browser.new_context(**({"viewport": DESKTOP} | options))
    page = await context.new_page()
    visitor = Visitor(name, context, page)
    page.set_default_timeout(15_000)
    page.on("pageerror", lambda error: visitor.complaints.append(f"error: {error}"))
    page.on(
        "console", lambda m: visitor.complaints.append(m.text) if m.type in ("error", "warning") else None
    )
    await page.add_init_script(
        "addEventListener('securitypolicyviolation', (e) => console.error(`policy: ${e.violatedDirective}`))"
    )
    await page.goto(url)
    await page.fill("#account-name", name)
    await page.fill("#account-password", PASSWORD)
    await page.click("#account-login" if again else "#account-register")
    await page.wait_for_selector("#hud:not([hidden])")
    await visitor.until("world.me !== undefined && world.chunks.size >= 9")
    return visitor


async def say_goodbye(visitors: list[Visitor]) -> None:
    """No page may have complained."""
    for visitor in visitors:
        await visitor.leave()
    complaints = {visitor.name: visitor.complaints for visitor in visitors if visitor.complaints}
    assert not complaints


@pytest_asyncio.fixture(loop_scope="module")
async def visit(browser: Browser, place: WorldProcess) -> AsyncIterator[Visit]:
    """`await visit(name)` comes as a new player, with `again=True` as one who was here before."""
    visitors: list[Visitor] = []

    async def visit_once(name: str, *, again: bool = False, **options: Any) -> Visitor:
        visitors.append(await come(browser, place.url, name, again, options))
        return visitors[-1]

    yield visit_once
    await say_goodbye(visitors)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pair(browser: Browser, place: WorldProcess) -> AsyncIterator[tuple[Visitor, Visitor]]:
    """Ada and Ben, who are here for all tests of a module."""
    visitors = [await come(browser, place.url, name, False, {}) for name in ("Ada", "Ben")]
    yield visitors[0], visitors[1]
    await say_goodbye(visitors)
