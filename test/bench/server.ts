/**
 * A tmux server to measure on: its own folder and socket, any number of panes, and the floor to compare with.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { resolveContext } from '../../src/cli/context.js';
import type { Result } from '../../src/model/failure.js';
import type { Context } from '../../src/model/ports.js';

/** How many sessions, windows in each, and panes in each of those. */
export interface Size {
  readonly sessions: number;
  readonly windows: number;
  readonly panes: number;
}

/** Returns `50x2x2`. */
export const sizeName = ({ sessions, windows, panes }: Size): string => `${sessions}x${windows}x${panes}`;

/** Returns how many panes that are. */
export const panesOf = ({ sessions, windows, panes }: Size): number => sessions * windows * panes;

/** Returns the value of a result that must be a success. */
export function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** Returns how long a task takes, in ms. */
export async function timed(task: () => unknown): Promise<number> {
  const startedAt = performance.now();
  await task();
  return performance.now() - startedAt;
}

/** Returns the middle of the values. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Returns the value at a part of the sorted values: 0.5 is the median, 0.99 leaves a hundredth above it. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

/** Returns where a run of the program acts that is about this server; from then on the process has its HOME. */
export async function contextOf(server: Pick<BenchServer, 'home' | 'socket'>): Promise<Context> {
  process.env['HOME'] = server.home;
  for (const name of ['XDG_STATE_HOME', 'TMUX', 'TMUX_PANE']) Reflect.deleteProperty(process.env, name);
  return must(await resolveContext({ socketPath: server.socket }, true));
}

/** Returns when `check` holds; fails after 30 s. */
export async function until(what: string, check: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 30_000; !check();) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await pause(5);
  }
}

/** Returns after so many ms. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A tmux server of its own. */
export class BenchServer {
  readonly home = mkdtempSync('/tmp/tmux-persist-bench.');
  readonly socket = join(this.home, 'socket');

  /** Returns what tmux prints. */
  tmux(...args: string[]): string {
    return execFileSync('tmux', ['-u', '-f', '/dev/null', '-S', this.socket, ...args], {
      encoding: 'utf8',
      env: this.environment(),
      // A server that is not there yet is no news.
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  }

  /** Returns the environment of everything that runs here. */
  environment(): NodeJS.ProcessEnv {
    const { TMUX, TMUX_PANE, XDG_STATE_HOME, ...rest } = process.env;
    return { ...rest, HOME: this.home };
  }

  /** Starts an empty server, as the unit does. */
  async start(): Promise<void> {
    const child = spawn('tmux', ['-f', '/dev/null', '-S', this.socket, '-D'], {
      stdio: 'ignore',
      detached: true,
      env: this.environment(),
      cwd: this.home,
    });
    child.unref();
    for (const deadline = Date.now() + 5000; Date.now() < deadline;) {
      try {
        this.tmux('-N', 'list-sessions');
        return;
      } catch {
        await pause(5);
      }
    }
    throw new Error('the tmux server did not start');
  }

  /** Makes the sessions with the fewest commands, in one source-file. */
  fill({ sessions, windows, panes }: Size): void {
    const lines: string[] = [];
    for (let session = 0; session < sessions; session++) {
      for (let window = 0; window < windows; window++) {
        const target = `=s${session}:${window}`;
        lines.push(
          window === 0 ? `new-session -d -s s${session} -x 120 -y 40 -c /usr` : `new-window -d -t ${target} -c /usr`,
        );
        for (let pane = 1; pane < panes; pane++) lines.push(`split-window -d -t ${target} -c /var`);
        if (panes > 1) lines.push(`select-layout -t ${target} tiled`);
      }
    }
    execFileSync('tmux', ['-u', '-S', this.socket, 'source-file', '-'], {
      input: `${lines.join('\n')}\n`,
      env: this.environment(),
    });
  }

  /** Returns the server's pid. */
  pid(): number {
    return Number(this.tmux('display-message', '-p', '#{pid}'));
  }

  /** Returns how many sessions can be listed, 0 while nobody answers. */
  sessions(): number {
    try {
      return this.tmux('-N', 'list-sessions', '-F', '#{session_name}').split('\n').length - 1;
    } catch {
      return 0;
    }
  }

  /** Kills the server and waits until it is gone. */
  async kill(): Promise<void> {
    const pid = this.pid();
    process.kill(pid, 'SIGKILL');
    await gone(pid);
  }

  /** Removes everything. */
  async remove(...children: readonly ChildProcess[]): Promise<void> {
    for (const child of children) child.kill('SIGKILL');
    await this.kill().catch(() => undefined);
    rmSync(this.home, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await pause(2);
  }
}
