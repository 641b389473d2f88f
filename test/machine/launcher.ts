/**
 * The host's side of a machine: an overlay over a pristine root and the systemd-nspawn that boots it.
 * All of it lives in a mount and a pid namespace of the launcher's own, whose first process dies with this one:
 * however a test ends, a SIGKILL of the test runner included, no mount and no process stays behind.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { cgroupMount, removeCgroup } from './cgroup.js';

const PREFIX = 'tmux-persist-machine-';

/** $1 folder, $2 pristine root, $3 cgroup, $4 machine id, $5 name, $6 node, $7 homes or nothing. Boots once a line of its input and prints a line when that boot has ended. */
const SCRIPT = `
set -eu
mkdir "$1/tmpfs"
mount -t tmpfs -o mode=0755 machine "$1/tmpfs"
cd "$1/tmpfs"
mkdir upper work root
mount -t overlay -o "lowerdir=$2,upperdir=upper,workdir=work" machine root
echo "$4" >root/etc/machine-id
echo "$5" >root/etc/hostname
echo 0 >"$3/cgroup.procs"
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
while read -r _; do
  systemd-nspawn --quiet --directory=root --machine="$5" --bind-ro="$6:/usr/local/bin/node" \
    \${7:+"--bind=$7:/home"} --boot --register=no --keep-unit --private-network --console=pipe </dev/null >>"$1/console.log" 2>&1 || true
  echo ended
done`;

/** The machine's init as the host sees it: a pid 1, one namespace below the launcher's own (proc(5), NSpid). */
const INIT = /^NSpid:\s+\d+\s+\d+\s+1$/m;

/** What a machine has in common with another one. */
export interface Sharing {
  /** The folder of the host that is its /home. */
  readonly homes?: string;
  readonly machineId?: string;
}

/** Boots one root, again and again on the same overlay, until it is closed. */
export class Launcher {
  static readonly #open = new Set<Launcher>();
  readonly #folder: string;
  readonly #cgroup: string;
  readonly #shell: ChildProcess;
  #ended: Promise<void> = Promise.resolve();
  #announceEnd: () => void = () => undefined;
  #leader: number | null = null;

  constructor(root: string, name: string, { homes = '', machineId = randomBytes(16).toString('hex') }: Sharing = {}) {
    sweepLeftovers();
    this.#folder = mkdtempSync(path.join(tmpdir(), `${PREFIX}${process.pid}-`));
    // A cgroup of its own: two machines in one cgroup would manage each other's units.
    this.#cgroup = path.join(cgroupMount(), path.basename(this.#folder));
    mkdirSync(this.#cgroup);
    const args = [this.#folder, root, this.#cgroup, machineId, name, process.execPath, homes];
    const unshare = ['unshare', '--mount', '--pid', '--mount-proc', '--fork', '--kill-child'];
    this.#shell = spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', ...unshare, 'sh', '-c', SCRIPT, 'launcher', ...args],
      // A session of its own: a Ctrl-C at the terminal is for the test runner, which then closes the machine.
      { detached: true, stdio: ['pipe', 'pipe', 'inherit'] },
    );
    this.#shell.on('error', () => undefined);
    if (this.#shell.stdout !== null) {
      createInterface(this.#shell.stdout).on('line', () => {
        this.#leader = null;
        this.#announceEnd();
      });
    }
    this.#shell.on('exit', () => {
      this.#announceEnd();
    });
    if (Launcher.#open.size === 0) closeAllOnSignals();
    Launcher.#open.add(this);
  }

  /** The pid of the machine's init as the host sees it; throws while it is not booted. */
  get leader(): number {
    if (this.#leader === null) throw new Error(`the machine is not running\n${this.console()}`);
    return this.#leader;
  }

  /** Returns the argument vector, on the host, of a command in the machine; throws until the machine's init has settled. */
  enter(argv: readonly string[]): readonly string[] {
    const [, group = ''] = /^0::(.*)$/m.exec(readIfThere(`/proc/${this.leader}/cgroup`)) ?? [];
    if (!group.endsWith('/init.scope')) throw new Error('the init of the machine has just started');
    // Out of a foreign cgroup logind 257 refuses all that it is asked (EUNATCH).
    const join = ['sh', '-c', 'echo 0 >"$0/cgroup.procs" && exec "$@"', path.join(cgroupMount(), group)];
    return [...join, 'nsenter', '--target', String(this.leader), '--all', '--', ...argv];
  }

  /** Returns the host's pid of a process that the machine knows as `pid`; throws when there is none. */
  hostPid(pid: number): number {
    const namespace = readlinkSync(`/proc/${this.leader}/ns/pid`);
    const inside = new RegExp(`^NSpid:.*\\s${pid}$`, 'm');
    const found = readdirSync('/proc').find(
      (name) =>
        /^\d+$/.test(name) && inside.test(readIfThere(`/proc/${name}/status`)) && namespaceOf(name) === namespace,
    );
    if (found === undefined) throw new Error(`no process ${pid} in the machine`);
    return Number(found);
  }

  /** Boots and returns when the machine's init runs (not when it is up); rejects after `deadlineMs`. */
  async boot(deadlineMs: number): Promise<void> {
    if (this.#leader !== null) throw new Error('the machine is running already');
    this.#ended = new Promise((resolve) => {
      this.#announceEnd = resolve;
    });
    this.#shell.stdin?.write('boot\n');
    const deadline = Date.now() + deadlineMs;
    while ((this.#leader = this.#findInit()) === null) {
      if (Date.now() > deadline || this.#shell.exitCode !== null) {
        throw new Error(`the machine did not boot\n${this.console()}`);
      }
      await sleep(20);
    }
  }

  /** Returns when the boot under way has ended, killing it at the deadline; returns whether it ended by itself. */
  async waitForEnd(deadlineMs: number): Promise<boolean> {
    const deadline = new AbortController();
    const late = sleep(deadlineMs, false, { signal: deadline.signal }).catch(() => false);
    const inTime = await Promise.race([this.#ended.then(() => true), late]);
    deadline.abort();
    if (!inTime) {
      this.kill();
      await this.#ended;
    }
    return inTime;
  }

  /** Ends the machine at once, as a power cut does. */
  kill(): void {
    if (this.#leader !== null) killIfAlive(this.#leader);
  }

  /** Returns the tail of what the machine wrote to its console. */
  console(): string {
    const file = path.join(this.#folder, 'console.log');
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(-40).join('\n') : '';
  }

  /** Ends the machine and removes all that it had on the host. */
  async close(): Promise<void> {
    if (this.#shell.pid !== undefined && this.#shell.exitCode === null && this.#shell.signalCode === null) {
      const exited = once(this.#shell, 'exit');
      this.#shell.kill('SIGKILL');
      await exited;
    }
    await this.#removeFromHost();
    Launcher.#open.delete(this);
  }

  /** Closes every machine of this process. */
  static async closeAll(): Promise<void> {
    await Promise.allSettled([...Launcher.#open].map((launcher) => launcher.close()));
  }

  async #removeFromHost(): Promise<void> {
    const deadline = Date.now() + 10_000;
    // The last processes of the machine leave its cgroup some time after its init died.
    while (!removeCgroup(this.#cgroup)) {
      if (Date.now() > deadline) throw new Error(`processes of the machine outlived it in ${this.#cgroup}`);
      await sleep(50);
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Returns the descendant of the launcher that is pid 1 of its own namespace, or null before there is one. */
  #findInit(): number | null {
    let generation = this.#shell.pid === undefined ? [] : [this.#shell.pid];
    while (generation.length > 0) {
      const init = generation.find((pid) => INIT.test(readIfThere(`/proc/${pid}/status`)));
      if (init !== undefined) return init;
      generation = generation.flatMap((pid) =>
        readIfThere(`/proc/${pid}/task/${pid}/children`).trim().split(' ').filter(Boolean).map(Number),
      );
    }
    return null;
  }
}

function closeAllOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      void Launcher.closeAll().then(() => process.kill(process.pid, signal));
    });
  }
}

/** Removes the empty cgroups and folders of test runners that no longer live. */
function sweepLeftovers(): void {
  const left = (folder: string): string[] =>
    readdirSync(folder)
      .filter(
        (name) => name.startsWith(PREFIX) && !existsSync(`/proc/${name.slice(PREFIX.length).split('-')[0] ?? ''}`),
      )
      .map((name) => path.join(folder, name));
  left(cgroupMount()).forEach(removeCgroup);
  left(tmpdir()).forEach((folder) => {
    rmSync(folder, { recursive: true, force: true });
  });
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
}

function namespaceOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return '';
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
