// The nights in pictures, for the admin: what each player gained, how long the nights took, why versions were refused.

import { barChart } from './chart.js';
import { byId } from './dom.js';
import { locale, t } from './lang.js';
import { inOwnWords } from './sentences.js';

const SHOWN = 20; // players with the greatest gains

let before = '';

/** @param {{player: string, result: string, reason: string, gain: number | null}[]} reports @param {{time: number, seconds: number}[]} nights the newest first */
export function drawCharts(reports, nights) {
  const now = JSON.stringify([reports.map(({ player, result, reason, gain }) => [player, result, reason, gain]), nights]);
  if (now === before) return; // a table that is open stays open
  before = now;
  const measured = reports.filter(({ gain }) => gain !== null).sort((a, b) => b.gain - a.gain).slice(0, SHOWN);
  const gains = measured.map(({ player, gain }) => ({ label: player, value: gain, words: number(gain, 3) }));
  const lengths = [...nights].reverse().map(({ time, seconds }) => ({ label: new Date(time).toLocaleString(locale(), { dateStyle: 'medium', timeStyle: 'short' }), value: seconds, words: number(seconds / 60, 1) }));
  const refused = new Map();
  for (const { result, reason } of reports) if (result === 'refused') refused.set(reason, (refused.get(reason) ?? 0) + 1);
  const reasons = [...refused].sort((a, b) => b[1] - a[1]).map(([reason, count]) => ({ label: inOwnWords(reason), value: count, words: number(count, 0) }));
  const charts = [
    [t('chart.gains'), gains, [t('admin.player'), t('admin.gain')]],
    [t('chart.minutes'), lengths, [t('admin.night'), t('chart.in_minutes')]],
    [t('chart.refusals'), reasons, [t('admin.why'), t('admin.players')]],
  ];
  byId('charts').replaceChildren(...charts.filter(([, bars]) => bars.length).map((chart) => barChart(...chart)));
}

const number = (value, digits) => value.toLocaleString(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits });
