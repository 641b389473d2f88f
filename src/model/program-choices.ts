/**
 * What the user chose for single programs: the words of the option `@tmux-persist-programs`. The most exact word counts: a program's own
 * name before the kind of its family before a glob, and of two alike the later one.
 */
import { globPattern } from './glob.js';
import type { Program } from './manifest.js';

type Mode = Program['mode'];

/** One word of the option. */
export interface ProgramChoice {
  /** The name of a program, the kind of a family, or a glob of names. */
  readonly pattern: string;
  /** Null where the word names no mode. */
  readonly mode: Mode | null;
}

const MODES: readonly Mode[] = ['auto', 'view', 'offer', 'never'];

/** The basename of an executable, or a glob of such: nothing that a path, a flag or a list could hide in. */
const PATTERN = /^[A-Za-z0-9_.+*?][A-Za-z0-9_.+*?-]*$/;

/** Returns the choice that a word of the option stands for, or null when it is none. */
export function parseProgramChoice(word: string): ProgramChoice | null {
  const equals = word.indexOf('=');
  const pattern = equals === -1 ? word : word.slice(0, equals);
  if (!PATTERN.test(pattern)) return null;
  if (equals === -1) return { pattern, mode: null };
  const mode = MODES.find((known) => known === word.slice(equals + 1));
  return mode === undefined ? null : { pattern, mode };
}

const matches = ({ pattern }: ProgramChoice, name: string): boolean =>
  /[*?]/.test(pattern) ? globPattern(pattern).test(name) : pattern === name;

/** Returns whether a name is among those that the user chose, by itself or by a glob. */
export const isListed = (choices: readonly ProgramChoice[], name: string): boolean =>
  choices.some((choice) => matches(choice, name));

/**
 * Returns the mode of a program whose family has the mode `own`. A bare name wants one step more than that: what is offered starts, and
 * what never comes back is offered. A bare glob or kind changes nothing.
 */
export function modeFor(choices: readonly ProgramChoice[], kind: string, name: string, own: Mode): Mode {
  const choice =
    choices.findLast(({ pattern }) => pattern === name) ??
    choices.findLast(({ pattern }) => pattern === kind) ??
    choices.findLast((other) => matches(other, name));
  if (choice === undefined) return own;
  if (choice.mode !== null) return choice.mode;
  if (choice.pattern !== name) return own;
  return own === 'never' ? 'offer' : own === 'offer' ? 'auto' : own;
}
