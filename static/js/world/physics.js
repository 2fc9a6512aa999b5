// How a body moves: the exact twin of nanoverse/world/physics.py, whole numbers only, so that the browser foretells each
// step as the server will decide it. Both are held to tests/world/physics_vectors.json.

const TILE_BITS = 8;

/**
 * Writes into `out.x`, `out.y` where a body at x, y (units) is one tick later when it walks towards dx, dy.
 * @param {{step: number, diagonal: number, half_width: number, half_height: number}} rules
 * @param {(tx: number, ty: number) => boolean} solidAt
 */
export function step(rules, x, y, dx, dy, solidAt, out) {
  const stride = dx && dy ? rules.diagonal : rules.step;
  const { half_width: hw, half_height: hh } = rules;
  out.x = dx ? along(x, y, dx * stride, hw, hh, solidAt) : x;
  const x1 = out.x;
  out.y = dy ? along(y, x1, dy * stride, hh, hw, (row, column) => solidAt(column, row)) : y;
  return out;
}

/** One axis; `solid(i, j)` takes the tile's index on this axis first. `>>` rounds down, for negative numbers too. */
function along(at, across, by, half, halfAcross, solid) {
  const lead = by > 0 ? half - 1 : -half;
  const entered = (at + by + lead) >> TILE_BITS;
  if (entered === (at + lead) >> TILE_BITS) return at + by;
  const first = (across - halfAcross) >> TILE_BITS;
  const last = (across + halfAcross - 1) >> TILE_BITS;
  if (!solid(entered, first) && (last === first || !solid(entered, last))) return at + by;
  return by > 0 ? (entered << TILE_BITS) - half : ((entered + 1) << TILE_BITS) + half;
}

/** The facing after walking towards dx, dy: 0 south, 1 west, 2 north, 3 east. */
export function facing(dx, dy, before) {
  const sideways = dx > 0 ? 3 : 1;
  const ahead = dy > 0 ? 0 : 2;
  if (dx && dy) return before === sideways || before === ahead ? before : sideways;
  if (dx) return sideways;
  return dy ? ahead : before;
}
