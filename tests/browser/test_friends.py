"""Two become friends in the panel of people, one of them on a phone."""

from __future__ import annotations

import os

import pytest
from playwright.async_api import expect

from tests.browser.visitors import DESKTOP, PHONE, Visit, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_one_asks_the_other_says_yes_and_both_are_among_friends(visit: Visit) -> None:
    ida, jan = await visit("Ida"), await visit("Jan", **PHONE)
    await ida.page.keyboard.press("p")
    await ida.page.get_by_role("button", name="Ask Jan to be friends").click()
    await jan.page.locator(".toast", has_text="Ida would like to be your friend").wait_for()
    await jan.page.tap("#open-people")
    if folder := os.environ.get("SHOTS"):
        await jan.page.screenshot(path=f"{folder}/friends-phone.png")
    await jan.page.get_by_role("button", name="Be friends with Ida", exact=True).tap()
    for page, name in ((ida.page, "Jan"), (jan.page, "Ida")):
        panel = page.locator(".panel")
        await expect(panel.get_by_role("heading", name="Friends", exact=True)).to_be_visible()
        await expect(panel.get_by_role("button", name=f"Unfriend {name}")).to_be_visible()
    await who_drives_a_friend_shows_while_the_panel_is_open(ida, jan)
    if folder:
        await ida.page.set_viewport_size({"width": 1280, "height": 800})
        await ida.page.screenshot(path=f"{folder}/friends.png")
    await jan.page.tap("#open-people")
    await jan.page.get_by_role("button", name="Unfriend Ida").tap()
    await expect(ida.page.get_by_role("button", name="Ask Jan to be friends")).to_be_visible()


async def who_drives_a_friend_shows_while_the_panel_is_open(ida: Visitor, jan: Visitor) -> None:
    """Neither the focus nor the place in the list is lost by it."""
    panel, part = ida.page.locator(".panel"), ida.page.get_by_role("button", name="Unfriend Jan")
    row = panel.locator(".person-row", has_text="Jan")
    await expect(row).to_contain_text("here")
    await ida.page.set_viewport_size({"width": 760, "height": 240})  # too low for the whole list
    await part.focus()
    scrolled = "document.querySelector('.panel-body').scrollTop"
    await ida.page.evaluate(f"{scrolled} = 20")
    assert await ida.page.evaluate(scrolled) == 20
    await jan.page.keyboard.press("Escape")
    await jan.page.tap("#drive")
    await expect(row).to_contain_text("their agent is out")
    await expect(part).to_be_focused()
    assert await ida.page.evaluate(scrolled) == 20
    await jan.page.tap("#take-wheel")
    await expect(row).to_contain_text("here")
    await ida.page.set_viewport_size(DESKTOP)
