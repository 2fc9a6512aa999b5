// Who is meant by an @name. The same rule as the server's (chat/text.py), by which it counts what is unread.

const OF_A_WORD = /[\p{L}\p{N}_]/u;

/** Where `@name` stands in a text: pairs of start and end. */
export function mentionsOf(text, name) {
  const found = [];
  if (!name) return found;
  const [folded, wanted] = [text.toLowerCase(), `@${name.toLowerCase()}`];
  if (folded.length !== text.length) return found; // a letter that changes its length with its case: then no marks
  for (let at = folded.indexOf(wanted); at >= 0; at = folded.indexOf(wanted, at + 1)) {
    const end = at + wanted.length;
    if (!OF_A_WORD.test(folded.charAt(end))) found.push([at, end]);
  }
  return found;
}

/** What the line up to the caret says after its last @, for completing it; null if nobody is being named. */
export function begunMention(beforeCaret) {
  return /(?:^|\s)@([\p{L}\p{M}\p{N}_-]+)$/u.exec(beforeCaret)?.[1] ?? null;
}
