/** P2 on a real machine: a reboot and a power cut. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { User } from './machine.js';
import { machineTests, type Rig } from './machine-tests.js';
import { waitForLoss } from './product.js';
import * as sessions from './sessions.js';

machineTests('a restart of the machine', (rig) => {
  test("a lingering user's sessions are back after a reboot before anyone logs in", async (t) => {
    await comesBackAfter(rig, t, () => rig.machine.reboot());
  });

  test("a lingering user's sessions are back after a power cut before anyone logs in", async (t) => {
    await comesBackAfter(rig, t, async () => {
      await rig.machine.powerCut();
      await rig.machine.start();
    });
  });
});

async function comesBackAfter(rig: Rig, t: TestContext, restart: () => Promise<void>): Promise<void> {
  const { machine } = rig;
  const users = [await rig.addInstalledUser(), await rig.addInstalledUser()];
  const before = new Map<User, sessions.Shape>();
  for (const user of users) {
    await sessions.openSessions(machine, user);
    before.set(user, await sessions.waitUntilSaved(machine, user));
  }
  const bootId = await bootIdOf(rig);
  await restart();
  const start = performance.now();
  assert.notEqual(await bootIdOf(rig), bootId);
  for (const [user, shape] of before) await sessions.waitUntilBack(machine, user, shape);
  t.diagnostic(`machine up to the sessions of both users as before: ${Math.round(performance.now() - start)} ms`);
  assert.deepEqual(await loginsOf(rig), []);
  for (const user of users) {
    assert.equal(await sessions.tmux(machine, user, 'list-clients'), '');
    const status = await waitForLoss(machine, user, ['reboot', 'stopped']);
    assert.equal(status.server?.unit, 'tmux-server.service');
  }
}

function bootIdOf({ machine }: Rig): Promise<string> {
  return machine.run(['cat', '/proc/sys/kernel/random/boot_id']);
}

/** Returns the classes of the sessions that logind knows, without those of the user managers (systemd 255 and later lists them). */
async function loginsOf({ machine }: Rig): Promise<readonly string[]> {
  const rows = (await machine.run(['loginctl', 'list-sessions', '--no-legend']))
    .split('\n')
    .filter((row) => row !== '');
  const ids = rows.map((row) => row.trim().split(/\s+/)[0] ?? '');
  const classes = await Promise.all(ids.map((id) => machine.run(['loginctl', 'show-session', id, '-P', 'Class'])));
  return classes.filter((name) => !name.startsWith('manager'));
}
