/**
 * A launcher that runs a pane's own start command again keeps that command as its last words, so that the next look
 * finds what the user started and not the launcher. Its first words tell it from the launchers that a look leaves out.
 */
import type { Text } from './text.js';

/** How it begins: `+m` changes nothing (job control is off in a shell that runs a text), and no other launcher has it. */
export const RERUN_SHELL: readonly Text[] = ['/bin/sh', '+m', '-c'];

/** The name that its text is run under. */
export const RERUN_MARKER = 'tmux-persist-rerun';

/** The words before the user's own: the shell, its text, the marker, and the four that every launcher has. */
const RERUN_WORDS = RERUN_SHELL.length + 2 + 4;

/** Returns the start command as the user gave it: what a launcher of this kind runs, else the words themselves. */
export function originalCommand(words: readonly Text[]): readonly Text[] {
  const isRerun = RERUN_SHELL.every((word, at) => words[at] === word) && words[RERUN_SHELL.length + 1] === RERUN_MARKER;
  return isRerun ? words.slice(RERUN_WORDS) : words;
}
