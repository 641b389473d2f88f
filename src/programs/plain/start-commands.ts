/**
 * What becomes of the command that a pane was started with. Only what a family knows as harmless and what the user listed is started again,
 * by its words and never by a shell; what needs a shell to be understood is shown to the user instead.
 */
import { modeFor, type ProgramChoice } from '../../model/program-choices.js';
import { displayText, sameText, type Text } from '../../model/text.js';
import { isDenied } from './deny-list.js';
import { PLAIN } from '../families.js';
import { LISTED, listedFamily } from './listed.js';
import { isHarmlessFor, programName } from './plain-family.js';
import { WITHHELD } from '../secrets.js';
import { oneLine } from '../../model/shell-words.js';
import { displayCommand } from '../display-command.js';

/** What the decision rests on beside the words. */
export interface StartContext {
  /** What the user chose for programs. */
  readonly programs: readonly ProgramChoice[];
  /** The server's own, which a pane without a command of its own is started with. */
  readonly defaultShell: string;
  readonly defaultCommand: string;
}

/** What becomes of a start command. */
export interface StartCommand {
  /** The words to start, empty where only a shell may come. */
  readonly argv: readonly Text[];
  /** The line that says what the pane was started with, for a pane that gets a shell. */
  readonly notice: string;
}

/** Returns what becomes of a pane's start command, or null when it only asked for the user's shell. */
export function judgeStartCommand(words: readonly Text[], context: StartContext): StartCommand | null {
  if (isPlainShell(words, context)) return null;
  const [only] = words;
  const shown = words.length === 1 && only !== undefined ? oneLine(only) : displayCommand(words, {});
  const limited = shown.length > NOTICE_LIMIT ? `${shown.slice(0, NOTICE_LIMIT)}…` : shown;
  const notice = `tmux-persist: this pane was started with: ${limited}`;
  const argv = plainWords(words);
  return { argv: comesBack(argv, context.programs) ? argv : [], notice };
}

/** It is one line of a pane, and one more word of every look at it. */
const NOTICE_LIMIT = 500;

/** Words without anything that a shell would expand; `=` at the start of a word is an expansion of zsh. */
const PLAIN_WORDS = /^(?:exec )?[\w./:+@%,-][\w./:=+@%,-]*(?: [\w./:+@%,-][\w./:=+@%,-]*)*$/;

/** Returns the argument vector that a start command stands for, empty where only a shell can tell: one word with blanks is a line for the shell (tmux(1), new-window). */
function plainWords(words: readonly Text[]): readonly Text[] {
  if (words.length !== 1) return words;
  const [line] = words;
  if (typeof line !== 'string' || !PLAIN_WORDS.test(line)) return [];
  return line.replace(/^exec /, '').split(' ');
}

/** Returns whether a command is started by itself: one of a family's, with harmless words, or one that its user listed. */
function comesBack(argv: readonly Text[], choices: readonly ProgramChoice[]): boolean {
  const name = programName(argv[0]);
  if (name === null || isDenied(argv) || argv.some((word) => displayText(word).includes(WITHHELD))) return false;
  const family = PLAIN.find((known) => known.recognise(argv, null) !== null);
  const isByName = choices.some(({ pattern }) => pattern === name);
  if (family === undefined) {
    const listed = listedFamily(choices);
    return isHarmlessFor(listed, argv) && modeFor(choices, LISTED, name, listed.mode) === 'auto';
  }
  // Whoever names a program answers for its words.
  return modeFor(choices, family.kind, name, family.mode) === 'auto' && (isByName || isHarmlessFor(family, argv));
}

/** Returns whether a start command is none: empty, the server's own, or the user's shell by its name. */
function isPlainShell(words: readonly Text[], { defaultShell, defaultCommand }: StartContext): boolean {
  const [first = ''] = words;
  if (words.length <= 1 && (first === '' || sameText(first, defaultCommand))) return true;
  const line = displayText(first).replace(/^exec /, '');
  const [shell = '', ...flags] = words.length === 1 ? line.split(' ') : words.map(displayText);
  const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
  return nameOf(shell) === nameOf(defaultShell) && flags.every((flag) => ['-l', '-i', '--login'].includes(flag));
}
