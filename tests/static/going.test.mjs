import './english.mjs';

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { Going } from '../../static/js/world/going.js';
import { Predictor } from '../../static/js/world/predict.js';
import { AGENT, PLAYER, World } from '../../static/js/world/state.js';
import { Walk } from '../../static/js/world/walk.js';

const tables = JSON.parse(readFileSync(process.env.NANOVERSE_WIRE)).world;
const TICK = 1000 / tables.tick_hz;
const id = (name) => tables.blocks.find((block) => block.name === name).id;
const tiles = (...pairs) => pairs.map(([x, y]) => ({ x, y }));
const row = (from, to, y = 0) => Array.from({ length: to - from + 1 }, (_, i) => ({ x: from + i, y }));

/** A body on grass, in the middle of tile 0, 0; what is asked of the server waits in `asked` until it is answered. */
function scene() {
  const world = new World(tables);
  const layers = [new Uint8Array(world.size ** 2).fill(id('grass')), new Uint8Array(world.size ** 2)];
  world.chunkAt = (x, y) => (x >= 0 && y >= 0 && x < world.size && y < world.size ? { layers } : undefined);
  world.you = 1;
  world.bodies.set(1, { id: 1, driver: PLAYER });
  const on = {};
  const asked = [];
  const steps = [];
  const net = {
    ready: true,
    on: (name, handler) => { on[name] = [...(on[name] ?? []), handler]; },
    input: (name, values) => steps.push(values),
    request: (name, values) => new Promise((resolve, reject) => {
      asked.push({ name, ...values, resolve, refuse: (why) => reject(new Error(why)) });
    }),
  };
  const predictor = new Predictor(tables, (x, y) => world.solid(x, y));
  predictor.reset(tables.unit / 2, tables.unit / 2, 0);
  const going = new Going({ net, world, predictor });
  const refusals = [];
  going.onRefused = (reason) => refusals.push(reason);
  const hand = { dx: 0, dy: 0 };
  const walk = new Walk(net, predictor, { direction: (out) => Object.assign(out, hand) }, going, TICK);
  let now = 1000;
  const onTheWay = []; // to the server: steps with the time at which its answer to them is here
  return {
    world, on, asked, steps, predictor, going, refusals, hand,
    /** Lets time go by until `until`, or so many seconds; the server answers each step after so many of `lag`. */
    async live(seconds, until = () => false, lag = Infinity) {
      for (const end = now + seconds * 1000; now < end && !until(); now += 8) {
        const before = steps.length;
        walk.update(now);
        if (steps.length > before) onTheWay.push({ ref: steps.length, ...predictor.place, at: now + lag * 1000 });
        while (onTheWay[0]?.at <= now) {
          const answer = { ...onTheWay.shift(), waited: 0 };
          for (const hear of on.you) hear(answer);
        }
        await null; // answers are heard
      }
    },
    tile: () => ({ x: Math.floor(predictor.place.x / tables.unit), y: Math.floor(predictor.place.y / tables.unit) }),
  };
}

test('a way is walked to its end, a step a tick, and the mark shows until then', async () => {
  const { asked, going, world, steps, live, tile } = scene();
  going.to({ x: 5, y: 3 });
  assert.deepEqual(world.goal, { x: 5, y: 3 });
  await live(0.5);
  assert.equal(steps.length, 0, 'nobody walks before the way is known');
  const [{ name, x, y, resolve }] = asked;
  assert.deepEqual([name, x, y], ['go', 5, 3]);
  resolve({ tiles: tiles([1, 1], [2, 2], [3, 3], [4, 3], [5, 3]), arrives: true });
  await live(0.5);
  assert.ok(steps.length <= 0.5 * tables.tick_hz + 1, `${steps.length} steps in half a second`);
  assert.notEqual(world.goal, null);
  await live(5, () => world.goal === null);
  assert.deepEqual([tile(), world.goal, asked.length], [{ x: 5, y: 3 }, null, 1]);
  const made = steps.length;
  await live(1);
  assert.equal(steps.length, made, 'there one stands');
});

test('an own step ends it at once, and so does an agent at the wheel', async () => {
  for (const interrupt of [
    ({ hand }) => { hand.dy = 1; },
    ({ world }) => { world.me.driver = AGENT; },
    ({ on }) => on.welcome.forEach((handler) => handler({ x: 128, y: 128 })),
    ({ going }) => going.stop(),
  ]) {
    const it = scene();
    it.going.to({ x: 9, y: 0 });
    it.asked[0].resolve({ tiles: row(1, 9), arrives: true });
    await it.live(0.5);
    interrupt(it);
    await it.live(0.2);
    assert.equal(it.world.goal, null);
    it.hand.dy = 0;
    const before = it.steps.length;
    await it.live(1);
    assert.deepEqual([it.steps.length, it.refusals], [before, []]);
  }
});

test('what was given up while the server looked for it is not walked', async () => {
  const { asked, going, hand, live, steps, refusals } = scene();
  going.to({ x: 9, y: 0 });
  hand.dx = 1;
  await live(0.1);
  hand.dx = 0;
  asked[0].resolve({ tiles: row(1, 9), arrives: true });
  going.to({ x: 0, y: 9 });
  going.to({ x: 5, y: 5 });
  asked[1].refuse('You asked for another way.');
  const made = steps.length;
  await live(0.5);
  assert.deepEqual([steps.length, refusals], [made, []]);
});

test('where there is no way the sentence of the server is said, and nobody walks', async () => {
  const { asked, going, live, world, steps, refusals } = scene();
  going.to({ x: 9, y: 0 });
  asked[0].refuse('There is no way there.');
  await live(0.5);
  assert.deepEqual([world.goal, steps.length, refusals], [null, 0, ['There is no way there.']]);
});

test('a block in the way is asked around once; another one ends the walk with a word', async () => {
  const { asked, going, live, world, refusals, tile } = scene();
  going.to({ x: 9, y: 0 });
  asked[0].resolve({ tiles: row(1, 9), arrives: true });
  await live(0.3);
  for (const y of [0, 1]) world.setBlock(4, y, 1, id('stone'));
  await live(3, () => asked.length > 1);
  assert.deepEqual([tile().x, asked.length, refusals], [3, 2, []]);
  asked[1].resolve({ tiles: [...tiles([3, 1], [3, 2]), ...row(4, 9, 2)], arrives: true });
  await live(1);
  for (let y = 0; y < 5; y++) world.setBlock(7, y, 1, id('stone'));
  await live(3, () => world.goal === null);
  assert.deepEqual([asked.length, refusals, world.goal], [2, ['Something is in the way.'], null]);
});

test('a shut door is opened on the way; one that stays shut is a word', async () => {
  for (const [answer, end] of [
    ['opens', { x: 5, y: 0 }],
    ['stays', { x: 1, y: 0 }],
  ]) {
    const { asked, going, live, world, refusals, tile } = scene();
    world.setBlock(2, 0, 1, id('door'));
    going.to({ x: 5, y: 0 });
    asked[0].resolve({ tiles: row(1, 5), arrives: true });
    await live(2, () => asked.length > 1);
    await live(0.3);
    assert.deepEqual([asked.length, asked[1].name, asked[1].x, asked[1].y], [2, 'use', 2, 0]);
    if (answer === 'opens') {
      world.setBlock(2, 0, 1, id('open door'));
      asked[1].resolve({});
    } else asked[1].refuse('This is Tom\'s land.');
    await live(3, () => world.goal === null);
    assert.deepEqual([tile(), refusals], [end, answer === 'opens' ? [] : ['This is Tom\'s land.']]);
  }
});

const LAG = 0.15;

/** A walk from 0, 0 through the door on 2, 0 to `end`, which the server has just opened, and will say so after frames. */
async function throughTheDoor(end, lag = LAG) {
  const it = scene();
  it.world.setBlock(2, 0, 1, id('door'));
  it.going.to({ x: end, y: 0 });
  it.asked[0].resolve({ tiles: row(1, end), arrives: true });
  await it.live(2, () => it.asked.length > 1, lag);
  it.world.setBlock(2, 0, 1, id('open door'));
  await it.live(0.1, undefined, lag);
  it.asked[1].resolve({});
  return it;
}

test('the door that was opened is shut behind the body, once the server has it through, whatever the line', async () => {
  for (const lag of [0.02, LAG, 0.8]) {
    for (const end of [6, 3]) {
      const { asked, live, tile, world, predictor, refusals } = await throughTheDoor(end, lag);
      await live(3, () => asked.length > 2, lag);
      assert.deepEqual([asked[2].name, asked[2].x, asked[2].y], ['use', 2, 0]);
      assert.ok(predictor.server.x >= 3 * tables.unit + tables.half_width, 'the server would find the body in the doorway');
      asked[2].refuse('Someone stands in the doorway.');
      await live(3, () => world.goal === null, lag);
      await live(0.5, undefined, lag);
      assert.deepEqual([tile().x, asked.length, refusals], [end, 3, []], 'nobody is told of a door that stays open');
    }
  }
});

test('a door is left alone that one stands in, walks on from by keys, finds shut already, or found open', async () => {
  const within = await throughTheDoor(2);
  await within.live(3, () => within.world.goal === null, LAG);
  await within.live(1, undefined, LAG);
  const taken = await throughTheDoor(5);
  await taken.live(3, () => taken.tile().x === 2, LAG);
  taken.hand.dx = 1;
  await taken.live(1, undefined, LAG);
  const shut = await throughTheDoor(5);
  await shut.live(3, () => shut.tile().x === 3, LAG);
  shut.world.setBlock(2, 0, 1, id('door'));
  await shut.live(3, () => shut.world.goal === null, LAG);
  await shut.live(1, undefined, LAG);
  assert.deepEqual([within.asked.length, taken.asked.length, shut.asked.length], [2, 2, 2]);
  const found = scene();
  found.world.setBlock(2, 0, 1, id('open door'));
  found.going.to({ x: 5, y: 0 });
  found.asked[0].resolve({ tiles: row(1, 5), arrives: true });
  await found.live(3, () => found.world.goal === null, LAG);
  await found.live(1, undefined, LAG);
  assert.deepEqual([found.tile().x, found.asked.length], [5, 1]);
});

test('who goes elsewhere from the doorway shuts the door behind them all the same', async () => {
  const { asked, going, live, tile } = await throughTheDoor(5);
  await live(3, () => tile().x === 2, LAG);
  going.stop(); // as a click does, before it leads on
  going.to({ x: 4, y: 0 });
  asked[2].resolve({ tiles: row(3, 4), arrives: true });
  await live(3, () => asked.length > 3, LAG);
  assert.deepEqual([asked[3].name, asked[3].x], ['use', 2]);
});

test('a place out of sight is reached in legs, as long as each leads nearer', async () => {
  const { asked, going, live, world, refusals } = scene();
  going.to({ x: 500, y: 0 });
  asked[0].resolve({ tiles: row(1, 20), arrives: false });
  await live(8, () => asked.length > 1);
  assert.deepEqual([asked[1].x, asked[1].y], [500, 0], 'the rest is asked for where the leg ends');
  asked[1].resolve({ tiles: row(10, 20).reverse(), arrives: false });
  await live(8, () => world.goal === null);
  assert.deepEqual([asked.length, refusals], [2, ['Something is in the way.']]);
});

test('one who walked on meanwhile does not go back to where the way began', async () => {
  const { asked, going, live, predictor, steps } = scene();
  going.to({ x: 9, y: 0 });
  predictor.reset(3.5 * tables.unit, tables.unit / 2, 3);
  asked[0].resolve({ tiles: row(1, 9), arrives: true });
  await live(0.2);
  assert.ok(steps.every(({ dx }) => dx === 1) && steps.length > 2);
});
