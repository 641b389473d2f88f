/**
 * `tmux-persist roster remove`: takes back what enroll did. Sessions live on, and what was saved is kept; so lingering that enroll turned on
 * is turned off only where no session lives by it.
 */
import { setLingering, runAs } from '../systemd/other-users.js';
import { describeFailure } from './failures.js';
import { askMember, lingers, problemOf, type Asking } from './roster-ask.js';
import { workWithRecord, type MemberResult, type RosterOptions } from './roster-command.js';
import { RosterRecord } from './roster-record.js';
import type { Member } from './roster-users.js';

/** Removes every user; returns the exit code. */
export const rosterRemove = (options: RosterOptions): Promise<number> => workWithRecord(options, 'removed', remove);

async function remove(member: Member, asking: Asking, record: RosterRecord): Promise<MemberResult> {
  const { account, unusable } = member;
  const user = account.name;
  const failed = (detail: string): MemberResult => ({ user, result: 'failed', detail });
  const isOurs = record.has(user);
  if (unusable !== null && !isOurs) return { user, result: 'unchanged', detail: `was not enrolled: ${unusable}` };
  const before = await askMember(member, asking);
  if (!before.ok) return failed(before.error);
  const { status, isEnabled } = before.value;
  const wasEnrolled = status.agent.running || isEnabled === true;
  if (wasEnrolled) {
    const problem = problemOf(await runAs(account, [...asking.program, 'uninstall'], asking), asking.timeoutMs);
    if (problem !== null) return failed(`not uninstalled: ${problem}`);
  }
  const what = wasEnrolled ? 'removed; what was saved is kept' : 'was not enrolled';
  const done = (detail: string): MemberResult => ({ user, result: wasEnrolled ? 'done' : 'unchanged', detail });
  if (!isOurs) return done(lingers(member) ? `${what}; lingering stays on, as it was before` : what);
  const sessions = status.server?.sessions ?? 0;
  if (sessions > 0 && lingers(member))
    return done(
      `${what}; lingering stays on, for ${String(sessions)} sessions live by it: loginctl disable-linger ${user}`,
    );
  const problem = problemOf(await setLingering(account, false, asking), asking.timeoutMs);
  if (problem !== null) return failed(`${what}, but lingering can't be turned off: ${problem}`);
  const noted = await record.note(user, false);
  return noted.ok
    ? { user, result: 'done', detail: `${what}; lingering turned off` }
    : failed(describeFailure(noted.error));
}
