/**
 * Finds out who answers on a socket, if anybody does.
 */
import type { ServerIdentity } from '../model/snapshot.js';
import { processStartTime } from '../store/process-identity.js';
import { runTmux, type TmuxTarget } from '../tmux/exec.js';
import { foreignSocket } from '../tmux/own-socket.js';
import { hasListener } from './listener.js';

/** A server that answers. */
export interface PresentServer extends ServerIdentity {
  readonly version: string;
  /** Field 22 of its stat file: tells it from a later process of the same pid. */
  readonly processStart: string | null;
}

/** Returns the server that answers on the socket, or null: nobody is there, it hangs, or it is somebody else's. */
export async function identifyServer(target: TmuxTarget, bootId: string): Promise<PresentServer | null> {
  const { socketPath } = target;
  if (foreignSocket(socketPath, process.getuid?.() ?? 0) !== null || !(await hasListener(socketPath))) return null;
  const output = await runTmux(target, ['display-message', '-p', '#{pid} #{start_time} #{version}']);
  const match = output.ok ? /^(\d+) (\d+) (\S+)\n/.exec(output.value.stdout.toString('utf8')) : null;
  if (match === null) return null;
  const pid = Number(match[1]);
  return {
    bootId,
    pid,
    startTime: Number(match[2]),
    version: match[3] ?? '',
    processStart: processStartTime(pid),
  };
}

/** Returns whether the process of a server is still there: another one may have its pid by now. */
export const isStillThere = ({ pid, processStart }: PresentServer): boolean =>
  processStart !== null && processStartTime(pid) === processStart;
