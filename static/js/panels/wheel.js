// Let my agent play: one's own agent at the wheel while one watches. A note says so for as long as it drives.

import { byId } from '../page/dom.js';
import { PLAYER } from '../world/state.js';

/** @param {{net: import('../net/net.js').Net, world: import('../world/state.js').World, toast: (text: string) => void,
 *   hintDone: (step: string) => void}} parts
 * @returns {{turn: () => void, take: () => void}} `turn` gives the wheel to the agent or takes it back, `take` only that */
export function createWheel({ net, world, toast, hintDone }) {
  const note = byId('driven');
  const button = byId('drive');

  function show() {
    if (note.hidden !== world.driven) return; // bodies come by all the time, and what is set anew is styled anew
    note.hidden = !world.driven;
    button.setAttribute('aria-pressed', String(world.driven));
  }

  async function drive(on) {
    try {
      await net.request('drive', { on });
    } catch (refusal) {
      toast(refusal.message);
    }
  }

  function turn() {
    hintDone('drive');
    drive(!world.driven);
  }

  /** The player reaches for the wheel: theirs from this very moment, also if what they do comes to nothing. */
  function take() {
    if (!world.driven) return;
    world.me.driver = PLAYER;
    show();
    drive(false);
  }

  world.on('welcome', show);
  world.on('bodies', show);
  world.on('wheel', show);
  byId('take-wheel').addEventListener('click', turn);
  return { turn, take };
}
