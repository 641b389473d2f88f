/**
 * How commands print: results on stdout, everything else on stderr, colours only for a terminal that wants them.
 */
import { stripVTControlCharacters, styleText } from 'node:util';

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow';

const wantsColour = process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb';

/** Returns the text in a style, or as it is where there is no terminal. */
export const styled = (style: Style, text: string): string => (wantsColour ? styleText(style, text) : text);

/** Prints one result line. */
export const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Prints a value as JSON. */
export const printJson = (value: unknown): void => {
  print(JSON.stringify(value, null, 2));
};

/** Prints a message for the person at the terminal. */
export const warn = (line: string): void => {
  process.stderr.write(`tmux-persist: ${line}\n`);
};

/** Characters that take two cells of a terminal, and those that take none (Unicode, East Asian Width and combining marks). */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const NARROW = /\p{Mark}|[\u200b-\u200d\ufe0f]/u;

/** Returns how many cells of a terminal a text takes; styles take none. */
export function displayWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const char of stripVTControlCharacters(text)) width += WIDE.test(char) ? 2 : NARROW.test(char) ? 0 : 1;
  return width;
}

const pad = (cell: string, width: number): string => cell + ' '.repeat(Math.max(0, width - displayWidth(cell)));

/** Returns rows as columns of equal width, two blanks apart. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, displayWidth(cell))));
  return rows.map((row) =>
    row.map((cell, at) => (at === row.length - 1 ? cell : pad(cell, widths[at] ?? 0))).join('  '),
  );
}

/** Returns `1 session` or `2,000 sessions`. */
export const plural = (count: number, noun: string): string => `${thousands(count)} ${noun}${count === 1 ? '' : 's'}`;

/** To load what Node knows of languages takes a tenth of the time of a whole status, so small numbers do without. */
const thousands = (count: number): string => (count < 1000 ? String(count) : new Intl.NumberFormat('en').format(count));

/** Returns an age such as `12 s`, `5 min`, `3 h` or `4 days`. */
export function age(seconds: number): string {
  if (seconds < 120) return `${String(Math.max(0, Math.round(seconds)))} s`;
  if (seconds < 7200) return `${String(Math.round(seconds / 60))} min`;
  if (seconds < 172_800) return `${String(Math.round(seconds / 3600))} h`;
  return `${String(Math.round(seconds / 86_400))} days`;
}

/** Returns how long ago a time was, such as `5 min ago`. */
export const ago = (at: string): string => `${age((Date.now() - Date.parse(at)) / 1000)} ago`;
