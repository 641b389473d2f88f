/** What programs want of the cores, with real ones that share a core or do nothing. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { coresWanted, cpuDemand } from '../../src/programs/cpu-demand.js';
import { procView } from '../../src/programs/process-view.js';
import { waitFor } from '../support/tmux-rig.js';

const RIVALS = 7;
const BUSY = 'while :; do :; done';

/** Starts a program on the first core that this process may use (taskset(1), sched_setaffinity(2)); returns its pid. */
function onOneCore(t: TestContext, script: string): number {
  const core = /^Cpus_allowed_list:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? '0';
  const { pid } = spawn('taskset', ['-c', core, 'sh', '-c', script], { stdio: 'ignore', detached: true });
  assert.ok(pid !== undefined);
  // Its children too: they are of its process group.
  t.after(() => process.kill(-pid, 'SIGKILL'));
  return pid;
}

/** Measures for a second what a program computes and wants, in cores. */
async function measure(pid: number): Promise<{ readonly computes: number; readonly wants: number }> {
  const [before, beforeMs] = [cpuDemand(pid, procView()), performance.now()];
  await pause(1000);
  const [now, nowMs] = [cpuDemand(pid, procView()), performance.now()];
  const passedMs = nowMs - beforeMs;
  return { computes: (now.computedMs - before.computedMs) / passedMs, wants: coresWanted(before, now, passedMs) };
}

describe('what a program wants of the cores', () => {
  test('one that works hard wants a core also where many others have it, itself or by a child', async (t) => {
    for (let rival = 0; rival < RIVALS; rival += 1) onOneCore(t, BUSY);
    const busy = [onOneCore(t, BUSY), onOneCore(t, `(${BUSY}) & wait`)];
    await waitFor('the child', () => Promise.resolve(procView().children(busy[1] ?? 0).length > 0));
    for (const { computes, wants } of await Promise.all(busy.map(measure))) {
      assert.ok(computes < 0.25, `it has ${String(computes)} of a core`);
      assert.ok(wants > 0.7, `it wants ${String(wants)} cores`);
    }
  });

  test('one that sleeps wants none, and one that is gone neither', async (t) => {
    for (let rival = 0; rival < RIVALS; rival += 1) onOneCore(t, BUSY);
    const sleeper = onOneCore(t, 'exec sleep 1000');
    const isAsleep = (): boolean => {
      const info = procView().read(sleeper);
      return info?.argv[0] === 'sleep' && info.state === 'S';
    };
    await waitFor('it to sleep', () => Promise.resolve(isAsleep()));
    const { wants } = await measure(sleeper);
    assert.ok(wants < 0.25, `it wants ${String(wants)} cores`);
    assert.deepEqual(cpuDemand(999_999_999, procView()), { computedMs: 0, waitedMs: 0 });
  });

  test('what ended meanwhile takes nothing from the rest', () => {
    const [before, now] = [
      { computedMs: 100, waitedMs: 900 },
      { computedMs: 200, waitedMs: 0 },
    ];
    assert.equal(coresWanted(before, now, 1000), 0.1);
  });
});
