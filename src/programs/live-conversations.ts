/**
 * The conversations that living processes hold now, from the registry that Claude Code keeps in `sessions/PID.json`.
 * An entry counts only for the very process that wrote it: a pid can be another's by now, its start time can't.
 */
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Program } from '../model/manifest.js';
import type { Text } from '../model/text.js';
import { readHead } from './bounded-read.js';
import { CONVERSATION_ID } from './claude-argv.js';
import { stringField } from './claude-transcripts.js';
import type { ProcessView } from './process-view.js';

/** One living process and the conversation that the registry gives it. */
export interface LiveConversation {
  readonly id: string;
  readonly pid: number;
  /** Field 22 of its stat file. */
  readonly startTime: string;
  readonly cwd: string | null;
  /** When it started by its own clock, in ms since the epoch, or null. */
  readonly startedAt: number | null;
  /** Whether a person talks to it at a terminal: neither a background agent nor a program's. */
  readonly isInteractive: boolean;
}

/** Entries are a few hundred bytes. */
const ENTRY_LIMIT = 64 * 1024;

/** Returns the conversations that living processes of a config directory hold. */
export function liveConversations(configDir: string, view: ProcessView): LiveConversation[] {
  const folder = join(configDir, 'sessions');
  let files: string[];
  try {
    files = readdirSync(folder);
  } catch {
    return [];
  }
  return files.flatMap((file) => {
    const [, digits] = /^(\d+)\.json$/.exec(file) ?? [];
    if (digits === undefined) return [];
    const pid = Number(digits);
    const entry = parseEntry(readHead(join(folder, file), ENTRY_LIMIT));
    if (entry === null || entry.pid !== pid) return [];
    const holder = view.read(pid);
    // A zombie holds nothing any more.
    return holder?.startTime === entry.startTime && !/[ZX]/i.test(holder.state) ? [entry] : [];
  });
}

/** Returns the ids that living processes hold in any of the config directories. */
export function liveIds(configDirs: Iterable<string>, view: ProcessView): Set<string> {
  return new Set([...new Set(configDirs)].flatMap((folder) => liveConversations(folder, view).map(({ id }) => id)));
}

/** Returns the config directory of Claude under an environment; a relative one starts at the process's directory. */
export function configDirOf(environment: ReadonlyMap<string, Text> | null, cwd: Text | null, home: string): string {
  const configured = environment?.get('CLAUDE_CONFIG_DIR');
  if (typeof configured !== 'string' || configured === '') return join(home, '.claude');
  return resolve(typeof cwd === 'string' ? cwd : '/', configured);
}

/** Returns the config directory of a saved program. */
export const configDirOfProgram = (program: Program, home: string): string =>
  configDirOf(new Map(Object.entries(program.env)), program.cwd, home);

function parseEntry(bytes: Buffer | null): LiveConversation | null {
  let data: unknown;
  try {
    data = JSON.parse(bytes?.toString('utf8') ?? '');
  } catch {
    return null;
  }
  if (typeof data !== 'object' || data === null) return null;
  const id = stringField(data, 'sessionId');
  // Decimal on Linux; other forms (a date, a Windows file time) equal no start time here.
  const startTime = stringField(data, 'procStart');
  if (id === null || !CONVERSATION_ID.test(id) || startTime === null) return null;
  if (!('pid' in data) || typeof data.pid !== 'number') return null;
  return {
    id,
    pid: data.pid,
    startTime,
    cwd: stringField(data, 'cwd'),
    startedAt: 'startedAt' in data && typeof data.startedAt === 'number' ? data.startedAt : null,
    isInteractive:
      (stringField(data, 'kind') ?? 'interactive') === 'interactive' &&
      (stringField(data, 'entrypoint') ?? 'cli') === 'cli',
  };
}
