"""A player has their own words forgotten: asked first, then they are gone from before everybody's eyes."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.visitors import Visitors, say_goodbye
from tests.web.house import settle
from tests.world_server import running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

# Bubbles would go by themselves after a few seconds: these do not.
LASTING = """(({ labels }) => {
    const say = labels.say.bind(labels);
    labels.say = (...given) => {
        say(...given);
        for (const bubble of labels.bubbles.values()) bubble.until = Infinity;
    };
})(await import('/static/js/index.js'))"""


async def test_forgotten_words_do_not_hang_on_over_the_head(browser: Browser, tmp_path: Path) -> None:
    await settle(tmp_path / "data", "Ada", "Bob")
    async with running_world(tmp_path, "--agents", "no") as world:
        visitors = Visitors(browser, world.url)
        ada, bob = await visitors.comes("Ada"), await visitors.comes("Bob")
        await bob.known(LASTING)
        await ada.say("look at me")
        bubble = bob.page.locator(".bubble", has_text="look at me")
        await expect(bubble).to_be_visible()
        await ada.until("(await chat.opinions.forgetMessage(chat.open.messages.at(-1).id), true)")
        await expect(bubble).to_have_count(0)
        await say_goodbye(visitors.here)


async def test_own_words_are_forgotten_in_the_chat_and_in_the_list_of_what_is_learnt(
    browser: Browser, tmp_path: Path
) -> None:
    await settle(tmp_path / "data", "Ada", "Bob")
    async with running_world(tmp_path) as world:
        visitors = Visitors(browser, world.url)
        ada, bob = await visitors.comes("Ada"), await visitors.comes("Bob")
        for text in ("my secret", "keep this"):
            await ada.say(text)
        await bob.until("chat.open.messages.filter((m) => m.id).length === 2")
        await bob.page.click("article.message:has-text('my secret') .more")
        assert await bob.page.locator(".acts button:has-text('Forget this message')").count() == 0
        await bob.page.click(".acts button:has-text('Reply')")
        await bob.say("your secret?")
        await ada.until("chat.open.messages.some((m) => m.quoted === 'my secret')")

        await ada.page.click("article.message:has(.text:text-is('my secret')) .more")
        await ada.page.click("text='Forget this message'")
        await ada.page.click("text='Keep it'")
        await ada.page.click("text='Forget this message'")
        await ada.page.click("text='Forget it for good'")
        await bob.until("!chat.open.messages.some((m) => m.text === 'my secret' || m.quoted)")
        assert await bob.page.locator("#chat-log .quote").count() == 0
        await ada.until("!chat.open.messages.some((m) => m.text === 'my secret' || m.quoted)")

        await ada.page.click("#open-agent")
        await ada.page.click("summary:has-text('may learn from')")
        await ada.page.click("article.word:has-text('keep this') button")
        await ada.page.click("article.word:has-text('keep this') .sure button:last-child")
        await ada.page.wait_for_selector("article.word:has-text('keep this')", state="detached")
        await bob.until("chat.open.messages.length === 1")
        await ada.page.keyboard.press("Escape")

        await bob.page.click("article.message .more")
        await ada.page.click("article.message:has-text('your secret') .more")
        await ada.page.click("text='Forget Bob'")
        await ada.page.click("text='Forget it for good'")
        await ada.until("document.querySelector('.acts .sure') === null")
        assert await bob.known("chat.open.messages.length") == 1, "what Bob said is his"
        await say_goodbye(visitors.here)
