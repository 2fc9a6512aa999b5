"""A small screen, upright and held sideways: nothing lies over what one has to reach, and no words are cut off."""

from __future__ import annotations

import os
import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.reach import grave, too_small
from tests.browser.visitors import PHONE, Visit, new_context, speak
from tests.world_server import WorldProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIDEWAYS = PHONE | {"viewport": {"width": 740, "height": 360}}
LOCALES = ("en", "he", "ar", "de", "es")


async def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        await page.screenshot(path=f"{folder}/{name}.png")


async def over_each_other(page: Page, *selectors: str) -> list[str]:
    """Which of the visible elements so selected lie over one another."""
    found: list[str] = await page.evaluate(
        """(selectors) => {
            const shown = document.querySelectorAll(selectors.join());
            const boxes = [...shown].filter((node) => node.checkVisibility())
                .map((node) => [node.id || node.textContent, node.getBoundingClientRect()]);
            return boxes.flatMap(([name, a], i) => boxes.slice(i + 1)
                .filter(([, b]) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
                .map(([other]) => `${name} and ${other}`));
        }""",
        list(selectors),
    )
    return found


FLOATING = ("#menu button", "#minimap", "#hints li", "#chat", "#homecoming", "#driven")


async def to_see(page: Page, *ids: str) -> None:
    """Shows what is there only at times."""
    await page.evaluate("(ids) => ids.forEach((id) => { document.getElementById(id).hidden = false; })", ids)
    await page.evaluate(
        "document.getElementById('homecoming-words').textContent = 'Your agent spoke with Ada. '.repeat(6)"
    )


@pytest.mark.parametrize("locale", ["en", "ar"])
async def test_held_sideways_the_thumb_has_the_lower_left_to_itself(visit: Visit, locale: str) -> None:
    kim = await visit(f"Kim{locale}", **SIDEWAYS, locale=locale)
    page = kim.page
    await expect(page.locator("#chat")).to_have_class("frame folded")
    await expect(page.locator("#hints li").first).to_be_visible()
    await shot(page, f"sideways-{locale}")
    assert await over_each_other(page, *FLOATING) == []
    hint = await page.locator("#hints").bounding_box()
    assert hint and hint["y"] + hint["height"] < 60, "a hint at the edge, not over those who walk beside one"
    body = "camera.toWindow(figures.own.x, figures.own.y).x"
    assert await page.evaluate(
        "document.getElementById('chat').getBoundingClientRect().left"
    ) > await kim.known(body)
    for x, y in ((20, 170), (90, 260), (330, 300)):
        assert await page.evaluate("([x, y]) => document.elementFromPoint(x, y).id", [x, y]) == "world"
    await kim.walks_by_thumb(90, 260)

    await page.tap("#chat-line")
    await kim.say("hello")
    await page.locator(".message:not(.sending)", has_text="hello").wait_for()
    await shot(page, f"sideways-chat-{locale}")
    assert await over_each_other(page, *FLOATING) == []
    assert await too_small(page) == []
    feet = "camera.toWindow(figures.own.x, figures.own.y)"
    assert abs(await kim.known(f"{feet}.y") - 180) < 40, "the body stays in the middle beside the chat"
    await kim.walks_by_thumb(90, 260)
    await expect(page.locator("#chat")).to_have_class("frame folded")

    await to_see(page, "homecoming", "open-colours")
    await shot(page, f"sideways-card-{locale}")
    assert await over_each_other(page, *FLOATING) == []
    await page.tap("#homecoming-close")
    await page.tap("#open-map")
    await shot(page, f"sideways-map-{locale}")
    assert await grave(page) == []
    assert await too_small(page) == []
    box = await page.locator(".atlas canvas").bounding_box()
    assert box and box["width"] > 400 and box["height"] > 180
    width = "document.documentElement.scrollWidth"
    assert await page.evaluate(width) <= 740, "nothing sticks out"


@pytest.mark.parametrize("height", [360, 260])
async def test_held_sideways_the_whole_card_to_log_in_can_be_reached(
    browser: Browser, place: WorldProcess, height: int
) -> None:
    page = await (
        await new_context(browser, **SIDEWAYS | {"viewport": {"width": 740, "height": height}})
    ).new_page()
    await page.goto(place.url)
    card = page.locator("#account")
    await expect(card).to_be_visible()
    await shot(page, f"sideways-log-in-{height}")
    box = await card.bounding_box()
    assert box and box["y"] >= 0 and box["y"] + box["height"] <= height
    assert await card.evaluate("(card) => card.scrollHeight > card.clientHeight") == (height < 300)
    for part in ("#account-language", "#account-title"):
        await page.locator(part).scroll_into_view_if_needed()
        await expect(page.locator(part)).to_be_in_viewport(ratio=1)
    await page.context.close()


async def test_the_words_of_the_buttons_to_log_in_fit_in_every_language(
    browser: Browser, place: WorldProcess
) -> None:
    page = await (await new_context(browser, **PHONE)).new_page()
    await page.goto(place.url)
    for locale in LOCALES:
        await speak(page, locale)
        await expect(page.locator("#account")).to_be_visible()
        for button in await page.locator("#account .row button").all():
            needed, given = await button.evaluate(
                """(button) => {
                    const words = document.createRange();
                    words.selectNodeContents(button);
                    return [words.getBoundingClientRect().width + 12, button.getBoundingClientRect().width];
                }"""
            )
            assert needed <= given, locale
    await page.context.close()


async def test_upright_the_menu_has_two_even_rows_and_no_card_lies_over_it(visit: Visit) -> None:
    page = (await visit("Mo", **PHONE)).page

    async def rows() -> list[int]:
        tops: list[float] = await page.locator("#menu button:visible").evaluate_all(
            "(buttons) => buttons.map((button) => button.getBoundingClientRect().top)"
        )
        return [tops.count(top) for top in sorted(set(tops))]

    assert await rows() == [5, 4]
    assert await over_each_other(page, *FLOATING) == []
    await to_see(page, "homecoming")
    await expect(page.locator("#hints")).to_be_hidden()
    assert await page.evaluate("!getComputedStyle(homecoming).backgroundColor.startsWith('rgba')")
    assert await over_each_other(page, *FLOATING) == []
    await page.tap("#homecoming-close")
    await expect(page.locator("#hints")).to_be_visible()
    await to_see(page, "driven")
    await to_see(page, "open-colours")
    assert await rows() == [5, 5]
    await shot(page, "upright")
    assert await too_small(page) == []
    assert await over_each_other(page, *FLOATING) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360, "nothing sticks out"


async def test_what_is_between_the_buttons_of_the_menu_is_the_world(visit: Visit) -> None:
    page = (await visit("Nils", **PHONE)).page
    between = await page.evaluate(
        """() => {
            const box = document.getElementById('menu').getBoundingClientRect();
            const found = new Set();
            for (let x = box.left + 1; x < box.right; x += 2) {
                for (let y = box.top + 1; y < box.bottom; y += 2) {
                    const node = document.elementFromPoint(x, y);
                    if (!node.closest('button')) found.add(node.id);
                }
            }
            return [...found];
        }"""
    )
    assert between == ["world"]


async def test_words_of_who_stands_at_the_side_are_not_cut_off(visit: Visit) -> None:
    pia = await visit("Pia", **PHONE)
    for side in ("camera.left + 2", "camera.left + camera.width - 2", "figures.own.x"):
        speaker, left, right = await pia.known(
            f"""await (async ({{ labels }}) => {{
                const now = performance.now();
                labels.say({{ id: 1, sender: world.you, text: 'so many words that they take two lines' }}, false, now);
                labels.update([{{ ...figures.own, x: {side} }}], now);
                labels.update = () => {{}};  // no frame moves them back until they have been measured
                const bubble = document.querySelector('#labels .bubble');
                await new Promise((done) => new ResizeObserver(done).observe(bubble));
                const {{ left, right }} = bubble.getBoundingClientRect();
                delete labels.update;
                return [camera.toWindow({side}, 0).x, left, right];
            }})(await import('/static/js/index.js'))"""
        )
        assert 0 <= left < right <= 360
        assert side != "figures.own.x" or abs((left + right) / 2 - speaker) < 1, (
            "over the head where there is room"
        )


async def test_what_stands_on_a_sign_at_the_side_is_not_cut_off(visit: Visit) -> None:
    rhea = await visit("Rhea", **PHONE)
    await rhea.known(
        """(() => {
            const [x, y] = [Math.floor(figures.own.x / 16) - 3, Math.floor(figures.own.y / 16)];
            const { id } = world.kinds.find((kind) => kind?.use === 'sign');
            const hear = (name, fields) => net.handlers.get(name).forEach((handle) => handle(fields));
            hear('block', { x, y, layer: 1, block: id, by: 0 });
            hear('sign', { x, y, text: 'so many words that they take two lines or three', by: 'Ada' });
        })()"""
    )
    await expect(rhea.page.locator(".sign-words")).to_be_visible()
    await rhea.until("document.querySelector('.sign-words').getBoundingClientRect().left >= 0")


async def test_what_a_panel_leads_to_in_the_chat_is_not_hidden_by_it(visit: Visit) -> None:
    sam, tess = await visit("Sam"), await visit("Tess", **PHONE)
    page = tess.page
    await tess.known(
        """((ask) => {
            const people = Array.from({ length: 30 }, () => ({ id: args[0], name: 'Sam', driver: 1 })); // a long list
            net.request = (name, values) => (name === 'people' ? Promise.resolve({ people }) : ask(name, values));
        })(net.request.bind(net))""",
        await sam.known("world.you"),
    )
    middle_is_in_chat = """(() => {
        const { left, right, top, bottom } = document.getElementById('chat-input').getBoundingClientRect();
        return document.elementFromPoint((left + right) / 2, (top + bottom) / 2).closest('#chat') !== null;
    })()"""
    await page.tap("#open-people")
    await page.tap(".panel .person >> nth=0")
    await expect(page.locator("#chat-input")).to_be_focused()
    assert await page.evaluate(middle_is_in_chat)
    await tess.say("hello there")
    said = page.locator(".message:not(.sending)", has_text="hello there")
    await said.wait_for()
    await page.tap("#open-people")
    await tess.known(
        "chat.showMessage({ channel: chat.open.channel, peer: chat.open.peer, name: '', id: args[0] })",
        await tess.known("chat.open.messages.at(-1).id"),
    )
    await expect(page.locator(".message.found", has_text="hello there")).to_be_in_viewport()
    assert await page.evaluate(middle_is_in_chat)


async def test_a_panel_is_opaque_hides_the_hints_and_shows_round_choices(visit: Visit) -> None:
    page = (await visit("Noor", **PHONE)).page
    await page.tap("#open-agent")
    panel = page.locator(".panel")
    assert not (await panel.evaluate("(panel) => getComputedStyle(panel).backgroundColor")).startswith("rgba")
    await expect(page.locator("#hints")).to_be_hidden()
    choice = await panel.get_by_role("radio").first.bounding_box()
    assert choice and choice["width"] == choice["height"] == 22
    await page.keyboard.press("Escape")
    await expect(page.locator("#hints")).to_be_visible()


async def test_what_is_told_is_done_by_fingers(visit: Visit) -> None:
    page = (await visit("Ines", **PHONE)).page
    told = [await page.inner_text("#hints")]
    for panel in ("map", "bag", "people", "land", "journal", "agent", "settings"):
        await page.tap(f"#open-{panel}")
        told.append(await page.locator(".panel").inner_text())
        await page.keyboard.press("Escape")
    assert [re.findall(r".*(?:click|mouse|\bF\b).*", text) for text in told] == [[]] * 8
    assert "A long press takes half." in told[2]


async def test_no_words_in_an_empty_field_are_cut_off(visit: Visit) -> None:
    page = (await visit("Oz", **PHONE)).page
    for locale in LOCALES:
        await speak(page, locale)
        for panel in ("land", "people", "agent", "settings"):
            await page.tap(f"#open-{panel}")
            await page.wait_for_selector(".panel")
            cut = await page.locator(".panel input[placeholder]").evaluate_all(
                """(fields) => {
                    const pen = document.createElement('canvas').getContext('2d');
                    return fields.filter((field) => {
                        pen.font = getComputedStyle(field).font;
                        return pen.measureText(field.placeholder).width > field.clientWidth - 20;
                    }).map((field) => field.placeholder);
                }"""
            )
            assert cut == [], locale
            await page.keyboard.press("Escape")


async def test_nothing_sticks_out_of_a_panel_however_long_a_name_is(visit: Visit) -> None:
    await visit("Hubert_Blaine_Wolfe_")
    page = (await visit("Ula", **PHONE)).page
    for locale in LOCALES:
        await speak(page, locale)
        for panel in ("people", "map", "land", "journal", "agent", "settings"):
            await page.tap(f"#open-{panel}")
            await expect(page.locator(".panel .person").first).to_be_visible(
                visible=panel in ("people", "map")
            )
            out = await page.locator(".panel-body").evaluate(
                """(body) => {
                    const { left, right } = body.getBoundingClientRect();
                    return [...body.querySelectorAll('button, small, bdi, input, select, p, li')].filter((node) => {
                        const box = node.getBoundingClientRect();
                        return box.width && !node.closest('.atlas') && (box.left < left || box.right > right);
                    }).map((node) => node.outerHTML);
                }"""
            )
            assert out == [], (locale, panel)
            await page.keyboard.press("Escape")
