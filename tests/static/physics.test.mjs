import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { facing, step } from '../../static/js/world/physics.js';

const cases = JSON.parse(readFileSync(new URL('../world/physics_vectors.json', import.meta.url)));

test('the browser agrees with every case that the server is held to', async (t) => {
  for (const { name, solid, from, move, to } of cases.steps) {
    await t.test(name, () => {
      const walls = new Set(solid.map(([x, y]) => `${x} ${y}`));
      const out = step(cases.constants, from[0], from[1], move[0], move[1], (x, y) => walls.has(`${x} ${y}`), {});
      assert.deepEqual([out.x, out.y], to);
    });
  }
});

test('a body faces the same way in the browser and on the server', async (t) => {
  for (const { name, move, before, after } of cases.facings) {
    await t.test(name, () => assert.equal(facing(move[0], move[1], before), after));
  }
});
