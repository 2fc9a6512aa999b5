import './english.mjs';

import assert from 'node:assert/strict';
import { mock, test } from 'node:test';

import { Chat, NEARBY, PRIVATE, WORLD } from '../../static/js/chat/chat.js';
import { HELD, MOST_HELD } from '../../static/js/chat/conversations.js';

const YOU = 1;

function talk() {
  const handlers = new Map();
  const sent = [];
  const net = { on: (name, handler) => handlers.set(name, [...(handlers.get(name) ?? []), handler]), send: (name, fields) => sent.push([name, fields.message]), input: () => 1, request: async () => ({}) };
  const world = { you: YOU, name: 'Ada', on: net.on };
  const chat = new Chat(net, world);
  chat.watched = true;
  const told = (name, fields) => handlers.get(name).forEach((handle) => handle(fields));
  const hear = (id, channel = NEARBY, more = {}) => told('said', { id, channel, sender: 2, name: 'Ben', to: 0, text: `${id}`, time: id, agent: false, ...more });
  return { chat, hear, sent, told };
}

test('the server hears at once that a message was read, and of a whole crowd of them once a second', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const { hear, sent } = talk();
  hear(1);
  assert.deepEqual(sent, [['read', 1]]);
  for (const id of [2, 3, 4]) hear(id);
  assert.equal(sent.length, 1);
  mock.timers.tick(1000);
  assert.deepEqual(sent.slice(1), [['read', 4]]);
  mock.timers.tick(5000);
  hear(5);
  assert.deepEqual(sent.slice(2), [['read', 5]], 'after a silence at once again');
  mock.timers.reset();
});

test('of very much that was said the oldest goes, but nothing that is not sent yet', () => {
  const { chat, hear } = talk();
  chat.net.request = () => new Promise(() => {});
  chat.say('still on its way');
  for (let id = 1; id < MOST_HELD; id++) hear(id);
  assert.deepEqual(chat.trim(chat.open), [], 'as many as may be');
  hear(MOST_HELD);
  const gone = chat.trim(chat.open);
  assert.deepEqual(gone.map(({ id }) => id), Array.from({ length: MOST_HELD - HELD }, (_, i) => i + 1));
  assert.deepEqual(chat.open.messages.map(({ id }) => id), [0, ...Array.from({ length: HELD }, (_, i) => MOST_HELD - HELD + 1 + i)]);
  assert.ok(chat.open.more, 'they can be asked for again');
  hear(1);
  assert.equal(chat.open.messages.at(-1).id, 1, 'and are not taken for known');
});

test('a conversation that nobody looks at does not grow without end', () => {
  const { chat, hear } = talk();
  for (let id = 1; id <= 2 * MOST_HELD; id++) hear(id, WORLD);
  assert.ok(chat.conversation(WORLD, 0).messages.length <= MOST_HELD);
});

for (const [gone, name, fields] of [
  ['taken back', 'taken_back', { message: 1 }], ['forgotten', 'unsaid', { messages: [{ id: 1 }] }], ['of a deleted account', 'forgotten', { player: 2 }],
]) {
  test(`a message that is ${gone} is quoted no more, also in what waits to be sent, and not replied to`, () => {
    const { chat, hear, told } = talk();
    chat.net.request = () => new Promise(() => {});
    hear(1);
    hear(2, NEARBY, { sender: 3, quote: 1, quoted_name: 'Ben', quoted: '1' });
    chat.reply(chat.byId.get(1));
    chat.say('on its way');
    chat.reply(chat.byId.get(1));
    told(name, fields);
    assert.equal(chat.replyTo, null);
    assert.deepEqual(chat.open.messages.map(({ id, quote, quoted }) => [id, quote, quoted]), [[2, 0, ''], [0, 0, '']]);
  });
}

test('a private talk that was closed is there in whole when it is opened again', () => {
  const { chat, hear, told } = talk();
  chat.talkTo(2, 'Ben');
  hear(1, PRIVATE, { to: YOU });
  chat.hide(chat.open);
  chat.talkTo(2, 'Ben');
  told('history', { channel: PRIVATE, peer: 2, more: false, messages: [{ id: 1, channel: PRIVATE, sender: 2, name: 'Ben', to: YOU, text: '1', time: 1 }] });
  assert.deepEqual(chat.open.messages.map(({ id }) => id), [1]);
});

test('a private talk that was closed comes back with the next message, and not because somebody begins to write one', () => {
  const { chat, hear, told } = talk();
  chat.talkTo(2, 'Ben');
  chat.hide(chat.open);
  told('typing', { channel: PRIVATE, sender: 2, name: 'Ben' });
  assert.ok(!chat.conversations.has('private 2'));
  hear(1, PRIVATE, { to: YOU });
  assert.ok(chat.conversations.has('private 2'));
});

for (const [first, saidFirst] of [['before', true], ['after', false]]) {
  test(`what was on its way when its talk was closed is shown once, heard ${first} it is confirmed`, async () => {
    const { chat, told } = talk();
    let confirm;
    chat.net.request = () => new Promise((resolve) => { confirm = () => resolve({ id: 5 }); });
    chat.talkTo(2, 'Ben');
    chat.say('on its way');
    chat.hide(chat.open);
    const heard = () => told('said', { id: 5, channel: PRIVATE, sender: YOU, name: 'Ada', to: 2, text: 'on its way', time: 1, agent: false });
    if (saidFirst) heard();
    confirm();
    await new Promise(setImmediate);
    if (!saidFirst) heard();
    assert.deepEqual(chat.conversation(PRIVATE, 2).messages.map(({ id }) => id), [5]);
  });
}

test('private talks are kept by player and world, and where the world has become another the page begins anew', () => {
  const kept = new Map([['nanoverse.talks.1', '[{"peer":2,"name":"Zed"}]'], ['nanoverse.talks.1.5', '[{"peer":2,"name":"Eve"}]']]);
  globalThis.localStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, text) => kept.set(key, text) };
  try {
    const first = talk();
    first.hear(1, PRIVATE, { to: YOU }); // before it is told whose page this is
    first.told('landmarks', { atlas: '1.7' });
    first.chat.talkTo(3, 'Bob');
    const next = talk();
    next.told('welcome', { you: YOU });
    next.told('landmarks', { atlas: '1.7' });
    const names = () => [...next.chat.conversations.values()].filter(({ channel }) => channel === PRIVATE).map(({ name }) => name);
    assert.deepEqual(names(), ['Ben', 'Bob']);
    next.chat.net.beginAnew = () => names.begun = true;
    next.told('landmarks', { atlas: '1.7' });
    assert.ok(!names.begun);
    next.told('landmarks', { atlas: '1.8' });
    assert.ok(names.begun);
  } finally {
    delete globalThis.localStorage;
  }
});

test('a private talk that is opened at what oneself said in it is called by the other’s name', () => {
  const { chat, told } = talk();
  told('history', { channel: PRIVATE, peer: 7, name: 'Ben', more: false, messages: [{ id: 1, channel: PRIVATE, sender: YOU, name: 'Ada', to: 7, text: 'hello', time: 1 }] });
  assert.equal(chat.conversation(PRIVATE, 7).name, 'Ben');
});

test('the answers to pick from stay until one of them is picked', async () => {
  const { chat, hear, told } = talk();
  const refusals = [];
  chat.listen((change, detail) => change === 'refused' && refusals.push(detail));
  hear(1, NEARBY, { agent: true, offers: true });
  told('drafts', { message: 1, drafts: [{ id: 7, text: 'one' }, { id: 8, text: 'two' }] });
  const [message] = chat.open.messages;
  chat.net.request = async () => { throw new Error('There is no connection at the moment.'); };
  await chat.opinions.pick(message, message.drafts[1]);
  assert.deepEqual([refusals, message.drafts.length, message.offers], [['There is no connection at the moment.'], 2, true]);
  chat.net.request = async () => ({});
  await chat.opinions.pick(message, message.drafts[1]);
  assert.deepEqual([message.drafts, message.offers], [undefined, false]);
});

test('a page of older words is asked for once, however often the log is scrolled until it comes', async () => {
  const { chat } = talk();
  const asked = [];
  let come;
  const answers = () => new Promise((resolve, reject) => { come = { resolve, reject }; });
  chat.net.input = (name, { before }) => asked.push(before);
  chat.net.request = (name, { before }) => {
    asked.push(before);
    return answers();
  };
  for (let scrolled = 0; scrolled < 3; scrolled++) chat.older(chat.open);
  assert.equal(asked.length, 1);
  come.resolve({});
  await new Promise(setImmediate);
  chat.older(chat.open);
  assert.equal(asked.length, 2, 'then the next');
  come.reject(new Error('Too many pages at once; wait a moment.'));
  await new Promise(setImmediate);
  chat.show(chat.open);
  assert.equal(asked.length, 3, 'what was refused is asked for when it is looked at again');
});

/** A talk whose pages the test itself brings: `asked` tells where each was to begin, `come` brings one of them. */
function paged() {
  const talking = talk();
  const { chat, told } = talking;
  const asked = [];
  const answers = [];
  chat.net.request = (name, { channel, before }) => {
    asked.push([channel, before]);
    return new Promise((resolve, reject) => answers.push({ channel, resolve, reject }));
  };
  const come = async (from, to, more) => {
    const { channel, resolve } = answers.shift();
    const messages = Array.from({ length: to - from + 1 }, (_, i) => ({ id: from + i, channel, sender: 2, name: 'Ben', to: 0, text: `${from + i}`, time: from + i }));
    told('history', { channel, peer: 0, messages, more });
    resolve({});
    await new Promise(setImmediate);
  };
  const fail = async () => {
    answers.shift().reject(new Error('Too many pages at once; wait a moment.'));
    await new Promise(setImmediate);
  };
  const reconnect = () => told('welcome', { you: YOU });
  return { ...talking, asked, come, fail, reconnect, ids: (conversation = chat.open) => conversation.messages.map(({ id }) => id) };
}

test('what was missed in a break comes at once where one looks, and elsewhere once one looks there', async () => {
  const { chat, hear, asked, come, reconnect, ids } = paged();
  const world = chat.conversation(WORLD, 0);
  hear(1);
  hear(11, WORLD);
  reconnect();
  chat.older(chat.open); // somebody scrolls to the top meanwhile
  assert.deepEqual(asked, [[NEARBY, 0]]);
  await come(1, 3, false);
  assert.deepEqual(ids(), [1, 2, 3]);
  chat.show(world);
  assert.deepEqual(asked.slice(1), [[WORLD, 0]]);
  await come(11, 13, false);
  assert.deepEqual(ids(), [11, 12, 13]);
});

test('a page that was on its way when the line was lost keeps none from being asked for', async () => {
  const { chat, asked, come, reconnect } = paged();
  chat.show(chat.open);
  await come(8, 9, true);
  chat.older(chat.open);
  reconnect();
  assert.deepEqual(asked, [[NEARBY, 0], [NEARBY, 8], [NEARBY, 0]]);
});

test('if more was missed than a page holds, what is older goes until one scrolls up to it, and what is not sent stays', async () => {
  const { chat, hear, asked, come, reconnect, ids } = paged();
  for (const id of [1, 2]) hear(id);
  chat.net.request = ((request) => (name, fields) => (name === 'history' ? request(name, fields) : new Promise(() => {})))(chat.net.request);
  chat.say('on its way');
  reconnect();
  hear(60);
  await come(11, 60, true);
  assert.deepEqual([ids().length, ids()[0], ids().at(-2), ids().at(-1)], [51, 11, 60, 0]);
  assert.ok(!chat.byId.has(1));
  chat.older(chat.open);
  assert.deepEqual(asked.at(-1), [NEARBY, 11]);
  await come(1, 10, false);
  assert.deepEqual(ids(), [...Array.from({ length: 60 }, (_, i) => i + 1), 0]);
});

test('what a page joins on to stays', async () => {
  const { hear, come, reconnect, ids } = paged();
  for (const id of [1, 2, 3]) hear(id);
  reconnect();
  await come(3, 52, true);
  assert.equal(ids()[0], 1);
});

test('where nobody looks there is no gap either between what was said before a break and long after', async () => {
  const { chat, hear, come, reconnect, ids } = paged();
  const world = chat.conversation(WORLD, 0);
  for (const id of [1, 2]) hear(id, WORLD);
  reconnect();
  assert.deepEqual(ids(world), [1, 2], 'the newest of it is still shown by the folded chat');
  for (let id = 100; id < 160; id++) hear(id, WORLD);
  chat.show(world);
  await come(1, 1, false); // nearby, where the player was
  await come(110, 159, true);
  assert.deepEqual([ids()[0], ids().length], [100, 60]);
});

test('a message that was looked for stays, though words may have been missed since', async () => {
  const { chat, hear, asked, come, reconnect, ids } = paged();
  hear(12, WORLD);
  reconnect();
  await come(1, 1, false); // nearby, where the player is
  const shown = chat.showMessage({ channel: WORLD, peer: 0, name: '', id: 12 });
  assert.deepEqual(asked.at(-1), [WORLD, 13]);
  await come(11, 12, false);
  await shown;
  assert.deepEqual([ids(), chat.open.detached], [[11, 12], true]);
});

test('nothing is let go of while the page that joins on to it is on its way', async () => {
  const { chat, hear, come, ids } = paged();
  chat.show(chat.open);
  await come(101, 150, true);
  chat.older(chat.open);
  for (let id = 151; id <= 101 + MOST_HELD; id++) hear(id);
  assert.deepEqual(chat.trim(chat.open), []);
  await come(51, 100, true);
  assert.equal(ids().length, ids().at(-1) - ids()[0] + 1);
  assert.notDeepEqual(chat.trim(chat.open), []);
});

test('an older page that is refused is asked for again, and not the newest in its place', async () => {
  const { chat, asked, come, fail } = paged();
  chat.show(chat.open);
  await come(8, 9, true);
  chat.older(chat.open);
  await fail();
  chat.older(chat.open);
  assert.deepEqual(asked, [[NEARBY, 0], [NEARBY, 8], [NEARBY, 8]]);
});
