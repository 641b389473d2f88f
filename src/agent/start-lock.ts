/**
 * The lock under which tmux's clients start a server (client.c, client_get_lock): who holds it is the only one to make a socket at
 * its path. Node has no flock(2), so that a child holds it: util-linux's, or busybox's.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** $1: the lock's file, removed before the lock is let go, as tmux does. */
const HOLD = 'echo held; cat; rm -f "$1"';

/** Returns what the task returns, which ran while no client could start a server at the path; null without having run it where one is starting. */
export async function withStartLock<T>(socketPath: string, task: () => Promise<T>): Promise<T | null> {
  const lock = `${socketPath}.lock`;
  const holder = spawn('flock', ['-n', lock, 'sh', '-c', HOLD, 'sh', lock], {
    stdio: ['pipe', 'pipe', 'ignore'],
    cwd: '/',
  });
  const ended = new Promise<false>((resolve) => {
    holder.once('error', () => {
      resolve(false);
    });
    holder.once('exit', () => {
      resolve(false);
    });
  });
  holder.stdin.on('error', () => undefined);
  const held = once(holder.stdout, 'data').then(
    () => true,
    () => false,
  );
  if (!(await Promise.race([held, ended]))) return null;
  try {
    return await task();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
