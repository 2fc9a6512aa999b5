// What was said: one conversation for each channel and each private partner, with its history, unread count and who is
// writing just now. Shows nothing itself; panels/chatbox.js listens.

import { keep, recall } from './keep.js';
import { t } from './lang.js';
import { mentionsOf } from './mentions.js';

export const NEARBY = 0;
export const WORLD = 1;
export const PRIVATE = 2;

const TYPING_FOR = 4000; // ms a sign of writing is believed
const SAME_WITHIN = 60_000; // ms between our clock and the server's for one and the same message
const MOST_KEPT = 12; // private talks that are open again on the next visit
const TYPING_EVERY = 2500; // ms between two of ours

/**
 * @typedef {{id: number, channel: number, sender: number, name: string, to: number, text: string, time: number,
 *   agent: boolean, version: number, likes: number, dislikes: number, mine: number, offers: boolean, quote: number, quoted_name: string, quoted: string,
 *   state?: 'sending' | 'failed', reason?: string, asking?: boolean, drafts?: {id: number, text: string}[]}} Message
 * @typedef {{key: string, channel: number, peer: number, name: string, messages: Message[], more: boolean,
 *   asked: boolean, unread: number, mentions: number, detached: boolean, writing: Map<number, {name: string, until: number}>}} Conversation
 */

export class Chat {
  /** @param {import('./net.js').Net} net @param {import('./state.js').World} world */
  constructor(net, world) {
    this.net = net;
    this.world = world;
    /** @type {Map<string, Conversation>} */
    this.conversations = new Map();
    /** @type {Map<number, Message>} */
    this.byId = new Map();
    this.listeners = [];
    this.open = this.conversation(NEARBY, 0);
    this.conversation(WORLD, 0);
    /** @type {{id: number, name: string, blocked: boolean}[]} */
    this.shunned = [];
    /** @type {Message | null} what the next message replies to */
    this.replyTo = null;
    this.watched = false; // whether the player has the open conversation before their eyes
    this.typedAt = -Infinity;
    net.on('welcome', (m) => this.#reconnected(m.you));
    net.on('said', (m) => this.#said(m));
    net.on('history', (m) => this.#history(m));
    net.on('reaction', (m) => this.#reaction(m));
    net.on('typing', (m) => this.#typing(m));
    net.on('unread', (m) => this.#unread(m.unread));
    net.on('drafts', (m) => this.#update(m.message, { drafts: m.drafts, asking: false }));
    net.on('shunned', (m) => this.#shunned(m.shunned));
    net.on('taken_back', (m) => this.#takenBack(m.message));
    net.on('unsaid', (m) => this.#unsaid(m.messages.map(({ id }) => id)));
    net.on('forgotten', (m) => this.#forgotten(m.player));
    net.on('replaced', (m) => this.#update(m.message, { text: m.text, drafts: undefined, offers: false }));
  }

  /** Calls `listener(change, detail)` after: said, message, list, unread, typing, opened, found, reply, unsaid, forgot. */
  listen(listener) {
    this.listeners.push(listener);
  }

  #tell(change, detail) {
    for (const listener of this.listeners) listener(change, detail);
  }

  /** The conversation of a channel, in private with `peer`; begun if need be. */
  conversation(channel, peer, name = '') {
    const key = channel === PRIVATE ? `private ${peer}` : String(channel);
    let found = this.conversations.get(key);
    if (!found) {
      const title = channel === NEARBY ? t('chat.nearby') : channel === WORLD ? t('chat.world') : name || t('chat.player', { number: peer });
      found = { key, channel, peer, name: title, messages: [], more: true, asked: false, unread: 0, mentions: 0, detached: false, writing: new Map() };
      this.conversations.set(key, found);
      this.#remember();
      this.#tell('list');
    } else if (name && channel === PRIVATE && found.name !== name) {
      found.name = name;
      this.#remember();
      this.#tell('list');
    }
    return found;
  }

  #of(message) {
    if (message.channel !== PRIVATE) return this.conversation(message.channel, 0);
    const own = message.sender === this.world.you;
    const peer = own ? message.to : message.sender;
    return this.conversation(PRIVATE, peer, own ? '' : message.name);
  }

  /** The private talks that are open, kept for the next visit in this browser. */
  #remember() {
    if (!this.world.you) return;
    const talks = [...this.conversations.values()].filter(({ channel }) => channel === PRIVATE);
    keep(`talks.${this.world.you}`, talks.slice(-MOST_KEPT).map(({ peer, name }) => ({ peer, name })));
  }

  show(conversation) {
    if (conversation !== this.open) this.reply(null);
    this.open = conversation;
    this.typedAt = -Infinity;
    if (!conversation.asked) this.older(conversation);
    this.#tell('opened', conversation);
    this.sawOpen();
  }

  talkTo(peer, name) {
    this.show(this.conversation(PRIVATE, peer, name));
  }

  /**
   * Opens a conversation at one of its messages, however old that is. If it is not here yet, the conversation shows the
   * page that ends with it and is `detached` from what came after, until `toNewest`.
   */
  async showMessage({ channel, peer, name, id }) {
    const conversation = this.conversation(channel, peer, name);
    if (!conversation.messages.some((message) => message.id === id)) {
      this.#forget(conversation);
      conversation.asked = true;
      conversation.detached = true;
      try {
        await this.net.request('history', { channel, peer, before: id + 1 });
      } catch (refusal) {
        this.#tell('refused', refusal.message);
      }
    }
    const message = conversation.messages.find((other) => other.id === id);
    if (!message) {
      this.#tell('refused', t('chat.gone'));
      this.toNewest(conversation);
      return;
    }
    this.show(conversation);
    this.#tell('found', message);
  }

  /** Back from an old page to what is being said now. */
  toNewest(conversation = this.open) {
    this.#forget(conversation);
    this.show(conversation);
  }

  #forget(conversation) {
    for (const { id } of conversation.messages) this.byId.delete(id);
    conversation.messages = conversation.messages.filter((message) => message.state);
    conversation.asked = false;
    conversation.more = true;
    conversation.detached = false;
  }

  /** Leaves a private conversation; it comes back with the next message. */
  hide(conversation) {
    this.conversations.delete(conversation.key);
    this.#remember();
    this.#tell('list');
    if (this.open === conversation) this.show(this.conversation(NEARBY, 0));
  }

  /** Shows the message at once; it is kept only when the server has it. */
  say(text) {
    if (this.open.detached) this.toNewest();
    const { channel, peer } = this.open;
    const { replyTo } = this;
    const message = {
      id: 0, channel, sender: this.world.you, name: this.world.name, to: peer, text, time: Date.now(), agent: false, version: 0,
      likes: 0, dislikes: 0, mine: 0, offers: false, state: 'sending',
      quote: replyTo?.id ?? 0, quoted_name: replyTo?.name ?? '', quoted: replyTo?.text ?? '',
    };
    this.reply(null);
    this.open.messages.push(message);
    this.typedAt = -Infinity; // what is written next is news again
    this.#tell('said', { message, conversation: this.open, own: true });
    this.#send(message);
  }

  async #send(message) {
    message.state = 'sending';
    this.#tell('message', message);
    try {
      const { channel, to, text, quote } = message;
      const { id } = await (quote ? this.net.request('reply', { channel, to, text, quote }) : this.net.request('say', { channel, to, text }));
      this.#confirm(message, id);
    } catch (refusal) {
      message.state = 'failed';
      message.reason = refusal.message;
      this.#tell('message', message);
    }
  }

  again(message) {
    this.#send(message);
  }

  #confirm(message, id) {
    const { messages } = this.#of(message);
    if (this.byId.has(id) && this.byId.get(id) !== message) messages.splice(messages.indexOf(message), 1);
    else {
      message.id = id;
      this.byId.set(id, message);
    }
    message.state = undefined;
    this.#tell('list');
    this.#tell('message', message);
    this.sawOpen();
  }

  #said(m) {
    const conversation = this.#of(m);
    const own = m.sender === this.world.you && !m.agent;
    const waiting = own && conversation.messages.find((other) => other.state === 'sending' && other.text.trim() === m.text);
    if (waiting) {
      Object.assign(waiting, m, { state: undefined });
      this.byId.set(m.id, waiting);
      this.#tell('message', waiting);
    } else if (!this.byId.has(m.id)) {
      if (!conversation.detached) {
        conversation.messages.push(m);
        this.byId.set(m.id, m);
      }
      if (!own && !(this.watched && conversation === this.open)) {
        conversation.unread++;
        if (m.channel === PRIVATE || this.isMentioned(m)) conversation.mentions++;
      }
      this.#tell('said', { message: m, conversation, own });
    }
    conversation.writing.delete(m.sender);
    this.#tell('typing', conversation);
    this.sawOpen();
  }

  /** Asks for what was said before the oldest message here. */
  older(conversation) {
    if (conversation.asked && !conversation.more) return;
    conversation.asked = true;
    const oldest = conversation.messages.find((message) => message.id > 0);
    this.net.input('history', { channel: conversation.channel, peer: conversation.peer, before: oldest?.id ?? 0 });
  }

  #history(m) {
    const conversation = this.conversation(m.channel, m.peer);
    for (const message of m.messages) {
      this.#dropRepeated(conversation, message);
      if (this.byId.has(message.id)) Object.assign(this.byId.get(message.id), message);
      else {
        this.byId.set(message.id, message);
        conversation.messages.push(message);
      }
    }
    conversation.messages.sort((a, b) => (a.id || Infinity) - (b.id || Infinity) || a.time - b.time);
    conversation.more = m.more;
    this.#tell('history', conversation);
    this.sawOpen();
  }

  /** A message whose answer was lost with the connection may have arrived all the same: then it is not to be sent again. */
  #dropRepeated({ messages }, kept) {
    const lost = messages.findIndex((m) => m.state === 'failed' && m.text === kept.text && kept.sender === this.world.you
      && Math.abs(m.time - kept.time) < SAME_WITHIN && !this.byId.has(kept.id));
    if (lost >= 0) messages.splice(lost, 1);
  }

  /** Whether a message of somebody else names the player. */
  isMentioned(message) {
    return message.sender !== this.world.you && mentionsOf(message.text, this.world.name).length > 0;
  }

  /** What is said next replies to this message, or (null) to none. */
  reply(message) {
    if (this.replyTo === message) return;
    this.replyTo = message;
    this.#tell('reply', message);
  }

  /** Mutes (1), blocks (2) or hears (0) somebody. */
  async shun(peer, level) {
    try {
      await this.net.request('shun', { peer, level });
    } catch (refusal) {
      this.#tell('refused', refusal.message);
    }
  }

  /** Whom one hears has changed: what is shown of each conversation is asked for anew. */
  #shunned(list) {
    const before = JSON.stringify(this.shunned);
    const first = !this.knowsShunned;
    this.knowsShunned = true;
    this.shunned = list;
    if (first || before === JSON.stringify(list)) return;
    for (const conversation of this.conversations.values()) this.#forget(conversation);
    this.show(this.open);
  }

  /** Tells the admin of a message, or of a scroll. @returns {Promise<boolean>} whether that went well */
  async report(message, reason) {
    try {
      if (message.scroll) await this.net.request('report_scroll', { scroll: message.scroll, reason });
      else await this.net.request('report', { peer: message.sender, message: message.id, reason });
      return true;
    } catch (refusal) {
      this.#tell('refused', refusal.message);
      return false;
    }
  }

  /** After a break the newest page fills in what was missed; it is merged by message id. */
  #reconnected(you) {
    for (const { peer, name } of recall(`talks.${you}`, [])) this.conversation(PRIVATE, peer, name);
    for (const conversation of this.conversations.values()) {
      if (conversation.detached) this.#forget(conversation);
      conversation.asked = false;
    }
    this.open.asked = true;
    this.net.input('history', { channel: this.open.channel, peer: this.open.peer, before: 0 });
  }

  react(message, value) {
    const before = message.mine;
    const next = before === value ? 0 : value;
    this.#move(message, before, next);
    this.net.request('react', { message: message.id, value: next }).catch((refusal) => {
      this.#move(message, next, before);
      this.#tell('refused', refusal.message);
    });
  }

  #move(message, from, to) {
    const likes = message.likes + (to === 1) - (from === 1);
    const dislikes = message.dislikes + (to === -1) - (from === -1);
    this.#update(message.id, { likes, dislikes, mine: to });
  }

  #reaction(m) {
    const changes = { likes: m.likes, dislikes: m.dislikes };
    if (m.by === this.world.you) changes.mine = m.value;
    this.#update(m.message, changes);
  }

  /** Asks the agent for another answer; it comes as drafts to pick from. */
  another(message) {
    this.#update(message.id, { asking: true });
    this.net.request('another', { message: message.id }).catch((refusal) => {
      this.#update(message.id, { asking: false });
      this.#tell('refused', refusal.message);
    });
  }

  pick(message, draft) {
    this.net.request('pick', { message: message.id, draft: draft.id }).catch((refusal) => this.#tell('refused', refusal.message));
    this.#update(message.id, { drafts: undefined, offers: false });
  }

  #update(id, changes) {
    const message = this.byId.get(id);
    if (!message) return;
    Object.assign(message, changes);
    this.#tell('message', message);
  }

  /** What somebody said is forgotten: it goes, and so does each quote of it. */
  #unsaid(ids) {
    const gone = new Set(ids);
    for (const id of ids) this.#takenBack(id);
    if (gone.has(this.replyTo?.id)) this.reply(null);
    for (const message of this.byId.values()) {
      if (gone.has(message.quote)) this.#update(message.id, { quote: 0, quoted_name: '', quoted: '' });
    }
    this.#tell('unsaid', ids);
  }

  /** Has one's own words forgotten: what was said once, or all that was said to somebody. @returns {Promise<boolean>} */
  forgetMessage(message) {
    return this.#forgetting('forget_message', { message });
  }

  forgetPerson(peer) {
    return this.#forgetting('forget_person', { peer });
  }

  async #forgetting(name, values) {
    try {
      await this.net.request(name, values);
      this.#tell('forgot');
      return true;
    } catch (refusal) {
      this.#tell('refused', refusal.message);
      return false;
    }
  }

  #takenBack(id) {
    const message = this.byId.get(id);
    if (!message) return;
    const conversation = this.#of(message);
    conversation.messages.splice(conversation.messages.indexOf(message), 1);
    this.byId.delete(id);
    this.#tell('list');
  }

  /** An account is gone: so is all that was said by it, and every talk with it. */
  #forgotten(player) {
    for (const conversation of [...this.conversations.values()]) {
      for (const { id, sender } of conversation.messages) if (sender === player) this.byId.delete(id);
      conversation.messages = conversation.messages.filter(({ sender }) => sender !== player);
      if (conversation.channel === PRIVATE && conversation.peer === player) this.hide(conversation);
    }
    this.#tell('list');
  }

  /** The player is typing into the open conversation. */
  typing(now) {
    if (now - this.typedAt < TYPING_EVERY) return;
    this.typedAt = now;
    this.net.send('typing', { channel: this.open.channel, to: this.open.peer });
  }

  #typing(m) {
    const conversation = m.channel === PRIVATE ? this.conversation(PRIVATE, m.sender, m.name) : this.conversation(m.channel, 0);
    conversation.writing.set(m.sender, { name: m.name, until: performance.now() + TYPING_FOR });
    this.#tell('typing', conversation);
    setTimeout(() => this.#tell('typing', conversation), TYPING_FOR + 50);
  }

  /** Who writes in a conversation at this moment. */
  writers(conversation, now) {
    for (const [id, writer] of conversation.writing) if (writer.until < now) conversation.writing.delete(id);
    return [...conversation.writing.values()].map((writer) => writer.name);
  }

  #unread(list) {
    for (const { channel, peer, name, count, mentions } of list) {
      Object.assign(this.conversation(channel, peer, name), { unread: count, mentions });
    }
    this.#tell('unread');
    this.sawOpen();
  }

  /** What lies open before the player's eyes is read. */
  sawOpen() {
    const { open } = this;
    if (!this.watched || open.detached || !open.messages.length) return;
    const newest = open.messages.findLast((message) => message.id > 0);
    if (!newest || (open.readTo >= newest.id && open.unread === 0)) return;
    open.readTo = newest.id;
    open.unread = 0;
    open.mentions = 0;
    this.net.send('read', { channel: open.channel, peer: open.peer, message: newest.id });
    this.#tell('unread');
  }
}
