"""The land is drawn in pieces: whatever the order in which they come, the picture is the same as if drawn at once."""

from __future__ import annotations

import pytest

from tests.browser.visitors import Visit

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHUNKS = "(await import('/static/js/index.js')).chunks"
HERE = "Math.floor(figures.own.x / 16 / world.size), Math.floor(figures.own.y / 16 / world.size)"
# The bytes of a chunk's ground and walls, and what stands on it, as one text.
PICTURE = """(({ ground, walls, rows }) => {
    const sum = ({ canvas }) => {
        const copy = Object.assign(document.createElement('canvas'), { width: canvas.width, height: canvas.height });
        const ctx = copy.getContext('2d', { willReadFrequently: true });
        ctx.drawImage(canvas, 0, 0);
        return ctx.getImageData(0, 0, canvas.width, canvas.height).data.reduce((a, b) => (a * 31 + b) % 2147483647, 7);
    };
    return [sum(ground), sum(walls), rows.flat().map(({ x, y, block }) => `${x} ${y} ${block}`)].join(' ');
})"""
# What is in view around a place (pixels of the world), at a moment.
SEEN = """((renderer, x, y, now) => {
    camera.lookAt(x, y);
    for (let n = 0; n < 12; n++) renderer.draw(now, 30000); // each adds to the land that came into view
    const { width, height } = camera.canvas;
    const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    copy.drawImage(camera.canvas, 0, 0);
    return copy.getImageData(0, 0, width, height).data.join();
})"""
# Whether the water in view moves from one of its phases to the next.
MOVES = f"""(({{ renderer }}) => {{
    const isWater = (ground) => world.kinds[ground]?.name === 'water';
    const chunk = [...world.chunks.values()].find(({{ layers }}) => layers[0].some(isWater));
    const tile = chunk.layers[0].findIndex(isWater);
    const [x, y] = [chunk.cx * world.size + (tile % world.size), chunk.cy * world.size + Math.floor(tile / world.size)];
    return {SEEN}(renderer, x * 16, y * 16, 0) !== {SEEN}(renderer, x * 16, y * 16, 420);
}})(await import('/static/js/index.js'))"""
# Whether what stands around oneself shakes while it is dug at: all of it, for a tenth of a second.
SHAKES = f"""(({{ renderer, chunks }}, {{ tileKey }}) => {{
    const {{ x, y }} = figures.own;
    {SEEN}(renderer, x, y, 0);
    for (const thing of [...chunks.pictures.values()].flatMap(({{ rows }}) => rows.flat())) {{
        world.cracks.set(tileKey(thing.x, thing.y), {{ id: 0, x: thing.x, y: thing.y, stage: 1 }});
    }}
    const seen = [140, 40].map((now) => {SEEN}(renderer, x, y, now));
    world.cracks.clear();
    return seen[0] !== seen[1];
}})(await import('/static/js/index.js'), await import('/static/js/world/state.js'))"""
ALL_DRAWN = f"[...{CHUNKS}.pictures.values()].every(({{ drawn }}) => drawn === world.size)"


async def test_a_chunk_that_arrives_late_joins_on_to_the_one_beside_it(visit: Visit) -> None:
    page = await visit("Lea")
    await page.until(f"{CHUNKS}.get({HERE}) !== null && {ALL_DRAWN}")
    alone, joined, anew = await page.known(f"""await (async (chunks, cx, cy, picture) => {{
        const beside = world.chunkAt((cx - 1) * world.size, cy * world.size);
        const key = [...world.chunks].find(([, chunk]) => chunk === beside)[0];
        const drawAnew = () => {{
            chunks.get(cx, cy).drawn = 0;
            for (const rows of [5, 20, 99]) chunks.draw(cx, cy, rows);
            return picture(chunks.get(cx, cy));
        }};
        world.chunks.delete(key);
        const alone = drawAnew();
        beside.layers[1].fill(world.kinds.find((kind) => kind?.name === 'stone').id); // casts a shadow
        world.chunks.set(key, beside);
        world.emit('chunk', beside);
        const joined = picture(chunks.get(cx, cy));
        return [alone, joined, drawAnew()];
    }})({CHUNKS}, {HERE}, {PICTURE})""")
    assert joined == anew
    assert alone != joined, "the shadow falls over the edge"


async def test_what_changes_while_a_chunk_is_being_drawn_shows_when_it_is_whole(visit: Visit) -> None:
    page = await visit("Tom")
    await page.until(f"{CHUNKS}.get({HERE}) !== null && {ALL_DRAWN}")
    pieces, whole, before = await page.known(f"""await (async (chunks, cx, cy, picture) => {{
        const tile = (y) => [cx * world.size + 3, cy * world.size + y];
        const stone = world.kinds.find((kind) => kind?.name === 'stone').id;
        const before = picture(chunks.get(cx, cy));
        chunks.get(cx, cy).drawn = 0;
        chunks.draw(cx, cy, 10);
        for (const y of [2, 9, 10, 25]) world.setBlock(...tile(y), 1, stone);
        chunks.draw(cx, cy, 99);
        const pieces = picture(chunks.get(cx, cy));
        chunks.get(cx, cy).drawn = 0;
        chunks.draw(cx, cy, 99);
        return [pieces, picture(chunks.get(cx, cy)), before];
    }})({CHUNKS}, {HERE}, {PICTURE})""")
    assert pieces == whole != before


async def test_what_comes_into_view_is_drawn_before(visit: Visit) -> None:
    page = await visit("Una")
    await page.until(f"{CHUNKS}.get({HERE}) !== null")
    await page.until(
        f"""((chunks, span) => [camera.left - 144, camera.left + camera.width + 144].every((x) =>
            [camera.top - 144, camera.top + camera.height + 144].every((y) =>
                chunks.get(Math.floor(x / span), Math.floor(y / span)))))({CHUNKS}, world.size * 16)"""
    )


async def test_who_asks_for_little_motion_sees_still_water_and_nothing_that_shakes(visit: Visit) -> None:
    ida = await visit("Ida", reduced_motion="reduce")
    still = "(await import('/static/js/index.js')).renderer.still"
    await ida.until(f"{still} && {ALL_DRAWN}")
    assert not await ida.known(MOVES)
    assert not await ida.known(SHAKES)
    await ida.page.emulate_media(reduced_motion="no-preference")
    await ida.until(f"!{still}")
    assert await ida.known(MOVES)
    assert await ida.known(SHAKES)
