/**
 * Which program a command line runs: told by argv[0], by the executable, or by an interpreter and its script, and never by a substring:
 * an editor that shows claude.md is no agent.
 */
import type { Text } from '../model/text.js';
import type { Command } from './family.js';

/** How the programs of one family are told. */
export interface Marks {
  /** The last component of argv[0] of a binary. */
  readonly names: ReadonlySet<string>;
  /** Returns whether an executable path is this program's own, whatever it is called by; the name is the last component of argv[0]. */
  readonly isInstalled?: (executable: string, name: string) => boolean;
  /** The script of a build that an interpreter runs, matched against its path. */
  readonly script?: RegExp;
  readonly interpreters?: ReadonlySet<string>;
}

/** The interpreters of programs from npm. */
export const JAVASCRIPT: ReadonlySet<string> = new Set(['node', 'nodejs', 'bun']);

/** Options of node that take the next word as their value. */
const valueOptions = new Set(
  '-r --require --import --loader --experimental-loader -C --conditions --env-file --title'.split(' '),
);

const characters = (text: Text): string => (typeof text === 'string' ? text : atob(text.base64));

/** Returns the last component of a path; bytes that are not UTF-8 are Latin-1 here, which no known name contains. */
export const baseName = (path: Text): string => {
  const text = characters(path);
  return text.slice(text.lastIndexOf('/') + 1);
};

/** Returns an executable's path as text; one that was updated or removed keeps its old path with a suffix (proc_pid_exe(5)). */
export const executablePath = (exe: Text | null): string =>
  exe === null ? '' : characters(exe).replace(/ \(deleted\)$/, '');

/** Returns how a command line runs a program with these marks, or null when it is something else. */
export function commandBy(marks: Marks, argv: readonly Text[], exe: Text | null): Command | null {
  const [program, second] = argv;
  if (program === undefined) return null;
  // A login shell's way of calling: bash is `-bash`.
  const name = baseName(program);
  const executable = executablePath(exe);
  const interpreters = marks.interpreters ?? JAVASCRIPT;
  const isInterpreted = isInterpreter(baseName(executable), interpreters);

  if (marks.names.has(name)) {
    // Started as `exec -a claude node SCRIPT`: the script is no argument of the program's.
    const isWrapped = isInterpreted && second !== undefined && characters(second).includes('/');
    return isWrapped
      ? { interpreter: exe, script: second, args: argv.slice(2) }
      : { interpreter: null, script: null, args: argv.slice(1) };
  }
  if (marks.isInstalled?.(executable, name) === true) return { interpreter: null, script: null, args: argv.slice(1) };
  if (marks.script !== undefined && (isInterpreted || isInterpreter(name, interpreters)))
    return scriptCommand(argv, name, marks.script);
  return null;
}

/** python3.11 is python3, which is python. */
const isInterpreter = (name: string, interpreters: ReadonlySet<string>): boolean =>
  interpreters.has(name) || interpreters.has(name.replace(/[\d.]+$/, ''));

function scriptCommand(argv: readonly Text[], interpreter: string, known: RegExp): Command | null {
  let index = 1;
  for (; index < argv.length; index += 1) {
    const option = characters(argv[index] ?? '');
    if (valueOptions.has(option)) index += 1;
    else if (/^(-e|-p|-c|-m|--eval|--print|-)$/.test(option)) return null;
    else if (!option.startsWith('-') && !(interpreter === 'bun' && option === 'run')) break;
  }
  const [program, script] = [argv[0], argv[index]];
  if (program === undefined || script === undefined || !known.test(characters(script))) return null;
  return { interpreter: program, script, args: argv.slice(index + 1) };
}
