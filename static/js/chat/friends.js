// Friends: whom the player has asked, who asks, and who is one. Shows nothing itself but what is new.

import { t } from '../page/lang.js';

export const ASKED = 0;
export const ASKS = 1;
export const FRIEND = 2;

export class Friends {
  /** @param {import('../net/net.js').Net} net @param {(text: string, kind?: string) => void} toast */
  constructor(net, toast) {
    Object.assign(this, { net, toast });
    /** @type {{id: number, name: string, state: number}[]} */
    this.list = [];
    this.changed = () => {}; // set by whoever shows them
    net.on('friends', (m) => this.#told(m.friends));
  }

  /** ASKED, ASKS or FRIEND; undefined for anybody else. */
  state(id) {
    return this.list.find((friend) => friend.id === id)?.state;
  }

  /** Asks or says yes; not `wanted`: says no, takes the asking back, or parts. */
  async befriend(peer, wanted) {
    try {
      await this.net.request('befriend', { peer, wanted });
    } catch (refusal) {
      this.toast(refusal.message);
    }
  }

  #told(list) {
    for (const { id, name, state } of list) {
      const before = this.state(id);
      if (state === ASKS && before === undefined) this.toast(t('friends.asks', { name }), 'news');
      if (state === FRIEND && before === ASKED) this.toast(t('friends.yes', { name }), 'news');
    }
    this.list = list;
    this.changed();
  }
}
