"""Players in browsers of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Error, Page, expect

PATIENCE = 120  # seconds: far longer than anything takes, on a machine that is busy with something else too
expect.set_options(timeout=PATIENCE * 1000)
PASSWORD = "correct horse battery"
# Without a GPU a page that draws as often as it can takes a whole core, so it draws fifteen times a second.
FEW_FRAMES = """
    const atOnce = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (draw) => setTimeout(atOnce, 50, draw);
"""
# What a page tells its player is in the output of a test that fails.
TOLD = """
    addEventListener('DOMContentLoaded', () => {
        const toasts = document.getElementById('toasts');
        const tell = (changes) => changes.forEach(({ addedNodes }) => addedNodes.forEach(
            ({ textContent }) => console.debug(`${Math.round(performance.now())} ms: ${textContent}`)));
        if (toasts) new MutationObserver(tell).observe(toasts, { childList: true });
    });
"""
DESKTOP = {"width": 760, "height": 560}  # small: without a GPU each pixel costs
PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
AT_BOTH = pytest.mark.parametrize(
    "options", [{"viewport": {"width": 1280, "height": 720}}, PHONE], ids=["desktop", "phone"]
)


@dataclass
class Visitor:
    """One player, or one who only watches, in a browser of their own; `complaints` are errors of the page, its console
    and its policy."""

    name: str
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    script: str = "index"

    async def known(self, expression: str, *arguments: Any) -> Any:
        """Evaluates `expression` with `args` and what the client's script exports: `world`, `figures` and so on, once
        who has come into the world is drawn; where the camera is asked, once it has followed what was done before."""
        frames = (
            "requestAnimationFrame(() => requestAnimationFrame(done))"
            if "camera." in expression
            else "done()"
        )
        return await self.page.evaluate(
            f"""async (args) => {{
                await new Promise((done) => {frames});
                const client = await import('/static/js/{self.script}.js');
                const {{ world, figures, camera, land, net, chat, explored, landmarks, eye }} = client;
                // A page draws some frames a second here, and its player's figure only with the first.
                const end = performance.now() + {1000 * PATIENCE};
                while (world?.me && !figures.own && performance.now() < end) {{
                    await new Promise((again) => setTimeout(again, 15));
                }}
                if (world?.me && !figures.own) throw new Error('whoever came is never drawn');
                return ({expression});
            }}""",
            list(arguments),
        )

    async def until(self, expression: str, *arguments: Any, timeout: float = PATIENCE) -> None:
        """Waits until such an expression is true. (Playwright's own wait would use `eval`, which we forbid.)"""
        # The page itself looks again and again: to ask it from here each time costs more than all else it does.
        patiently = f"""await (async () => {{
            const end = performance.now() + 1000;
            while (performance.now() < end) {{
                if ({expression}) return true;
                await new Promise((again) => setTimeout(again, 30));
            }}
        }})()"""
        async with asyncio.timeout(timeout):
            while True:
                try:
                    if await self.known(patiently, *arguments):
                        return
                except Error as error:
                    if "context was destroyed" not in error.message:  # by a page that is loaded anew
                        raise

    async def walks_by_thumb(self, x: float, y: float) -> None:
        """A thumb goes down at x, y and is drawn to each side in turn, until half a tile is walked."""
        fingers = await self.context.new_cdp_session(self.page)
        start = await self.known("[figures.own.x, figures.own.y]")
        far = "Math.hypot(figures.own.x - args[0], figures.own.y - args[1]) > 8"
        for seconds in (2, PATIENCE):
            for dx, dy in ((40, 0), (-40, 0), (0, 40), (0, -40)):
                for kind, at in (("touchStart", (x, y)), ("touchMove", (x + dx, y + dy))):
                    points = [{"x": at[0], "y": at[1]}]
                    await fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
                try:
                    await self.until(far, *start, timeout=seconds)
                    return
                except TimeoutError:
                    continue
                finally:
                    await fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        raise AssertionError("the thumb moves nobody")

    async def say(self, text: str) -> None:
        await self.page.fill("#chat-input", text)
        await self.page.press("#chat-input", "Enter")

    async def leave(self) -> None:
        await self.context.close()


Visit = Callable[..., Awaitable[Visitor]]


async def come(browser: Browser, url: str, name: str, again: bool, options: dict[str, Any]) -> Visitor:
    """Opens the page as a new player, or as one who was here before, and waits until the land is there."""
    visitor = await open_page(browser, name, options)
    await visitor.page.goto(url)
    await visitor.page.fill("#account-name", name)
    await visitor.page.fill("#account-password", PASSWORD)
    await visitor.page.click("#account-login" if again else "#account-register")
    return await _arrived(visitor)


async def stay(browser: Browser, url: str, name: str, token: str, options: dict[str, Any]) -> Visitor:
    """Opens the page as a player whose session exists already."""
    visitor = await open_page(browser, name, options)
    await visitor.context.add_cookies([{"name": "nanoverse", "value": token, "url": url}])
    await visitor.page.add_init_script("localStorage.setItem('nanoverse.known', 'true')")
    await visitor.page.goto(url)
    return await _arrived(visitor)


class Visitors:
    """Players who are logged in already (see `tests.web.house.settle`), in a world at `url`."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser, self._url, self.here = browser, url, list[Visitor]()

    async def comes(self, name: str, **options: Any) -> Visitor:
        self.here.append(await stay(self._browser, self._url, name, f"token-of-{name}", options))
        return self.here[-1]


async def new_context(browser: Browser, **options: Any) -> BrowserContext:
    context = await browser.new_context(**({"viewport": DESKTOP} | options))
    await context.add_init_script(FEW_FRAMES + TOLD)
    return context


async def open_page(browser: Browser, name: str, options: dict[str, Any]) -> Visitor:
    """A page that is nowhere yet, with somebody who notes its complaints."""
    context = await new_context(browser, **options)
    page = await context.new_page()
    visitor = Visitor(name, context, page)
    page.set_default_timeout(PATIENCE * 1000)
    page.on("pageerror", lambda error: visitor.complaints.append(f"error: {error}"))

    def hear(message: ConsoleMessage) -> None:
        print(f"{name}'s page: {message.text}")
        if message.type in ("error", "warning"):
            visitor.complaints.append(message.text)

    page.on("console", hear)
    await page.add_init_script(
        "addEventListener('securitypolicyviolation', (e) => console.error(`policy: ${e.violatedDirective}`))"
    )
    return visitor


async def _arrived(visitor: Visitor) -> Visitor:
    await visitor.page.wait_for_selector("#hud:not([hidden])")
    await visitor.until("world.me !== undefined && world.chunks.size >= 9")
    return visitor


async def speak(page: Page, locale: str) -> None:
    """Loads the page again in this language, as if it had been chosen."""
    await page.evaluate("(code) => localStorage.setItem('nanoverse.language', JSON.stringify(code))", locale)
    await page.reload()
    await expect(page.locator(f"html[lang={locale}]")).to_have_count(1)


async def say_goodbye(visitors: list[Visitor]) -> None:
    """No page may have complained."""
    for visitor in visitors:
        await visitor.leave()
    complaints = {visitor.name: visitor.complaints for visitor in visitors if visitor.complaints}
    assert not complaints, complaints
