/**
 * A real Debian machine in systemd-nspawn: its own init, journal, logind, user managers and session buses.
 * Everything that can hang has a deadline, and a condition that never came is reported with the journal.
 */
import assert from 'node:assert/strict';
import { cp, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { execute, type Outcome } from './execute.js';
import { Launcher, type Sharing } from './launcher.js';
import { requirePrerequisites } from './prerequisites.js';
import { machineRoot } from './root.js';

/** A user of a machine, with lingering on. */
export interface User {
  readonly name: string;
  readonly uid: number;
  readonly home: string;
}

/** How a command runs in a machine. */
export interface RunOptions {
  /** Runs as this user, in the environment of a login; as root where it is missing. */
  readonly user?: User;
  /** Where it runs; the user's home where it is missing. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly timeoutMs?: number;
}

const BOOT_DEADLINE_MS = 60_000;
const POWER_OFF_DEADLINE_MS = 40_000;
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A booted machine; `close` it whatever happens. */
export class Machine {
  readonly #launcher: Launcher;
  readonly name: string;

  private constructor(launcher: Launcher, name: string) {
    this.#launcher = launcher;
    this.name = name;
  }

  /** Returns a machine of the suite that is up; rejects with what this host lacks or with the machine's console. */
  static async boot({
    suite,
    name,
    ...sharing
  }: Sharing & { readonly suite: string; readonly name: string }): Promise<Machine> {
    requirePrerequisites();
    const root = await machineRoot(suite);
    const machine = new Machine(new Launcher(root, name, sharing), name);
    try {
      await machine.start();
      return machine;
    } catch (error) {
      await machine.close();
      throw error;
    }
  }

  /** Boots what is powered off and returns when all its start jobs are done; failed units are an error. */
  async start(): Promise<void> {
    await this.#launcher.boot(BOOT_DEADLINE_MS);
    await this.waitFor(
      'the machine to be up',
      async () => {
        const { stdout } = await this.tryRun(['systemctl', 'is-system-running']);
        assert.match(stdout, /^(running|degraded)$/m);
      },
      { deadlineMs: BOOT_DEADLINE_MS },
    );
    const failed = await this.run(['systemctl', 'list-units', '--failed', '--plain', '--no-legend']);
    if (failed !== '') throw new Error(`the machine is up with failed units:\n${failed}`);
  }

  /** Returns a new user with lingering on, as soon as its user manager and session bus answer. */
  async addUser(name: string): Promise<User> {
    await this.run(['useradd', '--create-home', '--shell', '/bin/bash', name]);
    await this.run(['loginctl', 'enable-linger', name]);
    const uid = Number(await this.run(['id', '-u', name]));
    const user = { name, uid, home: `/home/${name}` };
    await this.waitForUser(user);
    return user;
  }

  /** Returns when the user's manager has done its start jobs. */
  async waitForUser(user: User): Promise<void> {
    await this.waitFor(`the user manager of ${user.name}`, async () => {
      const { stdout, stderr } = await this.tryRun(['systemctl', '--user', 'is-system-running'], { user });
      assert.match(stdout + stderr, /^(running|degraded)$/m);
    });
  }

  /** Returns what a command prints on stdout, without its last line end; rejects when its exit code is not 0. */
  async run(argv: readonly string[], options: RunOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.tryRun(argv, options);
    if (code !== 0) {
      const who = options.user?.name ?? 'root';
      throw new Error(`'${argv.join(' ')}' as ${who} ended with ${String(code)}:\n${stdout}${stderr}`);
    }
    return stdout.replace(/\n$/, '');
  }

  /** Returns the outcome of a command, whatever its exit code. */
  async tryRun(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const { user, cwd, env } = options;
    const environment = { ...(user === undefined ? rootEnvironment : loginEnvironment(user)), ...env };
    const words = Object.entries(environment).map(([key, value]) => `${key}=${value}`);
    const inside = [
      ...(user === undefined ? [] : ['runuser', '-u', user.name, '--']),
      ...['env', '-i', `--chdir=${cwd ?? user?.home ?? '/'}`, ...words, ...argv],
    ];
    return execute(this.#launcher.enter(inside), options);
  }

  /** Returns what a shell line prints in a real login session of the user, which logind knows and which ends with it; rejects as `run`. */
  async login(user: User, line: string): Promise<string> {
    return this.run(['runuser', '--login', user.name, '--command', line]);
  }

  /** Replaces `target` in the machine by a copy of a file or folder of the host, owned by root. */
  async copyIn(source: string, target: string): Promise<void> {
    const there = this.hostPath(target);
    await rm(there, { recursive: true, force: true });
    await cp(source, there, { recursive: true, dereference: true });
  }

  /** Returns where the host finds a file or socket of the machine, until the machine ends; throws when it is not running. */
  hostPath(inside: string): string {
    return `/proc/${this.#launcher.leader}/root${inside}`;
  }

  /** Returns the host's pid of a process of the machine; throws when there is none. */
  hostPid(pid: number): number {
    return this.#launcher.hostPid(pid);
  }

  /** Restarts the machine as `systemctl reboot` does, and returns when it is up again. */
  async reboot(): Promise<void> {
    await this.#shutDown('reboot');
    await this.start();
  }

  /** Powers the machine off in order; returns whether it ended within its deadline (else it was killed). */
  async powerOff(): Promise<boolean> {
    return this.#shutDown('poweroff');
  }

  /** Ends the machine at once, as a power cut does; what it had on disk stays. */
  async powerCut(): Promise<void> {
    this.#launcher.kill();
    await this.#launcher.waitForEnd(POWER_OFF_DEADLINE_MS);
  }

  /** Ends the machine and removes all that it had on the host. */
  async close(): Promise<void> {
    await this.#launcher.close();
  }

  /**
   * Returns what the first `look` that does not reject gives, looking again until the deadline (10 s by default);
   * then rejects with the last rejection and the machine's journal, which holds those of its users too.
   */
  async waitFor<T>(what: string, look: () => Promise<T>, { deadlineMs = 10_000, everyMs = 50 } = {}): Promise<T> {
    const deadline = performance.now() + deadlineMs;
    for (;;) {
      try {
        return await look();
      } catch (error) {
        if (performance.now() > deadline) {
          const last = error instanceof Error ? error.message : String(error);
          const waited = `waited ${deadlineMs} ms for ${what}; the last look gave:\n${last}`;
          throw new Error(`${waited}\n${await this.#journal()}`, { cause: error });
        }
        await sleep(everyMs);
      }
    }
  }

  /** Returns when every `look` through the given time was fulfilled; rejects as soon as one rejects. */
  async holds(look: () => Promise<unknown>, durationMs: number): Promise<void> {
    const end = performance.now() + durationMs;
    while (performance.now() < end) {
      await look();
      await sleep(100);
    }
  }

  async #shutDown(verb: 'reboot' | 'poweroff'): Promise<boolean> {
    // The command may be cut off by what it asks for.
    await this.tryRun(['systemctl', '--no-block', verb]).catch(() => undefined);
    return this.#launcher.waitForEnd(POWER_OFF_DEADLINE_MS);
  }

  async #journal(): Promise<string> {
    try {
      const { stdout } = await this.tryRun([
        'journalctl',
        '--no-pager',
        '--boot',
        '--lines=1000',
        '--output=short-precise',
      ]);
      // Every command that a test runs as a user writes two lines.
      const lines = stdout.split('\n').filter((line) => !line.includes(' runuser['));
      return `last lines of the journal:\n${lines.slice(-60).join('\n')}`;
    } catch {
      return `console of the machine:\n${this.#launcher.console()}`;
    }
  }
}

const rootEnvironment = {
  HOME: '/root',
  USER: 'root',
  LOGNAME: 'root',
  SHELL: '/bin/bash',
  LANG: 'C.UTF-8',
  PATH: SYSTEM_PATH,
};

/** What a login on Debian sets, pam_systemd and ~/.profile included. */
function loginEnvironment({ name, uid, home }: User): Record<string, string> {
  const runtimeFolder = `/run/user/${uid}`;
  return {
    HOME: home,
    USER: name,
    LOGNAME: name,
    SHELL: '/bin/bash',
    LANG: 'C.UTF-8',
    PATH: `${home}/.local/bin:/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games`,
    XDG_RUNTIME_DIR: runtimeFolder,
    DBUS_SESSION_BUS_ADDRESS: `unix:path=${runtimeFolder}/bus`,
  };
}
