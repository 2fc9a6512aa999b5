import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { channels } from '../../static/js/art/palette.js';
import { Explored, KEPT, packed, unpack } from '../../static/js/world/explored.js';
import { World } from '../../static/js/world/state.js';

const tables = JSON.parse(readFileSync(process.env.NANOVERSE_WIRE)).world;
const kind = (name) => tables.blocks.find((block) => block.name === name);

/** An atlas that answers when told to. */
class Shelf {
  constructor(kept = []) {
    Object.assign(this, { kept, put: [] });
  }

  async load() { return this.kept; }

  keep(name, chunks) { this.put.push([name, chunks.map(({ cx, cy }) => [cx, cy])]); }
}

function come(shelf, you = 7) {
  const world = new World(tables);
  const explored = new Explored(world, shelf);
  world.emit('welcome', { you });
  return { world, explored };
}

function show(world, cx, cy, ground, above = 0, paint = 0) {
  const cells = world.size ** 2;
  const layers = [ground, above, paint].map((id) => new Uint8Array(cells).fill(id));
  const chunk = { cx, cy, layers };
  world.chunks.set((cx + 2 ** 19) * 2 ** 20 + cy + 2 ** 19, chunk);
  world.emit('chunk', chunk);
}

const shown = (explored, cx, cy, i = 0) => {
  const data = new Uint8ClampedArray(4 * explored.get(cx, cy).colours.length);
  unpack(explored.get(cx, cy).colours, data);
  return [...data.slice(4 * i, 4 * i + 4)];
};
const near = (a, b) => a.every((value, i) => Math.abs(value - b[i]) <= 8);

test('a tile has the colour of its paint, else of what is solid on it, else of its ground', () => {
  const { world, explored } = come(new Shelf());
  const [grass, stone, poppy] = [kind('grass'), kind('stone'), kind('poppy')];
  show(world, 0, 0, grass.id, poppy.id);
  show(world, 1, 0, grass.id, stone.id);
  show(world, 2, -1, grass.id, stone.id, 33);
  assert.ok(near(shown(explored, 0, 0), [...channels(grass.colour), 255]));
  assert.ok(near(shown(explored, 1, 0), [...channels(stone.colour), 255]));
  assert.ok(near(shown(explored, 2, -1), [...channels(world.colours[33]), 255]));
});

test('black and white stay what they are', () => {
  const data = new Uint8ClampedArray(8);
  unpack(Uint16Array.of(packed([0, 0, 0]), packed([255, 255, 255])), data);
  assert.deepEqual([...data], [0, 0, 0, 255, 255, 255, 255, 255]);
});

test('what is dug or built shows at once, in its own chunk', () => {
  const { world, explored } = come(new Shelf());
  const [grass, stone] = [kind('grass'), kind('stone')];
  show(world, -1, 0, grass.id);
  world.setBlock(-1, 2, 1, stone.id);
  assert.ok(near(shown(explored, -1, 0, 2 * world.size + world.size - 1), [...channels(stone.colour), 255]));
  assert.ok(near(shown(explored, -1, 0, 0), [...channels(grass.colour), 255]));
});

test('what was seen on earlier visits comes back, but not over what is seen now; it is saved once it is known whose it is', async () => {
  const old = (cx) => ({ cx, cy: 0, colours: new Uint16Array(tables.chunk ** 2), seen: 5 });
  const shelf = new Shelf([old(0), old(9)]);
  const { world, explored } = come(shelf);
  show(world, 0, 0, kind('grass').id);
  explored.save();
  assert.deepEqual(shelf.put, [], 'whose it is has not been told');
  world.emit('landmarks', { atlas: '7.1' });
  await new Promise(setImmediate);
  assert.ok(near(shown(explored, 0, 0), [...channels(kind('grass').colour), 255]));
  assert.deepEqual(shown(explored, 9, 0), [0, 0, 0, 255]);
  assert.deepEqual(shelf.put, [['7.1', [[0, 0]]]]);
  explored.save();
  assert.equal(shelf.put.length, 1, 'nothing is saved twice');
});

test('another player on the same page sees nothing of it', async () => {
  const { world, explored } = come(new Shelf());
  show(world, 0, 0, kind('grass').id);
  world.emit('welcome', { you: 7 });
  assert.equal(explored.chunks.size, 1, 'the connection was lost and is back');
  world.emit('welcome', { you: 8 });
  assert.equal(explored.chunks.size, 0);
});

test('so many chunks are kept and no more: the ones seen longest ago go', () => {
  const { world, explored } = come(new Shelf());
  for (let cx = 0; cx < KEPT; cx++) show(world, cx, 0, kind('grass').id);
  show(world, 0, 0, kind('grass').id); // seen again
  show(world, KEPT, 0, kind('grass').id);
  assert.equal(explored.chunks.size, KEPT);
  assert.deepEqual([0, 1, KEPT].map((cx) => Boolean(explored.get(cx, 0))), [true, false, true]);
});
