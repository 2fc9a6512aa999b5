// Sounds, made on the spot from a few oscillators and a little noise. Quiet, and off by a switch.

import { keep, recall } from './keep.js';

export class Sound {
  constructor() {
    this.on = recall('sound', true);
    this.context = null;
    // A browser lets a page sound only after the player has touched it.
    for (const first of ['pointerdown', 'keydown']) addEventListener(first, () => this.#wake(), { once: true });
  }

  switch(on) {
    this.on = on;
    keep('sound', on);
    if (on) this.#wake();
  }

  #wake() {
    if (!this.on || this.context) return;
    this.context = new AudioContext();
    this.out = this.context.createGain();
    this.out.gain.value = 0.22;
    this.out.connect(this.context.destination);
    const length = this.context.sampleRate / 4;
    this.noise = this.context.createBuffer(1, length, this.context.sampleRate);
    const samples = this.noise.getChannelData(0);
    for (let i = 0; i < length; i++) samples[i] = Math.random() * 2 - 1;
  }

  #tone(type, from, to, seconds, loud, delay = 0) {
    if (!this.on || !this.context) return;
    const start = this.context.currentTime + delay;
    const oscillator = this.context.createOscillator();
    const gain = this.context.createGain();
    oscillator.type = type;
    oscillator.frequency.setValueAtTime(from, start);
    oscillator.frequency.exponentialRampToValueAtTime(to, start + seconds);
    gain.gain.setValueAtTime(loud, start);
    gain.gain.exponentialRampToValueAtTime(0.001, start + seconds);
    oscillator.connect(gain).connect(this.out);
    oscillator.start(start);
    oscillator.stop(start + seconds);
  }

  #hiss(frequency, seconds, loud) {
    if (!this.on || !this.context) return;
    const source = this.context.createBufferSource();
    const filter = this.context.createBiquadFilter();
    const gain = this.context.createGain();
    const start = this.context.currentTime;
    source.buffer = this.noise;
    filter.type = 'bandpass';
    filter.frequency.value = frequency;
    gain.gain.setValueAtTime(loud, start);
    gain.gain.exponentialRampToValueAtTime(0.001, start + seconds);
    source.connect(filter).connect(gain).connect(this.out);
    source.start(start, Math.random() * 0.1, seconds);
  }

  step() {
    this.#hiss(500 + Math.random() * 200, 0.05, 0.10);
  }

  chip() {
    this.#hiss(1600 + Math.random() * 900, 0.06, 0.5);
  }

  broke() {
    this.#hiss(700, 0.16, 0.8);
    this.#tone('triangle', 180, 70, 0.14, 0.4);
  }

  placed() {
    this.#tone('sine', 240, 110, 0.11, 0.7);
    this.#hiss(420, 0.06, 0.4);
  }

  used() {
    this.#tone('triangle', 190, 320, 0.12, 0.4);
    this.#hiss(900, 0.05, 0.3);
  }

  pickedUp() {
    this.#tone('triangle', 520, 780, 0.09, 0.3);
  }

  refused() {
    this.#tone('square', 150, 110, 0.12, 0.14);
  }

  said() {
    this.#tone('sine', 660, 880, 0.09, 0.22);
    this.#tone('sine', 880, 990, 0.1, 0.14, 0.07);
  }

  chosen() {
    this.#tone('sine', 420, 460, 0.04, 0.16);
  }
}
