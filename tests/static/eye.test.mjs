import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Eye } from '../../static/js/input/eye.js';
import { World } from '../../static/js/world/state.js';

const RULES = { unit: 256, chunk: 32, blocks: [], colours: [] };
const SPAN = 32 * 16; // art pixels of a chunk
const STAY = { dx: 0, dy: 0 };
const SPAWN = { x: 16 * 256, y: 16 * 256 };

/** An eye whose server is the test: `answer` settles the oldest question, `asked` holds all of them. */
function looking() {
  const world = new World(RULES);
  const asked = [];
  const open = [];
  const told = [];
  const net = {
    ready: true,
    request: (name, values) => {
      asked.push([name, ...Object.values(values)]);
      return new Promise((resolve, reject) => open.push({ resolve, reject }));
    },
  };
  const eye = new Eye({ net, world, toast: (words) => told.push(words) });
  const answer = async (refusal) => {
    const { resolve, reject } = open.shift();
    if (refusal) reject(new Error(refusal));
    else resolve({});
    for (let i = 0; i < 5; i++) await null;
  };
  world.emit('welcome', SPAWN);
  return { eye, world, net, asked, told, answer };
}

const seen = (world, id, x, y) => world.bodies.set(id, { id, x: x * 256, y: y * 256 });

test('it begins where the server says, and asks for nothing that it is shown already', () => {
  const { eye, asked } = looking();
  eye.update(0, 1 / 60, STAY, undefined, false);
  assert.deepEqual([eye.x, eye.y], [256, 256]);
  assert.deepEqual(eye.place, { x: 16 * 256, y: 16 * 256 });
  assert.deepEqual(asked, []);
});

test('in a new chunk it asks once, and goes on when it may', async () => {
  const { eye, asked, answer } = looking();
  eye.pan(SPAN, 0);
  eye.update(0, 0, STAY, undefined, false);
  eye.update(16, 0, STAY, undefined, false);
  assert.deepEqual(asked, [['watch', 1, 0]]);
  await answer();
  eye.pan(SPAN, 0);
  eye.update(32, 0, STAY, undefined, false);
  assert.deepEqual(asked[1], ['watch', 2, 0]);
});

test('where it may not look it goes no further than one chunk, says so once and asks again only after a while', async () => {
  const { eye, asked, told, answer } = looking();
  eye.pan(9 * SPAN, 0);
  eye.update(0, 0, STAY, undefined, false);
  assert.equal(eye.x, 2 * SPAN - 1);
  await answer('Not there.');
  eye.update(100, 0, STAY, undefined, false);
  assert.equal(asked.length, 1);
  eye.update(2000, 0, STAY, undefined, false);
  assert.equal(asked.length, 2);
  await answer('Not there.');
  assert.deepEqual(told, ['Not there.']);
  assert.equal(eye.x, 2 * SPAN - 1);
});

test('it glides after whom it follows, leaps to who is far away, and a walking key lets go', async () => {
  const { eye, world, asked, answer } = looking();
  eye.follow(7);
  seen(world, 7, 20, 16.5);
  await answer();
  eye.update(0, 1 / 60, STAY, { x: 320, y: 264 }, false);
  assert.ok(eye.x > 256 && eye.x < 320, `${eye.x} lies on the way`);
  eye.update(16, 1 / 60, STAY, { x: 320, y: 264 }, true);
  assert.deepEqual([eye.x, eye.y], [320, 256], 'at once for who wants less motion');
  eye.follow(8);
  seen(world, 8, 3000, 16.5);
  await answer();
  eye.update(32, 1 / 60, STAY, { x: 48000, y: 264 }, false);
  assert.deepEqual([eye.x, eye.y], [48000, 256]);
  assert.deepEqual(asked, [['follow', 7], ['follow', 8]]);
  eye.update(48, 0.5, { dx: -1, dy: 0 }, { x: 48000, y: 264 }, false);
  assert.equal(eye.followed, 0);
  assert.equal(eye.x, 48000 - 128);
});

test('whom it follows it finds again after a leap, and lets go of when they are gone', async () => {
  const { eye, world, asked, told, answer } = looking();
  seen(world, 7, 20, 16);
  eye.follow(7);
  await answer();
  world.bodies.delete(7);
  world.emit('removed', 7);
  assert.deepEqual(asked.at(-1), ['follow', 7]);
  await answer('There is no such player.');
  assert.equal(eye.followed, 0);
  assert.deepEqual(told, ['There is no such player.']);
});

test('who is out of sight because the eye follows somebody else is not looked for', async () => {
  const { eye, world, asked, answer } = looking();
  seen(world, 7, 20, 16);
  eye.follow(7);
  await answer();
  eye.follow(8);
  world.bodies.delete(7);
  world.emit('removed', 7);
  seen(world, 8, 3000, 16);
  await answer();
  assert.deepEqual(asked, [['follow', 7], ['follow', 8]]);
  assert.equal(eye.followed, 8);
});

test('after a break it looks where it looked before, or at the spawn if it may not', async () => {
  const { eye, world, asked, answer } = looking();
  eye.pan(SPAN, 0);
  world.emit('welcome', SPAWN);
  assert.deepEqual(asked, [['watch', 1, 0]]);
  await answer();
  assert.equal(eye.x, 256 + SPAN);
  world.emit('welcome', SPAWN);
  await answer('Not there.');
  assert.equal(eye.x, 256);
});

test('after a break it follows the same one', async () => {
  const { eye, world, asked, answer } = looking();
  eye.follow(7);
  seen(world, 7, 20, 16);
  await answer();
  world.emit('welcome', SPAWN);
  assert.deepEqual(asked.at(-1), ['follow', 7]);
  await answer();
  assert.equal(eye.followed, 7);
  assert.equal(eye.x, 256);
});
