/**
 * `restore` without an agent: what it brings back, what it leaves alone, and that planning is not doing.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { HistoryEntry, RestoreReport } from '../../src/model/report.js';
import { AgentRig, buildProgram, entriesOf, namesOf } from '../support/agent-rig.js';
import { lives, waitFor } from '../support/tmux-rig.js';

before(buildProgram);

/** A server with three sessions that are saved. */
async function saved(rig: AgentRig): Promise<number> {
  const pid = await rig.begin('api', '-n', 'editor');
  await rig.tmux('split-window', '-h', '-t', '=api:editor', '-c', '/usr');
  await rig.tmux('new-session', '-d', '-s', 'web app', '-n', 'build', '-x', '120', '-y', '40');
  await rig.tmux('new-session', '-d', '-s', 'docs', '-n', 'notes');
  assert.equal((await rig.run(['save'])).code, 0);
  return pid;
}

/** Every file of the state folder with its bytes. */
async function stateOf(rig: AgentRig): Promise<Record<string, string>> {
  const folder = (await rig.stateFolder()) ?? '';
  const names = await readdir(folder, { recursive: true });
  const files: Record<string, string> = {};
  for (const name of names.sort()) {
    files[name] = await readFile(join(folder, name), 'latin1').catch(() => 'folder');
  }
  return files;
}

const resultsOf = (report: RestoreReport): string[] =>
  report.outcomes.map(({ session, result }) => `${session} ${result}`).sort();

describe('restore by hand', { concurrency: 4 }, () => {
  test('with no server it starts one that outlives it, and everything is as it was', async (t) => {
    const rig = await AgentRig.make(t);
    const pid = await saved(rig);
    const before = await rig.shape();
    await rig.killServer(pid);
    const report = await rig.json<RestoreReport>('restore');
    assert.deepEqual([report.restored, report.failed, report.differences], [3, 0, []]);
    assert.equal(await rig.shape(), before);
    const server = await rig.serverPid();
    assert.ok(await lives(server));
    const session = execFileSync('ps', ['-o', 'sid=', '-p', String(server)], { encoding: 'utf8' });
    assert.equal(Number(session), server, 'in a session of its own');
    const manifest = await rig.manifest();
    assert.deepEqual([manifest?.server?.pid, manifest?.pending, manifest?.trigger], [server, [], 'restore']);
    const { lastRestore } = await rig.status();
    assert.deepEqual([lastRestore?.restored, lastRestore?.manifestId], [3, report.manifestId]);
  });

  test('--dry-run changes nothing, neither beside a server nor without one', async (t) => {
    const rig = await AgentRig.make(t);
    const pid = await saved(rig);
    await rig.tmux('kill-session', '-t', '=docs');
    const [picture, state] = [await rig.picture(), await stateOf(rig)];
    const beside = await rig.json<RestoreReport>('restore', '--dry-run');
    assert.equal(beside.dryRun, true);
    assert.deepEqual(resultsOf(beside), ['api skipped', 'docs restored', 'web app skipped']);
    assert.deepEqual([await rig.picture(), await stateOf(rig)], [picture, state]);
    await rig.killServer(pid);
    const alone = await rig.json<RestoreReport>('restore', '--dry-run');
    assert.deepEqual(resultsOf(alone), ['api restored', 'docs restored', 'web app restored']);
    const text = await rig.run(['restore', '--dry-run', 'docs']);
    assert.match(
      text.stdout,
      /^docs {2}1 window\n.*\n.*\n\nwould restore 1 session, 1 pane; 0 left alone, 0 failed\n$/m,
    );
    await assert.rejects(rig.serverPid(), 'no server was started');
    assert.deepEqual(await stateOf(rig), state);
  });

  test('names restore these and no others; the rest waits', async (t) => {
    const rig = await AgentRig.make(t);
    const pid = await saved(rig);
    await rig.killServer(pid);
    const report = await rig.json<RestoreReport>('restore', 'web app', 'api');
    assert.deepEqual(resultsOf(report), ['api restored', 'web app restored']);
    await rig.sessions(['api', 'web app']);
    assert.deepEqual(entriesOf((await rig.manifest())?.pending ?? []), ['lost docs']);
    assert.equal((await rig.run(['restore'])).code, 0);
    await rig.sessions(['api', 'docs', 'web app']);
    assert.deepEqual(entriesOf((await rig.manifest())?.pending ?? []), []);
  });

  test('a session of a saved name that lives is left alone, and a restore twice is a restore once', async (t) => {
    const rig = await AgentRig.make(t);
    const pid = await saved(rig);
    const savedIn = Math.floor(Date.now() / 1000);
    await rig.killServer(pid);
    // tmux knows no more of a session's age than its second.
    await waitFor('the next second', () => Date.now() / 1000 > savedIn + 1);
    await rig.begin('api', '-n', 'mine', 'sleep', '1000');
    const mine = await rig.tmux('list-panes', '-s', '-t', '=api', '-F', '#{pane_id} #{pane_pid} #{window_name}');
    const first = await rig.json<RestoreReport>('restore');
    assert.deepEqual(resultsOf(first), ['api skipped', 'docs restored', 'web app restored']);
    assert.match(first.outcomes.find(({ session }) => session === 'api')?.reason ?? '', /is there already/);
    assert.equal(await rig.tmux('list-panes', '-s', '-t', '=api', '-F', '#{pane_id} #{pane_pid} #{window_name}'), mine);
    const panes = await rig.tmux('list-panes', '-a', '-F', '#{pane_id} #{pane_pid} #{window_layout}');
    const second = await rig.json<RestoreReport>('restore');
    assert.deepEqual([second.restored, second.failed], [0, 0]);
    assert.equal(await rig.tmux('list-panes', '-a', '-F', '#{pane_id} #{pane_pid} #{window_layout}'), panes);
    const manifest = await rig.manifest();
    assert.deepEqual(entriesOf(manifest?.pending ?? []), ['skipped api'], 'the saved one of that name is kept');
  });

  test('--from restores what an earlier state had', async (t) => {
    const rig = await AgentRig.make(t);
    await saved(rig);
    const [earlier] = await rig.json<HistoryEntry[]>('history');
    await rig.tmux('kill-session', '-t', '=docs');
    await rig.tmux('rename-window', '-t', '=api:', 'other');
    assert.equal((await rig.run(['save'])).code, 0);
    const report = await rig.json<RestoreReport>('restore', '--from', earlier?.id ?? '', 'docs');
    assert.deepEqual([report.manifestId, resultsOf(report)], [earlier?.id, ['docs restored']]);
    await rig.sessions(['api', 'docs', 'web app']);
  });

  test('--closed brings back what its user closed, a plain restore does not, and a name does', async (t) => {
    const rig = await AgentRig.make(t);
    const agent = await rig.start('waiting');
    await rig.begin('kept');
    for (const name of ['one', 'two']) {
      await rig.tmux('new-session', '-d', '-s', name);
      await rig.saved(name, (m) => namesOf(m.sessions).includes(name));
      await rig.tmux('kill-session', '-t', `=${name}`);
      await rig.saved(`the end of ${name}`, (m) => !namesOf(m.sessions).includes(name));
    }
    await agent.end('SIGTERM');
    assert.deepEqual(entriesOf((await rig.manifest())?.closed ?? []), ['kill-session one', 'kill-session two']);
    assert.equal((await rig.json<RestoreReport>('restore')).restored, 0);
    assert.equal((await rig.json<RestoreReport>('restore', '--closed', '--dry-run')).restored, 2);
    assert.deepEqual(resultsOf(await rig.json<RestoreReport>('restore', 'one')), ['one restored']);
    assert.deepEqual(entriesOf((await rig.manifest())?.closed ?? []), ['kill-session two']);
    assert.equal((await rig.json<RestoreReport>('restore', '--closed')).restored, 1);
    await rig.sessions(['kept', 'one', 'two']);
  });

  test('after kill-server nothing is lost: a plain restore exits 4, starts no server, and --closed brings all back', async (t) => {
    const rig = await AgentRig.make(t);
    const agent = await rig.start('waiting');
    await rig.begin('own');
    await rig.saved('the session', (m) => m.sessions.length === 1);
    await rig.tmux('kill-server');
    await rig.saved('the closing', (m) => m.closed.length === 1);
    await agent.end('SIGTERM');
    const ran = await rig.run(['restore']);
    assert.deepEqual([ran.code, ran.stdout], [4, '']);
    await assert.rejects(rig.serverPid());
    assert.equal((await rig.run(['restore', '--closed'])).code, 0);
    await rig.sessions(['own']);
  });

  test('saves and restores at once, of several people, end in one good state', async (t) => {
    const rig = await AgentRig.make(t);
    const pid = await saved(rig);
    await rig.killServer(pid);
    const runs = await Promise.all(
      [['restore'], ['restore'], ['save'], ['restore'], ['save']].map((args) => rig.run(args)),
    );
    for (const ran of runs) assert.ok(ran.code === 0 || ran.code === 3, ran.stderr);
    await rig.sessions(['api', 'docs', 'web app']);
    await waitFor('a good state', async () => (await rig.run(['save'])).code === 0);
    assert.deepEqual(entriesOf((await rig.manifest())?.pending ?? []), []);
    assert.equal((await rig.server.rows('list-panes', '#{pane_id}', '-a')).length, 4);
  });
});
