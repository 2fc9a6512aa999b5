// Short words at the upper edge: why something was refused, what was found.

import { byId, el } from '../page/dom.js';

const STAYS = 3200;

/** Shows a sentence for a moment; the same one twice in a row does not pile up. */
export function toast(text, kind = 'refusal') {
  const place = byId('toasts');
  const last = place.lastElementChild;
  if (last?.textContent === text) last.remove();
  const node = el('p', { class: `toast ${kind}`, textContent: text });
  place.append(node);
  while (place.children.length > 3) place.firstElementChild.remove();
  setTimeout(() => node.remove(), STAYS);
}
