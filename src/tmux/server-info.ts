/**
 * A short look at a server, for those who only want to know that it is there and how much it holds.
 */
import { fail, ok, type Result } from '../model/failure.js';
import { displayText } from '../model/text.js';
import { decodeField, quote } from './codec.js';
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

/** How long `status` waits for a server, in ms: a stopped one must not hold it up. */
const SHORT_TIMEOUT_MS = 2000;

/** Returns what lives on the socket; fails with `no-server`, `server-hung` or `snapshot-incomplete`. */
export async function serverInfo(target: TmuxTarget): Promise<Result<ServerInfo>> {
  const output = await sourceLines(
    target,
    [
      `display-message -p ${quote('V #{pid} #{version} #{socket_path}')}`,
      `list-sessions -F ${quote('S #{session_id}')}`,
      `list-panes -a -F ${quote('P #{window_id} #{pane_id}')}`,
      'display-message -p Z',
    ],
    { timeoutMs: SHORT_TIMEOUT_MS },
  );
  if (!output.ok) return output;
  const lines = output.value.stdout.toString('latin1').split('\n');
  const [, pid, version, ...socket] = lines.find((line) => line.startsWith('V '))?.split(' ') ?? [];
  if (pid === undefined || !lines.includes('Z'))
    return fail({ reason: 'snapshot-incomplete', detail: 'what answers on its socket broke off' });
  const panes = lines.flatMap((line) => (line.startsWith('P ') ? [line.split(' ')] : []));
  return ok({
    pid: Number(pid),
    version: version ?? '',
    socketPath: displayText(decodeField(Buffer.from(socket.join(' '), 'latin1'))),
    sessions: lines.filter((line) => line.startsWith('S ')).length,
    windows: new Set(panes.map(([, window]) => window)).size,
    panes: new Set(panes.map(([, , pane]) => pane)).size,
  });
}
