// The frame that all panels share: a title, a way to close it, one open at a time, the focus given back afterwards.

import { byId, el, iconButton } from '../page/dom.js';
import { isNoCommand } from '../input/input.js';
import { t } from '../page/lang.js';

let open = null;

/** Opens a panel; the same one again closes it. What it takes is what `openPanel` does. */
export function togglePanel(title, fill, more) {
  if (open?.title === title) closePanel();
  else openPanel(title, fill, more);
}

/**
 * Opens a panel, in the place of the one that is open.
 * @param {string} title @param {(body: HTMLElement) => void} fill
 * @param {{closed?: () => void, keys?: string[]}} [more] `keys`: codes of keys that close it again
 */
export function openPanel(title, fill, { closed = () => {}, keys = [] } = {}) {
  closePanel();
  const body = el('div', { class: 'panel-body' });
  const close = iconButton(el('button', { class: 'plain', type: 'button', textContent: t('panel.close'), onclick: closePanel }), 'close');
  const node = el('section', { class: 'panel frame', role: 'dialog', 'aria-label': title, tabIndex: -1 },
    el('header', {}, el('h2', { textContent: title }), close), body);
  node.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' || (keys.includes(event.code) && !event.repeat && !isNoCommand(event))) closePanel();
    event.stopPropagation();
  });
  byId('panel-place').replaceChildren(node);
  const back = document.activeElement;
  open = { title, closed, back, byKey: back.matches(':focus-visible') };
  fill(body);
  node.focus();
}

export function closePanel() {
  if (!open) return;
  byId('panel-place').replaceChildren();
  open.closed();
  open.back?.focus?.({ preventScroll: true });
  if (!open.byKey) document.activeElement?.blur(); // after a click the keys are the body's again
  open = null;
}
