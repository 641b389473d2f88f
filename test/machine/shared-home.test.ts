/** Several machines on one home, as with NFS, and a machine that gets another name: each keeps its own state. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { Machine, type User } from './machine.js';
import { skipReason } from './prerequisites.js';
import { copyProduct, installFor, manifestOf } from './product.js';
import { suites } from './root.js';
import * as sessions from './sessions.js';

const skip = skipReason();
const options = { timeout: 20 * 60_000, ...(skip === null ? {} : { skip }) };

for (const suite of suites()) {
  test(
    `two machines on one home each get back their own sessions and never the other's, on booted ${suite} machines`,
    options,
    (t) => bothKeepTheirOwn(t, suite, undefined),
  );

  test(
    `two clones with one machine id on one home each get back their own sessions, on booted ${suite} machines`,
    options,
    (t) => bothKeepTheirOwn(t, suite, randomBytes(16).toString('hex')),
  );

  test(
    `a machine that gets another name takes its state along through a reboot, on a booted ${suite} machine`,
    options,
    async (t) => {
      const homes = await SharedHomes.make(t);
      const machine = await homes.boot({ suite, name: 'before' });
      const user = await machine.addUser('ann');
      await installFor(machine, user);
      await open(machine, user, 'kept');
      await machine.run(['sh', '-c', 'echo after >/etc/hostname']);
      await machine.reboot();
      assert.equal(await machine.run(['hostname']), 'after');
      const look = async (): Promise<void> => {
        assert.deepEqual(await sessions.sessionNames(machine, user), ['kept']);
      };
      await machine.waitFor('the session', look, { deadlineMs: 30_000 });
      await machine.waitFor('the state under the new name', async () => {
        assert.deepEqual(await homes.hostsOf(user), ['after']);
      });
    },
  );
}

/** Two machines with a user of the same name and number: one's servers die, then the machines' power goes. */
async function bothKeepTheirOwn(t: TestContext, suite: string, machineId: string | undefined): Promise<void> {
  const homes = await SharedHomes.make(t);
  const clone = machineId === undefined ? {} : { machineId };
  const names = ['left', 'right'];
  const machines = await Promise.all(names.map((name) => homes.boot({ suite, name, ...clone })));
  const users: User[] = [];
  for (const machine of machines) {
    // The second one finds the home as the first one made it.
    const user = await machine.addUser('ann');
    await installFor(machine, user);
    await open(machine, user, `of ${machine.name}`);
    users.push(user);
  }
  const [user] = users;
  assert.ok(user !== undefined);
  assert.deepEqual(new Set(users.map(({ uid }) => uid)).size, 1);
  const eachHasItsOwn = async (): Promise<void> => {
    for (const machine of machines) await isBack(machine, user, `of ${machine.name}`);
    assert.deepEqual(await homes.hostsOf(user), names);
  };
  await eachHasItsOwn();
  await Promise.all(
    machines.map(async (machine) => {
      await machine.run(['kill', '-KILL', String(await sessions.serverPid(machine, user))]);
    }),
  );
  await eachHasItsOwn();
  await Promise.all(machines.map((machine) => machine.powerCut()));
  for (const machine of machines) await machine.start();
  await eachHasItsOwn();
}

/** Homes that lie on the host, and the machines that have them; all of it ends with the test. */
class SharedHomes {
  readonly #machines: Machine[] = [];

  private constructor(readonly folder: string) {}

  static async make(t: TestContext): Promise<SharedHomes> {
    const homes = new SharedHomes(await mkdtemp(path.join(tmpdir(), 'shared-homes-')));
    t.after(async () => {
      for (const machine of homes.#machines) await machine.close();
      await rm(homes.folder, { recursive: true });
    });
    return homes;
  }

  /** Returns a machine with the built tree in it. */
  async boot(how: Parameters<typeof Machine.boot>[0]): Promise<Machine> {
    const machine = await Machine.boot({ ...how, homes: this.folder });
    this.#machines.push(machine);
    await copyProduct(machine);
    return machine;
  }

  /** Returns the names of the hosts that have state in a home. */
  async hostsOf(user: User): Promise<readonly string[]> {
    const names = await readdir(path.join(this.folder, user.name, '.local/state/tmux-persist'));
    return names.filter((name) => name !== 'agents').sort();
  }
}

async function open(machine: Machine, user: User, name: string): Promise<void> {
  await sessions.tmux(machine, user, 'new-session', '-d', '-s', name, '-c', '/usr/share');
  await sessions.waitUntilSaved(machine, user);
}

/** Returns as soon as the server has this session and no other, and what is saved is the same. */
async function isBack(machine: Machine, user: User, name: string): Promise<void> {
  const look = async (): Promise<void> => {
    assert.deepEqual(await sessions.sessionNames(machine, user), [name]);
  };
  await machine.waitFor(`the session '${name}' alone`, look, { deadlineMs: 30_000 });
  await machine.waitFor('its state', async () => {
    const { sessions: saved, pending } = await manifestOf(machine, user);
    assert.deepEqual([saved.map((session) => session.name), pending], [[name], []]);
  });
}
