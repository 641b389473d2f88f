/**
 * `tmux-persist restore`: restores what is missing, through the agent where one runs.
 */
import type { Result } from '../model/failure.js';
import type { Context } from '../model/ports.js';
import type { Outcome, RestoreReport } from '../model/report.js';
import { describeFailure, EXIT, exitCodeOf } from './failures.js';
import { columns, plural, print, printJson, styled, warn } from './output.js';
import { planLines } from './plan.js';
import { startProgress } from './progress.js';
import type { Request } from './saved-state.js';
import { throughAgent } from './through-agent.js';

/** The options of the command. */
export interface RestoreCommand extends Request {
  readonly dryRun: boolean;
  readonly noPrograms: boolean;
  readonly json: boolean;
}

/** Is told how many programs still wait for their turn. */
export type OnWaiting = (waiting: number) => void;

/** Restores and prints what came back; returns the exit code. */
export async function restore(
  context: Context,
  command: RestoreCommand,
  offline: (onWaiting: OnWaiting) => Promise<Result<RestoreReport>>,
): Promise<number> {
  const result = await runRestore(context, command, offline);
  if (!result.ok) {
    warn(`not restored: ${describeFailure(result.error)}`);
    return exitCodeOf(result.error);
  }
  await printRestore(context, command, result.value);
  if (result.value.outcomes.length === 0) {
    warn(
      "nothing is saved that was lost; for what was closed: 'tmux-persist undo', or 'restore --closed' for all of it",
    );
    return EXIT.nothingSaved;
  }
  return result.value.failed > 0 || result.value.differences.length > 0 ? EXIT.inPart : EXIT.done;
}

/** Returns what a restore did, or would do, with its progress on a terminal meanwhile. */
export async function runRestore(
  context: Context,
  command: RestoreCommand,
  offline: (onWaiting: OnWaiting) => Promise<Result<RestoreReport>>,
): Promise<Result<RestoreReport>> {
  const { names, from, closed, dryRun, noPrograms } = command;
  const options = { closed, dryRun, noPrograms, ...(from === null ? {} : { from }) };
  const progress = dryRun || command.json ? null : await startProgress(context, command);
  const result =
    (await throughAgent<'Restore', RestoreReport>(context, 'Restore', [names, options])) ??
    (await offline((waiting) => progress?.starts(waiting)));
  progress?.end();
  return result;
}

/** Prints what a restore did, or the plan of a dry run. */
export async function printRestore(context: Context, command: RestoreCommand, report: RestoreReport): Promise<void> {
  if (command.json) printJson(report);
  else if (report.outcomes.length === 0) return;
  else if (!command.dryRun) printReport(report);
  else for (const line of await planLines(context, report, command)) print(line);
}

function printReport(report: RestoreReport): void {
  const rows = report.outcomes.map((outcome) => [
    outcome.session,
    outcome.result === 'skipped' ? 'left alone' : outcome.result,
    sizeOf(outcome),
    outcome.reason ?? '',
  ]);
  for (const line of columns(rows)) print(line.trimEnd());
  for (const { session, window, pane, what, expected, actual } of report.differences) {
    const where = [session, window, pane].filter((part) => part !== null).join(':');
    print(`${styled('yellow', 'differs')}  ${where}: ${what} was '${expected}', is '${actual}'`);
  }
  print(
    `restored ${plural(report.restored + report.adopted, 'session')} in ${String(report.durationMs)} ms; ` +
      `${String(report.skipped)} left alone, ${String(report.failed)} failed`,
  );
}

const sizeOf = ({ windows, panes }: Outcome): string => `${plural(windows, 'window')}, ${plural(panes, 'pane')}`;
