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
const NEWLINE = Buffer.from('\n');

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
    const commands = batch.flatMap((request) => captureCommands(request, frame, lines));
    const output = await sourceLines(target, [...commands, `display-message -p ${frame}`]);
    if (!output.ok) return output;
    const parts = splitFrames(output.value.stdout, frame);
    if (parts.length !== batch.length) continue;
    batch.forEach(({ paneId }, at) => {
      const [history, ...text] = splitLines(parts[at] ?? Buffer.alloc(0));
      // A pane that is gone has no history, not even one of no lines.
      if (history?.length) captures.set(paneId, lastLines(text, lines, Number(history.toString())));
    });
  }
  return ok(captures);
}

function captureCommands({ paneId, alternateOn }: CaptureRequest, frame: string, lines: number): string[] {
  const pane = quote(paneId);
  // How long the history is comes first, as a line of its own.
  const head = `display-message -p -t ${pane} ${quote(`${frame}#{history_size}`)}`;
  if (!alternateOn) return [head, `capture-pane -epJ -S -${String(lines)} -t ${pane}`];
  return [
    head,
    // Where no history is, `-E -1` is the first line of the screen (cmd-capture-pane.c): that is the program's.
    `if-shell -F -t ${pane} ${quote('#{history_size}')} { capture-pane -epJ -S -${String(lines)} -E -1 -t ${pane} }`,
    `capture-pane -aepJq -t ${pane}`,
  ];
}

function splitFrames(stdout: Buffer, frame: string): Buffer[] {
  const starts: number[] = [];
  for (let at = stdout.indexOf(frame); at >= 0; at = stdout.indexOf(frame, at + 1)) starts.push(at);
  return starts.slice(0, -1).map((start, at) => stdout.subarray(start + frame.length, starts[at + 1]));
}

/** A line without anything to see: blanks, and the end of colours. */
const BLANK = /^(?: |\u001b\[(?:0|39|49)?m)*$/;

/** Returns the text without the empty rest of the screen, cut to its last `limit` lines; null when nothing is left. */
function lastLines(lines: Buffer[], limit: number, history: number): Capture | null {
  while (lines.length > 0 && BLANK.test(lines.at(-1)?.toString('latin1') ?? '')) lines.pop();
  if (lines.length === 0) return null;
  const kept = lines.slice(-limit);
  return {
    bytes: Buffer.concat(kept.flatMap((line) => [line, NEWLINE])),
    lines: kept.length,
    truncated: kept.length < lines.length || history > limit,
  };
}

function splitLines(text: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = text.indexOf(NEWLINE); end >= 0; end = text.indexOf(NEWLINE, start)) {
    lines.push(text.subarray(start, end));
    start = end + 1;
  }
  return lines;
}
