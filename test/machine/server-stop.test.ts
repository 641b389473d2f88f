/** R5 on a real machine: what was stopped comes back with the next server, what was closed by kill-server does not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { displayText } from '../../src/model/text.js';
import { machineTests } from './machine-tests.js';
import { manifestOf, waitForLoss } from './product.js';
import * as sessions from './sessions.js';

/** Long enough for any restart of the unit or by the agent to show. */
const QUIET_MS = 4_000;

machineTests('the end of a server', (rig) => {
  test('a stopped server stays stopped, and its sessions are back when the user starts it', async () => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    await sessions.openSessions(machine, user);
    const before = await sessions.waitUntilSaved(machine, user);
    await machine.run(['systemctl', '--user', 'stop', 'tmux-server'], { user });
    const status = await waitForLoss(machine, user, ['stopped']);
    assert.equal(status.server, null);
    await machine.holds(async () => {
      const { stdout } = await machine.tryRun(['systemctl', '--user', 'is-active', 'tmux-server'], { user });
      assert.equal(stdout.trim(), 'inactive');
    }, QUIET_MS);
    // Live in the last server or lost with it: either way none is forgotten while no server runs.
    const { sessions: live, pending } = await manifestOf(machine, user);
    const names = [...live, ...pending.map(({ session }) => session)].map(({ name }) => displayText(name));
    assert.deepEqual(names.sort(), Object.keys(before).sort());

    await machine.run(['systemctl', '--user', 'start', 'tmux-server'], { user });
    await sessions.waitUntilBack(machine, user, before);
  });

  test('the sessions of a restarted server are back', async () => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    await sessions.openSessions(machine, user);
    const before = await sessions.waitUntilSaved(machine, user);
    const pid = await sessions.serverPid(machine, user);
    await machine.run(['systemctl', '--user', 'restart', 'tmux-server'], { user });
    await sessions.waitUntilBack(machine, user, before);
    assert.notEqual(await sessions.serverPid(machine, user), pid);
    await waitForLoss(machine, user, ['stopped']);
  });

  test("after the user's kill-server nothing comes back by itself, saving goes on, and what was closed can be brought back", async () => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    await sessions.openSessions(machine, user);
    const before = await sessions.waitUntilSaved(machine, user);
    await sessions.tmux(machine, user, 'kill-server');
    await waitForLoss(machine, user, ['kill-server']);
    await machine.waitFor('the killed sessions to be closed', async () => {
      const { closed } = await manifestOf(machine, user);
      assert.deepEqual(closed.map(({ session }) => displayText(session.name)).sort(), Object.keys(before).sort());
      assert(closed.every(({ how }) => how === 'kill-server'));
    });

    const open = (name: string): Promise<string> =>
      sessions.tmux(machine, user, 'new-session', '-d', '-s', name, '-n', 'w', '-c', '/usr');
    await machine.waitFor('the next server', () => open('next'));
    await waitForSaved('next');
    await open('later');
    await waitForSaved('later');
    await machine.holds(async () => {
      assert.deepEqual([...(await sessions.sessionNames(machine, user))].sort(), ['later', 'next']);
    }, QUIET_MS);

    await machine.run(['tmux-persist', 'restore', '--closed'], { user });
    await machine.waitFor('what was closed to be back', async () => {
      const { next, later, ...others } = await sessions.shapeOfServer(machine, user);
      assert(next !== undefined && later !== undefined);
      assert.deepEqual(others, before);
    });

    /** P6 says 1 s; a look from outside the machine takes some of the second. */
    async function waitForSaved(name: string): Promise<void> {
      const look = async (): Promise<void> => {
        const manifest = await manifestOf(machine, user);
        assert(
          manifest.sessions.some((session) => session.name === name),
          `no session '${name}' is saved`,
        );
      };
      await machine.waitFor(`session '${name}' to be saved`, look, { deadlineMs: 2_000 });
    }
  });
});
