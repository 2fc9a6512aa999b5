// The nights for the admin, in tables and pictures: what each player gained, how long nights took, why versions were refused.

import { labelCells } from './cards.js';
import { barChart } from './chart.js';
import { byId, el, refill } from '../page/dom.js';
import { locale, number, t } from '../page/lang.js';
import { inOwnWords } from '../page/sentences.js';

const SHOWN = 20; // players with the greatest gains

let before = '';

/**
 * @typedef {{player: string, result: string, reason: string, figures: string, gain: number | null, seconds: number}} Result
 * @param {{due: string, time: number, results: Result[]}[]} held the newest night of the clock, and before it one by hand that is newer
 * @param {{time: number, seconds: number}[]} nights the newest first
 */
export function drawNights(held, nights) {
  const now = JSON.stringify([held, nights]);
  if (now === before) return; // a table that is open stays open, and what is marked in it marked
  before = now;
  byId('held').replaceChildren(...held.flatMap(nightTable));
  drawCharts(held.at(-1)?.results ?? [], nights);
}

function nightTable({ due, time, results }, i) {
  const title = el('h3', { id: `held-${i}`, textContent: due ? t('admin.night_of', { time: moment(time) }) : t('admin.by_hand', { time: moment(time) }) });
  const heads = [t('admin.player'), t('admin.result'), t('admin.gain'), t('admin.seconds'), t('admin.why')];
  const rows = [...results].sort((a, b) => a.player.localeCompare(b.player, locale())).map((r) => el('tr', {},
    el('th', { scope: 'row' }, el('bdi', { textContent: r.player })), el('td', { textContent: t(`result.${r.result}`) }),
    el('td', { textContent: r.gain === null ? '' : number(r.gain, 3) }), el('td', { textContent: number(r.seconds, 1) }),
    el('td', {}, inOwnWords(r.reason), r.figures ? el('small', { textContent: ` ${r.figures}` }) : '')));
  const table = el('table', { 'aria-labelledby': title.id }, el('thead', {}, el('tr', {}, ...heads.map((words) => el('th', { scope: 'col', textContent: words })))), el('tbody', {}, ...rows));
  labelCells(table);
  return [title, el('div', { class: 'wide', role: 'region', tabIndex: 0, 'aria-labelledby': title.id }, table)]; // by keys it is scrolled too
}

function drawCharts(results, nights) {
  const measured = results.filter(({ gain }) => gain !== null).sort((a, b) => b.gain - a.gain).slice(0, SHOWN);
  const gains = measured.map(({ player, gain }) => ({ label: player, value: gain, words: number(gain, 3) }));
  const lengths = [...nights].reverse().map(({ time, seconds }) => ({ label: moment(time), value: seconds, words: number(seconds / 60, 1) }));
  const refused = new Map();
  for (const { result, reason } of results) if (result === 'refused') refused.set(reason, (refused.get(reason) ?? 0) + 1);
  const reasons = [...refused].sort((a, b) => b[1] - a[1]).map(([reason, count]) => ({ label: inOwnWords(reason), value: count, words: number(count) }));
  const charts = [
    [t('chart.gains'), gains, [t('admin.player'), t('admin.gain')]],
    [t('chart.minutes'), lengths, [t('admin.night'), t('chart.in_minutes')]],
    [t('chart.refusals'), reasons, [t('admin.why'), t('admin.players')]],
  ];
  const titleOf = (chart) => chart.querySelector('figcaption').textContent;
  const open = new Set([...byId('charts').children].filter((chart) => chart.querySelector('details').open).map(titleOf));
  refill(byId('charts'), ...charts.filter(([, bars]) => bars.length).map((chart) => barChart(...chart)));
  for (const chart of byId('charts').children) chart.querySelector('details').open = open.has(titleOf(chart));
}

const moment = (time) => new Date(time).toLocaleString(locale(), { dateStyle: 'medium', timeStyle: 'short' });
