// Small tools for drawing pixel art by code: canvases, noise that is the same everywhere, shaded blobs, outlines.

/** @returns {CanvasRenderingContext2D} of a new off-screen canvas */
export function sheet(width, height) {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const ctx = canvas.getContext('2d');
  ctx.imageSmoothingEnabled = false;
  return ctx;
}

/**
 * A picture that will not change any more. An ImageBitmap: a canvas, which might have changed, is copied more slowly.
 * @param {HTMLCanvasElement} canvas @returns {ImageBitmap}
 */
export function finished(canvas) {
  const copy = new OffscreenCanvas(canvas.width, canvas.height);
  copy.getContext('2d').drawImage(canvas, 0, 0);
  return copy.transferToImageBitmap();
}

/** A number in [0, 1) that depends on nothing but x, y and the seed. */
export function hash(x, y, seed = 0) {
  let h = Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1) ^ Math.imul(seed + 1, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

/** Smooth noise in [0, 1) with bumps about `scale` wide. */
export function noise(x, y, scale, seed = 0) {
  const gx = Math.floor(x / scale);
  const gy = Math.floor(y / scale);
  const fx = ease(x / scale - gx);
  const fy = ease(y / scale - gy);
  const top = hash(gx, gy, seed) * (1 - fx) + hash(gx + 1, gy, seed) * fx;
  const bottom = hash(gx, gy + 1, seed) * (1 - fx) + hash(gx + 1, gy + 1, seed) * fx;
  return top * (1 - fy) + bottom * fy;
}

function ease(t) {
  return t * t * (3 - 2 * t);
}

/** @param {CanvasRenderingContext2D} ctx */
export function rect(ctx, x, y, width, height, colour) {
  ctx.fillStyle = colour;
  ctx.fillRect(x, y, width, height);
}

export function dot(ctx, x, y, colour) {
  rect(ctx, x, y, 1, 1, colour);
}

/**
 * A round, rough thing lit from the upper left: `tones` run from the darkest to the lightest.
 * `rough` is how far its edge and its shading wander, 0 to 1.
 */
export function blob(ctx, cx, cy, rx, ry, tones, { rough = 0.25, seed = 0 } = {}) {
  for (let y = Math.floor(cy - ry - 1); y <= cy + ry + 1; y++) {
    for (let x = Math.floor(cx - rx - 1); x <= cx + rx + 1; x++) {
      const dx = (x + 0.5 - cx) / rx;
      const dy = (y + 0.5 - cy) / ry;
      const wander = (noise(x, y, 2.5, seed) - 0.5) * rough;
      if (dx * dx + dy * dy > 1 + wander) continue;
      const light = 0.5 - dx * 0.3 - dy * 0.52 + (noise(x, y, 2, seed + 7) - 0.5) * rough * 1.7;
      const tone = Math.min(tones.length - 1, Math.max(0, Math.floor(light * tones.length)));
      dot(ctx, x, y, tones[tone]);
    }
  }
}

// Outlines have to read pixels back; that is quick only on a canvas that never goes to the graphics card.
let scratch = null;

/**
 * Draws a picture with a dark edge around it, so that it stands out from any ground.
 * @param {(ctx: CanvasRenderingContext2D) => void} draw
 */
export const outlined = (width, height, colour, draw) => finished(outline(width, height, colour, draw));

/** The same, to be copied at once: the next one is drawn over it. @returns {HTMLCanvasElement} */
export function outline(width, height, colour, draw) {
  scratch ??= document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  scratch.canvas.width = width; // also clears it and sets every state back
  scratch.canvas.height = height;
  scratch.imageSmoothingEnabled = false;
  draw(scratch);
  scratch.setTransform(1, 0, 0, 1, 0, 0);
  addEdge(scratch, colour, width, height);
  return scratch.canvas;
}

function addEdge(ctx, colour, width, height) {
  const { data } = ctx.getImageData(0, 0, width, height);
  const solid = (x, y) => x >= 0 && y >= 0 && x < width && y < height && data[(y * width + x) * 4 + 3] > 200;
  ctx.fillStyle = colour;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!solid(x, y) && (solid(x - 1, y) || solid(x + 1, y) || solid(x, y - 1) || solid(x, y + 1))) ctx.fillRect(x, y, 1, 1);
    }
  }
}

/** Fills a rectangle pixel by pixel: `colourAt(x, y)` gives `[r, g, b]` or `[r, g, b, alpha]`, or null for nothing. */
export function paint(ctx, x0, y0, width, height, colourAt) {
  const image = ctx.createImageData(width, height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 4) {
      const colour = colourAt(x, y);
      if (!colour) continue;
      image.data[i] = colour[0];
      image.data[i + 1] = colour[1];
      image.data[i + 2] = colour[2];
      image.data[i + 3] = colour[3] ?? 255;
    }
  }
  ctx.putImageData(image, x0, y0);
}
