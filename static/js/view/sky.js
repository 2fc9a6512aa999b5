// The hour of the day between two messages about it, and the line under the map that tells it.

import { byId } from '../page/dom.js';
import { t } from '../page/lang.js';

const DAY = 65536; // the parts of a day on the wire

export class Sky {
  /**
   * @param {import('../net/net.js').Net} net @param {import('../world/interpolate.js').ServerClock} clock
   * @param {number} dayTicks ticks that a day lasts
   */
  constructor(net, clock, dayTicks) {
    this.clock = clock;
    this.perTick = DAY / dayTicks;
    this.heard = { day: DAY / 2, tick: 0, weather: '' };
    this.line = byId('sky');
    net.on('clock', (message) => { this.heard = message; });
  }

  /** 0 at midnight, 32768 at noon. */
  day(now) {
    const passed = Math.max(0, this.clock.at(now) - this.heard.tick);
    return (this.heard.day + passed * this.perTick) % DAY;
  }

  tell(now) {
    const words = skyWords(this.day(now), this.heard.weather);
    if (this.line.textContent !== words) this.line.textContent = words;
  }
}

/** The hour, to ten minutes, and the weather. */
export function skyWords(day, weather) {
  const minutes = Math.floor((day / DAY) * 24 * 60);
  const pad = (value) => String(value).padStart(2, '0');
  const hour = `${pad(Math.floor(minutes / 60))}:${pad(Math.floor((minutes % 60) / 10) * 10)}`;
  return weather ? `${hour} · ${t(`weather.${weather}`)}` : hour;
}
