// Rain, snow and fog as the clock message names them. Drops are places computed from the time, so none is stored.

import { hash } from '../art/pixels.js';

const DROPS = 130;
const FLAKES = 110;

/** @param {CanvasRenderingContext2D} ctx in art pixels; the view's corner is at world pixel left, top */
export function drawWeather(ctx, weather, left, top, width, height, now, still) {
  if (weather === 'rain') rain(ctx, left, top, width, height, still ? 0 : now);
  else if (weather === 'snow') snow(ctx, left, top, width, height, still ? 0 : now);
  else if (weather === 'fog') {
    ctx.fillStyle = 'rgba(195, 201, 209, 0.26)';
    ctx.fillRect(0, 0, width, height);
  }
}

function rain(ctx, left, top, width, height, now) {
  ctx.fillStyle = 'rgba(44, 47, 78, 0.16)';
  ctx.fillRect(0, 0, width, height);
  for (let i = 0; i < DROPS; i++) {
    const speed = 260 + hash(i, 1) * 90;
    const fall = now / 1000 * speed + hash(i, 2) * height;
    const x = wrap(hash(i, 3) * width - fall * 0.18 - left, width);
    const y = wrap(fall - top, height);
    ctx.fillStyle = 'rgba(196, 232, 234, 0.5)';
    ctx.fillRect(Math.round(x), Math.round(y), 1, 5);
  }
}

function snow(ctx, left, top, width, height, now) {
  ctx.fillStyle = 'rgba(238, 244, 247, 0.9)';
  for (let i = 0; i < FLAKES; i++) {
    const fall = now / 1000 * (22 + hash(i, 1) * 22) + hash(i, 2) * height;
    const x = wrap(hash(i, 3) * width + Math.sin(now / 900 + i) * 6 - left, width);
    const size = hash(i, 4) < 0.3 ? 2 : 1;
    ctx.fillRect(Math.round(x), Math.round(wrap(fall - top, height)), size, size);
  }
}

function wrap(value, size) {
  return ((value % size) + size) % size;
}
