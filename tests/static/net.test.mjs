import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mock, test } from 'node:test';

import { Codec } from '../../static/js/net/codec.js';
import { Net } from '../../static/js/net/net.js';
import './english.mjs';

const { table: protocol } = JSON.parse(readFileSync(process.env.NANOVERSE_WIRE));
const NAMES = new Map(Object.entries(protocol.client).map(([name, [kind]]) => [kind, name]));

/** A line whose other end is the test. */
class Line {
  static OPEN = 1;
  static all = [];
  constructor(url) {
    this.url = url;
    this.sent = [];
    this.readyState = 1;
    Line.all.push(this);
  }
  send([, kind]) { this.sent.push(NAMES.get(kind)); } // the second byte: message kinds below 128 are one byte
  close() { this.isGivenUp = true; }
  cut(code = 1006) {
    this.readyState = 3;
    this.onclose({ code, reason: '' });
  }
}
globalThis.WebSocket = Line;
let lookAfter; // what the connection does every few seconds
globalThis.setInterval = (look) => { lookAfter = look; };
globalThis.setTimeout = () => 0; // the test itself says when to come back

/** What a tab remembers while its page is loaded again. */
globalThis.sessionStorage = { kept: new Map(), getItem(name) { return this.kept.get(name) ?? null; }, setItem(name, value) { this.kept.set(name, String(value)); } };

function page() {
  Line.all.length = 0;
  const net = new Net(new Codec(protocol), 'ours', 'ws://here/ws');
  const hear = (name, fields) => {
    const welcome = name === 'welcome' ? { version: protocol.version, edition: 'ours' } : {};
    const heard = [[name, { ...welcome, ...fields }]];
    net.codec = { table: protocol, encode: net.codec.encode.bind(new Codec(protocol)), decode: () => heard };
    Line.all.at(-1).onmessage?.({ data: null });
  };
  const seen = { anew: 0, welcomes: 0 };
  net.beginAnew = () => { seen.anew += 1; };
  net.on('welcome', () => { seen.welcomes += 1; });
  net.open();
  return { net, hear, seen };
}

function connected() {
  const here = page();
  here.hear('welcome', { you: 1 });
  return here;
}

test('what was not answered is sent again in its order once the connection is back; steps are not', async () => {
  const { net, hear } = connected();
  net.input('dig', { x: 1, y: 1 });
  net.input('move', { dx: 1, dy: 0 });
  const said = net.request('say', { channel: 1, to: 0, text: 'once' });
  const crafted = net.input('craft', { recipe: 0 });
  hear('done', { ref: crafted, id: 0 });
  Line.all[0].cut();
  net.open();
  assert.equal(Line.all[1].url, Line.all[0].url, 'the server knows the page again');
  assert.deepEqual(Line.all[1].sent, [], 'not before it is greeted');
  hear('welcome', { you: 1 });
  assert.deepEqual(Line.all[1].sent, ['dig', 'say']);
  hear('done', { ref: 3, id: 77 });
  assert.equal((await said).id, 77);
});

test('words that are said while there is no connection wait for it; deeds are refused', async () => {
  const { net, hear } = connected();
  Line.all[0].cut();
  const said = net.request('say', { channel: 1, to: 0, text: 'patient' });
  await assert.rejects(net.request('craft', { recipe: 0 }));
  net.open();
  hear('welcome', { you: 1 });
  assert.deepEqual(Line.all[1].sent, ['say']);
  hear('done', { ref: 1, id: 5 });
  await said;
});

test('nothing is sent again from a window that was left', async () => {
  const { net } = connected();
  const lost = net.request('say', { channel: 1, to: 0, text: 'elsewhere' });
  Line.all[0].cut(protocol.closed.elsewhere);
  await assert.rejects(lost);
});

test('nothing is sent or heard for somebody else who has logged in meanwhile: the page begins anew', async () => {
  const { net, hear } = connected();
  let anew = 0;
  net.beginAnew = () => { anew += 1; };
  const heard = [];
  net.on('welcome', ({ you }) => heard.push(you));
  net.input('dig', { x: 1, y: 1 });
  const asked = net.request('say', { channel: 1, to: 0, text: 'as the one before' });
  Line.all[0].cut();
  net.open();
  hear('welcome', { you: 2 });
  assert.deepEqual([Line.all[1].sent, heard, anew], [[], [], 1]);
  assert.equal(net.waiting.size, 0, 'nobody waits for ever');
  await assert.rejects(asked);
});

test('what the table does not allow is refused at once, and never sent after a break', async () => {
  const { net, hear } = connected();
  await assert.rejects(net.request('report', { peer: 2, message: 0, reason: '' }), RangeError);
  assert.equal(net.waiting.size, 0);
  Line.all[0].cut();
  net.open();
  const states = [];
  net.onState = (state) => states.push(state);
  hear('welcome', { you: 1 });
  assert.deepEqual([states, Line.all[1].sent], [['open'], []]);
});

test('no more may wait than the server remembers', async () => {
  const { net } = connected();
  for (let i = 0; i < protocol.most_waiting; i++) assert.ok(net.input('craft', { recipe: 0 }));
  assert.equal(net.input('craft', { recipe: 0 }), 0);
});

test('a lost connection is sought again at once, a world that is full after a while', () => {
  const waits = [];
  const sleep = globalThis.setTimeout;
  globalThis.setTimeout = (_, wait) => waits.push(wait);
  const { net } = connected();
  Line.all[0].cut();
  net.open();
  Line.all[1].cut(1013);
  globalThis.setTimeout = sleep;
  assert.ok(waits[0] < 200 && waits[1] >= 5000, String(waits));
});

test('however long the server is away, no wait is so long that the world would not show within a second of its return', () => {
  const waits = [];
  const sleep = globalThis.setTimeout;
  globalThis.setTimeout = (_, wait) => waits.push(wait);
  const { net } = connected();
  for (let i = 0; i < 30; i++) {
    Line.all.at(-1).cut(i % 5 ? 1006 : protocol.closed.too_many); // refused for its haste at times
    net.open();
  }
  globalThis.setTimeout = sleep;
  assert.equal(waits.length, 30);
  assert.ok(Math.max(...waits) <= 700, String(waits));
});

test('a connection that nothing answers is given up, before it is made and afterwards', () => {
  let now = 0;
  const clock = mock.method(performance, 'now', () => now);
  for (const [readyState, patience] of [[1, 12000], [0, 5000]]) {
    const { net } = connected();
    Line.all[0].readyState = readyState; // 0: the line takes up all, and brings nothing
    now += patience;
    lookAfter();
    assert.equal(net.socket, Line.all[0]);
    now += 1;
    lookAfter();
    assert.ok(Line.all[0].isGivenUp);
    net.open();
    assert.equal(net.socket, Line.all[1], 'whatever becomes of the other');
    Line.all[0].cut();
    assert.equal(net.socket, Line.all[1]);
  }
  clock.mock.restore();
});

test('a page whose tables are no longer the server\'s begins anew, once', () => {
  const { net, hear, seen } = connected();
  for (const times of [1, 2]) {
    Line.all.at(-1).cut();
    net.open();
    hear('welcome', { you: 1 });
    assert.deepEqual(seen, { anew: 0, welcomes: 1 + times }, 'as long as they are the same');
  }
  Line.all.at(-1).cut();
  net.open();
  hear('welcome', { you: 1, edition: 'other' });
  hear('done', { ref: 1, id: 0 });
  assert.deepEqual(seen, { anew: 1, welcomes: 3 }, 'and takes in nothing that it would not understand');

  const again = page(); // which was given the old tables once more
  again.hear('welcome', { you: 1, edition: 'other' });
  assert.deepEqual(again.seen, { anew: 0, welcomes: 1 }, 'rather than for ever');
});

test('a page whose tab can remember nothing does not begin anew again and again', () => {
  const { getItem } = sessionStorage;
  sessionStorage.getItem = () => { throw new Error('Storage is blocked.'); };
  const { hear, seen } = page();
  hear('welcome', { you: 1, edition: 'another' });
  sessionStorage.getItem = getItem;
  assert.deepEqual(seen, { anew: 0, welcomes: 1 });
});

for (const [version, sent] of [[protocol.version, ['say']], [protocol.version + 1, []]]) {
  test(`words that wait are sent before a page begins anew, ${sent.length ? 'and taken' : 'but not to a server that understands others'}`, () => {
    const sleep = globalThis.setTimeout;
    const { net, hear, seen } = connected();
    Line.all[0].cut();
    net.request('say', { channel: 1, to: 0, text: 'into the silence' });
    net.open();
    let later = () => {};
    globalThis.setTimeout = (begin) => { later = begin; };
    hear('welcome', { you: 1, version, edition: `${version}` });
    globalThis.setTimeout = sleep;
    assert.deepEqual([Line.all[1].sent, seen.anew], [sent, sent.length ? 0 : 1]);
    later();
    assert.equal(seen.anew, 1);
  });
}
