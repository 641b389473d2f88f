/**
 * A real tmux server of its own for one test: private folder, socket, HOME and configuration, gone at the end of the
 * test. It drives tmux by itself, without src/tmux, so that what is tested never checks itself.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Result } from '../../src/model/failure.js';
import type { TmuxTarget } from '../../src/tmux/exec.js';

const DEADLINE_MS = 20_000;

/** What a rig's server starts with. */
export interface RigOptions {
  /** The text of its tmux.conf. */
  readonly config?: string;
  /** More environment for the server. */
  readonly env?: Readonly<Record<string, string>>;
  /** The name of the socket in the rig's folder. */
  readonly socketName?: string;
}

/** Returns what `look` returns as soon as it is neither null, undefined nor false; throws with `what` after the deadline. */
export async function waitFor<T>(
  what: string,
  look: () => T | null | false | undefined | Promise<T | null | false | undefined>,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const seen = await look();
    if (seen !== null && seen !== undefined && seen !== false) return seen;
    if (performance.now() > deadline) throw new Error(`waited too long for ${what}`);
    await delay(15);
  }
}

/** Returns the value of a result that must be a success. */
export function valueOf<T>(result: Result<T>): T {
  assert.ok(result.ok, result.ok ? '' : JSON.stringify(result.error));
  return result.value;
}

/** Returns whether a process exists and is no zombie. */
export async function lives(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'latin1').catch(() => ') X');
  return !/\) [ZX]/.test(stat);
}

/** One private tmux server after another on one socket. */
export class TmuxRig {
  readonly home: string;
  readonly socketPath: string;
  readonly target: TmuxTarget;
  readonly #environment: Record<string, string>;
  #pid: number | null = null;

  private constructor(
    readonly folder: string,
    options: RigOptions,
  ) {
    this.home = folder;
    this.socketPath = join(folder, options.socketName ?? 'socket');
    this.target = { binary: 'tmux', socketPath: this.socketPath };
    const PATH = process.env['PATH'] ?? '/usr/bin:/bin';
    // PS1 and ENV keep what shells print the same on every machine.
    const shell = { SHELL: '/bin/sh', PS1: '$ ', ENV: '/dev/null', TERM: 'xterm-256color', LANG: 'C.UTF-8' };
    this.#environment = { PATH, HOME: folder, ...shell, ...options.env };
  }

  /** Makes a rig without a server. */
  static async make(t: TestContext, options: RigOptions = {}): Promise<TmuxRig> {
    const rig = new TmuxRig(await mkdtemp(join(tmpdir(), 'tmux-persist-rig-')), options);
    await writeFile(join(rig.folder, 'tmux.conf'), options.config ?? '');
    t.after(async () => {
      await rig.kill();
      // Shells write to HOME as they end.
      await rm(rig.folder, { recursive: true, force: true, maxRetries: 10 });
    });
    return rig;
  }

  /** Makes a rig with a server that holds one session `main` of one idle pane, 80x24. */
  static async start(t: TestContext, options: RigOptions = {}): Promise<TmuxRig> {
    const rig = await TmuxRig.make(t, options);
    await rig.startEmpty();
    await rig.tmux('new-session', '-d', '-s', 'main', '-x', '80', '-y', '24', '-c', rig.home, 'sleep', '1000');
    return rig;
  }

  /** Starts a server without sessions. */
  async startEmpty(): Promise<void> {
    await this.#run([
      '-f',
      join(this.folder, 'tmux.conf'),
      'start-server',
      ';',
      'set-option',
      '-s',
      'exit-empty',
      'off',
    ]);
    this.#pid = Number(await this.tmux('display-message', '-p', '#{pid}'));
  }

  get pid(): number {
    assert.ok(this.#pid !== null, 'no server was started');
    return this.#pid;
  }

  /** Ends the server as the OOM killer does; resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.#pid === null) return;
    const pid = this.#pid;
    this.#pid = null;
    this.#signal(pid, 'SIGKILL');
    await waitFor('the end of the server', async () => !(await lives(pid)));
  }

  /** Sends the server a signal. */
  signal(name: NodeJS.Signals): void {
    this.#signal(this.pid, name);
  }

  /**
   * Has the server take up every child that ended: before 3.6, one with utempter loses the signal of a child that ends while
   * the helper runs (server-fn.c). A job of run-shell would be such a child too.
   */
  async reap(): Promise<void> {
    this.#signal(Number(await this.tmux('display-message', '-p', '#{pid}')), 'SIGCHLD');
  }

  #signal(pid: number, name: NodeJS.Signals): void {
    try {
      process.kill(pid, name);
    } catch {
      // It is gone already.
    }
  }

  /** Returns the version as a number: 3.3 for `3.3a`. */
  async version(): Promise<number> {
    return Number(/\d+\.\d+/.exec(await this.tmux('display-message', '-p', '#{version}'))?.[0] ?? '99');
  }

  /** Returns the pids of the tmux clients that talk to this rig's socket. */
  async clients(): Promise<number[]> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
    const found = await Promise.all(
      pids.map(async (pid) => {
        const cmdline = await readFile(`/proc/${String(pid)}/cmdline`, 'utf8').catch(() => '');
        return cmdline.split('\0').includes(this.socketPath) && (await lives(pid)) ? pid : this.#pid;
      }),
    );
    return found.flatMap((pid) => (pid === null || pid === this.#pid ? [] : pid));
  }

  /** Runs a tmux command and returns what it prints, without the last newline; throws when it fails. */
  async tmux(...args: readonly string[]): Promise<string> {
    return (await this.#run(['-N', ...args])).toString('utf8').replace(/\n$/, '');
  }

  /** Runs a tmux command and returns the bytes that it prints. */
  bytes(...args: readonly string[]): Promise<Buffer> {
    return this.#run(['-N', ...args]);
  }

  /** Runs lines as a sourced file and returns what they print; throws when one fails. */
  source(...lines: readonly (string | Buffer)[]): Promise<Buffer> {
    const input = Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from('\n')]));
    return this.#run(['-N', 'source-file', '-'], input);
  }

  /** Returns the lines that a format gives for the listing of a command. */
  async rows(command: string, format: string, ...args: readonly string[]): Promise<string[]> {
    return (await this.tmux(command, ...args, '-F', format)).split('\n').filter((line) => line !== '');
  }

  /** Opens a window with an idle pane in session `main`; returns the id of its pane. */
  open(...args: readonly string[]): Promise<string> {
    return this.tmux('new-window', '-d', '-P', '-F', '#{pane_id}', '-t', 'main:', ...args, 'sleep', '1000');
  }

  #run(args: readonly string[], input?: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const child = spawn('tmux', ['-u', '-S', this.socketPath, ...args], {
        env: this.#environment,
        cwd: this.folder,
        timeout: DEADLINE_MS,
        killSignal: 'SIGKILL',
      });
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
      child.once('error', reject);
      child.once('close', (code) => {
        if (code === 0) resolve(Buffer.concat(out));
        else reject(new Error(`tmux ${args.join(' ')}: ${Buffer.concat(err).toString()} (exit code ${String(code)})`));
      });
      child.stdin.on('error', () => undefined);
      child.stdin.end(input);
    });
  }
}
