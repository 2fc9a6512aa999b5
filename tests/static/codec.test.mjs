// The other side of the wire is real: test_client_modules.py writes the server's own table and frames into a file.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import './english.mjs';
import { Codec } from '../../static/js/net/codec.js';
import { Reader, pack } from '../../static/js/net/msgpack.js';
import * as conversations from '../../static/js/chat/conversations.js';
import * as state from '../../static/js/world/state.js';

const wire = JSON.parse(readFileSync(process.env.NANOVERSE_WIRE, 'utf-8'));
const codec = new Codec(wire.table);
const buffer = (hex) => Uint8Array.from(Buffer.from(hex, 'hex')).buffer;
const hex = (bytes) => Buffer.from(bytes).toString('hex');
const plain = (value) => JSON.parse(JSON.stringify(value, (_, v) => (v instanceof Uint8Array ? hex(v) : v)));

test('every message of the server is read as the fields of its table', async (t) => {
  for (const { name, frame, fields } of wire.server) {
    await t.test(name, () => {
      const [[readName, readFields]] = codec.decode(buffer(frame));
      assert.equal(readName, name);
      assert.deepEqual(plain(readFields), fields);
    });
  }
});

test('messages back to back in one frame are all read, in order', () => {
  const all = wire.server.map(({ frame }) => frame).join('');
  assert.deepEqual([...codec.decode(buffer(all))].map(([name]) => name), wire.server.map(({ name }) => name));
});

test('every message of the client is written byte for byte as msgpack does', async (t) => {
  for (const { name, frame, fields } of wire.client) {
    await t.test(name, () => assert.equal(hex(codec.encode(name, fields)), frame));
  }
});

test('numbers at every border of msgpack survive the way there and back', () => {
  for (const edge of [0, 31, 32, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]) {
    for (const value of [edge, edge + 1, -edge, -edge - 1].filter(Number.isSafeInteger)) {
      assert.equal(new Reader(pack(value).buffer).value(), value === 0 ? 0 : value);
    }
  }
});

test('texts, bytes and lists of every length class survive', () => {
  for (const length of [0, 1, 15, 16, 31, 32, 255, 256, 65535, 65536]) {
    for (const value of ['é'.repeat(length), new Uint8Array(length).fill(7), Array(length).fill(true)]) {
      assert.deepEqual(new Reader(pack(value).buffer).value(), value);
    }
  }
});

test('what the table does not allow is not sent', () => {
  assert.throws(() => codec.encode('move', { ref: 1, dx: 2, dy: 0 }), RangeError);
  assert.throws(() => codec.encode('move', { ref: 1, dx: 0.5, dy: 0 }), RangeError);
  assert.throws(() => codec.encode('say', { ref: 1, channel: 0, to: 0, text: '' }), RangeError);
  assert.throws(() => codec.encode('say', { ref: 1, channel: 0, to: 0, text: 'x'.repeat(501) }), RangeError);
  assert.throws(() => codec.encode('dance', {}), /no message/);
});

test('a text is measured in characters, as the server does', () => {
  assert.doesNotThrow(() => codec.encode('say', { ref: 1, channel: 0, to: 0, text: '🌱'.repeat(500) }));
});

test('a frame that breaks off is an error, not half a message', () => {
  const whole = wire.server[0].frame;
  assert.throws(() => [...codec.decode(buffer(whole.slice(0, -2)))], /too early/);
});

test('a greeting can be read before what follows it, which may be of other tables', () => {
  const neverUsed = 'c1';
  const [[name]] = codec.decode(buffer(wire.server[0].frame + neverUsed));
  assert.equal(name, 'welcome');
});

test('a message of a kind that is not in the table is skipped', () => {
  const unknown = hex(pack([250, 'from the future']));
  assert.deepEqual([...codec.decode(buffer(unknown + wire.server[0].frame))].map(([name]) => name), [wire.server[0].name]);
});

test('run lengths unroll to the tiles that the server packed', () => {
  for (const { pairs, cells } of wire.chunks) assert.equal(hex(state.unroll(Uint8Array.from(Buffer.from(pairs, 'hex')), cells.length / 2)), cells);
});

test('a chunk that is too short is refused', () => {
  assert.throws(() => state.unroll(Uint8Array.of(9, 1), 1024), /1024/);
});

test('what stands for a number in the client stands for the same in the server', () => {
  const { NEARBY, WORLD, PRIVATE } = conversations;
  const { ASLEEP, PLAYER, AGENT } = state;
  assert.deepEqual({ NEARBY, WORLD, PRIVATE, ASLEEP, PLAYER, AGENT }, wire.numbers);
});

test('a text may be as long as the table says', () => {
  assert.equal(new Codec(wire.table).longest('search', 'words'), wire.table.client.search[1].find(([name]) => name === 'words')[3]);
});
