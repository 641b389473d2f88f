/** Asks one user's own processes how they stand, and says why where they can't be asked. */
import { fail, ok, type Result } from '../model/failure.js';
import { checkedReport, lastWords, type CheckedReport, type RosterRow } from '../model/roster-report.js';
import { runAs } from '../systemd/other-users.js';
import type { Ended } from '../systemd/run-command.js';
import { isLingering } from '../systemd/system-files.js';
import type { Member } from './roster-users.js';

/** How users are asked. */
export interface Asking {
  /** The words that run this program. */
  readonly program: readonly string[];
  readonly timeoutMs: number;
}

/** Several at a time, for most of it is waiting; more than a machine has processors is slower again. */
export const AT_ONCE = 3;

/** Returns what a user says; fails with the reason why nothing is known. */
export async function askMember(
  { account }: Member,
  { program, timeoutMs }: Asking,
): Promise<Result<CheckedReport, string>> {
  const asked = await runAs(account, [...program, 'roster-report'], { timeoutMs });
  const problem = problemOf(asked, timeoutMs);
  if (problem !== null) return fail(problem);
  const report = checkedReport(asked.stdout);
  return report === null ? fail('what it printed is no report') : ok(report);
}

/** Returns why a command of a user failed, or null. */
export function problemOf({ end, code, stderr }: Ended, timeoutMs: number): string | null {
  if (end === 'late') return `no answer in ${String(Math.round(timeoutMs / 1000))} s`;
  if (end === 'long') return 'it printed too much';
  if (end === 'missing') return 'systemd-run is not there';
  return code === 0 ? null : lastWords(stderr, `it ended with ${String(code)}`);
}

/** Returns whether a user lingers, as far as systemd's files say it. */
export function lingers({ account }: Member): boolean {
  const found = isLingering(account.name);
  return found.ok && found.value;
}

/** Returns the row of a user; one whose manager does not run is not asked, for the question would start it. */
export async function rowOf(member: Member, running: ReadonlySet<number>, asking: Asking): Promise<RosterRow> {
  const { name, uid } = member.account;
  const since = performance.now();
  const asked = running.has(uid)
    ? await askMember(member, asking)
    : fail(member.unusable ?? 'the user manager does not run');
  return {
    user: name,
    lingering: lingers(member),
    report: asked.ok ? asked.value : null,
    error: asked.ok ? null : asked.error,
    seconds: (performance.now() - since) / 1000,
  };
}
