import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { Net } from '../../static/js/net/net.js';
import { Brush } from '../../static/js/world/brush.js';
import { Hands } from '../../static/js/world/hands.js';
import { Land } from '../../static/js/world/land.js';
import { World } from '../../static/js/world/state.js';

const tables = JSON.parse(readFileSync(process.env.NANOVERSE_WIRE)).world;
const id = (name) => tables.blocks.find((block) => block.name === name).id;

test('a button still held when the tree has fallen digs no hole in the commons, and says nothing', () => {
  const world = new World(tables);
  const layers = [new Uint8Array(world.size ** 2).fill(id('grass')), new Uint8Array(world.size ** 2)];
  world.chunkAt = () => ({ layers });
  const net = { sent: [], on() {}, input(name) { return this.sent.push(name); } };
  const land = new Land(world, net);
  land.mine = { ...land.mine, x: 0, y: 0, commons: 8 };
  const hands = new Hands({ world, net, land, predictor: { place: { x: 0, y: 0 } } });
  const refusals = [];
  hands.onRefused = (reason) => refusals.push(reason);
  world.setBlock(1, 1, 1, id('oak'));

  hands.digAt({ x: 1, y: 1 }, 0, true);
  assert.deepEqual(net.sent, ['dig'], 'a tree may be felled there');
  world.setBlock(1, 1, 1, 0);
  hands.dig = null;
  hands.digAt({ x: 1, y: 1 }, 100, false);
  assert.deepEqual([net.sent, refusals], [['dig'], []]);
  hands.digAt({ x: 1, y: 1 }, 200, true);
  assert.deepEqual(net.sent, ['dig', 'dig'], 'pressed anew, the server says why not');
});

test('who returns and is not beside a bed of theirs is told where they are', async () => {
  const world = new World(tables);
  const place = { x: 0, y: 0 };
  const net = { on() {}, async request() { Object.assign(place, this.leads); } };
  const hands = new Hands({ world, net, land: {}, predictor: { place } });
  let homeless = 0;
  hands.onHomeless = () => homeless++;
  for (const [home, leads, told] of [
    [null, [3, 4], 1], // no bed
    [{ x: 9, y: 9 }, [8, 10], 0], // beside it
    [{ x: 9, y: 9 }, [3, 4], 1], // it is gone, or no longer for this player
  ]) {
    world.home = home;
    net.leads = { x: leads[0] * world.unit, y: leads[1] * world.unit };
    homeless = 0;
    await hands.goHome();
    assert.equal(homeless, told);
  }
});

test('a wheel turns as far as it is turned, however late the server answers, which hears no more than it must', async () => {
  const world = new World(tables);
  const told = new Map();
  const sent = [];
  let answer = () => {};
  const net = {
    on: (name, handle) => told.set(name, [...(told.get(name) ?? []), handle]),
    request: (_, { slot }) => {
      sent.push(slot);
      return new Promise((resolve) => { answer = resolve; });
    },
  };
  const hands = new Hands({ world, net, land: {}, predictor: {} });
  world.follow(net);
  const inventory = (slot) => told.get('inventory').forEach((handle) => handle({ slot, slots: [] }));
  const answered = async (slot) => {
    inventory(slot);
    answer({});
    await new Promise(setImmediate);
  };
  for (let turns = 0; turns < 4; turns++) hands.select(world.slot + 1);
  assert.deepEqual([world.slot, sent], [4, [1]]);
  await answered(1);
  assert.equal(world.slot, 4);
  hands.update(performance.now() + 1000);
  assert.deepEqual(sent, [1, 4]);
  hands.select(5);
  hands.update(performance.now() + 2000);
  inventory(4);
  assert.equal(world.slot, 5);
  await answered(5);
  inventory(2);
  assert.equal(world.slot, 2, 'what the server says later holds again');
});

test('what is done with what is in the hand is done with what was chosen last, however fast', (context) => {
  context.mock.method(globalThis, 'setInterval', () => 0); // in which a connection looks after itself
  globalThis.WebSocket = { OPEN: 1 };
  const sent = [];
  const net = new Net({ table: { most_waiting: 99 }, encode: (name, { slot }) => (name === 'select' ? slot : name) }, '', 'ws://here/ws');
  Object.assign(net, { socket: { readyState: WebSocket.OPEN, send: (frame) => sent.push(frame) }, welcomed: true });
  const world = new World(tables);
  const layers = [new Uint8Array(world.size ** 2).fill(id('grass')), new Uint8Array(world.size ** 2), null];
  world.chunkAt = () => ({ layers });
  const land = { refusal: () => null };
  const hands = new Hands({ world, net, land, predictor: { place: { x: 0, y: 0 } } });
  const brush = new Brush({ world, net, land, hands });
  const deeds = {
    dig: () => hands.digAt({ x: 1, y: 1 }, 0, true),
    eat: () => hands.eat(),
    paint: () => brush.touch({ x: 1, y: 1 }),
  };
  for (const [name, act] of Object.entries(deeds)) {
    sent.length = 0;
    for (const slot of [1, 2, 3]) hands.select(slot);
    act();
    hands.update(performance.now() + 1000);
    assert.deepEqual(sent.slice(-2), [3, name]);
  }
});

test('who has eaten sees cracks grow as fast as the server digs, until the meal is over', async () => {
  const world = new World(tables);
  const layers = [new Uint8Array(world.size ** 2).fill(id('grass')), new Uint8Array(world.size ** 2)];
  world.chunkAt = () => ({ layers });
  world.slots = [{ block: id('bread'), count: 1 }];
  const net = { on() {}, input: () => 1, request: async () => {} };
  const land = { refusal: () => null };
  const hands = new Hands({ world, net, land, predictor: { place: { x: 0, y: 0 } } });
  const eaten = [];
  hands.onAte = ({ name }) => eaten.push(name);
  const { dig_ticks: full } = tables.blocks.find(({ name }) => name === 'grass');

  assert.ok(hands.holdsFood);
  await hands.eat();
  assert.deepEqual(eaten, ['bread']);
  const now = performance.now();
  hands.digAt({ x: 1, y: 1 }, now, true);
  assert.equal(hands.dig.ticks, Math.ceil(full / tables.fed_digs));
  hands.dig = null;
  hands.digAt({ x: 1, y: 1 }, now + (tables.fed * 1000) / tables.tick_hz + 1, true);
  assert.equal(hands.dig.ticks, full);
});
