// The admin's page: how the world, the model and the night are; retraining on request. A link with a token makes
// whoever is logged in the admin, once.

import { get, post } from './api.js';
import { P } from './art/palette.js';
import { byId, el } from './dom.js';

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
    complain(refusal.status === 401 ? 'Log in to the world first, in this browser, then open this link again.' : refusal.message);
    throw refusal;
  }
}

function drawFacts({ players, online, model, tick = {} }) {
  const facts = [
    ['Players', players], ['Here now', online],
    ['Model', model.note ? `${model.state}: ${model.note}` : model.state],
    ['Tick', tick.tick_ms_p50 === undefined ? 'not measured yet' : `${tick.tick_ms_p50.toFixed(1)} ms usual, ${tick.tick_ms_p99.toFixed(1)} ms at most in 99 of 100`],
  ];
  byId('facts').replaceChildren(...facts.flatMap(([name, value]) => [el('dt', { textContent: name }), el('dd', { textContent: value })]));
}

function drawNight({ running, done, total, player, note, next }) {
  const waits = next ? `It sleeps until ${new Date(next).toLocaleString()}.` : 'It sleeps.';
  const words = running ? `${done} of ${total} players${player ? `, now ${player}` : ''}. ${note}` : `${waits} ${note}`;
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
    complain(refusal.status === 401 ? 'Log in to the world first, in this browser.' : refusal.message);
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

await claim().then(refresh, () => {});
