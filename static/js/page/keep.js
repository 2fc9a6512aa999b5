// Small things that this browser remembers: whether one was logged in here, which hints are done, sound, zoom.

const PREFIX = 'nanoverse.';

export function recall(name, otherwise) {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? otherwise : JSON.parse(text);
  } catch {
    return otherwise; // storage is blocked, or holds something else
  }
}

export function keep(name, value) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // storage is blocked: the choice holds until the page is closed
  }
}

/** Whether this tab, which remembers it when it is loaded again, last heard otherwise. Where nothing can be kept, nothing is news. */
export function isNews(name, value) {
  try {
    if (sessionStorage.getItem(PREFIX + name) === String(value)) return false;
    sessionStorage.setItem(PREFIX + name, value);
    return true;
  } catch {
    return false;
  }
}
