/** Undo and forget through the agent of a real user manager, in the seconds after something was closed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { ForgetReport, RestoreReport } from '../../src/model/report.js';
import { machineTests } from './machine-tests.js';
import { manifestOf } from './product.js';
import * as sessions from './sessions.js';

/** Time goes by between a closing and the end of everything: that is what the test is about. */
const CLOSED_BEFORE_MS = 10_000;

machineTests('undo', (rig) => {
  test('what was closed a moment ago is back after undo: one session, and all of a kill-server at once', async () => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    await sessions.openSessions(machine, user);
    const before = await sessions.waitUntilSaved(machine, user);
    const undo = async (): Promise<RestoreReport> =>
      JSON.parse(await machine.run(['tmux-persist', 'undo', '--json'], { user, timeoutMs: 20_000 })) as RestoreReport;
    const [closed] = sessions.ODD_NAMES;
    await sessions.tmux(machine, user, 'kill-session', '-t', `=${closed}`);
    assert.deepEqual(
      (await undo()).outcomes.map(({ session, result }) => [session, result]),
      [[closed, 'restored']],
    );
    await sessions.waitUntilBack(machine, user, before);

    await sessions.tmux(machine, user, 'kill-server');
    const report = await undo();
    assert.deepEqual([report.restored, report.failed, report.skipped], [Object.keys(before).length, 0, 0]);
    await sessions.waitUntilBack(machine, user, before);
    await machine.waitFor('nothing to be left over', async () => {
      const { pending, closed: left } = await manifestOf(machine, user);
      assert.deepEqual([pending, left], [[], []]);
    });
  });

  test('a session closed ten seconds before its server is restarted, or the machine is, stays closed, and undo has it', async () => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    await sessions.openSessions(machine, user);
    const before = await sessions.waitUntilSaved(machine, user);
    const [first, second] = sessions.ODD_NAMES;
    let left = before;
    const restarts = [
      [first, () => machine.run(['systemctl', '--user', 'restart', 'tmux-server'], { user })],
      [second, () => machine.reboot()],
    ] as const;
    for (const [name, restart] of restarts) {
      await sessions.tmux(machine, user, 'kill-session', '-t', `=${name}`);
      await delay(CLOSED_BEFORE_MS);
      await restart();
      left = Object.fromEntries(Object.entries(left).filter(([other]) => other !== name));
      await sessions.waitUntilBack(machine, user, left);
      const { pending } = await manifestOf(machine, user);
      assert.deepEqual(pending, []);
    }
    for (const name of [second, first]) {
      const printed = await machine.run(['tmux-persist', 'undo', '--json'], { user, timeoutMs: 20_000 });
      const { outcomes } = JSON.parse(printed) as RestoreReport;
      assert.deepEqual(
        outcomes.map(({ session, result }) => [session, result]),
        [[name, 'restored']],
      );
    }
    await sessions.waitUntilBack(machine, user, before);
  });

  test('what was forgotten beside the agent does not come back with the next server', async () => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    await sessions.openSessions(machine, user);
    const before = await sessions.waitUntilSaved(machine, user);
    const [gone] = sessions.ODD_NAMES;
    await sessions.tmux(machine, user, 'kill-session', '-t', `=${gone}`);
    const printed = await machine.run(['tmux-persist', 'forget', '--json', gone], { user, timeoutMs: 20_000 });
    assert.equal((JSON.parse(printed) as ForgetReport).forgotten, 1);
    const killed = await sessions.serverPid(machine, user);
    await machine.run(['kill', '-KILL', String(killed)]);
    const others = Object.fromEntries(Object.entries(before).filter(([name]) => name !== gone));
    await sessions.waitUntilBack(machine, user, others);
    const { pending, closed } = await manifestOf(machine, user);
    assert.deepEqual([pending, closed], [[], []]);
    await machine.run(['tmux-persist', 'restore', '--from', (JSON.parse(printed) as ForgetReport).manifestId, gone], {
      user,
    });
    await sessions.waitUntilBack(machine, user, before);
  });
});
