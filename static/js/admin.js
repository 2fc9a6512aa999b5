// The admin's page: how the world, the model and the night are; retraining on request. A link with a token makes
// whoever is logged in the admin, once.

import { get, post } from './net/api.js';
import { P } from './art/palette.js';
import { byId, el } from './page/dom.js';
import { loadLanguage, locale, number, t } from './page/lang.js';
import { orLost } from './page/lost.js';
import { drawEngine } from './admin/engine.js';
import { drawLocked, lockByName } from './admin/locks.js';
import { drawNights } from './admin/nights.js';
import { rollbackForm } from './admin/rollback.js';
import { drawReported } from './admin/reports.js';
import { withdrawByName } from './admin/withdraw.js';
import { inOwnWords } from './page/sentences.js';

const EVERY = 2000; // ms

for (const [name, colour] of Object.entries(P)) document.documentElement.style.setProperty(`--${name}`, colour);

function complain(sentence = '') {
  byId('problem').textContent = sentence;
}

let unreachable = false; // what is complained of is that the last look failed: the next that does not ends it

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

function modelWords({ state, note }) {
  if (state === 'loading' && note) return inOwnWords(note); // it says that they wake up, and what for
  const words = { loading: t('agent.waking'), ready: t('agent.awake'), failed: t('agent.cannot') }[state] ?? state;
  return note ? `${words} ${inOwnWords(note)}` : words;
}

function drawFacts({ players, online, watching, model, tick = {} }) {
  const facts = [
    [t('admin.players'), players], [t('admin.online'), online], [t('admin.watching'), watching],
    [t('admin.model'), modelWords(model)],
    [t('admin.tick'), tick.tick_ms_p50 === undefined ? t('admin.not_measured') : t('admin.tick_ms', { usual: number(tick.tick_ms_p50, 1), most: number(tick.tick_ms_p99, 1) })],
  ];
  byId('facts').replaceChildren(...facts.flatMap(([name, value]) => [el('dt', { textContent: name }), el('dd', { textContent: value })]));
}

function drawNight({ running, paused, done, total, player, doing, percent, counts, waiting, next, left_s: left }) {
  const waits = next ? t('admin.sleeps_until', { time: new Date(next).toLocaleString(locale()) }) : t('admin.sleeps');
  const came = Object.entries(counts).map(([kind, count]) => t('admin.came_to', { result: t(`result.${kind}`), count: number(count) }));
  if (waiting) came.push(t('admin.put_off', { count: number(waiting) }));
  const turn = player ? t('admin.now', { done, total, player }) : t('admin.progress', { done, total });
  const words = running ? `${turn}${lesson(paused && !player ? 'paused' : doing, percent)}${remaining(left)}` : [waits, paused ? t('night.paused') : '', came.join(t('list.comma'))].filter(Boolean).join(' ');
  if (byId('night-state').textContent !== words) byId('night-state').textContent = words;
  byId('night-pause-row').hidden = !running && !paused;
  byId('night-pause').textContent = paused ? t('admin.go_on') : t('admin.pause');
  byId('night-pause').onclick = () => change('/api/admin/pause', { paused: !paused });
  const bar = byId('night-progress');
  bar.hidden = !running;
  bar.max = Math.max(1, total);
  bar.value = done;
}

/** What the lesson is at, and how far. */
const lesson = (doing, percent) => (doing ? ` ${t(`night.${doing.replaceAll(' ', '_')}`)}${percent === null ? '' : ` ${percent} %`}` : '');

/** In minutes, and only where there is something to go by. */
const remaining = (left) => (left ? ` ${t('admin.minutes_left', { minutes: Math.max(1, Math.round(left / 60)) })}` : '');

async function change(path, body) {
  try {
    await post(path, body);
    complain();
  } catch (refusal) {
    complain(refusal.message);
  }
}

/** Versions that were taken back, by themselves or from here. */
function drawWithdrawn(withdrawn) {
  byId('withdrawn').replaceChildren(...withdrawn.map(({ player, version, reason }) => el('li', {},
    el('bdi', { textContent: player }), `: ${t('admin.taken_back_one', { version, reason: inOwnWords(reason) })}`)));
  byId('withdrawn-none').hidden = withdrawn.length > 0;
}

let looks = 0;

async function draw() {
  const look = ++looks;
  const status = await get('/api/admin/status');
  if (look !== looks) return; // one that was asked for later shows what was changed since
  if (unreachable) complain();
  unreachable = false;
  byId('status').hidden = false;
  drawFacts(status);
  drawEngine(status.engine);
  drawNight(status.night);
  drawNights(status.held, status.nights);
  drawWithdrawn(status.withdrawn);
  drawLocked(status, drawNow);
  await drawReported(complain, drawNow);
}

/** Shows at once what was changed from here; what cannot be had now comes with the next look. */
const drawNow = () => draw().catch(() => {});

async function refresh() {
  try {
    await draw();
  } catch (refusal) {
    unreachable = true;
    complain(refusal.status === 401 ? t('admin.log_in') : refusal.message);
    if (refusal.status === 401 || refusal.status === 403) return;
  }
  setTimeout(refresh, EVERY);
}

byId('retrain').addEventListener('submit', async (event) => {
  event.preventDefault();
  await change('/api/admin/retrain', { player: byId('retrain-name').value.trim() || null });
});

await orLost(loadLanguage());
byId('rollback').replaceChildren(rollbackForm('/api/admin/rollback'));
lockByName(drawNow);
withdrawByName(drawNow, complain);

await claim().then(refresh, () => {});
