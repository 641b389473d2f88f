/**
 * Brings a tmux server up: through its unit where a user manager answers, else detached in a session of its own,
 * so that it outlives whoever started it.
 */
import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fail, ok, type Result } from '../model/failure.js';
import { INHERITED_MARKERS } from '../programs/inherited-markers.js';
import { runTmux, type TmuxTarget } from '../tmux/exec.js';
import { usableDirectory } from './directories.js';
import { hasListener } from './listener.js';
import { reviveSocket } from './revive-socket.js';

/** How long a new server may take to answer, in ms. */
const ANSWER_WITHIN_MS = 5000;
const POLL_MS = 20;

/** What a server must not inherit: marks of the service or the terminal that it is started from. */
const SERVICE_MARKS = [
  'TMUX',
  'TMUX_PANE',
  'INVOCATION_ID',
  'JOURNAL_STREAM',
  'SYSTEMD_EXEC_PID',
  'MANAGERPID',
  'NOTIFY_SOCKET',
  'DBUS_STARTER_ADDRESS',
  'DBUS_STARTER_BUS_TYPE',
];

/** Starts a detached, empty server (`tmux -D`, which stays without sessions) and waits until it answers. */
export async function startDetachedServer(target: TmuxTarget): Promise<Result<void>> {
  // On a server that only hangs, `tmux -D` would wait as a plain client and then do what a bare `tmux` does; one that only lost
  // its socket would be out of everybody's reach for good.
  if (await hasListener(target.socketPath)) return awaitServer(target);
  if (await reviveSocket(target.socketPath)) return awaitServer(target);
  await mkdir(dirname(target.socketPath), { recursive: true, mode: 0o700 }).catch(() => undefined);
  const marks = new Set([...SERVICE_MARKS, ...INHERITED_MARKERS]);
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !marks.has(name)));
  const cwd = usableDirectory(process.env['HOME'] ?? '/', '/');
  const child = spawn(target.binary, ['-u', '-S', target.socketPath, '-D'], {
    detached: true,
    stdio: 'ignore',
    env: environment,
    cwd: typeof cwd === 'string' ? cwd : '/',
  });
  const failed = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('exit', (code) => {
      resolve(`it ended with exit code ${String(code)}`);
    });
  });
  child.unref();
  const answered = awaitServer(target);
  const first = await Promise.race([failed, answered]);
  if (typeof first !== 'string') return first;
  // Another server may own the socket by now: then ours ended, and that one answers.
  const other = await runTmux(target, ['list-sessions']);
  return other.ok ? ok(undefined) : fail({ reason: 'tmux-missing', detail: first });
}

/** Waits until a server answers on the socket; fails with what it said last. */
export async function awaitServer(target: TmuxTarget): Promise<Result<void>> {
  const deadline = performance.now() + ANSWER_WITHIN_MS;
  for (;;) {
    const output = await runTmux(target, ['list-sessions']);
    if (output.ok && output.value.exitCode === 0) return ok(undefined);
    const isMissing = !output.ok && output.error.reason === 'tmux-missing';
    if (isMissing || performance.now() > deadline)
      return output.ok ? fail({ reason: 'tmux-failed', detail: output.value.stderr }) : output;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
