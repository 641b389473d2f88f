/**
 * What becomes of the command that a pane was started with. Only programs on the list are started again, by their
 * words and never by a shell; what needs a shell to be understood is shown to the user instead.
 */
import { displayText, sameText, type Text } from '../model/text.js';
import { displayCommand, oneLine } from './shell-quote.js';

/** Viewers and editors, which do nothing by themselves. */
export const START_PROGRAMS: readonly string[] = [
  ...['vi', 'vim', 'nvim', 'view', 'less', 'more', 'most', 'man', 'tail', 'top', 'htop', 'btop'],
];

const EDITOR = /^(?:|[^-+].*|-[bdDlLmMnNoOpRyZ]+\d*|\+\d*|\+\/.*|--|-)$/s;
const PAGER = /^(?:|[^-+].*|-[aBcCdeEfFgGiIJLmMnNqQrRsSuUVwWXz]\w*|\+[FG]|\+\d+|\+\/.*|--|-)$/s;

/**
 * The arguments that make no program of theirs: an editor's `-c` or `+cmd`, a script or a pager by name would run saved text (P10).
 * A program that is not here has none such, or is the user's own choice.
 */
const HARMLESS: Readonly<Record<string, RegExp>> = {
  vi: EDITOR,
  vim: EDITOR,
  nvim: EDITOR,
  view: EDITOR,
  less: PAGER,
  more: PAGER,
  most: PAGER,
  man: /^(?:|[^-].*|-[akflw]+|--)$/s,
};

/** What the decision rests on beside the words. */
export interface StartContext {
  /** More programs of the user's choice, by name. */
  readonly programs: readonly string[];
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
  return { argv: isListed(argv[0], context.programs) && isHarmless(argv, context.programs) ? argv : [], notice };
}

/** It is one line of a pane, and one more word of every look at it. */
const NOTICE_LIMIT = 500;

/** Words without anything that a shell would expand; `=` at the start of a word is an expansion of zsh. */
const PLAIN = /^(?:exec )?[\w./:+@%,-][\w./:=+@%,-]*(?: [\w./:+@%,-][\w./:=+@%,-]*)*$/;

/** Returns the argument vector that a start command stands for, empty where only a shell can tell: one word with blanks is a line for the shell (tmux(1), new-window). */
function plainWords(words: readonly Text[]): readonly Text[] {
  if (words.length !== 1) return words;
  const [line] = words;
  if (typeof line !== 'string' || !PLAIN.test(line)) return [];
  return line.replace(/^exec /, '').split(' ');
}

/** A path that is not absolute would find whatever lies in the directory of the pane. */
function isListed(program: Text | undefined, more: readonly string[]): boolean {
  if (typeof program !== 'string') return false;
  const name = /^(?:\/.*\/|\/)?([^/]+)$/s.exec(program)?.[1];
  return name !== undefined && !name.startsWith('-') && [...START_PROGRAMS, ...more].includes(name);
}

function isHarmless([program = '', ...args]: readonly Text[], more: readonly string[]): boolean {
  const name = displayText(program).replace(/^.*\//s, '');
  const rule = more.includes(name) ? undefined : HARMLESS[name];
  return rule === undefined || args.every((word) => rule.test(displayText(word)));
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
