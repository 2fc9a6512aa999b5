"""The client speaks the browser's language or the one chosen, and is mirrored for those written from the right."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from nanoverse.store import accounts
from nanoverse.store.database import Database
from tests.browser.visitors import PHONE, Visit, Visitors, new_context, say_goodbye
from tests.web.house import settle
from tests.world_server import WorldProcess, running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_title_speaks_the_browsers_language(browser: Browser, place: WorldProcess) -> None:
    for locale, direction, words in (
        ("de-AT", "ltr", "Anmelden"),
        ("ar-EG", "rtl", "دخول"),
        ("fr", "ltr", "Log in"),
    ):
        page = await (await new_context(browser, locale=locale)).new_page()
        await page.goto(place.url)
        await expect(page.locator("#account-login")).to_have_text(words)
        assert await page.evaluate("document.documentElement.dir") == direction
        await page.context.close()


@pytest.mark.parametrize("missing", ["static/lang/*", "tables.json"])
@pytest.mark.parametrize("path", ["", "watch"])
async def test_a_page_that_cannot_fetch_what_it_begins_with_says_so_and_tries_again(
    browser: Browser, place: WorldProcess, path: str, missing: str
) -> None:
    await says_so_and_tries_again(browser, place, path, missing)


async def test_the_admins_page_without_its_texts_says_so_and_tries_again(
    browser: Browser, place: WorldProcess
) -> None:
    await says_so_and_tries_again(browser, place, "admin", "static/lang/*")


async def says_so_and_tries_again(browser: Browser, place: WorldProcess, path: str, missing: str) -> None:
    page = await (await new_context(browser, **PHONE, locale="de")).new_page()
    await page.route(
        f"{place.url}{missing}", lambda route: route.fulfill(status=503, json={"error": "Not now."})
    )
    await page.goto(place.url + path)
    notice = page.locator("#notice")
    await expect(notice).to_contain_text("Diese Seite konnte nicht ganz geladen werden.")
    if folder := os.environ.get("SHOTS"):
        await page.screenshot(path=f"{folder}/lost-{path}.png")
    await expect(page.locator("main")).to_be_hidden()
    assert await notice.get_by_role("button").evaluate("(button) => button.scrollWidth <= button.clientWidth")
    await page.unroute_all()
    await notice.get_by_role("button", name="Noch einmal versuchen").tap()
    shown = {"": "#account-login", "watch": "#watch-hint", "admin": "header a"}[path]
    await expect(page.locator(shown)).not_to_be_empty()
    await expect(notice).not_to_contain_text("Diese Seite")
    await page.context.close()


async def test_before_logging_in_the_language_is_chosen_by_keys(
    browser: Browser, place: WorldProcess
) -> None:
    page = await (await new_context(browser, locale="en")).new_page()
    await page.goto(place.url)
    await expect(page.locator("#account-name")).to_be_focused()  # before the card is shown nothing can be
    await page.focus("#account-language")
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("html[lang=de] #account-login")).to_be_visible()
    await page.focus("#account-language")
    await page.keyboard.press("e")  # the next that begins with it
    await expect(page.locator("html[lang=es] #account-login")).to_be_visible()
    await page.context.close()


async def test_when_agents_answer_and_how_their_model_is_are_said_in_the_players_language(
    browser: Browser, tmp_path: Path
) -> None:
    people = await settle(tmp_path / "data", "Ada")
    async with await Database.open(tmp_path / "data") as db:
        await db.write(lambda c: accounts.make_admin(c, people["Ada"]))
    async with running_world(tmp_path, "--model", "none such") as world:
        visitors = Visitors(browser, world.url)
        page = (await visitors.comes("Ada", locale="de")).page
        await page.get_by_role("tab", name="Welt").click()
        await expect(page.locator("#chat-log .empty")).to_contain_text("nur, wenn man sie beim Namen nennt")
        await page.goto(f"{world.url}admin")
        facts = page.locator("#facts")
        await expect(facts).to_contain_text("Die Agenten können gerade nicht sprechen.")
        await expect(facts).to_contain_text("Ein Modell des Hubs heißt BESITZER/NAME.")
        await expect(facts).not_to_contain_text("failed")
        await expect(facts.locator("dd").last).to_have_text(re.compile(r"meist \d+,\d ms, .* \d+,\d ms$"))
        await say_goodbye(visitors.here)


async def test_a_chosen_language_stays_chosen_and_the_player_stays_in_the_world(visit: Visit) -> None:
    page = (await visit("Lina")).page
    await page.click("#open-settings")
    await page.locator(".panel select").select_option("he")
    await expect(page.locator("html[lang=he][dir=rtl] #hud")).to_be_visible()
    await page.reload()
    await expect(page.locator("#hud")).to_be_visible()
    await page.get_by_role("button", name="הגדרות").click()
    await expect(page.get_by_role("dialog", name="הגדרות")).to_contain_text("נכנסת בשם \u2068Lina\u2069.")
