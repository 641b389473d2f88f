/**
 * Random text made of what tmux, shells and formats give a meaning to; the same text for the same seed.
 */
import { textFromBytes, type Text } from '../../src/model/text.js';

const PIECES = [
  ...[
    '#',
    '##',
    '#{',
    '}',
    '#(',
    ')',
    '#[',
    ']',
    '{',
    '[',
    '(',
    ',',
    ':',
    ';',
    "'",
    '"',
    '$',
    '$x',
    '${HOME}',
    '`',
    '%',
    '%H',
  ],
  ...['~', '\\', '\\n', '\\101', '\\$', 'a', 'Z', '0', '7', ' ', '.', '=', '-', '@', '!', '|', '&', '<', '*', '?'],
  ...['#{pane_id}', '#{q:x}', '#S', '#[fg=red]', 'é', '日本', '😀', '\u0301', '\u00a0'],
].map((piece) => Buffer.from(piece));

const CONTROLS = ['\t', '\n', '\r', '\x01', '\x1b', '\x1f', '\x7f'].map((piece) => Buffer.from(piece));
const INVALID = [[0xff], [0xc3], [0xe2, 0x82], [0xf0, 0x9f], [0x80], [0xed, 0xa0, 0x80]].map((piece) =>
  Buffer.from(piece),
);

/** What random text may hold beside printable characters. */
export interface Alphabet {
  readonly controls: boolean;
  readonly invalid: boolean;
}

/** Returns a source of numbers in [0, 1) that depends on the seed alone (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Returns `count` texts, none of them empty. */
export function nastyTexts(seed: number, count: number, alphabet: Alphabet): Text[] {
  const random = seededRandom(seed);
  const pieces = [...PIECES, ...(alphabet.controls ? CONTROLS : []), ...(alphabet.invalid ? INVALID : [])];
  return Array.from({ length: count }, () => {
    const length = 1 + Math.floor(random() * 12);
    const chosen = Array.from({ length }, () => pieces[Math.floor(random() * pieces.length)] ?? Buffer.from('x'));
    return textFromBytes(Buffer.concat(chosen));
  });
}
