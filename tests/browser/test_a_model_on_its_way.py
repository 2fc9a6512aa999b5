"""What a player sees of the agents while the model is still being fetched."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.visitors import come, say_goodbye
from tests.engine.small_model import save_model
from tests.hub.hub_server import MODEL, hub_of
from tests.world_server import running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_panel_says_how_much_is_here_and_then_that_agents_are_awake(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hub_of(save_model(tmp_path / "at the hub"), tmp_path / "cache", monkeypatch) as hub:
        hub.go_on = threading.Event()
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{hub.port}")
        monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("HF_HUB_OFFLINE", "0")
        async with running_world(tmp_path, "--model", MODEL) as world:
            ada = await come(browser, world.url, "Ada", False, {})
            await ada.until("world.model.note.startsWith('Fetching some/model: ')")
            await ada.page.click("#open-agent")
            panel = ada.page.get_by_role("dialog", name="My agent")
            await expect(panel.locator(".note")).to_contain_text("Fetching some/model: ")
            hub.go_on.set()
            await expect(panel).to_contain_text("Its words come from the model “some/model”.")
            await expect(panel.locator(".note")).to_have_text("Agents speak through some/model.")
            await panel.get_by_role("button", name="Close").click()
            await say_goodbye([ada])
