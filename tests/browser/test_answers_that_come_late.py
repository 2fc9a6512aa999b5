"""What a player or the admin ticks, types or is asked stays, however late and in whatever order answers come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import APIResponse, Browser, Page, Route, expect

from nanoverse.store import accounts, reports
from nanoverse.store.database import Database
from tests.browser.visitors import PASSWORD, PATIENCE, Visitor, Visitors, open_page
from tests.web.house import settle
from tests.world_server import WorldProcess, running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Answers:
    """Answers to one address: each goes at once, or, while they are `held`, when the test lets it. `told` changes what
    they say."""

    def __init__(self, method: str = "GET") -> None:
        self.held = False
        self.told: dict[str, Any] = {}
        self._method = method
        self._waiting: asyncio.Queue[asyncio.Event] = asyncio.Queue()

    @classmethod
    async def to(cls, page: Page, url: str, method: str = "GET") -> Answers:
        answers = cls(method)
        await page.route(url, answers._answer)
        return answers

    async def next(self) -> asyncio.Event:
        """Of the next answer that is held; it goes once that is set."""
        async with asyncio.timeout(PATIENCE):
            return await self._waiting.get()

    async def _answer(self, route: Route) -> None:
        if route.request.method != self._method:
            await route.fallback()
            return
        held, told = self.held, dict(self.told)
        answer: APIResponse = await route.fetch()
        content = await answer.json() if answer.ok else {}
        if held:
            await self._waiting.put(go := asyncio.Event())
            await go.wait()
        await route.fulfill(response=answer, status=200 if told else answer.status, json=content | told)


async def arrived(page: Page, url: str, go: asyncio.Event) -> None:
    """Lets an answer go, and waits until the page has taken note of it."""
    async with page.expect_response(url) as response:
        go.set()
    await (await response.value).finished()
    await page.evaluate("new Promise((done) => setTimeout(done))")


async def hears(visitor: Visitor, name: str, fields: str) -> None:
    """As if the server had said so."""
    await visitor.known(f"net.handlers.get('{name}').forEach((handle) => handle({fields}))")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WorldProcess]:
    folder = tmp_path_factory.mktemp("late")
    people = await settle(folder / "data", "Ada", "Bob", "Eve", "Gus")
    async with await Database.open(folder / "data") as db:
        await db.write(lambda c: accounts.make_admin(c, people["Ada"]))
        await db.write(lambda c: accounts.lock(c, people["Gus"], ""))
        for name in ("Bob", "Eve"):
            await db.write(
                lambda c, n=name: reports.add(c, people["Ada"], people[n], None, "", False, "Spam.", 1)
            )
    async with running_world(folder, "--agents", "no") as world:
        yield world


@pytest_asyncio.fixture(loop_scope="module")
async def ada(visitors: Visitors) -> AsyncIterator[Visitor]:
    ada = await visitors.comes("Ada")
    yield ada
    await ada.page.unroute_all(behavior="ignoreErrors")


@pytest_asyncio.fixture(loop_scope="module")
async def admin(ada: Visitor, place: WorldProcess) -> Page:
    await ada.page.goto(f"{place.url}admin")
    await expect(ada.page.locator("#reported tr")).to_have_count(2)
    return ada.page


async def test_what_is_chosen_last_is_what_the_server_ends_with(ada: Visitor) -> None:
    page = ada.page
    asked, answered = 0, asyncio.Semaphore(0)
    first = asyncio.Event()

    async def slow_at_first(route: Route) -> None:
        nonlocal asked
        if route.request.method != "POST":
            await route.continue_()
            return
        asked += 1
        if asked == 1:
            await first.wait()
        await route.fulfill(response=await route.fetch())
        answered.release()

    await page.route("**/api/me/agent/conduct", slow_at_first)
    await page.click("#open-agent")
    await page.get_by_role("radio", name="Only draft").check()
    await page.get_by_role("radio", name="Only stand there").check()
    await page.evaluate("fetch('/api/me').then(() => {})")
    first.set()
    await answered.acquire()
    await answered.acquire()
    assert (await page.evaluate("fetch('/api/me/agent/conduct').then((it) => it.json())"))["level"] == 0


async def test_a_report_is_ticked_by_keys_though_an_older_list_comes_after(admin: Page) -> None:
    lists = await Answers.to(admin, "**/api/admin/reports")
    box = admin.get_by_label("Handled: Ada about Bob")
    lists.held = True
    older = await lists.next()
    lists.held = False
    await box.focus()
    async with admin.expect_response(lambda it: it.url.endswith("reports") and it.request.method == "GET"):
        await admin.keyboard.press("Space")
    await expect(box).to_be_focused()
    lists.held = True
    older.set()
    newer = await lists.next()  # asked for after the older one was read
    assert await box.is_checked()
    await expect(box).to_be_focused()
    lists.held = False
    newer.set()


async def test_a_tick_that_is_refused_is_none(admin: Page, ada: Visitor) -> None:
    box = admin.get_by_label("Handled: Ada about Eve")

    async def refuse(route: Route) -> None:
        if route.request.method == "POST":
            await route.fulfill(status=503, json={"error": "Not now."})
        else:
            await route.fallback()

    await admin.route("**/api/admin/reports", refuse)
    await box.click()
    await expect(admin.locator("#problem")).to_have_text("Not now.")
    await expect(box).not_to_be_checked()
    ada.complaints.clear()  # the browser's own, of the refusal


async def test_what_was_counted_for_another_choice_cannot_be_rolled_back(admin: Page) -> None:
    counts = await Answers.to(admin, "**/api/admin/rollback", "POST")
    counts.held, counts.told = True, {"tiles": 3, "kept": 0, "newest": []}
    form = admin.locator("form.rollback")
    undo = form.get_by_role("button", name="Roll back")
    await form.get_by_role("button", name="Count first").click()
    older = await counts.next()
    await form.get_by_label("Who drove").select_option(label="Only in person")
    await arrived(admin, "**/api/admin/rollback", older)
    await expect(undo).to_be_disabled()
    await form.get_by_role("button", name="Count first").click()
    (await counts.next()).set()
    await expect(undo).to_be_enabled()


async def test_a_table_of_the_nights_that_is_read_stays_open_while_results_come_in(admin: Page) -> None:
    status = await Answers.to(admin, "**/api/admin/status")

    def night(*players: str) -> dict[str, Any]:
        result = {"result": "live", "reason": "", "figures": "", "gain": 0.5, "seconds": 1}
        return {"held": [{"due": "now", "time": 1, "results": [{"player": p} | result for p in players]}]}

    status.told = night("Bob")
    table = admin.locator("#charts figure", has_text="Gain of each player").locator("details")
    await table.locator("summary").focus()
    await admin.keyboard.press("Enter")
    status.told = night("Bob", "Eve")
    await expect(table.locator("tbody tr")).to_have_count(2)
    await expect(table.get_by_role("table")).to_be_visible()
    await expect(table.locator("summary")).to_be_focused()


async def test_a_report_on_a_scroll_is_still_being_written_when_another_is_found(ada: Visitor) -> None:
    page = ada.page
    finds = await Answers.to(page, "**/api/me/finds")

    def scroll(number: int) -> dict[str, Any]:
        where = {"place": "here", "x": 1, "y": 1, "time": 1, "removable": False}
        return {"id": number, "text": f"scroll {number}", "author": 2, "by": "Bob"} | where

    finds.told = {"found": [scroll(1)]}
    await page.click("#open-journal")
    journal = page.get_by_role("dialog", name="Journal")
    await journal.get_by_role("button", name="More").click()
    await journal.get_by_role("button", name="Report").click()
    await expect(journal.get_by_label("What is wrong with it")).to_be_focused()
    await page.keyboard.type("It is")
    finds.held = True
    await hears(ada, "discovered", "{ kind: 'place', name: 'there', points: 1 }")
    older = await finds.next()
    finds.held, finds.told = False, {"found": [scroll(2), scroll(1)]}
    await hears(ada, "discovered", "{ kind: 'place', name: 'elsewhere', points: 1 }")
    await expect(journal.locator("q")).to_have_text(["scroll 2", "scroll 1"])
    await page.keyboard.type(" rude.")
    await expect(journal.get_by_label("What is wrong with it")).to_have_value("It is rude.")
    await arrived(page, "**/api/me/finds", older)
    await expect(journal.locator("q")).to_have_text(["scroll 2", "scroll 1"])


async def test_a_name_that_is_being_written_stays_and_so_does_the_focus_when_land_changes_hands(
    ada: Visitor,
) -> None:
    page = ada.page
    guests = "guests: [{ id: 2, name: 'Bob' }, { id: 3, name: 'Eve' }]"
    land = f"{{ x: 0, y: 0, commons: 0, hosts: [], {guests}, plots: args }}"
    await ada.known(
        "(net.ask = net.request, net.asked = [], net.request = (name, values) => new Promise((answer) => {"
        "  net.asked.push({ name, values, answer }); }))"
    )
    await page.click("#open-land")
    await hears(ada, "land", land.replace("args", "[]"))
    panel = page.get_by_role("dialog", name="Land")
    forbid = panel.get_by_role("button", name="No longer let Eve build")
    await forbid.focus()
    await hears(ada, "land", land.replace("args", "[{ x: 900, y: 900 }]"))
    await expect(panel.locator(".people").first).not_to_contain_text("None")
    await expect(forbid).to_be_focused()

    name = panel.get_by_label("A player's name")
    await name.fill("Bob")
    await page.keyboard.press("Enter")
    await name.fill("Ev")
    everybody = "{ people: [{ id: 2, name: 'Bob' }, { id: 3, name: 'Eve' }] }"
    await ada.known(f"net.asked.forEach(({{ name, answer }}) => name === 'people' && answer({everybody}))")
    await ada.until("net.asked.some(({ name, values }) => name === 'allow' && values.peer === 2)")
    await expect(name).to_have_value("Ev")


async def test_what_became_of_words_that_were_brought_is_not_wiped_by_the_look_at_an_adapter(
    ada: Visitor,
) -> None:
    page = ada.page
    adapter = await Answers.to(page, "**/api/me/agent/adapter")
    portrait = await Answers.to(page, "**/api/me/agent")
    adapter.held, adapter.told = True, {"state": "none"}
    portrait.told = {"imported": 3}
    await page.click("#open-agent")
    look = await adapter.next()
    place = page.locator(".bring", has_text="Bring an agent")
    await page.route(
        "**/api/me/agent/adapter",
        lambda route: (
            route.fulfill(status=400, json={"error": "That is no zip."})
            if route.request.method == "POST"
            else route.fallback()
        ),
    )
    await place.locator("input").set_input_files(
        [{"name": "a.zip", "mimeType": "application/zip", "buffer": b"x"}]
    )
    await expect(place.locator(".told")).to_have_text("That is no zip.")
    await arrived(page, "**/api/me/agent/adapter", look)
    await expect(place.locator(".told")).to_have_text("That is no zip.")
    ada.complaints.clear()  # the browser's own, of the refusal


async def test_who_is_asked_whether_they_are_sure_goes_on_being_asked_when_an_adapter_is_judged(
    ada: Visitor,
) -> None:
    page = ada.page
    adapter = await Answers.to(page, "**/api/me/agent/adapter")
    portrait = await Answers.to(page, "**/api/me/agent")
    adapter.told = {"state": "judging", "version": 0}
    portrait.told = {"imported": 3}
    await page.click("#open-agent")
    panel = page.locator(".panel")
    await panel.get_by_role("button", name="Forget what I brought").click()
    keep = panel.get_by_role("button", name="Keep it")
    await expect(keep).to_be_focused()
    version = {"id": 1, "created": 1, "messages": 3, "gain": 0.1, "live": True, "imported": True, "note": ""}
    version |= {"withdrawn": "", "waits": False, "other_model": False, "learnt": None}
    portrait.told = {"imported": 3, "versions": [version]}
    adapter.told = {"state": "done", "version": 1, "live": True, "reason": "It passed."}
    await expect(panel.get_by_role("link", name="Version 1 of your agent")).to_be_visible()
    await expect(keep).to_be_focused()

    use = panel.get_by_role("button", name="Use the base model")
    await use.focus()
    portrait.told |= {"model": {"state": "ready", "name": "new", "note": "Woken anew.", "advice": ""}}
    await ada.known("world.emit('model', { state: 'loading', note: '' })")
    await expect(panel).to_contain_text("Woken anew.")
    await expect(use).to_be_focused()


async def test_earlier_words_come_once_however_often_they_are_asked_for(ada: Visitor) -> None:
    page = ada.page
    await ada.known(
        """(() => {
            const ask = net.request.bind(net);
            const bare = { time: 1, version: 0, correction: '', likes: 0, dislikes: 0, prompted_by: 'hm?' };
            const word = (id) => ({ ...bare, id, text: `word ${id}`, asked: id - 5 });
            let answer = () => {};
            net.later = () => answer();
            net.asked = 0;
            net.request = (name, values) => {
                if (name !== 'agent_words') return ask(name, values);
                if (!values.before) return Promise.resolve({ words: [word(9)], more: true });
                net.asked++;
                const before = answer;
                return new Promise((resolve) => {
                    answer = () => (before(), resolve({ words: [word(8)], more: false }));
                });
            };
        })()"""
    )
    await page.click("#open-agent")
    earlier = page.get_by_role("button", name="Earlier words")
    await earlier.focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await ada.known("net.later()")
    words = page.locator(".panel .word p.text")
    await expect(words.last).to_have_text("word 8")
    await expect(words).to_have_text(["word 9", "word 8"])
    await expect(page.locator(".word", has_text="word 8")).to_be_focused()
    await hears(ada, "unsaid", "{ messages: [{ id: 4 }] }")
    await expect(page.locator(".panel .word")).to_have_count(2)
    await expect(page.locator(".panel .word", has_text="hm?")).to_contain_text("word 8")
    await hears(ada, "taken_back", "{ message: 9 }")
    await expect(words).to_have_text(["word 8"])


async def test_a_digest_that_comes_late_does_not_take_the_place_of_another_panel(ada: Visitor) -> None:
    page = ada.page
    digests = await Answers.to(page, "**/api/me/digest")
    digests.told = {"lines": 0, "deeds": [], "drafted": [], "read_before": True}
    last = {"lines": 1, "deeds": [], "drafted": [], "talks": [], "said": []}
    await page.route("**/api/me/digest/last", lambda route: route.fulfill(json=last))
    await page.click("#open-agent")
    show = page.locator(".panel").get_by_role("button", name="While you were away")
    await show.wait_for()
    digests.held = True
    await show.click()
    late = await digests.next()
    await page.keyboard.press("Escape")
    await page.click("#open-settings")
    async with page.expect_response("**/api/me/digest/last"):
        late.set()
    await page.evaluate("new Promise((done) => setTimeout(done))")
    await expect(page.get_by_role("dialog", name="Settings")).to_be_visible()


async def test_whoever_hears_somebody_again_by_keys_stays_in_the_panel(ada: Visitor) -> None:
    await ada.known("(net.request = async () => ({}), true)")
    await hears(ada, "shunned", "{ shunned: [{ id: 2, name: 'Bob', blocked: false }] }")
    await ada.page.click("#open-settings")
    again = ada.page.get_by_role("button", name="Hear again")
    await again.focus()
    await ada.known("chat.opinions.shunned.length = 0")
    await ada.page.keyboard.press("Enter")
    await expect(again).to_have_count(0)
    await expect(ada.page.get_by_role("dialog", name="Settings")).to_be_focused()


async def test_a_report_in_the_chat_goes_on_being_written_whatever_becomes_of_the_messages(
    ada: Visitor,
) -> None:
    page = ada.page
    bare = (
        "channel: 0, sender: 2, name: 'Bob', to: 0, time: 1, agent: false, version: 0, likes: 0, dislikes: 0, "
        "mine: 0, offers: false, quote: 0, quoted_name: '', quoted: ''"
    )
    for number in (1, 2):
        await hears(ada, "said", f"{{ id: {number}, text: 'word {number}', {bare} }}")
    message = page.locator("#chat-log .message", has_text="word 2")
    await message.get_by_role("button", name="More").click()
    await message.get_by_role("button", name="Report").click()
    reason = message.get_by_label("What is wrong with it?")
    await expect(reason).to_be_focused()
    await page.keyboard.type("It")
    await hears(ada, "reaction", "{ message: 2, likes: 1, dislikes: 0, by: 3, value: 1 }")
    await expect(message.get_by_role("button", name="Like (1)", exact=True)).to_be_visible()
    await page.keyboard.type(" is")
    await hears(ada, "taken_back", "{ message: 1 }")
    await expect(page.locator("#chat-log .message")).to_have_count(1)
    await page.keyboard.type(" no")
    await hears(
        ada,
        "history",
        f"{{ channel: 0, peer: 0, more: false, messages: [{{ id: 2, text: 'word 2', {bare} }}] }}",
    )
    await expect(message.get_by_role("button", name="Like (0)", exact=True)).to_be_visible()
    await page.keyboard.type(" fun")
    await expect(reason).to_have_value("It is no fun")
    await ada.known("(net.request = async () => ({}), true)")
    await page.keyboard.press("Enter")
    await expect(message.get_by_text("Reported.")).to_be_visible()
    await expect(message.locator(":focus")).to_have_count(1)
    await hears(ada, "said", f"{{ id: 3, text: 'word 3', {bare} }}")
    await expect(page.locator("#chat-log .message")).to_have_count(2)
    await expect(message.get_by_text("Reported.")).to_be_visible()

    like = message.get_by_role("button", name="Like (0)", exact=True)
    await like.focus()
    await page.keyboard.press("Enter")
    await expect(message.get_by_role("button", name="Like (1)", exact=True)).to_be_focused()

    world = page.get_by_role("tab", name="World")
    await world.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("[role=tab][aria-selected=true]")).to_have_text("World")
    await expect(world).to_be_focused()


async def test_a_message_that_was_judged_meanwhile_is_replied_to_all_the_same(ada: Visitor) -> None:
    await hears(ada, "said", "{ id: 1, text: 'word 1', channel: 0, sender: 2, name: 'Bob', to: 0, time: 1 }")
    message = ada.page.locator("#chat-log .message", has_text="word 1")
    more = message.get_by_role("button", name="More")
    await more.click()
    await hears(ada, "reaction", "{ message: 1, likes: 1, dislikes: 0, by: 3, value: 1 }")
    await expect(message.get_by_role("button", name="Like (1)", exact=True)).to_be_visible()
    await message.get_by_role("button", name="Reply", exact=True).click()
    await expect(ada.page.locator("#chat-reply")).to_contain_text("In reply to Bob word 1")
    await expect(more).to_have_attribute("aria-expanded", "false")


async def test_the_arrows_scroll_the_log_for_who_has_come_to_it_by_keys(ada: Visitor) -> None:
    said = "channel: 0, sender: 2, name: 'Bob', to: 0, time: 1"
    for number in range(1, 30):
        await hears(ada, "said", f"{{ id: {number}, text: 'word {number}', {said} }}")
    last = ada.page.locator("#chat-log .message", has_text="word 29")
    await expect(last).to_be_in_viewport()
    await ada.page.locator("#chat-tablist").focus()
    await ada.page.keyboard.press("Tab")
    while await ada.page.evaluate("document.activeElement.id") != "chat-log":
        await ada.page.keyboard.press("Tab")
    place = "[figures.own.x, figures.own.y]"
    before = await ada.known(place)
    for _ in range(6):
        await ada.page.keyboard.press("ArrowUp", delay=50)
    await expect(last).not_to_be_in_viewport()
    assert await ada.known(place) == before


async def test_a_bubble_cuts_long_words_between_two_signs_not_within_one(ada: Visitor) -> None:
    words = "x" * 139 + "😀 and so on"
    you = await ada.known("world.you")
    await hears(
        ada,
        "said",
        f"{{ id: 1, text: '{words}', channel: 0, sender: {you}, name: 'Ada', to: 0, time: 1 }}",
    )
    await expect(ada.page.locator(".bubble")).to_have_text("x" * 139 + "😀…")


async def test_a_wheel_that_is_pushed_sideways_chooses_nothing(ada: Visitor) -> None:
    chosen = await ada.known(
        """(() => {
            const chosen = [];
            net.request = async (name, { slot }) => chosen.push(slot);
            const turn = (ways) => camera.canvas.dispatchEvent(new WheelEvent('wheel', ways));
            turn({ deltaX: 100 });
            turn({ deltaY: 100 });
            return chosen;
        })()"""
    )
    assert chosen == [1]


async def test_another_sign_or_tile_is_written_on_though_one_is_open(ada: Visitor) -> None:
    await ada.known(
        """(async () => {
            const { createSign } = await import('/static/js/panels/sign.js');
            const open = createSign({ signs: { at: (x) => ({ text: `sign ${x}`, by: '' }) } }, 80);
            open({ x: 1, y: 0 });
            open({ x: 2, y: 0 });
        })()"""
    )
    await expect(ada.page.get_by_label("What stands on the sign")).to_have_value("sign 2")
    await ada.known(
        """(async () => {
            const { createScroll } = await import('/static/js/panels/scroll.js');
            const open = createScroll({}, 80);
            open({ x: 1, y: 0 });
            open({ x: 2, y: 0 });
        })()"""
    )
    await expect(ada.page.get_by_role("dialog")).to_be_visible()


async def test_a_report_of_blanks_alone_is_not_sent(ada: Visitor) -> None:
    await hears(ada, "said", "{ id: 1, text: 'word 1', channel: 0, sender: 2, name: 'Bob', to: 0, time: 1 }")
    message = ada.page.locator("#chat-log .message", has_text="word 1")
    await message.get_by_role("button", name="More").click()
    await message.get_by_role("button", name="Report").click()
    await ada.known("(net.request = async () => ({}), true)")
    reason = message.get_by_label("What is wrong with it?")
    await reason.fill("   ")
    await message.get_by_role("button", name="Send").click()
    await expect(reason).to_have_value("")
    await expect(message.get_by_text("Reported.")).to_have_count(0)
    await reason.fill(" Rude. ")
    await message.get_by_role("button", name="Send").click()
    await expect(message.get_by_text("Reported.")).to_be_visible()


async def test_the_keys_stay_at_an_account_that_is_locked_meanwhile(admin: Page) -> None:
    def report(locked: bool) -> dict[str, Any]:
        who = {"id": 1, "time": 1, "reporter": "Eve", "name": "Bob", "text": "", "by_agent": False}
        return {"reports": [who | {"reason": "", "handled": 0, "locked": locked}]}

    reports = await Answers.to(admin, "**/api/admin/reports")
    reports.told = report(False)
    await admin.get_by_role("button", name="Lock this account: Bob").focus()
    reports.told = report(True)
    await expect(admin.get_by_role("button", name="Unlock: Bob")).to_be_focused()


async def test_who_was_locked_stays_in_the_list_though_an_older_one_comes_after(admin: Page) -> None:
    status = await Answers.to(admin, "**/api/admin/status")
    status.held = True
    older = await status.next()
    status.held = False
    await admin.locator("#lock-name").fill("Eve")
    await admin.keyboard.press("Enter")
    await admin.keyboard.press("Enter")
    await expect(admin.locator("#locked")).to_contain_text("Eve")
    status.held = True
    older.set()
    newer = await status.next()  # asked for after the older one was read
    assert "Eve" in await admin.inner_text("#locked")
    status.held = False
    newer.set()


STUB = """(() => {
    const ask = net.request.bind(net);
    net.asked = [];
    net.request = (name, values) => (name !== args[0] ? ask(name, values)
        : new Promise((answer, refuse) => net.asked.push({ answer, refuse: () => refuse(new Error('Not now.')) })));
})()"""


async def test_a_consent_that_is_refused_late_does_not_undo_the_one_that_was_given_since(
    ada: Visitor,
) -> None:
    portrait = await Answers.to(ada.page, "**/api/me/agent")
    portrait.told = {"private_consent": [{"peer": 2, "name": "Bob", "mutual": True}]}
    await ada.known(STUB, "consent")
    await ada.page.click("#open-agent")
    box = ada.page.locator(".talk").get_by_role("checkbox")
    await box.uncheck()
    await box.check()
    await ada.known("net.asked[0].refuse()")
    await expect(ada.page.locator(".toast", has_text="Not now.")).to_be_visible()
    await expect(box).to_be_checked()
    await ada.known("net.asked[1].answer({ id: 1 })")
    await expect(ada.page.locator(".talk")).to_contain_text("You both agreed")


async def test_a_search_that_fails_late_says_nothing_over_what_the_next_one_found(ada: Visitor) -> None:
    page = ada.page
    await ada.known(STUB, "search")
    await page.click("#chat-search")
    for words in ("one", "two"):
        await page.get_by_role("searchbox").fill(words)
        await page.keyboard.press("Enter")
    said = page.locator(".panel p.empty")
    await ada.known("net.asked[1].answer({ messages: [], before: 0 })")
    await expect(said).not_to_be_empty()
    found = await said.inner_text()
    await ada.known("(net.asked[0].refuse(), await new Promise((done) => setTimeout(done)))")
    await expect(said).to_have_text(found)


async def test_a_look_at_the_agent_that_fails_late_is_not_told_over_a_later_one(ada: Visitor) -> None:
    page = ada.page
    asked: asyncio.Queue[asyncio.Event] = asyncio.Queue()

    async def fails_late(route: Route) -> None:
        await asked.put(go := asyncio.Event())
        await go.wait()
        await route.fulfill(status=503, json={"error": "Not now."})

    await page.route("**/api/me/agent", fails_late, times=1)
    await page.click("#open-agent")
    first = await asked.get()
    await ada.known("world.emit('model', { state: 'waking anew', note: '' })")
    state = page.locator(".panel").get_by_role("progressbar", name="Messages to learn from")
    await expect(state).to_be_visible()
    await arrived(page, "**/api/me/agent", first)
    await expect(state).to_be_visible()

    await page.route("**/api/me/agent", fails_late, times=1)
    await ada.known("world.emit('model', { state: 'waking once more', note: '' })")
    await arrived(page, "**/api/me/agent", await asked.get())
    await expect(page.locator(".panel .failure")).to_have_text("Not now.")
    await expect(state).to_be_visible()  # what was known before
    ada.complaints.clear()  # the browser's own, of the refusal


async def test_what_is_left_to_who_is_locked_is_not_shown_to_who_logs_in_meanwhile(
    browser: Browser, place: WorldProcess
) -> None:
    gus = await open_page(browser, "Gus", {})
    await gus.context.add_cookies([{"name": "nanoverse", "value": "token-of-Gus", "url": place.url}])
    await gus.page.add_init_script("localStorage.setItem('nanoverse.known', 'true')")
    agents = await Answers.to(gus.page, "**/api/me/agent")
    agents.held = True
    await gus.page.goto(place.url)
    late = await agents.next()
    await gus.page.fill("#account-name", "Hal")
    await gus.page.fill("#account-password", PASSWORD)
    await gus.page.click("#account-register")
    await gus.page.wait_for_selector("#hud:not([hidden])")
    await arrived(gus.page, "**/api/me/agent", late)
    await expect(gus.page.locator("#account-locked")).to_be_empty()
    await gus.leave()
