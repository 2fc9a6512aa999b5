// How the map is moved: dragged, pinched, by wheel and by keys. A click, or a finger that only taps, chooses a tile.

const STILL = 6; // CSS pixels that a pointer may wander and still choose
const PAN = 48; // CSS pixels for a press of an arrow
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @param {HTMLCanvasElement} canvas @param {import('../../view/mapview.js').MapView} view
 * @param {{moved: () => void, chosen: (tile: {x: number, y: number}) => void, home: () => void}} then
 */
export function handle(canvas, view, { moved, chosen, home }) {
  const down = new Map(); // pointers by id, where they are now
  let from = null; // where a press began that may yet be a click

  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const fromMiddle = ({ x, y }) => [x - view.width / 2, y - view.height / 2];

  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    down.set(event.pointerId, at(event));
    from = down.size === 1 && event.button === 0 ? at(event) : null;
  });
  canvas.addEventListener('pointermove', (event) => {
    const before = down.get(event.pointerId);
    if (!before) return;
    const now = at(event);
    if (from && Math.hypot(now.x - from.x, now.y - from.y) < STILL) return;
    from = null;
    const others = [...down].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    if (others.length) pinch(others[0], before, now);
    else view.panBy(before.x - now.x, before.y - now.y);
    down.set(event.pointerId, now);
    moved();
  });
  canvas.addEventListener('pointerup', (event) => {
    if (from) chosen(view.tileAt(from.x, from.y));
    lifted(event);
  });
  canvas.addEventListener('pointercancel', lifted);
  canvas.addEventListener('wheel', (event) => {
    event.preventDefault();
    view.zoomBy(-Math.sign(event.deltaY), ...fromMiddle(at(event)));
    moved();
  }, { passive: false });
  canvas.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { code } = event;
    if (ARROWS[code]) view.panBy(ARROWS[code][0] * PAN, ARROWS[code][1] * PAN);
    else if (code === 'Equal' || code === 'NumpadAdd') view.zoomBy(1);
    else if (code === 'Minus' || code === 'NumpadSubtract') view.zoomBy(-1);
    else if (code === 'Home') home();
    else if (code === 'Enter' || code === 'Space') chosen(view.tileAt(view.width / 2, view.height / 2));
    else return;
    event.preventDefault();
    moved();
  });

  function lifted({ pointerId }) {
    down.delete(pointerId);
    from = null;
  }

  /** Two fingers: the land between them stays between them. */
  function pinch(still, before, now) {
    const apart = (a) => Math.max(1, Math.hypot(a.x - still.x, a.y - still.y));
    const middle = (a) => ({ x: (a.x + still.x) / 2, y: (a.y + still.y) / 2 });
    view.panBy(middle(before).x - middle(now).x, middle(before).y - middle(now).y);
    view.zoomTo(view.scale * (apart(now) / apart(before)), ...fromMiddle(middle(now)));
  }
}
