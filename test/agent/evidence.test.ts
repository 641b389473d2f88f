/**
 * Memory trouble is counted from one agent to the next: what the kernel killed while none was there is near for the next one.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test, type TestContext } from 'node:test';
import { MemoryEvidence } from '../../src/agent/evidence.js';
import type { OomCounters } from '../../src/model/oom-counters.js';
import { AgentRig, buildProgram, entriesOf } from '../support/agent-rig.js';

before(buildProgram);

/** A memory.events of its own, as the kernel writes it; returns its path and how to set its count. */
async function events(t: TestContext): Promise<{ path: string; kills: (count: number) => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'tmux-persist-events-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'memory.events');
  const kills = (count: number): Promise<void> =>
    writeFile(path, `low 0\nhigh 0\nmax 7\noom 3\noom_kill ${String(count)}\noom_group_kill 0\n`);
  await kills(4);
  return { path, kills };
}

test('kills are counted from the first sample on', async (t) => {
  const { path, kills } = await events(t);
  const memory = new MemoryEvidence(path);
  assert.equal(memory.oomKillsNear(), 0);
  memory.sample();
  assert.equal(memory.oomKillsNear(), 0);
  await kills(6);
  memory.sample();
  assert.equal(memory.oomKillsNear(), 2);
  assert.equal(memory.counters().manager, 6);
});

test('an agent that goes on from the counts of the one before it sees what was killed between them', async (t) => {
  const { path, kills } = await events(t);
  const kept = new MemoryEvidence(path).counters();
  await kills(5);
  const next = new MemoryEvidence(path);
  next.startFrom(kept);
  next.sample();
  assert.equal(next.oomKillsNear(), 1);
});

test('counts of another boot tell nothing', async (t) => {
  const { path, kills } = await events(t);
  const kept = { ...new MemoryEvidence(path).counters(), bootId: 'another', machine: 0 };
  await kills(5);
  const next = new MemoryEvidence(path);
  next.startFrom(kept);
  next.sample();
  assert.equal(next.oomKillsNear(), 0);
});

test('a user manager that began anew, and counts from 0, is no kill', async (t) => {
  const { path, kills } = await events(t);
  const kept = new MemoryEvidence(path).counters();
  await kills(0);
  const next = new MemoryEvidence(path);
  next.startFrom(kept);
  next.sample();
  assert.equal(next.oomKillsNear(), 0);
});

test('counts of a command that was run outside of the user manager make no kill of what it could not see', async (t) => {
  const { path } = await events(t);
  const next = new MemoryEvidence(path);
  next.startFrom(new MemoryEvidence(null).counters());
  next.sample();
  assert.equal(next.oomKillsNear(), 0);
});

test('a save by hand takes for lost what went while the kernel killed and nobody looked', async (t) => {
  const rig = await AgentRig.make(t);
  await rig.begin('kept');
  await rig.tmux('new-session', '-d', '-s', 'gone');
  assert.equal((await rig.run(['save'])).code, 0);
  const path = join((await rig.stateFolder()) ?? '', 'checked');
  const counters = JSON.parse(await readFile(path, 'utf8')) as OomCounters;
  const killed = counters.machine > 0;
  await writeFile(path, JSON.stringify({ ...counters, machine: counters.machine - (killed ? 1 : 0) }));
  await rig.tmux('kill-session', '-t', '=gone');
  assert.equal((await rig.run(['save'])).code, 0);
  // A machine that never killed for memory has nothing to show but the other half.
  assert.deepEqual(entriesOf((await rig.manifest())?.pending ?? []), [killed ? 'lost gone' : 'closing gone']);
});
