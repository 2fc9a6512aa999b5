// Which private talks the agent may learn from.

import { el } from '../../dom.js';

export function drawConsent(place, portrait, { chat, net, toast }) {
  const allowed = new Set(portrait.private_consent);
  const partners = [...chat.conversations.values()].filter((conversation) => conversation.channel === 2);
  place.replaceChildren(el('p', { textContent: 'Your agent learns from a private talk only if both of you say yes.' }));
  if (!partners.length) place.append(el('p', { class: 'empty', textContent: 'There is no private talk yet.' }));
  for (const { peer, name } of partners) {
    const box = el('input', { type: 'checkbox', checked: allowed.has(peer) });
    box.addEventListener('change', async () => {
      try {
        await net.request('consent', { peer, allowed: box.checked });
      } catch (refusal) {
        box.checked = !box.checked;
        toast(refusal.message);
      }
    });
    place.append(el('label', { class: 'choice-row' }, box, ' Learn from my talk with ', el('bdi', { textContent: name })));
  }
}
