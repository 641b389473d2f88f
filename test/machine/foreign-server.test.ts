/** A server that the unit did not start, on a real machine: saved like our own, never displaced, back in the unit when it dies. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { User } from './machine.js';
import { machineTests } from './machine-tests.js';
import { manifestOf, statusOf } from './product.js';
import * as sessions from './sessions.js';

const UNIT = 'tmux-server.service';

machineTests("somebody else's server", (rig) => {
  test('a server started by a login shell is saved, keeps its socket, and its sessions come back in the unit', async () => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    await machine.run(['systemctl', '--user', 'stop', UNIT], { user });
    await machine.login(user, 'tmux new-session -d -s started-by-hand -n shell -c /usr');
    const foreign = await sessions.serverPid(machine, user);
    assert.notEqual(foreign, await unitPid(user));
    await sessions.openSessions(machine, user);
    const before = await sessions.waitUntilSaved(machine, user);
    const processes = await sessions.processesOf(machine, user);
    const status = await statusOf(machine, user);
    assert.equal(status.server?.pid, foreign);
    assert.notEqual(status.server.unit, UNIT);
    assert.match(status.server.cgroup ?? '', /session-/);

    // One that hangs counts as alive too.
    for (const signal of ['STOP', 'CONT']) {
      await machine.run(['kill', `-${signal}`, String(foreign)]);
      await machine.run(['systemctl', '--user', 'reset-failed', UNIT], { user });
      // Exit code 0: a condition that does not hold is no failure to systemd.
      await machine.run(['systemctl', '--user', 'start', UNIT], { user });
      assert.equal(await property(user, 'Result'), 'exec-condition');
      assert.equal(await property(user, 'ActiveState'), 'inactive');
    }
    assert.deepEqual(await sessions.processesOf(machine, user), processes);

    await machine.run(['kill', '-KILL', String(foreign)]);
    await sessions.waitUntilBack(machine, user, before);
    const after = await statusOf(machine, user);
    assert.equal(after.server?.unit, UNIT);
    assert.equal(after.server.pid, await unitPid(user));
    assert.equal(after.lastLoss?.unit ?? null, status.server.unit);
  });

  test("a reboot that ends the login of a server is no kill-server: a lingering user's sessions are back", async () => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    await machine.run(['systemctl', '--user', 'stop', UNIT], { user });
    await machine.login(user, 'tmux new-session -d -s started-by-hand -n shell -c /usr');
    await sessions.openSessions(machine, user);
    const before = await sessions.waitUntilSaved(machine, user);
    await machine.reboot();
    await sessions.waitUntilBack(machine, user, before);
    assert.deepEqual((await manifestOf(machine, user)).closed, []);
  });

  function property(user: User, name: string): Promise<string> {
    return rig.machine.run(['systemctl', '--user', 'show', '-P', name, UNIT], { user });
  }

  async function unitPid(user: User): Promise<number> {
    return Number(await property(user, 'MainPID'));
  }
});
