// How the player writes, by the messages that their agent learns from.

import { el } from '../../page/dom.js';
import { t } from '../../page/lang.js';

const HABITS = ['lower_case', 'shouted', 'ends_bare', 'exclaims', 'asks', 'trails_off', 'with_emoji'];

/** @param profile learning.profile.Profile, or null while there is nothing to go by */
export function drawProfile(place, profile) {
  if (!profile) {
    place.replaceChildren(el('p', { class: 'empty', textContent: t('profile.nothing') }));
    return;
  }
  const { messages, length, words, phrases, emoji, hours } = profile;
  place.replaceChildren(
    el('p', { textContent: t('profile.by', { count: messages, length }) }),
    el('ul', { class: 'habits', 'aria-label': t('profile.habits') }, ...HABITS.filter((name) => profile[name] > 0).map((name) => habit(profile[name], t(`habit.${name}`)))),
    favourites(t('profile.words'), words), favourites(t('profile.phrases'), phrases), favourites(t('profile.signs'), emoji),
    hoursElement(hours));
}

function habit(share, words) {
  const percent = Math.round(100 * share);
  return el('li', {}, el('meter', { value: share, 'aria-hidden': 'true' }), el('span', { textContent: `${percent || '< 1'} % ${words}` }));
}

function favourites(title, found) {
  if (!found.length) return '';
  const chips = found.map(([text, count]) => el('li', { title: t('profile.in', { count }) }, el('bdi', { textContent: text }), el('small', { textContent: ` ${count}` })));
  return el('div', { class: 'favourites' }, el('small', { textContent: title }), el('ul', { class: 'chips', 'aria-label': title }, ...chips));
}

/** 24 bars; the server counts by UTC, the page shows the hours of where it is. */
function hoursElement(utc) {
  const shift = Math.round(-new Date().getTimezoneOffset() / 60);
  const local = utc.map((_, hour) => utc[(hour - shift + 48) % 24]);
  const most = Math.max(...local);
  const busiest = local.indexOf(most);
  const bars = local.map((count, hour) => {
    const bar = el('span', { title: t('profile.hour', { hour, count }) });
    bar.style.height = `${count ? Math.max(6, Math.round(100 * count / most)) : 2}%`;
    return bar;
  });
  return el('figure', { class: 'hours' },
    el('div', { role: 'img', 'aria-label': t('profile.hours', { from: busiest, to: busiest + 1 }) }, ...bars),
    el('figcaption', {}, ...['0', '6', '12', '18', '24'].map((hour) => el('small', { textContent: hour }))));
}
