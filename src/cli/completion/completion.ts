/**
 * `tmux-persist completion`: the script of a shell, made of the command tree. Fixed words stand in it; for names it asks completion-words.
 */
import { commandModel } from '../command-model.js';
import { commandTree } from '../command-tree.js';
import { EXIT } from '../failures.js';
import { bashCompletion } from './bash.js';
import { fishCompletion } from './fish.js';
import { zshCompletion } from './zsh.js';

/** The shells that there is a script for. */
export type Shell = 'bash' | 'zsh' | 'fish';

const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** Prints the script; returns the exit code. */
export function completion(shell: Shell): number {
  process.stdout.write(SCRIPTS[shell](commandModel(commandTree())));
  return EXIT.done;
}
