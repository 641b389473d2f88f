/**
 * One restore: load → plan → create → settle → look again and compare (R13), repair once, report. It decides nothing:
 * the plan does, and the report says what came of it.
 */
import { randomBytes } from 'node:crypto';
import { selectCandidates, type Candidate, type RestoreRequest } from '../model/candidates.js';
import { compareSession } from '../model/compare.js';
import { fail, ok, type Result } from '../model/failure.js';
import { nameKey } from '../model/lineage.js';
import type { Manifest } from '../model/manifest.js';
import { focusSteps, layoutSteps } from '../model/plan-window.js';
import { planRestore, type Plan } from '../model/plan.js';
import type { ConversationCounts, Difference, Outcome, RestoreReport } from '../model/report.js';
import type { ServerSettings, Snapshot } from '../model/snapshot.js';
import { displayText } from '../model/text.js';
import { unsettledSessions } from '../model/unsettled.js';
import { createPlanned, settlePlanned, type Applied } from '../tmux/apply.js';
import { runTmux, type TmuxTarget } from '../tmux/exec.js';
import { readSettings } from '../tmux/settings.js';
import { prepareLaunches, type Launches } from './launches.js';
import { observeTwice } from './look.js';
import type { Saver } from './saver.js';

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
  const source = await sourceOf(saver, order);
  if (!source.ok) return source;
  const candidates = selectCandidates(source.value, order);
  if (!candidates.ok) return candidates;
  const live = await observeSettled(target, order.dryRun);
  if (!live.ok) return live;
  const settings = await readSettings(target);
  if (!settings.ok) return settings;
  const prepared = await prepareLaunches(candidates.value, {
    home: saver.context.home,
    store: saver.store,
    policy: saver.policy,
    settings: settings.value,
    noPrograms: order.noPrograms,
  });
  const nonce = randomBytes(4).toString('hex');
  const plan = planRestore(candidates.value, {
    live: live.value,
    settings: settings.value,
    nonce,
    launches: prepared.launches,
  });
  const { pid, startTime } = live.value.server;
  const finish = (
    outcomes: readonly Outcome[],
    differences: readonly Difference[],
    snapshot: Snapshot,
  ): Result<Restored> =>
    ok({
      report: reportOf(source.value.id, order.dryRun, outcomes, differences, Math.round(performance.now() - startedAt)),
      conversations: plan.sessions.length === 0 ? { resumed: 0, offered: 0, missing: 0 } : prepared.conversations,
      server: { pid, startTime },
      snapshot,
    });
  const skipped = plan.skips.map(({ candidate, reason }) => outcome(candidate, 'skipped', reason));
  if (order.dryRun || plan.sessions.length === 0) return finish([...plannedOutcomes(plan), ...skipped], [], live.value);
  const path = source.value.server?.environment['PATH'];
  const applied = await carryOut(target, plan, typeof path === 'string' ? path : undefined);
  if (!applied.ok) return applied;
  const verified = await verify(target, plan, applied.value, settings.value, prepared);
  if (!verified.ok) return verified;
  const outcomes = plan.sessions.map(({ candidate, ref }) =>
    outcomeOf(candidate, verified.value, applied.value.refused.has(ref)),
  );
  takeNote(saver, order, plan, outcomes, applied.value, prepared);
  return finish([...outcomes, ...skipped], verified.value.differences, verified.value.snapshot);
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

async function carryOut(target: TmuxTarget, plan: Plan, path: string | undefined): Promise<Result<Applied>> {
  const created = await createPlanned(target, plan, path);
  return created.ok ? settlePlanned(target, plan.settle, created.value, path) : created;
}

interface Verified {
  readonly snapshot: Snapshot;
  readonly differences: readonly Difference[];
}

/** Looks and compares; settles once more what differs, and looks again. */
async function verify(
  target: TmuxTarget,
  plan: Plan,
  applied: Applied,
  settings: ServerSettings,
  prepared: Launches,
): Promise<Result<Verified>> {
  const look = async (): Promise<Result<Verified>> => {
    const snapshot = await observeSettled(target, false);
    if (!snapshot.ok) return snapshot;
    const made = plan.sessions.filter(({ ref }) => !applied.refused.has(ref));
    return ok({
      snapshot: snapshot.value,
      differences: made.flatMap(({ candidate }) => compareSession(candidate, snapshot.value, prepared.launches)),
    });
  };
  const first = await look();
  if (!first.ok || first.value.differences.length === 0) return first;
  const names = new Set(first.value.differences.map((difference) => difference.session));
  const repairs = plan.sessions
    .filter(({ candidate }) => names.has(displayText(candidate.session.name)))
    .flatMap(({ candidate }) =>
      candidate.windows.flatMap((window) => {
        const differs = first.value.differences.some(
          (difference) =>
            difference.what !== 'directory' &&
            candidate.session.windows.some(
              (link) => link.windowId === window.id && String(link.index) === difference.window,
            ),
        );
        return differs ? [...layoutSteps(candidate, window, settings), ...focusSteps(candidate, window)] : [];
      }),
    );
  const selections = plan.settle.filter((step) => step.kind === 'select-window');
  const repaired = await settlePlanned(target, [...repairs, ...selections], applied, undefined);
  return repaired.ok ? look() : repaired;
}

/** Returns a look without what an unfinished restore left behind: sessions that hold nothing but our own placeholders. */
async function observeSettled(target: TmuxTarget, dryRun: boolean): Promise<Result<Snapshot>> {
  const snapshot = await observeTwice(target);
  const unsettled = snapshot.ok && !dryRun ? unsettledSessions(snapshot.value) : [];
  if (unsettled.length === 0) return snapshot;
  for (const id of unsettled) await runTmux(target, ['kill-session', '-t', id]);
  return observeTwice(target);
}

const outcome = (candidate: Candidate, result: Outcome['result'], reason: string | null): Outcome => {
  const linked = new Set(candidate.session.windows.map((link) => link.windowId));
  const windows = candidate.windows.filter((window) => linked.has(window.id));
  return {
    session: displayText(candidate.session.name),
    result,
    reason,
    windows: windows.length,
    panes: windows.reduce((sum, window) => sum + window.panes.length, 0),
  };
};

const plannedOutcomes = (plan: Plan): Outcome[] =>
  plan.sessions.map(({ candidate }) => outcome(candidate, 'restored', null));

function outcomeOf(candidate: Candidate, verified: Verified, refused: boolean): Outcome {
  const name = displayText(candidate.session.name);
  if (refused) return outcome(candidate, 'skipped', 'a session of this name appeared in the meantime');
  const missing = verified.differences.filter(
    (difference) => difference.session === name && difference.actual === 'missing',
  );
  if (missing.some((difference) => difference.what === 'session'))
    return outcome(candidate, 'failed', 'tmux did not make it');
  return outcome(
    candidate,
    'restored',
    missing.length === 0 ? null : `${String(missing.length)} of its windows could not be made`,
  );
}

/** Tells the saver what came back, so that its next save lets go of it, keeps the rest, and forgets no program or scrollback. */
function takeNote(
  saver: Saver,
  order: RestoreOrder,
  plan: Plan,
  outcomes: readonly Outcome[],
  applied: Applied,
  prepared: Launches,
): void {
  plan.sessions.forEach(({ candidate }, at) => {
    const result = outcomes[at]?.result;
    if (result === 'restored' && order.from === null) saver.restored.add(candidate.key);
    if (result === 'failed' || result === 'skipped') saver.unrestored.set(nameKey(candidate.session), result);
    for (const window of candidate.windows) {
      for (const pane of window.panes) {
        const id = applied.ids.get(`${candidate.scope}/${pane.id}`);
        const placed = prepared.placed.get(`${candidate.scope}/${pane.id}`);
        if (id === undefined) continue;
        saver.contents.adopt([{ id, contents: pane.contents }]);
        if (placed !== undefined) saver.sticky.expect(id, placed.program, placed.withinMs);
      }
    }
  });
  for (const { candidate } of plan.skips) saver.unrestored.set(nameKey(candidate.session), 'skipped');
}

function reportOf(
  manifestId: string,
  dryRun: boolean,
  outcomes: readonly Outcome[],
  differences: readonly Difference[],
  durationMs: number,
): RestoreReport {
  const count = (result: Outcome['result']): number => outcomes.filter((entry) => entry.result === result).length;
  return {
    manifestId,
    dryRun,
    restored: count('restored'),
    adopted: count('adopted'),
    skipped: count('skipped'),
    failed: count('failed'),
    durationMs,
    outcomes,
    differences,
  };
}
