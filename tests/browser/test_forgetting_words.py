"""A player has their own words forgotten: asked first, then they are gone from before everybody's eyes."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, expect

from nanoverse.protocol import WORLD
from nanoverse.store import drafts, imports, messages
from nanoverse.store.database import FILE, Database
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


async def test_who_forgets_by_keys_goes_on_beside_it(browser: Browser, tmp_path: Path) -> None:
    await settle(tmp_path / "data", "Ada")
    async with running_world(tmp_path, "--agents", "no") as world:
        visitors = Visitors(browser, world.url)
        ada = await visitors.comes("Ada")
        page = ada.page
        for text in ("one", "two", "three"):
            await ada.say(text)
        await ada.until("chat.open.messages.filter((m) => m.id).length === 3")

        async def forget(place: Locator) -> None:
            await place.get_by_role("button", name="Forget this message").focus()
            await page.keyboard.press("Enter")
            await expect(place.get_by_role("button", name="Keep it")).to_be_focused()
            await page.keyboard.press("Tab")
            await page.keyboard.press("Enter")

        log = page.locator("#chat-log")
        for text, beside in (("one", "two"), ("three", "two")):
            message = log.locator("article", has_text=text)
            await message.get_by_role("button", name="More").focus()
            await page.keyboard.press("Enter")
            await forget(message)
            await expect(message).to_have_count(0)
            await expect(log.locator("article", has_text=beside).locator(":focus")).to_have_count(1)
        for text in ("four", "five"):
            await ada.say(text)
        await ada.until("chat.open.messages.filter((m) => m.id).length === 3")

        await page.click("#open-agent")
        await page.click("summary:has-text('may learn from')")
        words = page.get_by_role("region", name="What you said").locator(".word")
        await ada.known(
            "(net.ask = net.request, net.request = async () => { throw new Error('Not now.'); }, true)"
        )
        await forget(words.filter(has_text="four"))  # which stays
        await expect(page.locator(".toast", has_text="Not now.")).to_be_visible()
        await expect(
            words.filter(has_text="four").get_by_role("button", name="Forget this message")
        ).to_be_focused()
        await ada.known("(net.request = net.ask, true)")
        for text, beside in (("four", "two"), ("two", "five")):
            await forget(words.filter(has_text=text))
            await expect(words.filter(has_text=text)).to_have_count(0)
            await expect(words.filter(has_text=beside).get_by_role("button")).to_be_focused()
        await forget(words)
        await expect(words).to_have_count(0)
        await expect(page.get_by_role("dialog")).to_be_focused()
        await say_goodbye(visitors.here)


async def rewritten(data: Path, ada: int) -> list[int]:
    """What Ada's agent said while she was away: twice she said it better; and she brought a line from elsewhere."""

    def fill(connection: sqlite3.Connection) -> list[int]:
        said = [
            messages.insert(connection, WORLD, ada, text, 10, by_agent=True).id
            for text in ("Hail.", "Adieu.")
        ]
        for number, text in zip(said, ("hiya~", "bye~"), strict=True):
            drafts.add(connection, number, "x", 0, '{"turns":[]}', 10)
            drafts.correct(connection, number, ada, text, 20)
        imports.add(connection, ada, [("from elsewhere", 5)], 9, 30)
        return said

    async with await Database.open(data) as db:
        return await db.write(fill)


async def test_a_rewrite_is_seen_beside_what_it_replaces_and_withdrawn_from_the_list_and_from_the_message(
    browser: Browser, tmp_path: Path
) -> None:
    people = await settle(tmp_path / "data", "Ada")
    hail, _ = await rewritten(tmp_path / "data", people["Ada"])
    async with running_world(tmp_path, "--agents", "no") as world:
        visitors = Visitors(browser, world.url)
        ada = await visitors.comes("Ada")
        page = ada.page
        await ada.until("(await net.request('take_back', { message: args[0] }), true)", hail)
        await page.click("#open-agent")
        await page.click("summary:has-text('may learn from')")
        panel = page.locator(".panel")
        rewrites = panel.get_by_role("region", name="What you would have said instead of your agent")
        taken_back = rewrites.locator(".word", has_text="hiya~")
        await expect(taken_back).to_contain_text("Your agent said: Hail.")
        await expect(panel.get_by_role("region", name="What you brought from elsewhere")).to_contain_text(
            "from elsewhere"
        )
        await taken_back.get_by_role("button", name="Withdraw this rewrite").click()
        await taken_back.get_by_role("button", name="Forget it for good").click()
        await expect(taken_back).to_have_count(0)

        said = panel.locator("article.word:has(form)", has_text="Adieu.")
        field = said.get_by_label("I would have said")
        await expect(field).to_have_value("bye~")
        await said.get_by_role("button", name="Withdraw this rewrite").focus()
        for key in ("Enter", "Tab", "Enter"):
            await page.keyboard.press(key)
        await expect(field).to_have_value("")
        await expect(field).to_be_focused()
        await expect(rewrites.locator(".word")).to_have_count(0)
        await expect(said.get_by_role("button", name="Withdraw this rewrite")).to_be_hidden()
        await field.fill("bye then~")
        await said.get_by_role("button", name="Teach").click()
        await expect(said.get_by_role("button", name="Withdraw this rewrite")).to_be_visible()
        await say_goodbye(visitors.here)
    with sqlite3.connect(tmp_path / "data" / FILE) as connection:
        assert connection.execute("SELECT text FROM correction").fetchall() == [("bye then~",)]
        assert connection.execute("SELECT version FROM forgotten").fetchall() == [(1,)]
