// What each wish of the player does, however it was made: by key, mouse or finger.

import { closePanel } from '../panels/panel.js';
import { GROUND } from '../world/state.js';

/** What takes the wheel back from the agent. */
const OWN_HANDS = ['strokeHere', 'paintHere', 'digHere', 'digAhead', 'useHere', 'useOrPlaceHere', 'useOrPlaceAhead', 'select', 'turnSlot', 'goHome', 'walkStarted'];
/** What can be done on the way. */
const IN_PASSING = ['select', 'turnSlot'];

/**
 * @param {{goHome: () => void, hands: import('../world/hands.js').Hands, brush: import('../world/brush.js').Brush, camera: import('../view/camera.js').Camera, figures: import('../view/figures.js').Figures,
 *   chatBox: {talkTo: Function, focus: Function, walked: () => void}, panels: Record<string, () => void>, world: import('../world/state.js').World,
 *   sound: import('../page/sound.js').Sound, going: import('../world/going.js').Going, hintDone: (step: string) => void, wheel: {turn: () => void, take: () => void}}} parts
 * @returns {import('./input.js').Actions}
 */
export function createActions({ goHome, hands, brush, camera, figures, chatBox, panels, world, sound, going, hintDone, wheel }) {
  const tileUnder = (clientX, clientY) => {
    const { x, y } = camera.toWorld(clientX, clientY);
    return hands.tileAt(x, y);
  };
  const groundUnder = (clientX, clientY) => {
    const { x, y } = camera.toWorld(clientX, clientY);
    return { x: Math.floor(x / 16), y: Math.floor(y / 16) };
  };
  const useOrPlace = (tile, ground) => (hands.canUse(tile) ? hands.use(tile) : brush.inHand ? brush.touch(tile)
    : hands.holdsFood ? hands.eat() : hands.place(ground));
  const now = () => performance.now();
  const select = (slot) => {
    hands.select(slot);
    sound.chosen();
  };
  const actions = {
    digHere: (x, y, first = false) => {
      const tile = tileUnder(x, y);
      hands.point(tile);
      hands.digAt(tile, now(), first);
    },
    /** The brush is drawn to here, without being lifted. */
    paintHere: (x, y) => {
      const tile = tileUnder(x, y);
      hands.point(tile);
      brush.drawTo(tile);
    },
    paints: () => brush.inHand,
    usable: (x, y) => hands.canUse(tileUnder(x, y)),
    /** A stroke begins here: it paints what can be used as well. */
    strokeHere: (x, y) => brush.touch(tileUnder(x, y)),
    digAhead: (first = false) => hands.digAt(hands.tileAhead(), now(), first),
    stopDigging: () => hands.stop(),
    useHere: (x, y) => hands.canUse(tileUnder(x, y)) && hands.use(tileUnder(x, y)),
    useOrPlaceHere: (x, y) => useOrPlace(tileUnder(x, y), groundUnder(x, y)),
    useOrPlaceAhead: () => useOrPlace(hands.tileAhead(), hands.tileAhead()),
    point: (x, y) => hands.point(tileUnder(x, y)),
    unpoint: () => hands.point(null),
    select,
    turnSlot: (by) => select(world.slot + by),
    talk: () => chatBox.focus(),
    zoom: (by) => camera.zoomBy(by),
    bag: panels.bag,
    map: panels.map,
    goHome,
    drive: wheel.turn,
    people: panels.people,
    land: panels.land,
    journal: panels.journal,
    colours: panels.colours,
    agent: panels.agent,
    closePanel: () => {
      going.stop();
      closePanel();
    },
    walkStarted: () => {
      hintDone('walk');
      chatBox.walked();
    },
    /** A click on somebody begins a talk with them. */
    open: (clientX, clientY) => {
      const { x, y } = camera.toWorld(clientX, clientY);
      const figure = figures.at(x, y);
      if (!figure) return false;
      chatBox.talkTo(figure.body.id, figure.body.name);
      return true;
    },
    /** A click on what is out of reach leads there. Within reach it is for the hands, and is none of this. */
    walkTo: (clientX, clientY) => {
      const tile = tileUnder(clientX, clientY);
      if (hands.inReach(tile.x, tile.y) || world.at(tile.x, tile.y, GROUND) < 0) return false;
      actions.goTo(tile);
      return true;
    },
    goTo: (tile) => {
      hands.stop();
      actions.walkStarted(); // which takes the wheel back as well
      going.to(tile);
    },
  };
  for (const name of OWN_HANDS) {
    const act = actions[name];
    actions[name] = (...given) => {
      wheel.take();
      if (!IN_PASSING.includes(name)) going.stop();
      return act(...given);
    };
  }
  return actions;
}
