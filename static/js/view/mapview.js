// Which part of the land the map shows: its middle in tiles, and how large a tile is. Bounded both ways, and to the land
// that there is to show.

export const LEAST = 0.25; // CSS pixels for a tile
export const MOST = 8;
const STEP = Math.SQRT2; // of a turn of the wheel or a press of a key

export class MapView {
  constructor() {
    [this.x, this.y] = [0, 0];
    this.scale = 2;
    [this.width, this.height] = [1, 1]; // CSS pixels
    this.bounds = { left: -Infinity, top: -Infinity, right: Infinity, bottom: Infinity };
  }

  /** Puts a place (tiles) into the middle, or as near to it as there is land to show. */
  centre(x, y) {
    const { left, top, right, bottom } = this.bounds;
    this.x = Math.max(left, Math.min(right, x));
    this.y = Math.max(top, Math.min(bottom, y));
  }

  /** Zooms in, not out, until the land that there is fills the view. */
  fill() {
    const { left, top, right, bottom } = this.bounds;
    const scale = Math.min(this.width / (right - left), this.height / (bottom - top));
    if (scale > this.scale) this.zoomTo(scale);
  }

  panBy(dx, dy) {
    this.centre(this.x + dx / this.scale, this.y + dy / this.scale);
  }

  /** Zooms by so many steps; what is `dx`, `dy` CSS pixels from the middle stays there. */
  zoomBy(steps, dx = 0, dy = 0) {
    this.zoomTo(this.scale * STEP ** steps, dx, dy);
  }

  zoomTo(scale, dx = 0, dy = 0) {
    if (!Number.isFinite(scale)) return;
    const before = this.scale;
    this.scale = Math.max(LEAST, Math.min(MOST, scale));
    this.centre(this.x + dx / before - dx / this.scale, this.y + dy / before - dy / this.scale);
  }

  /** CSS pixels from the left upper corner, of a place in tiles. */
  toMap(x, y) {
    return { x: (x - this.x) * this.scale + this.width / 2, y: (y - this.y) * this.scale + this.height / 2 };
  }

  /** The tile at a place on the map. */
  tileAt(mapX, mapY) {
    return {
      x: Math.floor(this.x + (mapX - this.width / 2) / this.scale),
      y: Math.floor(this.y + (mapY - this.height / 2) / this.scale),
    };
  }
}
