/**
 * The command that agents run for us, as it stands in their settings: written for any shell, and told from other people's commands by all
 * of its words, so that nothing but ours is ever changed.
 */
import { basename } from 'node:path';
import { shellQuote } from '../../model/shell-words.js';

/** The name of the program, as a command and as a bundle. */
const OWN_NAMES: readonly string[] = ['tmux-persist', 'tmux-persist.js'];

/** Returns the command line of the hook for a tool. Plain words stay unquoted: codex runs it with its user's shell, whichever that is. */
export const hookCommand = (node: string, bundle: string, tool: string): string =>
  [node, bundle, 'hook', tool].map(shellQuote).join(' ');

/** Returns the paths that a hook command of ours names, the interpreter first, or null for a command that is not ours. */
export function hookPaths(command: string, tool: string): readonly string[] | null {
  const words = shellWords(command);
  if (words === null || words.length > 4) return null;
  const [own = '', verb, kind] = words.slice(-3);
  if (verb !== 'hook' || kind !== tool || !OWN_NAMES.includes(basename(own))) return null;
  const [interpreter] = words.slice(0, -3);
  if (interpreter === undefined) return [own];
  return /^node(js)?[\d.]*$/.test(basename(interpreter)) ? [interpreter, own] : null;
}

/** Returns the words of a simple command, or null when it is more than words: a pipe, a variable, a list. */
function shellWords(command: string): readonly string[] | null {
  const words: string[] = [];
  const part = /\s+|'([^']*)'|"((?:[^"\\$`]|\\.)*)"|\\([^\n])|([\w@%+=:,./~-]+)/gy;
  let word: string | null = null;
  while (part.lastIndex < command.length) {
    const match = part.exec(command);
    if (match === null) return null;
    const [, single, double, escaped, plain] = match;
    const text = single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? plain;
    if (text !== undefined) {
      word = `${word ?? ''}${text}`;
    } else if (word !== null) {
      words.push(word);
      word = null;
    }
  }
  return word === null ? words : [...words, word];
}
