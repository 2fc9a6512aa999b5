// One's land: whose the ground underfoot is, claiming it and giving it back, and who may build there.

import { el, refill } from '../page/dom.js';
import { FRIEND } from '../chat/friends.js';
import { codesOf } from '../input/keys.js';
import { t } from '../page/lang.js';
import { rollbackForm } from '../admin/rollback.js';
import { inOwnWords } from '../page/sentences.js';
import { askFirst, asking } from './forgetting.js';
import { togglePanel } from './panel.js';

const EVERY = 300; // ms between two looks at where one stands

/**
 * @param {{net: import('../net/net.js').Net, world: import('../world/state.js').World, land: import('../world/land.js').Land,
 *   hands: import('../world/hands.js').Hands, friends: import('../chat/friends.js').Friends, toast: (t: string, kind?: string) => void}} parts
 */
export function openLand({ net, world, land, hands, friends, toast }) {
  let timer = 0;
  let unfollow = () => {};
  const ask = async (name, values) => {
    try {
      await net.request(name, values);
      return true;
    } catch (refusal) {
      toast(refusal.message);
      return false;
    }
  };
  togglePanel(t('land.title'), (body) => {
    const whose = el('p', { class: 'note', role: 'status' });
    const act = el('div');
    const count = el('small');
    const plots = el('ul', { class: 'people' });
    const guests = el('ul', { class: 'people' });
    const names = el('datalist', { id: 'land-names' });
    const name = el('input', { 'aria-label': t('land.add'), placeholder: t('land.add'), dir: 'auto', autocomplete: 'off' });
    name.setAttribute('list', names.id);
    const form = el('form', { class: 'teach' }, name, names, el('button', { type: 'submit', textContent: t('land.let') }));
    const undo = el('section', {}, el('h3', { textContent: t('rollback.on_own_land') }), rollbackForm('/api/me/rollback', { names: names.id, here: () => hands.tileUnderfoot() }));
    body.append(whose, el('div', { class: 'row' }, act, count), el('h3', { textContent: t('land.yours') }), plots,
      el('h3', { textContent: t('land.guests') }), guests, form, undo);
    let shown = '';
    const draw = () => {
      if (asking(body)) return;
      const { x, y } = hands.tileUnderfoot();
      const kind = land.kind(x, y);
      const key = JSON.stringify([x, y, kind, land.at(x, y), land.mine]);
      if (key === shown) return;
      shown = key;
      const reason = kind === 'free' ? land.whyNotFree(x, y) : null;
      whose.textContent = reason ? inOwnWords(reason) : t(`land.is.${kind}`, { name: land.at(x, y)?.name ?? '' });
      refill(act, kind === 'own' ? releaseButton(ask, x, y) : el('button', { type: 'button', textContent: t('land.claim'), 'data-at': 'act',
        disabled: kind !== 'free' || reason !== null || land.mine.plots.length >= world.rules.plots, onclick: () => ask('claim', { x, y }) }));
      count.textContent = t('land.count', { have: land.mine.plots.length, most: world.rules.plots });
      list(plots, land.mine.plots.map((plot) => plotRow(plot, land.size, x, y, ask)), t('land.no_plots'));
      undo.hidden = !land.mine.plots.length;
      list(guests, land.mine.guests.map((guest) => guestRow(guest, ask)), t('land.no_guests'));
    };
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const wanted = name.value.trim();
      const { people } = await net.request('people').catch((refusal) => { toast(refusal.message); return { people: [] }; });
      const found = people.find((p) => p.name === wanted) ?? people.find((p) => p.name.toLowerCase() === wanted.toLowerCase());
      if (!found) {
        if (people.length) toast(t('land.no_such', { name: wanted }));
        return;
      }
      if (name.value.trim() === wanted) name.value = ''; // else somebody else's is being written
      await ask('allow', { peer: found.id, allowed: true });
    });
    body.addEventListener('focusin', async ({ target }) => {
      if (target.getAttribute('list') !== names.id) return;
      const { people } = await net.request('people').catch(() => ({ people: [] }));
      names.replaceChildren(...friendsFirst(people.filter((p) => p.id !== world.you)).slice(0, 200).map((p) => el('option', { value: p.name })));
    });
    const friendsFirst = (people) => people.sort((a, b) => (friends.state(b.id) === FRIEND) - (friends.state(a.id) === FRIEND));
    draw();
    timer = setInterval(draw, EVERY);
    unfollow = world.on('land', draw);
  }, { keys: codesOf('land'), closed: () => { clearInterval(timer); unfollow(); } });
}

const list = (place, rows, none) => refill(place, ...(rows.length ? rows : [el('li', { class: 'empty', textContent: none })]));

function plotRow({ x, y }, size, hereX, hereY, ask) {
  const here = Math.floor(hereX / size) === x && Math.floor(hereY / size) === y;
  const [east, south] = [x * size + size / 2, y * size + size / 2];
  return el('li', { class: 'row' },
    el('span', { textContent: here ? t('land.here') : t('land.plot', { x: east, y: south }) }),
    releaseButton(ask, x * size, y * size));
}

/** Asks first: a plot that is claimed anew is rolled back only to then. */
function releaseButton(ask, x, y) {
  const place = askFirst(t('land.release'), t('land.release_sure'), () => ask('release', { x, y }), () => {}, t('land.release'));
  place.firstElementChild.dataset.at = 'act';
  return place;
}

function guestRow({ id, name }, ask) {
  return el('li', { class: 'row' }, el('bdi', { textContent: name }),
    el('button', { type: 'button', class: 'second', textContent: t('land.forbid'), 'aria-label': t('land.forbid_name', { name }), onclick: () => ask('allow', { peer: id, allowed: false }) }));
}
