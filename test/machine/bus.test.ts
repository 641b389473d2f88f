/** The session bus and the user manager go and come back under a running agent: it goes on, and a server that dies afterwards comes back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { User } from './machine.js';
import { machineTests } from './machine-tests.js';
import { statusOf } from './product.js';
import * as sessions from './sessions.js';

machineTests('the session bus and the user manager', (rig) => {
  const disturbances: Readonly<Record<string, (user: User) => Promise<unknown>>> = {
    'a session bus that is killed': (user) =>
      rig.machine.run(['systemctl', '--user', 'kill', '--signal=KILL', 'dbus'], { user }),
    'a user manager that executes itself anew and reads its units again': async (user) => {
      for (const verb of ['daemon-reexec', 'daemon-reload'])
        await rig.machine.run(['systemctl', '--user', verb], { user });
    },
  };

  for (const [what, disturb] of Object.entries(disturbances)) {
    test(`${what} costs no session, also when sessions change meanwhile and the server is killed after it`, async (t) => {
      const { machine } = rig;
      const user = await rig.addInstalledUser();
      const open = (name: string): Promise<string> =>
        sessions.tmux(machine, user, 'new-session', '-d', '-s', name, '-n', 'w', '-c', '/usr');
      await open('before');
      await sessions.waitUntilSaved(machine, user);
      const processes = await sessions.processesOf(machine, user);
      const start = performance.now();
      await disturb(user);
      await open('meanwhile');
      await machine.waitFor(
        'the agent to be there',
        async () => {
          const { agent } = await statusOf(machine, user);
          assert.deepEqual([agent.running, agent.state], [true, 'watching']);
          await sessions.waitUntilSaved(machine, user);
        },
        { deadlineMs: 60_000 },
      );
      t.diagnostic(`saved again after ${Math.round(performance.now() - start)} ms`);
      assert.deepEqual((await sessions.processesOf(machine, user)).slice(0, 1), processes);
      const shape = await sessions.shapeOfServer(machine, user);
      await machine.run(['kill', '-KILL', String(await sessions.serverPid(machine, user))]);
      await sessions.waitUntilBack(machine, user, shape);
      const { lastLoss, server } = await statusOf(machine, user);
      assert.deepEqual([lastLoss?.cause, server?.unit], ['signal', 'tmux-server.service']);
    });
  }
});
