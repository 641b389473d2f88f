/** `tmux-persist roster metrics`: the roster as OpenMetrics, to the standard output or into a file for node_exporter's textfile collector. */
import { lstat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { metricsText } from '../model/metrics.js';
import { writeAtomic } from '../store/write-atomic.js';
import { describeFailure, EXIT, exitCodeOf } from './failures.js';
import { warn } from './output.js';
import { openRoster, refuseRoster, tellProblems, type RosterOptions } from './roster-command.js';
import { rowsOf } from './roster-status.js';

/** Whoever collects it runs as another user. */
const MODE = 0o644;

/** Prints or writes the metrics; returns 0 also where a user could not be asked, for they say so themselves. */
export async function rosterMetrics(options: RosterOptions & { readonly output: string | null }): Promise<number> {
  const opened = await openRoster(options);
  if (!opened.ok) return refuseRoster(opened);
  const { roster, asking } = opened.value;
  const rows = await rowsOf(roster, asking);
  tellProblems(roster);
  const text = metricsText(rows, { now: new Date(), mapProblems: roster.problems.length });
  if (options.output === null) {
    process.stdout.write(text);
    return EXIT.done;
  }
  const path = resolve(options.output);
  const stats = await lstat(path).catch(() => null);
  if (stats !== null && !stats.isFile()) {
    warn(`cannot write '${path}': it is there, and is no regular file`);
    return EXIT.usage;
  }
  const written = await writeAtomic(path, Buffer.from(text), undefined, MODE);
  if (written.ok) return EXIT.done;
  warn(describeFailure(written.error));
  return exitCodeOf(written.error);
}
