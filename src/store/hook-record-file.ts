/**
 * What agents tell our hooks, one file a process in `$XDG_STATE_HOME/tmux-persist/agents`. Several hooks of one process may run at once:
 * the later word wins, and a word about a conversation that has been left changes nothing.
 */
import { randomBytes } from 'node:crypto';
import { constants, closeSync, lstatSync, openSync, readdirSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureFolder, ROOT_NAME } from './folders.js';
import { bootId, processStartTime } from './process-identity.js';
import { readRegular } from './read-regular.js';

/** What a file holds; its names are those of the hooks' payloads. */
export interface HookRecordFile {
  readonly v: 1;
  readonly boot_id: string;
  readonly pid: number;
  /** Field 22 of its stat file. */
  readonly starttime: string;
  readonly tool: string;
  readonly session_id: string;
  readonly transcript_path: string | null;
  readonly cwd: string | null;
  readonly source: string | null;
  readonly permission_mode: string | null;
  readonly tmux_socket: string | null;
  readonly tmux_pane: string | null;
  /** When the hook was started, in ms since the epoch. */
  readonly ts: number;
  readonly ended: boolean;
}

const RECORD_LIMIT = 64 * 1024;
const DAY_MS = 86_400_000;
/** Records of processes that are gone are of use until their conversations have been saved; a month is plenty. */
const KEPT_MS = 30 * DAY_MS;
/** A word that is this much older than the one on disk came late; one from further in the future was written before the clock was set. */
const LATE_MS = 5000;
const ATTEMPTS = 5;
const recordName = /^([0-9a-f]{12})-(\d+)-(\d+)\.json$/;
const tempName = /^[0-9a-f]{12}-\d+-\d+\.json\.[0-9a-f]{12}\.tmp$/;

/** Returns the folder of the records. */
export const hookRecordFolder = (stateHome: string): string => join(stateHome, ROOT_NAME, 'agents');

/** Writes a record unless it came too late; returns whether it stands now. Never throws for what a disk can do. */
export async function writeHookRecord(folder: string, record: HookRecordFile): Promise<boolean> {
  const ready = await ensureFolder(folder);
  if (!ready.ok) return false;
  const boot = record.boot_id.replaceAll('-', '').slice(0, 12);
  const path = join(folder, `${boot}-${record.pid}-${record.starttime}.json`);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const before = await read(path);
    const next = following(before, record);
    if (next === null) return false;
    const temp = `${path}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      writeNew(temp, `${JSON.stringify(next)}\n`);
      if ((await read(path)) === before) {
        renameSync(temp, path);
        return true;
      }
      unlinkSync(temp);
    } catch {
      remove(temp);
      return false;
    }
  }
  return false;
}

/** Returns what is to be on disk after a word, given the text that is there, or null when the word came too late for it. */
export function following(before: string | null, record: HookRecordFile): HookRecordFile | null {
  const earlier = before === null ? null : parse(before);
  if (earlier === null) return record;
  if (earlier.ts > record.ts && earlier.ts - record.ts < LATE_MS) return null;
  if (earlier.session_id !== record.session_id) return record.ended ? null : record;
  return {
    ...record,
    transcript_path: record.transcript_path ?? earlier.transcript_path,
    cwd: record.cwd ?? earlier.cwd,
    source: record.source ?? earlier.source,
    permission_mode: record.permission_mode ?? earlier.permission_mode,
  };
}

/** Removes old records of processes that are gone, once a day; nothing but files with our names. */
export async function pruneHookRecords(folder: string, now: number): Promise<void> {
  const marker = join(folder, '.pruned');
  if (now - changedAt(marker) < DAY_MS) return;
  await writeFile(marker, '', { mode: 0o600, flag: constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW });
  await utimes(marker, now / 1000, now / 1000);
  const boot = bootId().replaceAll('-', '').slice(0, 12);
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const age = now - changedAt(path);
    const [, ofBoot, pid, startTime] = recordName.exec(name) ?? [];
    const isGone = pid !== undefined && (ofBoot !== boot || processStartTime(Number(pid)) !== startTime);
    if ((isGone && age > KEPT_MS) || (tempName.test(name) && age > DAY_MS)) remove(path);
  }
}

async function read(path: string): Promise<string | null> {
  const found = await readRegular(path, RECORD_LIMIT);
  return found.kind === 'read' ? found.bytes.toString('utf8') : null;
}

function parse(text: string): HookRecordFile | null {
  try {
    const value = JSON.parse(text) as Partial<HookRecordFile> | null;
    return typeof value?.ts === 'number' && typeof value.session_id === 'string' ? (value as HookRecordFile) : null;
  } catch {
    return null;
  }
}

function writeNew(path: string, text: string): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  try {
    const bytes = Buffer.from(text);
    // A full disk may take the beginning only.
    if (writeSync(fd, bytes) !== bytes.length) throw new Error('short write');
  } finally {
    closeSync(fd);
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is gone, or can't be removed: then it stays.
  }
}

/** Returns the mtime in ms, or 0 where there is nothing. */
const changedAt = (path: string): number => lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
