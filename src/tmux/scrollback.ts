/**
 * Captures what panes show and scrolled away, with colours. The alternate screen of a full-screen program is not text
 * of the pane: for such a pane the history and the screen below it are taken.
 */
import { ok, type Result } from '../model/failure.js';
import { standingLines, withoutBlankEnd } from '../model/scrollback-text.js';
import { quote } from './codec.js';
import type { TmuxTarget } from './exec.js';
import { askFramed, type Question } from './framed.js';

/** One pane to capture. */
export interface CaptureRequest {
  readonly paneId: string;
  readonly alternateOn: boolean;
}

/** The text of one pane: as many rows of its history as were asked for, and its screen. */
export interface Capture {
  /** See `standingLines`. */
  readonly lines: readonly string[];
  /** Whether there is more history than was asked for. */
  readonly hasMore: boolean;
  /** Whether lines above it are missing: there is more, or tmux has dropped some. */
  readonly isCut: boolean;
}

/** How many lines are captured in one call, of as many panes as that makes: the server stands still while it answers. */
const LINES_PER_CALL = 8000;
const EMPTY = Buffer.alloc(0);

/**
 * Hands over the last `lines` rows of each pane and its screen, null for one without any text, nothing for one that is gone; until
 * `take` returns false.
 */
export async function captureScrollback(
  target: TmuxTarget,
  requests: readonly CaptureRequest[],
  lines: number,
  take: (paneId: string, capture: Capture | null) => Promise<boolean>,
): Promise<Result<void>> {
  const panesPerCall = Math.max(1, Math.floor(LINES_PER_CALL / Math.max(1, lines)));
  for (let start = 0; start < requests.length; start += panesPerCall) {
    const batch = requests.slice(start, start + panesPerCall);
    const answers = await askFramed(
      target,
      batch.flatMap((request) => questions(request, lines)),
    );
    if (!answers.ok) return answers;
    const parts = [...answers.value];
    for (const { paneId, alternateOn } of batch) {
      const [history, screen = EMPTY] = parts.splice(0, alternateOn ? 2 : 1);
      if (history == null || screen === null) continue;
      if (!(await take(paneId, captureOf(history, screen, lines)))) return ok(undefined);
    }
  }
  return ok(undefined);
}

/** Asks how long the history is, and for its text with the screen below it; where a program hides that, for the screen apart. */
function questions({ paneId, alternateOn }: CaptureRequest, lines: number): Question[] {
  const pane = quote(paneId);
  const sizes = `display-message -p -t ${pane} ${quote('#{history_size} #{history_limit}')}`;
  const history = `capture-pane -epJ -S -${String(lines)}`;
  const ask = (...commands: string[]): Question => ({ about: paneId, commands });
  if (!alternateOn) return [ask(sizes, `${history} -t ${pane}`)];
  // Where no history is, `-E -1` is the first line of the screen (cmd-capture-pane.c): that is the program's.
  const hidden = `if-shell -F -t ${pane} ${quote('#{history_size}')} { ${history} -E -1 -t ${pane} }`;
  return [ask(sizes, hidden), ask(`capture-pane -aepJq -t ${pane}`)];
}

function captureOf(history: Buffer, screen: Buffer, asked: number): Capture | null {
  // One character a byte: what is no UTF-8 must survive.
  const text = history.toString('latin1');
  const end = text.indexOf('\n');
  const [size = 0, limit = 0] = text.slice(0, end).split(' ').map(Number);
  // Each text begins without colours, wherever the one before it ended.
  const lines = withoutBlankEnd([...standingLines(text.slice(end + 1)), ...standingLines(screen.toString('latin1'))]);
  if (lines.length === 0) return null;
  // A full history loses its oldest tenth at once (grid.c, grid_collect_history).
  return { lines, hasMore: size > asked, isCut: size > asked || size >= limit - Math.floor(limit / 10) - 1 };
}
