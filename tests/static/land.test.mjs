// What the land panel says of a claim, before the server is asked. Run by test_client_modules.py.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { Land } from '../../static/js/world/land.js';
import { World } from '../../static/js/world/state.js';

const tables = JSON.parse(readFileSync(process.env.NANOVERSE_WIRE)).world;
const { plot, roads } = tables;
const ARRIVALS = 'Everybody arrives here; claim land a little further away.';
const ROAD = 'This is a road that leads away from where everybody arrives: nobody claims it; claim land beside it.';

/** The land of who has claimed nothing, with the spawn in the middle of plot -1, -1. */
function around(commons) {
  const land = new Land(new World(tables), { on() {} });
  land.mine = { ...land.mine, x: -plot / 2, y: -plot / 2, commons };
  return (x, y) => land.whyNotFree(x * plot - plot / 2, y * plot - plot / 2);
}

test('the commons and the roads that lead away from them cannot be claimed, and what is beside them can', () => {
  const why = around(plot / 2);
  assert.equal(why(0, 0), ARRIVALS);
  for (const [x, y] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
    assert.equal(why(x, y), ROAD);
    assert.equal(why(x * roads, y * roads), ROAD);
    assert.equal(why(x * (roads + 1), y * (roads + 1)), null, 'roads have an end');
  }
  assert.equal(why(1, 1), null);
  assert.equal(why(roads, 2), null);
});

test('commons that touch two plots along an axis have roads as wide as both', () => {
  const why = around(plot / 2 + 2); // one tile into the plots on all sides
  assert.deepEqual([why(1, 1), why(2, 1), why(2, 2)], [ARRIVALS, ROAD, null]);
});

test('without commons all land can be claimed', () => {
  assert.equal(around(0)(0, 0), null);
});
