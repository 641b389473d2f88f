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

/** The rows of one look, by kind; each field is latin1, undecoded. */
export interface Rows {
  readonly server: Record<keyof (typeof SERVER)['fields'], string>;
  readonly sessions: readonly Record<keyof (typeof SESSION)['fields'], string>[];
  readonly windows: readonly Record<keyof (typeof WINDOW)['fields'], string>[];
  readonly panes: readonly Record<keyof (typeof PANE)['fields'], string>[];
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
  const lines = stdout.toString('latin1').split('\n');
  if (lines.pop() !== '' || lines.pop() !== 'Z') return 'the end of the answer is missing';
  const end = lines.indexOf('X');
  if (end < 0) return 'the end of the listing is missing';
  const parsed: Record<string, Record<string, string>[]> = { V: [], S: [], W: [], P: [] };
  for (const line of lines.slice(0, end)) {
    const [tag, ...values] = line.split('\t');
    const kind = KINDS.find((candidate) => candidate.tag === tag);
    if (kind === undefined) return `a line of no known kind: '${line.slice(0, 60)}'`;
    if (values.length !== kind.names.length)
      return `a row '${kind.tag}' has ${String(values.length)} fields of ${String(kind.names.length)}`;
    const row: Record<string, string> = {};
    for (const [at, name] of kind.names.entries()) row[name] = values[at] ?? '';
    parsed[kind.tag]?.push(row);
  }
  const [server] = parsed['V'] ?? [];
  if (server === undefined) return 'the server did not name itself';
  const path = Buffer.from(lines.slice(end + 1).join(''), 'latin1').toString();
  return {
    server,
    sessions: parsed['S'],
    windows: parsed['W'],
    panes: parsed['P'],
    path: path.startsWith('PATH=') ? path.slice('PATH='.length) : null,
  } as Rows;
}

const KINDS = [SERVER, SESSION, WINDOW, PANE].map(({ tag, fields }) => ({ tag, names: Object.keys(fields) }));
