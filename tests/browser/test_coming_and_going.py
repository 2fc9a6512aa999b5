"""Accounts, a second window, a server that goes and comes back, a phone."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.browser.visitors import AT_BOTH, PASSWORD, PHONE, Visit, new_context
from tests.world_server import WorldProcess, start_world

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        await page.screenshot(path=f"{folder}/{name}.png")


async def test_a_wrong_password_is_said_in_a_sentence(
    visit: Visit, browser: Browser, place: WorldProcess
) -> None:
    await visit("Lea")
    page = await (await new_context(browser)).new_page()
    await page.goto(place.url)
    await page.fill("#account-name", "Lea")
    await page.fill("#account-password", "not the password")
    await page.click("#account-login")
    await expect(page.locator("#account-error")).to_have_text(
        "There is no player with that name and password."
    )
    assert await page.locator("#account").is_visible()
    await page.context.close()


async def test_the_keys_of_the_game_do_nothing_on_the_title(browser: Browser, place: WorldProcess) -> None:
    page = await (await new_context(browser)).new_page()
    await page.goto(place.url)
    await page.click("#account-title")
    await page.keyboard.press("m")
    await expect(page.locator("#panel-place > *")).to_have_count(0)
    await page.context.close()


@AT_BOTH
async def test_enter_does_what_the_card_offers_first_to_a_newcomer_and_to_who_was_here(
    browser: Browser, place: WorldProcess, options: dict[str, Any]
) -> None:
    page = await (await new_context(browser, **options)).new_page()
    name = "Rosa" if options is PHONE else "Rolf"
    await page.goto(place.url)
    for main, other in (("register", "login"), ("login", "register")):
        await expect(page.locator("#account")).to_be_visible()
        await expect(page.locator(f"#account-{main}")).not_to_have_class("second")
        await expect(page.locator(f"#account-{other}")).to_have_class("second")
        boxes = [await page.locator(f"#account-{button}").bounding_box() for button in (main, other)]
        assert boxes[0] and boxes[1]
        assert (boxes[0]["y"], boxes[0]["x"]) < (boxes[1]["y"], boxes[1]["x"])
        await shot(page, f"card-{main}-{len(options)}")
        await page.fill("#account-name", name)
        await page.fill("#account-password", PASSWORD)
        await page.press("#account-password", "Enter")
        await page.click("#open-settings")
        await page.get_by_role("button", name="Log out").click()
    await page.context.close()


async def test_who_logs_out_sees_the_card_once_and_not_before_all_is_over(visit: Visit) -> None:
    pia = await visit("Pia")

    async def slow(route: Route) -> None:
        answer = await route.fetch()
        assert not await pia.page.locator("#account").is_visible()
        await asyncio.sleep(1)  # the server has closed the line by now
        assert not await pia.page.locator("#account").is_visible()
        seen.append(answer.status)
        await route.fulfill(response=answer)

    seen: list[int] = []
    await pia.page.route("**/api/logout", slow)
    await pia.page.click("#open-settings")
    await pia.page.get_by_role("button", name="Log out").click()
    await expect(pia.page.locator("#account")).to_be_visible()
    assert seen == [200]


async def test_a_reloaded_page_is_still_logged_in(visit: Visit) -> None:
    mia = await visit("Mia")
    await mia.page.reload()
    await mia.page.wait_for_selector("#hud:not([hidden])")
    assert not await mia.page.locator("#account").is_visible()


async def test_who_has_come_in_keeps_no_pictures_of_the_land_behind_the_card(visit: Visit) -> None:
    ola = await visit("Ola")
    await ola.known("camera.scale")  # drawn
    tools = await ola.context.new_cdp_session(ola.page)
    of = "import('/static/js/view/chunks.js').then(({ ChunkPictures }) => ChunkPictures.prototype)"
    found = await tools.send("Runtime.evaluate", {"expression": of, "awaitPromise": True})
    await tools.send("HeapProfiler.collectGarbage")
    kept = await tools.send("Runtime.queryObjects", {"prototypeObjectId": found["result"]["objectId"]})
    how_many = {
        "objectId": kept["objects"]["objectId"],
        "functionDeclaration": "function () { return this.length; }",
    }
    assert (await tools.send("Runtime.callFunctionOn", how_many))["result"]["value"] == 1


async def test_after_logging_out_the_card_is_back(visit: Visit) -> None:
    noa = await visit("Noa")
    await noa.page.click("#open-settings")
    await noa.page.get_by_role("button", name="Log out").click()
    await noa.page.wait_for_selector("#account:not([hidden])")
    await noa.page.reload()
    await noa.page.wait_for_selector("#account:not([hidden])")


async def test_who_logs_in_after_somebody_else_on_the_same_page_sees_nothing_of_theirs(
    visit: Visit, browser: Browser, place: WorldProcess
) -> None:
    una, vic = await visit("Una"), await visit("Vic")
    await una.known("(chat.talkTo(args[0], 'Vic'), true)", await vic.known("world.you"))
    await una.say("between us")
    await una.page.locator(".message:not(.sending)", has_text="between us").wait_for()
    await una.page.click("#open-agent")
    await vic.page.goto("about:blank")

    elsewhere = await (await new_context(browser)).new_page()  # her password is changed: her sessions end
    await elsewhere.goto(place.url)
    for path, fields in (
        ("login", {"name": "Una", "password": PASSWORD}),
        ("me/password", {"old": PASSWORD, "new": "another horse battery"}),
    ):
        answer = await elsewhere.request.post(
            f"{place.url}api/{path}", data=fields, headers={"X-NanoVerse": "1"}
        )
        assert answer.ok, await answer.text()
    await elsewhere.context.close()

    await una.page.wait_for_selector("#account:not([hidden])")
    await una.page.fill("#account-name", "Vic")
    await una.page.fill("#account-password", PASSWORD)
    await una.page.click("#account-login")
    await una.until("world.name === 'Vic'")
    await expect(una.page.get_by_role("tab", name="Vic")).to_have_count(0)
    await expect(una.page.locator(".message", has_text="between us")).to_have_count(0)
    await expect(una.page.locator(".panel")).to_have_count(0)


async def test_a_second_window_takes_over_and_the_first_can_take_it_back(
    visit: Visit, place: WorldProcess
) -> None:
    otto = await visit("Otto")
    second = await otto.context.new_page()
    await second.goto(place.url)
    await second.wait_for_selector("#hud:not([hidden])")
    await otto.page.get_by_role("button", name="Play here").click()
    await otto.until("net.ready && world.me !== undefined")
    await second.get_by_role("button", name="Play here").wait_for()


async def settles(page: Page, url: str) -> None:
    """Pia comes as a new player."""
    await page.goto(url)
    await page.fill("#account-name", "Pia")
    await page.fill("#account-password", PASSWORD)
    await page.click("#account-register")
    await page.wait_for_selector("#hud:not([hidden])")


async def test_the_client_comes_back_by_itself_when_the_server_does(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("restart")
    world = await start_world(folder)
    port = world.url.rstrip("/").rpartition(":")[2]
    page = await (await new_context(browser)).new_page()
    try:
        await settles(page, world.url)
        await page.fill("#chat-input", "before the break")
        await page.press("#chat-input", "Enter")
        await page.locator(".message:not(.sending)", has_text="before the break").wait_for()
        await world.stop()
        await page.wait_for_selector("#notice:not([hidden])")
        await page.fill("#chat-input", "into the silence")
        await page.press("#chat-input", "Enter")
        await page.locator(".message.sending", has_text="into the silence").wait_for()
        world = await start_world(folder, "--port", port)
        await page.wait_for_selector("#notice", state="hidden")
        await page.locator(".message:not(.sending):not(.failed)", has_text="into the silence").wait_for()
        await page.fill("#chat-input", "back again")
        await page.press("#chat-input", "Enter")
        await page.locator(".message:not(.sending):not(.failed)", has_text="back again").wait_for()
        await expect(page.locator(".message", has_text="before the break")).to_have_count(1)
        await expect(page.locator(".message", has_text="into the silence")).to_have_count(1)
    finally:
        await page.context.close()
        await world.stop()


@pytest.mark.parametrize(("name", "for_ever"), [("Kim", False), ("Kit", True)])
async def test_a_page_whose_tables_are_not_the_servers_loads_itself_anew_once(
    browser: Browser, place: WorldProcess, name: str, for_ever: bool
) -> None:
    page = await (await new_context(browser)).new_page()
    given: list[str] = []

    async def give(route: Route) -> None:
        answer = await route.fetch()
        tables = await answer.json()
        if for_ever or not given:
            tables["edition"] = "an older one"
        given.append(tables["edition"])
        await route.fulfill(response=answer, json=tables)

    await page.route("**/tables.json", give)
    await page.goto(place.url)
    await page.fill("#account-name", name)
    await page.fill("#account-password", PASSWORD)
    await page.click("#account-register")
    await page.wait_for_selector("#hud:not([hidden])")
    assert len(given) == 2
    await page.wait_for_timeout(1000)
    assert len(given) == 2
    await expect(page.locator("#notice")).to_be_hidden()
    await page.context.close()


async def test_the_notice_of_a_break_says_why_it_lasts(visit: Visit) -> None:
    ida = await visit("Ida")
    notice = ida.page.locator("#notice")
    lost, full = (
        "net.onState('closed', 1006, '')",
        "net.onState('closed', 1013, 'This world is full just now.')",
    )
    await ida.known(lost)
    await expect(notice).to_have_text("The connection is lost. Coming back …")
    said = await notice.locator("p").element_handle()
    assert said
    await ida.known(lost)
    assert await said.evaluate("(said) => said.isConnected"), "the same words are read out once"
    await ida.known(full)
    assert await notice.text_content() == "This world is full just now. This page tries again by itself."
    await ida.known("net.onState('open')")
    await expect(notice).to_be_hidden()


async def test_who_comes_upon_a_line_that_swallows_all_is_told_so_and_comes_back_once_it_does_not(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("swallowed")
    world = await start_world(folder)
    port = world.url.rstrip("/").rpartition(":")[2]
    page = await (await new_context(browser)).new_page()
    swallowed: list[asyncio.StreamWriter] = []
    came = asyncio.Event()

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        swallowed.append(writer)
        came.set()

    try:
        await settles(page, world.url)
        world.process.send_signal(signal.SIGSTOP)
        await expect(page.locator("#notice")).to_be_visible()
        world.process.send_signal(signal.SIGCONT)
        await expect(page.locator("#notice")).to_be_hidden()
        await world.stop()
        silent = await asyncio.start_server(swallow, "127.0.0.1", int(port))
        await came.wait()
        silent.close()
        world = await start_world(folder, "--port", port)
        await expect(page.locator("#notice")).to_be_hidden()
    finally:
        await page.context.close()
        for writer in swallowed:
            writer.close()
        await world.stop(signal.SIGKILL)


async def test_the_one_time_link_makes_an_admin_once(visit: Visit, place: WorldProcess) -> None:
    line = await place.wait_for_line("/admin?token=")
    link = line[line.index("http") :]
    rae = await visit("Rae")
    await rae.page.goto(link)
    await expect(rae.page.locator("#facts")).to_contain_text("Here now")
    assert "token" not in rae.page.url, "a spent token does not stay in the address"

    sam = await visit("Sam")
    late = await sam.context.new_page()
    await late.goto(link)
    await expect(late.locator("#problem")).to_contain_text("used already")
    await expect(late.locator("#status")).to_be_hidden()


async def test_a_phone_walks_and_talks(visit: Visit) -> None:
    quin = await visit("Quin", **PHONE)
    await quin.walks_by_thumb(90, 560)
    await quin.page.tap("#chat-line")
    await quin.say("hello from my phone")
    await quin.page.locator(".message:not(.sending)", has_text="hello from my phone").wait_for()
    width = await quin.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360, "nothing sticks out to the side"
