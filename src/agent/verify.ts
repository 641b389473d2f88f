/**
 * Looks again after a restore and compares (R13): what differs is settled once more, and what still differs is reported.
 */
import { compareSession } from '../model/compare.js';
import { fail, ok, type Result } from '../model/failure.js';
import type { Plan, PlannedSession } from '../model/plan.js';
import type { Placeholder } from '../model/plan-window.js';
import { repairSteps } from '../model/repair.js';
import type { Difference } from '../model/report.js';
import type { Snapshot } from '../model/snapshot.js';
import { sameText } from '../model/text.js';
import { unsettledSessions } from '../model/unsettled.js';
import { settlePlanned, type Applied } from '../tmux/apply.js';
import { killSessions, type RestoreTarget } from '../tmux/batch.js';
import type { TmuxTarget } from '../tmux/exec.js';
import type { Surroundings } from '../tmux/surroundings.js';
import type { Launches } from './launches.js';
import { observeTwice } from './look.js';
import type { Saver } from './saver.js';

/** What a pass works with. */
export interface PassContext {
  readonly live: Snapshot;
  readonly around: Surroundings;
  readonly prepared: Launches;
  readonly placeholders: readonly Placeholder[];
}

/** What a restore led to. */
export interface Verified {
  readonly snapshot: Snapshot;
  readonly differences: readonly Difference[];
}

/** Looks and compares; settles once more what differs, and looks again. */
export async function verify(
  saver: Saver,
  target: RestoreTarget,
  plan: Plan,
  applied: Applied,
  { around: { settings }, prepared }: PassContext,
): Promise<Result<Verified>> {
  const look = async (): Promise<Result<Verified>> => {
    const snapshot = await observeSettled(target, false);
    if (!snapshot.ok) return snapshot;
    if (snapshot.value.server.pid !== target.serverPid)
      return fail({ reason: 'no-server', socketPath: target.socketPath });
    await saver.details.refresh(target, snapshot.value, saver.policy, { trigger: 'restore', capture: 'none' });
    const live = saver.details.apply(snapshot.value);
    const made = plan.sessions.filter((planned) => !isTaken(planned, applied, snapshot.value));
    return ok({
      snapshot: snapshot.value,
      differences: made.flatMap((planned) => compareSession(planned, live, prepared.launches)),
    });
  };
  const first = await look();
  if (!first.ok || first.value.differences.length === 0) return first;
  const { snapshot, differences } = first.value;
  const { mend, after } = repairSteps(plan, differences, settings, snapshot.server.version);
  if (mend.length === 0) return first;
  const mended = await settlePlanned(target, mend, applied, undefined);
  if (!mended.ok) return mended;
  const completed = await settlePlanned(target, after, applied, undefined);
  return completed.ok ? look() : completed;
}

/** Returns whether a session could not be made because one of its name came first. */
export const isTaken = ({ ref, candidate }: PlannedSession, applied: Applied, live: Snapshot): boolean =>
  applied.refused.has(ref) && live.sessions.some(({ name }) => sameText(name, candidate.session.name));

/** Returns a look without what an unfinished restore left behind: sessions that hold nothing but our own placeholders. */
export async function observeSettled(target: TmuxTarget, dryRun: boolean): Promise<Result<Snapshot>> {
  const snapshot = await observeTwice(target);
  const unsettled = snapshot.ok && !dryRun ? unsettledSessions(snapshot.value) : [];
  if (!snapshot.ok || unsettled.length === 0) return snapshot;
  await killSessions({ ...target, serverPid: snapshot.value.server.pid }, unsettled);
  return observeTwice(target);
}
