/**
 * Closing a session: on record at once, decided once its server has outlived it. The slow half minute is real.
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Manifest } from '../../src/model/manifest.js';
import { AgentRig, buildProgram, entriesOf, namesOf } from '../support/agent-rig.js';
import { lives, waitFor } from '../support/tmux-rig.js';

before(buildProgram);

/** A server with two sessions and an agent, of which `done` was just closed. */
async function closeOne(rig: AgentRig) {
  const agent = await rig.start('waiting');
  const pid = await rig.begin('kept');
  await rig.tmux('new-session', '-d', '-s', 'done', '-n', 'work');
  await rig.tmux('split-window', '-d', '-t', '=done:');
  await rig.saved('both', (m) => m.sessions.length === 2 && m.windows.some((window) => window.panes.length === 2));
  await rig.tmux('kill-session', '-t', '=done');
  const closedAt = performance.now();
  const manifest = await rig.saved('the closing', (m) => m.pending.length === 1);
  assert.ok(performance.now() - closedAt < 1000, 'it is on disk within 1 s');
  assert.deepEqual([namesOf(manifest.sessions), entriesOf(manifest.pending)], [['kept'], ['closing done']]);
  return { agent, pid, closedAt };
}

const isClosed = (manifest: Manifest): boolean => entriesOf(manifest.closed).includes('kill-session done');

describe('closing a session', { concurrency: 4 }, () => {
  test('a session that its user closed is on record at once and counts as closed after half a minute', async (t) => {
    const rig = await AgentRig.make(t);
    const { pid, closedAt } = await closeOne(rig);
    assert.deepEqual((await rig.status()).problems, []);
    const manifest = await rig.saved('the closed session', isClosed, 45_000);
    assert.ok(performance.now() - closedAt > 29_000, 'not before the server has outlived it');
    assert.deepEqual(entriesOf(manifest.pending), []);
    assert.equal(manifest.closed[0]?.windows[0]?.panes.length, 2, 'it is kept whole');

    // What was closed stays closed, also when the server dies later.
    await rig.killServer(pid);
    await rig.sessions(['kept']);
    await rig.saved('the new server', (m) => m.server?.pid !== pid && m.sessions.length === 1 && isClosed(m));
    assert.equal((await rig.run(['restore', 'done'])).code, 0);
    await rig.sessions(['done', 'kept']);
    assert.equal((await rig.server.rows('list-panes', '#{pane_id}', '-t', '=done:')).length, 2);
    await rig.saved('the session back', (m) => m.sessions.length === 2 && m.closed.length === 0);
  });

  test('a closing is decided at once when the agent is stopped and the server lives', async (t) => {
    const rig = await AgentRig.make(t);
    const { agent } = await closeOne(rig);
    assert.equal(await agent.end('SIGTERM'), 0);
    const manifest = await rig.manifest();
    assert.ok(manifest !== null && isClosed(manifest));
    assert.deepEqual(entriesOf(manifest.pending), []);
  });

  test('a server that dies within half a minute of a closing takes it along: the session comes back', async (t) => {
    const rig = await AgentRig.make(t);
    const { pid } = await closeOne(rig);
    await rig.killServer(pid);
    await rig.sessions(['done', 'kept']);
    assert.equal((await rig.server.rows('list-panes', '#{pane_id}', '-t', '=done:')).length, 2);
  });

  test('a killed agent forgets no closing: the next one decides it half a minute later', async (t) => {
    const rig = await AgentRig.make(t);
    const { agent } = await closeOne(rig);
    await agent.end('SIGKILL');
    await rig.start('watching');
    assert.deepEqual(entriesOf((await rig.manifest())?.pending ?? []), ['closing done']);
    await rig.saved('the closed session', isClosed, 45_000);
  });

  test('two sessions that vanish at once from a young server are lost, not closed: they wait to be restored', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.start('waiting');
    const pid = await rig.begin('a');
    for (const name of ['b', 'c']) await rig.tmux('new-session', '-d', '-s', name);
    await rig.saved('all', (m) => m.sessions.length === 3);
    await rig.tmux('kill-session', '-a', '-t', '=a');
    const manifest = await rig.saved('the loss', (m) => m.pending.length === 2);
    assert.deepEqual(entriesOf(manifest.pending), ['lost b', 'lost c']);
    const { problems } = await rig.status();
    assert.deepEqual(
      problems.map(({ code }) => code),
      ['not-restored'],
    );
    const ran = await rig.run(['restore']);
    assert.equal(ran.code, 0, ran.stderr);
    await rig.sessions(['a', 'b', 'c']);
    await waitFor('a status without problems', async () => (await rig.status()).problems.length === 0);
    assert.ok(await lives(pid));
  });
});
