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

/** Whole texts that somebody once gave a meaning to: a shell, a tmux format, a target, a row of a listing, a terminal. */
export const HOSTILE_TEXTS: readonly string[] = [
  ...[
    'tab\there',
    'new\nline',
    `both ' and " quotes`,
    'back\\slash\\',
    '#{pane_id}',
    '#{E:@x}',
    '#S',
    '##',
    '#[fg=red]x',
  ],
  ...[
    '#(touch CANARY)',
    '$(touch CANARY)',
    '`touch CANARY`',
    '; touch CANARY',
    "'; touch CANARY; '",
    'x\n touch CANARY',
  ],
  ...['a:b.c', '=exact', '-d', '--', '@1', '%1', '$1', '{last}', '+1', '!', '^', '~', '*', '%H:%M', '$HOME', '${HOME}'],
  ...[
    '😀',
    '日本語',
    'e\u0301\u0302',
    '👩‍👩‍👧',
    '\u00a0',
    '\u202eright to left',
    '\ufeffmark',
    '\x1b[31mred',
    '\x07bell',
    '\x7f',
  ],
  ...[
    ' leading',
    'trailing ',
    '   ',
    'x'.repeat(500),
    '#'.repeat(31),
    '\\$x',
    '\\101',
    '%if 1',
    'a;',
    'a\\;',
    '}',
    '# comment',
  ],
];

/** Bytes that are no UTF-8. */
export const INVALID_BYTES: readonly Buffer[] = [
  Buffer.from([0x61, 0xff, 0x62]),
  Buffer.from([0xc3]),
  Buffer.from([0xed, 0xa0, 0x80, 0x20]),
];

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
