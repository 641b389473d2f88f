/**
 * `tmux-persist save`: saves now, through the agent where one runs.
 */
import type { Failure, Result } from '../model/failure.js';
import type { Context } from '../model/ports.js';
import type { SaveReport } from '../model/report.js';
import { describeFailure, EXIT, exitCodeOf } from './failures.js';
import { plural, print, printJson, warn } from './output.js';
import { throughAgent } from './through-agent.js';

/** Saves and prints what was saved; returns the exit code. */
export async function save(
  context: Context,
  json: boolean,
  offline: () => Promise<Result<SaveReport>>,
): Promise<number> {
  const result = (await throughAgent<'Save', SaveReport>(context, 'Save', [])) ?? (await offline());
  if (!result.ok) return declined(result.error, json);
  const { saved, reason, sessions, windows, panes, path } = result.value;
  if (json) printJson(result.value);
  else if (saved) {
    const what = `${plural(sessions, 'session')}, ${plural(windows, 'window')}, ${plural(panes, 'pane')}`;
    print(reason === null ? `saved ${what} to ${path ?? ''}` : `${what}: ${reason} the last save`);
  } else warn(`not saved: ${reason ?? 'the agent declined'}`);
  return saved ? EXIT.done : EXIT.refused;
}

function declined(failure: Failure, json: boolean): number {
  const reason = describeFailure(failure);
  if (json) {
    const report: SaveReport = {
      saved: false,
      reason,
      id: null,
      path: null,
      sessions: 0,
      windows: 0,
      panes: 0,
      bytes: 0,
      durationMs: 0,
    };
    printJson(report);
  }
  warn(`not saved: ${reason}`);
  return exitCodeOf(failure);
}
