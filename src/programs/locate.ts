/**
 * Where the program of a saved command line is now. The record is not trusted: only what its family recognises is started, by an absolute
 * path, and never what happens to lie in the directory of the pane.
 */
import { posix } from 'node:path';
import type { Program } from '../model/manifest.js';
import { bytesFromText, type Text } from '../model/text.js';
import { baseName } from './command-line.js';
import type { Command, Family } from './family.js';

/** What exists, as the search needs it. */
export interface Paths {
  readonly exists: (path: Text) => boolean;
  readonly isExecutable: (path: Text) => boolean;
}

/** A program as it can be started. */
export interface Binary {
  /** What runs: an absolute path, or an interpreter and a script. */
  readonly argv: readonly Text[];
  /** What a person would type. */
  readonly shown: readonly Text[];
}

/** Returns the program that ran, as it can be started now, or null: where it was called by path, else by its name in the saved PATH, else the executable itself. */
export function locate(program: Program, family: Family, command: Command, paths: Paths): Binary | null {
  const [called = ''] = program.argv;
  const name = baseName(called);
  // A wrapped script was called by the name of its wrapper, which is what the PATH holds.
  if (command.interpreter === null || command.interpreter !== called) {
    // Called by another name (its version, what updates leave behind), the name finds the one of now.
    const isOwnName = family.names.length === 0 || family.names.includes(name);
    if (isOwnName && isAbsolute(called) && paths.isExecutable(called)) return { argv: [called], shown: [called] };
    for (const wanted of isOwnName ? [name] : family.names) {
      const found = searchPath(wanted, program, paths);
      if (found !== null) return { argv: [found], shown: [wanted] };
    }
    // An agent that was called by its own name may be installed anew under another.
    const other = isOwnName && family.conversations !== null ? family.names[0] : undefined;
    const found = other === undefined ? null : searchPath(other, program, paths);
    if (found !== null && other !== undefined) return { argv: [found], shown: [other] };
  }
  return command.interpreter === null || command.script === null
    ? ownExecutable(program, family, paths)
    : script(program, family, { interpreter: command.interpreter, script: command.script }, paths);
}

/** Only an agent that is its own executable is started by it: what runs another program's name may be anything. */
function ownExecutable({ exe }: Program, family: Family, paths: Paths): Binary | null {
  const isOwn = family.conversations !== null && isAbsolute(exe) && paths.isExecutable(exe);
  return isOwn && family.recognise([exe], exe) !== null ? { argv: [exe], shown: [exe] } : null;
}

function script(
  program: Program,
  family: Family,
  command: { readonly interpreter: Text; readonly script: Text },
  paths: Paths,
): Binary | null {
  const { exe } = program;
  const path = isAbsolute(command.script) ? command.script : resolveIn(program.cwd, command.script);
  const interpreter =
    (isAbsolute(command.interpreter) && paths.isExecutable(command.interpreter) ? command.interpreter : null) ??
    searchPath(baseName(command.interpreter), program, paths) ??
    (isAbsolute(exe) && paths.isExecutable(exe) ? exe : null);
  if (interpreter === null || path === null || !paths.exists(path)) return null;
  // A wrapper may have run any script under the program's name; only one that is known by its own is started.
  if (family.recognise([interpreter, path], null) === null) return null;
  return { argv: [interpreter, path], shown: [interpreter, path] };
}

function searchPath(name: string, program: Program, paths: Paths): string | null {
  const path = program.env['PATH'];
  if (typeof path !== 'string' || name === '' || name.includes('/')) return null;
  // Relative entries would find whatever lies in the directory of the pane.
  const folders = path.split(':').filter((folder) => folder.startsWith('/'));
  return folders.map((folder) => posix.join(folder, name)).find((candidate) => paths.isExecutable(candidate)) ?? null;
}

/** Returns whether a path is absolute. */
export const isAbsolute = (path: Text): boolean => bytesFromText(path)[0] === 0x2f;

const resolveIn = (cwd: Text, path: Text): string | null =>
  typeof cwd === 'string' && typeof path === 'string' ? posix.resolve(cwd, path) : null;
