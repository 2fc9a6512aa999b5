// The admin's page: how the world, the model and the night are; retraining on request. A link with a token makes
// whoever is logged in the admin, once.

import { get, post } from './api.js';
import { P } from './art/palette.js';
import { byId, el } from './dom.js';
import { loadLanguage, locale, t } from './lang.js';

const EVERY = 2000; // ms

for (const [name, colour] of Object.entries(P)) document.documentElement.style.setProperty(`--${name}`, colour);

function complain(sentence = '') {
  byId('problem').textContent = sentence;
}

async function claim() {
  const token = new URLSearchParams(location.search).get('token');
  if (!token) return;
  try {
    await post('/api/admin/claim', { token });
    history.replaceState(null, '', '/admin'); // the token is spent; it need not stay in the address
  } catch (refusal) {
    complain(refusal.status === 401 ? t('admin.log_in_for_link') : refusal.message);
    throw refusal;
  }
}

function drawFacts({ players, online, model, tick = {} }) {
  const facts = [
    [t('admin.players'), players], [t('admin.online'), online],
    [t('admin.model'), model.note ? `${model.state}: ${model.note}` : model.state],
    [t('admin.tick'), tick.tick_ms_p50 === undefined ? t('admin.not_measured') : t('admin.tick_ms', { usual: tick.tick_ms_p50.toFixed(1), most: tick.tick_ms_p99.toFixed(1) })],
  ];
  byId('facts').replaceChildren(...facts.flatMap(([name, value]) => [el('dt', { textContent: name }), el('dd', { textContent: value })]));
}

function drawNight({ running, done, total, player, note, next }) {
  const waits = next ? t('admin.sleeps_until', { time: new Date(next).toLocaleString(locale()) }) : t('admin.sleeps');
  const words = running ? `${player ? t('admin.now', { done, total, player }) : t('admin.progress', { done, total })} ${note}` : `${waits} ${note}`;
  if (byId('night-state').textContent !== words) byId('night-state').textContent = words;
  const bar = byId('night-progress');
  bar.hidden = !running;
  bar.max = Math.max(1, total);
  bar.value = done;
}

function drawReports(reports) {
  const number = (value, digits) => (value === null || value === undefined ? '' : value.toFixed(digits));
  byId('reports').replaceChildren(...reports.map((r) => el('tr', {},
    el('td', { dir: 'auto', textContent: r.player }), el('td', { textContent: r.result }), el('td', { textContent: number(r.gain, 3) }),
    el('td', { textContent: number(r.seconds, 1) }), el('td', {}, r.reason, r.figures ? el('small', { textContent: ` ${r.figures}` }) : ''))));
}

async function refresh() {
  try {
    const status = await get('/api/admin/status');
    complain();
    byId('status').hidden = false;
    drawFacts(status);
    drawNight(status.night);
    drawReports(status.reports);
  } catch (refusal) {
    complain(refusal.status === 401 ? t('admin.log_in') : refusal.message);
    if (refusal.status === 401 || refusal.status === 403) return;
  }
  setTimeout(refresh, EVERY);
}

byId('retrain').addEventListener('submit', async (event) => {
  event.preventDefault();
  try {
    await post('/api/admin/retrain', { player: byId('retrain-name').value.trim() || null });
    complain();
  } catch (refusal) {
    complain(refusal.message);
  }
});

await loadLanguage();
await claim().then(refresh, () => {});
