// Fingers: a thumb stick wherever the left half is touched, a tap to use, to place, to talk or to walk there, a held finger
// to dig, and one that is drawn along, with a brush in the hand, to paint.

import { byId } from '../page/dom.js';

const STICK = 46; // CSS pixels the knob can go
const DEAD = 12;
const HOLD = 220; // ms after which a still finger digs
const TAP = 14; // CSS pixels a finger may wander and still tap

/** @param {HTMLCanvasElement} canvas @param {import('./input.js').Input} input @param {import('./input.js').Actions} actions */
export function createTouch(canvas, input, actions) {
  const base = byId('stick');
  const knob = base.firstElementChild;
  let thumb = null;
  let finger = null;

  canvas.addEventListener('pointerdown', (event) => {
    if (event.pointerType === 'mouse') return;
    canvas.setPointerCapture(event.pointerId);
    const { pointerId: id, clientX: x, clientY: y } = event;
    if (!thumb && x < innerWidth * 0.45 && y > innerHeight * 0.45) startThumb(id, x, y);
    else if (!finger) startFinger(id, x, y);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (event.pointerId === thumb?.id) moveThumb(event.clientX, event.clientY);
    else if (event.pointerId === finger?.id) moveFinger(event.clientX, event.clientY);
  });
  for (const end of ['pointerup', 'pointercancel']) {
    canvas.addEventListener(end, (event) => {
      if (event.pointerId === thumb?.id) endThumb(end === 'pointerup');
      else if (event.pointerId === finger?.id) endFinger(end === 'pointerup');
    });
  }

  function startThumb(id, x, y) {
    thumb = { id, x, y, at: performance.now(), far: 0 };
    base.classList.add('shown');
    base.style.transform = `translate(${x}px, ${y}px)`;
    actions.walkStarted();
    moveThumb(x, y);
  }

  function moveThumb(x, y) {
    const [dx, dy] = [x - thumb.x, y - thumb.y];
    const far = Math.hypot(dx, dy);
    thumb.far = Math.max(thumb.far, far);
    const held = Math.min(far, STICK) / (far || 1);
    knob.style.transform = `translate(${dx * held}px, ${dy * held}px)`;
    // Eight directions: an axis counts when the thumb leans towards it by more than 22.5 degrees.
    input.stick.dx = far > DEAD && Math.abs(dx) > far * 0.38 ? Math.sign(dx) : 0;
    input.stick.dy = far > DEAD && Math.abs(dy) > far * 0.38 ? Math.sign(dy) : 0;
  }

  /** A thumb that only tapped is led there, or uses what lies under it, but nothing is placed by mistake. */
  function endThumb(lifted) {
    const { x, y, at, far } = thumb;
    thumb = null;
    if (lifted && far < TAP && performance.now() - at < HOLD && !actions.walkTo(x, y)) actions.useHere(x, y);
    input.stick.dx = 0;
    input.stick.dy = 0;
    base.classList.remove('shown');
  }

  function startFinger(id, x, y) {
    finger = { id, x, y, fromX: x, fromY: y, digs: false, paints: false, walks: false };
    actions.point(x, y);
    finger.timer = setTimeout(() => {
      finger.walks = actions.walkTo(finger.x, finger.y);
      if (finger.walks) return;
      finger.digs = true;
      input.mouse.x = finger.x;
      input.mouse.y = finger.y;
      input.digging = 'mouse';
      actions.digHere(finger.x, finger.y, true);
    }, HOLD);
  }

  function moveFinger(x, y) {
    finger.x = x;
    finger.y = y;
    actions.point(x, y);
    if (!finger.digs && !finger.walks && !finger.paints && actions.paints() && Math.hypot(x - finger.fromX, y - finger.fromY) >= TAP) {
      clearTimeout(finger.timer);
      finger.paints = true;
      actions.strokeHere(finger.fromX, finger.fromY);
    }
    if (finger.paints) actions.paintHere(x, y);
    if (finger.digs) {
      input.mouse.x = x;
      input.mouse.y = y;
    }
  }

  function endFinger(lifted) {
    clearTimeout(finger.timer);
    const { x, y, fromX, fromY, digs, paints, walks } = finger;
    finger = null;
    actions.unpoint();
    if (digs) {
      input.digging = null;
      actions.stopDigging();
    } else if (lifted && !paints && !walks && Math.hypot(x - fromX, y - fromY) < TAP && !actions.open(x, y) && !actions.walkTo(x, y)) {
      actions.useOrPlaceHere(x, y);
    }
  }
}
