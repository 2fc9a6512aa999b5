import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { World } from '../../static/js/world/state.js';

const tables = JSON.parse(readFileSync(process.env.NANOVERSE_WIRE)).world;

function followed() {
  const world = new World(tables);
  const handlers = new Map();
  world.follow({ on: (name, handler) => handlers.set(name, handler) });
  return { world, hear: (name, fields) => handlers.get(name)(fields) };
}

test('what others dig in a chunk goes with it: its end is told only to those who see it', () => {
  const { world, hear } = followed();
  const n = world.size;
  const inside = [[-n, 0], [-1, n - 1]]; // of the chunk (−1, 0)
  const beside = [[0, 0], [-1, n], [-n - 1, 0]];
  [...inside, ...beside].forEach(([x, y], i) => hear('digging', { id: i + 1, x, y, stage: 2 }));
  hear('forget', { cx: -1, cy: 0 });
  assert.deepEqual([...world.cracks.values()].map(({ x, y }) => [x, y]), beside);
});
