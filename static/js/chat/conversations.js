// What was said: one conversation for each channel and each private partner, with its messages, its unread count and who is
// writing just now. Whoever shows them listens.

import { keep, recall } from '../page/keep.js';
import { t } from '../page/lang.js';
import { mentionsOf } from './mentions.js';

export const NEARBY = 0;
export const WORLD = 1;
export const PRIVATE = 2;

const TYPING_FOR = 4000; // ms a sign of writing is believed
export const MOST_HELD = 300; // messages of one conversation in the page; when there are more …
export const HELD = 200; // … so many of the newest stay
const MOST_KEPT = 12; // private talks that are open again on the next visit

/**
 * @typedef {{id: number, channel: number, sender: number, name: string, to: number, text: string, time: number,
 *   agent: boolean, version: number, likes: number, dislikes: number, mine: number, offers: boolean, quote: number, quoted_name: string, quoted: string,
 *   state?: 'sending' | 'failed', reason?: string, asking?: boolean, drafts?: {id: number, text: string}[]}} Message
 * @typedef {{key: string, channel: number, peer: number, name: string, messages: Message[], more: boolean,
 *   asked: boolean, asking: Promise<object> | null, behind: boolean, unread: number, mentions: number, detached: boolean, writing: Map<number, {name: string, until: number}>}} Conversation
 *   `behind`: words may have been missed since its newest message
 */

const keyOf = (channel, peer) => (channel === PRIVATE ? `private ${peer}` : String(channel));

export class Conversations {
  /** @param {import('../net/net.js').Net} net @param {import('../world/state.js').World} world */
  constructor(net, world) {
    this.world = world;
    /** @type {Map<string, Conversation>} */
    this.conversations = new Map();
    /** @type {Map<number, Message>} */
    this.byId = new Map();
    this.listeners = [];
    this.atlas = ''; // the name under which this browser keeps what is this player's
    net.on('typing', (m) => this.#typing(m));
    net.on('drafts', (m) => this.update(m.message, { drafts: m.drafts, asking: false }));
    net.on('replaced', (m) => this.update(m.message, { text: m.text, drafts: undefined, offers: false }));
    net.on('taken_back', (m) => this.#gone([m.message]));
    net.on('unsaid', (m) => this.#gone(m.messages.map(({ id }) => id)));
  }

  /** Calls `listener(change, detail)` after: said, message, list, history, unread, typing, opened, found, reply, refused, unsaid, forgot. */
  listen(listener) {
    this.listeners.push(listener);
  }

  tell(change, detail) {
    for (const listener of this.listeners) listener(change, detail);
  }

  /** The conversation of a channel, in private with `peer`; begun if need be. */
  conversation(channel, peer, name = '') {
    const key = keyOf(channel, peer);
    let found = this.conversations.get(key);
    if (!found) {
      const title = channel === NEARBY ? t('chat.nearby') : channel === WORLD ? t('chat.world') : name || t('chat.player', { number: peer });
      found = { key, channel, peer, name: title, messages: [], more: true, asked: false, asking: null, behind: false, unread: 0, mentions: 0, detached: false, writing: new Map() };
      this.conversations.set(key, found);
      this.#remember();
      this.tell('list');
    } else if (name && channel === PRIVATE && found.name !== name) {
      found.name = name;
      this.#remember();
      this.tell('list');
    }
    return found;
  }

  /** The conversation that a message belongs to. */
  of(message) {
    if (message.channel !== PRIVATE) return this.conversation(message.channel, 0);
    const own = message.sender === this.world.you;
    const peer = own ? message.to : message.sender;
    return this.conversation(PRIVATE, peer, own ? '' : message.name);
  }

  /** Ends a private conversation; it comes back with the next message. */
  drop(conversation) {
    this.conversations.delete(conversation.key);
    for (const { id } of conversation.messages) this.byId.delete(id);
    this.#remember();
    this.tell('list');
  }

  /** The private talks that are open, kept for the next visit in this browser. */
  #remember() {
    if (!this.atlas) return; // whose they are is not told yet
    const talks = [...this.conversations.values()].filter(({ channel }) => channel === PRIVATE);
    keep(`talks.${this.atlas}`, talks.slice(-MOST_KEPT).map(({ peer, name }) => ({ peer, name })));
  }

  /** Begins those that were open on the last visit of this player, under a name that no other player or world has: numbers begin anew in each world. */
  recallTalks(atlas) {
    this.atlas = atlas;
    for (const { peer, name } of recall(`talks.${atlas}`, [])) this.conversation(PRIVATE, peer, name);
    this.#remember();
  }

  /**
   * Lets go of the oldest of very many messages, else a page that stays open in a crowd grows without end. They come back when
   * somebody scrolls up to them.
   * @returns {Message[]} those that went
   */
  trim(conversation) {
    const { messages } = conversation;
    if (messages.length <= MOST_HELD || conversation.asking) return []; // the page on its way joins on to the oldest
    const oldest = messages.splice(0, messages.length - HELD);
    const gone = oldest.filter((message) => !message.state);
    messages.unshift(...oldest.filter((message) => message.state)); // not sent yet: it is nowhere else
    for (const { id } of gone) this.byId.delete(id);
    conversation.more = true;
    return gone;
  }

  /** Lets go of what was said before message `id`, since between the two there is a gap. It comes back like what is trimmed. */
  letGoBefore(conversation, id) {
    const gone = (message) => message.id < id && !message.state;
    for (const message of conversation.messages.filter(gone)) this.byId.delete(message.id);
    conversation.messages = conversation.messages.filter((message) => !gone(message));
    conversation.more = true;
    conversation.behind = false;
  }

  /** Empties a conversation but for what is not sent yet: its messages are to be asked for anew. */
  clear(conversation) {
    for (const { id } of conversation.messages) this.byId.delete(id);
    conversation.messages = conversation.messages.filter((message) => message.state);
    conversation.asked = false;
    conversation.asking = null;
    conversation.more = true;
    conversation.detached = false;
  }

  update(id, changes) {
    const message = this.byId.get(id);
    if (!message) return;
    Object.assign(message, changes);
    this.tell('message', message);
  }

  /** What somebody said is forgotten or taken back: it goes, and so does each quote of it, also in what is not sent yet. */
  #gone(ids) {
    const gone = new Set(ids);
    for (const id of ids) this.byId.delete(id);
    for (const conversation of this.conversations.values()) {
      conversation.messages = conversation.messages.filter(({ id }) => !gone.has(id));
      for (const message of conversation.messages) {
        if (!gone.has(message.quote)) continue;
        Object.assign(message, { quote: 0, quoted_name: '', quoted: '' });
        this.tell('message', message);
      }
    }
    this.tell('list');
    this.tell('unsaid', ids);
  }

  /** Removes all that was said by a player. */
  removeAllOf(player) {
    const said = [...this.conversations.values()].flatMap(({ messages }) => messages);
    this.#gone(said.filter(({ id, sender }) => id && sender === player).map(({ id }) => id));
  }

  /** Who begins to write opens no talk: the message does. */
  #typing(m) {
    const conversation = this.conversations.get(keyOf(m.channel, m.sender));
    if (!conversation) return;
    conversation.writing.set(m.sender, { name: m.name, until: performance.now() + TYPING_FOR });
    this.tell('typing', conversation);
    setTimeout(() => this.tell('typing', conversation), TYPING_FOR + 50);
  }

  /** Who writes in a conversation at this moment. */
  writers(conversation, now) {
    for (const [id, writer] of conversation.writing) if (writer.until < now) conversation.writing.delete(id);
    return [...conversation.writing.values()].map((writer) => writer.name);
  }

  /** Whether a message of somebody else names the player. */
  isMentioned(message) {
    return message.sender !== this.world.you && mentionsOf(message.text, this.world.name).length > 0;
  }
}
