/**
 * One restore: load → plan → create → settle → look again and compare (R13), repair once, report. It decides nothing:
 * the plan does, and the report says what came of it.
 */
import { randomBytes } from 'node:crypto';
import { refOf, selectCandidates, type Candidate, type RestoreRequest } from '../model/candidates.js';
import { fail, ok, type Result } from '../model/failure.js';
import { nameKey } from '../model/lineage.js';
import type { Manifest } from '../model/manifest.js';
import { planRestore, type Plan } from '../model/plan.js';
import { outcome, outcomeOf, reportOf } from '../model/outcomes.js';
import type { ConversationCounts, Difference, Outcome, RestoreReport } from '../model/report.js';
import type { ServerSettings, Snapshot } from '../model/snapshot.js';
import { createPlanned, settlePlanned, type Applied, type RestoreTarget } from '../tmux/apply.js';
import type { TmuxTarget } from '../tmux/exec.js';
import { readSettings } from '../tmux/settings.js';
import { DEFAULT_SETTINGS, EMPTY_SNAPSHOT } from './no-server.js';
import { prepareLaunches, type Launches } from './launches.js';
import type { Saver } from './saver.js';
import { observeSettled, verify } from './verify.js';
import { isTmuxServer } from './server-process.js';

/** What is asked of a restore. */
export interface RestoreOrder extends RestoreRequest {
  /** Id of an earlier state; null for the last good one. */
  readonly from: string | null;
  readonly dryRun: boolean;
  readonly noPrograms: boolean;
}

/** What a restore did. */
export interface Restored {
  readonly report: RestoreReport;
  readonly conversations: ConversationCounts;
  /** The server that was restored into, null for a dry run without one. */
  readonly server: { readonly pid: number; readonly startTime: number } | null;
  /** The last look at the server, to be saved as it is. */
  readonly snapshot: Snapshot;
}

/** Restores into the live server; the caller holds the lock. */
export async function restoreInto(saver: Saver, target: TmuxTarget, order: RestoreOrder): Promise<Result<Restored>> {
  const startedAt = performance.now();
  const wanted = await selectWanted(saver, order);
  if (!wanted.ok) return wanted;
  const { source, candidates } = wanted.value;
  const found = await lookAround(target, order.dryRun);
  if (!found.ok) return found;
  const { live, settings } = found.value;
  if (!order.dryRun) {
    const current = await saver.current();
    if (!current.ok) return current;
    const entered = saver.enter(live, current.value?.manifest ?? null);
    if (!entered.ok) return entered;
  }
  const prepared = await prepareLaunches(candidates, {
    home: saver.context.home,
    store: saver.store,
    policy: saver.policy,
    settings,
    noPrograms: order.noPrograms,
  });
  const nonce = randomBytes(4).toString('hex');
  const plan = planRestore(candidates, {
    live,
    settings,
    nonce,
    launches: prepared.launches,
  });
  const finish = (
    outcomes: readonly Outcome[],
    differences: readonly Difference[],
    snapshot: Snapshot,
  ): Result<Restored> =>
    ok({
      report: reportOf(source.id, order.dryRun, outcomes, differences, Math.round(performance.now() - startedAt)),
      conversations: plan.sessions.length === 0 ? { resumed: 0, offered: 0, missing: 0 } : prepared.conversations,
      server: live === EMPTY_SNAPSHOT ? null : { pid: live.server.pid, startTime: live.server.startTime },
      snapshot,
    });
  const planned = plan.sessions.map(({ candidate }) => outcome(candidate, 'restored', null));
  const skipped = plan.skips.map(({ candidate, reason }) => outcome(candidate, 'skipped', reason));
  if (order.dryRun || plan.sessions.length === 0) return finish([...planned, ...skipped], [], live);
  const path = source.server?.environment['PATH'];
  const server = { ...target, serverPid: live.server.pid };
  const applied = await carryOut(server, plan, typeof path === 'string' ? path : undefined);
  if (!applied.ok) return applied;
  recordPanes(saver, plan, applied.value, prepared);
  const verified = await verify(server, plan, applied.value, settings, prepared);
  if (!verified.ok) return verified;
  const outcomes = plan.sessions.map(({ candidate, ref }) =>
    outcomeOf(candidate, verified.value.differences, applied.value.refused.has(ref)),
  );
  takeNote(saver, order, plan, outcomes);
  return finish([...outcomes, ...skipped], verified.value.differences, verified.value.snapshot);
}

/** What is asked for, and the saved state that it comes from. */
interface Wanted {
  readonly source: Manifest;
  readonly candidates: readonly Candidate[];
}

/** Returns the saved sessions that an order is about; it needs no server. */
async function selectWanted(saver: Saver, order: RestoreOrder): Promise<Result<Wanted>> {
  const source = await sourceOf(saver, order);
  if (!source.ok) return source;
  const { bootId, server, pending } = source.value;
  // What is being closed on a living server is not lost; by its name it can be had.
  const isLive = server !== null && bootId === saver.context.bootId && isTmuxServer(server.pid);
  const open = isLive && order.names === null ? pending.filter(({ how }) => how !== 'closing') : pending;
  const candidates = selectCandidates({ ...source.value, pending: open }, order);
  return candidates.ok ? ok({ source: source.value, candidates: candidates.value }) : candidates;
}

/** Starts a server for an order, unless nothing that is saved is asked for: an empty server would help nobody. */
export async function startFor(
  order: RestoreOrder,
  saver: Saver,
  start: () => Promise<Result<void>>,
): Promise<Result<void>> {
  const wanted = await selectWanted(saver, order);
  if (!wanted.ok) return wanted;
  return wanted.value.candidates.length === 0 ? fail({ reason: 'not-found', what: 'a lost session' }) : start();
}

interface Surroundings {
  readonly live: Snapshot;
  readonly settings: ServerSettings;
}

/** Returns what lives and how it is set up; a dry run needs no server, and then finds nothing. */
async function lookAround(target: TmuxTarget, dryRun: boolean): Promise<Result<Surroundings>> {
  const live = await observeSettled(target, dryRun);
  if (!live.ok && dryRun && live.error.reason === 'no-server')
    return ok({ live: EMPTY_SNAPSHOT, settings: DEFAULT_SETTINGS });
  if (!live.ok) return live;
  const settings = await readSettings(target);
  return settings.ok ? ok({ live: live.value, settings: settings.value }) : settings;
}

async function sourceOf(saver: Saver, order: RestoreOrder): Promise<Result<Manifest>> {
  if (order.from !== null) {
    const found = await saver.store.find(order.from);
    return found.ok ? ok(found.value.manifest) : found;
  }
  const current = await saver.current();
  if (!current.ok) return current;
  return current.value === null
    ? fail({ reason: 'nothing-saved', path: saver.store.folder })
    : ok(current.value.manifest);
}

async function carryOut(target: RestoreTarget, plan: Plan, path: string | undefined): Promise<Result<Applied>> {
  const created = await createPlanned(target, plan, path);
  return created.ok ? settlePlanned(target, plan.settle, created.value, path) : created;
}

/** Puts on record what was put into panes: a crash before it is seen there must not forget it. */
function recordPanes(saver: Saver, plan: Plan, applied: Applied, prepared: Launches): void {
  for (const { candidate } of plan.sessions) {
    for (const pane of candidate.windows.flatMap((window) => window.panes)) {
      const ref = refOf(candidate, pane.id);
      const id = applied.ids.get(ref);
      const placed = prepared.placed.get(ref);
      if (id === undefined) continue;
      saver.contents.adopt([{ id, contents: pane.contents }]);
      if (placed !== undefined) saver.sticky.expect(id, placed.program, placed.withinMs);
    }
  }
}

/** Tells the saver what came back, so that its next save lets go of it and keeps the rest. */
function takeNote(saver: Saver, order: RestoreOrder, plan: Plan, outcomes: readonly Outcome[]): void {
  plan.sessions.forEach(({ candidate }, at) => {
    const { result, reason } = outcomes[at] ?? { result: 'failed', reason: null };
    // What came back in part is kept whole, for another try.
    const isWhole = result === 'restored' && reason === null;
    if (isWhole && order.from === null) saver.restored.add(candidate.key);
    if (!isWhole) saver.unrestored.set(nameKey(candidate.session), result === 'skipped' ? 'skipped' : 'failed');
  });
  for (const { candidate } of plan.skips) saver.unrestored.set(nameKey(candidate.session), 'skipped');
}
