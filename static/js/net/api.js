// The few things that go over plain HTTP: accounts, the portrait of one's agent, the admin's page.

import { t } from '../page/lang.js';
import { inOwnWords } from '../page/sentences.js';

class ApiError extends Error {
  constructor(status, message, locked = false) {
    super(message);
    this.status = status;
    this.locked = locked; // whose account it is proved it, and may not come in
  }
}

export const get = (path) => call(path, {});

export function post(path, body = {}) {
  const headers = { 'content-type': 'application/json', 'X-NanoVerse': '1' };
  return call(path, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** Sends a file as it is. @param {Blob} file */
export const upload = (path, file) => call(path, { method: 'POST', headers: { 'content-type': 'application/octet-stream', 'X-NanoVerse': '1' }, body: file });

/** Resolves with the JSON answer; rejects with the server's sentence. */
async function call(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new ApiError(0, t('connection.no_answer'));
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(response.status, body.error ? inOwnWords(body.error) : t('connection.status', { status: response.status }), body.locked === true);
  return body;
}
