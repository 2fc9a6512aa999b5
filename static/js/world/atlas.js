// Where this browser keeps the ground that its players have seen: IndexedDB, bounded. Where storage is blocked, full or
// broken, nothing is kept and nothing is said: the map then shows what was seen since the page was opened.

import { KEPT } from './explored.js';

const STORE = 'chunk';

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

export class Atlas {
  #opened = null;

  /** What was kept under a name. @returns {Promise<import('./explored.js').Seen[]>} */
  async load(name) {
    try {
      const store = await this.#store('readonly');
      return await done(store.getAll(IDBKeyRange.bound([name], [name, []]))); // a list comes after every number
    } catch {
      return [];
    }
  }

  /** Keeps these chunks under a name, and returns once they are; of all that is kept, under whichever, the oldest goes. */
  async keep(name, chunks) {
    try {
      const store = await this.#store('readwrite');
      for (const chunk of chunks) store.put({ ...chunk, name });
      const over = await done(store.count()) - KEPT;
      if (over > 0) await dropOldest(store, over);
      await committed(store.transaction);
    } catch {
      // see above
    }
  }

  async #store(mode) {
    this.#opened ??= open();
    return (await this.#opened).transaction(STORE, mode).objectStore(STORE);
  }
}

function committed(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
  });
}

function open() {
  const request = indexedDB.open('nanoverse', 1);
  request.onupgradeneeded = () => {
    const store = request.result.createObjectStore(STORE, { keyPath: ['name', 'cx', 'cy'] });
    store.createIndex('seen', 'seen');
  };
  return done(request);
}

function dropOldest(store, many) {
  return new Promise((resolve, reject) => {
    const request = store.index('seen').openKeyCursor();
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const cursor = request.result;
      if (!cursor || many-- <= 0) {
        resolve();
        return;
      }
      store.delete(cursor.primaryKey);
      cursor.continue();
    };
  });
}
