/**
 * The conversations that living processes hold now, from the registry that Claude Code keeps in `sessions/PID.json`.
 * An entry counts only for the very process that wrote it: a pid can be another's by now, its start time can't.
 */
import { join, resolve } from 'node:path';
import type { Program } from '../../model/manifest.js';
import type { Text } from '../../model/text.js';
import { CONVERSATION_ID } from './claude-argv.js';
import { stringField } from './claude-transcripts.js';
import type { FileView } from '../file-view.js';
import { isGone, type ProcessView } from '../process-view.js';

/** One living process and the conversation that the registry gives it. */
export interface LiveConversation {
  readonly id: string;
  readonly pid: number;
  /** Field 22 of its stat file. */
  readonly startTime: string;
  readonly cwd: string | null;
  /** When it started by its own clock, in ms since the epoch, or null. */
  readonly startedAt: number | null;
  /** Whether it names another conversation as soon as `/resume` goes to one; early versions left it as it was. */
  readonly followsResume: boolean;
  /** When the entry was written last, in ms since the epoch, or null. */
  readonly updatedAt: number | null;
  /** Whether a person talks to it at a terminal: neither a background agent nor a program's. */
  readonly isInteractive: boolean;
}

/** 2.1.81 did not; this is the oldest that was seen to. */
const FOLLOWS_RESUME = [2, 1, 173];
/** Entries are a few hundred bytes. */
const ENTRY_LIMIT = 64 * 1024;

/** Returns the conversations that living processes of a config directory hold. */
export function liveConversations(configDir: string, view: ProcessView, files: FileView): LiveConversation[] {
  const folder = join(configDir, 'sessions');
  return files.names(folder).flatMap((file) => {
    const [, digits] = /^(\d{1,10})\.json$/.exec(file) ?? [];
    const holder = digits === undefined ? null : view.read(Number(digits));
    // A zombie holds nothing any more.
    if (holder === null || isGone(holder)) return [];
    const entry = parseEntry(files.head(join(folder, file), ENTRY_LIMIT));
    return entry?.pid === holder.pid && entry.startTime === holder.startTime ? [entry] : [];
  });
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

function parseEntry(text: string | null): LiveConversation | null {
  let data: unknown;
  try {
    data = JSON.parse(text ?? '');
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
    startedAt: numberField(data, 'startedAt'),
    followsResume: isAtLeast(stringField(data, 'version'), FOLLOWS_RESUME),
    updatedAt: numberField(data, 'updatedAt'),
    isInteractive:
      (stringField(data, 'kind') ?? 'interactive') === 'interactive' &&
      (stringField(data, 'entrypoint') ?? 'cli') === 'cli',
  };
}

function numberField(data: object, name: string): number | null {
  const value = (data as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** Returns whether a version such as 2.1.197 is at least another; what can't be read is not. */
function isAtLeast(version: string | null, least: readonly number[]): boolean {
  const parts =
    /^(\d+)\.(\d+)\.(\d+)/
      .exec(version ?? '')
      ?.slice(1)
      .map(Number) ?? [];
  const [index] = least.flatMap((part, at) => (parts[at] === part ? [] : [at]));
  return index === undefined || (parts[index] ?? -1) > (least[index] ?? 0);
}
