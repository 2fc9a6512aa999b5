// How much the agent may do, its quiet hours, and whether it learns: the player's choice, in the agent's panel.

import { get, post } from '../../net/api.js';
import { el } from '../../page/dom.js';
import { t } from '../../page/lang.js';

const LEVELS = [3, 2, 1, 0]; // act, reply, draft, watch, as the server numbers them

/** @param {{toast: (text: string, kind?: string) => void}} parts @param {() => void} changed called once it is kept whether the agent learns */
export function conductElement({ toast }, changed) {
  const place = el('section', { class: 'conduct', 'aria-label': t('conduct.title') }, el('h3', { textContent: t('conduct.title') }));
  draw(place, toast, changed);
  return place;
}

async function draw(place, toast, changed) {
  let conduct;
  try {
    conduct = await get('/api/me/agent/conduct');
  } catch (refusal) {
    place.append(el('p', { class: 'failure', textContent: refusal.message }));
    return;
  }
  const levels = LEVELS.map((each) => el('input', { type: 'radio', name: 'conduct-level', value: each, checked: each === conduct.level }));
  const choices = levels.map((level, i) => el('label', { class: 'choice-row' }, level, ` ${t(`conduct.level${LEVELS[i]}`)}`));
  const from = el('input', { type: 'time', value: clock(conduct.quiet_from), required: true, 'aria-label': t('conduct.from') });
  const to = el('input', { type: 'time', value: clock(conduct.quiet_to), required: true, 'aria-label': t('conduct.to') });
  const quiet = el('input', { type: 'checkbox', checked: conduct.quiet_from !== conduct.quiet_to });
  const hours = el('span', { class: 'quiet', hidden: !quiet.checked }, from, ' – ', to);
  const learns = el('input', { type: 'checkbox', checked: conduct.learns });
  let saved = Promise.resolve();
  let kept = { ...conduct, learns: Number(conduct.learns) };
  const isWritten = () => from.checkValidity() && to.checkValidity();
  function save() {
    hours.hidden = !quiet.checked;
    saved = saved.then(send); // one after the other: the server is to end with what was chosen last
  }
  async function send() {
    // While another time is being written, what was kept holds.
    const [quietFrom, quietTo] = !quiet.checked ? [0, 0] : isWritten() ? [minutes(from), minutes(to)] : [kept.quiet_from, kept.quiet_to];
    const values = { level: Number(levels.find(({ checked }) => checked).value), quiet_from: quietFrom, quiet_to: quietTo, learns: Number(learns.checked), utc_offset: -new Date().getTimezoneOffset() };
    try {
      await post('/api/me/agent/conduct', { ...values, zone: Intl.DateTimeFormat().resolvedOptions().timeZone ?? '' });
      toast(t('conduct.saved'), 'news');
      if (values.learns !== kept.learns) changed();
      kept = values;
    } catch (refusal) {
      toast(refusal.message);
    }
  }
  quiet.addEventListener('change', () => {
    if (quiet.checked && (!isWritten() || from.value === to.value)) [from.value, to.value] = ['22:00', '07:00'];
    save();
  });
  for (const field of [...levels, learns]) field.addEventListener('change', save);
  for (const time of [from, to]) time.addEventListener('change', () => isWritten() && save());
  place.append(el('div', { role: 'radiogroup', 'aria-label': t('conduct.title') }, ...choices), el('label', { class: 'choice-row' }, quiet, ` ${t('conduct.quiet')}`), hours,
    el('label', { class: 'choice-row' }, learns, ` ${t('conduct.learns')}`), el('small', { textContent: t('conduct.learns_not') }));
}

const clock = (minute) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

function minutes({ value }) {
  const [hour, minute] = value.split(':').map(Number);
  return hour * 60 + minute;
}
