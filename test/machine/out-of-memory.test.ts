/** P1 and P9 with real out-of-memory kills: the kernel kills by its own choice, not a test with a signal. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { fill, HOG_BYTES, oomKills, openHogs } from './hogs.js';
import type { Machine } from './machine.js';
import { limitMemory, type MemoryLimit } from './memory-limit.js';
import { machineTests } from './machine-tests.js';
import { manifestOf, statusOf, waitForLoss } from './product.js';
import * as sessions from './sessions.js';

/** A paste buffer of 64 MiB: more than the limit, and the server itself has to hold it. */
const FILL = "head -c 67108864 /dev/zero | tr '\\0' x | tmux -N load-buffer -";
const LIMIT_BYTES = 8 << 20;

/** The server takes more than any of the panes, and all of them together more than they share. */
const FILL_LESS = "head -c 25165824 /dev/zero | tr '\\0' x | tmux -N load-buffer -";
const HOGS = 18;
const SHARED_BYTES = 200 << 20;

machineTests('memory', (rig) => {
  test('when the kernel kills the tmux server for want of memory, everything is back by itself, and status says why', async (t) => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    await sessions.openSessions(machine, user);
    const before = await sessions.waitUntilSaved(machine, user);
    const killed = await sessions.serverPid(machine, user);
    const limit = limitOrSkip(t, machine, [killed], LIMIT_BYTES);
    if (limit === null) return;
    const kills = await oomKills(machine);
    await machine.tryRun(['sh', '-c', FILL], { user });
    await machine.waitFor('the kill', async () => {
      assert.notEqual(await sessions.serverPid(machine, user), killed);
    });
    limit.lift();
    assert(kills < (await oomKills(machine)), 'the kernel killed nothing');
    await sessions.waitUntilBack(machine, user, before);
    const status = await waitForLoss(machine, user, ['oom-kill']);
    t.diagnostic(`status says: ${status.lastLoss?.detail ?? ''}`);
  });

  test('when memory runs out the kernel takes a pane and not the tmux server, although that is larger', async (t) => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    await sessions.tmux(machine, user, 'new-session', '-d', '-s', 'quiet', '-c', '/usr');
    await machine.run(['sh', '-c', FILL_LESS], { user });
    const hogs = await openHogs(machine, user, HOGS);
    await machine.waitFor('the panes to be raised', async () => {
      const scores = await machine.run(['cat', ...hogs.map((pid) => `/proc/${pid}/oom_score_adj`)]);
      assert.deepEqual(new Set(scores.split('\n')), new Set(['200']));
    });
    // Beside a server and panes as small as these the agent would be the largest, and it is not what is asked about.
    await machine.run(['systemctl', '--user', 'stop', 'tmux-persist'], { user });
    const server = await sessions.serverPid(machine, user);
    const before = await sessions.processesOf(machine, user);
    const limit = limitOrSkip(t, machine, [server, ...hogs], SHARED_BYTES);
    if (limit === null) return;
    const kills = await oomKills(machine);
    for (const pid of hogs) if ((await oomKills(machine)) === kills) await fill(machine, pid);
    const { stdout: sizes } = await machine.tryRun(['ps', '-o', 'pid=,rss=,args=', '-p', [server, ...hogs].join(',')]);
    limit.lift();
    t.diagnostic(`the server and its panes, in KiB:\n${sizes}`);
    assert(kills < (await oomKills(machine)), 'the kernel killed nothing');
    assert.equal(await sessions.serverPid(machine, user), server);
    const after = await sessions.processesOf(machine, user);
    const killed = before.filter((row) => !after.includes(row));
    // Where a small kill frees too little, the kernel takes another one.
    assert(killed.length > 0 && killed.length < HOGS, `${String(killed.length)} panes were killed`);
    for (const row of killed)
      assert(
        hogs.some((pid) => row.endsWith(` ${pid}`)),
        row,
      );
    await machine.run(['systemctl', '--user', 'start', 'tmux-persist'], { user });
    assert.equal((await statusOf(machine, user)).lastLoss, null);
  });

  test('a server that ends because the kernel took its last pane was not closed: its sessions come back', async (t) => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    // Only a server that was not started by the unit ends with its last session.
    await machine.run(['systemctl', '--user', 'stop', 'tmux-server'], { user });
    await machine.login(user, 'tmux start-server \\; set-option -s exit-empty off');
    const hogs = await openHogs(machine, user, 2);
    await sessions.tmux(machine, user, 'set-option', '-s', 'exit-empty', 'on');
    await sessions.waitUntilSaved(machine, user);
    const server = await sessions.serverPid(machine, user);
    const limit = limitOrSkip(t, machine, hogs, HOG_BYTES / 2);
    if (limit === null) return;
    for (const pid of hogs) await fill(machine, pid);
    await machine.waitFor('the end of the server', async () => {
      assert.notEqual((await machine.tryRun(['kill', '-0', String(server)])).code, 0);
    });
    limit.lift();
    await machine.waitFor('both sessions to be back', async () => {
      assert.deepEqual([...(await sessions.sessionNames(machine, user))].sort(), ['hog-1', 'hog-2']);
    });
    const { lastLoss } = await waitForLoss(machine, user, ['oom-kill', 'unknown']);
    t.diagnostic(`status says: ${lastLoss?.cause ?? ''}: ${lastLoss?.detail ?? ''}`);
    assert.deepEqual((await manifestOf(machine, user)).closed, []);
  });
});

function limitOrSkip(t: TestContext, machine: Machine, pids: readonly number[], bytes: number): MemoryLimit | null {
  const limit = limitMemory(machine, pids, bytes);
  if (limit === null) t.skip('this host has no memory controller for the machine');
  return limit;
}
