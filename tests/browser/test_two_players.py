"""Two players meet: they see each other walk, dig and talk; one leaves, and the agent stays."""

from __future__ import annotations

import pytest
from conftest import Visit, Visitor
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="module")

WALKS = {"d": "x", "a": "x", "s": "y", "w": "y"}
PLACE_OF = "figures.list.find((f) => f.body.id === args[0])"


async def walk(visitor: Visitor, tiles: float = 1.5) -> None:
    """Walk so many tiles in whichever direction is free."""
    for key, axis in WALKS.items():
        start = await visitor.known(f"figures.own.{axis}")
        await visitor.page.keyboard.down(key)
        try:
            await visitor.until(f"Math.abs(figures.own.{axis} - args[0]) > args[1]", start, tiles * 16, timeout=3)
            return
        except TimeoutError:
            continue
        finally:
            await visitor.page.keyboard.up(key)
    raise AssertionError("every way is blocked")


async def test_each_sees_the_other_walk(visit: Visit) -> None:
    ada, ben = await visit("Ada"), await visit("Ben")
    me = await ada.known("world.you")
    await ben.until("world.bodies.has(args[0])", me)
    before = await ben.known(f"(({{ x, y }}) => [x, y])({PLACE_OF})", me)
    await walk(ada)
    await ada.page.wait_for_timeout(600)
    x, y = await ada.known("[figures.own.x, figures.own.y]")
    await ben.until(f"(({{ x, y }}) => Math.hypot(x - args[1], y - args[2]) < 1)({PLACE_OF})", me, x, y)
    assert (x, y) != tuple(before)
    assert await ben.page.locator("#labels .name-tag", has_text="Ada").count() == 1


async def test_a_body_is_where_the_server_says_after_walking(visit: Visit) -> None:
    walker = await visit("Walker")
    await walk(walker, 3)
    await walker.page.wait_for_timeout(800)
    watcher = await visit("Watcher")
    me = await walker.known("world.you")
    await watcher.until("world.bodies.has(args[0])", me)
    seen = await watcher.known("(({ x, y }) => [x / 16, y / 16])(world.bodies.get(args[0]))", me)
    assert seen == pytest.approx(await walker.known("[figures.own.x, figures.own.y]"), abs=0.1)


async def test_what_one_digs_vanishes_for_both(visit: Visit) -> None:
    digger, watcher = await visit("Digger"), await visit("Onlooker")
    tile = await digger.known(
        """(() => {
            const [cx, cy] = [Math.floor(figures.own.x / 16), Math.floor(figures.own.y / 16)];
            for (let y = cy - 3; y <= cy + 2; y++) for (let x = cx - 3; x <= cx + 3; x++) {
                const [px, py] = [x * 16 + 8, y * 16 + 8];
                const near = Math.hypot(px - figures.own.x, py - figures.own.y) < 56;
                const block = world.at(x, y, 1);
                if (near && !figures.at(px, py) && block > 0 && world.kinds[block].dig_ticks)
                    return { ...camera.toWindow(px, py), tx: x, ty: y };
            }
        })()"""
    )
    assert tile, "there is something to dig near the spawn of this seed"
    await watcher.until("world.at(args[0], args[1], 1) > 0", tile["tx"], tile["ty"])
    await digger.page.mouse.move(tile["x"], tile["y"])
    await digger.page.mouse.down()
    for visitor in (digger, watcher):
        await visitor.until("world.at(args[0], args[1], 1) === 0", tile["tx"], tile["ty"])
    await digger.page.mouse.up()
    assert await digger.page.locator("#hints li:not(.done)", has_text="Dig").count() == 0


async def test_earth_that_is_dug_is_carried(visit: Visit) -> None:
    gardener = await visit("Gardener")
    await gardener.page.keyboard.down("Space")
    await gardener.until("world.slots.some((slot) => slot.count > 0)")
    await gardener.page.keyboard.up("Space")
    carried = gardener.page.locator("#hotbar .slot[aria-label*='1 ']").first
    assert "empty" not in (await carried.get_attribute("aria-label") or "")


async def test_words_reach_the_other_and_a_like_comes_back(visit: Visit) -> None:
    cleo, dan = await visit("Cleo"), await visit("Dan")
    words = "good morning, neighbour"
    await cleo.say(words)
    heard = dan.page.locator(".message", has_text=words)
    await heard.wait_for()
    assert await heard.locator(".name").inner_text() == "Cleo"
    await dan.page.locator("#labels .bubble", has_text=words).wait_for()
    await heard.locator(".reaction.up").click()
    liked = cleo.page.locator(".message", has_text=words).locator(".reaction.up")
    await expect(liked).to_have_text("1")
    await heard.locator(".reaction.up[aria-pressed=true]").click()
    await expect(liked).to_have_text("")


async def test_writing_shows_to_the_others(visit: Visit) -> None:
    eve, fay = await visit("Eve"), await visit("Fay")
    await eve.page.type("#chat-input", "hm")
    await expect(fay.page.locator("#chat-typing")).to_contain_text("Eve")


async def test_markup_in_words_stays_words(visit: Visit) -> None:
    guy, hana = await visit("Guy"), await visit("Hana")
    words = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    await guy.say(words)
    heard = hana.page.locator(".message .text", has_text="onerror")
    await heard.wait_for()
    assert await heard.inner_text() == words
    assert await hana.page.locator("#chat-log img, #chat-log script").count() == 0


async def test_what_was_said_is_still_there_after_coming_back(visit: Visit) -> None:
    first = await visit("Ida")
    await first.say("remember this")
    await first.page.locator(".message:not(.sending)", has_text="remember this").wait_for()
    await first.leave()
    again = await visit("Ida", again=True)
    await again.page.locator(".message", has_text="remember this").wait_for()


async def test_the_one_who_leaves_has_an_agent_who_answers(visit: Visit) -> None:
    jon, kim = await visit("Jon"), await visit("Kim")
    await jon.say("see you soon")
    them = await jon.known("world.you")
    await kim.until("world.model.state === 'ready'", timeout=60)
    await jon.leave()
    await kim.until("world.bodies.get(args[0])?.driver === 2", them)
    await kim.page.locator("#labels .label", has_text="Jon").locator(".agent-mark").wait_for()
    await kim.page.click("#open-people")
    await kim.page.locator(".person", has_text="Jon").click()
    await kim.say("hello, how are you today?")
    answer = kim.page.locator(".message.by-agent").first
    await answer.wait_for(timeout=60_000)
    assert await answer.locator(".agent-mark").count() == 1
    assert (await answer.locator(".text").inner_text()).strip()

    await answer.locator(".another").click()
    drafts = kim.page.locator(".choice button")
    await drafts.first.wait_for(timeout=60_000)
    chosen = await drafts.last.inner_text()
    await drafts.last.click()
    await kim.page.locator(".message.by-agent .text", has_text=chosen).wait_for()

    back = await visit("Jon", again=True)
    assert await back.known("world.me.driver") == 1
    await back.page.click("#open-agent")
    word = back.page.locator(".word").first
    await word.wait_for()
    await word.locator("input").fill("i would have said this~")
    await word.locator("button").click()
    await back.page.locator(".teach.taught").wait_for()
