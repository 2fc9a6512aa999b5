"""Real Chromium pages on a real world."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from nanoverse.bench.client import NoBrowser, find_browser
from tests.browser.visitors import Visit, Visitor, Visitors, come, say_goodbye
from tests.world_server import WorldProcess, running_world

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


@pytest.fixture(scope="session")
def chromium_path() -> str:
    try:
        return str(find_browser())
    except NoBrowser as missing:
        pytest.skip(str(missing))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(chromium_path: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WorldProcess]:
    """A world for all tests of a module that has none of its own by this name; agents take over after a second."""
    folder = tmp_path_factory.mktemp("world")
    async with running_world(
        folder,
        *("--away-seconds", "1", "--seed", SEED, "--register-per-hour", "1000"),
        *("--commons", "0"),  # where newcomers arrive they may build at once
    ) as world:
        yield world


@pytest_asyncio.fixture(loop_scope="module")
async def visit(browser: Browser, place: WorldProcess) -> AsyncIterator[Visit]:
    """`await visit(name)` comes as a new player, with `again=True` as one who was here before."""
    visitors: list[Visitor] = []

    async def visit_once(name: str, *, again: bool = False, **options: Any) -> Visitor:
        visitors.append(await come(browser, place.url, name, again, options))
        return visitors[-1]

    yield visit_once
    await say_goodbye(visitors)


@pytest_asyncio.fixture(loop_scope="module")
async def visitors(browser: Browser, place: WorldProcess) -> AsyncIterator[Visitors]:
    """Players whom the module's own `place` knows already: `await visitors.comes(name)`."""
    visitors = Visitors(browser, place.url)
    yield visitors
    await say_goodbye(visitors.here)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pair(browser: Browser, place: WorldProcess) -> AsyncIterator[tuple[Visitor, Visitor]]:
    """Ada and Ben, who are here for all tests of a module."""
    visitors = [await come(browser, place.url, name, False, {}) for name in ("Ada", "Ben")]
    yield visitors[0], visitors[1]
    await say_goodbye(visitors)
