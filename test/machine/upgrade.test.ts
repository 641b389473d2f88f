/**
 * An upgrade: a changed program is installed under a running agent. The new one takes over without a gap in what is saved, and without
 * touching a pane, also when the server dies in the middle of it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { User } from './machine.js';
import { machineTests } from './machine-tests.js';
import { installFor, statusOf } from './product.js';
import * as sessions from './sessions.js';

const BUNDLE = '.local/lib/tmux-persist/tmux-persist.js';

/** What is older than this when the server dies has to be back, in ms; on a machine that is busy with more, ten starts of a bare Node. */
const MAY_BE_LOST_MS = 1000;
const NODE_STARTS = 10;

/** How long after the end of the old agent the server is killed, in ms: before the new one runs, while it starts, and just after. */
const DELAYS_MS = [0, 300];

/** A new session every 50 ms, for as long as the file is there; `made` says at what time in ms each was complete. */
const MAKE_SESSIONS = `while [ -e going ]; do at=$(date +%s%3N)
  tmux -N new-session -d -s "s$at" 'exec sleep 1000' 2>/dev/null && echo "$at $(date +%s%3N)" >>made; sleep 0.05; done`;

/** Installs a changed program; $1 is a delay in s, $2 the pid of a server to kill so long after the old agent is gone, or empty. */
const UPGRADE = `{ cat ${BUNDLE}; echo '// changed'; } >new && chmod 755 new && mv new ${BUNDLE}
  old=$(systemctl --user show -P MainPID tmux-persist)
  node ${BUNDLE} install --now >printed 2>&1 & install=$!
  while kill -0 "$old" 2>/dev/null; do sleep 0.005; done
  if [ -n "$2" ]; then sleep "$1"; date +%s%3N >died; kill -KILL "$2"; fi
  began=$(date +%s%3N); node -e 0; echo $(($(date +%s%3N) - began)) >start
  wait "$install"`;

machineTests('an upgrade', (rig) => {
  test('an upgrade of the agent touches no pane, and what is made meanwhile is saved', async (t) => {
    const { machine } = rig;
    const user = await rig.addUser();
    await installFor(machine, user);
    const { ended } = await makeSessions(user);
    const before = await sessions.processesOf(machine, user);
    const old = (await statusOf(machine, user)).agent.pid;
    await machine.run(['sh', '-c', UPGRADE, 'sh', '0', ''], { user, timeoutMs: 120_000 });
    await machine.run(['rm', 'going'], { user });
    await ended;
    assert.notEqual((await statusOf(machine, user)).agent.pid, old);
    const after = await sessions.processesOf(machine, user);
    for (const process of before) assert.ok(after.includes(process), process);
    const shape = await sessions.waitUntilSaved(machine, user);
    assert.equal(Object.keys(shape).length, after.length);
    t.diagnostic(`sessions made before, during and after: ${String(before.length)} of ${String(after.length)} before`);
  });

  test('a server that is killed while the new agent takes over comes back with all that is older than a second', async (t) => {
    const { machine } = rig;
    const user = await rig.addUser();
    await installFor(machine, user);
    for (const delayMs of DELAYS_MS) {
      const { ended } = await makeSessions(user);
      const pid = await sessions.serverPid(machine, user);
      await machine.run(['sh', '-c', UPGRADE, 'sh', String(delayMs / 1000), String(pid)], { user, timeoutMs: 120_000 });
      await machine.run(['rm', 'going'], { user });
      await ended;
      const startMs = Number(await machine.run(['cat', 'start'], { user }));
      const mayBeLostMs = Math.max(MAY_BE_LOST_MS, startMs * NODE_STARTS);
      const diedAt = Number(await machine.run(['cat', 'died'], { user }));
      const rows = (await machine.run(['cat', 'made'], { user })).split('\n').map((row) => row.split(' ').map(Number));
      const made = rows.filter(([, at = Infinity]) => at < diedAt);
      const safe = made.filter(([, at = 0]) => at < diedAt - mayBeLostMs);
      assert.ok(safe.length > 0, 'sessions were made before the death');
      const missing = async (wanted: readonly number[][]): Promise<readonly number[][]> => {
        const names = new Set(await sessions.sessionNames(machine, user));
        return wanted.filter(([name = 0]) => !names.has(`s${String(name)}`));
      };
      await machine.waitFor(
        'all that was older than a second to be back',
        async () => {
          assert.deepEqual(await missing(safe), []);
        },
        { deadlineMs: 30_000 },
      );
      const lost = (await missing(made)).map(([, at = diedAt]) => diedAt - at);
      const oldest = lost.length === 0 ? 0 : Math.max(...lost);
      t.diagnostic(
        `killed ${String(delayMs)} ms after the old agent: ${String(lost.length)} sessions of the last ${String(oldest)} ms are lost (a start of Node took ${String(startMs)} ms)`,
      );
    }
  });

  /** Starts to make sessions; returns, as soon as a second of them is there, what resolves when that has ended. */
  async function makeSessions(user: User): Promise<{ readonly ended: Promise<unknown> }> {
    const { machine } = rig;
    await machine.run(['sh', '-c', 'rm -f made; touch going'], { user });
    const ended = machine.tryRun(['sh', '-c', MAKE_SESSIONS], { user, timeoutMs: 120_000 });
    await machine.waitFor('the first sessions', async () => {
      const rows = (await machine.run(['cat', 'made'], { user })).split('\n');
      assert.ok(rows.length >= 20, String(rows.length));
    });
    return { ended };
  }
});
