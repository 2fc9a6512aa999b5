// The tabs of the chat: a conversation each, with how much of it is unread; private ones can be closed.

import { byId, el, refill } from '../../page/dom.js';
import { t } from '../../page/lang.js';
import { PRIVATE } from '../../chat/chat.js';

/** @param {import('../../chat/chat.js').Chat} chat @returns {() => void} draws them anew if they have changed */
export function createTabs(chat) {
  const tabs = byId('chat-tabs');
  const tablist = byId('chat-tablist');
  let shown = '';

  return () => {
    const state = JSON.stringify([...chat.conversations.values()].map((c) => [c.key, c.name, c.unread, c.mentions, c === chat.open]));
    if (state === shown) return; // else what is under the finger, or has the focus, would be made anew with each message
    shown = state;
    refill(tabs, tablist, ...[...chat.conversations.values()].map((conversation) => tabElement(conversation, chat)));
    // A list of tabs may hold nothing but tabs, and the buttons that close stand between them: so it owns the tabs from afar.
    tablist.setAttribute('aria-owns', [...tabs.querySelectorAll('[role=tab]')].map(({ id }) => id).join(' '));
  };
}

function tabElement(conversation, chat) {
  const open = conversation === chat.open;
  const tab = el('button', {
    id: `tab-${conversation.key.replace(' ', '-')}`, class: 'tab', type: 'button', role: 'tab', 'aria-selected': String(open), dir: 'auto', onclick: () => chat.show(conversation),
  }, conversation.name);
  if (conversation.unread) tab.append(unreadMark(conversation));
  if (conversation.channel !== PRIVATE) return tab;
  const close = el('button', { class: 'plain tab-close', type: 'button', 'aria-label': t('chat.close', conversation), textContent: '×', onclick: () => chat.hide(conversation) });
  return el('span', { class: 'tab-pair' }, tab, close);
}

/** How much is unread, with an @ if the player is meant. */
function unreadMark({ channel, unread: count, mentions }) {
  const words = mentions ? t('chat.unread_for_you', { count }) : t('chat.unread', { count });
  return el('span', { class: mentions ? 'unread for-you' : 'unread', 'aria-label': words, role: 'img', textContent: mentions && channel !== PRIVATE ? `@${count}` : count });
}
