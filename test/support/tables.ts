/**
 * Reads the tables of ARCHITECTURE.md: they are the data of the tests that prove them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from './agent-rig.js';

/** The words of an evidence cell: `gone=1/3 oom=1 next` has a value for `gone` and `oom`, and an empty one for `next`. */
export type Words = ReadonlyMap<string, string>;

/** Returns the rows of the table below a heading, each as its cells. */
export function tableBelow(heading: string): string[][] {
  const text = readFileSync(join(CHECKOUT, 'ARCHITECTURE.md'), 'utf8');
  const start = text.indexOf(`\n${heading}\n`);
  if (start < 0) throw new Error(`ARCHITECTURE.md has no '${heading}'`);
  const table = /(?:^\|.*\|\n)+/m.exec(text.slice(start))?.[0] ?? '';
  return table
    .trim()
    .split('\n')
    .slice(2)
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

/** Returns the words of an evidence cell; a word that is not among the allowed ones is a mistake in the table. */
export function wordsOf(cell: string, allowed: readonly string[]): Words {
  const words = cell.replaceAll('`', '').split(' ');
  return new Map(
    words.map((word): [string, string] => {
      const [key = '', value = ''] = word.split('=');
      if (!allowed.includes(key)) throw new Error(`the table speaks of '${key}', which no test knows`);
      return [key, value];
    }),
  );
}
