/**
 * An agent that stands still while its server goes on, dies or is replaced, as on a machine that swaps or under a debugger: when it
 * goes on it finds out what is, loses nothing, and takes nothing that its user closed for lost.
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Manifest } from '../../src/model/manifest.js';
import { AgentRig, buildProgram, entriesOf, namesOf, type RunningAgent } from '../support/agent-rig.js';
import { waitFor } from '../support/tmux-rig.js';

before(buildProgram);

const holds =
  (...names: string[]) =>
  (manifest: Manifest): boolean =>
    names.every((name) => namesOf(manifest.sessions).includes(name));

/** A rig with an agent and a server with these sessions, all on disk. */
async function begun(t: Parameters<typeof AgentRig.make>[0], ...names: readonly [string, ...string[]]) {
  const rig = await AgentRig.make(t);
  const agent = await rig.start('waiting');
  const pid = await rig.begin(names[0]);
  for (const name of names.slice(1)) await rig.tmux('new-session', '-d', '-s', name);
  await rig.saved('the sessions', (m) => m.server?.pid === pid && holds(...names)(m));
  return { rig, agent, pid };
}

/** Stops the agent for a few seconds, or until `untilMs` on the clock of performance.now(). */
async function whileStopped(agent: RunningAgent, task: () => Promise<unknown>, untilMs = performance.now() + 5000) {
  process.kill(agent.pid, 'SIGSTOP');
  await task();
  await waitFor('the time to go on', () => performance.now() > untilMs, 60_000);
  process.kill(agent.pid, 'SIGCONT');
}

describe('an agent that was stopped for a while', { concurrency: 9 }, () => {
  test('sees what changed meanwhile; what its user closed is being closed, not lost', async (t) => {
    const { rig, agent, pid } = await begun(t, 'kept', 'done', 'renamed');
    await whileStopped(agent, async () => {
      await rig.tmux('kill-session', '-t', '=done');
      await rig.tmux('rename-session', '-t', '=renamed', 'other');
      for (const name of ['new 1', 'new 2']) await rig.tmux('new-session', '-d', '-s', name);
      for (let split = 0; split < 3; split++) await rig.tmux('split-window', '-d', '-t', '=kept:');
    });
    const manifest = await rig.saved('what is', holds('kept', 'other', 'new 1', 'new 2'));
    assert.deepEqual(
      [manifest.sessions.length, entriesOf(manifest.pending), entriesOf(manifest.closed), manifest.server?.pid],
      [4, ['closing done'], [], pid],
    );
    assert.equal(manifest.windows.find(({ panes }) => panes.length === 4)?.panes.length, 4);
    const { lastLoss, lastRestore, problems } = await rig.status();
    assert.deepEqual([lastLoss, lastRestore, problems], [null, null, []]);
    await rig.tmux('new-session', '-d', '-s', 'later');
    await rig.saved('a later session', holds('later'));
  });

  test('restores what died meanwhile when nobody started a server', async (t) => {
    const { rig, agent, pid } = await begun(t, 'a', 'b');
    await whileStopped(agent, () => rig.killServer(pid));
    await rig.sessions(['a', 'b']);
    const manifest = await rig.saved('the new server', (m) => m.server?.pid !== pid && holds('a', 'b')(m));
    assert.deepEqual(entriesOf([...manifest.pending, ...manifest.closed]), []);
    const { lastLoss, lastRestore } = await rig.status();
    assert.deepEqual([lastLoss?.cause, lastLoss?.sessions, lastRestore?.restored], ['signal', 2, 2]);
  });

  test('restores what died meanwhile into the server that its user has started since, beside what is there', async (t) => {
    const { rig, agent, pid } = await begun(t, 'a', 'b');
    let pane = '';
    await whileStopped(agent, async () => {
      await rig.killServer(pid);
      await rig.begin('mine');
      pane = await rig.tmux('list-panes', '-a', '-F', '#{pane_pid}');
    });
    await rig.sessions(['a', 'b', 'mine']);
    assert.equal(await rig.tmux('list-panes', '-t', '=mine:', '-F', '#{pane_pid}'), pane);
    const manifest = await rig.saved('the new server', (m) => m.server?.pid !== pid && holds('a', 'b', 'mine')(m));
    assert.deepEqual(entriesOf([...manifest.pending, ...manifest.closed]), []);
    assert.equal((await rig.status()).lastLoss?.cause, 'signal');
  });

  test('restores what died two servers ago', async (t) => {
    const { rig, agent, pid } = await begun(t, 'a', 'b');
    await whileStopped(agent, async () => {
      await rig.killServer(pid);
      await rig.killServer(await rig.begin('never seen'));
      await rig.begin('mine');
    });
    await rig.sessions(['a', 'b', 'mine']);
  });

  test('knows a kill-server of that time for what it was', async (t) => {
    const { rig, agent } = await begun(t, 'own');
    await whileStopped(agent, () => rig.tmux('kill-server'));
    const manifest = await rig.saved('the closing', ({ closed }) => closed.length === 1);
    assert.deepEqual([namesOf(manifest.sessions), entriesOf(manifest.closed)], [[], ['kill-server own']]);
    await rig.begin('next');
    await rig.saved('the next server', holds('next'));
    await rig.sessions(['next']);
    assert.equal((await rig.status()).lastRestore, null);
  });

  test('does not take a session for closed that died with its server half a minute after it vanished', async (t) => {
    const { rig, agent, pid } = await begun(t, 'kept', 'gone');
    await rig.tmux('kill-session', '-t', '=gone');
    const vanishedAt = performance.now();
    await rig.saved('the closing', (m) => entriesOf(m.pending).join() === 'closing gone');
    await whileStopped(agent, () => rig.killServer(pid), vanishedAt + 32_000);
    await rig.sessions(['gone', 'kept']);
    assert.deepEqual(entriesOf((await rig.manifest())?.closed ?? []), []);
  });

  test('goes on in the middle of a restore', async (t) => {
    const names = ['s0', ...Array.from({ length: 30 }, (_, at) => `s${String(at + 1)}`)] as [string, ...string[]];
    const { rig, agent, pid } = await begun(t, ...names);
    await rig.killServer(pid);
    await waitFor('the first session', async () => (await rig.tmux('list-sessions').catch(() => '')) !== '');
    await whileStopped(agent, () => rig.tmux('new-session', '-d', '-s', 'mine'));
    await rig.sessions([...names, 'mine']);
    const manifest = await rig.saved('everything', holds(...names, 'mine'));
    assert.deepEqual(entriesOf([...manifest.pending, ...manifest.closed]), []);
  });

  test('and whose server died in the middle of a restore begins again in the next one', async (t) => {
    const names = ['s0', ...Array.from({ length: 30 }, (_, at) => `s${String(at + 1)}`)] as [string, ...string[]];
    const { rig, agent, pid } = await begun(t, ...names);
    await rig.killServer(pid);
    await waitFor('the first session', async () => (await rig.tmux('list-sessions').catch(() => '')) !== '');
    const second = await rig.serverPid();
    await whileStopped(agent, async () => {
      await rig.killServer(second);
      await rig.begin('mine');
    });
    await rig.sessions([...names, 'mine']);
    const manifest = await rig.saved('everything', holds(...names, 'mine'));
    assert.deepEqual(entriesOf([...manifest.pending, ...manifest.closed]), []);
  });

  test('is told of by status for what it is, and commands beside it do their work', async (t) => {
    const { rig, agent } = await begun(t, 'kept');
    await whileStopped(agent, async () => {
      await rig.tmux('new-session', '-d', '-s', 'meanwhile');
      const { agent: told, server } = await rig.status();
      assert.deepEqual([told.pid, server?.sessions], [agent.pid, 2]);
      const ran = await rig.run(['save']);
      assert.ok(ran.code === 0 || ran.code === 7, ran.stderr);
      if (ran.code === 0) assert.ok(holds('kept', 'meanwhile')((await rig.manifest()) as Manifest));
    });
    await rig.saved('both', holds('kept', 'meanwhile'));
    await rig.tmux('new-session', '-d', '-s', 'later');
    await rig.saved('a later session', holds('later'));
  });
});
