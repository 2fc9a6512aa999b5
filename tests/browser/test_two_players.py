"""Two players meet: they see each other walk, dig and talk; one leaves, and the agent stays."""

from __future__ import annotations

import itertools

import pytest
from playwright.async_api import expect

from tests.browser.reach import ENOUGH, contrast
from tests.browser.visitors import PATIENCE, Visit, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="module")

WALKS = {"d": "x", "a": "x", "s": "y", "w": "y"}
Pair = tuple[Visitor, Visitor]
CARRIED = "world.slots.reduce((sum, slot) => sum + slot.count, 0)"
# A tile within reach that nobody stands on or hides: one with a flower, or (args[0]) an empty one for a flower.
TILE = """(() => {
    const [cx, cy] = [Math.floor(figures.own.x / 16), Math.floor(figures.own.y / 16)];
    for (let y = cy - 3; y <= cy + 2; y++) for (let x = cx - 3; x <= cx + 3; x++) {
        const [px, py] = [x * 16 + 8, y * 16 + 8];
        if (Math.hypot(px - figures.own.x, py - figures.own.y) > 56 || figures.at(px, py)) continue;
        const block = world.kinds[world.at(x, y, 1)];
        const ground = world.kinds[world.at(x, y, 0)];
        const wanted = args[0] ? block.id === 0 && ['grass', 'moss'].includes(ground.name) && (x !== cx || y !== cy)
                               : block.id > 0 && block.drops === block.id && block.dig_ticks < 20;
        if (wanted) return { ...camera.toWindow(px, py), tx: x, ty: y };
    }
})()"""
LABELS = "(await import('/static/js/index.js')).labels"
# The bytes of a piece of a canvas, copied: to read a canvas itself again and again is complained about.
READ = """((canvas, x, y, { width, height }) => {
    const copy = Object.assign(document.createElement('canvas'), { width, height });
    const ctx = copy.getContext('2d', { willReadFrequently: true });
    ctx.drawImage(canvas, -x, -y);
    return ctx.getImageData(0, 0, width, height).data;
})"""
# Whether the name of body args[0] stands over its head in the picture, every full pixel of it.
NAMED = f"""(({{ tags }}, read) => {{
    const {{ body, x, y }} = figures.list.find((f) => f.body.id === args[0]);
    const tag = tags.of(body);
    const left = Math.round((x - camera.left) * camera.scale - tag.width / 2);
    const bottom = Math.round((y - 26 - camera.top) * camera.scale + 6 * camera.dpr);
    const shown = read(camera.canvas, left, bottom - tag.height, tag);
    const name = read(tag, 0, 0, tag);
    const full = [...name.keys()].filter((i) => name[i - i % 4 + 3] === 255);
    return full.length > 100 && full.every((i) => name[i] === shown[i]);
}})({LABELS}, {READ})"""
# Whether the agent's sign is in that name.
SIGNED = f"""(({{ tags }}, read) => {{
    const tag = tags.of(world.bodies.get(args[0]));
    const name = read(tag, 0, 0, tag);
    return name.some((_, i) => i % 4 === 0 && [0x7d, 0xe3, 0xd0].every((value, c) => name[i + c] === value));
}})({LABELS}, {READ})"""
PLACE_OF = "figures.list.find((f) => f.body.id === args[0])"
# Whether the dot of body args[0] on the small map, whose middle is one's own tile, has this colour of the palette.
DOT = f"""(({{ x, y }}, {{ P, AGENT_COLOUR }}, read) => {{
    const canvas = document.querySelector('#minimap canvas');
    const on = (at, own) => Math.floor(at / 16) - Math.floor(own / 16) + canvas.width / 2;
    const [red, green, blue] = read(canvas, on(x, figures.own.x), on(y, figures.own.y), {{ width: 1, height: 1 }});
    const wanted = Number.parseInt((P[args[1]] ?? AGENT_COLOUR).slice(1), 16);
    return ((red << 16) | (green << 8) | blue) === wanted;
}})({PLACE_OF}, await import('/static/js/art/palette.js'), {READ})"""


async def walk(visitor: Visitor, tiles: float = 1.5) -> None:
    """Walk so many tiles in whichever direction is free."""
    for seconds, (key, axis) in itertools.product((3, PATIENCE), WALKS.items()):
        start = await visitor.known(f"figures.own.{axis}")
        await visitor.page.keyboard.down(key)
        try:
            await visitor.until(
                f"Math.abs(figures.own.{axis} - args[0]) > args[1]", start, tiles * 16, timeout=seconds
            )
            return
        except TimeoutError:
            continue
        finally:
            await visitor.page.keyboard.up(key)
    raise AssertionError("every way is blocked")


async def test_what_one_digs_vanishes_for_both(pair: Pair) -> None:
    ada, ben = pair
    tile = await ada.known(TILE, False)
    assert tile, "a flower grows where the newcomers of this seed arrive"
    await ben.until("world.at(args[0], args[1], 1) > 0", tile["tx"], tile["ty"])
    await ada.page.mouse.move(tile["x"], tile["y"])
    await ada.page.mouse.down()
    await ada.until("world.at(args[0], args[1], 1) === 0", tile["tx"], tile["ty"])
    await ada.page.mouse.up()
    await ben.until("world.at(args[0], args[1], 1) === 0", tile["tx"], tile["ty"])
    await ada.until(f"{CARRIED} > 0")
    await expect(ada.page.locator("#hotbar .slot[aria-label$='empty']")).to_have_count(8)
    await expect(ada.page.locator("#hints li:not(.done)", has_text="Dig")).to_have_count(0)


async def test_what_cannot_be_placed_is_taken_back_with_a_reason(pair: Pair) -> None:
    ada, ben = pair
    ben_is = await ben.known("world.you")
    feet = "({ ...camera.toWindow(x, y), tx: Math.floor(x / 16), ty: Math.floor(y / 16) })"
    spot = await ada.known(f"(({{ x, y }}) => {feet})({PLACE_OF})", ben_is)
    await ada.page.mouse.click(spot["x"], spot["y"], button="right")
    await expect(ada.page.locator(".toast", has_text="Someone stands there.")).to_be_visible()
    assert await ada.known("world.at(args[0], args[1], 1)", spot["tx"], spot["ty"]) == 0
    assert await ada.known(CARRIED) == 1


async def test_what_one_places_stands_there_for_both(pair: Pair) -> None:
    ada, _ = pair
    tile = await ada.known(TILE, True)
    assert tile
    await ada.page.mouse.click(tile["x"], tile["y"], button="right")
    for visitor in pair:
        await visitor.until("world.at(args[0], args[1], 1) > 0", tile["tx"], tile["ty"])
    await ada.until(f"{CARRIED} === 0")


async def test_who_listens_hears_who_is_near_and_what_is_ahead(pair: Pair) -> None:
    _, ben = pair
    await expect(ben.page.locator("#around")).to_contain_text("Ada")
    await expect(ben.page.locator("#around")).to_contain_text("In front of you:")


async def test_each_sees_the_other_walk(pair: Pair) -> None:
    ada, ben = pair
    me = await ada.known("world.you")
    await ben.until("world.bodies.has(args[0])", me)
    before = await ben.known(f"(({{ x, y }}) => [x, y])({PLACE_OF})", me)
    await walk(ada)
    x, y = await ada.known("[figures.own.x, figures.own.y]")
    assert (x, y) != tuple(before)
    await ben.until(f"(({{ x, y }}) => Math.hypot(x - args[1], y - args[2]) < 4)({PLACE_OF})", me, x, y)
    await ben.until(NAMED, me)
    assert not await ada.known(NAMED, me), "one's own name is not in the way"


async def test_the_small_map_shows_oneself_and_others_in_colours_of_their_own(pair: Pair) -> None:
    ada, ben = pair
    me, other = await ada.known("world.you"), await ben.known("world.you")
    await walk(ada)  # no dot lies over the other
    for visitor, own, dot in ((ada, me, other), (ben, other, me)):
        await visitor.until(DOT, own, "gold")
        await visitor.until(DOT, dot, "paper")


async def test_a_body_stands_where_the_server_has_it(pair: Pair) -> None:
    ada, ben = pair
    await walk(ada, 3)
    me = await ada.known("world.you")
    foretold = "((await import('/static/js/index.js')).figures.predictor)"
    await ada.until(f"{foretold}.pending.length === 0")
    place = await ada.known(f"(({{ x, y }}) => [x, y])({foretold}.place)")
    await ben.until("(({ x, y }) => x === args[1] && y === args[2])(world.bodies.get(args[0]))", me, *place)


async def test_words_reach_the_other_and_a_like_comes_back(pair: Pair) -> None:
    ada, ben = pair
    words = "good morning, neighbour"
    await ada.say(words)
    heard = ben.page.locator(".message", has_text=words)
    await expect(heard.locator(".name")).to_have_text("Ada")
    await expect(ben.page.locator("#labels .bubble", has_text=words)).to_have_count(1)
    liked = ada.page.locator(".message", has_text=words).locator(".reaction.up")
    await heard.locator(".reaction.up").click()
    await expect(liked).to_have_text("1")
    assert await contrast(heard.locator(".reaction.up")) >= ENOUGH
    await expect(
        ada.page.locator(".message", has_text=words).get_by_role("button", name="like")
    ).to_have_count(0)
    await heard.locator(".reaction.up[aria-pressed=true]").click()
    await expect(liked).to_have_count(0)


async def test_writing_shows_to_the_others(pair: Pair) -> None:
    ada, ben = pair
    await ada.page.type("#chat-input", "hm")
    await expect(ben.page.locator("#chat-typing")).to_contain_text("Ada")
    await ada.page.fill("#chat-input", "")


async def test_markup_in_words_stays_words(pair: Pair) -> None:
    ada, ben = pair
    words = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    await ada.say(words)
    await expect(ben.page.locator(".message .text", has_text="onerror")).to_have_text(words)
    await expect(ben.page.locator("#chat-log img, #chat-log script")).to_have_count(0)


async def test_private_words_are_for_one_and_marked_as_unread(pair: Pair) -> None:
    ada, ben = pair
    await ada.page.click("#open-people")
    await ada.page.locator(".person", has_text="Ben").click()
    await ada.say("just for you")
    tab = ben.page.get_by_role("tab", name="Ada")
    await expect(tab.locator(".unread")).to_have_text("1")
    await tab.click()
    await expect(ben.page.locator(".message", has_text="just for you")).to_be_visible()
    await expect(tab.locator(".unread")).to_have_count(0)
    for visitor in pair:
        await visitor.page.get_by_role("tab", name="Nearby").click()
    await expect(ada.page.locator(".message", has_text="just for you")).to_have_count(0)


async def test_too_long_a_text_is_refused_with_a_sentence_and_kept(pair: Pair) -> None:
    ada, _ = pair
    await ada.say("x" * 501)
    await expect(ada.page.locator(".toast", has_text="at most 500 characters")).to_be_visible()
    assert len(await ada.page.input_value("#chat-input")) == 501
    await ada.page.fill("#chat-input", "")


async def test_what_was_said_is_still_there_after_coming_back(pair: Pair) -> None:
    ada, _ = pair
    await ada.say("remember this")
    await ada.page.locator(".message:not(.sending)", has_text="remember this").wait_for()
    await ada.page.reload()
    await expect(ada.page.locator(".message", has_text="remember this")).to_be_visible()


async def test_the_one_who_leaves_has_an_agent_who_answers(visit: Visit) -> None:
    jon, kim = await visit("Jon"), await visit("Kim")
    await jon.say("see you soon")
    them = await jon.known("world.you")
    await kim.until(f"{NAMED} && !{SIGNED}", them)
    await kim.until("world.model.state === 'ready'")
    await jon.leave()
    await kim.until("world.bodies.get(args[0])?.driver === 2", them)
    await kim.until(f"{NAMED} && {SIGNED}", them)
    await kim.until(DOT, them, "agent")
    await kim.page.click("#open-people")
    await kim.page.locator(".person", has_text="Jon").click()
    await kim.say("hello, how are you today?")
    answer = kim.page.locator(".message.by-agent").first
    await answer.wait_for()
    assert await answer.locator(".agent-mark").count() == 1
    assert (await answer.locator(".text").inner_text()).strip()

    await answer.locator(".another").click()
    drafts = kim.page.locator(".choice button")
    await drafts.first.wait_for()
    chosen = await drafts.last.inner_text()
    await drafts.last.click()
    await kim.page.locator(".message.by-agent .text", has_text=chosen).wait_for()

    back = await visit("Jon", again=True)
    assert await back.known("world.me.driver") == 1
    await back.page.click("#open-agent")
    word = back.page.locator(".word").first
    await word.wait_for()
    await word.locator("input").fill("i would have said this~")
    await word.locator(".teach button").click()
    await back.page.locator(".teach.taught").wait_for()
