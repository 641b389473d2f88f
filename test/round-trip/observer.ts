/**
 * What a tmux server shows of itself, read with nothing of src: rows of listings, and blocks of options, hooks,
 * environment and buffers. Values are bytes as latin1. One list of fields is all that there is to add to.
 */
import type { TmuxRig } from '../support/tmux-rig.js';

/** Words that no value holds. */
const [ROW, FIELD] = ['@@row-7c1f@@', '@@field-7c1f@@'];

const LISTINGS = {
  session: {
    command: 'list-sessions',
    fields: {
      id: 'session_id',
      name: 'session_name',
      group: 'session_group',
      path: 'session_path',
      stack: 'session_stack',
      attached: 'session_attached',
      activity: 'session_activity',
      created: 'session_created',
    },
  },
  window: {
    command: 'list-windows -a',
    fields: {
      session: 'session_id',
      index: 'window_index',
      id: 'window_id',
      name: 'window_name',
      flags: 'window_flags',
      active: 'window_active',
      automaticRename: 'automatic-rename',
      layout: 'window_layout',
      visible: 'window_visible_layout',
      width: 'window_width',
      height: 'window_height',
      zoomed: 'window_zoomed_flag',
    },
  },
  pane: {
    command: 'list-panes -a',
    fields: {
      session: 'session_id',
      window: 'window_id',
      id: 'pane_id',
      index: 'pane_index',
      title: 'pane_title',
      path: 'pane_current_path',
      width: 'pane_width',
      height: 'pane_height',
      active: 'pane_active',
      last: 'pane_last',
      dead: 'pane_dead',
      deadStatus: 'pane_dead_status',
      deadSignal: 'pane_dead_signal',
      marked: 'pane_marked',
      inputOff: 'pane_input_off',
      startCommand: 'pane_start_command',
      pid: 'pane_pid',
    },
  },
  client: {
    command: 'list-clients',
    fields: { session: 'session_id', width: 'client_width', height: 'client_height', activity: 'client_activity' },
  },
  buffer: { command: 'list-buffers', fields: { name: 'buffer_name' } },
} as const;

type Listings = typeof LISTINGS;
type Row<K extends keyof Listings> = Readonly<Record<keyof Listings[K]['fields'], string>>;

/** All that was seen. */
export interface Seen {
  readonly sessions: readonly Row<'session'>[];
  readonly windows: readonly Row<'window'>[];
  readonly panes: readonly Row<'pane'>[];
  readonly clients: readonly Row<'client'>[];
  readonly buffers: readonly Row<'buffer'>[];
  /** What a command printed, by the kind of thing it was asked of and its id. */
  block(kind: string, id: string): string;
}

/** Returns all that a server shows of itself. */
export async function see(rig: TmuxRig): Promise<Seen> {
  // An empty server answers the listings of windows and panes with an error.
  const isEmpty = (await rig.tmux('list-sessions')) === '';
  const all = Object.keys(LISTINGS) as (keyof Listings)[];
  const kinds = all.filter((kind) => !isEmpty || kind === 'session' || kind === 'buffer');
  const listed = (await rig.source(...kinds.map(listing))).toString('latin1');
  const rows = <K extends keyof Listings>(kind: K): Row<K>[] => rowsOf(listed, kind);
  const [sessions, panes, buffers] = [rows('session'), rows('pane'), rows('buffer')];
  const windows = rows('window');
  const asked: [kind: string, id: string, command: string][] = [
    ['settings', 'server', 'show-options -s'],
    ['settings', 'session', 'show-options -g'],
    ['settings', 'window', 'show-options -gw'],
    ['hooks', 'session', 'show-hooks -g'],
    ['hooks', 'window', 'show-hooks -gw'],
    ['environment', 'server', 'show-environment -g -s'],
    ['keys', 'server', 'list-keys'],
    ...sessions.flatMap(({ id }): [string, string, string][] => [
      ['options', id, `show-options -t '${id}'`],
      ['hooks', id, `show-hooks -t '${id}'`],
      ['environment', id, `show-environment -s -t '${id}'`],
      ['hidden', id, `show-environment -h -s -t '${id}'`],
    ]),
    ...unique(windows.map(({ id }) => id)).flatMap((id): [string, string, string][] => [
      ['options', id, `show-options -w -t ${id}`],
      ['hooks', id, `show-hooks -w -t ${id}`],
    ]),
    ...unique(panes.map(({ id }) => id)).flatMap((id): [string, string, string][] => [
      ['options', id, `show-options -p -t ${id}`],
      ['hooks', id, `show-hooks -p -t ${id}`],
    ]),
  ];
  const marks = asked.flatMap(([, , command], at) => [`display-message -p '${ROW}${String(at)}${FIELD}'`, command]);
  const told = (await rig.source(...marks, `display-message -p '${ROW}'`)).toString('latin1').split(ROW);
  const blocks = new Map<string, string>();
  for (const part of told) {
    const [number = '', text] = part.split(FIELD);
    const block = asked[Number(number)];
    if (text !== undefined && block !== undefined) blocks.set(`${block[0]} ${block[1]}`, text.slice(1));
  }
  // A sourced file has no output of its own to write a buffer to (cmd-save-buffer.c).
  for (const { name } of buffers) {
    const bytes = await bufferOf(rig, name).catch(() => bufferOf(rig, unescaped(name)));
    blocks.set(`buffer ${name}`, bytes.toString('latin1'));
  }
  return {
    ...{ sessions, windows, panes, buffers, clients: rows('client') },
    block: (kind, id) => blocks.get(`${kind} ${id}`) ?? '',
  };
}

function listing(kind: keyof Listings): string {
  const { command, fields } = LISTINGS[kind];
  return `${command} -F '${ROW}${kind}${FIELD}${Object.values(fields)
    .map((variable) => `#{${variable}}${FIELD}`)
    .join('')}'`;
}

function rowsOf<K extends keyof Listings>(text: string, kind: K): Row<K>[] {
  const names = Object.keys(LISTINGS[kind].fields);
  return text
    .split(ROW)
    .map((row) => row.split(FIELD))
    .filter(([tag]) => tag === kind)
    .map((values) => Object.fromEntries(names.map((name, at) => [name, values[at + 1] ?? ''])) as Row<K>);
}

const unique = (ids: readonly string[]): string[] => [...new Set(ids)];

const bufferOf = (rig: TmuxRig, name: string): Promise<Buffer> =>
  rig.bytes('show-buffer', '-b', Buffer.from(name, 'latin1').toString().replace(/;$/, '\\;'));

/** tmux 3.4 and 3.5 print control characters of names in octal (cmd-queue.c, cmdq_print). */
const unescaped = (name: string): string =>
  name.replace(/\\(\d{3})|\\a/g, (_, octal: string | undefined) =>
    String.fromCharCode(Number.parseInt(octal ?? '7', 8)),
  );
