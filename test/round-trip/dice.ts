/**
 * Chance that a seed decides, and text as tokens of a sourced file. It knows nothing of src, so that what is built with it
 * is not built by what it tests.
 */
import { seededRandom } from '../support/nasty-text.js';

/** Chance that depends on the seed alone. */
export class Dice {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** Returns a whole number from 0 to `limit` - 1; a `bias` above 1 prefers small ones. */
  upTo(limit: number, bias = 1): number {
    return Math.floor(this.#random() ** bias * limit);
  }

  /** Returns a whole number of a range, both ends included. */
  between(least: number, most: number, bias = 1): number {
    return least + this.upTo(most - least + 1, bias);
  }

  /** Returns true in so many of a hundred cases. */
  chance(percent: number): boolean {
    return this.#random() * 100 < percent;
  }

  /** Returns one of a list that is not empty. */
  one<T>(list: readonly T[]): T {
    const chosen = list[this.upTo(list.length)];
    if (chosen === undefined) throw new Error('nothing to choose from');
    return chosen;
  }
}

/** Returns bytes as one double-quoted token that tmux reads back as they are. */
export function token(text: string | Buffer): string {
  const escaped = [...Buffer.from(text)].map((byte) => {
    const char = String.fromCharCode(byte);
    return /[A-Za-z0-9_./:@%+=-]/.test(char) ? char : `\\${byte.toString(8).padStart(3, '0')}`;
  });
  return `"${escaped.join('')}"`;
}

/** Returns a token for where tmux expands formats: nothing in it is one. */
export const plain = (text: string | Buffer): string =>
  token(Buffer.from(Buffer.from(text).toString('latin1').replaceAll('#', '##'), 'latin1'));
