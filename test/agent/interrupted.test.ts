/**
 * A restore that is cut off: by the next death of the server, by the death of the agent, by its own signal. Nothing is
 * lost by it, nothing comes back twice, and no half-made session stays.
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { AgentRig, buildProgram, namesOf } from '../support/agent-rig.js';
import { waitFor } from '../support/tmux-rig.js';

before(buildProgram);

const NAMES = Array.from({ length: 40 }, (_, at) => `session ${String(at)}`);

/** A server with many sessions of three panes each, all on disk; returns its shape. */
async function many(rig: AgentRig): Promise<string> {
  await rig.begin(NAMES[0] ?? '', '-n', 'work', 'sleep 1000');
  for (const name of NAMES.slice(1)) await rig.tmux('new-session', '-d', '-s', name, '-n', 'work', 'sleep 1000');
  for (const name of NAMES) {
    await rig.tmux(
      'split-window',
      '-h',
      '-t',
      `=${name}:`,
      'sleep 1000',
      ';',
      'split-window',
      '-t',
      `=${name}:`,
      'sleep 1000',
    );
  }
  assert.equal((await rig.run(['save'])).code, 0);
  return sorted(await rig.shape());
}

const sorted = (text: string): string => text.split('\n').sort().join('\n');

/** Waits until the sessions of a new server begin to appear. */
const begun = (rig: AgentRig): Promise<number> =>
  waitFor('the first session', async () => {
    const names = await rig.tmux('list-sessions').catch(() => '');
    return names === '' ? null : rig.serverPid().catch(() => null);
  });

describe('a restore that is cut off', { concurrency: 3 }, () => {
  test('by the death of the server: the next one gets everything', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.start('waiting');
    const before = await many(rig);
    await rig.killServer(await rig.serverPid());
    for (let death = 0; death < 2; death++) await rig.killServer(await begun(rig));
    await rig.sessions(NAMES);
    await waitFor('the same picture', async () => sorted(await rig.shape()) === before);
    const manifest = await rig.saved('everything', (m) => m.pending.length === 0 && m.sessions.length === NAMES.length);
    assert.deepEqual(namesOf(manifest.sessions), [...NAMES].sort());
  });

  test('by SIGKILL of the agent: the next agent brings the rest and leaves nothing half made', async (t) => {
    const rig = await AgentRig.make(t);
    const first = await rig.start('waiting');
    const before = await many(rig);
    await rig.killServer(await rig.serverPid());
    await begun(rig);
    await first.end('SIGKILL');
    await rig.start('watching');
    await rig.sessions(NAMES);
    await waitFor('the same picture', async () => sorted(await rig.shape()) === before);
    await rig.saved('everything', (m) => m.pending.length === 0 && m.sessions.length === NAMES.length);
  });

  test('by SIGTERM of the agent: it is finished first', async (t) => {
    const rig = await AgentRig.make(t);
    const agent = await rig.start('waiting');
    const before = await many(rig);
    await rig.killServer(await rig.serverPid());
    await begun(rig);
    assert.equal(await agent.end('SIGTERM'), 0);
    assert.equal(sorted(await rig.shape()), before);
    const manifest = await rig.manifest();
    assert.deepEqual([manifest?.sessions.length, manifest?.pending], [NAMES.length, []]);
    assert.doesNotMatch(await rig.tmux('show-hooks', '-g'), /\[8317\]/);
  });

  test('by SIGKILL of a restore by hand: the next one brings the rest', async (t) => {
    const rig = await AgentRig.make(t);
    const before = await many(rig);
    await rig.killServer(await rig.serverPid());
    const restore = rig.launch({ args: ['restore'] });
    await begun(rig);
    await restore.end('SIGKILL');
    const ran = await rig.run(['restore']);
    assert.ok(ran.code === 0 || ran.code === 5, ran.stderr);
    await rig.sessions(NAMES);
    assert.equal(sorted(await rig.shape()), before);
  });

  test('by a restore by hand beside the one of the agent: each session comes back once', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.start('waiting');
    const before = await many(rig);
    await rig.killServer(await rig.serverPid());
    const runs = await Promise.all([rig.run(['restore']), rig.run(['restore'])]);
    for (const ran of runs) assert.equal(ran.code, 0, ran.stderr);
    await rig.sessions(NAMES);
    await waitFor('the same picture', async () => sorted(await rig.shape()) === before);
    await rig.saved('everything', (m) => m.pending.length === 0 && m.sessions.length === NAMES.length);
  });
});
