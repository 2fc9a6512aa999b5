"""The chat's panel: replies, mentions, emoji, search, private tabs, muting and reporting; with keys, and on a phone."""

from __future__ import annotations

import json

import pytest
from playwright.async_api import expect

from tests.browser.reach import grave
from tests.browser.visitors import PHONE, Visit, Visitor
from tests.world_server import WorldProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")

Pair = tuple[Visitor, Visitor]


async def test_a_reply_shows_what_it_replies_to_and_an_at_calls_by_name(pair: Pair) -> None:
    ada, ben = pair
    await ada.page.get_by_role("tab", name="World").click()
    await ben.say("hello all")  # nearby, so that Ben's tab for the world has something new
    await ada.say("where is the ford?")
    await ben.page.get_by_role("tab", name="World").click()
    asked = ben.page.locator("#chat-log .message", has_text="where is the ford?")
    await asked.get_by_role("button", name="More").click()
    await asked.get_by_role("button", name="Reply", exact=True).click()
    await expect(ben.page.locator("#chat-reply")).to_contain_text("In reply to Ada where is the ford?")
    await ben.page.fill("#chat-input", "north, @Ad")
    await ben.page.press("#chat-input", "Tab")
    await expect(ben.page.locator("#chat-input")).to_have_value("north, @Ada ")
    await ada.page.get_by_role("tab", name="Nearby").click()
    await ben.page.press("#chat-input", "Enter")
    await expect(ben.page.locator("#chat-reply")).to_be_hidden()
    await expect(ada.page.locator(".tab .unread.for-you")).to_have_text("@1")
    await ada.page.get_by_role("tab", name="World").click()
    answer = ada.page.locator("#chat-log .message.mentions-me", has_text="north")
    await expect(answer.locator(".quote")).to_have_text("Ada where is the ford?")
    await expect(answer.locator("mark")).to_have_text("@Ada")
    await answer.locator(".quote").click()
    await expect(ada.page.locator(".message.found", has_text="where is the ford?")).to_be_visible()


async def test_what_one_may_do_about_the_newest_words_comes_into_sight(visit: Visit) -> None:
    page = (visitor := await visit("Mo")).page
    await visitor.known(
        """[...Array(20).keys()].forEach((id) => net.handlers.get('said').forEach((handle) => handle({ id: id + 1,
            channel: 0, sender: 9, name: 'Ben', to: 0, text: `word ${id}`, time: 1, agent: false, version: 0,
            likes: 0, dislikes: 0, mine: 0, offers: false, quote: 0, quoted_name: '', quoted: '' })))"""
    )
    newest = page.locator("#chat-log .message").last
    await newest.get_by_role("button", name="More").click()
    await expect(newest.get_by_role("button", name="Forget Ben")).to_be_in_viewport(ratio=1)


async def test_the_log_shows_the_newest_words_however_fast_they_come(visit: Visit) -> None:
    """And while the oldest ones go."""
    rapha = await visit("Rapha")
    below = await rapha.known(
        """(async () => {
            const log = document.getElementById('chat-log');
            const frame = () => new Promise(requestAnimationFrame);
            const words = { channel: 0, sender: 9, name: 'Ben', to: 0, text: 'hello', agent: false, version: 0,
                likes: 0, dislikes: 0, mine: 0, offers: false, quote: 0, quoted_name: '', quoted: '' };
            const handlers = net.handlers.get('said');
            const say = (id) => handlers.forEach((handle) => handle({ ...words, id, time: Date.now() }));
            for (let id = 1000; id < 1285; id++) say(id);
            for (let id = 1285; id < 1330; id++) {
                await frame();
                say(id);
            }
            await frame();
            await frame();
            return log.scrollHeight - log.scrollTop - log.clientHeight;
        })()"""
    )
    assert below < 2
    assert await rapha.page.locator("#chat-log .message").count() < 300


async def test_the_log_lets_go_of_old_words_but_not_under_the_eyes_of_who_reads_them(visit: Visit) -> None:
    page = (sita := await visit("Sita")).page
    crowd = """((from, to) => {
        const words = { channel: 0, sender: 9, name: 'Ben', to: 0, agent: false, version: 0,
            likes: 0, dislikes: 0, mine: 0, offers: false, quote: 0, quoted_name: '', quoted: '' };
        for (let id = from; id < to; id++) {
            const said = { ...words, id, text: `word ${id}`, time: Date.now() };
            net.handlers.get('said').forEach((handle) => handle(said));
        }
    })(...args)"""
    messages = page.locator("#chat-log .message", has_text="word 1")
    await sita.known(crowd, 1000, 1000 + 250)
    await expect(messages).to_have_count(250)
    await page.locator("#chat-log").hover()
    await page.mouse.wheel(0, -3000)  # she reads further up
    await sita.until("(log => log.scrollHeight - log.scrollTop > 2000)(document.getElementById('chat-log'))")
    await sita.known(crowd, 1250, 1250 + 250)
    await expect(messages).to_have_count(500)
    below = "log.scrollHeight - log.scrollTop - log.clientHeight"
    while not await sita.known(f"(log => {below} < 2)(document.getElementById('chat-log'))"):
        await page.mouse.wheel(0, 90_000)  # to the end of what was laid out when it turned
    await sita.known(crowd, 1500, 1501)
    # Of the newest 200 a few may be by somebody who really spoke meanwhile.
    await expect(page.locator("#chat-log .message", has_text="word 1300")).to_have_count(0)
    await expect(messages.last).to_contain_text("word 1500")
    assert 180 < await messages.count() <= 200


async def test_who_reads_further_up_stays_there_whatever_comes(visit: Visit) -> None:
    page = (tara := await visit("Tara")).page
    await tara.until("chat.open.asked && !chat.open.asking")
    hear = """((from, to, more) => {
        const messages = Array.from({ length: to - from + 1 }, (_, i) => ({ id: from + i, text: `word ${from + i}`,
            channel: 0, sender: 9, name: 'Ben', to: 0, time: Date.now(), agent: false, version: 0,
            likes: 0, dislikes: 0, mine: 0, offers: false, quote: 0, quoted_name: '', quoted: '' }));
        const page = { channel: 0, peer: 0, messages, more };
        net.handlers.get('history').forEach((handle) => handle(page));
    })(...args)"""
    place = """((log) => {
        const { top } = log.getBoundingClientRect();
        const first = [...log.children].find((node) => node.getBoundingClientRect().bottom > top);
        return `${first.querySelector('.text').textContent}, ${Math.round(first.getBoundingClientRect().top - top)}`;
    })(document.getElementById('chat-log'))"""
    below = (
        "(log => log.scrollHeight - log.scrollTop - log.clientHeight)(document.getElementById('chat-log'))"
    )
    await tara.known(hear, 1050, 1099, True)
    await tara.until(f"{below} < 2")
    await tara.known("(document.getElementById('chat-log').scrollTop -= 700)")
    at = await tara.known(place)
    await tara.known("document.dispatchEvent(new Event('visibilitychange'))")
    assert await tara.known(place) == at
    await page.keyboard.press("Enter")
    await expect(page.locator("#chat-input")).to_be_focused()
    assert await tara.known(place) == at
    for first, last in ((1000, 1049), (1099, 1148)):  # older words, and missed ones
        await tara.known(hear, first, last, True)
        assert await tara.known(place) == at
    await tara.known("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert await tara.known(place) == at
    await tara.known(hear, 2000, 2049, True)  # after which what she reads is gone
    await tara.until(f"{below} < 2")  # who speaks near her just now is followed with the next frame


async def test_each_line_runs_in_the_direction_of_its_script(pair: Pair) -> None:
    ada, ben = pair
    await ada.say("שלום לכולם, friends")
    for page in (ada.page, ben.page):
        for words, direction in (("שלום לכולם", "rtl"), ("where is the ford?", "ltr")):
            line = page.locator("#chat-log .message > .text", has_text=words).first
            await expect(line).to_have_attribute("dir", "auto")
            await expect(line).to_have_css("direction", direction)


async def test_emoji_are_picked_with_the_keys_alone(pair: Pair) -> None:
    ada, _ = pair
    await ada.page.focus("#chat-emoji")
    await ada.page.keyboard.press("Enter")
    assert await grave(ada.page) == []
    await ada.page.keyboard.press("ArrowRight")
    await ada.page.keyboard.press("ArrowDown")
    await ada.page.keyboard.press("Enter")
    await ada.page.keyboard.press("Escape")
    await expect(ada.page.locator("#chat-input")).to_be_focused()
    await expect(ada.page.locator("#chat-input")).to_have_value("😢")
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.locator(".message:not(.sending)", has_text="😢")).to_have_count(1)


async def test_who_picks_an_emoji_with_the_mouse_writes_on(pair: Pair) -> None:
    ada, _ = pair
    await ada.page.click("#chat-emoji")
    await ada.page.click(".emoji button:text('🔥')")
    await ada.page.keyboard.type("how")
    await expect(ada.page.locator("#chat-input")).to_have_value("🔥how")
    await ada.page.fill("#chat-input", "")
    await ada.page.press("#chat-input", "Enter")


async def test_what_was_said_is_found_again(pair: Pair) -> None:
    ada, _ = pair
    await ada.page.click("#chat-search")
    await ada.page.fill(".panel input", "FORD")
    await ada.page.keyboard.press("Enter")
    await ada.page.locator(".find", has_text="where is the ford?").wait_for()
    assert await grave(ada.page) == []
    await ada.page.locator(".find", has_text="where is the ford?").click()
    await expect(ada.page.locator(".message.found", has_text="where is the ford?")).to_be_visible()
    await ada.page.fill(".panel input", "no such words")
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.locator(".panel [role=status]")).to_have_text("Nothing that you have seen says so.")
    await ada.page.keyboard.press("Escape")


async def test_a_private_tab_survives_a_reload_until_it_is_closed(pair: Pair) -> None:
    """And is this world's: in another one somebody else has the same number."""
    ada, ben = pair
    await ada.page.locator("#chat-log .message", has_text="north").get_by_title("Talk to Ben").click()
    await ada.say("only for you")
    await ben.page.get_by_role("tab", name="Ada").wait_for()
    you = await ada.known("world.you")
    for key in (f"{you}", f"{you}.5"):
        talks = json.dumps([{"peer": await ben.known("world.you"), "name": "Zed"}])
        await ada.known("localStorage.setItem(`nanoverse.talks.${args[0]}`, args[1])", key, talks)
    await ada.page.reload()
    await ada.page.get_by_role("tab", name="Ben").click()
    await expect(ada.page.locator("#chat-log .message", has_text="only for you")).to_have_count(1)
    await ada.page.get_by_role("button", name="Close the talk with Ben").click()
    await ada.page.reload()
    await ada.until("chat.atlas !== ''")
    await expect(ada.page.get_by_role("tab", name="Ben")).to_have_count(0)

    await ada.page.click("#chat-search")
    await ada.page.fill(".panel input", "only for you")
    await ada.page.keyboard.press("Enter")
    await ada.page.locator(".find").click()
    await expect(ada.page.get_by_role("tab", selected=True)).to_have_text("Ben")
    await ada.page.keyboard.press("Escape")
    await ada.page.get_by_role("button", name="Close the talk with Ben").click()


async def test_who_is_muted_is_heard_in_private_only_until_heard_again(pair: Pair) -> None:
    ada, ben = pair
    await ada.page.get_by_role("tab", name="World").click()
    said = ada.page.locator("#chat-log .message", has_text="north")
    await said.get_by_role("button", name="More").click()
    await said.get_by_role("button", name="Mute Ben").click()
    await expect(said).to_have_count(0)
    await ben.page.get_by_role("tab", name="World").click()
    await ben.say("anybody?")
    await ben.page.get_by_role("tab", name="Ada").click()
    await ben.say("or only you")
    await expect(ada.page.get_by_role("tab", name="Ben")).to_be_visible()
    muted = ada.page.locator("#chat-log .message", has_text="anybody?")
    await expect(muted).to_have_count(0)
    await ada.page.click("#open-settings")
    shunned = ada.page.get_by_role("region", name="Muted and blocked")
    await expect(shunned.get_by_role("listitem")).to_contain_text("Ben")
    await shunned.get_by_role("button", name="Hear again").click()
    await expect(shunned).to_contain_text("Nobody.")
    await ada.page.keyboard.press("Escape")
    await expect(muted).to_have_count(1)
    await expect(said).to_have_count(1)


async def test_who_is_blocked_vanishes_from_the_chat_and_comes_back(pair: Pair, place: WorldProcess) -> None:
    ada, ben = pair
    await ada.page.get_by_role("tab", name="World").click()
    said = ada.page.locator("#chat-log .message", has_text="north")
    await said.get_by_role("button", name="More").click()
    await said.get_by_role("button", name="Report").click()
    await said.get_by_label("What is wrong with it?").fill("It is west.")
    await said.get_by_role("button", name="Send").click()
    await expect(said.get_by_role("status")).to_have_text("Reported. The admin will look at it.")
    await said.get_by_role("button", name="More").click()
    await said.get_by_role("button", name="More").click()
    await said.get_by_role("button", name="Block Ben").click()
    await expect(ada.page.locator("#chat-log .message", has_text="north")).to_have_count(0)
    await ben.page.get_by_role("tab", name="Ada").click()
    await ben.say("are you there?")
    await expect(ben.page.locator(".failure")).to_contain_text("This message cannot be delivered.")
    await ada.page.click("#open-settings")
    await ada.page.get_by_role("button", name="Unblock").click()
    await expect(ada.page.locator("#chat-log .message", has_text="north")).to_have_count(1)
    await ada.page.keyboard.press("Escape")

    line = await place.wait_for_line("/admin?token=")
    await ada.page.goto(line[line.index("http") :])
    row = ada.page.locator("#reported tr", has_text="It is west.")
    await expect(row).to_contain_text("north, @Ada")
    # Loaded anew too soon, the page would be gone before it has told.
    async with ada.page.expect_response(lambda answer: answer.request.method == "POST"):
        await row.get_by_role("checkbox").check()
    await ada.page.reload()
    await expect(ada.page.locator("#reported").get_by_role("checkbox")).to_be_checked()


async def test_on_a_phone_the_open_chat_leaves_ones_own_body_in_sight_and_folds_as_one_walks(
    visit: Visit,
) -> None:
    uma = await visit("Uma", **PHONE)
    feet = "camera.toWindow(figures.own.x, figures.own.y).y"
    await uma.page.tap("#chat-line")
    await uma.say("hello from my phone")
    await uma.page.locator(".message:not(.sending)", has_text="hello from my phone").wait_for()
    await uma.until(f"{feet} < document.getElementById('chat').getBoundingClientRect().top")
    width = await uma.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360, "nothing sticks out to the side"
    await uma.page.touchscreen.tap(30, 180)
    await uma.page.wait_for_selector("#chat.folded")


async def test_a_tap_on_the_folded_chat_opens_the_talk_that_it_shows(visit: Visit) -> None:
    hal, vic = await visit("Hal"), await visit("Vic", **PHONE)
    await hal.known("chat.talkTo(args[0], 'Vic')", await vic.known("world.you"))
    await hal.say("just between us")
    await expect(vic.page.locator("#chat-line")).to_contain_text("Hal: just between us")
    await vic.page.tap("#chat-line")
    await expect(vic.page.get_by_role("tab", selected=True)).to_contain_text("Hal")
    await vic.page.fill("#chat-input", "nobody else hears me")
    await vic.page.tap("#chat-send")
    await expect(hal.page.locator("#chat-log .message", has_text="nobody else hears me")).to_be_visible()
    ends = "(tabs) => tabs.map((tab) => [tab.scrollWidth, tab.clientWidth])"
    for needed, given in await vic.page.locator("#chat-tabs .tab").evaluate_all(ends):
        assert needed <= given, "the names of tabs do not run into each other"
