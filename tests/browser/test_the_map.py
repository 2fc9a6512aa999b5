"""The map in a real browser: explored ground that is kept, landmarks, the mark, and no way out of it."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from nanoverse.world.simulation import Simulation
from tests.browser.conftest import SEED
from tests.browser.visitors import PHONE, Visitors
from tests.web.house import build, give, settle
from tests.world_server import WorldProcess, running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORLD = Simulation(int(SEED))
X, Y = WORLD.spawn


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WorldProcess]:
    folder: Path = tmp_path_factory.mktemp("field")
    people = await settle(folder / "data", "Ada", "Ben", "Eve")
    await build(folder / "data", X - 4, Y - 3, *["." * 30] * 7)
    for name in people:
        await give(folder / "data", people[name], X + 2, Y, ("stone", 5))
    async with running_world(folder, "--seed", SEED, "--away-seconds", "3600", "--commons", "0") as world:
        yield world


async def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        await page.screenshot(path=f"{folder}/{name}.png")


async def colours(canvas: Locator) -> int:
    """How many colours the map shows."""
    return int(
        await canvas.evaluate(
            """(canvas) => {
                const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
                const found = new Set();
                for (let i = 0; i < data.length; i += 4) found.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
                return found.size;
            }"""
        )
    )


async def test_the_little_that_a_newcomer_has_seen_fills_the_map(visitors: Visitors) -> None:
    ben = await visitors.comes("Ben")
    await ben.until("explored.chunks.size === 25")
    await ben.page.set_viewport_size({"width": 1280, "height": 720})
    await ben.page.keyboard.press("m")
    canvas = ben.page.get_by_role("dialog", name="Map").locator("canvas")
    await picture(ben.page, "map-newcomer")
    seen = await canvas.evaluate(
        """(canvas) => {
            const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            let seen = 0;
            for (let i = 0; i < data.length; i += 4) seen += data[i] !== 44 || data[i + 1] !== 47 || data[i + 2] !== 78;
            return seen / (data.length / 4);
        }"""
    )
    assert seen > 0.5


async def test_by_keyboard_one_reads_the_landmarks_marks_one_and_finds_it_again(visitors: Visitors) -> None:
    ada = await visitors.comes("Ada")
    page = ada.page
    await page.keyboard.down("d")  # the first step discovers where one is
    await expect(
        page.locator("#toasts").get_by_text(f"You discovered {WORLD.place_name(X + 2, Y)}")
    ).to_be_visible()
    await page.keyboard.up("d")
    await page.keyboard.press("m")
    panel = page.get_by_role("dialog", name="Map")
    place = panel.get_by_role("button", name=re.compile(WORLD.place_name(X + 2, Y)))
    await expect(place).to_have_text(re.compile(r"\d+ tiles (north|south|east|west)"))
    await expect(panel.get_by_role("button", name=re.compile("Where everybody arrives"))).to_be_visible()
    assert await panel.get_by_role("listitem").count() == 2, "nothing is named that was not discovered"
    await place.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".toast", has_text=f"Marked: {WORLD.place_name(X + 2, Y)}")).to_be_visible()
    heart = next(x for kind, x, _ in WORLD._terrain.discoveries(X + 2, Y) if kind == "place")
    assert await ada.known("`${world.mark.x},${world.mark.y}`") == heart
    await expect(place).to_be_focused()
    await expect(panel.get_by_role("button", name=re.compile("Your mark"))).to_be_visible()

    canvas = panel.locator("canvas")
    await panel.get_by_role("button", name="To me").click()
    await canvas.focus()
    await page.keyboard.press("Enter")  # the middle of the map
    here = await ada.known("({ x: Math.floor(figures.own.x / 16), y: Math.floor(figures.own.y / 16) })")
    assert await ada.known("world.mark") == here
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Minus")
    await page.keyboard.press("Space")
    assert (await ada.known("world.mark"))["x"] > here["x"]
    assert (await ada.known("world.mark"))["y"] == here["y"]
    await panel.get_by_role("button", name="Unmark").click()
    assert await ada.known("world.mark") is None
    await canvas.focus()
    await page.keyboard.press("m")
    await expect(panel).to_have_count(0)


async def test_by_mouse_it_is_dragged_zoomed_within_bounds_and_a_click_marks(visitors: Visitors) -> None:
    ada = await visitors.comes("Ada")
    page = ada.page
    await page.set_viewport_size({"width": 1280, "height": 800})
    await page.click("#minimap")
    canvas = page.locator(".atlas canvas")
    assert await colours(canvas) > 5, "the ground around is explored"
    await picture(page, "map-desktop")
    box = await canvas.bounding_box()
    assert box and box["width"] > 600 and box["height"] > 500, "the map takes the room there is"
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await page.mouse.move(*middle)
    await page.mouse.down()
    await page.mouse.move(middle[0] + 60, middle[1] + 8, steps=4)
    await page.mouse.up()
    assert await ada.known("world.mark") is None, "to drag is not to mark"
    here = await ada.known("figures.own.x / 16")
    await page.mouse.click(*middle)
    marked = (await ada.known("world.mark"))["x"]
    await page.mouse.click(middle[0] + 240, middle[1])
    scale = 240 / ((await ada.known("world.mark"))["x"] - marked)
    assert abs(here - marked - 60 / scale) < 3, "what is dragged follows the pointer"
    for way in (-1, 1):
        for _ in range(40):
            await page.mouse.wheel(0, -way * 100)
        await page.mouse.click(*middle)
        first = (await ada.known("world.mark"))["x"]
        await page.mouse.click(middle[0] + 96, middle[1])
        across = (await ada.known("world.mark"))["x"] - first
        assert across == (384 if way < 0 else 12), "tiles to 96 pixels, at the end of the zoom"
        await picture(page, f"map-zoom{way}")
    for _ in range(12):  # however one marks and moves, the land that one knows stays within reach
        await page.mouse.move(*middle)
        await page.mouse.down()
        await page.mouse.move(middle[0] - 200, middle[1], steps=2)
        await page.mouse.up()
        await page.mouse.click(middle[0] + 180, middle[1])
    assert (await ada.known("world.mark"))["x"] - here < 3 * 32 + 180 / 8, "the zoom is at its closest"


async def test_names_leave_one_another_room_and_none_is_shown_where_there_is_none(visitors: Visitors) -> None:
    ada = await visitors.comes("Ada", locale="he")
    await ada.until("landmarks.spawn")
    await ada.known(
        """(() => {
            landmarks.ask = () => {};
            const { x, y } = landmarks.spawn;
            for (let i = 0; i < 500; i++) {
                const place = { x: x + (i % 25 - 12) * 9, y: y + (Math.floor(i / 25) - 10) * 9 };
                landmarks.found.push({ kind: i % 3 ? 'place' : 'ruin', name: `Whispering Thicket ${i}`, ...place });
            }
        })()"""
    )
    await ada.page.keyboard.press("m")
    names = ada.page.locator(".atlas-names bdi")
    await expect(names.first).to_be_visible()
    boxes = [box for box in [await name.bounding_box() for name in await names.all()] if box]
    assert 3 < len(boxes) <= 40
    for i, one in enumerate(boxes):
        for other in boxes[i + 1 :]:
            beside = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
            over = one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
            assert beside or over, "two names overlap"
    assert await ada.page.get_by_role("dialog").get_by_role("listitem").count() == 60, "the nearest"


async def test_what_was_seen_is_there_again_after_a_reload_and_is_nobody_elses(visitors: Visitors) -> None:
    ben = await visitors.comes("Ben")
    await ben.until("explored.chunks.size === 25 && explored.name")
    # As if there were a piece of land that was seen long ago, far away.
    await ben.known("world.emit('chunk', { ...world.chunks.values().next().value, cx: 300, cy: -300 })")
    await ben.known("explored.save()")
    await ben.page.reload()
    await ben.until("explored.chunks.size === 26 && explored.get(300, -300).colours.length === 1024")
    await ben.page.context.add_cookies([{"name": "nanoverse", "value": "token-of-Eve", "url": ben.page.url}])
    await ben.page.reload()
    await ben.until("world.me?.name === 'Eve' && landmarks.spawn && explored.chunks.size === 25")
    assert not await ben.known("explored.get(300, -300)")


async def test_a_browser_keeps_so_many_chunks_and_lets_go_of_the_oldest(visitors: Visitors) -> None:
    eve = await visitors.comes("Eve")
    await eve.until("explored.name && explored.chunks.size === 25")
    await eve.known("explored.save()")
    kept = await eve.page.evaluate(
        """async () => {
            const { explored } = await import('/static/js/index.js');
            const { KEPT } = await import('/static/js/world/explored.js');
            const colours = new Uint16Array(1024);
            const old = Array.from({ length: KEPT }, (_, i) => ({ cx: i, cy: 0, colours, seen: i + 1 }));
            await explored.atlas.keep('somebody', old);
            const here = (await explored.atlas.load(explored.name)).length;
            return [here, (await explored.atlas.load('somebody')).map(({ seen }) => seen)[0]];
        }"""
    )
    assert kept == [25, 26], "those of this visit are newer than all others"


async def test_a_browser_without_storage_has_a_map_of_this_visit(visitors: Visitors) -> None:
    eve = await visitors.comes("Eve")
    await eve.page.add_init_script(
        "Object.defineProperty(window, 'indexedDB', { get() { throw new Error('no'); } })"
    )
    await eve.page.reload()
    await eve.until("explored.chunks.size === 25 && landmarks.spawn")
    await eve.page.keyboard.press("m")
    assert await colours(eve.page.locator(".atlas canvas")) > 5


async def test_on_a_phone_a_finger_drags_two_pinch_and_a_tap_marks(visitors: Visitors) -> None:
    eve = await visitors.comes("Eve", **PHONE, locale="ar")
    page = eve.page
    await eve.until("explored.chunks.size === 25")  # less would be shown larger
    await page.tap("#open-map")
    canvas = page.locator(".atlas canvas")
    await expect(canvas).to_be_visible()
    await picture(page, "map-phone")
    box = await canvas.bounding_box()
    assert box and box["width"] > 280 and box["height"] > 250
    await page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    before = await eve.known("world.mark")
    assert before == await eve.known(
        "({ x: Math.floor(figures.own.x / 16), y: Math.floor(figures.own.y / 16) })"
    )
    touch = await page.context.new_cdp_session(page)

    async def fingers(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        await touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await fingers("touchStart", (x - 20, y), (x + 20, y))
    for apart in (40, 60, 80):
        await fingers("touchMove", (x - apart, y), (x + apart, y))
    await fingers("touchEnd")
    assert await eve.known("world.mark") == before, "a pinch marks nothing"
    await page.touchscreen.tap(x + 80, y)
    assert (await eve.known("world.mark"))["x"] - before["x"] == 10, (
        "four times as close: 80 pixels are 10 tiles"
    )
    await fingers("touchStart", (x, y))
    for way in (30, 60, 80):
        await fingers("touchMove", (x - way, y))
    await fingers("touchEnd")
    await page.touchscreen.tap(x, y)
    assert (await eve.known("world.mark"))["x"] - before["x"] == 10, "dragged by 80 pixels"
