// Which private talks the agent may learn from.

import { el } from '../../page/dom.js';
import { t } from '../../page/lang.js';
import { forgetPersonButton } from '../forgetting.js';

export function drawConsent(place, portrait, { chat, net, toast }) {
  const allowed = new Set(portrait.private_consent);
  const partners = [...chat.conversations.values()].filter((conversation) => conversation.channel === 2);
  place.replaceChildren(el('p', { textContent: t('agent.private_both') }));
  if (!partners.length) place.append(el('p', { class: 'empty', textContent: t('agent.private_none') }));
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
    place.append(el('div', { class: 'choice-row wraps' }, el('label', { class: 'choice-row' }, box, el('span', { textContent: t('agent.learn_from', { name }) })),
      forgetPersonButton({ id: peer, name }, chat, () => { box.checked = false; })));
  }
}
