/**
 * Looks at a session that may be a pristine placeholder (R10), and words the condition under which it still is what was
 * seen. Whether it is one is decided by model/pristine.
 */
import { fail, ok, type Result } from '../model/failure.js';
import type { PlaceholderView } from '../model/pristine.js';
import { decodeField, encoded, quote } from './codec.js';
import { sourceLines, type TmuxTarget } from './exec.js';
import { splitQuoted } from './start-command.js';

const bare = (name: string): string => `#{${name}}`;

const FIELDS = {
  paneId: bare('pane_id'),
  panePid: bare('pane_pid'),
  tty: bare('pane_tty'),
  sessionWindows: bare('session_windows'),
  windowPanes: bare('window_panes'),
  isLinked: bare('window_linked'),
  isGrouped: bare('session_grouped'),
  startCommand: encoded('pane_start_command'),
  defaultCommand: encoded('default-command'),
  created: bare('session_created'),
  activity: bare('session_activity'),
  lastAttached: bare('session_last_attached'),
  historySize: bare('history_size'),
  modes: bare('pane_in_mode'),
  alternateOn: bare('alternate_on'),
  isDead: bare('pane_dead'),
  isPiped: bare('pane_pipe'),
  cursorX: bare('cursor_x'),
  cursorY: bare('cursor_y'),
  width: bare('pane_width'),
  height: bare('pane_height'),
};

/** How many of the rows that scrolled away are looked at: an unused pane has next to none. */
const HISTORY_ROWS = 20;

/** Returns what a pane shows and what tmux knows of its session; fails with `not-found` when it is gone. */
export async function lookAtPlaceholder(target: TmuxTarget, paneId: string): Promise<Result<PlaceholderView>> {
  const output = await sourceLines(target, [
    `display-message -p -t ${quote(paneId)} ${quote(Object.values(FIELDS).join('\t'))}`,
    `capture-pane -p -S -${String(HISTORY_ROWS)} -t ${quote(paneId)}`,
  ]);
  if (!output.ok) return output;
  const [head = '', ...lines] = output.value.stdout.toString('latin1').split('\n');
  const values = head.split('\t');
  const row = Object.fromEntries(Object.keys(FIELDS).map((name, at) => [name, values[at] ?? ''])) as Record<
    keyof typeof FIELDS,
    string
  >;
  const number = (name: keyof typeof FIELDS): number => Number.parseInt(row[name], 10) || 0;
  const history = Math.min(number('historySize'), HISTORY_ROWS);
  // Every row ends in a newline.
  if (row.paneId !== paneId || lines.length !== history + number('height') + 1)
    return fail({ reason: 'not-found', what: paneId });
  const rows = lines.slice(0, -1).map((line) => Buffer.from(line, 'latin1').toString('utf8'));
  return ok({
    panePid: number('panePid'),
    tty: row.tty,
    sessionWindows: number('sessionWindows'),
    windowPanes: number('windowPanes'),
    isShared: number('isLinked') !== 0 || number('isGrouped') !== 0,
    startCommand: splitQuoted(decodeField(Buffer.from(row.startCommand, 'latin1'))),
    defaultCommand: decodeField(Buffer.from(row.defaultCommand, 'latin1')),
    created: number('created'),
    activity: number('activity'),
    lastAttached: row.lastAttached === '' || row.lastAttached === '0' ? null : number('lastAttached'),
    historySize: number('historySize'),
    modes: number('modes'),
    alternateOn: number('alternateOn') !== 0,
    isDead: number('isDead') !== 0,
    isPiped: number('isPiped') !== 0,
    cursorX: number('cursorX'),
    cursorY: number('cursorY'),
    width: number('width'),
    history: rows.slice(0, history),
    rows: rows.slice(history),
  });
}

/** Returns a format of the pane that is true for as long as it is what was seen: whatever is typed or printed moves the cursor or the time. */
export function unusedCondition(view: PlaceholderView): string {
  const seen: Readonly<Record<string, number>> = {
    pane_pid: view.panePid,
    cursor_x: view.cursorX,
    cursor_y: view.cursorY,
    history_size: view.historySize,
    pane_in_mode: view.modes,
    alternate_on: view.alternateOn ? 1 : 0,
    pane_dead: 0,
    window_panes: 1,
    session_activity: view.activity,
  };
  return `#{==:${Object.keys(seen).map(bare).join(' ')},${Object.values(seen).join(' ')}}`;
}
