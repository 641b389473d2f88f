/**
 * What Claude tells the commands that it runs: its conversation stands in their environment, as it was when they started.
 * The environment of Claude itself never has it; what stands there was inherited from another one.
 */
import { CONVERSATION_ID } from './claude-argv.js';
import { baseName } from '../command-line.js';
import { isGone, type ProcessInfo, type ProcessView } from '../process-view.js';

/** What the newest command was told. */
export interface ChildWord {
  readonly id: string;
  /** Field 22 of the stat file of that command. */
  readonly startTime: string;
}

/** More descendants than this are a build; the newest of these will do. */
const DESCENDANT_LIMIT = 512;
const shells = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh', 'fish']);

/** Returns what the newest living command below a process was told by it, or null. */
export function newestChildWord(pid: number, view: ProcessView): ChildWord | null {
  const commands = childrenOf(pid, view).filter(isShellCommand);
  let newest: ChildWord | null = null;
  for (const { pid: child, startTime } of withDescendants(commands, view)) {
    if (newest !== null && Number(startTime) < Number(newest.startTime)) continue;
    const environment = view.environ(child);
    const id = environment?.get('CLAUDE_CODE_SESSION_ID');
    // What a nested Claude runs has that one's pid.
    if (environment?.get('CLAUDE_PID') !== String(pid) || typeof id !== 'string' || !CONVERSATION_ID.test(id)) continue;
    newest = { id, startTime };
  }
  return newest;
}

/** Tools and hooks are lines for a shell. An MCP server runs by its own words, and keeps the id of the time when it was started. */
function isShellCommand({ argv: [program = '', ...words] }: ProcessInfo): boolean {
  const end = words.findIndex((word) => typeof word !== 'string' || !word.startsWith('-'));
  const options = end === -1 ? words : words.slice(0, end);
  return shells.has(baseName(program)) && options.some((option) => typeof option === 'string' && /^-\w*c/.test(option));
}

function withDescendants(commands: readonly ProcessInfo[], view: ProcessView): ProcessInfo[] {
  const found: ProcessInfo[] = [];
  const seen = new Set<number>();
  for (let level = commands; level.length > 0 && found.length < DESCENDANT_LIMIT;) {
    const own = level.filter(({ pid }) => !seen.has(pid));
    for (const { pid } of own) seen.add(pid);
    found.push(...own);
    level = own.flatMap(({ pid }) => childrenOf(pid, view));
  }
  return found;
}

const childrenOf = (pid: number, view: ProcessView): ProcessInfo[] =>
  view.children(pid).flatMap((child) => {
    const info = view.read(child);
    return info === null || isGone(info) ? [] : [info];
  });
