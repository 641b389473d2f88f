/** `tmux-persist roster status`: a line a user, readable without colour and in a pipe. It starts nothing, and changes nothing. */
import { isProtected, type CheckedReport, type RosterRow } from '../model/roster-report.js';
import { withManager } from '../systemd/other-users.js';
import { EXIT } from './failures.js';
import { inOrder } from './in-order.js';
import { age, ago, columns, plural, print, printJson } from './output.js';
import { AT_ONCE, rowOf, type Asking } from './roster-ask.js';
import { openRoster, refuseRoster, tellProblems, type RosterOptions } from './roster-command.js';
import type { Roster } from './roster-users.js';

/** Prints the table; returns 0 where everybody is protected, else 5. */
export async function rosterStatus(options: RosterOptions): Promise<number> {
  const opened = await openRoster(options);
  if (!opened.ok) return refuseRoster(opened);
  const { roster, asking } = opened.value;
  const rows = await rowsOf(roster, asking);
  const safe = rows.filter(isProtected).length;
  const { problems, remarks } = roster;
  if (options.json) printJson({ users: rows.map(jsonOf), protected: safe, problems, remarks });
  else {
    tellProblems(roster);
    for (const line of columns([HEADER, ...rows.map(cellsOf)])) print(line.trimEnd());
    for (const { user, error } of rows) if (error !== null) print(`${user}: ${error}`);
    print(`${String(safe)} of ${plural(rows.length, 'user')} ${rows.length === 1 ? 'is' : 'are'} protected`);
  }
  return safe === rows.length ? EXIT.done : EXIT.inPart;
}

/** Returns what is known of every user. */
export async function rowsOf({ members }: Roster, asking: Asking): Promise<readonly RosterRow[]> {
  const running = await withManager(
    members.map(({ account }) => account),
    asking,
  );
  return inOrder(members, AT_ONCE, (member) => rowOf(member, running, asking));
}

const HEADER = ['USER', 'SAFE', 'LINGERS', 'AGENT', 'SESSIONS', 'SAVED', 'LAST LOSS', 'PROBLEMS'];

const yesNo = (yes: boolean): string => (yes ? 'yes' : 'no');

function cellsOf(row: RosterRow): readonly string[] {
  const { user, lingering, report } = row;
  const first = [user, yesNo(isProtected(row)), yesNo(lingering)];
  if (report === null) return [...first, '-', '-', '-', '-', 'unknown'];
  const { agent, server, manifest, lastLoss, problems } = report.status;
  return [
    ...first,
    agentOf(report, agent),
    String(server?.sessions ?? 0),
    manifest === null ? 'never' : age(manifest.ageSeconds),
    lastLoss === null ? '-' : `${lastLoss.cause} ${ago(lastLoss.at)}`,
    problems.length === 0 ? '-' : `${String(problems.length)}: ${problems[0]?.code ?? ''}`,
  ];
}

/** The version of one that does what it should, and what another one does. */
const agentOf = (
  { agentVersion, isEnabled }: CheckedReport,
  { running, state }: CheckedReport['status']['agent'],
): string =>
  running
    ? `${agentVersion ?? '?'}${state === 'watching' ? '' : ` ${state}`}`
    : isEnabled === true
      ? 'stopped'
      : 'none';

const jsonOf = (row: RosterRow) => {
  const { user, lingering, report, error } = row;
  const status = report?.status ?? null;
  return {
    user,
    protected: isProtected(row),
    lingering,
    agent:
      report === null
        ? null
        : { running: report.status.agent.running, version: report.agentVersion, enabled: report.isEnabled },
    sessions: status === null ? null : (status.server?.sessions ?? 0),
    savedSessions: status?.manifest?.sessions ?? null,
    ageSeconds: status?.manifest?.ageSeconds ?? null,
    lastLoss: status?.lastLoss ?? null,
    problems: status?.problems ?? [],
    error,
  };
};
