/**
 * Claude Code in a pane: which process it is. Recognised by the program that runs (argv[0], executable, or interpreter
 * and script), never by a substring: an editor that shows claude.md is no agent.
 */
import type { Text } from '../model/text.js';
import { parseClaudeArguments, type ClaudeArguments } from './claude-argv.js';
import type { ProcessInfo, ProcessView } from './process-view.js';

/** A command line that runs Claude. */
export interface ClaudeCommand {
  /** The interpreter of a build that is a script, as it was called, or null for a binary. */
  readonly interpreter: Text | null;
  /** The script, when there is an interpreter. */
  readonly script: Text | null;
  /** What follows the program or script. */
  readonly args: readonly Text[];
}

/** A process that holds a conversation in a pane. */
export interface ClaudeProcess {
  readonly info: ProcessInfo;
  readonly command: ClaudeCommand;
  readonly parsed: ClaudeArguments;
}

/** The variables that are saved with a conversation and set again; no name here may ever be that of a secret. */
export const KEPT_VARIABLES: readonly string[] = ['PATH', 'CLAUDE_CONFIG_DIR', 'CLAUDE_CODE_PROJECT_DIR_NAME'];

// `.claude-unwrapped` is the binary behind the wrapper of the Nix package.
const names = new Set(['claude', 'claude.exe', '.claude-unwrapped']);
const interpreters = new Set(['node', 'nodejs', 'bun']);
const version = /^\d+\.\d+\.\d+[\w.+-]*$/;
/** Node's own options that take the next word as their value. */
const valueOptions = new Set(
  '-r --require --import --loader --experimental-loader -C --conditions --env-file --title'.split(' '),
);
/** More descendants than this are a build, not a shell with an agent. */
const PROCESS_LIMIT = 512;

const characters = (text: Text): string => (typeof text === 'string' ? text : atob(text.base64));

/** Returns the last component of a path; bytes that are not UTF-8 are Latin-1 here, which no known name contains. */
export const baseName = (path: Text): string => {
  const text = characters(path);
  return text.slice(text.lastIndexOf('/') + 1);
};

/** Returns how a command line runs Claude, or null when it is something else. */
export function claudeCommand(argv: readonly Text[], exe: Text | null): ClaudeCommand | null {
  const [program, second] = argv;
  if (program === undefined) return null;
  const name = baseName(program);
  // An updated or removed executable keeps its old path with this suffix (proc_pid_exe(5)).
  const executable = exe === null ? '' : characters(exe).replace(/ \(deleted\)$/, '');
  const executableName = baseName(executable);

  if (names.has(name)) {
    // Started as `exec -a claude node SCRIPT`: the script is no argument of Claude's.
    const isWrapped = interpreters.has(executableName) && second !== undefined && characters(second).includes('/');
    return isWrapped
      ? { interpreter: exe, script: second, args: argv.slice(2) }
      : { interpreter: null, script: null, args: argv.slice(1) };
  }
  const isInstalled =
    (/\/claude\/versions\/[^/]+$/.test(executable) && version.test(executableName)) ||
    (/\/@anthropic-ai\/claude-code[^/]*\//.test(executable) && names.has(executableName));
  // The binary also acts as other tools under another argv[0], as its built-in ripgrep does.
  if (isInstalled && (name === executableName || version.test(name))) {
    return { interpreter: null, script: null, args: argv.slice(1) };
  }
  if (interpreters.has(name) || interpreters.has(executableName)) return scriptCommand(argv, name);
  return null;
}

function scriptCommand(argv: readonly Text[], interpreter: string): ClaudeCommand | null {
  let index = 1;
  for (; index < argv.length; index += 1) {
    const option = characters(argv[index] ?? '');
    if (valueOptions.has(option)) index += 1;
    else if (/^(-e|-p|--eval|--print|-)$/.test(option)) return null;
    else if (!option.startsWith('-') && !(interpreter === 'bun' && option === 'run')) break;
  }
  const [program, script] = [argv[0], argv[index]];
  if (program === undefined || script === undefined) return null;
  if (!/\/claude$|(^|\/)claude-code\/cli(-wrapper)?\.[mc]?js$/.test(characters(script))) return null;
  return { interpreter: program, script, args: argv.slice(index + 1) };
}

/** Returns the process of a pane that holds a conversation: the outermost one on the pane's terminal, one in the foreground before others, or null. */
export function findClaude(panePid: number, view: ProcessView): ClaudeProcess | null {
  const pane = view.read(panePid);
  if (pane === null) return null;
  const found: ClaudeProcess[] = [];
  const seen = new Set<number>();
  let level = [pane];
  while (level.length > 0 && seen.size < PROCESS_LIMIT) {
    const next: ProcessInfo[] = [];
    for (const info of level) {
      if (seen.has(info.pid) || info.ttyNr !== pane.ttyNr || /[ZX]/i.test(info.state)) continue;
      seen.add(info.pid);
      const process = claudeProcess(info);
      if (process === null) {
        next.push(...childrenOf(info.pid, view));
      } else if (!process.parsed.isOther) {
        found.push(innermost(process, view));
      }
    }
    level = next;
  }
  return (
    found.find(({ info }) => info.pgrp === pane.tpgid) ??
    found.find(({ info }) => info.state !== 'T') ??
    found[0] ??
    null
  );
}

function claudeProcess(info: ProcessInfo): ClaudeProcess | null {
  const command = claudeCommand(info.argv, info.exe);
  return command === null ? null : { info, command, parsed: parseClaudeArguments(command.args) };
}

function childrenOf(pid: number, view: ProcessView): ProcessInfo[] {
  return view.children(pid).flatMap((child) => view.read(child) ?? []);
}

/** Returns the native process behind a script that only starts it with its own arguments, else the process itself. */
function innermost(process: ClaudeProcess, view: ProcessView): ClaudeProcess {
  if (process.command.interpreter === null) return process;
  const args = JSON.stringify(process.command.args);
  const native = childrenOf(process.info.pid, view)
    .filter((info) => info.ttyNr === process.info.ttyNr && !/[ZX]/i.test(info.state))
    .map(claudeProcess)
    .find((child) => child?.command.interpreter === null && JSON.stringify(child.command.args) === args);
  return native ?? process;
}
