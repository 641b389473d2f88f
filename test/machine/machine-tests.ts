/**
 * Declares tests that share one booted machine a Debian suite; the machine is closed whatever happens.
 * Each test gets users of its own, so no test sees the restarts, losses or sessions of another.
 */
import { after, afterEach, before, describe, test } from 'node:test';
import { Machine, type User } from './machine.js';
import { missingPrerequisites, skipReason } from './prerequisites.js';
import { copyProduct, installFor } from './product.js';
import { suites } from './root.js';

/** What a test needs: the machine, and users to act as. */
export interface Rig {
  /** The booted machine; only while a test runs. */
  readonly machine: Machine;
  /** Returns a new lingering user without tmux-persist. */
  addUser(): Promise<User>;
  /** Returns a new lingering user after its `make install`. */
  addInstalledUser(): Promise<User>;
}

/** Longer than systemd waits for a user manager to stop (120 s). */
const END_TIMEOUT_MS = 300_000;
/** Building a root takes a minute or more, once. */
const BOOT_TIMEOUT_MS = 25 * 60_000;

/** Declares the tests once for each suite of $MACHINES, or for those of `only` among them. */
export function machineTests(
  title: string,
  declare: (rig: Rig, suite: string) => void,
  only: readonly string[] = suites(),
): void {
  for (const suite of suites().filter((one) => only.includes(one))) {
    const name = `${title}, on a booted ${suite} machine`;
    const skip = skipReason();
    if (skip !== null) {
      test(name, { skip });
      continue;
    }
    describe(name, () => {
      const rig = new MachineRig(suite);
      before(() => rig.open(), { timeout: BOOT_TIMEOUT_MS });
      afterEach(() => rig.endTest(), { timeout: END_TIMEOUT_MS });
      after(() => rig.close());
      declare(rig, suite);
    });
  }
}

class MachineRig implements Rig {
  readonly #suite: string;
  #machine: Machine | null = null;
  #users: User[] = [];
  #userCount = 0;

  constructor(suite: string) {
    this.#suite = suite;
  }

  get machine(): Machine {
    if (this.#machine !== null) return this.#machine;
    const missing = missingPrerequisites();
    throw new Error(missing.length > 0 ? `no machine without ${missing.join(', ')}` : 'the machine did not boot');
  }

  async open(): Promise<void> {
    this.#machine = await Machine.boot({ suite: this.#suite, name: `${this.#suite}-${process.pid}` });
    await copyProduct(this.#machine);
  }

  async addUser(): Promise<User> {
    const user = await this.machine.addUser(`u${++this.#userCount}`);
    this.#users.push(user);
    return user;
  }

  async addInstalledUser(): Promise<User> {
    const user = await this.addUser();
    await installFor(this.machine, user);
    return user;
  }

  /** Ends all that the test's users run: manager, servers and login sessions. */
  async endTest(): Promise<void> {
    for (const { name, uid } of this.#users) {
      await this.machine.run(['loginctl', 'disable-linger', name]);
      await this.machine.run(['systemctl', 'stop', `user-${uid}.slice`], { timeoutMs: 150_000 });
    }
    this.#users = [];
  }

  async close(): Promise<void> {
    await this.#machine?.close();
  }
}
