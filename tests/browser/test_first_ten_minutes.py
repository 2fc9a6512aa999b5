"""The first ten minutes of a newcomer, at a desk and on a phone: from the title to what the agent said meanwhile.

With SHOTS set it writes a picture of each step. In docs/images, `world-day` and `phone` are those called
`village`, and `bag` and `land` are the ones from the desk.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from nanoverse.bench.bot import Bot
from nanoverse.protocol import NEARBY, WORLD
from nanoverse.store import conducts, land
from nanoverse.store.database import Database
from nanoverse.world.blocks import by_name
from nanoverse.world.bodies import AGENT
from nanoverse.world.constants import PLOT
from nanoverse.world.simulation import Simulation
from tests.browser.visitors import AT_BOTH, PASSWORD, PATIENCE, PHONE, Visitor, come, open_page, say_goodbye
from tests.web.house import build, give, settle
from tests.world_server import WorldProcess, running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEED = "30"  # its newcomers arrive between a lake, a beach and a forest
X, Y = Simulation(int(SEED)).spawn
OAK = X + 3, Y + 1
PLANKS, WOOD = by_name("planks").id, by_name("wood").id
# Tom's house with a garden, to the north-east of where Mira arrives; an oak within her reach, and a lamp at which her
# first walk ends at the latest.
VILLAGE = """
..WWGWW..
..WB.CW..
..G...W.n
..W.t.W.n
..WWDWW.n
...s.....
........a
..p......
...O..c..
.........
.........
"""
BLOCKS = {
    "W": "planks",
    "G": "glass",
    "B": "bed",
    "C": "chest",
    "t": "table",
    "D": "door",
    "p": "pumpkin lamp",
    "n": "ripe wheat",
    "a": "scarecrow",
    "s": "sign",
    "O": "oak",
    "c": "campfire",
}


@dataclass
class Village:
    world: WorldProcess
    tom: Bot
    """A neighbour, who is here and answers."""


@pytest_asyncio.fixture(loop_scope="module")
async def village(chromium_path: str, tmp_path: Path) -> AsyncIterator[Village]:
    """Tom is here in person, on his own land; Ben's agent stands there and answers when it is called by name."""
    people = await settle(tmp_path / "data", "Tom", "Ben")
    await build(tmp_path / "data", X, Y - 7, *VILLAGE.split(), **BLOCKS)
    await give(tmp_path / "data", people["Tom"], X + 5, Y - 1, ("iron axe", 200))
    await give(tmp_path / "data", people["Ben"], X + 4, Y + 3, ("torch", 3))
    async with await Database.open(tmp_path / "data") as db:
        plot = X // PLOT, (Y - 1) // PLOT
        await db.write(lambda c: land.put_claims(c, [(plot, people["Tom"])], 1))
        await db.write(lambda c: conducts.put(c, people["Ben"], conducts.Conduct(conducts.REPLY)))
    async with running_world(tmp_path, "--seed", SEED, "--away-seconds", "1", "--commons", "0") as world:
        tom = Bot(world.url)
        tom.use_session(people["Tom"], "token-of-Tom")
        try:
            await tom.connect()
            await world.wait_for_line("agents are awake", 120)
            yield Village(world, tom)
        finally:
            await tom.close()


class Newcomer:
    """What Mira does with the mouse and keys, or with her fingers."""

    def __init__(self, visitor: Visitor, touches: bool) -> None:
        self.visitor, self.page, self.touches = visitor, visitor.page, touches

    async def picture(self, name: str) -> None:
        if not (folder := os.environ.get("SHOTS")):
            return
        kind = "phone" if self.touches else "desktop"
        await expect(self.page.locator("#hints .done")).to_have_count(0)
        await self.page.evaluate(
            """async () => {
                document.activeElement.blur();
                const bubbles = [...document.querySelectorAll('.bubble')];
                await Promise.all(bubbles.flatMap((bubble) => bubble.getAnimations().map(({ finished }) => finished)));
            }"""
        )
        await self.page.screenshot(path=f"{folder}/first-{kind}-{name}.png")

    async def open(self, button: str) -> None:
        await (self.page.tap if self.touches else self.page.click)(f"#open-{button}")
        await self.page.locator(".panel").wait_for()

    async def close(self) -> None:
        await self.page.get_by_role("button", name="Close", exact=True).click()
        await expect(self.page.locator(".panel")).to_have_count(0)

    async def has_done(self, hint: str) -> None:
        await expect(self.page.locator("#hints li", has_text=hint)).to_have_count(0)

    async def walks_east(self) -> None:
        start = await self.visitor.known("figures.own.x")
        if self.touches:
            await self._fingers("touchStart", 90, 560)
            await self._fingers("touchMove", 130, 560)
        else:
            await self.page.keyboard.down("d")
        await self.visitor.until("figures.own.x > args[0] + 6", start)
        if self.touches:
            await self._fingers("touchEnd")
        else:
            await self.page.keyboard.up("d")

    async def digs(self, x: int, y: int) -> None:
        at = await self._point(x, y)
        if self.touches:
            await self._fingers("touchStart", *at)
        else:
            await self.page.mouse.move(*at)
            await self.page.mouse.down()
        await self.visitor.until(f"world.at({x}, {y}, 1) === 0")
        if self.touches:
            await self._fingers("touchEnd")
        else:
            await self.page.mouse.up()

    async def places(self, x: int, y: int) -> None:
        at = await self._point(x, y)
        await (self.page.touchscreen.tap(*at) if self.touches else self.page.mouse.click(*at, button="right"))

    async def says(self, text: str) -> None:
        if self.touches:
            await self.page.tap("#chat-line")
        else:
            await self.page.keyboard.press("Enter")
        await self.visitor.say(text)
        await self.page.locator(".message:not(.sending)", has_text=text).wait_for()

    async def _point(self, x: int, y: int) -> tuple[float, float]:
        at = await self.visitor.known("camera.toWindow(args[0] * 16 + 8, args[1] * 16 + 8)", x, y)
        return at["x"], at["y"]

    async def _fingers(self, kind: str, *at: float) -> None:
        if not hasattr(self, "_touch"):
            self._touch = await self.page.context.new_cdp_session(self.page)
        points = [{"x": at[0], "y": at[1]}] if at else []
        await self._touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


@AT_BOTH
async def test_a_newcomer_settles_leaves_and_comes_back(
    browser: Browser, village: Village, options: dict[str, Any]
) -> None:
    touches = options is PHONE
    visitor = await open_page(browser, "Mira", options)
    mira, page = Newcomer(visitor, touches), visitor.page
    await page.goto(village.world.url)
    await expect(page.locator("#account-register")).to_be_visible()
    await mira.picture("title")
    await page.fill("#account-name", "Mira")
    await page.fill("#account-password", PASSWORD)
    await (page.tap if touches else page.click)("#account-register")
    await visitor.until("world.me !== undefined && world.chunks.size === 25")
    for hint in ("Walk:", "Dig:", "Say something:"):
        await expect(page.locator("#hints li", has_text=hint)).to_be_visible()
    await mira.picture("arrival")

    await mira.walks_east()
    await mira.has_done("Walk:")
    await mira.digs(*OAK)
    await visitor.until(f"world.slots[0].block === {WOOD}")
    await mira.has_done("Dig:")

    await mira.open("bag")
    await page.get_by_role("button", name="Make planks × 4").first.click()
    await expect(page.locator("#hotbar .slot >> nth=0")).to_have_attribute("aria-label", "Slot 1: planks × 4")
    await mira.picture("bag")
    await mira.close()
    await mira.has_done("Look into your bag")
    await mira.places(*OAK)
    await visitor.until(f"world.at({OAK[0]}, {OAK[1]}, 1) === {PLANKS} && world.slots[0].count === 3")

    await mira.open("land")
    await page.get_by_role("button", name="Claim this land").click()
    await expect(page.locator(".panel p.note")).to_have_text("This is your land.")
    await mira.picture("land")
    await mira.close()
    await expect(page.locator("#whose")).to_have_text("This is your land.")

    await mira.says("Hello! May I build here, by the lake?")
    await mira.has_done("Say something:")
    await village.tom.say("Welcome!", NEARBY)
    await page.locator(".message", has_text="Welcome!").wait_for()
    await visitor.say("Ben, what are you holding?")
    await page.locator(".message.by-agent .text").first.wait_for()
    if touches:
        await page.tap("#chat-fold")
    await mira.picture("village")
    await expect(page.locator("#hints li")).to_have_text(
        ["Watch your agent at work: the wheel at the top"]
        if touches
        else ["Watch your agent at work: press B"]
    )
    await visitor.leave()

    me = await until_the_agent_is_here(village.tom, "Mira")
    answer = village.tom.expect("said", lambda said: said["sender"] == me and said["channel"] == WORLD, 60)
    await village.tom.say("Mira, where are you?", WORLD)
    words = (await answer)["text"]

    back = await come(browser, village.world.url, "Mira", True, options)
    mira, page = Newcomer(back, touches), back.page
    # It may have greeted whom it met as well.
    in_short = re.compile(r"^Welcome back! Your agent spoke (once|\d+ times)\. It talked with .*Tom \(\d+\)")
    await expect(page.locator("#homecoming-words")).to_have_text(in_short)
    await mira.picture("homecoming")
    await page.click("#homecoming-show")
    told = page.locator(".panel .word", has_text=words)
    await expect(told.locator("blockquote")).to_contain_text("Tom Mira, where are you?")
    await mira.picture("digest")
    if touches:
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360, "nothing sticks out"
    visitor.name = "Mira at first"
    await say_goodbye([visitor, back])


async def until_the_agent_is_here(bot: Bot, name: str) -> int:
    """Waits until somebody's agent has taken over, and returns their id."""
    async with asyncio.timeout(PATIENCE):
        while True:
            _, answer = await bot.ask("people")
            for id, called, driver in answer["people"]:
                if (called, driver) == (name, AGENT):
                    return int(id)
            await asyncio.sleep(0.3)  # looking has a limit
