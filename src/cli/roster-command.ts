/**
 * What all roster commands share: the map is read, every user of it is worked on by itself, a line is printed for each as it is done, and the
 * exit code says whether all went well. One user's failure is a line of the output, and stops nobody.
 */
import type { Result } from '../model/failure.js';
import { displayText } from '../model/text.js';
import { describeFailure, EXIT, exitCodeOf } from './failures.js';
import { inOrder } from './in-order.js';
import { print, printJson, warn } from './output.js';
import { AT_ONCE, type Asking } from './roster-ask.js';
import { sharedProgram } from './roster-program.js';
import { RosterRecord } from './roster-record.js';
import { readRoster, type Member, type Roster, type RosterRefusal } from './roster-users.js';

/** What a roster command is told. */
export interface RosterOptions {
  readonly map: string;
  readonly json: boolean;
  /** How long one step of one user may take. */
  readonly timeoutMs: number;
}

/** What became of one user. */
export interface MemberResult {
  readonly user: string;
  readonly result: 'done' | 'unchanged' | 'failed';
  /** For a person; of a failure the reason. */
  readonly detail: string;
}

/** Returns the exit code of a command that can do nothing at all, having said why. */
export function refuseRoster({ error }: { readonly error: RosterRefusal }): number {
  warn(error.message);
  return error.code;
}

/** Returns the users and how they are asked; fails where nothing can be done for anybody. */
export async function openRoster({
  map,
  timeoutMs,
}: RosterOptions): Promise<Result<{ readonly roster: Roster; readonly asking: Asking }, RosterRefusal>> {
  const roster = await readRoster(map, timeoutMs);
  if (!roster.ok) return roster;
  const program = await sharedProgram();
  if (!program.ok) return { ok: false, error: { message: program.error, code: EXIT.refused } };
  return { ok: true, value: { roster: roster.value, asking: { program: program.value, timeoutMs } } };
}

/** Says which lines of the map are left out. */
export function tellProblems({ problems, remarks }: Roster): void {
  const lines = [...problems, ...remarks].sort((left, right) => left.line - right.line);
  for (const { line, message } of lines) warn(`line ${String(line)} of the map: ${displayText(message)}`);
}

/** Works on every user beside root's own record of whom enroll turned lingering on for; returns the exit code. */
export async function workWithRecord(
  options: RosterOptions,
  done: string,
  work: (member: Member, asking: Asking, record: RosterRecord) => Promise<MemberResult>,
): Promise<number> {
  const opened = await openRoster(options);
  if (!opened.ok) return refuseRoster(opened);
  const record = await RosterRecord.open();
  if (!record.ok) {
    warn(describeFailure(record.error));
    return exitCodeOf(record.error);
  }
  const { roster, asking } = opened.value;
  try {
    return await workOnAll(roster, options, done, (member) => work(member, asking, record.value));
  } finally {
    await record.value.close();
  }
}

/** Works on every user and prints what came of each; `done` is what the command does, in one word. Returns the exit code. */
async function workOnAll(
  roster: Roster,
  { json }: RosterOptions,
  done: string,
  work: (member: Member) => Promise<MemberResult>,
): Promise<number> {
  if (!json) tellProblems(roster);
  const results = await inOrder(roster.members, AT_ONCE, work, ({ user, result, detail }) => {
    if (!json) print(`${user}: ${result === 'failed' ? 'FAILED: ' : ''}${detail}`);
  });
  const count = (wanted: MemberResult['result']): number => results.filter(({ result }) => result === wanted).length;
  const { problems, remarks } = roster;
  const counts = { done: count('done'), unchanged: count('unchanged'), failed: count('failed') };
  if (json) printJson({ users: results, ...counts, problems, remarks });
  else {
    const left = problems.length === 0 ? '' : `; ${String(problems.length)} lines of the map left out`;
    print(
      `${done} ${String(counts.done)} of ${String(results.length)} users, ` +
        `${String(counts.unchanged)} were so already, ${String(counts.failed)} failed${left}`,
    );
  }
  return counts.failed > 0 || problems.length > 0 ? EXIT.inPart : EXIT.done;
}
