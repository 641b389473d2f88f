/**
 * A short look at a server, for those who only want to know that it is there and how much it holds.
 */
import { fail, ok, type Result } from '../model/failure.js';
import { oneLine } from '../model/shell-words.js';
import { displayText } from '../model/text.js';
import { decodeField, encoded, quote } from './codec.js';
import { sourceLines, type TmuxTarget } from './exec.js';

/** A living server in numbers. */
export interface ServerInfo {
  readonly pid: number;
  readonly version: string;
  readonly socketPath: string;
  readonly sessions: number;
  readonly windows: number;
  readonly panes: number;
}

/** A pane by its first process, and where it is: `SESSION:WINDOW.PANE`. */
export interface PanePlace {
  readonly pid: number;
  readonly place: string;
}

/** A living server in numbers, and its panes, each once. */
export interface ServerPanes {
  readonly info: ServerInfo;
  readonly places: readonly PanePlace[];
}

/** How long `status` waits for a server, in ms: a stopped one must not hold it up. */
const SHORT_TIMEOUT_MS = 2000;

/** Returns what lives on the socket; fails with `no-server`, `server-hung` or `snapshot-incomplete`. */
export async function serverInfo(target: TmuxTarget): Promise<Result<ServerInfo>> {
  const panes = await serverPanes(target);
  return panes.ok ? ok(panes.value.info) : panes;
}

/** As `serverInfo`, with the panes. */
export async function serverPanes(target: TmuxTarget): Promise<Result<ServerPanes>> {
  const output = await sourceLines(
    target,
    [
      `display-message -p ${quote('V #{pid} #{version} #{socket_path}')}`,
      `list-sessions -F ${quote(`S #{session_id} ${encoded('session_name')}`)}`,
      `list-panes -a -F ${quote('P #{pane_id} #{window_id} #{pane_pid} #{session_id} #{window_index} #{pane_index}')}`,
      'display-message -p Z',
    ],
    { timeoutMs: SHORT_TIMEOUT_MS },
  );
  if (!output.ok) return output;
  const lines = output.value.stdout.toString('latin1').split('\n');
  const [, pid, version, ...socket] = lines.find((line) => line.startsWith('V '))?.split(' ') ?? [];
  if (pid === undefined || !lines.includes('Z'))
    return fail({ reason: 'snapshot-incomplete', detail: 'what answers on its socket broke off' });
  const panes = new Map(lines.flatMap((line) => (line.startsWith('P ') ? [paneOf(line)] : [])));
  const names = new Map(lines.flatMap((line) => (line.startsWith('S ') ? [nameOf(line)] : [])));
  const info = {
    pid: Number(pid),
    version: version ?? '',
    socketPath: displayText(decodeField(Buffer.from(socket.join(' '), 'latin1'))),
    sessions: names.size,
    windows: new Set([...panes.values()].map(({ window }) => window)).size,
    panes: panes.size,
  };
  const places = [...panes.values()].map(({ pid: process, session, at }) => ({
    pid: process,
    place: `${names.get(session) ?? ''}:${at}`,
  }));
  return ok({ info, places });
}

function paneOf(line: string) {
  const [, id = '', window = '', pid, session = '', index = '', pane = ''] = line.split(' ');
  return [id, { window, pid: Number(pid), session, at: `${index}.${pane}` }] as const;
}

function nameOf(line: string): readonly [string, string] {
  const [, id = '', ...name] = line.split(' ');
  return [id, oneLine(decodeField(Buffer.from(name.join(' '), 'latin1')))];
}
