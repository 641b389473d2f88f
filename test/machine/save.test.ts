/** P3 on a real machine: no server and an empty younger server, the two that look like a user with nothing open. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { displayText } from '../../src/model/text.js';
import type { User } from './machine.js';
import { machineTests } from './machine-tests.js';
import { manifestOf, manifestPath, statusOf } from './product.js';
import * as sessions from './sessions.js';

machineTests('saving', (rig) => {
  test('fifty saves at the stale socket of a dead server leave the manifest as it was', async () => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    await sessions.openSessions(machine, user);
    await sessions.waitUntilSaved(machine, user);
    await machine.run(['systemctl', '--user', 'stop', 'tmux-persist', 'tmux-server'], { user });
    const digest = (): Promise<string> => machine.run(['sha256sum', manifestPath(machine, user)]);
    const before = await digest();
    // tmux removes its socket when it is stopped: only a killed server leaves one behind.
    await machine.login(user, 'tmux new-session -d');
    await machine.run(['kill', '-KILL', String(await sessions.serverPid(machine, user))]);
    await machine.run(['test', '-S', `/tmp/tmux-${user.uid}/default`]);

    const loop = 'i=0; while [ $i -lt 50 ]; do tmux-persist save >/dev/null 2>&1; echo $?; i=$((i + 1)); done';
    const codes = (await machine.run(['sh', '-c', loop], { user, timeoutMs: 120_000 })).split('\n');
    assert.deepEqual(codes, Array<string>(50).fill('3'));
    assert.equal(await digest(), before);
    await machine.run(['test', '-S', `/tmp/tmux-${user.uid}/default`]);
  });

  test('an empty server is a server: status shows it with no session, and save works', async () => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    const status = await machine.waitFor('the server to be seen', async () => {
      const report = await statusOf(machine, user);
      assert(report.server !== null);
      return report;
    });
    assert.equal(status.server?.sessions, 0);
    assert.equal(status.server.unit, 'tmux-server.service');
    assert.equal(status.agent.running, true);
    const saved = await machine.run(['tmux-persist', 'save', '--json'], { user, timeoutMs: 10_000 });
    assert.equal((JSON.parse(saved) as { readonly sessions: number }).sessions, 0);
    await machine.run(['tmux-persist', 'status'], { user, timeoutMs: 10_000 });
  });

  test('a save at an empty younger server loses nothing of what the older one had', async () => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    await sessions.openSessions(machine, user);
    const before = await sessions.waitUntilSaved(machine, user);
    await machine.run(['systemctl', '--user', 'stop', 'tmux-persist'], { user });
    const killed = await sessions.serverPid(machine, user);
    await machine.run(['kill', '-KILL', String(killed)]);
    await machine.waitFor('the empty next server', async () => {
      assert.notEqual(await sessions.serverPid(machine, user), killed);
    });
    assert.deepEqual(await sessions.sessionNames(machine, user), []);

    await machine.tryRun(['tmux-persist', 'save'], { user, timeoutMs: 10_000 });
    assert.deepEqual(await savedNames(user), Object.keys(before).sort());
    await machine.run(['systemctl', '--user', 'start', 'tmux-persist'], { user });
    await sessions.waitUntilBack(machine, user, before);
  });

  /** Returns the names of the sessions that a restore would bring back. */
  async function savedNames(user: User): Promise<readonly string[]> {
    const manifest = await manifestOf(rig.machine, user);
    const kept = [...manifest.sessions, ...manifest.pending.map(({ session }) => session)];
    return kept.map(({ name }) => displayText(name)).sort();
  }
});
