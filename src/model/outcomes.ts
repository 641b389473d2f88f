/**
 * Sums up a restore: what became of each session, and the counts that every report shows.
 */
import type { Candidate } from './candidates.js';
import { windowsOf } from './holds.js';
import type { PlannedSession } from './plan.js';
import type { Difference, Outcome, RestoreReport } from './report.js';
import { displayText } from './text.js';

/** Returns the outcome of one session. */
export const outcome = (
  candidate: Pick<Candidate, 'session' | 'windows'>,
  result: Outcome['result'],
  reason: string | null,
): Outcome => {
  const windows = windowsOf(candidate.session, candidate.windows);
  return {
    session: displayText(candidate.session.name),
    result,
    reason,
    windows: windows.length,
    panes: windows.reduce((sum, window) => sum + window.panes.length, 0),
  };
};

const plannedResult = ({ placeholder }: PlannedSession) => (placeholder === null ? 'restored' : 'adopted');

/** Returns what is going to become of a planned session. */
export const plannedOutcome = (planned: PlannedSession): Outcome =>
  outcome(planned.candidate, plannedResult(planned), null);

/** Returns what came of a planned session, judged by what differs; one that `isTaken` found its name in use. */
export function outcomeOf(planned: PlannedSession, differences: readonly Difference[], isTaken: boolean): Outcome {
  const { candidate } = planned;
  const name = displayText(candidate.session.name);
  if (isTaken) return outcome(candidate, 'skipped', 'a session of this name appeared in the meantime');
  const own = differences.filter((difference) => difference.session === name);
  const missing = own.filter(({ actual }) => actual === 'missing');
  if (missing.some(({ what }) => what === 'session')) return outcome(candidate, 'failed', 'tmux did not make it');
  const windows = missing.length;
  const panes = own.filter(({ what }) => what === 'panes' || what === 'dead').length;
  const reason =
    windows > 0
      ? `${String(windows)} of its windows could not be made`
      : `in ${String(panes)} places a pane could not be made or started`;
  return outcome(candidate, plannedResult(planned), windows + panes === 0 ? null : reason);
}

/** Returns the report of a restore. */
export function reportOf(
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
