"""A player's page of their own agent: what speaks for them is theirs to choose, and they are told what was learnt."""

from __future__ import annotations

import asyncio
import functools
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import torch
from playwright.async_api import Browser, Route, expect

from nanoverse.engine import checkpoint
from nanoverse.protocol import WORLD
from nanoverse.starter import weights_folder
from nanoverse.store import accounts, adapters, learnt, messages, nights
from nanoverse.store.database import FILE
from tests.browser.reach import grave
from tests.browser.visitors import Visitors, say_goodbye
from tests.web.brought import adapter, harmful, packed
from tests.web.house import settle
from tests.world_server import running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")


TEN_PAST_TEN = 1_700_000_000_000  # in the evening, UTC
SAID = ("the bread is ready 🍞", "more bread please 🍞", "bread or soup 🍞", "Who took the ladder?")


@functools.cache
def starter() -> str:
    """The fingerprint of the base model that runs here."""
    return checkpoint.load(weights_folder(), torch.float32, torch.device("cpu")).base_id


def two_versions_of_which_the_older_is_chosen(data: Path) -> tuple[int, int]:
    connection = sqlite3.connect(data / FILE, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    ada, *_ = accounts.everyone(connection)
    older, newer = (adapters.add(connection, ada.id, starter(), 40, 0.3, "", 1).id for _ in range(2))
    adapters.offer(connection, ada.id, older, 1)
    adapters.offer(connection, ada.id, newer, 1)
    adapters.choose(connection, ada.id, older, starter(), 1)
    night = nights.start(connection, "", 1)
    left_out = {"password": 2, "repeat": 1}
    result = nights.NightResult(night, ada.id, nights.OFFERED, "It waits.", 0.3, 9.0, "", 57, left_out)
    nights.record(connection, result)
    answer = learnt.Answered("Bob", "are you hungry?", "i am here.", "more bread please 🍞")
    learnt.put(
        connection, learnt.Learnt(newer, older, 0.2, False, ("bread", "ladder"), ("more bread",), (answer,))
    )
    for text in SAID:
        messages.insert(connection, WORLD, ada.id, text, TEN_PAST_TEN)
    connection.close()
    return older, newer


async def test_a_choice_is_shown_with_what_waits_and_can_be_taken_back(
    browser: Browser, tmp_path: Path
) -> None:
    people = await settle(tmp_path / "data", "Ada", "Bob")
    async with running_world(tmp_path) as world:
        visitors = Visitors(browser, world.url)
        ada = await visitors.comes("Ada", timezone_id="Asia/Tokyo")
        older, newer = two_versions_of_which_the_older_is_chosen(tmp_path / "data")
        await world.wait_for_line("agents are awake", 120)
        page = ada.page
        await ada.known("chat.talkTo(args[0], 'Bob')", people["Bob"])
        await page.click("#open-agent")
        report = await page.inner_text(".report")
        assert "went by 57 messages of yours and left out 3" in report
        assert "2 looked like a password or a key" in report and "It waits." in report
        chosen = await page.inner_text(".chosen")
        assert f"You chose version {older}" in chosen and f"Version {newer} is waiting." in chosen
        assert f"Version {older}" in await page.inner_text(".version.live")
        assert await grave(page) == []

        panel = page.locator(".panel")
        await expect(panel).to_contain_text(f"18 % less surprised by your newest words than version {older}.")
        await expect(panel.get_by_role("list", name="Words new to it")).to_have_text("breadladder")
        await expect(panel.get_by_role("list", name="Phrases new to it")).to_have_text("more bread")
        compared = panel.locator(".beside")
        await expect(compared.locator("blockquote")).to_have_text("Bob: are you hungry?")
        await expect(compared.locator("dt")).to_have_text([f"version {older}", f"version {newer}"])
        await expect(compared.locator("dd")).to_have_text(["i am here.", "more bread please 🍞"])
        back = panel.get_by_role("button", name="Go back to the one before")
        await expect(back).to_be_disabled()  # it speaks already

        await expect(panel).to_contain_text("By 4 messages")
        habits = panel.get_by_role("list", name="Habits").get_by_role("listitem")
        await expect(habits).to_have_text(
            [
                "75 % all in lower case",
                "75 % without a mark at the end",
                "25 % ending in “?”",
                "75 % with a smiley or emoji",
            ]
        )
        await expect(panel.get_by_role("list", name="Your words")).to_have_text("bread 3")
        await expect(panel.get_by_role("list", name="Your signs")).to_have_text("🍞 3")
        hours = panel.get_by_role("img", name="Messages by the hour; most of them from 7:00 to 8:00")
        await expect(hours).to_be_visible()  # of the clock where the page is

        consent = panel.get_by_label("Learn from my talk with Bob")
        await consent.check()
        await ada.until(
            "(await (await fetch('/api/me/agent')).json()).private_consent.some((one) => one.peer === args[0])",
            people["Bob"],
        )
        await page.click(".chosen button")
        await page.wait_for_selector(".chosen", state="detached")
        assert f"Version {newer}" in await page.inner_text(".version.live")
        await expect(consent).to_be_checked()  # as the server has it now
        await expect(panel.get_by_role("button", name="Keep the new one")).to_be_disabled()
        await expect(back).to_be_enabled()
        words = tmp_path / "words.jsonl"
        words.write_text('{"text": "from elsewhere", "time": 1, "channel": "world"}\nno line\n')
        await page.set_input_files(".bring input >> nth=0", words)
        await page.wait_for_selector(".told li:nth-child(2)")
        told = await page.inner_text(".told >> nth=0")
        assert "1 message was taken." in told and "Not taken, being no JSON objects" in told
        await page.click("text='Forget what I brought'")
        await page.click("text='Forget it for good'")
        await page.wait_for_selector("text='Forget what I brought'", state="detached")

        connection = sqlite3.connect(tmp_path / "data" / FILE, isolation_level=None)
        newest = adapters.add(connection, people["Ada"], starter(), 40, 0.3, "", 1)
        adapters.offer(connection, newest.player, newest.id, 1)
        accounts.make_admin(connection, people["Ada"])
        await page.goto(f"{world.url}admin")
        await page.fill("#withdraw-name", "ada")
        await page.press("#withdraw-name", "Enter")
        sure = page.locator("#withdraw-sure")
        await expect(sure).to_contain_text(
            f"Take version {newest.id} of Ada's agent back? Then version {newer} speaks again."
        )
        assert await grave(page) == []
        await sure.get_by_role("button", name="Go back to the version before").dblclick()
        await expect(page.locator("#withdrawn li")).to_have_text(
            [f"Ada: version {newest.id}: The admin took it back."]
        )
        await expect(page.locator("#withdraw-name")).to_be_focused()
        live = adapters.live(connection, people["Ada"])
        connection.close()
        assert live is not None and live.id == newer
        await say_goodbye(visitors.here)


async def test_versions_for_another_model_are_marked_and_can_be_neither_chosen_nor_gone_back_to(
    browser: Browser, tmp_path: Path
) -> None:
    ada = (await settle(tmp_path / "data", "Ada"))["Ada"]
    with closing(sqlite3.connect(tmp_path / "data" / FILE, isolation_level=None)) as connection:
        old, odd = (adapters.add(connection, ada, "gemma3-old", 40, 0.3, "", 1).id for _ in range(2))
        adapters.offer(connection, ada, old, 1)
        adapters.offer(connection, ada, odd, 1)
        adapters.choose(connection, ada, old, "gemma3-old", 1)
        new = adapters.add(connection, ada, starter(), 40, 0.3, "", 2).id
        learnt.put(connection, learnt.Learnt(new, None, None, False, ("bread",), (), ()))
        adapters.offer(connection, ada, new, 2)
    async with running_world(tmp_path) as world:
        visitors = Visitors(browser, world.url)
        visitor = await visitors.comes("Ada")
        await world.wait_for_line("agents are awake", 120)
        await visitor.page.click("#open-agent")
        panel = visitor.page.locator(".panel")
        await expect(panel.locator(".chosen p")).to_have_text(
            f"You chose version {old}, which was made for another model. Until you choose again the base model"
            f" speaks. Version {new} is waiting."
        )
        await expect(panel.locator(".version.live strong")).to_have_text("Base model")
        misfits = panel.locator(".version", has=visitor.page.locator(".misfit"))
        await expect(misfits.locator("strong")).to_have_text([f"Version {odd}", f"Version {old}"])
        await expect(misfits.locator("button, .badge")).to_have_count(0)
        await expect(panel.get_by_role("button", name="Use this one")).to_have_count(1)
        assert await grave(visitor.page) == []
        await panel.get_by_role("button", name="Always use the newest").click()
        await expect(panel.locator(".version.live strong")).to_have_text(f"Version {new}")
        await panel.get_by_role("button", name="Go back to the base model").click()
        await expect(panel.locator(".version.live strong")).to_have_text("Base model")
        await expect(panel.locator(".chosen p")).to_contain_text("You chose the base model")
        await say_goodbye(visitors.here)


async def test_what_a_version_was_held_against_and_why_it_was_taken_is_told_as_it_is(
    browser: Browser, tmp_path: Path
) -> None:
    await settle(tmp_path / "data", "Ada", "Bob")
    async with running_world(tmp_path, "--agents", "no") as world:
        visitors = Visitors(browser, world.url)
        ada = await visitors.comes("Ada")
        older, newer = two_versions_of_which_the_older_is_chosen(tmp_path / "data")
        connection = sqlite3.connect(tmp_path / "data" / FILE, isolation_level=None)
        panel = ada.page.locator(".panel")
        for changes, told, label in (
            ("heeded = 1, gain = -0.4", "speaks more as you rewrote it", f"version {older}"),
            (
                "heeded = 0, gain = -0.01",
                f"about as good with your newest words as version {older}",
                f"version {older}",
            ),
            (
                "compared = NULL, gain = NULL",
                "26 % less surprised by your newest words than the base model",
                "base model",
            ),
        ):
            connection.execute(f"UPDATE learnt SET {changes}")
            await ada.page.click("#open-agent")
            await expect(panel).to_contain_text(told)
            await expect(panel.locator(".beside dt")).to_have_text([label, f"version {newer}"])
            assert await panel.get_by_text("49 % more than version").count() == ("heeded = 1" in changes)
            assert await panel.get_by_text("Words it met often").count() == ("compared" in changes)
            await ada.page.keyboard.press("Escape")
        brought = adapters.add(connection, accounts.everyone(connection)[0].id, starter(), 40, 0.3, "", 1)
        adapters.offer(connection, brought.player, brought.id, 1)
        connection.close()
        await ada.page.click("#open-agent")
        await expect(panel.locator(".beside dt")).to_have_text([label, f"version {newer}"])
        await expect(panel.get_by_role("button", name="Keep the new one")).to_have_count(0)
        await say_goodbye(visitors.here)


async def test_the_bar_counts_what_is_fit_to_learn_from(browser: Browser, tmp_path: Path) -> None:
    people = await settle(tmp_path / "data", "Ada")
    async with running_world(tmp_path, "--agents", "no", "--min-messages", "4") as world:
        connection = sqlite3.connect(tmp_path / "data" / FILE, isolation_level=None)
        for i, text in enumerate((*SAID[:3], *["https://example.org"] * 9)):
            messages.insert(connection, WORLD, people["Ada"], text, TEN_PAST_TEN + i)
        connection.close()
        visitors = Visitors(browser, world.url)
        ada = await visitors.comes("Ada")
        await ada.page.click("#open-agent")
        panel = ada.page.locator(".panel")
        await expect(panel).to_contain_text("so far there are 3 that are fit to learn from")
        assert await panel.get_by_role("progressbar").get_attribute("value") == "3"
        await say_goodbye(visitors.here)


async def test_a_consent_given_elsewhere_is_listed_with_whether_it_counts_and_can_be_taken_back(
    browser: Browser, tmp_path: Path
) -> None:
    people = await settle(tmp_path / "data", "Ada", "Bob", "Eve")
    async with running_world(tmp_path, "--agents", "no") as world:
        visitors = Visitors(browser, world.url)
        ada, bob = await visitors.comes("Ada"), await visitors.comes("Bob")
        allow = "(await net.request('consent', { peer: args[0], allowed: args[1] }), true)"
        for peer in ("Bob", "Eve"):
            await ada.until(allow, people[peer], True)
        assert await ada.known("chat.conversations.size") == 2, "no private talk is open here"
        panel = ada.page.locator(".panel")
        await ada.page.click("#open-agent")
        of_bob, of_eve = (panel.locator(".talk", has_text=f"talk with {name}") for name in ("Bob", "Eve"))
        await expect(of_bob).to_contain_text(
            "You agreed. Nothing of it is learnt from unless Bob agrees, too."
        )
        await ada.page.keyboard.press("Escape")
        await bob.until(allow, people["Ada"], True)
        await ada.page.click("#open-agent")
        await expect(of_bob).to_contain_text("You both agreed")
        await expect(of_eve).to_contain_text("unless Eve agrees, too")
        await of_bob.get_by_role("checkbox").uncheck()
        await expect(of_bob).to_contain_text("You have not agreed")
        await of_bob.get_by_role("checkbox").check()
        await expect(of_bob).to_contain_text("You both agreed")
        await of_bob.get_by_role("checkbox").uncheck()
        await expect(of_bob).to_contain_text("You have not agreed")
        await ada.page.keyboard.press("Escape")
        await ada.page.click("#open-agent")
        await expect(of_eve).to_have_count(1)
        await expect(of_bob).to_have_count(0)
        await say_goodbye(visitors.here)


async def test_what_is_ticked_while_the_agents_wake_is_not_taken_back_by_words_that_were_older(
    browser: Browser, tmp_path: Path
) -> None:
    people = await settle(tmp_path / "data", "Ada", "Bob")
    async with running_world(tmp_path, "--agents", "no") as world:
        visitors = Visitors(browser, world.url)
        ada = await visitors.comes("Ada")
        await world.wait_for_line("agents are awake", 120)
        await ada.until("world.model.state === 'ready'")
        allow = "(await net.request('consent', { peer: args[0], allowed: true }), true)"
        await ada.until(allow, people["Bob"])
        await ada.page.click("#open-agent")
        panel = ada.page.locator(".panel")
        of_bob = panel.locator(".talk", has_text="talk with Bob")
        await expect(of_bob).to_contain_text("You agreed.")
        read, ticked = asyncio.Event(), asyncio.Event()

        async def late(route: Route) -> None:
            """The agent as it was before the tick, which comes after it."""
            answer = await route.fetch()
            told = await answer.json()
            told["model"]["note"] = "Woken late."
            read.set()
            await ticked.wait()
            await route.fulfill(response=answer, json=told)

        await ada.page.route("**/api/me/agent", late)
        await ada.known("world.emit('model', { state: 'loading', note: '' })")
        await read.wait()
        await of_bob.get_by_role("checkbox").uncheck()
        await expect(of_bob).to_contain_text("You have not agreed")
        ticked.set()
        await expect(panel).to_contain_text("Woken late.")
        await expect(of_bob).to_contain_text("You have not agreed")
        await expect(of_bob.get_by_role("checkbox")).not_to_be_checked()
        await say_goodbye(visitors.here)


async def test_what_becomes_of_a_brought_agent_is_told_until_it_waits_or_is_refused(
    browser: Browser, tmp_path: Path
) -> None:
    await settle(tmp_path / "data", "Ada")
    async with running_world(tmp_path) as world:
        visitors = Visitors(browser, world.url)
        ada = await visitors.comes("Ada")
        await world.wait_for_line("agents are awake", 120)
        page = ada.page
        fits, harms = tmp_path / "fits.zip", tmp_path / "harms.zip"
        fits.write_bytes(packed(adapter()))
        harms.write_bytes(packed(harmful()))
        await page.click("#open-agent")
        told = page.locator(".bring .told").nth(1)
        await page.set_input_files(".bring input >> nth=1", fits)
        await expect(told).to_have_text(
            re.compile("being judged before it may speak|has arrived and waits for its turn")
        )
        version = page.locator(".version", has_text="Brought from elsewhere")
        await expect(version).to_contain_text("It waits for you to choose it.", timeout=120_000)
        await expect(version).to_contain_text("Its player has said too little here to judge it by")
        await expect(told).to_be_empty()  # all that there is to say stands beside the version
        await page.set_input_files(".bring input >> nth=1", harms)
        refusal = "Your adapter was not taken. It has forgotten too much of how people talk."
        await expect(told).to_have_text(refusal, timeout=120_000)
        await page.locator(".panel").get_by_role("button", name="Close").click()
        await page.click("#open-agent")
        await expect(told).to_have_text(refusal)  # whoever was away while it was judged hears of it
        await version.get_by_role("button").click()
        await expect(version).to_contain_text("speaks now")
        assert await grave(page) == []
        await say_goodbye(visitors.here)
