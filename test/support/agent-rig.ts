/**
 * The built program on a tmux server of its own: runs commands, runs agents, and reads what they leave on disk. It adds
 * to the tmux rig and hides nothing of it; every process that holds the rig's HOME is gone at the end of the test.
 */
import assert from 'node:assert/strict';
import { spawn, execFileSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'node:test';
import { parseManifest, type Manifest, type Session } from '../../src/model/manifest.js';
import type { AgentState, StatusReport } from '../../src/model/report.js';
import { displayText } from '../../src/model/text.js';
import { lives, TmuxRig, waitFor } from './tmux-rig.js';

/** The checkout that this test was compiled from: the folder that holds the Makefile, from here or from where it runs. */
export const CHECKOUT = checkoutAbove(dirname(fileURLToPath(import.meta.url))) ?? checkoutAbove(process.cwd()) ?? '.';

/** The built program. */
export const PROGRAM = join(CHECKOUT, 'dist/tmux-persist.js');

function checkoutAbove(folder: string): string | null {
  if (existsSync(join(folder, 'Makefile')) && existsSync(join(folder, 'build.mjs'))) return folder;
  return dirname(folder) === folder ? null : checkoutAbove(dirname(folder));
}

/** Builds the program if a source is newer than it; for a `before` hook. */
export function buildProgram(): void {
  const builtAt = existsSync(PROGRAM) ? statSync(PROGRAM).mtimeMs : 0;
  const sources = readdirSync(join(CHECKOUT, 'src'), { recursive: true, encoding: 'utf8' });
  const isStale = sources.some((path) => statSync(join(CHECKOUT, 'src', path)).mtimeMs > builtAt);
  if (isStale) execFileSync(process.execPath, ['build.mjs'], { cwd: CHECKOUT, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** What one run of the program left. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a program is run. */
export interface RunOptions {
  /** Replaces what it changes in the rig's environment; undefined takes a name out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Arguments before the subcommand in place of the rig's own socket. */
  readonly socket?: readonly string[];
  readonly cwd?: string;
  /** A command that the program is run by. */
  readonly through?: readonly string[];
  readonly timeoutMs?: number;
}

/** A running agent. */
export interface RunningAgent {
  readonly pid: number;
  readonly process: ChildProcess;
  /** What it logged so far. */
  log(): string;
  /** Sends a signal and waits for its end; returns the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** How the state that a session went to is told. */
export type EntryOf = Manifest['pending'][number] | Manifest['closed'][number];

/** The program beside one tmux rig. */
export class AgentRig {
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;

  private constructor(
    readonly server: TmuxRig,
    environment: Readonly<Record<string, string | undefined>>,
  ) {
    this.home = server.home;
    const shell = { SHELL: '/bin/sh', PS1: '$ ', ENV: '/dev/null', TERM: 'xterm-256color', LANG: 'C.UTF-8' };
    const PATH = process.env['PATH'] ?? '/usr/bin:/bin';
    // A runtime folder of its own keeps a bus of the machine out of reach.
    const own = { PATH, HOME: this.home, XDG_RUNTIME_DIR: this.home, TMUX_TMPDIR: this.home, ...shell };
    this.env = changed(own, environment);
  }

  /**
   * Makes a rig without a server and without an agent; `config` becomes its ~/.tmux.conf, `env` changes its environment, and
   * `socketName` is the path of its socket below HOME, in a private folder.
   */
  static async make(
    t: TestContext,
    options: { readonly config?: string; readonly env?: RunOptions['env']; readonly socketName?: string } = {},
  ): Promise<AgentRig> {
    let home = '';
    t.after(() => endAllIn(home));
    const server = await TmuxRig.make(t, options.socketName === undefined ? {} : { socketName: options.socketName });
    home = server.home;
    await mkdir(dirname(server.socketPath), { recursive: true, mode: 0o700 });
    await writeFile(join(home, '.tmux.conf'), options.config ?? '');
    return new AgentRig(server, options.env ?? {});
  }

  /** Puts an executable shell script into HOME; returns its path. */
  async program(name: string, script: string): Promise<string> {
    const path = join(this.home, name);
    await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return path;
  }

  /** Runs `tmux ARGS` against the rig's server and returns what it prints. */
  tmux(...args: readonly string[]): Promise<string> {
    return this.server.tmux(...args);
  }

  /** Starts a server as its user does, with a first session; returns its pid. */
  async begin(name: string, ...args: readonly string[]): Promise<number> {
    const child = spawn(
      'tmux',
      ['-u', '-S', this.server.socketPath, 'new-session', '-d', '-s', name, '-x', '80', '-y', '24', ...args],
      { env: this.env, cwd: this.home, stdio: 'ignore' },
    );
    const [code] = (await once(child, 'exit')) as [number];
    assert.equal(code, 0, 'tmux new-session failed');
    return this.serverPid();
  }

  async serverPid(): Promise<number> {
    return Number(await this.tmux('display-message', '-p', '#{pid}'));
  }

  /** Ends a server without a warning and waits for its end. */
  async killServer(pid: number): Promise<void> {
    process.kill(pid, 'SIGKILL');
    await waitFor('the end of the server', async () => !(await lives(pid)));
  }

  /** Runs the program to its end. */
  async run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    const child = this.#spawn(args, options);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 30_000);
    const [code] = (await once(child, 'close')) as [number | null];
    clearTimeout(timer);
    return { code, stdout: Buffer.concat(out).toString('utf8'), stderr: Buffer.concat(err).toString('utf8') };
  }

  /** Runs a command with --json that must succeed, and returns its JSON. */
  async json<T>(...args: readonly string[]): Promise<T> {
    const ran = await this.run([...args, '--json']);
    assert.equal(ran.code, 0, ran.stderr);
    return JSON.parse(ran.stdout) as T;
  }

  status(): Promise<StatusReport> {
    return this.json<StatusReport>('status');
  }

  /** Starts an agent; it ends with the test. */
  launch(options: RunOptions & { readonly args?: readonly string[] } = {}): RunningAgent {
    const child = this.#spawn(options.args ?? ['agent', '--standalone'], options);
    const log: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => log.push(chunk));
    child.stdout.resume();
    const ended = once(child, 'exit') as Promise<[number | null]>;
    return {
      pid: child.pid ?? 0,
      process: child,
      log: () => Buffer.concat(log).toString('utf8'),
      async end(signal) {
        child.kill(signal);
        const [code] = await ended;
        return code;
      },
    };
  }

  /** Starts an agent and waits until it is in this state. */
  async start(state: AgentState = 'watching', options: RunOptions = {}): Promise<RunningAgent> {
    const agent = this.launch(options);
    await this.waitState(agent, state);
    return agent;
  }

  /** Waits until an agent has reached a state. */
  async waitState(agent: RunningAgent, state: AgentState): Promise<void> {
    try {
      await waitFor(`an agent that is ${state}`, async () => {
        const record = (await this.readState('agent.json')) as { pid: number; state: AgentState } | null;
        return record?.pid === agent.pid && record.state === state;
      });
    } catch (error) {
      throw new Error(`${String(error)}; it says:\n${agent.log()}`, { cause: error });
    }
  }

  /** The folder of the rig's state, or null before there is one. */
  async stateFolder(): Promise<string | null> {
    const root = join(this.home, '.local/state/tmux-persist');
    for (const host of await readdir(root).catch(() => [])) {
      const names = await readdir(join(root, host)).catch(() => []);
      const name = names.find((candidate) => candidate.startsWith('path-'));
      if (name !== undefined) return join(root, host, name);
    }
    return null;
  }

  /** The content of a JSON file of the state folder, or null. */
  async readState(name: string): Promise<unknown> {
    const folder = await this.stateFolder();
    const text = await readFile(join(folder ?? '', name), 'utf8').catch(() => null);
    return text === null ? null : (JSON.parse(text) as unknown);
  }

  /** The last good state on disk, or null. */
  async manifest(): Promise<Manifest | null> {
    const folder = await this.stateFolder();
    const path = join(folder ?? '', 'manifest.json');
    const text = await readFile(path, 'utf8').catch(() => null);
    if (text === null) return null;
    const parsed = parseManifest(text, path);
    assert.ok(parsed.ok, 'a manifest on disk can always be read');
    return parsed.value;
  }

  /** Waits until the state on disk is as wanted; returns it. */
  saved(what: string, wanted: (manifest: Manifest) => boolean, deadlineMs?: number): Promise<Manifest> {
    return waitFor(
      `${what} on disk`,
      async () => {
        const manifest = await this.manifest();
        return manifest !== null && wanted(manifest) ? manifest : null;
      },
      deadlineMs,
    );
  }

  /** Waits until exactly these sessions live, whatever else answers meanwhile. */
  async sessions(names: readonly string[], deadlineMs?: number): Promise<void> {
    const wanted = [...names].sort().join('\n');
    let seen = '';
    await waitFor(
      `the sessions ${names.join(', ')}`,
      async () => {
        seen = await this.tmux('list-sessions', '-F', '#{session_name}').catch(() => '');
        return seen.split('\n').sort().join('\n') === wanted;
      },
      deadlineMs,
    ).catch((error: unknown) => {
      throw new Error(`${error instanceof Error ? error.message : ''}; there are: ${seen.replaceAll('\n', ', ')}`);
    });
  }

  /** Everything that a client, a window or a pane could tell of somebody who touched it. */
  async picture(): Promise<string> {
    const parts: string[][] = [
      ['list-sessions', '-F', '#{session_id} #{session_name} #{session_attached} #{session_windows} #{session_group}'],
      [
        'list-windows',
        '-a',
        '-F',
        '#{session_name}:#{window_index} #{window_id} #{window_name} #{window_layout} #{window_flags}',
      ],
      [
        'list-panes',
        '-a',
        '-F',
        '#{pane_id} #{pane_pid} #{pane_width}x#{pane_height} #{pane_title} #{pane_current_path} #{pane_active}',
      ],
      ['list-clients'],
    ];
    const shown: string[] = [];
    for (const part of parts) shown.push(await this.tmux(...part).catch(() => 'none'));
    return shown.join('\n--\n');
  }

  /** What comes back of every session: all of the picture that is not the server's own. */
  async shape(): Promise<string> {
    return this.tmux(
      'list-panes',
      '-a',
      '-F',
      '#{session_name}:#{window_index}:#{pane_index} #{window_name} #{pane_width}x#{pane_height} #{pane_current_path} #{window_flags} #{pane_active}',
    );
  }

  #spawn(args: readonly string[], options: RunOptions) {
    const socket = options.socket ?? ['-S', this.server.socketPath];
    const [command = '', ...rest] = [...(options.through ?? []), process.execPath, PROGRAM, ...socket, ...args];
    return spawn(command, rest, {
      env: changed(this.env, options.env ?? {}),
      cwd: options.cwd ?? this.home,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }
}

/** Runs a task while the agent stands still, which could have the socket made again in the middle of it. */
export async function whileStopped<T>(agent: RunningAgent, task: () => Promise<T>): Promise<T> {
  process.kill(agent.pid, 'SIGSTOP');
  try {
    return await task();
  } finally {
    process.kill(agent.pid, 'SIGCONT');
  }
}

/** Returns an environment with changes; undefined takes a name out. */
function changed(
  environment: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const entries = Object.entries({ ...environment, ...changes });
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** The names of sessions, in order. */
export const namesOf = (sessions: readonly Session[]): string[] => sessions.map(({ name }) => displayText(name)).sort();

/** The names of pending or closed sessions with how they came there, in order. */
export const entriesOf = (entries: readonly EntryOf[]): string[] =>
  entries.map(({ how, session }) => `${how} ${displayText(session.name)}`).sort();

/** Ends what still holds the home in its environment: agents, servers that agents started, and their panes. */
async function endAllIn(home: string): Promise<void> {
  if (home === '') return;
  await waitFor('the end of every process of the rig', () => {
    const left = processesOf(home);
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended in between.
      }
    }
    return left.length === 0;
  });
}

/** The living processes with this HOME. */
export function processesOf(home: string): number[] {
  const marks = [`HOME=${home}`, `TMUX_TMPDIR=${home}`];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1')
          .split('\0')
          .some((entry) => marks.includes(entry));
      } catch {
        return false;
      }
    })
    .map(Number);
}
