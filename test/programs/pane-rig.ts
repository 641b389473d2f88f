/** A tmux server of its own for one test: private socket, no configuration, killed at the end by its own pid. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { bytesFromText, type Text } from '../../src/model/text.js';
import { RELEASE, WAITER } from '../../src/programs/launcher.js';
import { procView } from '../../src/programs/process-view.js';

const DEADLINE_MS = 15_000;

/** Returns what `look` returns as soon as it is neither null nor false; throws with `what` after a deadline. */
export async function waitFor<T>(what: string, look: () => T | null | false | undefined): Promise<T> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const seen = look();
    if (seen !== null && seen !== false && seen !== undefined) return seen;
    if (performance.now() > deadline) throw new Error(`waited too long for ${what}`);
    await pause(25);
  }
}

/** Returns a process and all below it. */
export const below = (pid: number): number[] => [pid, ...procView().children(pid).flatMap(below)];

/** One private tmux server, with a HOME of its own. */
export class PaneRig {
  readonly folder: string;
  readonly home: string;

  constructor(context: TestContext, env: Readonly<Record<string, string>> = {}) {
    this.folder = mkdtempSync(join(tmpdir(), 'tmux-persist-programs-'));
    this.home = this.folder;
    const inherited = {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      LANG: 'C.UTF-8',
      TERM: 'xterm-256color',
      PS1: '$ ',
    };
    const command = ['new-session', '-d', '-x', '120', '-y', '40', '-c', this.home, '/bin/sh'];
    context.after(async () => {
      const pids = this.tmux('list-panes', '-a', '-F', '#{pane_pid}')
        .split('\n')
        .flatMap((pid) => below(Number(pid)));
      this.tmux('kill-server');
      // Shells and agents write to HOME as they end.
      await waitFor('the end of the panes', () =>
        pids.every((pid) => /^[ZX]/.test(procView().read(pid)?.state ?? 'X')),
      );
      rmSync(this.folder, { recursive: true, force: true });
    });
    this.#run(command, { ...inherited, HOME: this.home, SHELL: '/bin/bash', ...env });
    // A plain shell as `bash -l` would print what the machine's profile says.
    this.tmux('set-option', '-g', 'default-shell', '/bin/bash');
    this.tmux('set-option', '-g', 'remain-on-exit', 'on');
  }

  /** Runs a tmux command and returns what it prints, without the last newline. */
  tmux(...args: readonly string[]): string {
    return this.#run(args, { PATH: process.env['PATH'] ?? '' });
  }

  #run(args: readonly string[], env: NodeJS.ProcessEnv): string {
    const argv = ['-u', '-N', '-S', join(this.folder, 'socket'), '-f', '/dev/null', ...args];
    if (args[0] === 'new-session') argv.splice(1, 1);
    return execFileSync('tmux', argv, {
      encoding: 'utf8',
      env,
      timeout: DEADLINE_MS,
      stdio: ['ignore', 'pipe', 'pipe'],
    }).replace(/\n$/, '');
  }

  /** Opens a pane in a window of its own and returns its id. */
  open(...command: readonly string[]): string {
    return this.tmux('new-window', '-d', '-P', '-F', '#{pane_id}', '-c', this.home, ...command);
  }

  /** Replaces what runs in a pane by an argument vector, through tmux's own parser as a restore does. */
  respawn(pane: string, argv: readonly Text[]): void {
    const quoted = argv.map(
      (word) =>
        `'${Buffer.from(bytesFromText(word))
          .toString('latin1')
          .replaceAll("'", String.raw`'\''`)}'`,
    );
    const line = Buffer.from(`respawn-pane -k -t ${pane} ${quoted.join(' ')}\n`, 'latin1');
    execFileSync('tmux', ['-u', '-N', '-S', join(this.folder, 'socket'), 'source-file', '-'], {
      ...{ input: line, timeout: DEADLINE_MS, env: { PATH: process.env['PATH'] ?? '' } },
    });
  }

  /** Returns the value of a format in a pane. */
  format(pane: string, format: string): string {
    return this.tmux('display-message', '-p', '-t', pane, format);
  }

  pid(pane: string): number {
    return Number(this.format(pane, '#{pane_pid}'));
  }

  /** Returns all text of a pane, wrapped lines joined. */
  text(pane: string): string {
    return this.tmux('capture-pane', '-p', '-J', '-S', '-', '-t', pane);
  }

  /** Waits until a launcher waits in a pane; returns the process that waits. */
  waiter(pane: string): Promise<number> {
    return waitFor('a launcher that waits', () =>
      below(this.pid(pane)).find((pid) => isDeepStrictEqual(procView().read(pid)?.argv, WAITER)),
    );
  }

  /** Tells the launcher in a pane that its turn has come. */
  async release(pane: string): Promise<void> {
    process.kill(await this.waiter(pane), RELEASE);
  }

  type(pane: string, text: string): void {
    this.tmux('send-keys', '-t', pane, '-l', text);
    this.tmux('send-keys', '-t', pane, 'Enter');
  }
}
