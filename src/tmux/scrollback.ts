/**
 * Captures what panes show and scrolled away, with colours. The alternate screen of a full-screen program is not text
 * of the pane: for such a pane the history and the screen below it are taken.
 */
import { randomBytes } from 'node:crypto';
import { ok, type Result } from '../model/failure.js';
import { quote } from './codec.js';
import { sourceLines, type TmuxTarget } from './exec.js';

/** One pane to capture. */
export interface CaptureRequest {
  readonly paneId: string;
  readonly alternateOn: boolean;
}

/** The text of one pane. */
export interface Capture {
  readonly bytes: Buffer;
  readonly lines: number;
  readonly truncated: boolean;
}

/** How many lines are captured in one call, of as many panes as that makes: the server stands still while it answers. */
const LINES_PER_CALL = 20_000;
const NEWLINE = 0x0a;

/** Returns the last `lines` lines of each pane by its id: null for one without any text, nothing for one that gave no answer. */
export async function captureScrollback(
  target: TmuxTarget,
  requests: readonly CaptureRequest[],
  lines: number,
): Promise<Result<ReadonlyMap<string, Capture | null>>> {
  const captures = new Map<string, Capture | null>();
  const panesPerCall = Math.max(1, Math.floor(LINES_PER_CALL / Math.max(1, lines)));
  for (let start = 0; start < requests.length; start += panesPerCall) {
    const batch = requests.slice(start, start + panesPerCall);
    // Text can't hold a frame that was made up after it was written.
    const frame = randomBytes(12).toString('hex');
    const commands = batch.flatMap(({ paneId, alternateOn }) => [
      `display-message -p ${frame}`,
      ...(alternateOn
        ? [
            `capture-pane -epJ -S -${String(lines)} -E -1 -t ${quote(paneId)}`,
            `capture-pane -aepJq -t ${quote(paneId)}`,
          ]
        : [`capture-pane -epJ -S -${String(lines)} -t ${quote(paneId)}`]),
    ]);
    const output = await sourceLines(target, [...commands, `display-message -p ${frame}`]);
    if (!output.ok) return output;
    const parts = splitFrames(output.value.stdout, `${frame}\n`);
    if (parts.length !== batch.length) continue;
    batch.forEach(({ paneId }, at) => {
      captures.set(paneId, lastLines(parts[at] ?? Buffer.alloc(0), lines));
    });
  }
  return ok(captures);
}

function splitFrames(stdout: Buffer, frame: string): Buffer[] {
  const starts: number[] = [];
  for (let at = stdout.indexOf(frame); at >= 0; at = stdout.indexOf(frame, at + 1)) starts.push(at);
  return starts.slice(0, -1).map((start, at) => stdout.subarray(start + frame.length, starts[at + 1]));
}

/** Returns the text without the empty rest of the screen, cut to its last `limit` lines; null when nothing is left. */
function lastLines(text: Buffer, limit: number): Capture | null {
  let end = text.length;
  while (end > 0 && text[end - 1] === NEWLINE) end--;
  if (end === 0) return null;
  let start = end;
  let lines = 0;
  while (start > 0 && lines < limit) {
    start = text.lastIndexOf(NEWLINE, start - 1);
    lines++;
    if (start < 0) start = 0;
  }
  const truncated = start > 0;
  return { bytes: Buffer.concat([text.subarray(truncated ? start + 1 : 0, end), Buffer.from('\n')]), lines, truncated };
}
