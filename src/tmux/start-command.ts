/**
 * Reads tmux's own quoting, as `pane_start_command` and `show-options` print it (arguments.c, args_escape):
 * words split at blanks, each bare, in single or in double quotes, with vis(3) escapes in all three.
 */
import { bytesFromText, textFromBytes, type Text } from '../model/text.js';
import { decodeField } from './codec.js';

/** Returns the words of a line in tmux's quoting; an unclosed quote ends at the end of the line. */
export function splitQuoted(line: Text): Text[] {
  const bytes = bytesFromText(line);
  const words: Text[] = [];
  let word: number[] | null = null;
  let quoteByte = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x5c) {
      (word ??= []).push(byte, bytes[at + 1] ?? byte);
      at++;
    } else if (quoteByte !== 0) {
      if (byte === quoteByte) quoteByte = 0;
      else word?.push(byte);
    } else if (byte === 0x22 || byte === 0x27) {
      quoteByte = byte;
      word ??= [];
    } else if (byte === 0x20) {
      if (word !== null) words.push(decoded(word));
      word = null;
    } else {
      (word ??= []).push(byte);
    }
  }
  if (word !== null) words.push(decoded(word));
  return words;
}

const decoded = (word: readonly number[]): Text => decodeField(bytesFromText(textFromBytes(Uint8Array.from(word))));
