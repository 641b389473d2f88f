/**
 * Command lines that yargs reads: there a switch may be followed by the word true or false. Without this `--yolo false` would come back
 * as `--yolo`.
 */
import type { Text } from '../../model/text.js';
import type { FlagTable } from '../flags.js';

/** Returns the words with each such value joined to its switch: `--yolo=false`. */
export function yargsWords(args: readonly Text[], table: FlagTable): Text[] {
  const words: Text[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const [word, next] = [args[index] ?? '', args[index + 1]];
    if (word === '--') return [...words, ...args.slice(index)];
    const isSwitch = typeof word === 'string' && table.get(word)?.arity === 'none';
    if (isSwitch && (next === 'true' || next === 'false')) {
      words.push(`${word}=${next}`);
      index += 1;
    } else {
      words.push(word);
    }
  }
  return words;
}
