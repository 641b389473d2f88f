/**
 * Gathers the status from the bytes on disk and from tmux itself; it needs no agent and changes nothing.
 */
import { countState } from '../model/counts.js';
import { ok, type Failure, type Result } from '../model/failure.js';
import { lastOf, type JournalEntry } from '../model/journal.js';
import type { Manifest } from '../model/manifest.js';
import type { AgentRecord, Context, Loaded } from '../model/ports.js';
import type { Problem, StatusReport } from '../model/report.js';
import { statusProblems, unreachableServers } from '../model/status-problems.js';
import { openStore } from '../store/open-store.js';
import { placementOf } from '../systemd/cgroup.js';
import { serverInfo, type ServerInfo } from '../tmux/server-info.js';
import { serversBoundTo } from '../tmux/socket-servers.js';
import { describeFailure, hintFor } from './failures.js';
import { checkWritable } from './state-writable.js';

/** The status, and the saved state that it is about. */
export interface Gathered {
  readonly report: StatusReport;
  readonly manifest: Manifest | null;
}

/** Returns the status as the bus and `--json` have it; what can't be read becomes a problem in it, so that it can always be printed. */
export const gatherStatus = async (context: Context): Promise<Result<StatusReport>> =>
  ok((await gather(context)).report);

/** Returns the status with the saved state. */
export async function gather(context: Context): Promise<Gathered> {
  const failures: Failure[] = [];
  const keep = <T>(result: Result<T>): T | null => {
    if (result.ok) return result.value;
    failures.push(result.error);
    return null;
  };
  const live = serverInfo({ binary: context.tmux, socketPath: context.socketPath });
  const store = keep(await openStore(context.stateFolder, { create: false }));
  const loaded: Loaded | null = store === null ? null : keep(await store.peek());
  for (const path of loaded?.quarantined ?? [])
    failures.push({ reason: 'state-unreadable', path, detail: 'it is damaged; the newest readable state is used' });
  if (store !== null) keep(await checkWritable(context.stateFolder, loaded?.stored?.bytes ?? 0));
  const journal: readonly JournalEntry[] = (store === null ? null : keep(await store.readJournal())) ?? [];
  const record = (await store?.readAgent()) ?? null;
  const checkedAt = (await store?.checkedAt()) ?? null;
  const answered = await live;
  if (!answered.ok && answered.error.reason !== 'no-server') failures.push(answered.error);
  const server = answered.ok ? serverOf(answered.value) : null;
  const stored = loaded?.stored ?? null;
  const checked = checkedAt === null ? (stored?.manifest.savedAt ?? '') : checkedAt.toISOString();
  const loss = lastOf(journal, 'loss');
  const restore = lastOf(journal, 'restore');
  const report: Omit<StatusReport, 'problems'> = {
    version: context.version,
    agent: agentOf(record),
    server,
    manifest:
      stored === null
        ? null
        : {
            id: stored.manifest.id,
            savedAt: stored.manifest.savedAt,
            checkedAt: checked,
            ageSeconds: Math.max(0, Math.round((Date.now() - Date.parse(checked)) / 1000)),
            ...countState(stored.manifest),
            bytes: stored.bytes,
            path: stored.path,
          },
    lastLoss:
      loss === null
        ? null
        : { at: loss.at, cause: loss.cause, detail: loss.detail, sessions: loss.sessions, unit: loss.unit },
    lastRestore:
      restore === null
        ? null
        : {
            at: restore.at,
            manifestId: restore.manifestId,
            durationMs: restore.durationMs,
            restored: restore.restored,
            adopted: restore.adopted,
            skipped: restore.skipped,
            failed: restore.failed,
            conversations: restore.conversations,
          },
  };
  const found = failures.map((failure): Problem => ({
    code: failure.reason,
    message: describeFailure(failure),
    hint: hintFor(failure.reason) ?? '',
  }));
  // One that hangs, or breaks off, has its socket.
  const isClear = answered.ok || answered.error.reason === 'no-server';
  const others = isClear ? serversBoundTo(context.socketPath, server?.pid) : [];
  const unreachable = unreachableServers(others, context.socketPath, server !== null);
  const told = (record?.problems ?? []).map((problem) => ({ ...problem, hint: hintFor(problem.code) ?? problem.hint }));
  const problems = [...found, ...told, ...unreachable, ...statusProblems(report, stored?.manifest ?? null)];
  const unique = problems.filter((problem, at) => problems.findIndex((other) => other.code === problem.code) === at);
  return { report: { ...report, problems: unique }, manifest: stored?.manifest ?? null };
}

const serverOf = ({ sessions, windows, panes, ...server }: ServerInfo): NonNullable<StatusReport['server']> => ({
  running: true,
  ...server,
  ...placementOf(server.pid),
  sessions,
  windows,
  panes,
});

const agentOf = (record: AgentRecord | null): StatusReport['agent'] =>
  record === null
    ? { running: false, pid: null, state: 'stopped', since: null }
    : { running: true, pid: record.pid, state: record.state, since: record.since };
