/**
 * What is asked of tmux and how a row of the answer reads: one table of fields for each listing. A row starts
 * with a literal letter, so that no value can be taken for a frame, and its fields are separated by tabs,
 * the only separator that every version prints unchanged (with -u).
 */
import { encoded, quote } from './codec.js';
import { CHANGES_VARIABLE } from './events.js';

const bare = (name: string): string => `#{${name}}`;
const text = (name: string): string => encoded(name);

/** The start command, but empty for panes that our own launcher started, other than one that holds it (model/rerun): what it ran is in `program`. */
const startCommand = encoded('#{?#{m:/bin/sh -c *tmux-persist*,#{pane_start_command}},,#{pane_start_command}}');

const SERVER = {
  tag: 'V',
  fields: {
    pid: bare('pid'),
    startTime: bare('start_time'),
    version: bare('version'),
    socketPath: text('socket_path'),
    changes: bare(CHANGES_VARIABLE),
  },
};

const SESSION = {
  tag: 'S',
  fields: {
    id: bare('session_id'),
    name: text('session_name'),
    group: text('session_group'),
    path: text('session_path'),
    created: bare('session_created'),
    activity: bare('session_activity'),
    lastAttached: bare('session_last_attached'),
    stack: bare('session_stack'),
  },
};

const WINDOW = {
  tag: 'W',
  fields: {
    sessionId: bare('session_id'),
    id: bare('window_id'),
    index: bare('window_index'),
    active: bare('window_active'),
    name: text('window_name'),
    automaticRename: bare('automatic-rename'),
    zoomed: bare('window_zoomed_flag'),
    width: bare('window_width'),
    height: bare('window_height'),
    panes: bare('window_panes'),
    // The layout without zoom, even while zoomed (format.c, format_cb_window_layout).
    layout: bare('window_layout'),
  },
};

const PANE = {
  tag: 'P',
  fields: {
    windowId: bare('window_id'),
    id: bare('pane_id'),
    index: bare('pane_index'),
    title: text('pane_title'),
    // A dead pane has none; where it began is where it would be respawned (3.3 and later).
    currentPath: encoded('#{?pane_current_path,#{pane_current_path},#{pane_start_path}}'),
    width: bare('pane_width'),
    height: bare('pane_height'),
    active: bare('pane_active'),
    last: bare('pane_last'),
    dead: bare('pane_dead'),
    deadStatus: bare('pane_dead_status'),
    marked: bare('pane_marked'),
    pid: bare('pane_pid'),
    tty: bare('pane_tty'),
    alternateOn: bare('alternate_on'),
    currentCommand: text('pane_current_command'),
    startCommand,
    contentsKey:
      '#{window_activity}.#{history_size}.#{history_bytes}.#{cursor_x}.#{cursor_y}.#{pane_width}.#{alternate_on}',
  },
};

/** The rows of one look, by kind; each field is undecoded bytes. */
export interface Rows {
  readonly server: Record<keyof (typeof SERVER)['fields'], Buffer>;
  readonly sessions: readonly Record<keyof (typeof SESSION)['fields'], Buffer>[];
  readonly windows: readonly Record<keyof (typeof WINDOW)['fields'], Buffer>[];
  readonly panes: readonly Record<keyof (typeof PANE)['fields'], Buffer>[];
  /** PATH of the server's global environment, or null. */
  readonly path: string | null;
}

const row = (kind: { tag: string; fields: Record<string, string> }): string =>
  quote([kind.tag, ...Object.values(kind.fields)].join('\t'));

/** The commands of one look, for `source-file -`: there an error of one does not stop the rest (list-panes fails on an empty server). */
export const LOOK_COMMANDS: readonly string[] = [
  `display-message -p ${row(SERVER)}`,
  `list-sessions -F ${row(SESSION)}`,
  `list-windows -a -F ${row(WINDOW)}`,
  `list-panes -a -F ${row(PANE)}`,
  'display-message -p X',
  'show-environment -g PATH',
  'display-message -p Z',
];

/** Returns the rows of a look, or what is missing of it (R2): the end marker, the server, or a field. */
export function parseRows(stdout: Buffer): Rows | string {
  const lines = splitBytes(stdout, 0x0a);
  if (lines.pop()?.length !== 0 || lines.pop()?.toString() !== 'Z') return 'the end of the answer is missing';
  const end = lines.findIndex((line) => line.toString() === 'X');
  if (end < 0) return 'the end of the listing is missing';
  const parsed: Record<string, Record<string, Buffer>[]> = { V: [], S: [], W: [], P: [] };
  for (const line of lines.slice(0, end)) {
    const [tag, ...values] = splitBytes(line, 0x09);
    const kind = [SERVER, SESSION, WINDOW, PANE].find((candidate) => candidate.tag === tag?.toString());
    if (kind === undefined) return `a line of no known kind: '${line.toString().slice(0, 60)}'`;
    const names = Object.keys(kind.fields);
    if (values.length !== names.length)
      return `a row '${kind.tag}' has ${String(values.length)} fields of ${String(names.length)}`;
    parsed[kind.tag]?.push(Object.fromEntries(names.map((name, at) => [name, values[at] ?? Buffer.alloc(0)])));
  }
  const [server] = parsed['V'] ?? [];
  if (server === undefined) return 'the server did not name itself';
  const path = Buffer.concat(lines.slice(end + 1)).toString();
  return {
    server,
    sessions: parsed['S'],
    windows: parsed['W'],
    panes: parsed['P'],
    path: path.startsWith('PATH=') ? path.slice('PATH='.length) : null,
  } as Rows;
}

function splitBytes(bytes: Buffer, separator: number): Buffer[] {
  const parts: Buffer[] = [];
  let start = 0;
  for (let at = bytes.indexOf(separator); at >= 0; at = bytes.indexOf(separator, start)) {
    parts.push(bytes.subarray(start, at));
    start = at + 1;
  }
  parts.push(bytes.subarray(start));
  return parts;
}
