// What the player makes of others and of what was said: likes, other answers, whom they do not want to hear, reports to the
// admin, and words of their own that are to be forgotten.

export class Opinions {
  /** @param {import('../net/net.js').Net} net @param {import('./conversations.js').Conversations} conversations @param {import('../world/state.js').World} world */
  constructor(net, conversations, world) {
    Object.assign(this, { net, conversations, world });
    /** @type {{id: number, name: string, blocked: boolean}[]} */
    this.shunned = [];
    this.onShunned = () => {}; // called when whom one hears has changed
    net.on('reaction', (m) => this.#reaction(m));
    net.on('shunned', (m) => this.#shunned(m.shunned));
  }

  /** Asks the server for something. @returns {Promise<boolean>} whether that went well; if not, the player is told why */
  async #ask(name, values) {
    try {
      await this.net.request(name, values);
      return true;
    } catch (refusal) {
      this.conversations.tell('refused', refusal.message);
      return false;
    }
  }

  async react(message, value) {
    const before = message.mine;
    const next = before === value ? 0 : value;
    this.#move(message, before, next);
    if (!await this.#ask('react', { message: message.id, value: next })) this.#move(message, next, before);
  }

  #move(message, from, to) {
    const likes = message.likes + (to === 1) - (from === 1);
    const dislikes = message.dislikes + (to === -1) - (from === -1);
    this.conversations.update(message.id, { likes, dislikes, mine: to });
  }

  #reaction(m) {
    const changes = { likes: m.likes, dislikes: m.dislikes };
    if (m.by === this.world.you) changes.mine = m.value;
    this.conversations.update(m.message, changes);
  }

  /** Asks the agent for another answer; it comes as drafts to pick from. */
  async another(message) {
    this.conversations.update(message.id, { asking: true });
    if (!await this.#ask('another', { message: message.id })) this.conversations.update(message.id, { asking: false });
  }

  async pick(message, draft) {
    if (!await this.#ask('pick', { message: message.id, draft: draft.id })) return; // and may pick again
    this.conversations.update(message.id, { drafts: undefined, offers: false });
  }

  /** Mutes (1), blocks (2) or hears (0) somebody. */
  shun(peer, level) {
    return this.#ask('shun', { peer, level });
  }

  #shunned(list) {
    const before = JSON.stringify(this.shunned);
    const first = !this.knowsShunned;
    this.knowsShunned = true;
    this.shunned = list;
    if (!first && before !== JSON.stringify(list)) this.onShunned();
  }

  /** Tells the admin of a message, or of a scroll. @returns {Promise<boolean>} whether that went well */
  report(message, reason) {
    if (message.scroll) return this.#ask('report_scroll', { scroll: message.scroll, reason });
    return this.#ask('report', { peer: message.sender, message: message.id, reason });
  }

  /** Has one's own words forgotten: what was said once, or all that was said to somebody. @returns {Promise<boolean>} */
  forgetMessage(message) {
    return this.#forget('forget_message', { message });
  }

  forgetPerson(peer) {
    return this.#forget('forget_person', { peer });
  }

  /** Has forgotten what one would have said instead of this message of one's agent's. @returns {Promise<boolean>} */
  forgetRewrite(message) {
    return this.#forget('forget_rewrite', { message });
  }

  async #forget(name, values) {
    const done = await this.#ask(name, values);
    if (done) this.conversations.tell('forgot');
    return done;
  }
}
