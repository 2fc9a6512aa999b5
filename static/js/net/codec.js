// The table of messages, as the server describes it in /tables.json, turned into an encoder and a decoder.
// No kind, field or limit is written down a second time here.

import { Reader, pack } from './msgpack.js';

/** @typedef {{name: string, kind: string, low: number, high: number, of: Field[]}} Field */

export class Codec {
  /** @param {object} table what `protocol.describe()` gives */
  constructor(table) {
    this.table = table;
    this.client = new Map(Object.entries(table.client).map(([name, [kind, of]]) => [name, { kind, of: of.map(field) }]));
    this.server = new Map(Object.entries(table.server).map(([name, [kind, of]]) => [kind, { name, of: of.map(field) }]));
  }

  /**
   * One message to the server. Throws when a value is not what the table allows: a mistake of ours is found here,
   * not by the server.
   */
  encode(name, values) {
    const message = this.client.get(name);
    if (!message) throw new Error(`There is no message called ${name}.`);
    const row = [message.kind];
    for (const f of message.of) {
      checkValue(name, f, values[f.name]);
      row.push(values[f.name]);
    }
    return pack(row);
  }

  /** How many characters a text of this message may have. */
  longest(name, text) {
    return this.client.get(name).of.find((f) => f.name === text).high;
  }

  /**
   * All messages of one frame, as name and fields. A kind that this client does not know yet is skipped. One after the other
   * as they are asked for: the first may say that the rest is of other tables.
   */
  *decode(buffer) {
    const reader = new Reader(buffer);
    while (!reader.done) {
      const [kind, ...values] = reader.value();
      const message = this.server.get(kind);
      if (message) yield [message.name, record(message.of, values)];
    }
  }
}

function field([name, kind, low, high, of]) {
  return { name, kind, low, high, of: of.map(field) };
}

function record(fields, values) {
  const out = {};
  for (let i = 0; i < fields.length; i++) {
    const f = fields[i];
    out[f.name] = f.kind === 'list' ? values[i].map((row) => record(f.of, row)) : values[i];
  }
  return out;
}

function checkValue(message, f, value) {
  const fits = {
    int: () => Number.isSafeInteger(value) && value >= f.low && value <= f.high,
    text: () => typeof value === 'string' && lengthOf(value) >= f.low && lengthOf(value) <= f.high,
    bool: () => typeof value === 'boolean',
  }[f.kind];
  if (!fits || !fits()) throw new RangeError(`${message}.${f.name} cannot be ${JSON.stringify(value)}.`);
}

/** The server counts characters (code points), a JavaScript string counts UTF-16 units. */
export function lengthOf(text) {
  let n = 0;
  for (const _ of text) n++;
  return n;
}
