// The connection: one WebSocket that comes back by itself, requests that are answered by number, and the clock. What was
// sent and not answered when the connection is lost is sent again; the server knows by the page's number (its `visit`)
// and the message's what it has done already.

import { isNews } from '../page/keep.js';
import { t } from '../page/lang.js';
import { inOwnWords } from '../page/sentences.js';

const RETRY_FIRST = 150; // ms
const RETRY_LONGEST = 700; // so that the world shows again within a second of the server being back
const PING_EVERY = 4000;
const SILENT_FOR = 12000; // no word for so long: the line is dead though nobody closed it
const CONNECTS_WITHIN = 5000; // a browser would wait for minutes, also when the line has long been back
const TAKEN_WITHIN = 2000; // what is sent last before the page begins anew

/** Not sent again: steps, since the body is where the server has it, ways for the same reason, and what is asked for anew after each welcome. */
const NOT_AGAIN = new Set(['move', 'go', 'history', 'drive', 'watch', 'follow']);
/** What can wait for the server to come back: words, and the letting go of what was begun. */
const CAN_WAIT = new Set(['say', 'reply', 'stop']);

export const FULL = 1013; // try again later (registered after RFC 6455)
const FULL_FOR = 5000; // ms

export class Net {
  /** @param {import('./codec.js').Codec} codec @param {string} edition of the tables that this page goes by */
  constructor(codec, edition, url = socketUrl('/ws')) {
    this.codec = codec;
    this.edition = edition;
    this.mostWaiting = codec.table.most_waiting; // answers; the server remembers a few more
    this.codes = codec.table.closed; // by which the server says why it closes the connection
    this.url = url;
    this.socket = null;
    this.handlers = new Map();
    this.visit = Math.floor(Math.random() * 2 ** 53);
    this.waiting = new Map(); // by number: whom the answer is for
    this.unanswered = new Map(); // by number: the frame that was sent, or waits to be
    this.ref = 0;
    this.retry = RETRY_FIRST;
    this.wanted = false;
    this.welcomed = false; // whether this connection has been greeted: until then all waits
    this.onState = () => {};
    this.beginAnew = () => location.reload(); // the page
    this.beforeInput = () => {}; // what was put off goes first: the server takes inputs in their order
    this.heard = 0;
    setInterval(() => this.#watch(), PING_EVERY);
    globalThis.addEventListener?.('online', () => this.wanted && this.open());
  }

  /** Calls `handler(fields)` for each server message called `name`. */
  on(name, handler) {
    this.handlers.set(name, [...(this.handlers.get(name) ?? []), handler]);
  }

  open() {
    this.wanted = true;
    clearTimeout(this.timer);
    if (this.socket) return;
    this.onState('connecting');
    const socket = new WebSocket(`${this.url}?visit=${this.visit}`);
    socket.binaryType = 'arraybuffer';
    this.heard = performance.now();
    socket.onopen = () => { this.heard = performance.now(); };
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = ({ code, reason }) => this.#closed(socket, code, reason);
    this.socket = socket;
  }

  get ready() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  /** Sends without waiting for an answer. @returns {boolean} whether it was handed to the socket */
  send(name, values = {}) {
    if (!this.ready) return false;
    this.socket.send(this.codec.encode(name, values));
    return true;
  }

  /** Sends a numbered input. @returns {number} its number, or 0 when there is no connection and it cannot wait */
  input(name, values = {}) {
    this.beforeInput();
    if (!this.ready && !CAN_WAIT.has(name)) return 0;
    const again = !NOT_AGAIN.has(name);
    if (again && this.unanswered.size >= this.mostWaiting) return 0;
    const ref = this.ref + 1;
    const frame = this.codec.encode(name, { ref, ...values }); // what the table does not allow goes no further
    this.ref = ref;
    if (again) this.unanswered.set(ref, frame);
    if (this.welcomed || !again) this.socket.send(frame);
    return ref;
  }

  /**
   * Sends a numbered message and resolves with the answer that carries its number: `done` or the named one, if need be
   * after the connection was lost and has come back. Rejects with a sentence when it is refused or cannot be sent.
   */
  request(name, values = {}) {
    return new Promise((resolve, reject) => {
      const ref = this.input(name, values);
      if (!ref) reject(new Error(t('connection.none')));
      else this.waiting.set(ref, { resolve, reject });
    });
  }

  #receive(data) {
    this.heard = performance.now();
    for (const [name, fields] of this.codec.decode(data)) {
      if (name === 'welcome' && this.#isForAnother(fields)) return;
      if (name === 'welcome') this.#welcomed(fields.you);
      if (name === 'refused') fields.reason = inOwnWords(fields.reason);
      this.#answer(name, fields);
      for (const handler of this.handlers.get(name) ?? []) handler(fields);
    }
  }

  #answer(name, fields) {
    if (name === 'you') return;
    this.unanswered.delete(fields.ref);
    const waiting = this.waiting.get(fields.ref);
    if (!waiting) return;
    this.waiting.delete(fields.ref);
    if (name === 'refused') waiting.reject(new Error(fields.reason));
    else waiting.resolve(fields);
  }

  /** The player goes, and the page with them: whatever else becomes of the line is told to nobody. */
  leave() {
    this.wanted = false;
    clearTimeout(this.timer);
    if (this.socket) this.socket.onclose = this.socket.onmessage = null;
    this.socket?.close();
  }

  /** Whether a greeting is for another page than this one, which begins anew then. */
  #isForAnother({ you, version, edition }) {
    const news = isNews('edition', edition); // or loading the page did not bring these tables: then no more can be done
    if (this.you && this.you !== you) this.#end();
    else if (edition !== this.edition && news) this.#renew(version);
    else return false;
    return true;
  }

  /** Somebody else is logged in here by now: what this page shows, and waits for, is not theirs. */
  #end() {
    this.wanted = false;
    this.unanswered.clear();
    this.#giveUp();
    this.socket.onmessage = null;
    this.beginAnew();
  }

  /** The server was upgraded and goes by other tables. What waits for it is sent before, if it still speaks the same. */
  #renew(version) {
    this.wanted = false;
    this.socket.onmessage = null;
    const waiting = version === this.codec.table.version ? [...this.unanswered.values()] : [];
    for (const frame of waiting) this.socket.send(frame);
    if (waiting.length) setTimeout(this.beginAnew, TAKEN_WITHIN);
    else this.beginAnew();
  }

  #welcomed(you) {
    this.you = you;
    this.retry = RETRY_FIRST;
    this.welcomed = true;
    for (const frame of this.unanswered.values()) this.socket.send(frame);
    this.onState('open');
  }

  /** Whoever waits for an answer that will not come, since it is not asked for again, is told. */
  #giveUp() {
    for (const [ref, { reject }] of this.waiting) {
      if (this.unanswered.has(ref)) continue;
      this.waiting.delete(ref);
      reject(new Error(t('connection.lost_answer')));
    }
  }

  #closed(socket, code, reason) {
    if (socket !== this.socket) return;
    this.socket = null;
    this.welcomed = false;
    const { not_logged_in: loggedOut, elsewhere, locked, too_many: tooMany } = this.codes;
    if ([loggedOut, elsewhere, locked].includes(code)) this.wanted = false;
    if (!this.wanted) this.unanswered.clear();
    this.#giveUp();
    this.onState('closed', code, inOwnWords(reason));
    if (!this.wanted) return;
    const wait = { [tooMany]: RETRY_LONGEST, [FULL]: FULL_FOR }[code] ?? this.retry;
    this.retry = Math.min(this.retry * 1.6, RETRY_LONGEST);
    this.timer = setTimeout(() => this.open(), wait);
  }

  /** Without waiting for the browser, which hopes for an answer to its goodbye, for a minute or more. */
  #giveUpLine() {
    const { socket } = this;
    socket.onmessage = null;
    socket.close(4000);
    this.#closed(socket, 4000, '');
  }

  #watch() {
    if (!this.socket) return;
    if (performance.now() - this.heard > (this.ready ? SILENT_FOR : CONNECTS_WITHIN)) this.#giveUpLine();
    else this.send('ping', { time: Math.round(performance.now()) });
  }
}

export function socketUrl(path) {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${path}`;
}
