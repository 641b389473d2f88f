/**
 * Saved text as words that a person may read on one line and paste into a shell. Nothing here is ever run.
 */
import { bytesFromText, type Text } from './text.js';

/** Returns a text on one line: control characters and characters that turn the direction of text are shown as escapes. */
export function oneLine(text: Text): string {
  const raw = typeof text === 'string' ? text : new TextDecoder().decode(bytesFromText(text));

  return raw.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (char) => {
    const code = char.charCodeAt(0).toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`;
  });
}

/** Returns one word as a POSIX shell would need it, on one line. */
export function shellQuote(word: Text): string {
  const text = oneLine(word);
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
