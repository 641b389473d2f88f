/**
 * What agents told our hooks about themselves: one file a process in `$XDG_STATE_HOME/tmux-persist/agents`. A record counts only for the
 * very process that it names; its path vouches for nothing but the id in its own name.
 */
import { basename, join } from 'node:path';
import type { FileView } from '../file-view.js';
import { isGone, type ProcessView } from '../process-view.js';

/** What one agent process said last. */
export interface HookRecord {
  readonly tool: string;
  readonly pid: number;
  /** Field 22 of its stat file. */
  readonly startTime: string;
  readonly bootId: string;
  readonly sessionId: string;
  readonly transcriptPath: string | null;
  readonly cwd: string | null;
  /** What began the conversation: startup, resume, clear, compact, fork, or another word of the tool's. */
  readonly source: string | null;
  /** When it was written, in ms since the epoch. */
  readonly at: number;
  /** Whether the conversation has ended since. */
  readonly ended: boolean;
}

/** Records are a few hundred bytes; what is longer is no record of ours. */
const RECORD_LIMIT = 16 * 1024;
const PATH_LIMIT = 4096;
/** Any tool's form of an id: one word that is no path and no flag. The family that uses it knows the exact one. */
const ID = /^[A-Za-z0-9][\w.-]{0,127}$/;

/** Returns the records in `folder` of processes that live now, in no order; `bootId` is that of /proc/sys/kernel/random/boot_id. */
export function hookRecords(folder: string, bootId: string, view: ProcessView, files: FileView): HookRecord[] {
  const boot = bootId.replaceAll('-', '').slice(0, 12);
  return files.names(folder).flatMap((name): HookRecord[] => {
    const [, ofBoot, digits, startTime] = /^([0-9a-f]{12})-(\d{1,10})-(\d{1,20})\.json$/.exec(name) ?? [];
    if (ofBoot !== boot || digits === undefined || startTime === undefined) return [];
    const holder = view.read(Number(digits));
    // A zombie holds nothing any more.
    if (holder?.startTime !== startTime || isGone(holder)) return [];
    const record = parseRecord(files.head(join(folder, name), RECORD_LIMIT));
    const isOwn = record?.bootId === bootId && record.pid === holder.pid && record.startTime === startTime;
    return isOwn ? [record] : [];
  });
}

function parseRecord(text: string | null): HookRecord | null {
  let data: unknown;
  try {
    data = JSON.parse(text ?? '');
  } catch {
    return null;
  }
  if (typeof data !== 'object' || data === null) return null;
  const fields = data as Readonly<Record<string, unknown>>;
  const { v, pid, starttime, ts } = fields;
  const [tool, sessionId, bootId] = [word(fields['tool']), word(fields['session_id']), word(fields['boot_id'])];
  const startTime = typeof starttime === 'number' ? String(starttime) : starttime;
  if (v !== 1 || tool === null || sessionId === null || bootId === null) return null;
  if (typeof pid !== 'number' || typeof startTime !== 'string' || typeof ts !== 'number' || !(ts > 0)) return null;
  const transcript = path(fields['transcript_path']);
  return {
    ...{ tool, pid, startTime, bootId, sessionId, at: ts, ended: fields['ended'] === true },
    // Some tools name a file after the first eight characters of the id.
    transcriptPath: transcript !== null && basename(transcript).includes(sessionId.slice(0, 8)) ? transcript : null,
    cwd: path(fields['cwd']),
    source: word(fields['source']),
  };
}

const word = (value: unknown): string | null => (typeof value === 'string' && ID.test(value) ? value : null);

/** Returns an absolute path without steps upwards, or null. */
function path(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > PATH_LIMIT || !value.startsWith('/')) return null;
  return /\0|(^|\/)\.\.(\/|$)/.test(value) ? null : value;
}
