// What the engine is doing: who waits, how fast it writes, what is in memory; and if it has failed, why.

import { byId, el } from '../page/dom.js';
import { locale, number, t } from '../page/lang.js';
import { inOwnWords } from '../page/sentences.js';

const megabytes = (bytes) => (bytes / 1e6).toLocaleString(locale(), { style: 'unit', unit: 'megabyte', maximumFractionDigits: 0 });

/** @param {?object} stats as the engine's `Stats` names them; null while no model has been loaded */
export function drawEngine(stats) {
  byId('engine').hidden = !stats;
  if (!stats) return;
  const failed = byId('engine-failure');
  failed.hidden = !stats.failure;
  const why = stats.failure ? inOwnWords(stats.failure) : '';
  if (failed.textContent !== why) failed.textContent = why; // an alert is read out whenever it is written
  const facts = stats.failure ? [] : [...working(stats), ...memory(stats)];
  byId('engine-facts').replaceChildren(...facts.flatMap(([name, value]) => [el('dt', { textContent: name }), el('dd', { textContent: value })]));
}

function working({ device, running, slots, waiting, tokens, tokens_per_s: speed, batch, first_word_ms_p50: usual, first_word_ms_p95: most }) {
  return [
    [t('engine.device'), device],
    [t('engine.answers'), t('engine.answers_now', { running: number(running), slots: number(slots), waiting: number(waiting) })],
    [t('engine.speed'), t('engine.speed_now', { tokens: number(speed, 1), batch: number(batch, 1) })],
    [t('engine.first_word'), tokens ? t('engine.first_word_ms', { usual: number(usual), most: number(most) }) : t('admin.not_measured')],
  ];
}

function memory({ host_adapters: count, adapter_hits: hits, adapter_misses: misses, weights_bytes: weights, kv_bytes: talks, adapter_bytes: used, host_adapter_bytes: kept }) {
  return [
    [t('engine.adapters'), t('engine.adapters_now', { count: number(count), hits: number(hits), misses: number(misses) })],
    [t('engine.memory'), t('engine.memory_now', { weights: megabytes(weights), talks: megabytes(talks), used: megabytes(used), kept: megabytes(kept) })],
  ];
}
