/**
 * `tmux-persist status`: one screen that says where its user stands. Plain words, readable without colour and in a pipe.
 */
import type { Context } from '../model/ports.js';
import type { StatusReport } from '../model/report.js';
import { describeFailure, EXIT, exitCodeOf } from './failures.js';
import { gatherStatus } from './gather-status.js';
import { age, ago, plural, print, printJson, styled, warn } from './output.js';

/** Prints the status; returns 0 whenever it could. */
export async function status(context: Context, json: boolean): Promise<number> {
  const report = await gatherStatus(context);
  if (!report.ok) {
    warn(describeFailure(report.error));
    return exitCodeOf(report.error);
  }
  if (json) printJson(report.value);
  else printScreen(report.value);
  return EXIT.done;
}

function printScreen(report: StatusReport): void {
  const { agent, server, manifest, lastLoss, lastRestore, problems } = report;
  const isSafe = agent.running && agent.state !== 'stopped' && problems.length === 0;
  print(
    styled(
      isSafe ? 'green' : 'yellow',
      isSafe ? 'Protected.' : agent.running ? 'Protected, but something needs you.' : 'Not protected.',
    ),
  );
  line('agent', agent.running ? `${agent.state}, pid ${String(agent.pid)}` : 'not running');
  line(
    'server',
    server === null
      ? 'none'
      : `tmux ${server.version}, pid ${String(server.pid)}, ${plural(server.sessions, 'session')}, ${plural(server.windows, 'window')}, ${plural(server.panes, 'pane')}${server.unit === null ? '' : `, in ${server.unit}`}`,
  );
  line(
    'last save',
    manifest === null
      ? 'never'
      : `${age(manifest.ageSeconds)} ago: ${plural(manifest.sessions, 'session')}, ${plural(manifest.panes, 'pane')}${manifest.conversations === 0 ? '' : `, ${plural(manifest.conversations, 'conversation')}`}`,
  );
  line(
    'last loss',
    lastLoss === null
      ? 'none'
      : `${ago(lastLoss.at)}: ${lastLoss.cause} (${lastLoss.detail}), ${plural(lastLoss.sessions, 'session')}`,
  );
  line('last restore', lastRestore === null ? 'none' : `${ago(lastRestore.at)}: ${restoreText(lastRestore)}`);
  for (const problem of problems) {
    print(`${styled('yellow', 'problem')}: ${problem.message}`);
    print(`  try: ${problem.hint}`);
  }
}

const line = (label: string, text: string): void => {
  print(`${`${label}:`.padEnd(14)}${text}`);
};

function restoreText(restore: NonNullable<StatusReport['lastRestore']>): string {
  const { resumed, offered, missing } = restore.conversations;
  const parts = [`${plural(restore.restored, 'session')} in ${String(restore.durationMs)} ms`];
  if (restore.skipped > 0) parts.push(`${String(restore.skipped)} left alone`);
  if (restore.failed > 0) parts.push(`${String(restore.failed)} failed`);
  if (resumed + offered + missing > 0)
    parts.push(`conversations: ${String(resumed)} resumed, ${String(offered)} offered, ${String(missing)} missing`);
  return parts.join(', ');
}
