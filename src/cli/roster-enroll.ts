/**
 * `tmux-persist roster enroll`: every user of the map is protected. Root turns lingering on; all that touches a user's files is done by the
 * user's own processes. What is right already is left as it is, so that it may be run again at any time.
 */
import * as v from 'valibot';
import { checkedJson, type CheckedReport } from '../model/roster-report.js';
import { setLingering, runAs, startManager, withManager } from '../systemd/other-users.js';
import { describeFailure, EXIT } from './failures.js';
import { askMember, lingers, problemOf, type Asking } from './roster-ask.js';
import { workWithRecord, type MemberResult, type RosterOptions } from './roster-command.js';
import { readTable, RosterRecord } from './roster-record.js';
import type { Member } from './roster-users.js';
import { VERSION } from './version.js';

/** Enrolls every user; returns the exit code. */
export const rosterEnroll = (options: RosterOptions): Promise<number> => workWithRecord(options, 'enrolled', enroll);

async function enroll(member: Member, asking: Asking, record: RosterRecord): Promise<MemberResult> {
  const { account, unusable } = member;
  const user = account.name;
  const failed = (detail: string): MemberResult => ({ user, result: 'failed', detail });
  if (unusable !== null) return failed(unusable);
  const turnsOn = !lingers(member);
  if (turnsOn) {
    // Noted first: lingering that nobody remembers would never be turned off again.
    const noted = await record.note(user, true);
    if (!noted.ok) return failed(describeFailure(noted.error));
  }
  const installed = await protect(member, asking, turnsOn);
  if (!installed.ok) {
    if (turnsOn) {
      await setLingering(account, false, asking);
      await record.note(user, false);
    }
    return failed(installed.detail);
  }
  const imported = await importTable(member, asking);
  if (imported.problem !== null) return failed(`${words(turnsOn, installed.isNew)}, but ${imported.problem}`);
  const { added, left } = imported;
  if (!turnsOn && !installed.isNew && added === 0) return { user, result: 'unchanged', detail: 'already enrolled' };
  const table = added + left === 0 ? '' : `, ${String(added)} sessions imported, ${String(left)} left alone`;
  return { user, result: 'done', detail: `${words(turnsOn, installed.isNew)}${table}` };
}

const words = (turnsOn: boolean, isNew: boolean): string =>
  `enrolled${turnsOn ? ', lingering turned on' : ''}${isNew ? ', agent installed and started' : ''}`;

type Protected = { readonly ok: true; readonly isNew: boolean } | { readonly ok: false; readonly detail: string };

/** Brings the user's manager up, and the agent of this version into it. */
async function protect(member: Member, asking: Asking, turnsOn: boolean): Promise<Protected> {
  const { account } = member;
  const fail = (detail: string): Protected => ({ ok: false, detail });
  // Where none ran no agent can run either, and nobody has to be asked.
  const wasRunning = (await withManager([account], asking)).has(account.uid);
  const lingering = turnsOn ? problemOf(await setLingering(account, true, asking), asking.timeoutMs) : null;
  if (lingering !== null) return fail(`lingering can't be turned on: ${lingering}`);
  const manager = problemOf(await startManager(account, asking), asking.timeoutMs);
  if (manager !== null) return fail(`its user manager does not start: ${manager}`);
  if (wasRunning) {
    const before = await askMember(member, asking);
    if (!before.ok) return fail(before.error);
    if (isCurrent(before.value)) return { ok: true, isNew: false };
  }
  const install = await runAs(account, [...asking.program, 'install', '--now'], asking);
  const problem = problemOf(install, asking.timeoutMs);
  if (problem !== null) {
    const words = await reasonOf(member, asking);
    return fail(`not installed: ${problem}${words === null ? '' : `; ${words}`}`);
  }
  return { ok: true, isNew: true };
}

/** What keeps an agent from starting is said by the status of its user. */
async function reasonOf(member: Member, asking: Asking): Promise<string | null> {
  const asked = await askMember(member, asking);
  const problems = asked.ok ? asked.value.status.problems : [];
  return problems.find(({ code }) => code !== 'agent-not-running')?.message ?? null;
}

const isCurrent = ({ status, isEnabled, agentVersion }: CheckedReport): boolean =>
  status.agent.running && isEnabled === true && agentVersion === VERSION;

const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000));
const importReport = v.object({ imported: count, skipped: count });

interface ImportedTable {
  readonly added: number;
  readonly left: number;
  readonly problem: string | null;
}

/** Hands the ancestor's table to the user's own import, which adds nothing a second time. */
async function importTable({ account }: Member, asking: Asking): Promise<ImportedTable> {
  const none = { added: 0, left: 0, problem: null };
  const table = await readTable(account.name);
  if (!table.ok) return { ...none, problem: `its sessions are not imported: ${describeFailure(table.error)}` };
  if (table.value === null || Buffer.from(table.value).toString('latin1').trim() === '') return none;
  const command = [...asking.program, 'import', '--once', '--json', '-'];
  const run = await runAs(account, command, { ...asking, input: table.value });
  const problem = run.code === EXIT.inPart ? null : problemOf(run, asking.timeoutMs);
  if (problem !== null) return { ...none, problem: `its sessions are not imported: ${problem}` };
  const report = checkedJson(importReport, run.stdout);
  if (report === null) return { ...none, problem: 'what its import printed is no report' };
  return { added: report.imported, left: report.skipped, problem: null };
}
