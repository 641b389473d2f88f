/**
 * Text from tmux and /proc. Names, titles and paths may hold any byte; what is not UTF-8 is kept as base64,
 * so that nothing is lost on the way through JSON.
 */
import * as v from 'valibot';

/** The schema of a Text: a string, or `{ base64 }` for bytes that are not UTF-8. */
export const textSchema = v.union([v.string(), v.strictObject({ base64: v.pipe(v.string(), v.base64()) })]);

/** A string, or the base64 of bytes that are not valid UTF-8. */
export type Text = v.InferOutput<typeof textSchema>;

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Returns the bytes as a string where they are valid UTF-8, else as base64. */
export function textFromBytes(bytes: Uint8Array): Text {
  try {
    return strict.decode(bytes);
  } catch {
    return { base64: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')) };
  }
}

/** Returns the exact bytes that a Text stands for. */
export function bytesFromText(text: Text): Uint8Array {
  if (typeof text === 'string') return new TextEncoder().encode(text);
  return Uint8Array.from(atob(text.base64), (char) => char.charCodeAt(0));
}

/** Returns the text for a person to read: bytes that are not UTF-8 become U+FFFD, control characters are escaped. */
export function displayText(text: Text): string {
  const raw = typeof text === 'string' ? text : new TextDecoder().decode(bytesFromText(text));
  // Control characters would let a hostile title drive the reader's terminal.

  return raw.replace(/[\u0000-\u001f\u007f-\u009f]/g, (char) =>
    char < '\u007f' ? JSON.stringify(char).slice(1, -1) : `\\u00${char.charCodeAt(0).toString(16)}`,
  );
}

/** Returns whether two texts are the same bytes. */
export function sameText(left: Text, right: Text): boolean {
  if (typeof left === 'string' || typeof right === 'string') return left === right;
  return left.base64 === right.base64;
}
