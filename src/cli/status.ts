/**
 * `tmux-persist status`: one screen that says where its user stands. Plain words, readable without colour and in a pipe.
 */
import type { Manifest } from '../model/manifest.js';
import type { Context } from '../model/ports.js';
import type { StatusReport } from '../model/report.js';
import { closings, isNameTaken } from '../model/undo.js';
import { EXIT } from './failures.js';
import { gather } from './gather-status.js';
import { age, ago, plural, print, printJson, styled } from './output.js';
import { shown } from './tree.js';

/** Prints the status; returns 0 whenever it could. */
export async function status(context: Context, json: boolean): Promise<number> {
  const { report, manifest } = await gather(context);
  if (json) printJson(report);
  else printScreen(report, manifest);
  return EXIT.done;
}

function printScreen(report: StatusReport, saved: Manifest | null): void {
  const { agent, server, manifest, lastLoss, lastRestore, problems } = report;
  const closed = saved === null ? '' : closedText(saved);
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
      : `${age(manifest.ageSeconds)} ago: ${plural(manifest.sessions, 'session')}, ${plural(manifest.panes, 'pane')}${saved === null ? '' : conversationsText(saved)}`,
  );
  line(
    'last loss',
    lastLoss === null
      ? 'none'
      : `${ago(lastLoss.at)}: ${lastLoss.cause} (${lastLoss.detail}), ${plural(lastLoss.sessions, 'session')}`,
  );
  line('last restore', lastRestore === null ? 'none' : `${ago(lastRestore.at)}: ${restoreText(lastRestore)}`);
  if (closed !== '') line('closed', closed);
  for (const problem of problems) {
    print(`${styled('yellow', 'problem')}: ${problem.message}`);
    print(`  try: ${problem.hint}`);
  }
}

/** How many conversations are saved, and how sure it is that they are those of their panes; empty where there are none. */
function conversationsText(manifest: Manifest): string {
  const panes = manifest.windows.flatMap((window) => window.panes);
  const sure = panes.flatMap((pane) => pane.program?.conversation?.confidence ?? []);
  const counts = (['exact', 'inferred', 'ambiguous'] as const).flatMap((confidence) => {
    const count = sure.filter((one) => one === confidence).length;
    return count === 0 ? [] : `${String(count)} ${confidence}`;
  });
  return sure.length === 0 ? '' : `, ${plural(sure.length, 'conversation')} (${counts.join(', ')})`;
}

const line = (label: string, text: string): void => {
  print(`${`${label}:`.padEnd(14)}${text}`);
};

/** What was closed within this time is worth a line, in ms. */
const CLOSED_WITHIN_MS = 24 * 3_600_000;

/** As many names as a line holds. */
const NAMES_SHOWN = 5;

/** What an undo would bring back, and how much was closed before it; empty where there is nothing of the last day. */
function closedText(manifest: Manifest): string {
  const recent = closings(manifest)
    .filter(({ at }) => Date.now() - Date.parse(at) < CLOSED_WITHIN_MS)
    .map((moment) => ({ ...moment, sessions: moment.sessions.filter((closed) => !isNameTaken(manifest, closed)) }))
    .filter(({ sessions }) => sessions.length > 0);
  const [last, ...before] = recent;
  if (last === undefined) return '';
  const names = last.sessions.map(({ session }) => shown(session.name));
  const more = names.length > NAMES_SHOWN ? ' ...' : '';
  const earlier = before.reduce((sum, { sessions }) => sum + sessions.length, 0);
  return (
    `${plural(names.length, 'session')}${last.how === 'kill-server' ? ' by kill-server' : ''} ${ago(last.at)}: ` +
    `${names.slice(0, NAMES_SHOWN).join(', ')}${more} (tmux-persist undo)` +
    (earlier === 0 ? '' : `, and ${String(earlier)} before`)
  );
}

function restoreText(restore: NonNullable<StatusReport['lastRestore']>): string {
  const { resumed, offered, missing } = restore.conversations;
  const parts = [`${plural(restore.restored, 'session')} in ${String(restore.durationMs)} ms`];
  if (restore.skipped > 0) parts.push(`${String(restore.skipped)} left alone`);
  if (restore.failed > 0) parts.push(`${String(restore.failed)} failed`);
  if (resumed + offered + missing > 0)
    parts.push(`conversations: ${String(resumed)} resumed, ${String(offered)} offered, ${String(missing)} missing`);
  return parts.join(', ');
}
