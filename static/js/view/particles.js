// Small short-lived things: chips that fly off, a puff on placing, a block that bobs into the pocket, leaves of a tree.

const MOST = 240;
const GRAVITY = 190; // art pixels a second, squared

export class Particles {
  constructor() {
    this.pool = Array.from({ length: MOST }, () => ({ left: 0, life: 1, x: 0, y: 0, z: 0, vx: 0, vy: 0, vz: 0, size: 1, colour: '', icon: null }));
    this.next = 0;
  }

  #take() {
    this.next = (this.next + 1) % MOST;
    return this.pool[this.next];
  }

  /** Chips of these colours fly from world pixel x, y. */
  chips(x, y, colours, count) {
    for (let i = 0; i < count; i++) {
      const p = this.#take();
      const angle = Math.random() * Math.PI * 2;
      const speed = 12 + Math.random() * 34;
      Object.assign(p, {
        x, y, z: 4 + Math.random() * 6, vx: Math.cos(angle) * speed, vy: Math.sin(angle) * speed * 0.6, vz: 30 + Math.random() * 55,
        left: 0.45 + Math.random() * 0.3, life: 0.75, size: Math.random() < 0.4 ? 2 : 1, icon: null,
        colour: colours[Math.floor(Math.random() * colours.length)],
      });
    }
  }

  /** A picture hops from x, y to the middle of a body and is gone. */
  pickUp(x, y, toX, toY, icon) {
    const p = this.#take();
    const time = 0.42;
    Object.assign(p, { x, y, z: 4, vx: (toX - x) / time, vy: (toY - y) / time, vz: GRAVITY * time * 0.55, left: time, life: time, size: 8, icon });
  }

  step(seconds) {
    for (const p of this.pool) {
      if (p.left <= 0) continue;
      p.left -= seconds;
      p.x += p.vx * seconds;
      p.y += p.vy * seconds;
      p.vz -= GRAVITY * seconds;
      p.z += p.vz * seconds;
      if (p.z < 0) {
        p.z = 0;
        p.vz *= -0.4;
        p.vx *= 0.6;
        p.vy *= 0.6;
      }
    }
  }

  /** @param {CanvasRenderingContext2D} ctx in art pixels whose origin is at world pixel left, top */
  draw(ctx, left, top) {
    for (const p of this.pool) {
      if (p.left <= 0) continue;
      const [x, y] = [Math.round(p.x - left), Math.round(p.y - p.z - top)];
      ctx.globalAlpha = Math.min(1, (p.left / p.life) * 2);
      if (p.icon) ctx.drawImage(p.icon, x - 4, y - 4, 8, 8);
      else {
        ctx.fillStyle = p.colour;
        ctx.fillRect(x, y, p.size, p.size);
      }
    }
    ctx.globalAlpha = 1;
  }
}
