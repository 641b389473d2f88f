/**
 * Has a living server whose socket is gone, as cleaners of /tmp take it, make it again (tmux(1), SIGUSR1). Only where that can
 * succeed: a tmux before 3.7 that fails at it keeps the umask of the attempt, for every pane after that (server.c, server_create_socket).
 */
import { constants } from 'node:fs';
import { access, lstat, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { foreignSocket } from '../tmux/own-socket.js';
import { serversBoundTo } from '../tmux/socket-servers.js';
import { hasListener } from './listener.js';
import { isEnding } from './server-process.js';
import { withStartLock } from './start-lock.js';

/** How long the new socket may take, in ms. */
const MADE_WITHIN_MS = 1000;
const POLL_MS = 20;

/** Returns whether a server listens on the path that did not before: `known` if it lives, else the youngest that had bound it. */
export async function reviveSocket(socketPath: string, known: number | null = null): Promise<boolean> {
  if (await hasListener(socketPath)) return false;
  const pid = known ?? serversBoundTo(socketPath)[0];
  // A server that is about to end has closed its socket too, and nobody may start the next one while the lock is held.
  if (pid === undefined || isEnding(pid) || !(await canBeMade(socketPath))) return false;
  // A server that starts at this moment would lose its new socket to the old one.
  const made = await withStartLock(
    socketPath,
    async () => !(await hasListener(socketPath)) && makeAgain(socketPath, pid),
  );
  return made ?? false;
}

async function makeAgain(socketPath: string, pid: number): Promise<boolean> {
  try {
    process.kill(pid, 'SIGUSR1');
  } catch {
    // It ended in between.
    return false;
  }
  const deadline = performance.now() + MADE_WITHIN_MS;
  while (!(await hasListener(socketPath))) {
    if (performance.now() > deadline || isEnding(pid)) return false;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return true;
}

/** A folder that was removed is made as tmux makes it. What stands in the way tmux unlinks itself, here as at every start, but for a folder. */
async function canBeMade(socketPath: string): Promise<boolean> {
  const folder = dirname(socketPath);
  await mkdir(folder, { mode: 0o700 }).catch(() => undefined);
  if (foreignSocket(socketPath, process.getuid?.() ?? 0) !== null) return false;
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    return (await stat(folder)).isDirectory() && !(await lstat(socketPath).catch(() => null))?.isDirectory();
  } catch {
    return false;
  }
}
