/**
 * `tmux-persist undo`: brings back what was closed last, by its names and as `restore` does; done again, what was closed before.
 */
import { ok, type Result } from '../model/failure.js';
import { outcome, reportOf } from '../model/outcomes.js';
import type { Context } from '../model/ports.js';
import type { Outcome, RestoreReport, SaveReport } from '../model/report.js';
import { planUndo, type ClosedSession } from '../model/undo.js';
import { describeFailure, EXIT, exitCodeOf } from './failures.js';
import { freshen } from './freshen.js';
import { warn } from './output.js';
import { printRestore, runRestore, type OnWaiting } from './restore.js';
import { savedState } from './saved-state.js';

/** The options of the command. */
export interface UndoCommand {
  readonly dryRun: boolean;
  readonly noPrograms: boolean;
  readonly json: boolean;
}

/** Brings back and prints what came back; returns the exit code: 0 only when all of it is there again. */
export async function undo(
  context: Context,
  command: UndoCommand,
  offline: {
    readonly save: () => Promise<Result<SaveReport>>;
    readonly restore: (names: readonly string[], onWaiting: OnWaiting) => Promise<Result<RestoreReport>>;
  },
): Promise<number> {
  const fresh = command.dryRun ? ok(undefined) : await freshen(context, offline.save);
  const state = fresh.ok ? await savedState(context, null) : fresh;
  if (!state.ok) return refused(state);
  const planned = planUndo(state.value);
  const names = planned?.names ?? [];
  const order = { ...command, names, from: null, closed: false };
  const restored =
    names.length === 0
      ? ok(reportOf(state.value.id, command.dryRun, [], [], 0))
      : await runRestore(context, order, (onWaiting) => offline.restore(names, onWaiting));
  if (!restored.ok) return refused(restored);
  const taken = (planned?.taken ?? []).map(takenOutcome);
  const { outcomes, skipped } = restored.value;
  const report = { ...restored.value, outcomes: [...outcomes, ...taken], skipped: skipped + taken.length };
  await printRestore(context, order, report);
  return concluded(report);
}

function refused(failure: Result<never> & { ok: false }): number {
  warn(`not restored: ${describeFailure(failure.error)}`);
  return exitCodeOf(failure.error);
}

const takenOutcome = (closed: ClosedSession): Outcome =>
  outcome(closed, 'skipped', 'a newer session has this name; rename or close that one first');

function concluded(report: RestoreReport): number {
  const { outcomes, restored, adopted, skipped, failed, differences } = report;
  if (outcomes.length === 0) {
    warn("nothing was closed in the last week; 'tmux-persist restore' is for what was lost");
    return EXIT.nothingSaved;
  }
  if (skipped > 0) warn("what was left alone is tried again by the next undo, until 'tmux-persist forget SESSION'");
  if (restored + adopted + failed === 0) return EXIT.nothingSaved;
  return skipped + failed + differences.length > 0 ? EXIT.inPart : EXIT.done;
}
