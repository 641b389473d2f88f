/** P1 and P4 on a real machine: the server of one of two users dies; what died comes back, what was closed does not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { displayText } from '../../src/model/text.js';
import { machineTests } from './machine-tests.js';
import { manifestOf, statusOf, waitForLoss } from './product.js';
import * as sessions from './sessions.js';

/** R4: a session that vanished counts as closed after 30 s; and some time to notice it. */
const CLOSING_MS = 45_000;

machineTests('the death of a server', (rig) => {
  test('when the tmux server is killed, everything is back by itself in the same boot, without a key pressed and without a client attached', async (t) => {
    const { machine } = rig;
    const u1 = await rig.addInstalledUser();
    const u2 = await rig.addInstalledUser();
    await sessions.openSessions(machine, u1);
    await sessions.openSessions(machine, u2);
    const before = await sessions.waitUntilSaved(machine, u1);
    await sessions.waitUntilSaved(machine, u2);
    const neighbour = await sessions.processesOf(machine, u2);
    const killed = await sessions.serverPid(machine, u1);

    const start = performance.now();
    await machine.run(['kill', '-KILL', String(killed)]);
    const look = async (): Promise<void> => {
      assert.deepEqual([...(await sessions.sessionNames(machine, u1))].sort(), Object.keys(before).sort());
    };
    await machine.waitFor('all sessions to be listed', look, { deadlineMs: 20_000, everyMs: 5 });
    t.diagnostic(
      `SIGKILL to all ${Object.keys(before).length} sessions listed: ${Math.round(performance.now() - start)} ms`,
    );
    await sessions.waitUntilBack(machine, u1, before);
    t.diagnostic(`SIGKILL to every window and directory as before: ${Math.round(performance.now() - start)} ms`);

    assert.notEqual(await sessions.serverPid(machine, u1), killed);
    assert.equal(await sessions.tmux(machine, u1, 'list-clients'), '');
    assert.deepEqual(await sessions.processesOf(machine, u2), neighbour);
    const status = await waitForLoss(machine, u1, ['signal']);
    assert.match(status.lastLoss?.detail ?? '', /SIGKILL/);
    assert.equal(status.lastLoss?.sessions, Object.keys(before).length);
    assert.equal(status.server?.unit, 'tmux-server.service');
    const { restored, failed, skipped } = status.lastRestore ?? {};
    assert.deepEqual({ restored, failed, skipped }, { restored: Object.keys(before).length, failed: 0, skipped: 0 });
    assert.equal((await statusOf(machine, u2)).lastLoss, null);
  });

  test('a server that crashes comes back as one that was killed', async () => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    await sessions.openSessions(machine, user);
    const before = await sessions.waitUntilSaved(machine, user);
    await machine.run(['kill', '-SEGV', String(await sessions.serverPid(machine, user))]);
    await sessions.waitUntilBack(machine, user, before);
    await waitForLoss(machine, user, ['signal', 'core-dump']);
  });

  test('what came back is saved and comes back from the next death too', async () => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    await sessions.openSessions(machine, user);
    const before = await sessions.waitUntilSaved(machine, user);
    for (let deaths = 0; deaths < 2; deaths++) {
      await machine.run(['kill', '-KILL', String(await sessions.serverPid(machine, user))]);
      await sessions.waitUntilBack(machine, user, before);
      assert.deepEqual(await sessions.waitUntilSaved(machine, user), before);
    }
  });

  test('what died comes back; what the user closed stays closed, and can be brought back by name', async () => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    await sessions.openSessions(machine, user);
    const before = await sessions.waitUntilSaved(machine, user);
    const [closed] = sessions.ODD_NAMES;
    await sessions.tmux(machine, user, 'kill-session', '-t', `=${closed}`);
    const look = async (): Promise<void> => {
      const manifest = await manifestOf(machine, user);
      assert.deepEqual(
        manifest.closed.map(({ session }) => displayText(session.name)),
        [closed],
      );
    };
    await machine.waitFor('the session to count as closed', look, { deadlineMs: CLOSING_MS });

    await machine.run(['kill', '-KILL', String(await sessions.serverPid(machine, user))]);
    const others = Object.fromEntries(Object.entries(before).filter(([name]) => name !== closed));
    await sessions.waitUntilBack(machine, user, others);
    await waitForLoss(machine, user, ['signal']);
    assert.deepEqual(await sessions.shapeOfServer(machine, user), others);

    await machine.run(['tmux-persist', 'restore', closed], { user });
    await sessions.waitUntilBack(machine, user, before);
  });
});
