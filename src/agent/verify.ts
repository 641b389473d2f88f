/**
 * Looks again after a restore and compares (R13): what differs is settled once more, and what still differs is reported.
 */
import { compareSession } from '../model/compare.js';
import { ok, type Result } from '../model/failure.js';
import { focusSteps, layoutSteps } from '../model/plan-window.js';
import type { Plan } from '../model/plan.js';
import type { Difference } from '../model/report.js';
import type { ServerSettings, Snapshot } from '../model/snapshot.js';
import { displayText } from '../model/text.js';
import { unsettledSessions } from '../model/unsettled.js';
import { killSessions, settlePlanned, type Applied, type RestoreTarget } from '../tmux/apply.js';
import type { TmuxTarget } from '../tmux/exec.js';
import type { Launches } from './launches.js';
import { observeTwice } from './look.js';

/** What a restore led to. */
export interface Verified {
  readonly snapshot: Snapshot;
  readonly differences: readonly Difference[];
}

/** Looks and compares; settles once more what differs, and looks again. */
export async function verify(
  target: RestoreTarget,
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
            difference.session === displayText(candidate.session.name) &&
            difference.what !== 'directory' &&
            candidate.session.windows.some(
              (link) => link.windowId === window.id && String(link.index) === difference.window,
            ),
        );
        return differs
          ? [
              ...layoutSteps(candidate, window, settings, first.value.snapshot.server.version),
              ...focusSteps(candidate, window),
            ]
          : [];
      }),
    );
  const selections = plan.settle.filter((step) => step.kind === 'select-window');
  const repaired = await settlePlanned(target, [...repairs, ...selections], applied, undefined);
  return repaired.ok ? look() : repaired;
}

/** Returns a look without what an unfinished restore left behind: sessions that hold nothing but our own placeholders. */
export async function observeSettled(target: TmuxTarget, dryRun: boolean): Promise<Result<Snapshot>> {
  const snapshot = await observeTwice(target);
  const unsettled = snapshot.ok && !dryRun ? unsettledSessions(snapshot.value) : [];
  if (!snapshot.ok || unsettled.length === 0) return snapshot;
  await killSessions({ ...target, serverPid: snapshot.value.server.pid }, unsettled);
  return observeTwice(target);
}
