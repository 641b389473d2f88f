/**
 * The only place that runs tmux. Every call has a deadline (a stopped server hangs its clients for ever), never
 * starts a server (-N), speaks UTF-8 whatever the locale (-u), is not inside another tmux, and ends at the
 * child's exit and not at EOF: servers of some versions keep a client's output open (tmux issue 2659).
 */
import { execa } from 'execa';
import { fail, ok, type Result } from '../model/failure.js';
import { serversBoundTo } from './socket-servers.js';

/** Where a server is and which binary talks to it. */
export interface TmuxTarget {
  /** The tmux binary: a name to look up in PATH, or a path such as /proc/PID/exe. */
  readonly binary: string;
  readonly socketPath: string;
}

/** What one tmux call printed. */
export interface TmuxOutput {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** The options of one tmux call. */
export interface TmuxCall {
  /** What it gets on its standard input. */
  readonly input?: string | Uint8Array;
  /** How long it may take, in ms. */
  readonly timeoutMs?: number;
  /** PATH of the client: panes made by an unattached client get it (spawn.c, spawn_pane). */
  readonly path?: string;
}

/** The deadline of one tmux call, in ms: far above the 40 ms that 200 panes take. */
export const TMUX_TIMEOUT_MS = 5000;

/** How long output may trail the exit of the client, in ms. */
const DRAIN_MS = 200;

/** Names that a tmux client may see of our environment; TMUX and TMUX_PANE never. */
const CLIENT_ENVIRONMENT = [
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'XDG_RUNTIME_DIR',
  'XDG_CONFIG_HOME',
];

/** Returns the environment of a tmux client: a short allow-list of ours, and `path` or our PATH. */
export function clientEnvironment(path?: string): Record<string, string> {
  const environment: Record<string, string> = { PATH: path ?? process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin' };
  for (const name of CLIENT_ENVIRONMENT) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}

/** Starts `tmux -u -N -S SOCKET ARGS...` and returns the child process at once; the waiter lives on this. */
export function spawnTmux(target: TmuxTarget, args: readonly string[], call: TmuxCall = {}) {
  const child = execa(target.binary, ['-u', '-N', '-S', target.socketPath, ...args], {
    env: clientEnvironment(call.path),
    extendEnv: false,
    // Our own folder may be deleted or on a file system that gets unmounted; the root folder never is.
    cwd: '/',
    ...(call.input === undefined ? { stdin: 'ignore' as const } : { input: call.input }),
    encoding: 'buffer',
    buffer: false,
    reject: false,
    cleanup: true,
    ...(call.timeoutMs === undefined ? {} : { timeout: call.timeoutMs }),
    killSignal: 'SIGKILL',
  });
  return child;
}

/**
 * Returns what `tmux ARGS...` printed, whatever its exit code, if a server answered; fails with `no-server`,
 * `server-hung`, `tmux-missing` or `tmux-failed` (the server refused this client).
 */
export async function runTmux(
  target: TmuxTarget,
  args: readonly string[],
  call: TmuxCall = {},
): Promise<Result<TmuxOutput>> {
  const answer = await runOnce(target, args, call);
  const isRefused = answer.ok && NOT_UNDERSTOOD.test(answer.value.stderr);
  if (!isRefused) return answer.ok ? classify(target, answer.value) : answer;
  // After an upgrade the program of a living server is still there, as the one that it runs from.
  const [own] = serversBoundTo(target.socketPath).map(programOf);
  const again =
    own === undefined || own === target.binary ? answer : await runOnce({ ...target, binary: own }, args, call);
  return again.ok ? classify(target, again.value) : again;
}

/** Returns the path of the program that a process runs from, which can be run also when its file was replaced (proc_pid_exe(5)). */
export const programOf = (pid: number): string => `/proc/${String(pid)}/exe`;

function runOnce(target: TmuxTarget, args: readonly string[], call: TmuxCall): Promise<Result<TmuxOutput>> {
  const { timeoutMs = TMUX_TIMEOUT_MS, ...rest } = call;
  return new Promise((resolve) => {
    const child = spawnTmux(target, args, rest);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    let end: { readonly code: number | null; readonly signal: NodeJS.Signals | null } | null = null;
    let hung = false;
    const deadline = setTimeout(() => {
      hung = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    let drain: NodeJS.Timeout | undefined;
    const finish = (): void => {
      if (end === null) return;
      clearTimeout(drain);
      child.stdout.destroy();
      child.stderr.destroy();
      if (hung) resolve(fail({ reason: 'server-hung', socketPath: target.socketPath, timeoutMs }));
      else if (end.code === null)
        resolve(fail({ reason: 'tmux-failed', detail: `the client was ended by ${end.signal ?? 'a signal'}` }));
      else {
        const complaint = Buffer.concat(stderr).toString('utf8').trim();
        resolve(ok({ exitCode: end.code, stdout: Buffer.concat(stdout), stderr: complaint }));
      }
    };
    child.once('exit', (code, signal) => {
      clearTimeout(deadline);
      end = { code, signal };
      drain = setTimeout(finish, DRAIN_MS);
    });
    child.once('close', finish);
    void child.then((result) => {
      if (end !== null || !result.failed) return;
      clearTimeout(deadline);
      resolve(fail({ reason: 'tmux-missing', detail: result.shortMessage ?? 'it could not be started' }));
    });
  });
}

/** tmux's words for "nobody is there" (client.c, server.c), 3.0a to 3.8. */
const NO_SERVER =
  /^(no server running on |error connecting to .*\((No such file or directory|Not a directory|Connection refused)\)|server exited unexpectedly|lost server)/m;
/** What a client of another version says of a server that lives and drops it (3.5 and earlier to 3.6 and later, and 3.0 to later ones). */
const NOT_UNDERSTOOD =
  /^(server exited unexpectedly|lost server|server version is too old for client|protocol version mismatch)/m;
/** A tmux without -N, which came with 3.2. */
const TOO_OLD = /^(tmux: (unknown|invalid) option -- '?N|usage: tmux )/m;
const REFUSED =
  /^(error connecting to |access not allowed|server version is too old for client|protocol version mismatch)/m;

function classify(target: TmuxTarget, output: TmuxOutput): Result<TmuxOutput> {
  if (NO_SERVER.test(output.stderr)) return fail({ reason: 'no-server', socketPath: target.socketPath });
  if (output.exitCode !== 0 && TOO_OLD.test(output.stderr))
    return fail({ reason: 'tmux-too-old', version: 'before 3.2' });
  if (REFUSED.test(output.stderr)) return fail({ reason: 'tmux-failed', detail: output.stderr });
  return ok(output);
}

/** Returns what `tmux source-file -` printed for these lines; each runs even if one before it failed. */
export function sourceLines(
  target: TmuxTarget,
  lines: readonly string[],
  call: TmuxCall = {},
): Promise<Result<TmuxOutput>> {
  return runTmux(target, ['source-file', '-'], { ...call, input: `${lines.join('\n')}\n` });
}
