// The chat at the lower left: tabs, the log, the line to write in. On a phone it folds to its newest line.

import { byId, el, iconButton } from '../page/dom.js';
import { t } from '../page/lang.js';
import { PRIVATE } from '../chat/chat.js';
import { lengthOf } from '../net/codec.js';
import { keyFor, onKeys } from '../input/keys.js';
import { begunMention } from '../chat/mentions.js';
import { phone } from '../input/phone.js';
import { createEmojiPicker } from './emoji.js';
import { dropShown } from './forgetting.js';
import { messageElement } from './message.js';

const NEAR_END = 40; // CSS pixels from the end of the log within which it follows new messages
const NEAR_START = 60;

/** @param {{chat: import('../chat/chat.js').Chat, world: import('../world/state.js').World, maxText: number, toast: (text: string) => void, search: () => void,
 *   covered: (below: number) => void}} parts `covered` hears from where on (CSS pixels from the top) a phone's chat hides the world */
export function createChatBox({ chat, world, maxText, toast, search, covered }) {
  const box = byId('chat');
  const log = byId('chat-log');
  const tabs = byId('chat-tabs');
  const tablist = byId('chat-tablist');
  const line = byId('chat-line');
  const input = byId('chat-input');
  const writing = byId('chat-typing');
  const fold = iconButton(byId('chat-fold'), 'fold');
  const elements = new Map();
  let following = true; // whether the end of the log is in sight: then it stays so
  let end = 0; // where the log was scrolled to when that was last seen to
  let isDue = false;
  let scrolled = false; // and what is in sight now is not looked at yet
  let grown = false; // and the end is not followed yet
  iconButton(byId('chat-send'), 'send');
  iconButton(byId('chat-search'), 'search').addEventListener('click', search);
  const emoji = createEmojiPicker(iconButton(byId('chat-emoji'), 'smile'), input);
  const replyTo = byId('chat-reply');
  replyTo.querySelector('button').addEventListener('click', () => chat.reply(null));
  onKeys(() => {
    input.placeholder = matchMedia('(pointer: coarse)').matches ? t('chat.say_something') : t('chat.press_key', { key: keyFor('talk') });
  });

  const context = { get you() { return world.you; }, get me() { return world.name; }, chat, onName: (id, name) => id !== world.you && openPrivate(id, name) };

  let shownTabs = '';

  function drawTabs() {
    const state = JSON.stringify([...chat.conversations.values()].map((c) => [c.key, c.name, c.unread, c.mentions, c === chat.open]));
    if (state === shownTabs) return; // else what is under the finger, or has the focus, would be made anew with each message
    shownTabs = state;
    tabs.replaceChildren(tablist, ...[...chat.conversations.values()].map((conversation) => {
      const open = conversation === chat.open;
      const tab = el('button', {
        id: `tab-${conversation.key.replace(' ', '-')}`, class: 'tab', type: 'button', role: 'tab', 'aria-selected': String(open), dir: 'auto', onclick: () => chat.show(conversation),
      }, conversation.name);
      if (conversation.unread) tab.append(unreadMark(conversation));
      if (conversation.channel !== PRIVATE) return tab;
      const close = el('button', { class: 'plain tab-close', type: 'button', 'aria-label': t('chat.close', conversation), textContent: '×', onclick: () => chat.hide(conversation) });
      return el('span', { class: 'tab-pair' }, tab, close);
    }));
    // A list of tabs may hold nothing but tabs, and the buttons that close stand between them: so it owns the tabs from afar.
    tablist.setAttribute('aria-owns', [...tabs.querySelectorAll('[role=tab]')].map(({ id }) => id).join(' '));
  }

  function drawLog({ keepPlace = false } = {}) {
    const fromEnd = log.scrollHeight - log.scrollTop;
    elements.clear();
    log.replaceChildren(...chat.open.messages.map((message) => place(message)));
    if (!chat.open.messages.length) log.append(el('p', { class: 'empty', textContent: emptyWords(chat.open) }));
    if (chat.open.detached) log.append(el('button', { class: 'to-newest', type: 'button', textContent: t('chat.to_newest'), onclick: () => chat.toNewest() }));
    following = !keepPlace;
    if (following) toEnd();
    else log.scrollTop = log.scrollHeight - fromEnd;
  }

  function place(message) {
    const node = messageElement(message, context);
    elements.set(message, node);
    return node;
  }

  function append(message) {
    following ||= message.sender === world.you;
    log.querySelector('.empty')?.remove();
    log.append(place(message));
    drawSoon();
  }

  /** However much is said in a crowd, the page is laid out for it once a frame. */
  function drawSoon() {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      drawTabs();
      drawLine();
      grown = true;
      laidOut.observe(log);
    });
  }

  /** Where the end is is known once a frame is laid out; who asked earlier would have it laid out twice. */
  const laidOut = new ResizeObserver(() => {
    laidOut.disconnect();
    if (scrolled) look();
    if (grown && following) {
      letGo();
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

  /** Who reads further up keeps what is there. */
  function letGo() {
    for (const message of chat.trim(chat.open)) {
      elements.get(message)?.remove();
      elements.delete(message);
    }
  }

  function toEnd() {
    log.scrollTop = log.scrollHeight;
    end = log.scrollTop;
  }

  /**
   * The conversation whose last message the folded chat shows; undefined before anything was said. Unread words that are
   * meant for oneself come first: what others say nearby must not push them away under the finger.
   */
  const lastSpoken = () => [...chat.conversations.values()].filter((c) => c.messages.length)
    .sort((a, b) => (b.mentions > 0) - (a.mentions > 0) || b.messages.at(-1).time - a.messages.at(-1).time)[0];

  const unreadInAll = () => [...chat.conversations.values()].reduce((sum, c) => sum + c.unread, 0);

  /** At once: a window that is hidden draws no frames. */
  function drawTitle() {
    const unread = unreadInAll();
    const title = unread ? `(${unread}) NanoVerse` : 'NanoVerse';
    if (document.title !== title) document.title = title;
  }

  function drawLine() {
    const newest = lastSpoken()?.messages.at(-1);
    const unread = unreadInAll();
    line.replaceChildren(el('bdi', { textContent: newest ? `${newest.name}: ${newest.text}` : t('chat.say_something_now') }));
    if (unread) line.append(el('span', { class: 'unread', textContent: unread }));
  }

  function setFolded(folded) {
    box.classList.toggle('folded', folded);
    fold.setAttribute('aria-expanded', String(!folded));
    line.hidden = !folded;
    chat.watched = !folded && document.visibilityState === 'visible';
    following ||= !folded;
    if (!folded) toEnd();
    chat.sawOpen();
  }

  function openPrivate(id, name) {
    setFolded(false);
    chat.talkTo(id, name);
    input.focus();
  }

  chat.listen((change, detail) => {
    if (change === 'said' && detail.conversation === chat.open && !chat.open.detached) append(detail.message);
    else if (change === 'message') {
      const old = elements.get(detail);
      if (old) {
        const acts = old.querySelector('.acts'); // a report that is being written stays when somebody likes the message
        const fresh = place(detail);
        if (acts) fresh.append(acts);
        old.replaceWith(fresh);
      }
      drawSoon();
    } else if (change === 'history' && detail === chat.open) drawLog({ keepPlace: log.scrollTop < NEAR_START && elements.size > 0 });
    else if (change === 'opened') drawLog();
    else if (change === 'found') showFound(detail);
    else if (change === 'reply') drawReply(detail);
    else if (change === 'refused') toast(detail);
    else if (change === 'unsaid') dropShown(detail);
    else if (change === 'forgot') toast(t('forget.done'), 'news');
    if (change === 'list' && chat.open.messages.length !== elements.size) drawLog({ keepPlace: false });
    if (['said', 'list', 'unread', 'opened', 'history'].includes(change)) {
      drawTitle();
      drawSoon();
    }
    if (change === 'typing' || change === 'opened') drawWriters();
  });

  function drawReply(message) {
    replyTo.hidden = !message;
    if (!message) return;
    replyTo.querySelector('span').replaceChildren(t('chat.replying'), ' ', el('bdi', { class: 'name', textContent: message.name }), ' ', el('bdi', { textContent: message.text }));
    input.focus();
  }

  /** Completes a name that was begun with an @, from those who are near or have spoken here. */
  function completeMention() {
    const begun = begunMention(input.value.slice(0, input.selectionStart));
    if (begun === null) return false;
    const known = [...world.bodies.values(), ...chat.open.messages].map(({ name }) => name).filter((name) => name && name !== world.name);
    const name = known.find((each) => each.toLowerCase().startsWith(begun.toLowerCase()));
    if (!name) return false;
    input.setRangeText(`${name} `, input.selectionStart - begun.length, input.selectionStart, 'end');
    return true;
  }

  /** Brings a message that was looked for before the player's eyes. */
  function showFound(message) {
    setFolded(false);
    const node = elements.get(message);
    node?.scrollIntoView({ block: 'center' });
    node?.classList.add('found');
  }

  function drawWriters() {
    const names = chat.writers(chat.open, performance.now());
    const words = names.length ? t('chat.writing', { count: names.length, names: names.slice(0, 3).join(t('list.comma')) }) : '';
    if (words !== writing.textContent) writing.textContent = words;
  }

  byId('chat-form').addEventListener('submit', (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (lengthOf(text) > maxText) {
      toast(t('chat.too_long', { most: maxText, count: lengthOf(text) }));
      return;
    }
    input.value = '';
    emoji.close();
    if (text) chat.say(text);
    else leave();
  });
  input.addEventListener('input', () => input.value && chat.typing(performance.now()));
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && chat.replyTo) chat.reply(null);
    else if (event.key === 'Escape') leave();
    else if (event.key === 'Tab' && !event.shiftKey && completeMention()) event.preventDefault();
    event.stopPropagation();
  });
  log.addEventListener('scroll', () => {
    scrolled = true;
    laidOut.observe(log);
  });
  fold.addEventListener('click', () => setFolded(true));
  line.addEventListener('click', () => {
    const conversation = lastSpoken(); // the one that the line shows: else an answer to private words is said aloud
    if (conversation && conversation !== chat.open) chat.show(conversation);
    setFolded(false);
    input.focus();
  });
  document.addEventListener('visibilitychange', () => setFolded(box.classList.contains('folded')));

  function leave() {
    input.blur();
    if (phone.matches) setFolded(true);
  }

  // On a phone that is held upright the open chat lies over the middle of the world: the camera is told how much is left.
  const measure = () => {
    const { left, right, top } = box.getBoundingClientRect();
    const hides = phone.matches && !box.classList.contains('folded') && left < innerWidth / 2 && right > innerWidth / 2;
    covered(hides ? top : innerHeight);
  };
  new ResizeObserver(measure).observe(box);
  addEventListener('resize', measure);

  // Who reaches for the world on a phone is done with the chat.
  const walked = () => {
    if (phone.matches && !box.classList.contains('folded')) setFolded(true);
  };
  byId('world').addEventListener('pointerdown', walked);

  setFolded(phone.matches);
  drawTabs();
  drawLog();
  drawLine();
  drawTitle();

  return {
    talkTo: openPrivate,
    /** Who walks on a phone wants to see where. */
    walked,
    /** Enter: write. */
    focus() {
      setFolded(false);
      input.focus();
    },
  };
}

/** How much is unread, with an @ if the player is meant. */
function unreadMark({ channel, unread: count, mentions }) {
  const words = mentions ? t('chat.unread_for_you', { count }) : t('chat.unread', { count });
  return el('span', { class: mentions ? 'unread for-you' : 'unread', 'aria-label': words, role: 'img', textContent: mentions && channel !== PRIVATE ? `@${count}` : count });
}

function emptyWords({ channel, name }) {
  if (channel === PRIVATE) return t('chat.empty_private', { name });
  return channel === 0 ? t('chat.empty_nearby') : t('chat.empty_world');
}
