/**
 * One restore: load → plan → create → settle → look again and compare (R13), repair once, report. It decides nothing:
 * the plan does, and the report says what came of it.
 */
import { selectCandidates, type Candidate, type RestoreRequest } from '../model/candidates.js';
import { isCrashLooping } from '../model/crash-loop.js';
import { fail, ok, type Failure, type Result } from '../model/failure.js';
import { nameKey } from '../model/lineage.js';
import type { Manifest } from '../model/manifest.js';
import { nothingReadable } from '../model/nothing-readable.js';
import { globalSteps } from '../model/plan-options.js';
import type { PlannedSession, Plan } from '../model/plan.js';
import { parsePolicy, type Policy } from '../model/policy.js';
import { outcome, outcomeOf, plannedOutcome, reportOf } from '../model/outcomes.js';
import type { ConversationCounts, Difference, Outcome, RestoreReport } from '../model/report.js';
import type { Snapshot } from '../model/snapshot.js';
import type { TmuxTarget } from '../tmux/exec.js';
import { partMarks } from '../tmux/part-marks.js';
import { readSurroundings, type Surroundings } from '../tmux/surroundings.js';
import { DEFAULT_SURROUNDINGS, EMPTY_SNAPSHOT } from './no-server.js';
import { putBackLeftOver } from './asides.js';
import { prepareLaunches } from './launches.js';
import { observeTwice } from './look.js';
import { putBuffers } from './put-buffers.js';
import { placeholdersIn } from './restore-placeholders.js';
import { carryOut, planPass } from './restore-pass.js';
import type { Saver } from './saver.js';
import { isTaken, observeSettled } from './verify.js';
import { isTmuxServer } from './server-process.js';
import { wholeSource } from './whole-source.js';

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

/** How often a restore begins again for sessions whose names were taken while it ran: a client that reconnects is that quick. */
const PASSES = 4;

/** Restores into the live server; the caller holds the lock. */
export async function restoreInto(saver: Saver, target: TmuxTarget, order: RestoreOrder): Promise<Result<Restored>> {
  const startedAt = performance.now();
  const wanted = await selectWanted(saver, order);
  if (!wanted.ok) return wanted;
  const { source } = wanted.value;
  let { candidates } = wanted.value;
  if (!order.dryRun) await putBackFirst(saver, target);
  const seen = await lookAround(target, order.dryRun);
  if (!seen.ok) return seen;
  let { live } = seen.value;
  const { around } = seen.value;
  saver.policy = parsePolicy(around.settings.userOptions).policy;
  const policy = await launchPolicy(saver);
  const server = { ...target, serverPid: live.server.pid };
  if (!order.dryRun) {
    const entered = await enter(saver, live);
    if (!entered.ok) return entered;
  }
  const marks = candidates.some(({ part }) => part) ? await partMarks(target) : new Set<string>();
  const isBack = ({ part, key }: Candidate): boolean => part && marks.has(key);
  const outcomes = candidates.filter(isBack).map((one) => outcome(one, 'skipped', 'these windows are there already'));
  if (order.from === null) for (const { key } of candidates.filter(isBack)) saver.restored.add(key);
  candidates = candidates.filter((candidate) => !isBack(candidate));
  const savedPath = source.server?.environment['PATH'];
  const path = typeof savedPath === 'string' ? savedPath : undefined;
  const identity = { ...live.server, bootId: saver.context.bootId };
  const whole = order.dryRun ? null : await wholeSource(saver, order, source, candidates, identity);
  const differences: Difference[] = [];
  let conversations: ConversationCounts = { resumed: 0, offered: 0, missing: 0 };
  for (let pass = 1; ; pass++) {
    const prepared = await prepareLaunches(candidates, {
      home: saver.context.home,
      store: saver.store,
      policy,
      settings: around.settings,
      noPrograms: order.noPrograms,
    });
    const placeholders = await placeholdersIn(saver, target, live, { candidates, isPlan: order.dryRun });
    const context = { live, around, prepared, placeholders };
    const plan = planPass(candidates, context);
    outcomes.push(...plan.skips.map(({ candidate, reason }) => outcome(candidate, 'skipped', reason)));
    if (order.dryRun) {
      outcomes.unshift(...plan.sessions.map((planned) => plannedOutcome(planned)));
      outcomes.push(...plan.later.map((candidate) => outcome(candidate, 'restored', null)));
    }
    if (order.dryRun || plan.sessions.length === 0) break;
    const first = pass === 1 ? whole : null;
    const extras = { path, globals: first === null ? [] : globalSteps(first.server, around.options) };
    const passed = await carryOut(saver, server, plan, context, extras);
    if (!passed.ok) return passed.error.reason === 'no-server' ? fail(DIED) : passed;
    const { applied, differences: found } = passed.value;
    live = passed.value.live;
    if (pass === 1) conversations = prepared.conversations;
    if (first !== null && saver.policy.buffers)
      await putBuffers(saver.store, server, first.buffers, live.server.version);
    const taken = plan.sessions.filter((planned) => isTaken(planned, applied, passed.value.live));
    const raced = pass < PASSES ? taken : [];
    candidates = [...raced.map(({ candidate }) => candidate), ...(pass < PASSES ? plan.later : [])];
    const done = plan.sessions.filter((planned) => !raced.includes(planned));
    const ends = done.map((planned) => outcomeOf(planned, found, taken.includes(planned)));
    takeNote(saver, order, { done, skips: plan.skips }, ends);
    outcomes.push(...ends);
    differences.push(...found);
    if (candidates.length === 0) break;
  }
  return ok({
    report: reportOf(source.id, order.dryRun, outcomes, differences, Math.round(performance.now() - startedAt)),
    conversations,
    server: live === EMPTY_SNAPSHOT ? null : { pid: live.server.pid, startTime: live.server.startTime },
    snapshot: live,
  });
}

/** R15: after three deaths soon after a restore a program is offered only; it may be what they died of. */
async function launchPolicy({ policy, store }: Saver): Promise<Policy> {
  const journal = await store.readJournal();
  return journal.ok && isCrashLooping(journal.value) && policy.resume !== 'never'
    ? { ...policy, resume: 'offer' }
    : policy;
}

const DIED: Failure = { reason: 'tmux-failed', detail: 'the tmux server ended while it was restored into' };

/** Puts back what a restore before left out of the server, before anybody takes it for its settings. */
async function putBackFirst(saver: Saver, target: TmuxTarget): Promise<void> {
  if ((await saver.store.readAside()) === null) return;
  const live = await observeTwice(target);
  if (live.ok) await putBackLeftOver(saver, { ...target, serverPid: live.value.server.pid }, live.value);
}

/** Begins with the server that is restored into, and forgets what belongs to others. */
async function enter(saver: Saver, live: Snapshot): Promise<Result<void>> {
  const current = await saver.current();
  return current.ok ? saver.enter(live, current.value?.manifest ?? null) : current;
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

interface Around {
  readonly live: Snapshot;
  readonly around: Surroundings;
}

/** Returns what lives and how it is set up; a dry run needs no server, and then finds nothing. */
async function lookAround(target: TmuxTarget, dryRun: boolean): Promise<Result<Around>> {
  const [live, around] = await Promise.all([observeSettled(target, dryRun), readSurroundings(target)]);
  if (!live.ok && dryRun && live.error.reason === 'no-server')
    return ok({ live: EMPTY_SNAPSHOT, around: DEFAULT_SURROUNDINGS });
  if (!live.ok) return live;
  return around.ok ? ok({ live: live.value, around: around.value }) : around;
}

async function sourceOf(saver: Saver, order: RestoreOrder): Promise<Result<Manifest>> {
  if (order.from !== null) {
    const found = await saver.store.find(order.from);
    return found.ok ? ok(found.value.manifest) : found;
  }
  const current = await saver.current();
  if (!current.ok) return current;
  return current.value === null
    ? fail(nothingReadable(saver.store.folder, saver.last.setAside))
    : ok(current.value.manifest);
}

/** Tells the saver what came back, so that its next save lets go of it and keeps the rest. */
function takeNote(
  saver: Saver,
  order: RestoreOrder,
  { done, skips }: { readonly done: readonly PlannedSession[]; readonly skips: Plan['skips'] },
  outcomes: readonly Outcome[],
): void {
  done.forEach(({ candidate }, at) => {
    const { result, reason } = outcomes[at] ?? { result: 'failed', reason: null };
    // What came back in part is kept whole, for another try.
    // But for windows that came into a living session: they would come into it once more.
    const isWhole = (result === 'restored' || result === 'adopted') && (reason === null || candidate.part);
    if (isWhole && order.from === null) saver.restored.add(candidate.key);
    if (!isWhole) saver.unrestored.set(nameKey(candidate.session), result === 'skipped' ? 'skipped' : 'failed');
  });
  for (const { candidate } of skips) saver.unrestored.set(nameKey(candidate.session), 'skipped');
}
