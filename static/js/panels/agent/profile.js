// How the player writes, by the messages that their agent learns from.

import { el } from '../../dom.js';

const HABITS = [
  ['lower_case', 'all in lower case'], ['shouted', 'all in capitals'], ['ends_bare', 'without a mark at the end'], ['exclaims', 'ending in “!”'],
  ['asks', 'ending in “?”'], ['trails_off', 'with “…”'], ['with_emoji', 'with a smiley or emoji'],
];

/** @param profile learning.profile.Profile, or null while there is nothing to go by */
export function drawProfile(place, profile) {
  if (!profile) {
    place.replaceChildren(el('p', { class: 'empty', textContent: 'Nothing yet: this comes from what you write.' }));
    return;
  }
  const { messages, length, words, phrases, emoji, hours } = profile;
  place.replaceChildren(
    el('p', { textContent: `By ${messages === 1 ? 'one message' : `${messages} messages`} of yours, of ${length} words usually. Only you see this.` }),
    el('ul', { class: 'habits', 'aria-label': 'Habits' }, ...HABITS.filter(([name]) => profile[name] > 0).map(([name, words]) => habit(profile[name], words))),
    favourites('Your words', words), favourites('Your phrases', phrases), favourites('Your signs', emoji),
    hoursElement(hours));
}

function habit(share, words) {
  const percent = Math.round(100 * share);
  return el('li', {}, el('meter', { value: share, 'aria-hidden': 'true' }), el('span', { textContent: `${percent || '< 1'} % ${words}` }));
}

function favourites(title, found) {
  if (!found.length) return '';
  const chips = found.map(([text, count]) => el('li', { title: `in ${count} messages` }, el('bdi', { textContent: text }), el('small', { textContent: ` ${count}` })));
  return el('div', { class: 'favourites' }, el('small', { textContent: title }), el('ul', { class: 'chips', 'aria-label': title }, ...chips));
}

/** 24 bars; the server counts by UTC, the page shows the hours of where it is. */
function hoursElement(utc) {
  const shift = Math.round(-new Date().getTimezoneOffset() / 60);
  const local = utc.map((_, hour) => utc[(hour - shift + 48) % 24]);
  const most = Math.max(...local);
  const busiest = local.indexOf(most);
  const bars = local.map((count, hour) => {
    const bar = el('span', { title: `${hour}:00, ${count} messages` });
    bar.style.height = `${count ? Math.max(6, Math.round(100 * count / most)) : 2}%`;
    return bar;
  });
  return el('figure', { class: 'hours' },
    el('div', { role: 'img', 'aria-label': `Messages by the hour; most of them from ${busiest}:00 to ${busiest + 1}:00` }, ...bars),
    el('figcaption', {}, ...['0', '6', '12', '18', '24'].map((hour) => el('small', { textContent: hour }))));
}
