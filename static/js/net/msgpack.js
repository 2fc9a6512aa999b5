// The part of msgpack (https://github.com/msgpack/msgpack/blob/master/spec.md) that the wire uses:
// whole numbers up to 2^53, texts, bytes, arrays, true, false and nil.

const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder('utf-8', { fatal: true });

/** Reads messages that lie back to back in one buffer. */
export class Reader {
  /** @param {ArrayBuffer} buffer */
  constructor(buffer) {
    this.view = new DataView(buffer);
    this.bytes = new Uint8Array(buffer);
    this.at = 0;
  }

  get done() {
    return this.at >= this.bytes.length;
  }

  value() {
    const tag = this.#uint(1);
    if (tag < 0x80) return tag;
    if (tag >= 0xe0) return tag - 0x100;
    if ((tag & 0xf0) === 0x90) return this.#array(tag & 0x0f);
    if ((tag & 0xe0) === 0xa0) return this.#text(tag & 0x1f);
    switch (tag) {
      case 0xc0: return null;
      case 0xc2: return false;
      case 0xc3: return true;
      case 0xc4: return this.#take(this.#uint(1));
      case 0xc5: return this.#take(this.#uint(2));
      case 0xc6: return this.#take(this.#uint(4));
      case 0xcc: return this.#uint(1);
      case 0xcd: return this.#uint(2);
      case 0xce: return this.#uint(4);
      case 0xcf: return this.#uint(8);
      case 0xd0: return this.#int(1);
      case 0xd1: return this.#int(2);
      case 0xd2: return this.#int(4);
      case 0xd3: return this.#int(8);
      case 0xd9: return this.#text(this.#uint(1));
      case 0xda: return this.#text(this.#uint(2));
      case 0xdb: return this.#text(this.#uint(4));
      case 0xdc: return this.#array(this.#uint(2));
      case 0xdd: return this.#array(this.#uint(4));
      default: throw new Error(`The byte 0x${tag.toString(16)} starts nothing that this wire uses.`);
    }
  }

  #uint(size) {
    const at = this.#skip(size);
    if (size === 1) return this.view.getUint8(at);
    if (size === 2) return this.view.getUint16(at);
    if (size === 4) return this.view.getUint32(at);
    return Number(this.view.getBigUint64(at));
  }

  #int(size) {
    const at = this.#skip(size);
    if (size === 1) return this.view.getInt8(at);
    if (size === 2) return this.view.getInt16(at);
    if (size === 4) return this.view.getInt32(at);
    return Number(this.view.getBigInt64(at));
  }

  #array(length) {
    const items = [];
    for (let i = 0; i < length; i++) items.push(this.value());
    return items;
  }

  #text(length) {
    return utf8Decoder.decode(this.#take(length));
  }

  #take(length) {
    const at = this.#skip(length);
    return this.bytes.subarray(at, at + length);
  }

  #skip(length) {
    const at = this.at;
    if (at + length > this.bytes.length) throw new Error('The message ends too early.');
    this.at += length;
    return at;
  }
}

/** One value as msgpack, each number in its shortest form. @returns {Uint8Array} */
export function pack(value) {
  const out = [];
  write(out, value);
  return Uint8Array.from(out);
}

function write(out, value) {
  if (value === null) out.push(0xc0);
  else if (value === false) out.push(0xc2);
  else if (value === true) out.push(0xc3);
  else if (typeof value === 'number') writeInt(out, value);
  else if (typeof value === 'string') writeBytes(out, utf8Encoder.encode(value), 0xa0, 32, [0xd9, 0xda, 0xdb]);
  else if (value instanceof Uint8Array) writeBytes(out, value, 0, 0, [0xc4, 0xc5, 0xc6]);
  else if (Array.isArray(value)) writeArray(out, value);
  else throw new TypeError(`${typeof value} does not travel over this wire.`);
}

function writeInt(out, value) {
  if (!Number.isSafeInteger(value)) throw new TypeError(`${value} is not a whole number that fits.`);
  if (value >= 0) {
    if (value < 0x80) out.push(value);
    else if (value < 0x100) out.push(0xcc, value);
    else if (value < 0x10000) out.push(0xcd, ...bigEndian(value, 2));
    else if (value < 0x100000000) out.push(0xce, ...bigEndian(value, 4));
    else out.push(0xcf, ...bigEndian(value, 8));
  } else if (value >= -0x20) out.push(value & 0xff);
  else if (value >= -0x80) out.push(0xd0, value & 0xff);
  else if (value >= -0x8000) out.push(0xd1, ...bigEndian(value, 2));
  else if (value >= -0x80000000) out.push(0xd2, ...bigEndian(value, 4));
  else out.push(0xd3, ...bigEndian(value, 8));
}

function writeArray(out, items) {
  if (items.length < 16) out.push(0x90 | items.length);
  else if (items.length < 0x10000) out.push(0xdc, ...bigEndian(items.length, 2));
  else out.push(0xdd, ...bigEndian(items.length, 4));
  for (const item of items) write(out, item);
}

/** Texts and bytes differ only in their tags; a text shorter than `short` has its length inside the tag. */
function writeBytes(out, bytes, shortTag, short, [tag8, tag16, tag32]) {
  const n = bytes.length;
  if (n < short) out.push(shortTag | n);
  else if (n < 0x100) out.push(tag8, n);
  else if (n < 0x10000) out.push(tag16, ...bigEndian(n, 2));
  else out.push(tag32, ...bigEndian(n, 4));
  for (const byte of bytes) out.push(byte);
}

function bigEndian(value, size) {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigInt64(0, BigInt(value));
  return new Uint8Array(view.buffer, 8 - size);
}
