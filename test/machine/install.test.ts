/** Installing on a real machine: the one command that a user types is enough, and a second install disturbs nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { machineTests } from './machine-tests.js';
import { installFor, statusOf } from './product.js';
import * as sessions from './sessions.js';

machineTests('installing', (rig) => {
  test("'systemctl --user enable --now tmux-persist' is all that a user types after an install", async () => {
    const { machine } = rig;
    const user = await rig.addUser();
    await installFor(machine, user, { enable: false });
    for (const unit of ['tmux-persist', 'tmux-server']) {
      assert.equal(
        (await machine.tryRun(['systemctl', '--user', 'is-enabled', unit], { user })).stdout.trim(),
        'disabled',
      );
      assert.equal(
        (await machine.tryRun(['systemctl', '--user', 'is-active', unit], { user })).stdout.trim(),
        'inactive',
      );
    }

    await machine.run(['systemctl', '--user', 'enable', '--now', 'tmux-persist'], { user });
    const status = await machine.waitFor('agent and server', async () => {
      const report = await statusOf(machine, user);
      assert.equal(report.agent.state, 'watching');
      assert.equal(report.server?.unit, 'tmux-server.service');
      return report;
    });
    assert.equal(status.agent.running, true);
    await sessions.openSessions(machine, user);
    const before = await sessions.waitUntilSaved(machine, user);
    await machine.run(['kill', '-KILL', String(await sessions.serverPid(machine, user))]);
    await sessions.waitUntilBack(machine, user, before);
  });

  test('an install says what it did, leaves the agent running, and a second one changes no pane', async () => {
    const { machine } = rig;
    const user = await rig.addUser();
    const printed = await installFor(machine, user);
    assert.match(printed, /tmux-persist/);
    assert.equal((await statusOf(machine, user)).agent.running, true);
    await sessions.openSessions(machine, user);
    const before = await sessions.waitUntilSaved(machine, user);
    const processes = await sessions.processesOf(machine, user);
    await installFor(machine, user);
    assert.deepEqual(await sessions.processesOf(machine, user), processes);
    assert.deepEqual(await sessions.shapeOfServer(machine, user), before);
    assert.equal((await statusOf(machine, user)).agent.running, true);
  });
});
