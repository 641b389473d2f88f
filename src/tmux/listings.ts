/**
 * Reads what `show-options` and `show-environment -s` print. Both escape values so that one can't end early and another begin in
 * it; only names are printed as they are, and those that could mislead are left out.
 */
import type { Text } from '../model/text.js';
import { decodeField } from './codec.js';
import { splitQuoted } from './start-command.js';

/** An option of tmux with the key of its array entry, or a user's; tmux prints names as they are (cmd-show-options.c). */
const OPTION_LINE = /^([a-z][a-z0-9-]*(?:\[[\w-]+\])?|@[^\s\\"'[\]\ufffd]+)(?: (.*))?$/su;

/** Keys are printed as they are, also a lone quote (options.c, options_value_to_string). */
const KEY_OPTIONS = new Set(['prefix', 'prefix2', 'backspace']);

/**
 * Returns the options of a listing by name: `name[3]` for an entry of an array, `name` and '' for an array without any. The value
 * of a hook is its command as tmux prints it: unlike any other value it is not one quoted word, or needs no quotes.
 */
export function parseOptions(listing: Buffer): Record<string, Text> {
  const found: [string, Text][] = [];
  for (const line of undoubled(listing.toString('utf8')).split('\n')) {
    const [, name, rest = ''] = OPTION_LINE.exec(line) ?? [];
    if (name === undefined) continue;
    const words = KEY_OPTIONS.has(name) ? [] : splitQuoted(rest);
    const [word] = words;
    // A user's option has one word for its value; where there are more, its name holds a blank.
    if (words.length > 1 && name.startsWith('@')) continue;
    found.push([name, words.length === 1 && word !== undefined ? word : rest]);
  }
  return Object.fromEntries(found);
}

const VARIABLE = /([^=]+)="((?:[^"\\]|\\[^])*)"; export \1;\n/y;

/** Returns the variables of a `show-environment -s` listing, without those that are marked for removal. */
export function parseEnvironment(listing: Buffer): Record<string, Text> {
  const text = undoubled(listing.toString('latin1'));
  const found: [string, Text][] = [];
  for (let at = 0; at < text.length;) {
    VARIABLE.lastIndex = at;
    const [whole, name, value] = VARIABLE.exec(text) ?? [];
    if (whole !== undefined && name !== undefined && value !== undefined) {
      found.push([name, decodeField(Buffer.from(value, 'latin1'))]);
      at += whole.length;
    } else {
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end + 1;
    }
  }
  return Object.fromEntries(found);
}

/**
 * tmux 3.4 escapes a `$` before a name once more as it prints (server-client.c, server_client_print). Listings escape each of them,
 * after doubled backslashes, so that an even number of these before one tells.
 */
export const undoubled = (text: string): string =>
  text.replace(/\\+(?=\$[A-Za-z_{])/g, (run) => (run.length % 2 === 0 ? run.slice(1) : run));
