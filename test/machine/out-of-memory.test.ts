/** P1 and P9 with a real out-of-memory kill: the kernel takes the tmux server, not a test with a signal. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitMemory } from './memory-limit.js';
import { machineTests } from './machine-tests.js';
import { waitForLoss } from './product.js';
import * as sessions from './sessions.js';

const LIMIT_BYTES = 8 << 20;
/** A paste buffer of 64 MiB: more than the limit, and the server itself has to hold it. */
const FILL = "head -c 67108864 /dev/zero | tr '\\0' x | tmux -N load-buffer -";

machineTests('memory', (rig) => {
  test('when the kernel kills the tmux server for want of memory, everything is back by itself, and status says why', async (t) => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    await sessions.openSessions(machine, user);
    const before = await sessions.waitUntilSaved(machine, user);
    const killed = await sessions.serverPid(machine, user);
    const limit = limitMemory(machine, killed, LIMIT_BYTES);
    if (limit === null) {
      t.skip('this host has no memory controller for the machine');
      return;
    }
    const kills = await oomKills();
    await machine.tryRun(['sh', '-c', FILL], { user });
    await machine.waitFor('the kill', async () => {
      assert.notEqual(await sessions.serverPid(machine, user), killed);
    });
    limit.lift();
    assert(kills < (await oomKills()), 'the kernel killed nothing');
    await sessions.waitUntilBack(machine, user, before);
    const status = await waitForLoss(machine, user, ['oom-kill']);
    t.diagnostic(`status says: ${status.lastLoss?.detail ?? ''}`);
  });

  async function oomKills(): Promise<number> {
    return Number((await rig.machine.run(['grep', '-w', 'oom_kill', '/proc/vmstat'])).split(' ')[1]);
  }
});
