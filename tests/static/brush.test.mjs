import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, mock, test } from 'node:test';

import { Brush } from '../../static/js/world/brush.js';
import { PAINT, World } from '../../static/js/world/state.js';

const tables = JSON.parse(readFileSync(process.env.NANOVERSE_WIRE)).world;
const PAUSE = (tables.paint_every + 1) * (1000 / tables.tick_hz);

const answered = () => new Promise((go) => setImmediate(go));

/** Time until all that waits was sent and answered. */
async function pauses() {
  for (let n = 0; n < 30; n++) {
    await answered();
    mock.timers.tick(PAUSE);
  }
}

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
afterEach(() => mock.timers.reset());

function studio(answer = async () => {}) {
  const world = new World(tables);
  const layers = [new Uint8Array(world.size ** 2), new Uint8Array(world.size ** 2), null];
  world.chunkAt = () => ({ layers });
  const sent = [];
  const refused = [];
  const net = { request: (name, values) => (sent.push([name, values.x, values.y, values.colour]), answer(values)) };
  const land = { refusal: (x) => (x === 9 ? 'This land belongs to Ada.' : null) };
  const hands = { inReach: (x) => x < 20, onRefused: (reason) => refused.push(reason) };
  return { brush: new Brush({ world, net, land, hands }), world, sent, refused };
}

test('a stroke shows at once and is sent no faster than a brush may paint, counted from each answer', async () => {
  const { brush, world, sent } = studio();
  world.colour = 5;
  brush.touch({ x: 1, y: 0 });
  for (const x of [1, 2, 2, 3]) brush.drawTo({ x, y: 0 });
  assert.deepEqual([1, 2, 3].map((x) => world.at(x, 0, PAINT)), [5, 5, 5]);
  assert.deepEqual(sent, [['paint', 1, 0, 5]]);
  mock.timers.tick(PAUSE * 9);
  assert.equal(sent.length, 1, 'no answer yet');
  await answered();
  mock.timers.tick(PAUSE - 1);
  assert.equal(sent.length, 1, 'it was answered less than a pause ago');
  mock.timers.tick(1);
  assert.equal(sent.length, 2);
  await pauses();
  assert.deepEqual(sent.map(([, x]) => x), [1, 2, 3]);
});

test('a hand that is faster than the frames leaves no gap', () => {
  const { brush, world } = studio();
  brush.touch({ x: 1, y: 1 });
  brush.drawTo({ x: 7, y: 3 });
  assert.equal([1, 2, 3, 4, 5, 6, 7].filter((x) => [1, 2, 3].some((y) => world.at(x, y, PAINT))).length, 7);
});

test('what the server refuses is as it was before', async () => {
  const { brush, world, refused } = studio(async () => { throw new Error('Your brush cannot paint that fast.'); });
  world.setBlock(4, 0, PAINT, 7);
  brush.touch({ x: 4, y: 0 });
  assert.equal(world.at(4, 0, PAINT), world.colour);
  await answered();
  assert.equal(world.at(4, 0, PAINT), 7);
  assert.deepEqual(refused, ['Your brush cannot paint that fast.']);
});

test('on land of others and out of reach nothing shows or is sent, and only a touch says why', () => {
  const { brush, world, sent, refused } = studio();
  brush.touch({ x: 9, y: 0 });
  brush.drawTo({ x: 9, y: 9 });
  brush.touch({ x: 30, y: 9 });
  assert.equal(world.at(9, 0, PAINT), 0);
  assert.deepEqual([sent, refused], [[], ['This land belongs to Ada.', 'That is out of reach.']]);
});

test('a hand much faster than the brush leaves gaps, and nothing piles up', () => {
  const { brush, world } = studio();
  for (const x of [0, 19, 0, 19]) brush.drawTo({ x, y: x % 7 });
  brush.drawTo({ x: 5, y: 31 });
  assert.ok(brush.waiting.length <= 24);
  assert.equal(world.at(5, 31, PAINT), 0);
});

test('of two strokes over one tile that are both refused neither stays', async () => {
  const { brush, world } = studio(async () => { throw new Error('That is out of reach.'); });
  brush.touch({ x: 1, y: 0 });
  for (const colour of [1, 2]) {
    world.colour = colour;
    brush.touch({ x: 4, y: 0 });
    if (colour === 1) await answered(); // the stroke before is answered, and this one asked for
    if (colour === 1) mock.timers.tick(PAUSE);
  }
  assert.equal(world.at(4, 0, PAINT), 2);
  await pauses();
  assert.equal(world.at(4, 0, PAINT), 0);
});

test('to and fro over the same tiles asks for nothing again', async () => {
  const { brush, sent } = studio();
  brush.touch({ x: 1, y: 0 });
  for (let n = 0; n < 20; n++) brush.drawTo({ x: 1 + (n % 2), y: 0 });
  await pauses();
  assert.deepEqual(sent.map(([, x]) => x), [1, 2]);
});

test('a new connection shows what the server has: nothing that waits is sent after it', async () => {
  const { brush, world, sent } = studio();
  brush.touch({ x: 1, y: 0 });
  brush.drawTo({ x: 2, y: 0 });
  world.emit('welcome', {});
  await pauses();
  assert.equal(sent.length, 1);
});
