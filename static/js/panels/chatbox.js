// The chat at the lower left: tabs, the log, the line to write in, each in a file of its own in chat/. On a phone it folds to
// its newest line.

import { byId, el, iconButton } from '../page/dom.js';
import { t } from '../page/lang.js';
import { phone } from '../input/phone.js';
import { createLog } from './chat/log.js';
import { createTabs } from './chat/tabs.js';
import { createWriting } from './chat/writing.js';
import { dropShown } from './forgetting.js';
import { closePanel } from './panel.js';

/** @param {{chat: import('../chat/chat.js').Chat, world: import('../world/state.js').World, maxText: number, toast: (text: string) => void, search: () => void,
 *   covered: (below: number) => void}} parts `covered` hears from where on (CSS pixels from the top) a phone's chat hides the world */
export function createChatBox({ chat, world, maxText, toast, search, covered }) {
  const box = byId('chat');
  const line = byId('chat-line');
  const fold = iconButton(byId('chat-fold'), 'fold');
  iconButton(byId('chat-search'), 'search').addEventListener('click', search);
  const drawTabs = createTabs(chat);
  const log = createLog(chat, world, openPrivate);
  const writing = createWriting({ chat, world, maxText, toast, left: () => phone.matches && setFolded(true) });
  let isDue = false;

  /** However much is said in a crowd, the page is laid out for it once a frame. */
  function drawSoon() {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      drawTabs();
      drawLine();
      log.settle();
    });
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
    const unfolds = !folded && box.classList.contains('folded');
    box.classList.toggle('folded', folded);
    fold.setAttribute('aria-expanded', String(!folded));
    line.hidden = !folded;
    if (unfolds) log.follow();
    watch();
  }

  function watch() {
    chat.watched = !box.classList.contains('folded') && document.visibilityState === 'visible';
    chat.sawOpen();
  }

  /** On a phone a panel, which lies over the chat, makes way for what it led to. */
  function unfoldInSight() {
    if (phone.matches) closePanel();
    setFolded(false);
  }

  function openPrivate(id, name) {
    unfoldInSight();
    chat.talkTo(id, name);
    writing.focus();
  }

  const on = {
    said({ message, conversation }) {
      if (conversation === chat.open && !conversation.detached) log.append(message);
    },
    message: log.redraw,
    list: log.dropGone,
    history: (conversation) => conversation === chat.open && log.fill(),
    opened() {
      log.draw();
      writing.drawOthers();
    },
    found(message) {
      unfoldInSight();
      log.show(message);
    },
    typing: writing.drawOthers,
    reply: writing.drawReply,
    refused: toast,
    unsaid: dropShown,
    forgot: () => toast(t('forget.done'), 'news'),
  };
  chat.listen((change, detail) => {
    on[change]?.(detail);
    if (['said', 'list', 'unread', 'opened', 'history'].includes(change)) drawTitle();
    if (['said', 'list', 'unread', 'opened', 'history', 'message'].includes(change)) drawSoon();
  });

  fold.addEventListener('click', () => setFolded(true));
  line.addEventListener('click', () => {
    const conversation = lastSpoken(); // the one that the line shows: else an answer to private words is said aloud
    if (conversation && conversation !== chat.open) chat.show(conversation);
    setFolded(false);
    writing.focus();
  });
  document.addEventListener('visibilitychange', watch);

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
  log.draw();
  drawLine();
  drawTitle();

  return {
    talkTo: openPrivate,
    /** Who walks on a phone wants to see where. */
    walked,
    /** Enter: write. */
    focus() {
      setFolded(false);
      writing.focus();
    },
  };
}
