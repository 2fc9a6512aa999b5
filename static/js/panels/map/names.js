// The names on the map, as text over it: each where its landmark is, and only as many as leave one another room.

import { el } from '../../dom.js';

const ROOM = 3; // CSS pixels between two names
const MOST = 40;
const FIRST = ['mark', 'home', 'friend', 'spawn', 'plot', 'ruin', 'place']; // who gets the room that two want

/** @param {HTMLElement} frame @returns {{draw: (view: import('../../mapview.js').MapView, marks: import('../../landmarks.js').Landmark[]) => void}} */
export function createNames(frame) {
  const layer = el('div', { class: 'atlas-names', 'aria-hidden': 'true' }); // the list says the same
  frame.append(layer);
  const nodes = new Map();

  function node(mark) {
    const key = `${mark.kind} ${mark.name} ${mark.kind === 'friend' ? '' : `${mark.x},${mark.y}`}`;
    if (!nodes.has(key)) {
      const made = el('bdi', { class: mark.kind, textContent: mark.name });
      layer.append(made);
      nodes.set(key, { made, width: made.offsetWidth, height: made.offsetHeight, used: false });
    }
    return nodes.get(key);
  }

  function draw(view, marks) {
    for (const each of nodes.values()) each.used = false;
    const taken = [];
    const shown = marks.filter((mark) => inside(view, view.toMap(mark.x + 0.5, mark.y + 0.5)));
    shown.sort((a, b) => FIRST.indexOf(a.kind) - FIRST.indexOf(b.kind));
    for (const mark of shown) {
      if (taken.length === MOST) break;
      const name = node(mark);
      const { x, y } = view.toMap(mark.x + 0.5, mark.y + 0.5);
      const left = Math.max(2, Math.min(view.width - name.width - 2, x - name.width / 2));
      const top = mark.kind === 'place' ? y - name.height / 2 : y + 6;
      const box = [left - ROOM, top - ROOM, left + name.width + ROOM, top + name.height + ROOM];
      if (top + name.height > view.height || taken.some((other) => overlap(box, other))) continue;
      taken.push(box);
      name.used = true;
      name.made.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
    }
    for (const [key, { made, used }] of nodes) {
      if (used) continue;
      made.remove();
      nodes.delete(key);
    }
  }

  return { draw };
}

const inside = ({ width, height }, { x, y }) => x >= 0 && y >= 0 && x <= width && y <= height;
const overlap = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
