"""Watching without an account: from the title into the world, looking around, following, and back to the title."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from nanoverse.protocol import ASLEEP
from nanoverse.world.simulation import Simulation
from tests.browser.conftest import SEED
from tests.browser.reach import grave, too_small
from tests.browser.visitors import (
    PATIENCE,
    PHONE,
    Visitor,
    Visitors,
    new_context,
    open_page,
    say_goodbye,
)
from tests.web.house import give, settle
from tests.world_server import WorldProcess, running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

FOLLOWED = "figures.list.find(({ body }) => body.name === args[0])"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gallery(
    chromium_path: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[WorldProcess]:
    """A world that can be watched, whose agents stay asleep. Ada, who walks to the east and the north, does not come to
    stand where Ben is, however far a slow page takes her."""
    data = (folder := tmp_path_factory.mktemp("gallery")) / "data"
    people = await settle(data, "Ada", "Ben")
    x, y = Simulation(int(SEED)).spawn
    await give(data, people["Ada"], x, y)
    await give(data, people["Ben"], x, y + 3)
    async with running_world(folder, "--seed", SEED, "--spectators", "20", "--agents", "no") as world:
        yield world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def players(browser: Browser, gallery: WorldProcess) -> AsyncIterator[Visitors]:
    visitors = Visitors(browser, gallery.url)
    yield visitors
    await say_goodbye(visitors.here)


class Watchers:
    def __init__(self, browser: Browser, url: str) -> None:
        self._browser, self._url, self.here = browser, url, list[Visitor]()

    async def comes(self, **options: Any) -> Visitor:
        """Opens the title and goes on from there to watch."""
        visitor = await open_page(self._browser, f"spectator {len(self.here)}", options)
        self.here.append(visitor)
        visitor.script = "watch"
        await visitor.page.goto(self._url)
        await visitor.page.click("#account-watch a")
        await visitor.page.wait_for_selector("#watch")
        await visitor.until("world.chunks.size >= 25 && eye.from !== null")
        return visitor


@pytest_asyncio.fixture(loop_scope="module")
async def watchers(browser: Browser, gallery: WorldProcess) -> AsyncIterator[Watchers]:
    visitors = Watchers(browser, gallery.url)
    yield visitors
    await say_goodbye(visitors.here)


async def window_place(visitor: Visitor, name: str) -> dict[str, float]:
    """Where somebody's chest is in the window."""
    place: dict[str, float] = await visitor.known(
        f"(() => {{ const at = {FOLLOWED}; return camera.toWindow(at.x, at.y - 8); }})()", name
    )
    return place


async def test_the_title_offers_it_only_where_the_host_allows_it(
    browser: Browser, place: WorldProcess
) -> None:
    page = await (await new_context(browser)).new_page()
    await page.goto(place.url)
    await expect(page.locator("#account")).to_be_visible()
    await expect(page.locator("#account-watch")).to_be_hidden()
    await page.goto(place.url + "watch")  # an old bookmark
    await expect(page.locator("#notice p")).to_have_text("This world is for its players only.")
    await page.click("#notice a")
    await expect(page.locator("#account-login")).to_be_visible()
    await page.context.close()


async def test_a_spectator_sees_who_walks_and_is_seen_by_nobody(
    players: Visitors, watchers: Watchers
) -> None:
    ada = await players.comes("Ada")
    watcher = await watchers.comes()
    await expect(watcher.page.locator("#watch-who")).to_have_text("You are watching. Nobody sees you.")
    names = "figures.list.map(({ body }) => body.name).sort()"
    await watcher.until(f"String({names}) === 'Ada,Ben'")
    assert await watcher.known("world.you") == 0
    before = await watcher.known(f"{FOLLOWED}.x", "Ada")
    await ada.page.keyboard.down("ArrowRight")
    await watcher.until(f"{FOLLOWED}.x > args[1] + 8", "Ada", before)
    await ada.page.keyboard.up("ArrowRight")
    await ada.until(f"String({names}) === 'Ada,Ben'")
    await ada.say("Is anybody there?")
    await ada.page.wait_for_selector(".bubble")
    await expect(watcher.page.locator(".bubble")).to_have_count(0)
    await ada.page.click("#open-people")
    await expect(ada.page.locator(".panel")).to_contain_text("This world can be watched without an account.")
    await ada.page.keyboard.press("Escape")


async def test_keys_and_the_mouse_move_the_view_and_the_land_comes_along(watchers: Watchers) -> None:
    watcher = await watchers.comes()
    page = watcher.page
    x, y = await watcher.known("[eye.x, eye.y]")
    for key, moved in (("d", "eye.x > args[0] + 16"), ("ArrowDown", "eye.y > args[1] + 16")):
        await page.keyboard.down(key)
        await watcher.until(moved, x, y)
        await page.keyboard.up(key)
    x, y = await watcher.known("[eye.x, eye.y]")
    await page.mouse.move(300, 200)
    await page.mouse.down()
    await page.mouse.move(400, 260, steps=4)
    await page.mouse.up()
    scale = await watcher.known("camera.scale / camera.dpr")
    assert await watcher.known("[eye.x, eye.y]") == pytest.approx([x - 100 / scale, y - 60 / scale])
    assert await watcher.known("eye.followed") == 0

    told = page.locator(".toast", has_text="You can look around only where somebody is")
    async with asyncio.timeout(PATIENCE):
        while not await told.count():  # as far as one may, and further
            await watcher.known("eye.pan(world.size * 16, 0)")
            await watcher.until("!eye.asking")
            await page.wait_for_timeout(60)
    at, limit = await watcher.known("[eye.x / 16 / world.size, eye.from.cx + 2]")
    assert at < limit
    assert await watcher.known("world.chunkAt(eye.x / 16, eye.y / 16) !== undefined")


async def test_the_way_from_the_title_can_be_gone_with_the_keys(
    browser: Browser, gallery: WorldProcess
) -> None:
    page = await (await new_context(browser)).new_page()
    await page.goto(gallery.url)
    await page.locator("#account-watch a").press("Enter")
    await expect(page.locator("#watch")).to_be_visible()
    await page.context.close()


async def test_a_click_or_a_key_follows_somebody_wherever_they_go(
    players: Visitors, watchers: Watchers
) -> None:
    ada = next((v for v in players.here if v.name == "Ada"), None) or await players.comes("Ada")
    ben = await players.comes("Ben")
    watcher = await watchers.comes()
    page = watcher.page
    place = await window_place(watcher, "Ada")
    await page.mouse.click(place["x"], place["y"])
    await expect(page.locator("#watch-who")).to_have_text("You are following Ada.")
    await ada.page.keyboard.down("ArrowUp")
    await watcher.until(f"{FOLLOWED}.y < args[1] - 16", "Ada", await watcher.known(f"{FOLLOWED}.y", "Ada"))
    await ada.page.keyboard.up("ArrowUp")
    await watcher.until(f"Math.hypot(eye.x - {FOLLOWED}.x, eye.y + 8 - {FOLLOWED}.y) < 4", "Ada")
    await page.keyboard.press("n")
    await expect(page.locator("#watch-who")).to_have_text("You are following Ben.")
    await page.keyboard.press("n")
    await expect(page.locator("#watch-who")).to_have_text("You are following Ada.")
    await page.keyboard.press("p")
    await expect(page.locator("#watch-who")).to_have_text("You are following Ben.")
    if folder := os.environ.get("SHOTS"):
        await page.set_viewport_size({"width": 1280, "height": 800})
        await page.wait_for_timeout(1500)
        await page.screenshot(path=f"{folder}/watch.png")
    await page.keyboard.press("Escape")
    await expect(page.locator("#watch-who")).to_have_text("You are watching. Nobody sees you.")

    await page.keyboard.press("Tab")  # and with nothing but the Tab key
    while not await page.evaluate("document.activeElement.id === 'watch-previous'"):
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("#watch-who")).to_have_text("You are following Ben.")
    await ben.page.close()
    await watcher.until(f"{FOLLOWED}.body.driver === args[1]", "Ben", ASLEEP)
    assert await watcher.known("eye.followed") == await watcher.known(f"{FOLLOWED}.body.id", "Ben")
    await page.click("text=Log in or create a player")
    await expect(page.locator("#account-register")).to_be_visible()


async def test_a_phone_watches_with_one_finger(players: Visitors, watchers: Watchers) -> None:
    if not players.here:
        await players.comes("Ada")
    watcher = await watchers.comes(**PHONE)
    page = watcher.page
    fingers = await watcher.context.new_cdp_session(page)
    x, y = await watcher.known("[eye.x, eye.y]")
    for kind, at in (("touchStart", 200), ("touchMove", 230), ("touchMove", 280)):
        point = [{"x": 180, "y": at}]
        await fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": point})
    await fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    scale = await watcher.known("camera.scale / camera.dpr")
    assert await watcher.known("[eye.x, eye.y]") == pytest.approx([x, y - 80 / scale])
    place = await window_place(watcher, "Ada")
    await page.touchscreen.tap(place["x"], place["y"])
    await expect(page.locator("#watch-who")).to_have_text("You are following Ada.")
    zoom = await watcher.known("camera.scale")
    await page.tap("#zoom-in")
    assert await watcher.known("camera.scale") > zoom
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    assert await too_small(page) == []
    bar = await page.locator("#watch").bounding_box()
    assert bar
    await watcher.until(f"Math.abs(eye.y + 8 - {FOLLOWED}.y) < 4", "Ada")
    assert 100 < (await window_place(watcher, "Ada"))["y"] < bar["y"] - 60, "nothing covers whom one follows"
    if folder := os.environ.get("SHOTS"):
        await page.screenshot(path=f"{folder}/watch-phone.png")
    await page.tap("#watch-free")
    await expect(page.locator("#watch-hint")).to_be_visible()


@pytest.mark.parametrize("locale", ["en", "de", "es", "he", "ar"])
async def test_axe_finds_nothing_serious_and_every_language_fits(
    players: Visitors, watchers: Watchers, locale: str
) -> None:
    if not players.here:  # run by itself
        await players.comes("Ada")
    for options in ({}, PHONE):
        watcher = await watchers.comes(locale=locale, **options)
        assert await grave(watcher.page) == []
        await watcher.page.click("#watch-next")
        await expect(watcher.page.locator("#watch-who")).to_have_text(re.compile("Ada|Ben"))
        assert await grave(watcher.page) == []
        assert await watcher.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_no_mist_lies_over_land_that_is_known(watchers: Watchers) -> None:
    """Where the view begins right at the border of a chunk, the one beside it is there though out of sight."""
    watcher = await watchers.comes(reduced_motion="reduce")
    column = """await (async (past) => {
        const span = world.size * 16;
        eye.x = Math.floor(eye.x / span) * span + camera.width / 2 - past;
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        const copy = new OffscreenCanvas(1, 100).getContext('2d', { willReadFrequently: true });
        copy.drawImage(camera.canvas, -Math.round((past + 2) * camera.scale), -100);
        return `${copy.getImageData(0, 0, 1, 100).data}`;
    })"""
    # Once all that is in view has been drawn, which has more than one colour.
    await watcher.until(
        f"((beside, border) => new Set(beside.split(',')).size > 4 && beside === border)({column}(40), {column}(0))"
    )


async def test_who_finds_all_places_taken_is_told_so_and_comes_in_when_one_is_free(
    browser: Browser, chromium_path: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with running_world(tmp_path_factory.mktemp("full"), "--seed", SEED, "--spectators", "1") as world:
        first = await Watchers(browser, world.url).comes()
        late = await open_page(browser, "late", {})
        await late.page.goto(world.url + "watch")
        await expect(late.page.locator("#notice")).to_have_text(
            "All places to watch from are taken just now. This page tries again by itself."
        )
        await expect(late.page.locator("#watch-who")).to_have_text("")
        await first.leave()
        await expect(late.page.locator("#watch-who")).to_have_text("You are watching. Nobody sees you.")
        await expect(late.page.locator("#notice")).to_be_hidden()
        await late.leave()


async def test_a_spectator_comes_back_to_where_they_looked(
    browser: Browser, chromium_path: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("twice")
    await settle(folder / "data", "Ada")
    async with running_world(folder, "--seed", SEED, "--spectators", "4") as world:
        port = world.url.rsplit(":", 1)[1].strip("/")
        watcher = await Watchers(browser, world.url).comes()
        await watcher.known("eye.pan(world.size * 16, 0)")
        await watcher.until("eye.from.cx === Math.floor(eye.x / 16 / world.size)")
        x = await watcher.known("eye.x")
    await watcher.page.wait_for_selector("#notice:not([hidden])")
    async with running_world(folder, "--seed", SEED, "--spectators", "4", "--port", port):
        await watcher.page.wait_for_selector("#notice", state="hidden")
        await watcher.until("world.chunks.size >= 25")
        assert await watcher.known("eye.x") == x
        await watcher.leave()
