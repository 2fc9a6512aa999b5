"""What a screen reader, a keyboard and a finger need: axe finds nothing serious, and nothing is out of reach."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from nanoverse.store import accounts, nights
from nanoverse.store.database import Database
from tests.browser.conftest import SEED
from tests.browser.reach import grave, too_small
from tests.browser.visitors import PHONE, Visitor, come, new_context, say_goodbye, stay
from tests.web.house import settle
from tests.world_server import WorldProcess, running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

PANELS = ("map", "bag", "people", "agent", "land", "journal", "settings")


async def test_axe_finds_nothing_serious_on_the_title_in_either_direction(
    browser: Browser, place: WorldProcess
) -> None:
    for locale in ("en", "ar"):
        page = await (await new_context(browser, locale=locale)).new_page()
        await page.goto(place.url)
        await page.wait_for_selector("#account:not([hidden])")
        assert await grave(page) == [], locale
        await page.context.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def dora(browser: Browser, place: WorldProcess) -> AsyncIterator[Visitor]:
    """At a desk, for all tests of the module."""
    visitor = await come(browser, place.url, "Dora", False, {})
    yield visitor
    await say_goodbye([visitor])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def phoebe(browser: Browser, place: WorldProcess) -> AsyncIterator[Visitor]:
    """On a phone, likewise."""
    visitor = await come(browser, place.url, "Phoebe", False, PHONE)
    yield visitor
    await say_goodbye([visitor])


async def test_axe_finds_nothing_serious_in_the_game_or_any_panel(dora: Visitor, phoebe: Visitor) -> None:
    await dora.say("Hello there.")
    for visitor in (dora, phoebe):
        assert await grave(visitor.page) == [], visitor.name
        for panel in PANELS:
            await visitor.page.click(f"#open-{panel}")
            await visitor.page.wait_for_selector(".panel")
            assert await grave(visitor.page) == [], (visitor.name, panel)
            await visitor.page.keyboard.press("Escape")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def manor(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WorldProcess]:
    """A world whose admin is Ada."""
    folder = tmp_path_factory.mktemp("manor")
    people = await settle(folder / "data", "Ada", "Bob", "Eve")
    async with await Database.open(folder / "data") as db:
        await db.write(lambda connection: accounts.make_admin(connection, people["Ada"]))
        await db.write(lambda connection: a_night(connection, *people.values()))
    async with running_world(folder, "--seed", SEED) as world:
        yield world


def a_night(connection: sqlite3.Connection, *players: int) -> None:
    """One player gained, the next lost, the last was refused without a figure; then the first was trained by hand."""
    night = nights.start(connection, "1970-01-01T00:00", 1)
    for player, (result, gain) in zip(
        players, [("live", 0.5), ("refused", -0.25), ("refused", None)], strict=True
    ):
        nights.record(connection, nights.NightResult(night, player, result, "It is no better.", gain, 90.0))
    by_hand = nights.start(connection, "", 2)
    nights.record(connection, nights.NightResult(by_hand, players[0], "skipped", "", None, 60.0))


async def test_axe_finds_nothing_serious_on_the_admins_page(browser: Browser, manor: WorldProcess) -> None:
    ada = await stay(browser, manor.url, "Ada", "token-of-Ada", {})
    await ada.page.goto(f"{manor.url}admin")
    await ada.page.wait_for_selector("#status:not([hidden])")
    assert await grave(ada.page) == []
    for title, names in (("By hand", ["Ada"]), ("Night of", ["Ada", "Bob", "Eve"])):
        table = ada.page.get_by_role("table", name=title)
        assert await table.get_by_role("rowheader").all_text_contents() == names
    charts = ada.page.locator("#charts figure")
    gains, minutes, reasons = await charts.locator("desc").all_text_contents()
    assert (gains, reasons) == ("Ada: 0.500; Bob: -0.250", "It is no better.: 2")
    assert "1970" in minutes and minutes.endswith(": 1.0") and ": 4.5; " in minutes
    bars = [await bar.bounding_box() for bar in await charts.nth(0).locator("rect").all()]
    assert [round(bar["width"] / bars[1]["width"]) for bar in bars if bar and bars[1]] == [2, 1]
    await charts.nth(0).locator("summary").click()
    assert (await charts.nth(0).locator("tbody").inner_text()).split() == ["Ada", "0.500", "Bob", "-0.250"]

    await ada.page.set_viewport_size(PHONE["viewport"])
    assert await grave(ada.page) == []
    await expect(ada.page.locator("#reported-some")).to_be_hidden()  # nobody reported anything
    await say_goodbye([ada])


@pytest.mark.parametrize("locale", ["en", "de", "ar"])
async def test_on_a_phone_each_row_of_the_admins_tables_is_a_card_with_its_labels(
    browser: Browser, manor: WorldProcess, locale: str
) -> None:
    ada = await stay(browser, manor.url, "Ada", "token-of-Ada", PHONE | {"locale": locale})
    page = ada.page
    reported = {
        "id": 1, "time": 1, "reporter": "Hubert_Blaine_Wolfe_", "name": "Eve", "text": "buy " * 30,
        "by_agent": True, "reason": "زعيق " * 9, "handled": 0, "locked": False,
    }  # fmt: skip
    await page.route("**/api/admin/reports", lambda route: route.fulfill(json={"reports": [reported]}))
    await page.goto(f"{manor.url}admin")
    await page.wait_for_selector("#reported tr")
    for table in await page.locator(".wide").all():
        assert await table.evaluate("(node) => node.scrollWidth <= node.clientWidth")
        heads = await table.locator("thead th").all_text_contents()
        for row in await table.get_by_role("row").all():
            labels = await row.locator("> *").evaluate_all(
                """(cells) => cells.map((cell) => getComputedStyle(cell, '::before'))
                    .map(({ content }) => JSON.parse(content))"""
            )
            assert labels == heads
            cells = [await cell.bounding_box() for cell in await row.locator("> *").all()]
            tops = [cell["y"] for cell in cells if cell]
            assert len(tops) == len(heads) and tops == sorted(set(tops)), "one below the other"
    await page.locator("#reported button").tap()  # the question whether to lock stays within the card as well
    assert await page.evaluate("document.querySelector('.page').scrollWidth") <= 360
    assert await page.locator("#reported-some").evaluate("(node) => node.scrollWidth <= node.clientWidth")
    assert await too_small(page) == []
    assert await grave(page) == []
    if folder := os.environ.get("SHOTS"):
        await page.locator("#held").screenshot(path=f"{folder}/admin-{locale}.png")
    await say_goodbye([ada])


async def test_on_a_phone_everything_to_be_tapped_is_as_large_as_a_fingertip(phoebe: Visitor) -> None:
    page = phoebe.page
    assert await too_small(page) == []
    await page.tap("#chat-line")
    assert await too_small(page) == [], "chat"
    for panel in PANELS:
        await page.tap(f"#open-{panel}")
        await page.wait_for_selector(".panel")
        assert await too_small(page) == [], panel
        await page.keyboard.press("Escape")


async def test_the_tab_key_leads_to_everything_and_shows_where_it_is(dora: Visitor) -> None:
    page = dora.page
    await page.evaluate("document.activeElement.blur()")
    reached = set()
    for _ in range(60):
        await page.keyboard.press("Tab")
        now = await page.evaluate(
            """() => {
                const node = document.activeElement;
                return [node.id || node.dataset.slot || node.className, getComputedStyle(node).outlineStyle];
            }"""
        )
        reached.add(now[0])
        assert now[1] != "none" or now[0] == "", now
    wanted = {f"open-{panel}" for panel in PANELS} | {
        "chat-input",
        "chat-send",
        "chat-fold",
        "chat-log",
        "0",
        "8",
    }
    assert wanted - reached == set()


async def test_a_panel_takes_the_focus_and_gives_it_back_to_who_uses_keys(dora: Visitor) -> None:
    page = dora.page
    await page.focus("#chat-send")
    while not await page.evaluate("document.activeElement.id === 'open-settings'"):
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator(".panel")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("#open-settings")).to_be_focused()


async def test_who_asks_for_more_contrast_gets_opaque_frames(dora: Visitor) -> None:
    page = dora.page
    colour = "getComputedStyle(document.querySelector('#chat')).backgroundColor"
    assert "0.88" in await page.evaluate(colour)
    await page.emulate_media(contrast="more")
    assert "rgba" not in await page.evaluate(colour)
