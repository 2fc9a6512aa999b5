// How the model is, how much there is to learn from, and what the last training came to.

import { el } from '../../page/dom.js';
import { locale, t } from '../../page/lang.js';
import { inOwnWords } from '../../page/sentences.js';

/** @param {{profile: {messages: number} | null}} portrait `profile` is by the messages that are fit to learn from */
export function drawState(place, { model, profile, needed, learns, report }) {
  const own = profile?.messages ?? 0;
  const words = {
    loading: t('agent.waking'),
    ready: t('agent.speaking_with', model),
    failed: t('agent.cannot'),
  }[model.state] ?? model.state;
  const learnt = !learns ? t('agent.learns_not') : own >= needed
    ? t('agent.learns', { count: own })
    : t('agent.needs', { needed, count: own });
  place.replaceChildren(
    el('p', {}, el('span', { class: 'agent-mark' }), ` ${words}`),
    model.note ? el('p', { class: 'note', dir: 'auto', textContent: inOwnWords(model.note) }) : '',
    model.advice ? el('p', { class: 'note advice', dir: 'auto', textContent: inOwnWords(model.advice) }) : '',
    el('progress', { max: needed, value: Math.min(own, needed), 'aria-label': t('agent.messages') }),
    el('p', { textContent: learnt }),
    report ? reportElement(report) : '',
  );
}

/** What the last training came to, how many messages it went by, and which it left out and why. */
function reportElement({ time, reason, messages, left_out: leftOut, left_out_because: because }) {
  const when = new Date(time).toLocaleString(locale(), { dateStyle: 'medium', timeStyle: 'short' });
  const words = leftOut ? t('agent.training_left', { when, count: messages, leftOut })
    : messages ? t('agent.training_went', { when, count: messages }) : t('agent.training_at', { when });
  return el('section', { class: 'note report', 'aria-label': t('agent.training') },
    el('p', { textContent: words }),
    leftOut ? el('ul', {}, ...because.map((words) => el('li', { dir: 'auto', textContent: inOwnWords(words) }))) : '',
    el('p', { dir: 'auto', textContent: inOwnWords(reason) }));
}
