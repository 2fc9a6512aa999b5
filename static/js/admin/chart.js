// Bars drawn as SVG by the page itself, with the same figures as a table: no picture that only some can read.

import { el } from '../page/dom.js';
import { LANGUAGES, isolated, locale, t } from '../page/lang.js';

const WIDE = 320; // units of the drawing; on a phone about as many CSS pixels
const ROW = 40;
const LONGEST = 40; // letters of a label; all of it is in the table

let drawn = 0; // charts, so that their titles have ids of their own

/**
 * @param {string} title @param {{label: string, value: number, words: string}[]} bars `words`: the value as it is read
 * @param {[string, string]} heads of the table's two columns
 */
export function barChart(title, bars, heads) {
  return el('figure', { class: 'chart' }, el('figcaption', { textContent: title }), drawing(title, bars), tableElement(title, bars, heads));
}

function drawing(title, bars) {
  const id = `chart-${++drawn}`;
  const rtl = LANGUAGES[locale()].dir === 'rtl';
  const least = Math.min(0, ...bars.map(({ value }) => value));
  const span = Math.max(0, ...bars.map(({ value }) => value)) - least || 1;
  const x = (value) => WIDE * (value - least) / span;
  const from = (start, width) => (rtl ? WIDE - start - width : start); // a bar grows the way one reads
  const rows = bars.flatMap(({ label, value, words }, i) => {
    const width = Math.max(1, Math.abs(x(value) - x(0)));
    const place = { y: i * ROW + 14, direction: rtl ? 'rtl' : 'ltr' };
    return [
      svg('text', { ...place, x: rtl ? WIDE : 0 }, isolated(short(label))),
      svg('text', { ...place, x: rtl ? 0 : WIDE, 'text-anchor': 'end', class: 'value' }, words),
      svg('rect', { x: from(Math.min(x(0), x(value)), width), y: i * ROW + 20, width, height: 10, rx: 2, class: value < 0 ? 'loss' : 'gain' }),
    ];
  });
  return svg('svg', { viewBox: `0 0 ${WIDE} ${bars.length * ROW}`, role: 'img', 'aria-labelledby': `${id} ${id}-desc` },
    svg('title', { id }, title), svg('desc', { id: `${id}-desc` }, bars.map(({ label, words }) => `${label}: ${words}`).join('; ')), ...rows);
}

const short = (label) => ([...label].length > LONGEST ? `${[...label].slice(0, LONGEST - 1).join('')}…` : label);

function tableElement(title, bars, [label, value]) {
  return el('details', {}, el('summary', { textContent: t('chart.table') }),
    el('table', { 'aria-label': title }, el('thead', {}, el('tr', {}, el('th', { scope: 'col', textContent: label }), el('th', { scope: 'col', textContent: value }))),
      el('tbody', {}, ...bars.map((bar) => el('tr', {}, el('th', { scope: 'row', dir: 'auto', textContent: bar.label }), el('td', { textContent: bar.words }))))));
}

function svg(tag, attributes, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}
