/**
 * Several questions to a server in one call, each answer by itself. The frames between the answers carry a random mark, so that
 * nothing that was saved, set or written before can be taken for one; an answer is whole or the call failed (R2).
 */
import { randomBytes } from 'node:crypto';
import { fail, ok, type Result } from '../model/failure.js';
import { quote } from './codec.js';
import { sourceLines, type TmuxTarget } from './exec.js';

/** Commands that are answered together. */
export interface Question {
  /** Id of the session, window or pane that they are about; null for the server. */
  readonly about: string | null;
  readonly commands: readonly string[];
}

/** Returns the answer to each question in order, null where what it is about is gone; fails with `snapshot-incomplete`. */
export async function askFramed(
  target: TmuxTarget,
  questions: readonly Question[],
): Promise<Result<readonly (Buffer | null)[]>> {
  const mark = randomBytes(12).toString('hex');
  const lines = questions.flatMap(({ about, commands }) => [frameLine(mark, about), ...commands]);
  const output = await sourceLines(target, [...lines, `display-message -p ${mark}`]);
  if (!output.ok) return output;
  const answers = split(output.value.stdout, mark);
  // What is before the first mark belongs to nobody, what is after the last one is its own line end.
  if (answers.length !== questions.length + 2)
    return fail({
      reason: 'snapshot-incomplete',
      detail: `${String(answers.length - 2)} answers of ${String(questions.length)}`,
    });
  return ok(questions.map(({ about }, at) => bodyOf(answers[at + 1] ?? Buffer.alloc(0), about)));
}

/** An id that is no more is nobody's, and the format then finds no pane (cmd-display-message.c, CMD_FIND_CANFAIL). */
const frameLine = (mark: string, about: string | null): string =>
  about === null ? `display-message -p ${mark}` : `display-message -p -t ${quote(about)} ${quote(`${mark}#{pane_id}`)}`;

function bodyOf(answer: Buffer, about: string | null): Buffer | null {
  const end = answer.indexOf(0x0a);
  return about !== null && end <= 0 ? null : answer.subarray(end + 1);
}

function split(bytes: Buffer, mark: string): Buffer[] {
  const parts: Buffer[] = [];
  let start = 0;
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, start)) {
    parts.push(bytes.subarray(start, at));
    start = at + mark.length;
  }
  return [...parts, bytes.subarray(start)];
}
