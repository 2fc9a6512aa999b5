// Talking: what is open before the player, what they say, and what arrives. Shows nothing itself; panels/chatbox.js listens.

import { Conversations, NEARBY, PRIVATE, WORLD } from './conversations.js';
import { t } from '../page/lang.js';
import { Opinions } from './opinions.js';

export { NEARBY, PRIVATE, WORLD };

/** @typedef {import('./conversations.js').Message} Message @typedef {import('./conversations.js').Conversation} Conversation */

const SAME_WITHIN = 60_000; // ms between our clock and the server's for one and the same message
const TYPING_EVERY = 2500; // ms between two signs of ours that we are writing
const READ_EVERY = 1000; // ms between two words on how far we have read

export class Chat extends Conversations {
  /** @param {import('../net/net.js').Net} net @param {import('../world/state.js').World} world */
  constructor(net, world) {
    super(net, world);
    this.net = net;
    this.opinions = new Opinions(net, this, world);
    this.opinions.onShunned = () => this.#askAnew();
    this.open = this.conversation(NEARBY, 0);
    this.conversation(WORLD, 0);
    /** @type {Message | null} what the next message replies to */
    this.replyTo = null;
    this.watched = false; // whether the player has the open conversation before their eyes
    this.typedAt = -Infinity;
    this.seen = new Set(); // conversations of which the server does not know yet how far they are read
    this.seenTimer = 0;
    globalThis.addEventListener?.('pagehide', () => this.#tellSeen());
    net.on('welcome', () => this.#reconnected());
    world.on('landmarks', ({ atlas }) => this.#belongsTo(atlas));
    net.on('said', (m) => this.#said(m));
    net.on('history', (m) => this.#history(m));
    net.on('unread', (m) => this.#unread(m.unread));
    net.on('forgotten', (m) => this.#forgotten(m.player));
    this.listen((change, ids) => change === 'unsaid' && ids.includes(this.replyTo?.id) && this.reply(null));
  }

  show(conversation) {
    if (conversation !== this.open) this.reply(null);
    this.open = conversation;
    this.typedAt = -Infinity;
    if (!conversation.asked) this.older(conversation);
    this.tell('opened', conversation);
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
    if (conversation.behind || !conversation.messages.some((message) => message.id === id)) {
      this.clear(conversation);
      conversation.asked = true;
      conversation.detached = true;
      try {
        await this.net.request('history', { channel, peer, before: id + 1 });
      } catch (refusal) {
        this.tell('refused', refusal.message);
      }
    }
    const message = conversation.messages.find((other) => other.id === id);
    if (!message) {
      this.tell('refused', t('chat.gone'));
      this.toNewest(conversation);
      return;
    }
    this.show(conversation);
    this.tell('found', message);
  }

  /** Back from an old page to what is being said now. */
  toNewest(conversation = this.open) {
    this.clear(conversation);
    this.show(conversation);
  }

  /** Leaves a private conversation; it comes back with the next message. */
  hide(conversation) {
    this.drop(conversation);
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
    this.tell('said', { message, conversation: this.open, own: true });
    this.#send(message);
  }

  async #send(message) {
    message.state = 'sending';
    this.tell('message', message);
    try {
      const { channel, to, text, quote } = message;
      const { id } = await (quote ? this.net.request('reply', { channel, to, text, quote }) : this.net.request('say', { channel, to, text }));
      this.#confirm(message, id);
    } catch (refusal) {
      message.state = 'failed';
      message.reason = refusal.message;
      this.tell('message', message);
    }
  }

  again(message) {
    this.#send(message);
  }

  #confirm(message, id) {
    const { messages } = this.of(message);
    const at = messages.indexOf(message); // −1: its talk was closed meanwhile, and what the server says of it opens that again
    if (this.byId.has(id) && this.byId.get(id) !== message) {
      if (at >= 0) messages.splice(at, 1);
    } else if (at >= 0) {
      message.id = id;
      this.byId.set(id, message);
    }
    message.state = undefined;
    this.tell('list');
    this.tell('message', message);
    this.sawOpen();
  }

  #said(m) {
    const conversation = this.of(m);
    if (conversation.behind && conversation !== this.open) this.letGoBefore(conversation, m.id);
    const own = m.sender === this.world.you && !m.agent;
    const waiting = own && conversation.messages.find((other) => other.state === 'sending' && other.text.trim() === m.text);
    if (waiting) {
      Object.assign(waiting, m, { state: undefined });
      this.byId.set(m.id, waiting);
      this.tell('message', waiting);
    } else if (!this.byId.has(m.id)) {
      if (!conversation.detached) {
        conversation.messages.push(m);
        this.byId.set(m.id, m);
        if (conversation !== this.open) this.trim(conversation); // else whoever shows it knows when
      }
      if (!own && !(this.watched && conversation === this.open)) {
        conversation.unread++;
        if (m.channel === PRIVATE || this.isMentioned(m)) conversation.mentions++;
      }
      this.tell('said', { message: m, conversation, own });
    }
    conversation.writing.delete(m.sender);
    this.tell('typing', conversation);
    this.sawOpen();
  }

  /** Asks for the newest page or, once that was asked for, what was said before the oldest message here, unless a page is on its way. */
  async older(conversation) {
    if (conversation.asking || (conversation.asked && !conversation.more)) return;
    const oldest = conversation.messages.find((message) => message.id > 0);
    const before = conversation.asked ? oldest?.id ?? 0 : 0;
    conversation.asked = true;
    const asking = conversation.asking = this.net.request('history', { channel: conversation.channel, peer: conversation.peer, before });
    const failed = await asking.then(() => false, () => true);
    if (conversation.asking !== asking) return; // all is asked for anew meanwhile
    conversation.asking = null;
    if (failed && before === 0) conversation.asked = false; // it is asked for again when somebody looks
  }

  #history(m) {
    const conversation = this.conversation(m.channel, m.peer, m.name);
    const first = Math.min(...m.messages.map(({ id }) => id));
    if (m.more && !this.byId.has(first)) this.letGoBefore(conversation, first); // more was missed than a page holds
    conversation.behind = false;
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
    this.tell('history', conversation);
    this.sawOpen();
  }

  /** A message whose answer was lost with the connection may have arrived all the same: then it is not to be sent again. */
  #dropRepeated({ messages }, kept) {
    const lost = messages.findIndex((m) => m.state === 'failed' && m.text === kept.text && kept.sender === this.world.you
      && Math.abs(m.time - kept.time) < SAME_WITHIN && !this.byId.has(kept.id));
    if (lost >= 0) messages.splice(lost, 1);
  }

  /** What is said next replies to this message, or (null) to none. */
  reply(message) {
    if (this.replyTo === message) return;
    this.replyTo = message;
    this.tell('reply', message);
  }

  /** Whom one hears has changed: what is shown of each conversation is asked for anew. */
  #askAnew() {
    for (const conversation of this.conversations.values()) this.clear(conversation);
    this.show(this.open);
  }

  /** After a break the newest page of a conversation, once it is looked at, fills in what was missed; it is merged by message id. */
  #reconnected() {
    for (const conversation of this.conversations.values()) {
      if (conversation.detached) this.clear(conversation);
      conversation.asked = false;
      conversation.asking = null;
      conversation.behind = conversation.messages.length > 0;
    }
    this.older(this.open);
  }

  /** Whose talks these are has been told. What another world's players said is none of this one's: then the page begins anew. */
  #belongsTo(atlas) {
    if (this.atlas && this.atlas !== atlas) this.net.beginAnew();
    else if (!this.atlas) this.recallTalks(atlas);
  }

  /** An account is gone: so is all that was said by it, and every talk with it. */
  #forgotten(player) {
    this.removeAllOf(player);
    for (const conversation of [...this.conversations.values()]) {
      if (conversation.channel === PRIVATE && conversation.peer === player) this.hide(conversation);
    }
    this.tell('list');
  }

  /** The player is typing into the open conversation. */
  typing(now) {
    if (now - this.typedAt < TYPING_EVERY) return;
    this.typedAt = now;
    this.net.send('typing', { channel: this.open.channel, to: this.open.peer });
  }

  #unread(list) {
    for (const { channel, peer, name, count, mentions } of list) {
      Object.assign(this.conversation(channel, peer, name), { unread: count, mentions });
    }
    this.tell('unread');
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
    this.seen.add(open);
    if (!this.seenTimer) this.#tellSeen();
    this.tell('unread');
  }

  /** At once, but in a crowd not of each message anew. */
  #tellSeen() {
    this.seenTimer = this.seen.size ? setTimeout(() => this.#tellSeen(), READ_EVERY) : 0;
    for (const { channel, peer, readTo } of this.seen) this.net.send('read', { channel, peer, message: readTo });
    this.seen.clear();
  }
}
