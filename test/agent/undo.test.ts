/**
 * Undo and forget beside a running agent: what it is told by the saved state alone it neither overwrites nor brings back.
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { ForgetReport, RestoreReport } from '../../src/model/report.js';
import { AgentRig, buildProgram, entriesOf, namesOf } from '../support/agent-rig.js';
import { waitFor } from '../support/tmux-rig.js';

before(buildProgram);

const resultsOf = (report: RestoreReport): string[] =>
  report.outcomes.map(({ session, result }) => `${session} ${result}`).sort();

/** An agent and a server with these sessions, all saved; the first one stays. */
async function watched(rig: AgentRig, ...names: readonly string[]) {
  const agent = await rig.start('waiting');
  const [first = '', ...others] = names;
  const pid = await rig.begin(first);
  for (const name of others) await rig.tmux('new-session', '-d', '-s', name, '-n', 'work');
  await rig.saved('all sessions', (m) => m.sessions.length === names.length);
  return { agent, pid };
}

/** Takes a state for saved once the agent has looked again, at something new. */
async function lookedAgain(rig: AgentRig): Promise<void> {
  const name = `again-${String(Math.floor(performance.now()))}`;
  await rig.tmux('new-session', '-d', '-s', name);
  await rig.saved('another look', (m) => namesOf(m.sessions).includes(name));
}

describe('undo and forget beside an agent', { concurrency: 4 }, () => {
  test('undo at once brings back a session killed a moment ago, again the one before, and then there is nothing', async (t) => {
    const rig = await AgentRig.make(t);
    await watched(rig, 'kept', 'one', 'two');
    await rig.tmux('split-window', '-d', '-t', '=two:work');
    await rig.saved('the split', (m) => m.windows.some(({ panes }) => panes.length === 2));
    await rig.tmux('kill-session', '-t', '=one');
    await rig.saved('the closing', (m) => m.pending.length === 1);
    // Nobody waits for the agent to have seen this one.
    await rig.tmux('kill-session', '-t', '=two');
    assert.deepEqual(resultsOf(await rig.json<RestoreReport>('undo')), ['two restored']);
    await rig.sessions(['kept', 'two']);
    assert.equal((await rig.server.rows('list-panes', '#{pane_id}', '-t', '=two:work')).length, 2);
    assert.deepEqual(resultsOf(await rig.json<RestoreReport>('undo')), ['one restored']);
    await rig.sessions(['kept', 'one', 'two']);
    const ran = await rig.run(['undo']);
    assert.deepEqual([ran.code, ran.stdout], [4, '']);
    assert.match(ran.stderr, /^tmux-persist: nothing was closed in the last week; .*\n$/);
    const manifest = await rig.saved('all of it', (m) => m.sessions.length === 3);
    assert.deepEqual([manifest.pending, manifest.closed], [[], []]);
    // The half minute of a closing that was undone ends without a word.
    assert.equal((await rig.status()).problems.length, 0);
  });

  test('undo right after kill-server starts a server and brings back all of it, and what was closed before only the next time', async (t) => {
    const rig = await AgentRig.make(t);
    const { pid } = await watched(rig, 'api', 'docs', 'early', 'web');
    await rig.tmux('kill-session', '-t', '=early');
    await rig.saved('the closing', (m) => m.pending.length === 1);
    await rig.tmux('kill-server');
    const report = await rig.json<RestoreReport>('undo');
    assert.deepEqual(resultsOf(report), ['api restored', 'docs restored', 'web restored']);
    await rig.sessions(['api', 'docs', 'web']);
    assert.notEqual(await rig.serverPid(), pid);
    assert.deepEqual(resultsOf(await rig.json<RestoreReport>('undo')), ['early restored']);
    await rig.sessions(['api', 'docs', 'early', 'web']);
    await rig.saved('all of it', (m) => m.sessions.length === 4 && m.pending.length + m.closed.length === 0);
  });

  test('status says what undo would bring back, with when and how, and its JSON keeps its names', async (t) => {
    const rig = await AgentRig.make(t);
    await watched(rig, 'api', 'docs', 'web');
    await rig.tmux('kill-session', '-t', '=docs');
    await rig.saved('the closing', (m) => m.pending.length === 1);
    assert.match((await rig.run(['status'])).stdout, /^closed: {7}1 session \d+ s ago: docs \(tmux-persist undo\)$/m);
    await rig.tmux('kill-server');
    await rig.saved('the end', (m) => m.closed.length === 3);
    const line =
      /^closed: {7}2 sessions by kill-server \d+ s ago: api, web \(tmux-persist\s+undo\),\s+and\s+1\s+before$/m;
    const shown = (await rig.run(['status'])).stdout;
    assert.match(shown, line);
    assert.match(shown, /^Nothing needs you\.$/m, 'it is nothing that is wrong');
    assert.equal(
      Object.keys(await rig.status()).join(' '),
      'version agent server manifest lastLoss lastRestore problems protected lingering programs',
    );
    assert.equal((await rig.run(['undo'])).code, 0);
    assert.match((await rig.run(['status'])).stdout, /^closed: {7}1 session \d+ s ago: docs \(tmux-persist undo\)$/m);
    assert.equal((await rig.run(['undo'])).code, 0);
    assert.doesNotMatch((await rig.run(['status'])).stdout, /^closed:/m);
  });

  test('forget takes a session that is being closed out of restoring, and no look, loss or restart of the agent brings it back', async (t) => {
    const rig = await AgentRig.make(t);
    const { agent, pid } = await watched(rig, 'kept', 'gone');
    await rig.tmux('kill-session', '-t', '=gone');
    // At once: whoever forgets it need not know when the agent looks.
    const report = await rig.json<ForgetReport>('forget', 'gone');
    assert.deepEqual([report.forgotten, report.live, report.entries.map(({ how }) => how)], [1, false, ['closing']]);
    const isForgotten = async (): Promise<void> => {
      const manifest = await rig.manifest();
      assert.deepEqual([manifest?.pending, manifest?.closed], [[], []]);
      assert.ok(!namesOf(manifest?.sessions ?? []).includes('gone'));
    };
    await isForgotten();
    await lookedAgain(rig);
    await isForgotten();
    await rig.killServer(pid);
    await rig.saved('the restore', (m) => m.server?.pid !== pid && m.trigger !== 'server' && m.sessions.length === 2);
    await isForgotten();
    assert.equal(await agent.end('SIGTERM'), 0);
    await rig.start('watching');
    await lookedAgain(rig);
    await isForgotten();
    const { code } = await rig.run(['restore', 'gone']);
    assert.equal(code, 4);
    const back = await rig.json<RestoreReport>('restore', '--from', report.manifestId, 'gone');
    assert.deepEqual(resultsOf(back), ['gone restored'], 'history has it');
  });

  test('a session that was open when its server ended can be forgotten before it comes back, and then does not', async (t) => {
    const rig = await AgentRig.make(t);
    const { agent, pid } = await watched(rig, 'kept', 'gone');
    await agent.end('SIGKILL');
    await rig.killServer(pid);
    const report = await rig.json<ForgetReport>('forget', 'gone');
    assert.deepEqual([report.forgotten, report.entries[0]?.how], [1, 'saved']);
    await rig.start('watching');
    await rig.sessions(['kept']);
    const manifest = await rig.saved('the new server', (m) => m.server?.pid !== pid && m.sessions.length === 1);
    assert.deepEqual([manifest.pending, manifest.closed], [[], []]);
  });

  test('with the last session forgotten an agent starts no server, and takes the next one as it comes', async (t) => {
    const rig = await AgentRig.make(t);
    const { agent, pid } = await watched(rig, 'only');
    await agent.end('SIGKILL');
    await rig.killServer(pid);
    assert.equal((await rig.run(['forget', 'only'])).code, 0);
    await rig.start('waiting');
    await assert.rejects(rig.serverPid());
    await rig.begin('new');
    const manifest = await rig.saved('the new session', (m) => namesOf(m.sessions).join() === 'new');
    assert.deepEqual([manifest.pending, manifest.closed], [[], []]);
  });

  test('all that waits or was closed under a name is forgotten, the live session of that name stays saved', async (t) => {
    const rig = await AgentRig.make(t);
    const { agent } = await watched(rig, 'kept', 'web');
    await rig.tmux('kill-session', '-t', '=web');
    await rig.saved('the closing', (m) => m.pending.length === 1);
    await rig.tmux('new-session', '-d', '-s', 'web');
    await rig.saved('the new one', (m) => m.sessions.length === 2);
    const undone = await rig.run(['undo', '--json']);
    assert.deepEqual([undone.code, resultsOf(JSON.parse(undone.stdout) as RestoreReport)], [4, ['web skipped']]);
    assert.match(undone.stderr, /forget SESSION/);
    const ran = await rig.run(['forget', 'web']);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(
      ran.stdout,
      /^forgot 1 saved state of 'web':\n {2}gone \d+ s ago, .*: 1 window, 1 pane\nhistory keeps /,
    );
    assert.match(ran.stderr, /'web' lives/);
    await lookedAgain(rig);
    const manifest = await rig.manifest();
    assert.deepEqual([namesOf(manifest?.sessions ?? []).includes('web'), manifest?.pending], [true, []]);
    const again = await rig.run(['forget', 'web']);
    assert.deepEqual([again.code, again.stdout], [4, '']);
    assert.match(again.stderr, /'web' lives.*\n.*nothing else that is saved has session 'web'\n$/);
    assert.equal(await agent.end('SIGTERM'), 0);
    assert.deepEqual(entriesOf((await rig.manifest())?.closed ?? []), []);
  });

  test('what was lost and never came back can be forgotten, and status has no problem with it any more', async (t) => {
    const rig = await AgentRig.make(t);
    await watched(rig, 'a', 'b', 'c');
    await rig.tmux('kill-session', '-a', '-t', '=a');
    await rig.saved('the loss', (m) => m.pending.length === 2);
    const nothing = await rig.run(['undo']);
    assert.deepEqual([nothing.code, nothing.stdout], [4, '']);
    assert.match(nothing.stderr, /'tmux-persist restore' is for what was lost/);
    assert.equal((await rig.run(['forget', 'b'])).code, 0);
    assert.equal((await rig.run(['forget', 'c'])).code, 0);
    await waitFor('a status without problems', async () => (await rig.status()).problems.length === 0);
    assert.deepEqual(await rig.manifest().then((m) => m?.pending), []);
    await rig.sessions(['a']);
  });

  test('undo of a kill-server brings back the paste buffers and options that were set in it, and undo of one session does not', async (t) => {
    const rig = await AgentRig.make(t);
    await watched(rig, 'api', 'docs');
    await rig.tmux('set-option', '-g', '@mine', 'yes');
    await rig.tmux('set-buffer', '-b', 'words', 'to be pasted');
    await rig.saved('both', (m) => m.buffers.length === 1 && m.server?.options.session['@mine'] === 'yes');
    await rig.tmux('kill-server');
    await rig.saved('the closing', (m) => m.closed.length === 2);
    // Another server was saved meanwhile, with an option of its own.
    await rig.begin('new');
    await rig.tmux('set-option', '-g', '@other', 'yes');
    await rig.saved('the new server', (m) => namesOf(m.sessions).join() === 'new' && m.buffers.length === 0);
    const option = (name: string): Promise<string> => rig.tmux('show-options', '-gqv', name);
    assert.equal((await rig.json<RestoreReport>('restore', 'docs')).restored, 1);
    assert.deepEqual([await option('@mine'), await rig.tmux('list-buffers')], ['', ''], 'a session is not the server');
    await rig.tmux('kill-session', '-t', '=docs');
    assert.deepEqual(resultsOf(await rig.json<RestoreReport>('undo')), ['docs restored']);
    assert.deepEqual([await option('@mine'), await rig.tmux('list-buffers')], ['', '']);
    assert.deepEqual(resultsOf(await rig.json<RestoreReport>('undo')), ['api restored']);
    assert.deepEqual([await option('@mine'), await option('@other')], ['yes', 'yes']);
    assert.equal(await rig.tmux('show-buffer', '-b', 'words'), 'to be pasted');
  });
});
