import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { Stride } from '../../static/js/world/stride.js';
import { Walk } from '../../static/js/world/walk.js';

const wire = JSON.parse(readFileSync(process.env.NANOVERSE_WIRE, 'utf8'));
const RULES = wire.world;
const TICK = 1000 / RULES.tick_hz;

test('the page and the player of the load tests keep the same stride', () => {
  for (const walk of wire.strides) {
    const stride = new Stride(TICK, RULES);
    for (const [what, number, waited, nextAt] of walk) {
      if (what === 'begin') {
        stride.stand();
        assert.ok(stride.due(number) || number < stride.nextAt);
      } else if (what === 'made') stride.made(number);
      else stride.heard(number, waited);
      assert.ok(Math.abs(stride.nextAt - nextAt) < 1e-6, `${what} ${number}: ${stride.nextAt}, not ${nextAt}`);
    }
  }
});

/** A walk with a hand on the keys, on which every step leads on; `at(now, dx)` is one frame. */
function walker(wouldMove = () => true) {
  const sent = [];
  const on = {};
  const net = {
    ready: true,
    on: (name, handler) => { on[name] = handler; },
    input: (name, { dx }) => sent.push({ name, dx, at: walker.now }),
  };
  const predictor = {
    rules: RULES, pending: [], reset() {}, tidy() {}, reconcile() {}, carried() {}, wouldMove,
    move: (ref) => predictor.pending.push({ ref }),
  };
  let held = 0;
  const walk = new Walk(net, predictor, { direction: (out) => Object.assign(out, { dx: held, dy: 0 }) }, { lead() {}, stepped() {} }, TICK);
  return {
    sent,
    on,
    walk,
    at(now, dx) {
      held = dx;
      walker.now = now;
      walk.update(now);
    },
  };
}

test('a step is sent in the frame in which the key goes down, and then one a tick', () => {
  const { sent, at } = walker();
  for (let now = 1003; now < 1203; now += 4) at(now, 1);
  assert.deepEqual(sent.map((step) => step.at), [1003, 1055, 1103, 1155]);
});

test('a pause is not made up for', () => {
  const { sent, at } = walker();
  at(1000, 1);
  at(1010, 0);
  at(1180, 0);
  at(1190, 1);
  at(1195, 1);
  assert.deepEqual(sent.map((step) => step.at), [1000, 1190]);
});

test('who taps the key walks no faster than who holds it', () => {
  const { sent, at } = walker();
  for (let now = 1000; now < 2000; now += 5) at(now, now % 10 ? 1 : 0);
  assert.ok(sent.length <= 1000 / TICK + 1, `${sent.length} steps in a second`);
});

test('after a page that stood still a few steps are made up for, and not more', () => {
  const { sent, at } = walker();
  at(1000, 1);
  at(1150, 1);
  assert.equal(sent.length, 4);
  at(5000, 1);
  assert.equal(sent.length, 5);
});

test('against a wall nothing is sent', () => {
  const { sent, at } = walker(() => false);
  for (let now = 1000; now < 1300; now += 16) at(now, 1);
  assert.equal(sent.length, 0);
});

test('the answer to the way home says nothing of the walk, and after a break all is learnt anew', () => {
  const { at, walk, on } = walker();
  at(1000, 1);
  for (let ref = 100; ref < 120; ref++) on.you({ ref, x: 0, y: 0, waited: 0 });
  assert.equal(walk.stride.beat, null);
  for (let now = 1050, ref = 2; now < 1400; now += 50, ref++) {
    at(now, 1);
    on.you({ ref, x: 0, y: 0, waited: 12 });
  }
  assert.notEqual(walk.stride.beat, null);
  on.welcome({ x: 0, y: 0 });
  assert.equal(walk.stride.beat, null);
});
