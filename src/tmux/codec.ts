/**
 * Bytes on their way into and out of tmux. Outward: every string becomes one double-quoted token of octal
 * escapes, so that nothing in it can be a command, a variable or a format. Inward: free text is encoded by
 * the server with one s/// chain and decoded here; right for tmux 3.1 to 3.8.
 */
import { bytesFromText, textFromBytes, type Text } from '../model/text.js';

/** What stands for itself between double quotes in every tmux (cmd-parse.y): all but the quote, the backslash and the dollar, and no format. */
const PLAIN = /[A-Za-z0-9_./:@%+,= ;|&<>()[\]*!?'-]/;
const ESCAPES: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, a: 7, b: 8, v: 11, f: 12, s: 32 };
const BACKSLASH = 0x5c;

/** Returns `text` as one quoted token for a sourced file; all bytes but NUL survive (checked on tmux 3.0a to 3.8). */
export function quote(text: Text): string {
  let token = '"';
  for (const byte of bytesFromText(text)) {
    const char = String.fromCharCode(byte);
    token += PLAIN.test(char) ? char : `\\${byte.toString(8).padStart(3, '0')}`;
  }
  return `${token}"`;
}

/**
 * Returns `text` such that tmux's format expansion gives back `text` itself (R16). Every `#` is doubled, but for a
 * run of them before `[`: tmux leaves such a run alone as a style (format.c, format_expand1).
 */
export function literalFormat(text: Text): Text {
  const bytes = bytesFromText(text);
  const out: number[] = [];
  for (let at = 0; at < bytes.length;) {
    let end = at;
    while (bytes[end] === 0x23) end++;
    const run = end - at;
    const doubled = bytes[end] === 0x5b ? run : run * 2;
    for (let n = 0; n < doubled; n++) out.push(0x23);
    const next = bytes[end];
    if (next !== undefined) out.push(next);
    at = end + 1;
  }
  return textFromBytes(Uint8Array.from(out));
}

/** Returns the format that prints `format` with backslash, tab and newline encoded, so that a row stays a row. */
export const encoded = (format: string): string => `#{s/\\\\/\\\\\\\\/;s/\t/\\\\t/;s/\n/\\\\n/:${format}}`;

/** Most fields are this, and stand for themselves. */
const PLAIN_FIELD = /^[ -[\]-~]*$/;

/** Returns the text that an `encoded` field, as bytes or latin1, stands for; it also undoes what tmux 3.4 and 3.5 escape in output. */
export function decodeField(field: Uint8Array | string): Text {
  if (typeof field !== 'string') return textFromBytes(unescapeBytes(field));
  return PLAIN_FIELD.test(field) ? field : decodeField(Buffer.from(field, 'latin1'));
}

/** What vis(3) makes of a name: each backslash starts one of its escapes. */
const STORED_BY_VIS = /^(?:[^\\]|\\(?:[\\$tnrabvfs]|[0-3][0-7]{2}))*$/;

/**
 * Returns the name to give to tmux so that it stores `stored` again: tmux keeps session names, and window names
 * from rename-window, encoded by vis(3), and would encode them a second time (session.c, session_check_name).
 * A window name from `new-window -n` is kept as given (tmux 3.0 to 3.6): what can't be an encoding is the name itself.
 */
export function unstoredName(stored: Text): Text {
  const bytes = bytesFromText(stored);
  return STORED_BY_VIS.test(Buffer.from(bytes).toString('latin1')) ? textFromBytes(unescapeBytes(bytes)) : stored;
}

function unescapeBytes(field: Uint8Array): Uint8Array {
  if (!field.includes(BACKSLASH)) return field;
  const out: number[] = [];
  for (let at = 0; at < field.length; at++) {
    const byte = field[at] ?? 0;
    const next = field[at + 1];
    if (byte !== BACKSLASH || next === undefined) {
      out.push(byte);
      continue;
    }
    const octal = String.fromCharCode(...field.subarray(at + 1, at + 4));
    if (/^[0-3][0-7]{2}$/.test(octal)) {
      out.push(Number.parseInt(octal, 8));
      at += 3;
    } else {
      out.push(ESCAPES[String.fromCharCode(next)] ?? next);
      at += 1;
    }
  }
  return Uint8Array.from(out);
}
