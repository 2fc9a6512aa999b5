// Which private talks the agent may learn from: those that are open here, and whatever else the player has agreed to.

import { PRIVATE } from '../../chat/chat.js';
import { el } from '../../page/dom.js';
import { t } from '../../page/lang.js';
import { forgetPersonButton } from '../forgetting.js';

/** @param {{private_consent: {peer: number, name: string, mutual: boolean}[]}} portrait */
export function drawConsent(place, { private_consent: given }, parts) {
  const talks = [...parts.chat.conversations.values()].filter(({ channel }) => channel === PRIVATE);
  const people = new Map([...talks, ...given].map(({ peer, name }) => [peer, name]));
  place.replaceChildren(el('p', { textContent: t('agent.private_both') }));
  if (!people.size) place.append(el('p', { class: 'empty', textContent: t('agent.private_none') }));
  for (const [peer, name] of people) place.append(talkElement(peer, name, given.find((each) => each.peer === peer), parts));
}

/** @param {{mutual: boolean} | undefined} consent the player's own, if they have given it */
function talkElement(peer, name, consent, { chat, net, toast }) {
  const box = el('input', { type: 'checkbox', checked: Boolean(consent) });
  const state = el('small', { role: 'status' });
  const show = (mutual) => {
    state.textContent = mutual ? t('consent.both') : box.checked ? t('consent.waits', { name }) : t('consent.none');
  };
  show(consent?.mutual);
  box.addEventListener('change', async () => {
    const allowed = box.checked;
    try {
      const { id: mutual } = await net.request('consent', { peer, allowed });
      if (box.checked === allowed) show(Boolean(mutual));
    } catch (refusal) {
      box.checked = !allowed;
      toast(refusal.message);
    }
  });
  const forget = forgetPersonButton({ id: peer, name }, chat, () => {
    box.checked = false;
    show(false);
  });
  return el('div', { class: 'talk' },
    el('label', { class: 'choice-row' }, box, el('span', { textContent: t('agent.learn_from', { name }) })), state, forget);
}
