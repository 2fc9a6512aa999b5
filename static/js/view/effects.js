// What answers an event at once: chips, sounds, bubbles, toasts. Nothing here changes what is known.

import { P, mix } from '../art/palette.js';
import { NEARBY, PRIVATE } from '../chat/chat.js';
import { byId } from '../page/dom.js';
import { blockName, t } from '../page/lang.js';
import { inOwnWords } from '../page/sentences.js';
import { GROUND, PAINT, STANDING } from '../world/state.js';

const TILE = 16;
const STEP_SOUND = 290; // ms

/** Connects events to their effects; the parts are those of index.js. */
export function createEffects({ net, world, chat, hands, walk, going, figures, particles, tiles, labels, sound, toast, hintDone, openSign }) {
  let steppedAt = 0;

  const middle = (x, y) => [x * TILE + 8, y * TILE + 10];
  const chipsOf = (block) => {
    const { colour } = world.kinds[block];
    return [colour, mix(colour, P.ink, 0.3), mix(colour, P.paper, 0.3)];
  };
  const topBlock = (x, y) => world.at(x, y, STANDING) || world.at(x, y, GROUND);

  hands.onStage = ({ x, y, stage }) => {
    sound.chip();
    particles.chips(...middle(x, y), chipsOf(Math.max(0, topBlock(x, y))), 2 + stage);
  };
  hands.onPlaced = ({ x, y, block }) => {
    sound.placed();
    particles.chips(...middle(x, y), chipsOf(block), 5);
  };
  hands.onUsed = ({ x, y, kind }) => {
    sound.used();
    if (kind?.use === 'sign') openSign({ x, y });
    if (kind?.use === 'bed') toast(t('home.is'), 'news');
  };
  hands.onHomeless = () => toast(t('home.none'), 'news');
  hands.onAte = (food) => {
    const { own } = figures;
    sound.pickedUp();
    if (own) particles.chips(own.x, own.y - 8, chipsOf(food.id), 6);
    const { fed, fed_digs: times, tick_hz: hz } = world.rules;
    toast(t('food.eaten', { food: blockName(food), seconds: fed / hz, times }), 'news');
  };
  hands.onStillFed = (count) => toast(t('food.still', { count, times: world.rules.fed_digs }), 'news');
  hands.onRefused = (reason, { x, y }) => {
    sound.refused();
    toast(reason);
    particles.chips(...middle(x, y), [P.red, P.orange], 6);
  };

  going.onRefused = hands.onRefused;

  world.on('block', ({ x, y, layer, block, before }) => {
    if (layer !== PAINT && before > 0 && block !== before) particles.chips(...middle(x, y), chipsOf(before), 12);
  });
  hands.onDug = ({ x, y, drops }) => {
    hintDone('dig');
    sound.broke();
    const { own } = figures;
    if (!own || !drops) return;
    particles.pickUp(...middle(x, y), own.x, own.y - 8, tiles.icon(drops));
    sound.pickedUp();
  };

  chat.listen((change, detail) => {
    if (change === 'unsaid') labels.hush(detail);
    if (change !== 'said') return;
    const { message, own } = detail;
    if (own) hintDone('say');
    if (message.channel === NEARBY || message.channel === PRIVATE) {
      labels.say(message, message.channel === PRIVATE, performance.now());
    }
    if (!own) sound.said();
  });

  let told = '';
  world.on('model', ({ state, note }) => {
    byId('open-agent').dataset.state = state;
    const words = state === 'ready' ? t('agent.awake') : inOwnWords(note);
    // Who comes into a world whose agents are awake need not be told; what the model is, and how far the fetching of it,
    // stands in the agent's panel.
    if (state !== told && (told || state !== 'ready')) toast(words, state === 'failed' ? 'refusal' : 'news');
    told = state;
  });

  walk.onStep = () => {
    const now = performance.now();
    if (now - steppedAt < STEP_SOUND) return;
    steppedAt = now;
    sound.step();
  };

  net.on('refused', ({ ref, reason }) => {
    if (ref === 0) toast(reason);
  });
}
