// The log of the open conversation. It follows what is said while its end is in sight; who reads further up keeps what is
// there.

import { byId, el } from '../../page/dom.js';
import { t } from '../../page/lang.js';
import { NEARBY, PRIVATE } from '../../chat/chat.js';
import { messageElement } from '../message.js';

const NEAR_END = 40; // CSS pixels from the end of the log within which it follows new messages
const NEAR_START = 60;

/**
 * @param {import('../../chat/chat.js').Chat} chat @param {import('../../world/state.js').World} world
 * @param {(id: number, name: string) => void} openPrivate
 */
export function createLog(chat, world, openPrivate) {
  const log = byId('chat-log');
  const elements = new Map(); // of the messages that are shown
  let following = true; // whether the end of the log is in sight: then it stays so
  let end = 0; // where the log was scrolled to when that was last seen to
  let scrolled = false; // and what is in sight now is not looked at yet
  let grown = false; // and the end is not followed yet

  const context = { get you() { return world.you; }, get me() { return world.name; }, chat, onName: (id, name) => id !== world.you && openPrivate(id, name) };

  /** Its element, made anew; what is open in it stays, such as a report that is being written. */
  function place(message) {
    const node = messageElement(message, context);
    const acts = elements.get(message)?.querySelector('.acts');
    if (acts) {
      node.append(acts);
      node.querySelector('.more')?.setAttribute('aria-expanded', 'true');
    }
    elements.set(message, node);
    return node;
  }

  /** Draws messages anew under whoever has the focus in one of them. */
  function keepFocus(draw) {
    const had = document.activeElement;
    const [message, before] = log.contains(had) ? [...elements].find(([, node]) => node.contains(had)) ?? [] : [];
    const at = before ? controls(before).indexOf(had) : -1;
    draw();
    const node = elements.get(message);
    if (node) (node.contains(had) ? had : controls(node)[at])?.focus({ preventScroll: true });
  }

  /** @param {import('../../chat/chat.js').Message} [read] stays where it is, if it is still there; else the end is shown */
  function draw(read) {
    const top = log.scrollTop;
    const before = elements.get(read)?.offsetTop;
    keepFocus(() => {
      log.replaceChildren(...chat.open.messages.map(place));
      forget();
    });
    if (!chat.open.messages.length) log.append(el('p', { class: 'empty', textContent: emptyWords(chat.open) }));
    if (chat.open.detached) log.append(el('button', { class: 'to-newest', type: 'button', textContent: t('chat.to_newest'), onclick: () => chat.toNewest() }));
    following = !elements.has(read);
    if (following) toEnd();
    else log.scrollTop = top + elements.get(read).offsetTop - before;
  }

  /** The message that stands at the top of what is in sight. */
  function firstInSight() {
    const { top } = log.getBoundingClientRect();
    const first = [...log.children].find((node) => node.getBoundingClientRect().bottom > top);
    return [...elements].find(([, node]) => node === first)?.[0];
  }

  /** Lets go of the elements of messages that are not in the conversation. */
  function forget() {
    const kept = new Set(chat.open.messages);
    for (const [message, node] of elements) {
      if (kept.has(message)) continue;
      node.remove();
      elements.delete(message);
    }
  }

  /** Where the end is is known once a frame is laid out; who asked earlier would have it laid out twice. */
  const laidOut = new ResizeObserver(() => {
    laidOut.disconnect();
    if (scrolled) look();
    if (grown && following) {
      chat.trim(chat.open);
      forget();
      toEnd();
    }
    grown = false;
  });

  /** Somebody has scrolled: to the end, away from it, or to where older words begin. */
  function look() {
    scrolled = false;
    // What came since the log was scrolled to its end does not count: nobody has scrolled away from it.
    following = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END || (following && log.scrollTop > end - NEAR_END);
    if (log.scrollTop < NEAR_START && chat.open.more && log.scrollHeight > log.clientHeight) chat.older(chat.open);
  }

  function toEnd() {
    log.scrollTop = log.scrollHeight;
    end = log.scrollTop;
  }

  log.addEventListener('scroll', () => {
    scrolled = true;
    laidOut.observe(log);
  });

  // Who has come here by keys scrolls with the arrows, which else would walk; after a click they are the body's.
  log.addEventListener('keydown', (event) => {
    if (event.code.startsWith('Arrow') && event.target.matches(':focus-visible')) event.stopPropagation();
  });

  return {
    draw,

    append(message) {
      following ||= message.sender === world.you;
      log.querySelector(':scope > .empty')?.remove();
      log.append(place(message));
    },

    /** A message has changed. */
    redraw(message) {
      const old = elements.get(message);
      if (old) keepFocus(() => old.replaceWith(place(message)));
    },

    /** A page of what was said has come: above what is being read, below it, or all there is to read. */
    fill() {
      look();
      draw(following ? undefined : firstInSight());
      scrolled = true; // to look again: who waits at the start of the log may wait for more
    },

    /** Some messages may be gone. */
    dropGone() {
      if (chat.open.messages.length === elements.size) return;
      if (chat.open.messages.length) forget();
      else draw();
    },

    /** The page is about to be laid out with what is new. */
    settle() {
      grown = true;
      laidOut.observe(log);
    },

    follow() {
      following = true;
      toEnd();
    },

    /** Brings a message that was looked for before the player's eyes. */
    show(message) {
      const node = elements.get(message);
      node?.scrollIntoView({ block: 'center' });
      node?.classList.add('found');
    },
  };
}

const controls = (node) => [...node.querySelectorAll('button, input')];

function emptyWords({ channel, name }) {
  if (channel === PRIVATE) return t('chat.empty_private', { name });
  return channel === NEARBY ? t('chat.empty_nearby') : t('chat.empty_world');
}
