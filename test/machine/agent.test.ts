/** P8 on a real machine: whatever happens to the agent, no pane is touched. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { User } from './machine.js';
import { machineTests } from './machine-tests.js';
import { installFor, statusOf } from './product.js';
import * as sessions from './sessions.js';

machineTests('the agent', (rig) => {
  test('stopping, upgrading or crashing the agent touches no pane', async () => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    await sessions.openSessions(machine, user);
    // One pane that floods its terminal, one that forks all the time.
    const loads = ['i=0; while :; do i=$((i + 1)); echo $i; done', 'while :; do /bin/true; done'];
    for (const load of loads) await sessions.tmux(machine, user, 'new-session', '-d', 'nice', 'sh', '-c', load);
    await sessions.waitUntilSaved(machine, user);
    const processes = await sessions.processesOf(machine, user);

    const systemctl = (verb: string): Promise<string> =>
      machine.run(['systemctl', '--user', verb, 'tmux-persist'], { user });
    const steps: Readonly<Record<string, () => Promise<unknown>>> = {
      crash: async () => {
        const pid = await agentPid(user);
        await machine.run(['kill', '-KILL', String(pid)]);
        await machine.waitFor('the next agent', async () => {
          assert.notEqual(await agentPid(user), pid);
        });
      },
      restart: () => systemctl('restart'),
      stop: () => systemctl('stop'),
      start: () => systemctl('start'),
      upgrade: () => installFor(machine, user),
    };
    for (const [step, take] of Object.entries(steps)) {
      await take();
      assert.deepEqual(await sessions.processesOf(machine, user), processes, step);
    }

    await sessions.tmux(machine, user, 'new-session', '-d', '-s', 'after all that');
    await sessions.waitUntilSaved(machine, user);
    const status = await statusOf(machine, user);
    assert.equal(status.lastLoss, null);
    assert.equal(status.lastRestore, null);
  });

  test('an agent that was down when the server died brings everything back when it starts', async () => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    await sessions.openSessions(machine, user);
    const before = await sessions.waitUntilSaved(machine, user);
    await machine.run(['systemctl', '--user', 'stop', 'tmux-persist'], { user });
    await machine.run(['kill', '-KILL', String(await sessions.serverPid(machine, user))]);
    await machine.run(['systemctl', '--user', 'start', 'tmux-persist'], { user });
    await sessions.waitUntilBack(machine, user, before);
  });

  async function agentPid(user: User): Promise<number> {
    const { machine } = rig;
    const pid = Number(await machine.run(['systemctl', '--user', 'show', '-P', 'MainPID', 'tmux-persist'], { user }));
    assert.notEqual(pid, 0, 'the agent is not running');
    assert.equal((await statusOf(machine, user)).agent.pid, pid);
    return pid;
  }
});
