// The light of the whole view as numbers: a few thousand pixels to which lamps and people are added. Two hundred soft discs
// drawn with the canvas would cost ten times as much, and on a graphics card as many calls.

/** How bright a light still is, by its distance as a share of its reach. */
export const FALL = [[0, 1], [0.25, 0.82], [0.5, 0.44], [0.75, 0.14], [1, 0]];
const STEPS = 256;
const COLOURS = 4;

/** The same by the square of that share, which needs no root. */
const BY_SQUARE = Float32Array.from({ length: STEPS + 1 }, (_, i) => fall(Math.sqrt(i / STEPS)));

function fall(share) {
  const i = FALL.findIndex(([at]) => at >= share);
  if (i === 0) return FALL[0][1];
  const [[from, high], [to, low]] = [FALL[i - 1], FALL[i]];
  return high + ((low - high) * (share - from)) / (to - from);
}

export class LightMap {
  constructor() {
    this.width = 0;
    this.height = 0;
    /** @type {Map<number[], Float32Array>} by colour, how much of it falls on each pixel */
    this.layers = new Map();
    this.none = new Float32Array(0); // the layer of a colour that there is no light of
  }

  /** Begins anew: no light. */
  begin(width, height) {
    if (width !== this.width || height !== this.height) this.layers.clear();
    this.width = width;
    this.height = height;
    for (const levels of this.layers.values()) levels.fill(0);
  }

  /** Adds a light with its middle at x, y that reaches as far as `reach`, in pixels of the map. @param {number[]} colour one of four at most */
  add(colour, x, y, reach, strength) {
    const { width } = this;
    let levels = this.layers.get(colour);
    if (!levels) this.layers.set(colour, levels = new Float32Array(width * this.height));
    const y1 = Math.min(this.height - 1, Math.floor(y + reach - 0.5));
    const perSquare = STEPS / (reach * reach);
    for (let py = Math.max(0, Math.ceil(y - reach - 0.5)); py <= y1; py++) {
      const south = (py + 0.5 - y) * (py + 0.5 - y);
      const half = Math.sqrt(Math.max(0, reach * reach - south));
      const x1 = Math.min(width - 1, Math.floor(x + half - 0.5));
      for (let px = Math.max(0, Math.ceil(x - half - 0.5)); px <= x1; px++) {
        const east = px + 0.5 - x;
        levels[py * width + px] += BY_SQUARE[((east * east + south) * perSquare) | 0] * strength;
      }
    }
  }

  /** Writes all light, on top of a colour that is everywhere, into the bytes of an image of this size. @param {Uint8ClampedArray} bytes */
  write(bytes, [red, green, blue]) {
    const cells = this.width * this.height;
    if (this.none.length !== cells) this.none = new Float32Array(cells);
    const layers = [...this.layers];
    // Written out for each colour: to loop over them takes twice as long.
    const [[[r0, g0, b0], one], [[r1, g1, b1], two], [[r2, g2, b2], three], [[r3, g3, b3], four]] =
      Array.from({ length: COLOURS }, (_, k) => layers[k] ?? [[0, 0, 0], this.none]);
    for (let i = 0, at = 0; i < cells; i++, at += 4) {
      bytes[at] = red + r0 * one[i] + r1 * two[i] + r2 * three[i] + r3 * four[i];
      bytes[at + 1] = green + g0 * one[i] + g1 * two[i] + g2 * three[i] + g3 * four[i];
      bytes[at + 2] = blue + b0 * one[i] + b1 * two[i] + b2 * three[i] + b3 * four[i];
      bytes[at + 3] = 255;
    }
  }
}
