"""Painting in a real browser: a colour chosen by keyboard and by finger, and what others see of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Dialog, expect

from nanoverse.world.simulation import Simulation
from tests.browser.conftest import SEED
from tests.browser.reach import grave
from tests.browser.visitors import AT_BOTH, PATIENCE, PHONE, Visitor, Visitors
from tests.web.house import build, give, settle
from tests.world_server import WorldProcess, running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

X, Y = Simulation(int(SEED)).spawn


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WorldProcess]:
    folder: Path = tmp_path_factory.mktemp("studio")
    people = await settle(folder / "data", "Ada", "Ben", "Cleo", "Dan", "Eli")
    blocks = {"S": "stone", "C": "chest", "N": "sign", "B": "bed"}
    await build(folder / "data", X - 4, Y - 3, "." * 12, "....SSS.CNB.", *["." * 12] * 5, **blocks)
    await give(folder / "data", people["Ada"], X, Y, ("brush", 1), ("stone", 5))
    for name in ("Ben", "Cleo", "Dan"):
        await give(folder / "data", people[name], X + 2, Y, ("brush", 1))
    await give(folder / "data", people["Eli"], X + 5, Y, ("brush", 1))
    async with running_world(folder, "--seed", SEED, "--away-seconds", "3600", "--commons", "0") as world:
        yield world


async def paints_what_waits(visitor: Visitor, x: int, y: int) -> None:
    """A stroke over three tiles, of which nothing is sent before `net.let()`."""
    mouse = visitor.page.mouse
    await visitor.known(
        """(() => {
            const ask = net.request.bind(net);
            net.let = null;
            const gate = new Promise((go) => { net.let = go; });
            net.request = (name, values) => (name === 'paint' ? gate : Promise.resolve()).then(() => ask(name, values));
        })()"""
    )
    for end in (x - 1, x + 1):
        at = await visitor.known("camera.toWindow(args[0] * 16 + 8, args[1] * 16 + 8)", end, y)
        await mouse.move(at["x"], at["y"])
        if end < x:
            await mouse.down(button="right")
    await visitor.until("world.at(args[0], args[1], 2) > 0", x + 1, y)
    await mouse.up(button="right")


async def test_strokes_are_sent_though_no_frame_is_drawn_and_who_leaves_before_is_asked(
    visitors: Visitors,
) -> None:
    ada = await visitors.comes("Ada")
    page, asked = ada.page, asyncio.Queue[Dialog]()
    page.on("dialog", asked.put_nowait)
    await paints_what_waits(ada, X, Y + 2)
    await page.close(run_before_unload=True)
    async with asyncio.timeout(PATIENCE):
        dialog = await asked.get()
    assert dialog.type == "beforeunload"
    await dialog.dismiss()
    # As if the window was hidden.
    await ada.known("(window.requestAnimationFrame = () => 0, net.let(), true)")
    await ada.until("(await import('/static/js/index.js')).brush.known.size === 0")
    await page.reload()
    await ada.until("world.me !== undefined && world.chunks.size >= 9")
    for x in range(X - 1, X + 2):
        assert await ada.known("world.at(args[0], args[1], 2)", x, Y + 2) > 0
    assert asked.empty()


def answers_yes(visitor: Visitor) -> list[str]:
    """What the page asks before it goes, as it goes on being asked."""
    asked: list[str] = []

    async def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.accept()

    visitor.page.on("dialog", answer)
    return asked


async def test_who_logs_out_is_not_asked_about_strokes_that_can_be_sent_no_more(visitors: Visitors) -> None:
    cleo = await visitors.comes("Cleo")
    asked = answers_yes(cleo)
    await paints_what_waits(cleo, X + 3, Y + 1)
    await cleo.page.click("#open-settings")
    await cleo.page.get_by_role("button", name="Log out").click()
    await cleo.page.wait_for_selector("#account:not([hidden])")
    assert asked == []
    cleo.complaints = [line for line in cleo.complaints if "401" not in line]


async def test_who_is_logged_in_by_now_is_not_asked_about_the_strokes_of_who_was_here_before(
    visitors: Visitors, place: WorldProcess
) -> None:
    dan = await visitors.comes("Dan")
    asked = answers_yes(dan)
    await paints_what_waits(dan, X + 3, Y + 1)
    await dan.context.add_cookies([{"name": "nanoverse", "value": "token-of-Ben", "url": place.url}])
    await dan.known("net.socket.close()")
    await dan.until("world.name === 'Ben'")
    assert asked == []


async def test_a_colour_is_chosen_and_what_is_painted_is_there_for_who_comes_later(
    visitors: Visitors,
) -> None:
    ada = await visitors.comes("Ada")
    page, palette = ada.page, ada.page.get_by_role("dialog", name="Colours")
    await expect(page.locator("#open-colours")).to_be_visible()
    await page.keyboard.press("c")
    await expect(palette.get_by_role("button", name="red, bright")).to_be_focused()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowDown")
    await expect(palette.get_by_role("button", name="orange, pale")).to_be_focused()
    assert await grave(page) == []
    if folder := os.environ.get("SHOTS"):
        await page.screenshot(path=f"{folder}/palette-desktop.png")
    await page.keyboard.press("Enter")
    await expect(palette).to_have_count(0)
    await page.keyboard.press("f")  # the tile ahead, to the south
    await ada.until("world.at(args[0], args[1], 2) > 0", X, Y + 1)
    for x in (X - 1, X + 1):  # a stroke of the mouse, without lifting it
        at = await ada.known("camera.toWindow(args[0] * 16 + 8, args[1] * 16 + 8)", x, Y + 2)
        await page.mouse.move(at["x"], at["y"])
        if x == X - 1:
            await page.mouse.down(button="right")
    await ada.until("world.at(args[0], args[1], 2) > 0", X + 1, Y + 2)
    await page.mouse.up(button="right")
    for x in (X - 1, X, X + 1):
        await ada.until("world.at(args[0], args[1], 2) > 0", x, Y + 2)
    # Shown at once, they are sent one by one.
    await ada.until("(await import('/static/js/index.js')).brush.known.size === 0")
    ben = await visitors.comes("Ben", **PHONE)
    for x in (X - 1, X, X + 1):
        await ben.until("world.at(args[0], args[1], 2) > 0", x, Y + 2)
    assert (
        await ben.known("world.at(args[0], args[1], 2)", X, Y + 1) == 3 * 16 + 2
    )  # second hue, fourth shade
    await ben.page.tap("#open-colours")
    assert await grave(ben.page) == []
    if folder := os.environ.get("SHOTS"):
        await ben.page.screenshot(path=f"{folder}/palette-phone.png")
    await ben.page.get_by_role("button", name="Scrape paint off").tap()
    await page.keyboard.press("2")  # a stone in the hand
    await expect(page.locator("#open-colours")).to_be_hidden()


@AT_BOTH
async def test_with_a_brush_in_the_hand_what_can_be_used_is_used_and_painted_by_a_stroke_over_it(
    visitors: Visitors, options: dict[str, Any]
) -> None:
    eli = await visitors.comes("Eli", **options)
    page, touches = eli.page, options is PHONE
    await eli.known("(world.colour = args[0], true)", colour := 7 if touches else 33)

    async def point(x: int) -> tuple[float, float]:
        at = await eli.known("camera.toWindow(args[0] * 16 + 8, args[1] * 16 + 8)", x, Y - 2)
        return at["x"], at["y"]

    async def painted() -> list[bool]:
        return [
            await eli.known("world.at(args[0], args[1], 2)", x, Y - 2) == colour for x in range(X + 4, X + 8)
        ]

    for x, opens in ((X + 4, "Chest"), (X + 5, "Sign"), (X + 6, "")):
        at = await point(x)
        await (page.touchscreen.tap(*at) if touches else page.mouse.click(*at, button="right"))
        if opens:
            await page.get_by_role("dialog", name=opens).wait_for()
            await page.keyboard.press("Escape")
        else:
            await expect(page.locator(".toast", has_text="This bed is your home now.")).to_be_visible()
    assert not any(await painted())

    if touches:
        # However slow the machine is, the finger does not rest, which would dig.
        await eli.known(
            """(() => {
                const later = setTimeout;
                window.setTimeout = (f, ms, ...rest) => later(f, ms === 220 ? 1e8 : ms, ...rest);
            })()"""
        )
        fingers = await eli.context.new_cdp_session(page)
        for kind, x in (("touchStart", X + 4), ("touchMove", X + 7)):
            at = await point(x)
            points = [{"x": at[0], "y": at[1]}]
            await fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        await fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    else:
        await page.mouse.move(*await point(X + 3))
        await page.mouse.down(button="right")
        await page.mouse.move(*await point(X + 7))
        await eli.until("world.at(args[0], args[1], 2) === args[2]", X + 7, Y - 2, colour)
        await page.mouse.up(button="right")
    await eli.until("(await import('/static/js/index.js')).brush.known.size === 0")
    assert all(await painted())
    await expect(page.locator(".panel")).to_have_count(0)
    await page.click("#open-colours")
    help = page.locator(".panel .bag-hint")
    await expect(help).to_contain_text("a tap paints" if touches else "the right button or F paints")
    await expect(help).to_contain_text("to paint it, draw")
