// The names on the map, as text over it: each where its landmark is, and only as many as leave one another room.

import { sheet } from '../../art/pixels.js';
import { el } from '../../page/dom.js';

const ROOM = 3; // CSS pixels between two names
const MOST = 40;
const FIRST = ['mark', 'home', 'friend', 'spawn', 'plot', 'ruin', 'place']; // who gets the room that two want
const [HEIGHT, PADDING, WIDEST] = [18, 12, 220]; // CSS pixels, as in style.css

/** @param {HTMLElement} frame @returns {{draw: (view: import('../../view/mapview.js').MapView, marks: import('../../world/landmarks.js').Landmark[]) => void}} */
export function createNames(frame) {
  const layer = el('div', { class: 'atlas-names', 'aria-hidden': 'true' }); // the list says the same
  frame.append(layer);
  const ruler = sheet(1, 1); // to ask the page for each of hundreds of widths would lay it out as often
  ruler.font = `700 12.5px ${getComputedStyle(document.body).fontFamily}`;
  const widths = new Map();
  const nodes = new Map();

  function width(name) {
    if (!widths.has(name)) widths.set(name, Math.min(WIDEST, Math.ceil(ruler.measureText(name).width) + PADDING));
    return widths.get(name);
  }

  function show({ kind, name }, key, left, top) {
    const node = nodes.get(key) ?? el('bdi', { class: kind, textContent: name });
    node.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
    if (!nodes.has(key)) layer.append(node);
    nodes.set(key, node);
  }

  function draw(view, marks) {
    const taken = [];
    const shown = new Set();
    const inView = marks.filter((mark) => inside(view, view.toMap(mark.x + 0.5, mark.y + 0.5)));
    inView.sort((a, b) => FIRST.indexOf(a.kind) - FIRST.indexOf(b.kind));
    for (const mark of inView) {
      if (taken.length === MOST) break;
      const wide = width(mark.name);
      const { x, y } = view.toMap(mark.x + 0.5, mark.y + 0.5);
      const left = Math.max(2, Math.min(view.width - wide - 2, x - wide / 2));
      const top = mark.kind === 'place' ? y - HEIGHT / 2 : y + 6;
      const box = [left - ROOM, top - ROOM, left + wide + ROOM, top + HEIGHT + ROOM];
      if (top + HEIGHT > view.height || taken.some((other) => overlap(box, other))) continue;
      taken.push(box);
      const key = `${mark.kind} ${mark.name} ${mark.kind === 'friend' ? '' : `${mark.x},${mark.y}`}`;
      shown.add(key);
      show(mark, key, left, top);
    }
    for (const [key, node] of nodes) {
      if (shown.has(key)) continue;
      node.remove();
      nodes.delete(key);
    }
  }

  return { draw };
}

const inside = ({ width, height }, { x, y }) => x >= 0 && y >= 0 && x <= width && y <= height;
const overlap = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
