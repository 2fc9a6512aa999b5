// Everybody who lives here: who is there in person, whose agent is out, who sleeps. A click begins a private talk.

import { agentMark, el } from '../dom.js';
import { t } from '../lang.js';
import { AGENT, PLAYER } from '../state.js';
import { togglePanel } from './panel.js';

const SHOWN = 200;
const STATES = ['asleep', 'here', 'agent'];

/** @param {{net: import('../net.js').Net, world: import('../state.js').World, talkTo: (id: number, name: string) => void, toast: (t: string) => void}} parts */
export function openPeople({ net, world, talkTo, toast }) {
  togglePanel(t('people.title'), async (body) => {
    const search = el('input', { type: 'search', placeholder: t('people.find'), 'aria-label': t('people.find'), dir: 'auto' });
    const list = el('ul', { class: 'people' });
    body.append(search, list);
    let people = [];
    const draw = () => {
      const wanted = search.value.trim().toLowerCase();
      const found = people.filter((p) => p.name.toLowerCase().includes(wanted));
      list.replaceChildren(...found.slice(0, SHOWN).map((p) => row(p, talkTo)));
      if (!found.length) list.append(el('li', { class: 'empty', textContent: people.length ? t('people.none') : t('people.first') }));
    };
    search.addEventListener('input', draw);
    try {
      const answer = await net.request('people');
      people = answer.people.filter((p) => p.id !== world.you).sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
      draw();
    } catch (refusal) {
      toast(refusal.message);
    }
  });
}

function rank(person) {
  return person.driver === PLAYER ? 0 : person.driver === AGENT ? 1 : 2;
}

function row(person, talkTo) {
  const state = STATES[person.driver];
  return el('li', {}, el('button', { class: 'person', type: 'button', onclick: () => talkTo(person.id, person.name) },
    el('span', { class: `presence ${state}` }),
    el('bdi', { textContent: person.name }),
    person.driver === AGENT ? agentMark(person.name) : null,
    el('small', { textContent: t(`people.${state}`) })));
}
