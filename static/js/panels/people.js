// Everybody who lives here, friends first: who is there in person, whose agent is out, who sleeps. A click begins a
// private talk, a button beside it asks to be friends. While the panel is open the server is asked again and again: it
// tells by itself only of who is in sight.

import { agentMark, el } from '../page/dom.js';
import { ASKED, ASKS, FRIEND } from '../chat/friends.js';
import { t } from '../page/lang.js';
import { AGENT, PLAYER } from '../world/state.js';
import { togglePanel } from './panel.js';

const SHOWN = 200;
const EVERY = 3000; // ms between two looks at who is there
const STATES = ['asleep', 'here', 'agent'];

/** @param {{net: import('../net/net.js').Net, world: import('../world/state.js').World, friends: import('../chat/friends.js').Friends, talkTo: (id: number, name: string) => void, toast: (t: string) => void,
 *   watched: boolean}} parts `watched`: whether spectators may come */
export function openPeople({ net, world, friends, talkTo, toast, watched }) {
  let timer = 0;
  let closed = false;
  togglePanel(t('people.title'), (body) => {
    const search = el('input', { type: 'search', placeholder: t('people.find'), 'aria-label': t('people.find'), dir: 'auto' });
    const list = el('div', { class: 'people-groups' });
    body.append(search, list);
    if (watched) body.append(el('p', {}, el('small', { textContent: t('people.watched') })));
    let people = [];
    let told = ''; // drawn only when it is new, so that what one points at stays
    const draw = () => {
      const wanted = search.value.trim().toLowerCase();
      const found = people.filter((p) => p.name.toLowerCase().includes(wanted));
      const group = (title, some) => (some.length ? [el('h3', { textContent: title }), el('ul', { class: 'people' }, ...some.slice(0, SHOWN).map((p) => row(p, friends, talkTo)))] : []);
      const of = (state) => found.filter(({ id }) => friends.state(id) === state);
      const empty = el('p', { class: 'empty', textContent: people.length ? t('people.none') : t('people.first') });
      redraw(list, found.length ? [...group(t('friends.asking'), of(ASKS)), ...group(t('friends.title'), of(FRIEND)),
        ...group(t('friends.others'), found.filter(({ id }) => ![ASKS, FRIEND].includes(friends.state(id))))] : [empty]);
    };
    search.addEventListener('input', draw);
    friends.changed = draw;
    const look = async (failed = () => {}) => {
      try {
        const answer = await net.request('people');
        people = answer.people.filter((p) => p.id !== world.you).sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
        const telling = JSON.stringify(people);
        if (!closed && telling !== told) draw();
        told = telling;
      } catch (refusal) {
        failed(refusal.message);
      }
      if (!closed) timer = setTimeout(look, EVERY);
    };
    look(toast);
  }, { closed: () => {
    closed = true;
    clearTimeout(timer);
    friends.changed = () => {};
  } });
}

/** Puts new rows into the list; the focus stays on the button that it was on, or in its row if that is gone. */
function redraw(list, nodes) {
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  const whose = focused?.closest('[data-person]').dataset.person;
  list.replaceChildren(...nodes);
  if (!focused) return;
  const buttons = [...list.querySelectorAll(`[data-person="${whose}"] > button`)];
  const same = buttons.find((button) => button.getAttribute('aria-label') === focused.getAttribute('aria-label'));
  (same ?? buttons[0] ?? list.closest('.panel')).focus({ preventScroll: true });
}

function rank(person) {
  return person.driver === PLAYER ? 0 : person.driver === AGENT ? 1 : 2;
}

function row(person, friends, talkTo) {
  const state = STATES[person.driver];
  return el('li', { class: 'person-row', 'data-person': person.id }, el('button', { class: 'person', type: 'button', onclick: () => talkTo(person.id, person.name) },
    el('span', { class: `presence ${state}` }),
    el('bdi', { textContent: person.name }),
    person.driver === AGENT ? agentMark(person.name) : null,
    el('small', { textContent: t(`people.${state}`) })), ...wishes(person, friends));
}

/** What one may do about being friends with somebody. */
function wishes({ id, name }, friends) {
  const state = friends.state(id);
  const button = (words, label, wanted) => el('button', { class: wanted ? 'small' : 'small second', type: 'button', textContent: words, 'aria-label': label, onclick: () => friends.befriend(id, wanted) });
  if (state === ASKS) return [button(t('friends.accept'), t('friends.accept_name', { name }), true), button(t('friends.decline'), t('friends.decline_name', { name }), false)];
  if (state === FRIEND) return [button(t('friends.part'), t('friends.part_name', { name }), false)];
  if (state === ASKED) return [button(t('friends.asked'), t('friends.withdraw_name', { name }), false)];
  return [button(t('friends.ask'), t('friends.ask_name', { name }), true)];
}
