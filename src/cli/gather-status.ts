/**
 * Gathers the status from the bytes on disk and from tmux itself; it needs no agent and changes nothing.
 */
import { countState } from '../model/counts.js';
import { ok, type Failure, type Result } from '../model/failure.js';
import { lastOf, type JournalEntry, type LossEntry, type RestoreEntry } from '../model/journal.js';
import type { Manifest } from '../model/manifest.js';
import type { AgentRecord, Context, Loaded, StoredManifest } from '../model/ports.js';
import { protectionOf } from '../model/protection.js';
import type { Problem, StatusReport } from '../model/report.js';
import { statusProblems, unreachableServers } from '../model/status-problems.js';
import { waitingPrograms } from '../programs/waiting-programs.js';
import { openStore } from '../store/open-store.js';
import { placementOf } from '../systemd/cgroup.js';
import { hasUserManager, isLingeringHere } from '../systemd/system-files.js';
import { serverPanes, type ServerInfo } from '../tmux/server-info.js';
import { serversBoundTo } from '../tmux/socket-servers.js';
import { describeFailure, storeHintFor } from './failures.js';
import { isHalted } from './halted.js';
import { commandsFor, forSocket } from './socket-commands.js';
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
  const live = serverPanes({ binary: context.tmux, socketPath: context.socketPath });
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
  const server = answered.ok ? serverOf(answered.value.info) : null;
  const manifest = loaded?.stored?.manifest ?? null;
  const found = {
    version: context.version,
    agent: agentOf(record),
    server,
    manifest: manifestOf(loaded?.stored ?? null, checkedAt),
    lastLoss: lossOf(lastOf(journal, 'loss')),
    lastRestore: restoreOf(lastOf(journal, 'restore')),
    lingering: record?.onBus === true ? isLingeringHere() : null,
    programs: answered.ok ? waitingPrograms(answered.value.places) : null,
  };
  // One that hangs, or breaks off, has its socket.
  const isClear = answered.ok || answered.error.reason === 'no-server';
  const others = isClear ? serversBoundTo(context.socketPath, server?.pid) : [];
  const standing = { ...found, agent: { ...found.agent, isHalted: isHalted(found.agent.pid) } };
  const problems = distinct([
    ...failures.map((failure) => problemOf(failure, context)),
    ...(record?.problems ?? []).map((told) => ({
      ...told,
      hint: storeHintFor(told.code, told.message, context.stateFolder) ?? told.hint,
    })),
    ...unreachableServers(others, context.socketPath, server !== null),
    ...statusProblems(standing, manifest, commandsFor(context, hasUserManager(process.env))),
  ]).map((problem) => ({ ...problem, hint: forSocket(problem.hint, context) }));
  const { lingering, programs, ...contract } = found;
  const verdict = protectionOf({ ...found, problems });
  return { report: { ...contract, problems, protected: verdict.protected, lingering, programs }, manifest };
}

function problemOf(failure: Failure, { stateFolder }: Context): Problem {
  const [code, message] = [failure.reason, describeFailure(failure)];
  const path = 'path' in failure ? failure.path : stateFolder;
  return { code, message, hint: storeHintFor(code, message, path) ?? '' };
}

const distinct = (problems: readonly Problem[]): Problem[] =>
  problems.filter((problem, at) => problems.findIndex((other) => other.code === problem.code) === at);

function manifestOf(stored: StoredManifest | null, checkedAt: Date | null): StatusReport['manifest'] {
  if (stored === null) return null;
  const { manifest, bytes, path } = stored;
  const checked = checkedAt === null ? manifest.savedAt : checkedAt.toISOString();
  return {
    id: manifest.id,
    savedAt: manifest.savedAt,
    checkedAt: checked,
    ageSeconds: Math.max(0, Math.round((Date.now() - Date.parse(checked)) / 1000)),
    ...countState(manifest),
    bytes,
    path,
  };
}

const lossOf = (loss: LossEntry | null): StatusReport['lastLoss'] =>
  loss === null
    ? null
    : { at: loss.at, cause: loss.cause, detail: loss.detail, sessions: loss.sessions, unit: loss.unit };

const restoreOf = (restore: RestoreEntry | null): StatusReport['lastRestore'] =>
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
      };

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
